package foreign_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/internal/foreign"
	"github.com/daybatch/daybatch/aws/settings"
)

func TestDating(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	d := foreign.Dating{Zone: zone, Lag: 1, Foreign: settings.Foreign{
		DateParameter: "Day", DateFormat: "YYYYMMDD", TimeParameter: "Fired", DisplayName: "nightly-YYYY-MM-DD-*", Parameters: map[string]string{"Size": "big"},
	}}
	started := time.Date(2026, time.January, 19, 22, 0, 0, 0, time.UTC) // the 20th in Tokyo
	tests := []struct {
		name    string
		given   map[string]string
		want    int
		assumed bool
	}{
		{"2026-01-05-a3", nil, 5, false},
		{"nightly-2026-01-06-x", nil, 6, false},
		{"by-hand", map[string]string{"Day": "20260107"}, 7, false},
		{"by-hand", map[string]string{"Day": "AUTO", "Fired": "2026-01-08T22:00:00Z"}, 8, false},
		{"by-hand", map[string]string{"Day": "AUTO", "Fired": "none"}, 19, true},
		{"2026-01-05-to-2026-01-07-a1", nil, 19, true},
		{"nightly-2026-02-31-x", nil, 19, true},
	}
	for _, tt := range tests {
		got, assumed := d.Of(tt.name, started, tt.given)
		if got != jan(tt.want) || (assumed != "") != tt.assumed || tt.assumed && !strings.Contains(assumed, "2026-01-20 07:00 JST") {
			t.Errorf("date of %s with %v = %s, %q; want %s, assumed: %t", tt.name, tt.given, got, assumed, jan(tt.want), tt.assumed)
		}
	}
	if diff := cmp.Diff(map[string]string{"Day": "20260119", "Size": "big"}, d.Parameters(jan(19))); diff != "" {
		t.Errorf("parameters (-want +got):\n%s", diff)
	}
	if len(d.Foreign.Parameters) != 1 {
		t.Errorf("the configured parameters are %v now; want them as they were", d.Foreign.Parameters)
	}
}

package cli_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/daybatch/daybatch/cmd/internal/cli"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// TestDashboard checks what days and doctor say of the dashboard.
func TestDashboard(t *testing.T) {
	t.Parallel()
	read := time.Date(2026, time.January, 20, 21, 41, 0, 0, time.UTC)
	tests := []struct {
		board forecast.Dashboard
		want  string
		good  bool
	}{
		{forecast.Dashboard{}, "", true},
		{forecast.Dashboard{Name: "demand", Read: read}, "dashboard demand: refreshed 2026-01-21 06:41, shows all that is published\n", true},
		{forecast.Dashboard{Name: "demand", Behind: 2}, "dashboard demand: never refreshed, does not show what was published last of 2 dates yet\n", false},
		{
			forecast.Dashboard{Name: "demand", Read: read, Behind: 1, Refreshing: true},
			"dashboard demand: refreshed 2026-01-21 06:41, is being refreshed for 1 date\n", true,
		},
		{
			forecast.Dashboard{Name: "demand", Read: read, Behind: 1, Reason: "its last refresh failed: no bucket\nmore"},
			"dashboard demand: refreshed 2026-01-21 06:41, does not show what was published last of 1 date: its last refresh failed: no bucket\n", false,
		},
	}
	for _, tt := range tests {
		for _, verb := range []string{"days", "doctor"} {
			fake := enginetest.NewFake(enginetest.FakeOptions{Dashboard: tt.board})
			e, _, stderr := env(t, fake, verb)
			if code := cli.Run(t.Context(), e); code != 0 || stderr.String() != tt.want {
				t.Errorf("%s with %+v = %d, %q; want %q", verb, tt.board, code, stderr, tt.want)
			}
			e, stdout, stderr := env(t, fake, verb, "-o", "json")
			code := cli.Run(t.Context(), e)
			var envelope struct{ Warnings []string }
			if err := json.Unmarshal(stdout.Bytes(), &envelope); err != nil || code != 0 || stderr.Len() > 0 {
				t.Fatalf("%s -o json = %d, %s, %s", verb, code, stdout, stderr)
			}
			if got := strings.Join(envelope.Warnings, "; "); tt.good != (got == "") || !tt.good && got != strings.TrimSpace(tt.want) {
				t.Errorf("%s -o json with %+v warns %q", verb, tt.board, got)
			}
		}
	}
}

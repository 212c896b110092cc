package calendar_test

import (
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast/calendar"
)

func TestPattern(t *testing.T) {
	t.Parallel()
	tests := []struct{ pattern, strptime, why string }{
		{"", "", ""},
		{"DD/MM/YYYY", "%d/%m/%Y", ""},
		{"MM-DD-YY", "%m-%d-%y", ""},
		{"YYYY. MM. DD", "%Y. %m. %d", ""},
		{"DD/MM", "", "no year"},
		{"DD/MM/DD/YYYY", "", "the day stands in it twice"},
		{"DDMM/YYYY", "", "nothing separates the month"},
		{"%d/%m/%Y", "", `"%" has no meaning`},
		{"dd/mm/yyyy", "", `"d" has no meaning`},
		{"DD'MM'YYYY", "", `"'" has no meaning`},
	}
	for _, tt := range tests {
		p := calendar.Pattern(tt.pattern)
		err := p.Check()
		if got := p.Strptime(); got != tt.strptime || (err == nil) != (tt.why == "") {
			t.Errorf("%q: Strptime = %q, Check = %v; want %q, %q", tt.pattern, got, err, tt.strptime, tt.why)
		}
		if err != nil && (!strings.Contains(err.Error(), tt.why) || !strings.Contains(err.Error(), "DD/MM/YYYY")) {
			t.Errorf("%q: Check = %v; want %q, and an example", tt.pattern, err, tt.why)
		}
	}
}

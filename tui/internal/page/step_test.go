package page_test

import (
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/page"
)

func TestCause(t *testing.T) {
	t.Parallel()
	failed := []forecast.Step{{Name: forecast.Extract, Status: forecast.StepFailed, Reason: forecast.Reason{Text: "no rows"}}}
	tests := []struct {
		name string
		day  forecast.Day
		want string
	}{
		{"of the calendar", forecast.Day{Reason: forecast.Reason{Text: "owed since then"}}, "owed since then"},
		{"of a step", forecast.Day{Steps: failed}, "Extract: no rows"},
		{
			"with what changed since",
			forecast.Day{Steps: failed, Reason: forecast.Reason{Text: "Extract: no rows; a.csv arrived since: rerun"}},
			"Extract: no rows; a.csv arrived since: rerun",
		},
		{"of a step, when the day's is another's", forecast.Day{Steps: failed, Reason: forecast.Reason{Text: "a2 is being stopped"}}, "Extract: no rows"},
	}
	for _, tt := range tests {
		if got := page.Cause(tt.day); got != tt.want {
			t.Errorf("%s: Cause = %q; want %q", tt.name, got, tt.want)
		}
	}
}

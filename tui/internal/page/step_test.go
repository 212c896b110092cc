package page_test

import (
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/page"
)

func TestHeads(t *testing.T) {
	t.Parallel()
	tests := []struct {
		steps []forecast.StepName
		want  string
	}{
		{forecast.StepNames(), "Ext Pre Trn Evl Prd Pst"},
		{[]forecast.StepName{"Ingest", "Train", "Evaluate", "QualityGate", "Publish", "QualityFailed"}, "Ing Trn Eva Qua Pub Qul"},
		{[]forecast.StepName{"a", "ab", "abc", "abcd", "ab-cd"}, "a ab abc abd ab-"},
		{[]forecast.StepName{"Träume", "Tränen"}, "Trä Trn"},
	}
	for _, tt := range tests {
		if got := strings.Join(page.Heads(tt.steps), " "); got != tt.want {
			t.Errorf("Heads(%v) = %q; want %q", tt.steps, got, tt.want)
		}
	}
}

// TestInOrder: an attempt of an older definition stands in the columns of now.
func TestInOrder(t *testing.T) {
	t.Parallel()
	steps := []forecast.Step{{Name: "Load", Status: forecast.StepSucceeded}, {Name: "Gone", Status: forecast.StepSucceeded}, {Name: "Fit", Status: forecast.StepFailed}}
	var got []string
	for _, step := range page.InOrder([]forecast.StepName{"New", "Fit", "Load"}, steps) {
		got = append(got, string(step.Name)+" "+string(step.Status))
	}
	if text, want := strings.Join(got, ", "), "New Skipped, Fit Failed, Load Succeeded"; text != want {
		t.Errorf("InOrder = %s; want %s", text, want)
	}
}

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

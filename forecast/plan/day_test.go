package plan_test

import (
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/plan"
)

func TestDayState(t *testing.T) {
	t.Parallel()
	d := jan(15)
	failed := inState(t, d, forecast.DayFailed)
	change := func(f plan.Facts, change func(*plan.Facts)) plan.Facts {
		change(&f)
		return f
	}
	tests := []struct {
		name  string
		facts plan.Facts
		want  forecast.DayState
		text  string
	}{
		{"nobody ran it", inState(t, d, forecast.DayMissing), forecast.DayMissing, "owed since 2026-01-16 06:00 JST, nobody ran it"},
		{"not owed", inState(t, d, forecast.DayNotDue), forecast.DayNotDue, "not owed: a test says so"},
		{"not yet due", known(t, jan(41), forecast.Execution{}), forecast.DayNotDue, "due 2026-02-11 06:00 JST"},
		{"running", inState(t, d, forecast.DayRunning), forecast.DayRunning, "a2 by aki@forge since 2026-01-16 15:00 JST"},
		{"stopping", inState(t, d, forecast.DayStopping), forecast.DayStopping, "a2 is being stopped"},
		{"unknown", inState(t, d, forecast.DayUnknown), forecast.DayUnknown, "nobody is known to run a2 since 2026-02-10 12:00 JST"},
		{"unknown comes before stopping", change(inState(t, d, forecast.DayStopping), func(f *plan.Facts) {
			f.Last.UnknownSince = f.Due
		}), forecast.DayUnknown, "nobody is known to run a2 since 2026-01-16 06:00 JST"},
		{"failed", failed, forecast.DayFailed, "Train: boom"},
		{"failed outside of a step", known(t, d, attempt(d, 1, forecast.Failed, "", forecast.ReasonConfig, "no such table")), forecast.DayFailed, "no such table"},
		{"not allowed to begin", known(t, d, attempt(d, 1, forecast.Failed, "", forecast.ReasonRefused, "no right")), forecast.DayFailed, "no right"},
		{"good, and another attempt not allowed to begin", change(inState(t, d, forecast.DaySucceeded), func(f *plan.Facts) {
			f.Last = attempt(d, f.Last.Attempt+1, forecast.Failed, "", forecast.ReasonRefused, "no right")
		}), forecast.DaySucceeded, ""},
		{"a fallback, and an attempt not allowed to begin", change(inState(t, d, forecast.DaySucceeded), func(f *plan.Facts) {
			f.Last = attempt(d, f.Last.Attempt+1, forecast.Failed, "", forecast.ReasonRefused, "no right")
			f.Current.Kind = forecast.GenerationFallback
		}), forecast.DayFailed, "no right"},
		{"gated", inState(t, d, forecast.DayGated), forecast.DayGated, "TrainEvaluation: wape 0.4 > 0.3"},
		{"waiting", inState(t, d, forecast.DayWaiting), forecast.DayWaiting, "Extract: no rows"},
		{"gated, then files changed", change(inState(t, d, forecast.DayGated), func(f *plan.Facts) {
			f.Arrived, f.Lost = "a.csv changed since", "b.csv went away since"
		}), forecast.DayGated, "TrainEvaluation: wape 0.4 > 0.3; a.csv changed since, b.csv went away since: rerun"},
		{"waiting, then files arrived", change(inState(t, d, forecast.DayWaiting), func(f *plan.Facts) {
			f.Arrived, f.Lost = "a.csv arrived since", "b.csv went away since"
		}), forecast.DayWaiting, "Extract: no rows; a.csv arrived since: rerun"},
		{"failed, then files changed", change(failed, func(f *plan.Facts) { f.Arrived = "a.csv changed since" }), forecast.DayFailed, "Train: boom"},
		{"stopped", inState(t, d, forecast.DayStopped), forecast.DayStopped, "Train: stopped by kei"},
		{"succeeded", inState(t, d, forecast.DaySucceeded), forecast.DaySucceeded, ""},
		{"a failure hides an older generation", change(failed, func(f *plan.Facts) {
			f.Current = generation(succeeded(d, 1))
		}), forecast.DayFailed, "Train: boom"},
		{"failed after its publish", change(failed, func(f *plan.Facts) {
			f.Current = generation(f.Last)
		}), forecast.DaySucceeded, ""},
		{"rolled back", change(inState(t, d, forecast.DaySucceeded), func(f *plan.Facts) {
			f.Current = generation(succeeded(d, 1))
		}), forecast.DaySucceeded, ""},
		{"adopted", change(inState(t, d, forecast.DayMissing), func(f *plan.Facts) {
			f.Current = forecast.Partition{Generation: "g", Kind: forecast.GenerationAdopted}
		}), forecast.DaySucceeded, ""},
		{"a fallback is no forecast of its own", change(inState(t, d, forecast.DayMissing), func(f *plan.Facts) {
			f.Current = forecast.Partition{Generation: "g", Kind: forecast.GenerationFallback, FallbackOf: d - 1}
		}), forecast.DayMissing, "owed since 2026-01-16 06:00 JST, nobody ran it"},
		{"partition removed", change(inState(t, d, forecast.DaySucceeded), func(f *plan.Facts) {
			f.Current, f.Last.Generation = forecast.Partition{}, "g7"
		}), forecast.DayMissing, "owed since 2026-01-16 06:00 JST, generation g7 of a2 is not published"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := plan.Day(tt.facts, rulesFor(t), noon(t))
			if got.State != tt.want || got.Reason.Text != tt.text {
				t.Errorf("Day = %s %q; want %s %q", got.State, got.Reason.Text, tt.want, tt.text)
			}
			if got.Attempts != tt.facts.Last.Attempt || len(got.Last.Steps) != 0 || len(got.Steps) != len(tt.facts.Last.Steps) {
				t.Errorf("Day has %d attempts, %d steps beside %d in Last; want the last attempt's, apart", got.Attempts, len(got.Steps), len(got.Last.Steps))
			}
		})
	}
}

func TestDayLate(t *testing.T) {
	t.Parallel()
	deadline := time.Date(2026, 1, 16, 9, 0, 0, 0, tokyo(t))
	tests := []struct {
		name  string
		first time.Time // own generation
		now   time.Time
		want  time.Duration
	}{
		{"before the deadline", time.Time{}, deadline.Add(-time.Minute), 0},
		{"still missing", time.Time{}, deadline.Add(90 * time.Minute), 90 * time.Minute},
		{"came late", deadline.Add(time.Hour), deadline.Add(time.Hour * 99), time.Hour},
		{"came in time", deadline.Add(-time.Hour), deadline.Add(time.Hour * 99), 0},
	}
	for _, tt := range tests {
		f := inState(t, jan(15), forecast.DayMissing)
		f.FirstOwn = tt.first
		if got := plan.Day(f, rulesFor(t), tt.now).Late; got != tt.want {
			t.Errorf("%s: Late = %s; want %s", tt.name, got, tt.want)
		}
	}
}

package aws

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
)

// TestBatch: how dates are shared out to machines.
func TestBatch(t *testing.T) {
	t.Parallel()
	first := calendar.Of(2026, time.January, 5)
	each := func(n int, attempt func(i int) int) []plan.Facts {
		var all []plan.Facts
		for i := range n {
			f := plan.Facts{Date: first + calendar.Date(i)}
			if a := attempt(i); a > 1 {
				f.Last = forecast.Execution{Attempt: a - 1, Status: forecast.Failed}
			}
			all = append(all, f)
		}
		return all
	}
	firsts := func(int) int { return 1 }
	for _, tt := range []struct {
		name   string
		facts  []plan.Facts
		chunk  int
		starts int
		rules  plan.Rules
		change func(*plan.Snapshot)
		want   []int // dates of each machine
	}{
		{"alone", each(4, firsts), 0, 2, plan.Rules{}, nil, []int{1, 1}},
		{"as many as may", each(7, firsts), 3, 1, plan.Rules{}, nil, []int{3}},
		{"no machine stands idle", each(6, firsts), 20, 3, plan.Rules{}, nil, []int{2, 0, 2}},       // the second start is of a date that the first one took
		{"no machine starts for nothing", each(4, firsts), 4, 3, plan.Rules{}, nil, []int{2, 0, 2}}, // two of two are as fast as 2, 1, 1
		{"no longer than a machine may run", each(40, firsts), 40, 1, plan.Rules{TypicalShared: 5 * time.Minute}, nil, []int{9}},
		{"one longer than that", each(4, firsts), 4, 1, plan.Rules{Typical: 3 * time.Hour}, nil, []int{1}},
		{"days in a row", each(100, firsts), 100, 1, plan.Rules{}, nil, []int{100}},
		{"a list that a job can't be told", each(40, func(i int) int { return 1 + i%2 }), 40, 1, plan.Rules{}, nil, []int{18}},
		{"up to one that is held", each(5, firsts), 5, 1, plan.Rules{}, func(s *plan.Snapshot) {
			f := s.Facts[first+2]
			f.Holder = "kei@forge"
			s.Facts[first+2] = f
		}, []int{4}},
		{"up to one that takes over steps", each(5, firsts), 5, 1, plan.Rules{}, func(s *plan.Snapshot) {
			s.Plan.Rows[2].StartStep, s.Plan.Rows[2].Reused = forecast.PreProc, []forecast.StepName{forecast.Extract}
		}, []int{2}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := plan.Snapshot{Plan: forecast.Plan{Chunk: tt.chunk}, Facts: make(map[calendar.Date]plan.Facts), Rules: tt.rules}
			for _, f := range tt.facts {
				s.Facts[f.Date] = f
				s.Plan.Rows = append(s.Plan.Rows, forecast.PlanRow{
					Date: f.Date, State: forecast.RowQueued, StartStep: forecast.Extract, ExpectedAttempt: f.Last.Attempt,
				})
			}
			if tt.change != nil {
				tt.change(&s)
			}
			var decisions []plan.Decision
			for i := range tt.starts {
				decisions = append(decisions, plan.StartRow{Row: s.Plan.Rows[i], Attempt: s.Plan.Rows[i].ExpectedAttempt + 1})
			}
			d := &driver{engine: &Engine{options: Options{Settings: settings.Settings{Machine: settings.Machine{MaxRuntime: time.Hour}}}}}
			b := d.newBatch(s, decisions)
			var got []int
			for _, decision := range decisions {
				if start, ok := decision.(plan.StartRow); ok {
					got = append(got, len(b.take(start)))
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("dates of each machine (-want +got):\n%s", diff)
			}
		})
	}
}

package policy_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/fallback/policy"
)

func jan(n int) calendar.Date { return calendar.Of(2026, time.January, n) }

// engine has the third failed, the second refused by the gate and the first
// succeeded, and says what is filled.
type engine struct {
	filled []calendar.Date
	fails  map[calendar.Date]error
	plan   forecast.FallbackPlan
}

func (e *engine) policy(on bool) policy.Policy {
	at := time.Date(2026, time.January, 4, 0, 0, 0, 0, time.UTC)
	days := []forecast.Day{
		{Date: jan(3), State: forecast.DayFailed},
		{Date: jan(2), State: forecast.DayGated},
		{Date: jan(1), State: forecast.DaySucceeded, Partition: forecast.Partition{Generation: "g", Kind: forecast.GenerationOwn}},
	}
	return policy.Policy{
		On: on,
		Days: func(_ context.Context, q forecast.DayQuery) ([]forecast.Day, error) {
			if q.Range.From.IsZero() {
				return days, nil
			}
			i := slices.IndexFunc(days, func(d forecast.Day) bool { return d.Date == q.Range.From })
			return days[i : i+1], nil
		},
		Plan: func(_ context.Context, d calendar.Date) (forecast.FallbackPlan, error) {
			p := e.plan
			p.Date = d
			return p, nil
		},
		Fill: func(_ context.Context, p forecast.FallbackPlan, actor string) (forecast.Partition, error) {
			if actor != policy.Actor {
				return forecast.Partition{}, errors.New("filled by " + actor)
			}
			if err := e.fails[p.Date]; err != nil {
				return forecast.Partition{}, err
			}
			e.filled = append(e.filled, p.Date)
			return forecast.Partition{}, nil
		},
		Deadline: func(calendar.Date) time.Time { return time.Time{} },
		Now:      func() time.Time { return at },
	}
}

func TestPolicy(t *testing.T) {
	t.Parallel()
	runs := forecast.FallbackPlan{Action: forecast.ActionRun}
	away := errors.New("the disk is away")
	newest := func(p policy.Policy) error { return p.Newest(t.Context()) }
	for _, tt := range []struct {
		name string
		off  bool
		plan forecast.FallbackPlan
		fail map[calendar.Date]error
		do   func(policy.Policy) error
		want []calendar.Date
		err  error
	}{
		{"older ones first", false, runs, nil, newest, []calendar.Date{jan(2), jan(3)}, nil},
		{"not wanted", true, runs, nil, newest, nil, nil},
		{"only these", false, runs, nil, func(p policy.Policy) error { return p.Dates(t.Context(), jan(1), jan(3)) }, []calendar.Date{jan(3)}, nil},
		{"these, not wanted", true, runs, nil, func(p policy.Policy) error { return p.Dates(t.Context(), jan(3)) }, nil, nil},
		{"nothing better", false, forecast.FallbackPlan{Action: forecast.ActionSkip}, nil, newest, nil, nil},
		{"filled meanwhile", false, runs, map[calendar.Date]error{jan(2): forecast.ErrConflict}, newest, []calendar.Date{jan(3)}, nil},
		{"one can't be", false, runs, map[calendar.Date]error{jan(2): away}, newest, []calendar.Date{jan(3)}, away},
	} {
		e := &engine{plan: tt.plan, fails: tt.fail}
		if err := tt.do(e.policy(!tt.off)); !errors.Is(err, tt.err) {
			t.Errorf("%s: error %v; want %v", tt.name, err, tt.err)
		}
		if !slices.Equal(e.filled, tt.want) {
			t.Errorf("%s: filled %v; want %v", tt.name, e.filled, tt.want)
		}
	}
}

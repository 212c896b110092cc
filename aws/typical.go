package aws

import (
	"context"
	"slices"
	"time"

	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/plan"
)

// typicalDays is how many of the last good days an estimate stands on.
const typicalDays = 14

// typical is what the history says about how long dates take.
type typical struct {
	alone, shared         time.Duration // of work, without the start of a machine (median)
	aloneDays, sharedDays int
	startUp               time.Duration // of a machine (median)
}

// rules adds what is typical to rules.
func (t typical) rules(r plan.Rules) plan.Rules {
	r.TypicalShared, r.TypicalSharedDays, r.StartUp = t.shared, t.sharedDays, t.startUp
	if t.aloneDays > 0 {
		r.Typical, r.TypicalDays = t.alone+t.startUp, t.aloneDays
	}
	return r
}

// took is how long something took that ended at an instant.
type took struct {
	ended time.Time
	time  time.Duration
}

// typical returns how long the last good days took, and how long their machines
// took to come. An attempt that its job began itself had its machine already.
func (e *Engine) typical(ctx context.Context) (typical, error) {
	if e.theirs != nil {
		return e.theirs.typical(ctx)
	}
	dates, err := e.dates.List(ctx, "", "")
	if err != nil {
		return typical{}, err //nolint:wrapcheck // it names the objects
	}
	plans, err := e.plans.List(ctx, "", "")
	if err != nil {
		return typical{}, err //nolint:wrapcheck // as above
	}
	var alone, shared, starts []took
	for _, r := range dates {
		a := r.Last()
		if a.Status != forecast.Succeeded || a.StartStep != forecast.Extract || len(a.Steps) == 0 || a.Steps[0].Started.IsZero() {
			continue
		}
		began := a.Steps[0].Started
		switch worked := (took{a.Ended, a.Ended.Sub(began)}); {
		case a.Shared():
			shared = append(shared, worked)
		default:
			alone = append(alone, worked)
			if a.Plan != "" {
				starts = append(starts, took{began, began.Sub(a.Created)})
			}
		}
	}
	starts = append(starts, carrierStarts(plans)...)
	var t typical
	t.alone, t.aloneDays = median(alone)
	t.shared, t.sharedDays = median(shared)
	t.startUp, _ = median(starts)
	return t, nil
}

// carrierStarts returns how long carriers waited for their machines.
func carrierStarts(plans map[string]record.Plan) []took {
	var starts []took
	for _, p := range plans {
		for _, c := range p.Carriers {
			if !c.Began.IsZero() {
				starts = append(starts, took{c.Began, c.Began.Sub(c.Created)})
			}
		}
	}
	return starts
}

// median returns the median of the last few, and how many they are.
func median(all []took) (time.Duration, int) {
	slices.SortFunc(all, func(a, b took) int { return b.ended.Compare(a.ended) })
	all = all[:min(len(all), typicalDays)]
	if len(all) == 0 {
		return 0, 0
	}
	slices.SortFunc(all, func(a, b took) int { return int(a.time - b.time) })
	return max(0, all[len(all)/2].time), len(all)
}

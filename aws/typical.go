package aws

import (
	"context"
	"slices"
	"time"

	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/plan"
)

// typicalDays is how many of the last good days an estimate stands on.
const typicalDays = 14

// typical is what the history says about how long dates take.
type typical struct {
	alone, shared         time.Duration // of work, without the starts of machines (median)
	aloneDays, sharedDays int
	startUp               time.Duration                 // of a machine (median)
	starts                int                           // of machines of a date that shares none
	shares                map[forecast.StepName]float64 // of a date's work that its steps are, if it shares nothing
}

// rules adds what is typical to rules.
func (t typical) rules(r plan.Rules) plan.Rules {
	r.TypicalShared, r.TypicalSharedDays, r.StartUp, r.Starts, r.Work = t.shared, t.sharedDays, t.startUp, t.starts, t.shares
	if t.aloneDays > 0 {
		r.Typical, r.TypicalDays = t.alone+time.Duration(max(1, t.starts))*t.startUp, t.aloneDays
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
	byStep := make(map[forecast.StepName]time.Duration)
	for _, r := range dates {
		a := r.Last()
		if !ranWhole(a) {
			continue
		}
		began := a.Steps[0].Started
		worked := took{a.Ended, a.Ended.Sub(began)}
		if a.Shared() {
			shared = append(shared, worked)
			continue
		}
		if a.Plan != "" {
			starts = append(starts, took{began, began.Sub(a.Created)})
		}
		// Until its bill is known it is taken to have run as dates do now.
		if len(a.Jobs) > 1 || a.Jobs == nil && e.options.Settings.Layout == settings.LayoutSteps {
			for _, wait := range between(a.Steps) {
				worked.time -= wait.time
				starts = append(starts, wait)
			}
		}
		alone = append(alone, worked)
		addSteps(byStep, a.Steps)
	}
	starts = append(starts, carrierStarts(plans)...)
	t := typical{starts: e.startsOfDate(), shares: plan.WorkOf(byStep)}
	t.alone, t.aloneDays = median(alone)
	t.shared, t.sharedDays = median(shared)
	t.startUp, _ = median(starts)
	return t, nil
}

// ranWhole reports whether an attempt succeeded and ran all its steps, from a known start.
func ranWhole(a record.Attempt) bool {
	return a.Status == forecast.Succeeded && a.StartStep == forecast.Extract && len(a.Steps) > 0 && !a.Steps[0].Started.IsZero()
}

// addSteps adds how long steps worked.
func addSteps(byStep map[forecast.StepName]time.Duration, steps []forecast.Step) {
	for _, step := range steps {
		if took := step.Ended.Sub(step.Started); !step.Started.IsZero() && took > 0 {
			byStep[step.Name] += took
		}
	}
}

// startsOfDate is how many machines start for a date that shares none.
func (e *Engine) startsOfDate() int {
	if e.options.Settings.Layout == settings.LayoutSteps {
		return len(forecast.StepNames())
	}
	return 1
}

// between returns how long steps with machines of their own waited for them, from the
// end of the step before.
func between(steps []forecast.Step) []took {
	var waits []took
	for i := 1; i < len(steps); i++ {
		before, s := steps[i-1], steps[i]
		if !before.Ended.IsZero() && s.Started.After(before.Ended) {
			waits = append(waits, took{s.Started, s.Started.Sub(before.Ended)})
		}
	}
	return waits
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

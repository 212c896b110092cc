package aws

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/plan"
)

// What is assumed until a good day tells. Nobody publishes how long machines take:
// people who run such pipelines tell of five to ten minutes for each job, and of
// steps that work for minutes.
const (
	assumedStart = 8 * time.Minute
	assumedWork  = 10 * time.Minute
)

// nameRange is the layout of several dates in one job.
const nameRange = "range"

// spread is the work of a date on machines, by its steps.
type spread struct {
	// shares are the parts of a date's work that its steps are, on the machines that
	// they run on now. Without any they are all alike.
	shares map[forecast.StepName]float64
	now    func(forecast.StepName) settings.Machine
	prices map[string]float64
}

// on returns how long a date works on machines, as a multiple of what it does now,
// and what an hour of that costs, in USD; 0 if a price is not known. Several machines
// are taken to share a step's work evenly.
func (s spread) on(machine func(forecast.StepName) settings.Machine) (work, hourly float64) {
	names, priced := forecast.StepNames(), true
	for _, step := range names {
		share := 1 / float64(len(names))
		if len(s.shares) > 0 {
			share = s.shares[step]
		}
		m := machine(step)
		price, ok := s.prices[m.Instance]
		of := share * float64(max(1, s.now(step).Instances))
		work += of / float64(max(1, m.Instances))
		hourly += of * price
		priced = priced && ok
	}
	if !priced {
		hourly = 0
	}
	return work, hourly
}

// layouts compares the layouts of a project with the one that it has, and returns
// what an hour of a date's work costs under that, in USD; 0 if it is not known.
func layouts(s settings.Settings, shares map[forecast.StepName]float64) (all []plan.Layout, hourly float64) {
	one := func(m settings.Machine) func(forecast.StepName) settings.Machine {
		m.Instances = 1
		return func(forecast.StepName) settings.Machine { return m }
	}
	fused, ranges := one(s.MachineOf("")), one(s.SharedMachine())
	work := spread{shares: shares, now: fused, prices: s.Prices}
	if s.Layout == settings.LayoutSteps {
		work.now = s.MachineOf
	}
	_, hourly = work.on(work.now)
	layout := func(name string, starts int, machine func(forecast.StepName) settings.Machine) plan.Layout {
		l := plan.Layout{Name: name, Starts: starts}
		l.Work, l.Cost = work.on(machine)
		if hourly > 0 {
			l.Cost /= hourly
		}
		return l
	}
	all = []plan.Layout{
		layout(string(settings.LayoutSteps), len(forecast.StepNames()), s.MachineOf),
		layout(string(settings.LayoutFused), 1, fused),
		layout(nameRange, 1, ranges),
	}
	all[2].Shares = true
	for i, l := range all[:2] {
		if l.Name != string(s.Layout) {
			all[i].Needs = "layout: " + l.Name
		}
	}
	return all, hourly
}

// assume fills in what the history does not tell, and says so.
func assume(r plan.Rules, hourly float64) plan.Rules {
	var taken []string
	waits := func() time.Duration { return time.Duration(max(1, r.Starts)) * r.StartUp }
	if r.StartUp <= 0 {
		r.StartUp = assumedStart
		if r.Typical > 0 {
			r.Typical += waits()
		}
		taken = append(taken, "a machine starts in "+minutes(assumedStart))
	}
	if r.Typical <= 0 && r.TypicalShared <= 0 {
		r.Typical = assumedWork + waits()
		taken = append(taken, "a date is "+minutes(assumedWork)+" of work")
	}
	if r.TypicalCost <= 0 && hourly > 0 {
		work := r.TypicalShared
		if r.Typical > 0 {
			work = max(0, r.Typical-waits())
		}
		r.TypicalCost = work.Hours() * hourly
		taken = append(taken, fmt.Sprintf("an hour of it costs USD %.3g (sagemaker.prices)", hourly))
	}
	if r.TypicalCost <= 0 && len(taken) > 0 {
		taken = append(taken, "no cost: sagemaker.prices has not the price of each machine")
	}
	r.Assumed = strings.Join(taken, ", ")
	return r
}

func minutes(d time.Duration) string { return fmt.Sprintf("%.0fm", d.Minutes()) }

// Layouts compares what a number of dates is expected to take under the layouts that
// there are, by the history or what is assumed. An account in which there is nothing
// yet has no history.
func (e *Engine) Layouts(ctx context.Context, dates int) ([]forecast.Choice, error) {
	rules, err := e.estimates(ctx)
	if errors.Is(err, forecast.ErrNotFound) {
		if rules, err = e.rules(ctx); err == nil {
			rules = e.expect(rules, typical{starts: e.startsOfDate()})
		}
	}
	if err != nil {
		return nil, fmt.Errorf("compare layouts: %w", err)
	}
	return plan.Choices(rules, dates, rules.MaxActive, rules.Chunk), nil
}

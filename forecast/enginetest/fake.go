package enginetest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
	"github.com/daybatch/daybatch/forecast/series"
)

// FakeOptions sets up a Fake. The zero value is a pipeline that forecasts the
// demand for cars, at 09:30 of 2026-01-21 in Tokyo, with nothing run yet.
type FakeOptions struct {
	// Definition is the pipeline; zero: DemoDefinition.
	Definition forecast.Definition
	// Start is where Fake's own clock begins; zero: see above.
	Start time.Time
	// Now is a clock to use in place of Fake's own, for example that of a
	// synctest bubble. Advance can't move it; Drive waits for it with timers.
	Now func() time.Time
	// Auto lets Drive move Fake's own clock from event to event, so that it
	// returns at once with everything done. Without it the clock stands still
	// until Advance moves it.
	Auto bool
	// Daemon says that another process drives: applied plans are carried out
	// as the clock moves, though nobody calls Drive here.
	Daemon bool
	// Script says what steps do; nil: they succeed.
	Script Script
	// Notes are those of the pipeline, and Mark its.
	Notes []string
	Mark  string
	// Dashboard is how far the dashboard is; without a name there is none.
	Dashboard forecast.Dashboard
	// Rights are what Rights tells; none: there is nobody to ask about.
	Rights []forecast.Right
	// Vitals are what is well beside the records.
	Vitals []forecast.Vital
	// Drift is the newest time that forecasts were worse than expected.
	Drift forecast.Drift
	// Machine is what every attempt needs; zero: it needs none.
	Machine Machine
	// Series are the keys of the forecast series; nil: a few cars and regions.
	Series []series.Key
	// StopTook is how long a stop takes; 0: one second.
	StopTook time.Duration
	// Retain is how many events are kept for those who fall behind; 0: 10,000.
	Retain   int
	ReadOnly bool
	User     string // who drives; empty: aki
	Host     string // and where; empty: forge
}

// Machine says how long a machine takes to start, and its price.
type Machine struct {
	Start time.Duration
	Price float64 // of an hour that it works, in USD
}

// expect adds to rules what machines take: the layouts that an engine with machines
// has, and without a good day an assumption.
func (m Machine) expect(rules plan.Rules) plan.Rules {
	const work = 10 * time.Minute
	if m.Start <= 0 {
		return rules
	}
	rules.StartUp = m.Start
	rules.Layouts = []plan.Layout{
		{Name: "steps", Starts: len(forecast.StepNames()), Work: 1, Cost: 1, Needs: "layout: steps"},
		{Name: "fused", Starts: 1, Work: 1, Cost: 1},
		{Name: "range", Shares: true, Work: 1, Cost: 1},
	}
	if rules.Typical == 0 {
		rules.Typical, rules.TypicalCost = work+m.Start, work.Hours()*m.Price
		rules.Assumed = "a machine starts in " + m.Start.String() + ", a date is " + work.String() + " of work"
	}
	return rules
}

// Fake is a forecast.Engine in memory, for tests of what stands on engines. It
// decides with package plan as the real engines do, but its steps only take
// time by its clock and end as they were told to. Nothing in it depends on the
// scheduler of goroutines or on a random number, so that what it shows can be
// compared with a golden file. All methods are safe for concurrent use.
type Fake struct {
	*world
	user, host string
	readOnly   bool
}

var _ forecast.Engine = (*Fake)(nil)

// NewFake returns a Fake. It panics if the definition makes no calendar.
func NewFake(o FakeOptions) *Fake {
	w := newWorld(o)
	f := &Fake{world: w, user: o.User, host: o.Host, readOnly: o.ReadOnly}
	if f.user == "" {
		f.user = "aki"
	}
	if f.host == "" {
		f.host = "forge"
	}
	if o.Daemon {
		w.drivers = append(w.drivers, &driver{name: "serve@" + f.host, host: f.host, daemon: true})
	}
	return f
}

// Peer returns another engine over the same state, as a second process has it.
func (f *Fake) Peer(user, host string) *Fake {
	return &Fake{world: f.world, user: user, host: host}
}

// ReadOnly returns an engine over the same state that was opened for reading.
func (f *Fake) ReadOnly() *Fake {
	return &Fake{world: f.world, user: f.user, host: f.host, readOnly: true}
}

// DemoDefinition is the pipeline of a Fake that was given none.
func DemoDefinition() forecast.Definition {
	return forecast.Definition{
		Pipeline:  "demand-daily",
		Timezone:  "Asia/Tokyo",
		Schedule:  "cron(0 6 * * ? *)",
		LagDays:   1,
		LateAfter: "09:00",
		Start:     calendar.Of(2025, time.December, 1),
		Source: forecast.Source{
			Files: map[string]string{"orders": "data/orders/*.parquet"}, Query: "SELECT ds, vehicle, region, orders FROM orders",
			Series: []string{"vehicle", "region"}, Time: "ds", Value: "orders", HistoryDays: 1095, MinRows: 0.5,
		},
		Forecast: forecast.Settings{
			Horizon: 28, Season: []float64{7, 365.25}, Holidays: "JP", Models: []string{"auto"},
			Levels: []int{80, 95}, Origins: 5, Seed: 1,
		},
		Gate:   forecast.Gate{WAPE: 0.35, MASE: 1, Versus: "seasonal_naive"},
		Target: forecast.Target{Table: "demand_forecast", Path: "lake"},
		Limits: forecast.Limits{MaxActive: 2, MaxFailures: 5, StopGrace: 10 * time.Second, Keep: 2},
	}
}

// Close does nothing: a Fake has nothing to let go of.
func (*Fake) Close() error { return nil }

// Rights tells the rights that the engine was made with.
func (f *Fake) Rights(ctx context.Context) ([]forecast.Right, error) {
	if err := f.enter(ctx, "Rights"); err != nil {
		return nil, err
	}
	if f.rights == nil {
		return nil, fmt.Errorf("the engine has no account: %w", forecast.ErrNotFound)
	}
	return slices.Clone(f.rights), nil
}

// Vitals tells what the engine was made with.
func (f *Fake) Vitals(ctx context.Context) ([]forecast.Vital, error) {
	if err := f.enter(ctx, "Vitals"); err != nil {
		return nil, err
	}
	return slices.Clone(f.vitals), nil
}

// Dashboard says how far the fake dashboard is.
func (f *Fake) Dashboard(ctx context.Context) (forecast.Dashboard, error) {
	if err := f.enter(ctx, "Dashboard"); err != nil {
		return forecast.Dashboard{}, err
	}
	if f.board.Name == "" {
		return forecast.Dashboard{}, fmt.Errorf("the pipeline has no dashboard: %w", forecast.ErrNotFound)
	}
	return f.board, nil
}

// Pipeline describes the fake pipeline.
func (f *Fake) Pipeline(ctx context.Context) (forecast.Pipeline, error) {
	if err := f.enter(ctx, "Pipeline"); err != nil {
		return forecast.Pipeline{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	def := f.def
	due, next := f.cal.NextDue(f.now())
	return forecast.Pipeline{
		Name: def.Pipeline, Engine: "fake", Place: "memory",
		Timezone: def.Timezone, Schedule: def.Schedule, LateAfter: def.LateAfter,
		Start: def.Start, End: def.End, Newest: f.cal.Newest(f.now()), Next: next, NextDue: due,
		Production: def.Production, ReadOnly: f.readOnly, Notes: f.notes, Mark: f.mark,
		Steps: forecast.StepNames(), Table: def.Target.Table,
		Series:  append([]string(nil), def.Source.Series...),
		Horizon: def.Forecast.Horizon, Levels: append([]int(nil), def.Forecast.Levels...),
		Gate: def.Gate, MaxActive: def.Limits.MaxActive, Chunk: def.Limits.Chunk,
	}, nil
}

// mustCalendar returns the calendar of a definition.
func mustCalendar(def forecast.Definition) plan.Calendar {
	c, err := plan.NewCalendar(def)
	if err != nil {
		panic(fmt.Sprintf("enginetest: definition of %s: %s", def.Pipeline, err))
	}
	return c
}

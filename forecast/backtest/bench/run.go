package bench

import (
	"fmt"
	"slices"
	"time"

	"github.com/daybatch/daybatch/forecast/accuracy"
	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/backtest/conformal"
	"github.com/daybatch/daybatch/forecast/backtest/special"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/model/naive"
	"github.com/daybatch/daybatch/forecast/series"
)

const (
	// warmUp is how many series are forecast before any is timed: caches are then
	// warm, and the heap has its size.
	warmUp = 20

	// intervalOrigins are the origins before one whose errors make
	// the intervals, as many as a batch has unless its project says otherwise.
	intervalOrigins = 4
)

// Meter reads what the process has used so far.
type Meter struct {
	CPU         func() time.Duration
	Allocations func() uint64 // number, not bytes
}

// Options say what is forecast.
type Options struct {
	// Period is the season in observations, 1 for none, and Longer are further ones,
	// ascending.
	Period int
	Longer []int
	// Horizon is how many observations are forecast; 0: those that the table
	// holds back, or as many as its frequency asks for.
	Horizon int
	// Origins is the number of rolling origins, the last of which leaves a
	// horizon at the end, Step observations apart (0: a horizon). Without origins
	// the test part is forecast from the end of the training part.
	Origins, Step int
	// WholeScale scales errors by the differences in the whole of a series and
	// not in the part up to the origin: then all its origins have one scale.
	WholeScale bool

	// Class says which days are special where Holidays is set.
	Holidays bool
	Class    func(calendar.Date) calendar.Class

	// Levels are those of the intervals in percent, ascending; none: no
	// intervals.
	Levels []int
	// Repeat is how often each series is timed; the median counts.
	Repeat int
	Seed   uint64
	// Workers forecast what is not timed: the intervals' errors.
	Workers int
	Stop    func() bool
}

// Method is a method and what must be forecast for it: itself and, if it
// combines others, those before it.
type Method struct {
	Name       string
	Candidates []backtest.Candidate
	// Chooser, if not nil, chooses the candidate for each series and origin.
	Chooser Chooser
}

// Result is what a method did on a set.
type Result struct {
	Set, Method string
	About       About
	Series      int
	// Short is how many series have no more values than the horizon: they are left
	// out.
	Short    int
	Measures accuracy.Measures
	// Ahead is what intervals covered by how many observations ahead: the first, those
	// that end a season, and the last.
	Ahead []AheadCoverage
	// SMAPE is the mean over the series of their sMAPE, as the M competitions
	// have it. It has no value where that of the pooled rows has none.
	SMAPE accuracy.Value
	// OWA is the mean of sMAPE and MASE relative to those of naive2 (Makridakis,
	// Spiliotis & Assimakopoulos, Int. J. Forecasting 36, 2020).
	OWA accuracy.Value
	// Failed counts the series for which another method stood in.
	Failed int
	// CPU is the mean over the series of the time of a forecast from one origin,
	// and CPU99 its 99th percentile.
	CPU, CPU99 time.Duration
	// Allocations is their number per forecast.
	Allocations float64
}

// About says how a set was taken.
type About struct {
	Frequency Frequency
	By        string // what told the frequency, "" if nothing did
	Seasons   []int  // in observations, the main one first
	Horizon   int
	Missing   float64 // share of the values
}

// Run measures methods on a set. Results come in the order of the methods.
func Run(set Set, methods []Method, o Options, meter Meter) ([]Result, error) {
	l, err := set.lay(o)
	if err != nil {
		return nil, err
	}
	r := runner{Options: o, layout: l, set: set.Name, meter: meter}
	if o.Holidays {
		r.days = special.NewDays(l.dates(), o.Class)
	}
	baseline := Method{Name: "naive2", Candidates: []backtest.Candidate{backtest.Baseline("naive2", naive.NewAdjusted())}}
	yardstick, err := r.plain(baseline)
	if err != nil {
		return nil, err
	}
	about := About{Frequency: set.Frequency, By: set.By, Seasons: append([]int{max(1, o.Period)}, o.Longer...), Horizon: l.horizon, Missing: set.Missing()}
	results := make([]Result, 0, len(methods))
	for _, method := range methods {
		result, err := r.measure(method)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", set.Name, method.Name, err)
		}
		result.OWA, result.Short, result.About = relative(result, yardstick), l.short, about
		results = append(results, result)
	}
	return results, nil
}

// relative returns the mean of two errors relative to those of a yardstick.
func relative(result, to Result) accuracy.Value {
	smape, mase := accuracy.Skill(result.SMAPE, to.SMAPE), accuracy.Skill(result.Measures.MASE, to.Measures.MASE)
	if !smape.OK {
		return smape
	}
	if !mase.OK {
		return mase
	}
	return accuracy.Value{Number: 1 - (smape.Number+mase.Number)/2, OK: true}
}

// dates are those of the layout.
func (l layout) dates() calendar.Range {
	last := l.origins[len(l.origins)-1]
	dates := calendar.Range{From: last, To: last + calendar.Date(l.horizon)}
	for _, s := range l.panel {
		dates.From = min(dates.From, s.Start)
	}
	return dates
}

// runner measures the methods on one set.
type runner struct {
	Options
	layout

	set   string
	meter Meter
	days  special.Days
}

// options are those of a backtest from the given origins.
func (r *runner) options(origins []calendar.Date) backtest.Options {
	return backtest.Options{
		Origins: origins, Horizon: r.horizon, Period: r.Period, Longer: r.Longer, Refit: backtest.RefitEach,
		Days: r.days, Seed: r.Seed, Workers: 1, Stop: r.Stop,
		EveryActual: true, // the rows that are held back are what is measured
	}
}

// plain measures the errors of a method, neither its intervals nor its cost.
func (r *runner) plain(method Method) (Result, error) {
	tables, err := r.run(r.panel, method, r.options(r.origins))
	if err != nil {
		return Result{}, err
	}
	return r.score(method, tables, nil), nil
}

func (r *runner) measure(method Method) (Result, error) {
	bands, err := r.intervals(method)
	if err != nil {
		return Result{}, err
	}
	if _, err := r.run(r.panel[:min(warmUp, len(r.panel))], method, r.options(r.origins)); err != nil {
		return Result{}, err
	}
	var tables []*backtest.Table
	times := make([][]time.Duration, len(r.panel)) // by series, then repetition
	before := r.meter.Allocations()
	repeat := max(1, r.Repeat)
	for range repeat {
		if tables, err = r.timed(method, times); err != nil {
			return Result{}, err
		}
	}
	forecasts := float64(repeat * len(r.panel) * len(r.origins))
	result := r.score(method, tables, bands)
	result.Allocations = float64(r.meter.Allocations()-before) / forecasts
	result.CPU, result.CPU99 = summarise(times, len(r.origins))
	return result, nil
}

// timed forecasts the panel and appends the time of each series to its times. A
// backtest asks whether to stop before a series and tells its progress after it:
// with one worker the time between is that of the series.
func (r *runner) timed(method Method, times [][]time.Duration) ([]*backtest.Table, error) {
	var start time.Duration
	spent := make([]time.Duration, len(r.panel))
	o := r.options(r.origins)
	o.Stop = func() bool {
		start = r.meter.CPU()
		return r.Stop != nil && r.Stop()
	}
	o.Progress = func(done int) { spent[done-1] += r.meter.CPU() - start }
	tables, err := r.run(r.panel, method, o)
	for i, d := range spent {
		times[i] = append(times[i], d)
	}
	return tables, err
}

func (r *runner) run(panel []series.Series, method Method, o backtest.Options) ([]*backtest.Table, error) {
	if method.Chooser != nil {
		return r.choose(panel, method, o)
	}
	return backtest.Run(panel, func(int) []backtest.Candidate { return method.Candidates }, o) //nolint:wrapcheck // Run says what
}

// summarise returns the mean over the series and the 99th percentile of the
// medians of their times, by forecast.
func summarise(times [][]time.Duration, forecasts int) (mean, high time.Duration) {
	medians := make([]time.Duration, len(times))
	var sum time.Duration
	for i, repeated := range times {
		slices.Sort(repeated)
		medians[i] = repeated[len(repeated)/2] / time.Duration(forecasts)
		sum += medians[i]
	}
	slices.Sort(medians)
	n := len(medians)
	return sum / time.Duration(n), medians[(99*n+99)/100-1]
}

// intervals are those of each series by origin; without any there are none.
type intervals map[calendar.Date][]banded

// banded are the bands of a series by level, and their unit.
type banded struct {
	bands []conformal.Band
	unit  float64
}

// of returns those of series i from an origin. A series that is too short for the
// origins has one of its own: it takes the bands of the newest that is not later.
func (v intervals) of(i int, origin calendar.Date) banded {
	var found calendar.Date
	for known := range v {
		if known <= origin && known > found {
			found = known
		}
	}
	if found == 0 {
		return banded{}
	}
	return v[found][i]
}

// intervals returns those that a batch of each origin makes: of the errors at the
// origins before it.
func (r *runner) intervals(method Method) (intervals, error) {
	if len(r.Levels) == 0 {
		return nil, nil
	}
	all := make(intervals, len(r.origins))
	for _, origin := range r.origins {
		bands, err := r.bands(method, origin)
		if err != nil {
			return nil, err
		}
		all[origin] = bands
	}
	return all, nil
}

// bands returns the intervals of each series from an origin.
func (r *runner) bands(method Method, origin calendar.Date) ([]banded, error) {
	o := r.options(backtest.Origins(origin, r.horizon, r.Period, intervalOrigins))
	o.Workers = r.Workers
	o.MinHistory, o.EveryActual = r.leastHistory(), false // as in a batch
	known := make([]series.Series, len(r.panel))
	for i, s := range r.panel {
		known[i] = s.Until(origin)
	}
	tables, err := r.run(known, method, o)
	if err != nil {
		return nil, err
	}
	errs, extents := make([]conformal.Errors, len(tables)), make([]conformal.Extent, len(tables))
	for i, table := range tables {
		usual, class := known[i], series.Classify(known[i], r.Period)
		usual.Values = o.Usual(usual)
		errs[i] = r.scaledErrors(usual, table, table.Model(method.Name))
		errs[i].Group, errs[i].Rare = class.String(), class == series.ClassIntermittent
		extents[i] = conformal.ExtentOf(class, usual.Values, r.Period)
	}
	panel := conformal.NewPanel(errs, r.Levels, r.horizon, r.Period)
	units, _ := conformal.Units(extents, r.Period)
	all := make([]banded, len(tables))
	for i := range all {
		all[i].bands, _ = panel.Bands(i, 0)
		all[i].unit = units[i]
	}
	return all, nil
}

// leastHistory is what a series must have at an origin before the one that is
// measured, as in a batch.
func (r *runner) leastHistory() int { return 2 * max(r.Period, 2) }

// scaledErrors returns the errors of a method on a series, which is without its outliers,
// at the origins where it has a scale.
func (r *runner) scaledErrors(s series.Series, table *backtest.Table, method int) conformal.Errors {
	var errs conformal.Errors
	for k, origin := range table.Origins {
		scale := table.Usual[k].Seasonal
		if scale == 0 {
			continue
		}
		row := make([]float64, table.Horizon)
		for h, y := range table.Actual(k) {
			row[h] = (y - table.Forecast(k, method)[h]) / scale
		}
		errs.Origins = append(errs.Origins, origin)
		errs.Scaled = append(errs.Scaled, row)
		errs.Special = append(errs.Special, r.days.Ahead(origin, table.Horizon))
	}
	errs.Swing = conformal.NewSwing(s, r.days.Special, errs.Origins, table.Horizon, r.Period)
	return errs
}

package backtest

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast/accuracy"
	"github.com/daybatch/daybatch/forecast/backtest/outlier"
	"github.com/daybatch/daybatch/forecast/backtest/shift"
	"github.com/daybatch/daybatch/forecast/backtest/special"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/series"
)

// errPanicked says that a method broke its promise.
var errPanicked = errors.New("panic")

// Days of the week and of the year.
const (
	week = 7
	year = 365
)

// task forecasts one series. It belongs to one worker.
type task struct {
	Options

	series     series.Series
	candidates []Candidate
	groups     []Group

	table  *Table
	actual series.Series  // what counts as having happened
	fitted []model.Fitted // by candidate; nil: to be fitted
	taken  int            // values that the fitted have seen
	shift  shift.Shift    // to the level at which they were
}

// view is the series as seen from one origin.
type view struct {
	origin  calendar.Date
	index   int       // of the origin
	raw     []float64 // values up to the last one observed
	usual   []float64 // raw without outliers
	clean   []float64 // nor special days, all at the newest level
	gap     int       // days from the last observation to the origin
	group   Group
	effects special.Effects
	limits  limits      // of ordinary days
	all     limits      // of special ones too
	memo    *model.Memo // of clean

	outliers []outlier.Outlier
	shift    shift.Shift
}

func (t *task) run() *Table {
	t.Days = t.Days.For(t.series.Key)
	origins, horizon := t.Schedule(t.series)
	names := make([]string, len(t.candidates))
	for i, c := range t.candidates {
		names[i] = c.Name
	}
	t.table = NewTable(t.series.Key, origins, horizon, names)
	t.table.Fits = make([]model.Description, len(names))
	t.table.Variances = make([][]float64, len(names))
	t.fitted = make([]model.Fitted, len(names))
	t.actual = t.series
	if !t.EveryActual {
		t.actual.Values, _ = t.split(t.series, t.Days)
	}
	for k := range origins {
		t.forecast(k)
	}
	return t.table
}

// forecast fills in the rows of one origin.
func (t *task) forecast(k int) {
	v := t.view(k)
	t.table.Scales[k], t.table.Usual[k] = accuracy.ScaleOf(v.raw, t.Period), accuracy.ScaleOf(v.usual, t.Period)
	actual := t.table.Actual(k)
	for i := range actual {
		if y, ok := t.actual.At(v.origin + calendar.Date(i+1)); ok {
			actual[i] = y
		}
	}
	if k == len(t.table.Origins)-1 {
		t.table.Closed = v.effects.Closed(v.origin+1, t.table.Horizon)
		t.table.Warnings = slices.Concat(v.effects.Warnings(v.origin+1, t.table.Horizon), t.leftOut(v), t.moved(v))
	}
	for i, c := range t.candidates {
		out := t.table.Forecast(k, i)
		if c.New == nil {
			t.combine(v, i, out)
			continue
		}
		if err := guard(func() error { return t.fit(v, i, out) }); err != nil {
			t.fitted[i] = nil
			t.fallBack(v, i, err)
		}
	}
	t.taken, t.shift = len(v.raw), v.shift
}

func (t *task) view(k int) view {
	origin := t.table.Origins[k]
	until := t.series.Until(origin)
	raw := trimEnd(until.Values)
	v := view{
		origin: origin,
		index:  k,
		raw:    raw,
		gap:    int(origin-until.Start) + 1 - len(raw),
		group:  t.group(origin),
		memo:   &model.Memo{},
	}
	v.usual, v.outliers = t.split(series.Series{Start: until.Start, Values: raw}, t.Days)
	v.all = rangeOf(v.usual)
	v.clean = t.Days.Clean(v.usual, until.Start)
	if found, ok := shift.Find(v.clean, t.levelSeason()); ok {
		v.shift, v.clean = found, found.Adjust(v.clean)
	}
	v.effects = t.Days.Effects(t.Days.Observe(v.usual, until.Start), v.group.Special)
	v.limits = limitsOf(v.clean, 2*max(1, t.Period))
	return v
}

// Usual returns the values of a series without its outliers, which count as missing:
// what would have been without a mistake is not known. Special days are none.
func (o Options) Usual(s series.Series) []float64 {
	usual, _ := o.split(s, o.Days.For(s.Key))
	return usual
}

// split returns the values without the outliers, and these.
func (o Options) split(s series.Series, days special.Days) (usual []float64, outliers []outlier.Outlier) {
	outliers = outlier.Find(days.Clean(s.Values, s.Start), o.Period, o.recurring()...)
	if len(outliers) == 0 {
		return s.Values, nil
	}
	usual = slices.Clone(s.Values)
	for _, o := range outliers {
		usual[o.Index] = math.NaN()
	}
	return usual, outliers
}

// recurring are the seasons in which events recur: the longer ones, and of days the
// year, whether it is forecast or not.
func (o Options) recurring() []int {
	if o.Period != week {
		return o.Longer
	}
	return append(slices.Clone(o.Longer), year)
}

// levelSeason is the season of which a level is the mean: of hours the week, as days
// of it may differ by more than levels do.
func (o Options) levelSeason() int {
	const most = 10 // seasons, as a year would be too long
	if len(o.Longer) > 0 && o.Longer[0] <= most*o.Period {
		return o.Longer[0]
	}
	return o.Period
}

// moved says from when on a series is on a new level.
func (t *task) moved(v view) []string {
	if v.shift.Start == 0 {
		return nil
	}
	how := fmt.Sprintf("times %.3g", v.shift.Factor)
	if v.shift.Add != 0 {
		how = fmt.Sprintf("plus %.4g", v.shift.Add)
	}
	return []string{fmt.Sprintf("is on a new level since %s: what was before counts %s", t.series.Start+calendar.Date(v.shift.Start), how)}
}

// leftOut says which values are taken as outliers.
func (t *task) leftOut(v view) []string {
	warnings := make([]string, len(v.outliers))
	for i, o := range v.outliers {
		warnings[i] = fmt.Sprintf("%s taken as an outlier and left out: %.6g of usually %.6g", t.series.Start+calendar.Date(o.Index), o.Value, o.Usual)
	}
	return warnings
}

// fit estimates or advances candidate i and writes its forecast to out.
func (t *task) fit(v view, i int, out []float64) error {
	values, write := v.clean, v.write
	if t.candidates[i].Plain {
		values, write = v.raw, v.writePlain
	}
	appender, ok := t.fitted[i].(model.Appender)
	if ok && t.Refit == RefitFirst && v.shift == t.shift {
		appender.Append(values[t.taken:])
	} else {
		fit := t.candidates[i].New(v.group).Fit
		if again, ok := t.fitted[i].(model.Refitter); ok {
			fit = again.Refit
		}
		fitted, err := fit(values, t.context(v))
		if err != nil {
			return err //nolint:wrapcheck // the model says what it fits
		}
		t.fitted[i] = fitted
	}
	t.table.Fits[i] = t.fitted[i].Description()
	if err := write(t.fitted[i], out); err != nil {
		return err
	}
	if u, ok := t.fitted[i].(model.Uncertain); ok && v.index == len(t.table.Origins)-1 {
		t.table.Variances[i] = u.Variance(v.gap + len(out))[v.gap:]
	}
	return nil
}

func (t *task) context(v view) model.Context {
	return model.Context{Period: t.Period, Longer: t.Longer, Start: t.series.Start, Seed: seedOf(t.Seed, t.series.Key, v.origin), Memo: v.memo}
}

// write puts the forecast of a fitted model into out, with special days and
// without negative demand, or says why it is no good.
func (v view) write(f model.Fitted, out []float64) error {
	ahead, err := v.ahead(f, len(out))
	if err != nil {
		return err
	}
	if err := v.limits.check(ahead); err != nil {
		return err
	}
	v.effects.Apply(ahead, v.origin+1)
	v.all.hold(ahead)
	v.all.floor(ahead)
	copy(out, ahead)
	return nil
}

// writePlain puts the forecast of a fitted model into out as it is.
func (v view) writePlain(f model.Fitted, out []float64) error {
	ahead, err := v.ahead(f, len(out))
	copy(out, ahead)
	return err
}

// ahead returns the forecast of the days after the origin.
func (v view) ahead(f model.Fitted, days int) ([]float64, error) {
	ahead := f.Predict(v.gap + days)
	if len(ahead) != v.gap+days {
		return nil, fmt.Errorf("forecast has %d days, not %d", len(ahead), v.gap+days)
	}
	return ahead[v.gap:], nil
}

// fallBack lets the first rung of the ladder that holds stand in for
// candidate i.
func (t *task) fallBack(v view, i int, cause error) {
	out := t.table.Forecast(v.index, i)
	failure := Failure{Model: t.candidates[i].Name, Origin: v.origin, Err: cause}
	for _, rung := range ladder(len(v.raw)-firstObserved(v.raw), t.Period, v.group) {
		err := guard(func() error {
			fitted, err := rung.Fit(v.clean, t.context(v))
			if err != nil {
				return err //nolint:wrapcheck // the model says what it fits
			}
			t.table.Fits[i] = fitted.Description()
			return v.write(fitted, out)
		})
		if err == nil {
			failure.Instead = rung.Name()
			t.table.Failures = append(t.table.Failures, failure)
			return
		}
	}
	// Without any observation there is nothing to say but zero.
	fill(out, 0)
	t.table.Fits[i] = model.Description{Form: "zero"}
	failure.Instead = "zero"
	t.table.Failures = append(t.table.Failures, failure)
}

// guard turns a panic of a model into an error: no series fails a panel.
func guard(work func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("%w: %v", errPanicked, cause)
		}
	}()
	return work()
}

// seedOf returns a seed that depends on the series and the origin, never on
// their positions.
func seedOf(seed uint64, key series.Key, origin calendar.Date) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d\x00%s\x00%d", seed, string(key), int32(origin))
	return h.Sum64()
}

// trimEnd returns values without the missing ones at its end.
func trimEnd(values []float64) []float64 {
	n := len(values)
	for n > 0 && math.IsNaN(values[n-1]) {
		n--
	}
	return values[:n:n]
}

// firstObserved returns the index of the first value that is not missing.
func firstObserved(values []float64) int {
	i := 0
	for i < len(values) && math.IsNaN(values[i]) {
		i++
	}
	return i
}

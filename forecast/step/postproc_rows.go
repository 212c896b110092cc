package step

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/series"
)

// forecastRows are the rows of a forecast, column by column.
type forecastRows struct {
	layout  lake.Layout
	frame   *lake.Frame
	keys    []series.Key
	dates   []calendar.Date
	means   []float64
	lower   [][]float64 // by level
	upper   [][]float64
	horizon []int64
	models  []string

	order []int // rows by series and date
}

// rowsOf takes the columns of what Predict, or a project's own command, wrote.
func rowsOf(frame *lake.Frame, layout lake.Layout) (*forecastRows, error) {
	rows := &forecastRows{layout: layout, frame: frame}
	err := rows.read()
	return rows, err
}

func (f *forecastRows) read() error {
	var err error
	if f.keys, err = lake.KeyColumn(f.frame, f.layout.Series); err != nil {
		return err //nolint:wrapcheck // the caller says what is read
	}
	if f.dates, err = lake.Column[[]calendar.Date](f.frame, lake.DateColumn); err != nil {
		return err //nolint:wrapcheck // as above
	}
	if f.means, err = lake.Column[[]float64](f.frame, lake.MeanColumn); err != nil {
		return err //nolint:wrapcheck // as above
	}
	for _, level := range f.layout.Levels {
		lower, err := lake.Column[[]float64](f.frame, lake.LowerColumn(level))
		if err != nil {
			return err //nolint:wrapcheck // as above
		}
		upper, err := lake.Column[[]float64](f.frame, lake.UpperColumn(level))
		if err != nil {
			return err //nolint:wrapcheck // as above
		}
		f.lower, f.upper = append(f.lower, lower), append(f.upper, upper)
	}
	if f.horizon, err = lake.Column[[]int64](f.frame, lake.HorizonColumn); err != nil {
		return err //nolint:wrapcheck // as above
	}
	f.models, err = lake.Column[[]string](f.frame, lake.ModelColumn)
	return err //nolint:wrapcheck // as above
}

// sort puts the rows of each series in the order of their dates, and leaves the series
// in theirs.
func (f *forecastRows) sort() {
	f.order = make([]int, len(f.dates))
	run := make([]int, len(f.dates))
	for i := range f.order {
		f.order[i] = i
		if i > 0 {
			run[i] = run[i-1]
			if f.keys[i] != f.keys[i-1] {
				run[i]++
			}
		}
	}
	slices.SortStableFunc(f.order, func(a, b int) int {
		return cmp.Or(cmp.Compare(run[a], run[b]), cmp.Compare(f.dates[a], f.dates[b]))
	})
}

// check refuses a forecast that is not one row per series and day of the
// horizon, with finite numbers and nested bounds: a partition is whole or it is
// not published. The rows are all those of some series.
func (f *forecastRows) check(spec Spec) error {
	horizon := spec.Definition.Forecast.Horizon
	for n, i := range f.order {
		want := spec.Date + calendar.Date(n%horizon) + 1
		switch {
		case n%horizon != 0 && f.keys[i] != f.keys[f.order[n-1]]:
			return f.endsEarly(spec, f.order[n-1])
		case f.dates[i] != want:
			return failf(forecast.ReasonStep, "%s: series %s has a row for %s where that for %s belongs: one row for each of the %d days after %s",
				ForecastFile, f.keys[i], f.dates[i], want, horizon, spec.Date)
		case f.horizon[i] != int64(f.dates[i]-spec.Date):
			return failf(forecast.ReasonStep, "%s: series %s, %s: horizon %d, want %d", ForecastFile, f.keys[i], f.dates[i], f.horizon[i], f.dates[i]-spec.Date)
		}
		if err := f.checkNumbers(i); err != nil {
			return failf(forecast.ReasonStep, "%s: series %s, %s: %w", ForecastFile, f.keys[i], f.dates[i], err)
		}
	}
	if len(f.order)%horizon != 0 {
		return f.endsEarly(spec, f.order[len(f.order)-1])
	}
	return nil
}

// endsEarly reports the last row of a series that has too few.
func (f *forecastRows) endsEarly(spec Spec, row int) error {
	return failf(forecast.ReasonStep, "%s: series %s ends at %s: one row for each of the %d days after %s",
		ForecastFile, f.keys[row], f.dates[row], spec.Definition.Forecast.Horizon, spec.Date)
}

func (f *forecastRows) checkNumbers(i int) error {
	finite := func(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
	if !finite(f.means[i]) {
		return fmt.Errorf("%s is %v", lake.MeanColumn, f.means[i])
	}
	low, high := f.means[i], f.means[i]
	for k, level := range f.layout.Levels {
		lower, upper := f.lower[k][i], f.upper[k][i]
		if !finite(lower) || !finite(upper) || lower > low || upper < high {
			return fmt.Errorf("the %d %% interval %v .. %v does not enclose %v .. %v", level, lower, upper, low, high)
		}
		low, high = lower, upper
	}
	return nil
}

// partition returns the table of the partition: series in the order that they came
// in, each by date.
func (f *forecastRows) partition(spec Spec) *lake.Frame {
	n := len(f.order)
	frame := &lake.Frame{}
	for k, name := range f.layout.Series {
		texts := make([]string, n)
		for at, i := range f.order {
			texts[at] = f.keys[i].Parts()[k]
		}
		frame.Strings(name, texts)
	}
	frame.Dates(lake.DateColumn, pick(f.dates, f.order))
	frame.Floats(lake.MeanColumn, pick(f.means, f.order))
	for k, level := range f.layout.Levels {
		frame.Floats(lake.LowerColumn(level), pick(f.lower[k], f.order))
		frame.Floats(lake.UpperColumn(level), pick(f.upper[k], f.order))
	}
	frame.Ints(lake.HorizonColumn, pick(f.horizon, f.order))
	frame.Strings(lake.ModelColumn, pick(f.models, f.order))
	frame.Dates(lake.MadeForColumn, slices.Repeat([]calendar.Date{spec.Date}, n))
	frame.Strings(lake.KindColumn, slices.Repeat([]string{string(forecast.GenerationOwn)}, n))
	frame.Ints(lake.AgeColumn, make([]int64, n))
	frame.Strings(lake.GenerationColumn, slices.Repeat([]string{spec.Generation}, n))
	return frame
}

// pick returns values[order[0]], values[order[1]], ..
func pick[T any](values []T, order []int) []T {
	picked := make([]T, len(order))
	for at, i := range order {
		picked[at] = values[i]
	}
	return picked
}

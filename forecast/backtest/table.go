package backtest

import (
	"math"

	"github.com/daybatch/daybatch/forecast/accuracy"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/series"
)

// Table holds the forecasts of one series by several candidates from several
// origins, and what happened. All candidates have the same origins.
type Table struct {
	Key     series.Key
	Origins []calendar.Date // ascending
	Horizon int             // days
	Models  []string        // names of the candidates

	// Scales are those of the history up to each origin with all that is in it, which
	// published measures are defined by.
	Scales []accuracy.Scale
	// Usual are those of the history without its outliers: what intervals and choices
	// go by.
	Usual []accuracy.Scale
	// Fits says what the candidates were at the newest origin; empty without
	// origins.
	Fits []model.Description
	// Variances are by candidate those of its forecasts from the newest origin, nil of one
	// that does not know them.
	Variances [][]float64
	// Failures are the forecasts that a candidate did not make.
	Failures []Failure
	// Closed are the days ahead of the newest origin, from 0, at which the series is
	// closed: its forecast is zero and has no width.
	Closed []int
	// Warnings are facts about the series that an operator should see.
	Warnings []string

	forecasts []float64 // by origin, then model, then horizon
	actuals   []float64 // by origin, then horizon; NaN is unknown
}

// Failure is a forecast that a candidate did not make.
type Failure struct {
	Model   string
	Origin  calendar.Date
	Err     error
	Instead string // the method whose forecast stands in the table
}

// NewTable returns a table for the given origins, days ahead and candidates
// whose forecasts and actuals are unknown (NaN).
func NewTable(key series.Key, origins []calendar.Date, horizon int, models []string) *Table {
	t := &Table{
		Key:       key,
		Origins:   origins,
		Horizon:   horizon,
		Models:    models,
		Scales:    make([]accuracy.Scale, len(origins)),
		Usual:     make([]accuracy.Scale, len(origins)),
		forecasts: make([]float64, len(origins)*len(models)*horizon),
		actuals:   make([]float64, len(origins)*horizon),
	}
	fill(t.forecasts, math.NaN())
	fill(t.actuals, math.NaN())
	return t
}

// Forecast returns the forecast of a candidate from an origin, by their
// indices; element i is for the day i+1 after the origin. It is part of the
// table.
func (t *Table) Forecast(origin, candidate int) []float64 {
	at := (origin*len(t.Models) + candidate) * t.Horizon
	return t.forecasts[at : at+t.Horizon : at+t.Horizon]
}

// Actual returns what happened after an origin, NaN where it is unknown. It is
// part of the table.
func (t *Table) Actual(origin int) []float64 {
	at := origin * t.Horizon
	return t.actuals[at : at+t.Horizon : at+t.Horizon]
}

// Model returns the index of a candidate, -1 if the table doesn't have it.
func (t *Table) Model(name string) int {
	for i, known := range t.Models {
		if known == name {
			return i
		}
	}
	return -1
}

// Error returns the mean absolute error of a candidate from an origin over the
// days up to and including asOf, and how many days that are; 0 if none.
func (t *Table) Error(origin, candidate int, asOf calendar.Date) (mean float64, n int) {
	actual, forecast := t.Actual(origin), t.Forecast(origin, candidate)
	known := min(t.Horizon, int(asOf-t.Origins[origin]))
	var sum float64
	for i := range max(0, known) {
		if e := math.Abs(actual[i] - forecast[i]); !math.IsNaN(e) {
			sum += e
			n++
		}
	}
	return sum / float64(max(1, n)), n
}

func fill(values []float64, v float64) {
	for i := range values {
		values[i] = v
	}
}

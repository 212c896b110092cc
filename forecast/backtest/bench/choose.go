package bench

import (
	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
)

// Chooser chooses among several candidates by what they did at earlier origins.
type Chooser interface {
	// Compared returns the candidates for a series, of which known is what an origin
	// sees, and all that they need.
	Compared(known series.Series) []backtest.Candidate
	// Chosen returns the candidate that forecasts from there, last of those that it
	// needs. The table has what the compared did.
	Chosen(known series.Series, table *backtest.Table) []backtest.Candidate
}

// choose forecasts a panel from each origin as a batch of that date does: it compares
// the candidates at earlier origins and forecasts by the chosen one, under the name of
// the method. What a series has too little history for is unknown.
func (r *runner) choose(panel []series.Series, method Method, o backtest.Options) ([]*backtest.Table, error) {
	tables := make([]*backtest.Table, len(panel))
	for i, s := range panel {
		tables[i] = backtest.NewTable(s.Key, o.Origins, o.Horizon, []string{method.Name})
	}
	for k, origin := range o.Origins {
		chosen, err := r.chosen(panel, method, origin, o)
		if err != nil {
			return nil, err
		}
		ahead := o
		ahead.Origins = []calendar.Date{origin}
		forecasts, err := backtest.Run(panel, func(i int) []backtest.Candidate { return chosen[i] }, ahead)
		if err != nil {
			return nil, err //nolint:wrapcheck // Run says what
		}
		for i, table := range forecasts {
			if len(table.Origins) == 1 && table.Origins[0] == origin && table.Horizon == o.Horizon {
				take(tables[i], k, table)
			}
		}
	}
	return tables, nil
}

// chosen returns the candidates for each series at an origin.
func (r *runner) chosen(panel []series.Series, method Method, origin calendar.Date, o backtest.Options) ([][]backtest.Candidate, error) {
	known := make([]series.Series, len(panel))
	for i, s := range panel {
		known[i] = s.Until(origin)
	}
	o.Origins = backtest.Origins(origin, r.horizon, r.Period, intervalOrigins)
	o.MinHistory, o.EveryActual = r.leastHistory(), false // as in a batch
	compared, err := backtest.Run(known, func(i int) []backtest.Candidate { return method.Chooser.Compared(known[i]) }, o)
	if err != nil {
		return nil, err //nolint:wrapcheck // Run says what
	}
	chosen := make([][]backtest.Candidate, len(panel))
	for i, table := range compared {
		chosen[i] = method.Chooser.Chosen(known[i], table)
	}
	return chosen, nil
}

// take puts the only origin of a table, as its last candidate forecast from it, in the
// place of origin k.
func take(into *backtest.Table, k int, from *backtest.Table) {
	last := len(from.Models) - 1
	copy(into.Forecast(k, 0), from.Forecast(0, last))
	copy(into.Actual(k), from.Actual(0))
	into.Scales[k], into.Usual[k] = from.Scales[0], from.Usual[0]
	for _, failure := range from.Failures {
		if failure.Model == from.Models[last] {
			failure.Model = into.Models[0]
			into.Failures = append(into.Failures, failure)
		}
	}
}

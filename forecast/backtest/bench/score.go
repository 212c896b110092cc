package bench

import (
	"github.com/daybatch/daybatch/forecast/accuracy"
	"github.com/daybatch/daybatch/forecast/backtest"
)

// score compares the forecasts of a method with what happened.
func (r *runner) score(method Method, tables []*backtest.Table, bands intervals) Result {
	result := Result{Set: r.set, Method: method.Name, Series: len(tables)}
	var pool accuracy.Pool
	var symmetric, counted float64
	ahead := newAheads(r.horizon, len(r.Levels))
	for i, table := range tables {
		sums := r.sums(i, table, table.Model(method.Name), bands, ahead)
		pool.Add(sums)
		if sums.Rows > 0 {
			symmetric += sums.Symmetric / float64(sums.Rows)
			counted++
		}
		if failed(table, method.Name) {
			result.Failed++
		}
	}
	result.Measures = pool.Measures()
	result.Ahead = ahead.told(r.Levels, r.Period)
	result.SMAPE = result.Measures.SMAPE
	if result.SMAPE.OK {
		result.SMAPE.Number = symmetric / counted
	}
	return result
}

// sums returns the errors of a method on series i, over all its origins, and counts what
// its intervals cover.
func (r *runner) sums(i int, table *backtest.Table, method int, all intervals, ahead *aheads) *accuracy.Sums {
	whole := accuracy.ScaleOf(r.panel[i].Values, r.Period)
	sums := &accuracy.Sums{}
	for k, origin := range table.Origins {
		around := all.of(i, origin)
		bounds := make([]accuracy.Bounds, len(around.bands))
		plausible := backtest.PlausibleOf(r.options(nil).Usual(r.panel[i].Until(origin)), r.Period)
		block := sums.Block(table.Scales[k])
		if r.WholeScale {
			block = sums.Block(whole)
		}
		forecast := table.Forecast(k, method)
		days := r.days.Ahead(origin, len(forecast))
		for h, y := range table.Actual(k) {
			for b, band := range around.bands {
				lower, upper := band.At(h, days)
				lower, upper = plausible.Hold(forecast[h]+around.unit*lower, forecast[h], forecast[h]+around.unit*upper)
				bounds[b] = accuracy.Bounds{Level: band.Level, Lower: lower, Upper: upper}
			}
			block.Add(y, forecast[h], bounds...)
			ahead.add(h, y, bounds)
		}
	}
	return sums
}

func failed(table *backtest.Table, method string) bool {
	for _, failure := range table.Failures {
		if failure.Model == method {
			return true
		}
	}
	return false
}

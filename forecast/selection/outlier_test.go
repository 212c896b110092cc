package selection_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/model/modeltest"
	"github.com/daybatch/daybatch/forecast/selection"
	"github.com/daybatch/daybatch/forecast/series"
)

// spiked returns series of demand in which one value, some days before the end, is a
// multiple of what it should be, and the origin after their last value.
func spiked(days, back int, factor float64) (panel []series.Series, origin calendar.Date) {
	start := calendar.Of(2023, 1, 2)
	for seed := range uint64(4) {
		y := modeltest.Demand(days, 7, seed)
		y[days-back] *= factor
		panel = append(panel, series.Series{Key: series.Key(strconv.FormatUint(seed, 10)), Start: start, Values: y})
	}
	return panel, start + calendar.Date(days-1)
}

// One wrong value, wherever it is, and however wrong: no method forecasts what there
// never was, and the forecast is about what it would have been.
func TestOneOutlier(t *testing.T) {
	t.Parallel()
	names := slices.DeleteFunc(selection.Names(), func(name string) bool {
		return name == selection.ARIMA || name == selection.MSTLARIMA || name == selection.Best || // their searches take long
			name == selection.Naive || name == selection.SeasonalNaive || // plain baselines
			name == selection.SES || name == selection.Holt || name == selection.Damped // the week of the data is a trend to them
	})
	for _, days := range []int{90, 400} {
		forecast := func(back int, factor float64) []*backtest.Table {
			panel, origin := spiked(days, back, factor)
			tables, err := backtest.Run(panel, func(int) []backtest.Candidate { return selection.Candidates(names...) },
				backtest.Options{Origins: []calendar.Date{origin}, Horizon: 28, Period: 7, Seed: 1, Workers: 1})
			if err != nil {
				t.Fatal(err)
			}
			return tables
		}
		before := forecast(1, 1)
		for _, back := range []int{60, 10, 1} {
			for _, factor := range []float64{10, 30, 1e4} {
				for i, table := range forecast(back, factor) {
					panel, _ := spiked(days, back, 1)
					high := slices.Max(panel[i].Values)
					for m, name := range table.Models {
						var sum, want float64
						for h, v := range table.Forecast(0, m) {
							sum += v
							want += before[i].Forecast(0, m)[h]
							if v < 0 || v > 1.3*high {
								t.Fatalf("%s, %d days, a value %v times too high %d days before the end: forecast of day %d is %.4g, the history has %.4g", name, days, factor, back, h+1, v, high)
							}
						}
						if name == selection.Drift {
							continue // it goes by the last value, which may be that of another weekday
						}
						if ratio := sum / want; ratio < .8 || ratio > 1.25 {
							t.Errorf("%s, %d days, a value %v times too high %d days before the end: forecast is %.2f of what it would be", name, days, factor, back, ratio)
						}
					}
				}
			}
		}
	}
}

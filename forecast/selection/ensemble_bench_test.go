package selection_test

import (
	"testing"

	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/model/modeltest"
	"github.com/daybatch/daybatch/forecast/selection"
	"github.com/daybatch/daybatch/forecast/series"
)

// BenchmarkEnsembleDaily backtests what daily demand gets by default on three
// years of a series: the members share the regression of the year.
func BenchmarkEnsembleDaily(b *testing.B) {
	one := series.Series{Key: series.MakeKey("van"), Start: calendar.Of(2023, 1, 1), Values: modeltest.Demand(3*365, 7, 1)}
	candidates := selection.Candidates(selection.SetFor(series.ClassDaily, []int{7}, nil).Choices...)
	end := one.End()
	o := backtest.Options{Origins: backtest.Origins(end, 28, 7, 4), Horizon: 28, Period: 7, Refit: backtest.RefitEach}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := backtest.Run([]series.Series{one}, func(int) []backtest.Candidate { return candidates }, o); err != nil {
			b.Fatal(err)
		}
	}
}

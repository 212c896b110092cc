package selection_test

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/selection"
	"github.com/daybatch/daybatch/forecast/series"
)

// Businesses that are closed on some weekdays are forecast like any others: the
// default beats last week, and is not too low.
func TestDefaultOfClosedWeekdays(t *testing.T) {
	t.Parallel()
	const horizon, days = 28, 392
	origin := calendar.Of(2025, 10, 5)
	for name, open := range map[string]int{"five days": 5, "four days": 4, "one day": 1} {
		rng := rand.New(rand.NewPCG(uint64(open), 9))
		panel := make([]series.Series, 12)
		for i := range panel {
			panel[i] = series.Series{Key: series.Key(strconv.Itoa(i)), Start: origin + horizon - days + 1, Values: make([]float64, days)}
			for day := range panel[i].Values {
				if day%7 < open {
					panel[i].Values[day] = math.Round(50 + 5*rng.NormFloat64())
				}
			}
		}
		defaults := make([]string, len(panel))
		tables, err := backtest.Run(panel, func(i int) []backtest.Candidate {
			defaults[i] = selection.SetFor(series.Classify(panel[i].Until(origin), 7), []int{7}, nil).Default
			return selection.Candidates(defaults[i], selection.SeasonalNaive)
		}, backtest.Options{Origins: []calendar.Date{origin}, Horizon: horizon, Period: 7, Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		var wrong, naive, bias, demand float64
		for i, table := range tables {
			forecast, last := table.Forecast(0, table.Model(defaults[i])), table.Forecast(0, table.Model(selection.SeasonalNaive))
			for h, y := range table.Actual(0) {
				wrong += math.Abs(forecast[h] - y)
				naive += math.Abs(last[h] - y)
				bias += forecast[h] - y
				demand += y
			}
		}
		if wrong >= naive || math.Abs(bias) > .04*demand {
			t.Errorf("%s a week: WAPE of %s %.3f, bias %+.3f; want less than seasonal naive's %.3f, and little bias",
				name, defaults[0], wrong/demand, bias/demand, naive/demand)
		}
	}
}

package selection_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/selection"
	"github.com/daybatch/daybatch/forecast/series"
)

// hours are some weeks of demand with a season of the day and one of the week: what
// share of each day is open, and how much less the weekend asks for.
func hours(weeks int, open, weekend float64, seed uint64) series.Series {
	random := rand.New(rand.NewPCG(seed, 9))
	values := make([]float64, weeks*168)
	for t := range values {
		hour := float64(t%24) / 24
		if hour >= open {
			continue
		}
		values[t] = (40 + 30*math.Sin(math.Pi*hour/open)) * math.Exp(.1*random.NormFloat64())
		if t/24%7 >= 5 {
			values[t] *= weekend
		}
	}
	return series.Series{Key: "h", Start: calendar.Of(2026, 1, 5), Values: values}
}

// chosen returns the class of a series and what is chosen for it by four origins.
func chosen(t *testing.T, s series.Series, horizon int, seasons []int) (series.Class, selection.Choice) {
	t.Helper()
	class := series.Classify(s, seasons[0])
	set := selection.SetFor(class, seasons, nil)
	tables, err := backtest.Run([]series.Series{s}, func(int) []backtest.Candidate { return selection.Candidates(set.Choices...) }, backtest.Options{
		Origins: backtest.Origins(s.End(), horizon, seasons[0], 4), Horizon: horizon,
		Period: seasons[0], Longer: seasons[1:], MinHistory: 2 * seasons[0], Refit: backtest.RefitEach,
	})
	if err != nil {
		t.Fatal(err)
	}
	return class, selection.Choose(tables[0], class, set, s.End())
}

// ahead returns the forecast of the last horizon of a series by a method.
func ahead(t *testing.T, s series.Series, name string, horizon int, seasons []int) (forecast, actual []float64) {
	t.Helper()
	candidates := selection.Candidates(name)
	tables, err := backtest.Run([]series.Series{s}, func(int) []backtest.Candidate { return candidates }, backtest.Options{
		Origins: []calendar.Date{s.End() - calendar.Date(horizon)}, Horizon: horizon, Period: seasons[0], Longer: seasons[1:],
	})
	if err != nil {
		t.Fatal(err)
	}
	return tables[0].Forecast(0, len(candidates)-1), tables[0].Actual(0)
}

func meanError(forecast, actual []float64) float64 {
	sum := 0.0
	for i, y := range actual {
		sum += math.Abs(y - forecast[i])
	}
	return sum / float64(len(actual))
}

// Hourly demand has a day and a week, which the ensemble of other demand doesn't see.
func TestHourlyDemandIsForecastByDayAndWeek(t *testing.T) {
	t.Parallel()
	const horizon = 72 // the weekend is part of it
	seasons := []int{24, 168}
	for seed := range uint64(3) {
		s := hours(6, 1, .4, seed)
		known := s.Until(s.End() - horizon)
		class, choice := chosen(t, known, horizon, seasons)
		if class != series.ClassOther {
			t.Fatalf("class = %s; want other", class)
		}
		forecast, actual := ahead(t, s, choice.Model, horizon, seasons)
		ensemble, _ := ahead(t, s, selection.Ensemble, horizon, seasons)
		if got, other := meanError(forecast, actual), meanError(ensemble, actual); got > other/2 {
			t.Errorf("seed %d: mean error of %s = %.2f, of the ensemble %.2f; want half of it at most", seed, choice.Model, got, other)
		}
	}
}

// Hours that never sell are a season, not chance: the nights stay empty and the days
// don't get less for it.
func TestClosedNightsAreNoChance(t *testing.T) {
	t.Parallel()
	const horizon = 48
	seasons := []int{24, 168}
	s := hours(5, .5, 1, 1)
	class, choice := chosen(t, s.Until(s.End()-horizon), horizon, seasons)
	if class != series.ClassOther { // rarely is what sells rarely while it is open
		t.Fatalf("class = %s; want other", class)
	}
	forecast, actual := ahead(t, s, choice.Model, horizon, seasons)
	day, night := 0.0, 0.0
	for i, v := range forecast {
		if actual[i] > 0 {
			day += v
		} else {
			night += v
		}
	}
	sold := 0.0
	for _, v := range actual {
		sold += v
	}
	if night > .05*day || math.Abs(day-sold) > .15*sold {
		t.Errorf("%s forecasts %.0f by day and %.0f by night; want %.0f and next to nothing", choice.Model, day, night, sold)
	}
	if slices.Min(forecast) < 0 {
		t.Errorf("forecast = %v; want none below 0", forecast)
	}
}

// A season that smoothing has no states for is decomposed, if the history has more than
// two of it; what is shorter is forecast without.
func TestLongSeasonIsDecomposed(t *testing.T) {
	t.Parallel()
	const season, horizon = 52, 26
	random := rand.New(rand.NewPCG(4, 9))
	values := make([]float64, 5*season+horizon)
	for i := range values {
		values[i] = (100 + 60*math.Sin(2*math.Pi*float64(i)/season)) * math.Exp(.05*random.NormFloat64())
	}
	long := series.Series{Key: "w", Start: calendar.Of(2026, 1, 5), Values: values}
	for _, name := range []string{selection.ETS, selection.Ensemble, selection.EnsembleLong} {
		forecast, actual := ahead(t, long, name, horizon, []int{season})
		if got := meanError(forecast, actual); got > 10 {
			t.Errorf("mean error of %s = %.1f; want at most 10 of a season of 60", name, got)
		}
	}
	short := series.Series{Key: "s", Start: long.Start, Values: values[:season+horizon]}
	for _, name := range []string{selection.ETS, selection.EnsembleLong} {
		forecast, _ := ahead(t, short, name, horizon, []int{season})
		if slices.ContainsFunc(forecast, func(v float64) bool { return !(v > 0 && v < 400) }) {
			t.Errorf("%s of a short history = %v", name, forecast)
		}
	}
	if class, choice := chosen(t, long, horizon, []int{season}); class != series.ClassOther || choice.Default != selection.EnsembleLong {
		t.Errorf("class %s with default %s; want other and %s", class, choice.Default, selection.EnsembleLong)
	}
}

// A trend of few months is followed, and one of even fewer is not believed.
func TestShortSeriesOfMonths(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		months         int
		least, highest float64
	}{
		{3, 100, 130}, {5, 100, 160}, {7, 100, 190}, {20, 290, 420},
	} {
		values := make([]float64, tt.months+6)
		for i := range values {
			values[i] = 100 + 10*float64(i) + float64(i*7%5)
		}
		s := series.Series{Key: "m", Start: calendar.Of(2026, 1, 5), Values: values}
		set := selection.SetFor(series.Classify(s.Until(s.End()-6), 12), []int{12}, nil)
		forecast, _ := ahead(t, s, set.Default, 6, []int{12})
		for _, v := range forecast {
			if !(v >= tt.least && v <= tt.highest) {
				t.Errorf("%s of %d months = %v; want %v to %v", set.Default, tt.months, forecast, tt.least, tt.highest)
				break
			}
		}
	}
}

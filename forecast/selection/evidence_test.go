package selection_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/daybatch/daybatch/forecast/accuracy"
	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/selection"
	"github.com/daybatch/daybatch/forecast/series"
)

// tied returns a table of methods none of which is better: each day has an error of its
// own, which an origin that looks at the same day shares. With common, all methods
// have a part of it in common, as methods do.
func tied(rng *rand.Rand, names []string, origins []calendar.Date, horizon int) *backtest.Table {
	table := backtest.NewTable("a", origins, horizon, names)
	errs := make(map[calendar.Date][]float64)
	for k, origin := range origins {
		table.Usual[k] = accuracy.Scale{Seasonal: 1}
		for h := range horizon {
			day := origin + calendar.Date(h+1)
			if errs[day] == nil {
				errs[day] = make([]float64, len(names))
				for m := range names {
					errs[day][m] = math.Abs(rng.NormFloat64())
				}
			}
			table.Actual(k)[h] = 0
			for m := range names {
				table.Forecast(k, m)[h] = errs[day][m]
			}
		}
	}
	return table
}

// A default is lost by chance in about one series of twenty at most, however many
// methods are compared and however many days the origins have in common.
func TestFalseChoices(t *testing.T) {
	t.Parallel()
	const rounds, horizon = 1000, 14
	for _, test := range []struct{ methods, origins, step int }{
		{1, 4, 14}, {1, 4, 7}, {4, 4, 14}, {4, 4, 7}, {4, 8, 7}, {9, 4, 7}, {4, 2, 7}, {2, 6, 2},
	} {
		rng := rand.New(rand.NewPCG(7, 11))
		set := selection.Set{Default: "default", Choices: []string{"default"}}
		for m := range test.methods {
			set.Choices = append(set.Choices, fmt.Sprint("other", m))
		}
		origins := make([]calendar.Date, test.origins)
		for k := range origins {
			origins[k] = today - calendar.Date(horizon+(test.origins-1-k)*test.step)
		}
		lost := 0
		for range rounds {
			if selection.Choose(tied(rng, set.Choices, origins, horizon), series.ClassDaily, set, today).Model != set.Default {
				lost++
			}
		}
		// Three standard errors of the count above a twentieth.
		if most := 0.05 + 3*math.Sqrt(0.05*0.95/rounds); float64(lost)/rounds > most {
			t.Errorf("%d methods, %d origins %d days apart: the default was lost in %.1f %% of series in which it is as good; want at most %.1f %%",
				test.methods, test.origins, test.step, 100*float64(lost)/rounds, 100*most)
		}
	}
}

// Origins that look at the same days are less evidence than as many of their own days.
func TestOverlapIsLessEvidence(t *testing.T) {
	t.Parallel()
	set := selection.Set{Default: "ensemble", Choices: []string{"ensemble", "ets"}}
	at := func(step calendar.Date) selection.Score {
		origins := []calendar.Date{today - 7 - 2*step, today - 7 - step, today - 7}
		table := backtest.NewTable("a", origins, 7, set.Choices)
		for k, gain := range []float64{1, 1.2, 0.8} {
			table.Usual[k] = accuracy.Scale{Seasonal: 1}
			for h := range table.Horizon {
				table.Actual(k)[h], table.Forecast(k, 0)[h], table.Forecast(k, 1)[h] = 0, 2, 2-gain
			}
		}
		return selection.Choose(table, series.ClassDaily, set, today).Scores[1]
	}
	apart := at(7)
	// The t statistic is the gain over its standard error, .2/sqrt(3): p by R's pt.
	if math.Abs(apart.StandardError-0.2/math.Sqrt(3)) > 1e-12 || math.Abs(apart.P-0.006536) > 1e-6 {
		t.Errorf("of their own days: standard error %.6f, p %.6f; want %.6f, 0.006536", apart.StandardError, apart.P, 0.2/math.Sqrt(3))
	}
	previous := apart
	for step := calendar.Date(6); step >= 1; step-- {
		score := at(step)
		if score.StandardError <= previous.StandardError || score.P <= previous.P {
			t.Errorf("%d days apart: standard error %.4f, p %.4f; want more than %.4f, %.4f of one day farther", step, score.StandardError, score.P, previous.StandardError, previous.P)
		}
		previous = score
	}
}

package step_test

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/selection"
	"github.com/daybatch/daybatch/forecast/step"
)

// pay is demand with a week and, as strong, four weeks between pay days, without
// its noise.
func pay(day int) float64 {
	return 200 + 20*math.Sin(2*math.Pi*float64(day)/7) + 30*math.Cos(2*math.Pi*float64(day)/28)
}

// seasonal trains and predicts such demand by mstl with the seasons of a
// definition. It returns what models.json says of it, and the mean absolute errors
// of the backtest and of the forecast.
func seasonal(t *testing.T, season ...float64) (m step.SeriesModel, backtest, ahead float64) {
	t.Helper()
	const days = 300
	random := rand.New(rand.NewPCG(3, 4))
	values := make([]float64, days)
	for i := range values {
		values[i] = pay(i) + 2*random.NormFloat64()
	}
	n := newNumeric(endingToday("van", values))
	n.definition.Forecast.Season, n.definition.Forecast.Models = season, []string{selection.MSTL}
	n.definition.Forecast.Holidays = ""
	n.runAll(t)
	m = decode[step.Models](t, n.file(t, forecast.Train, step.ModelsFile)).Series[0]
	for h, v := range columnOf[[]float64](t, n.forecasts(t), lake.MeanColumn) {
		ahead += math.Abs(v-pay(days+h)) / float64(n.definition.Forecast.Horizon)
	}
	path := filepath.Join(n.roots[forecast.Train], step.OutputDir, step.Output(forecast.Train), step.BacktestFile)
	frame, err := openLake(t).ReadParquet(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	forecasts, actuals := columnOf[[]float64](t, frame, lake.MeanColumn), columnOf[[]float64](t, frame, lake.ValueColumn)
	count := 0.0
	for row, name := range columnOf[[]string](t, frame, lake.ModelColumn) {
		if name == selection.MSTL {
			backtest += math.Abs(forecasts[row] - actuals[row])
			count++
		}
	}
	return m, backtest / count, ahead
}

func columnOf[T lake.Values](t *testing.T, frame *lake.Frame, name string) T {
	t.Helper()
	values, err := lake.Column[T](frame, name)
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// The longer seasons of a definition reach the model, in the backtest and in the
// forecast.
func TestLongerSeasons(t *testing.T) {
	t.Parallel()
	one, backtestOne, aheadOne := seasonal(t, 7)
	two, backtestTwo, aheadTwo := seasonal(t, 7, 28)
	if !strings.HasPrefix(one.Form, "MSTL(7)+") || !strings.HasPrefix(two.Form, "MSTL(7,28)+") {
		t.Errorf("forms = %s and %s; want MSTL(7)+.. and MSTL(7,28)+..", one.Form, two.Form)
	}
	if backtestTwo > backtestOne/2 || aheadTwo > aheadOne/2 {
		t.Errorf("mean error of the backtest = %.1f with a season, %.1f with two; of the forecast %.1f, %.1f; want it halved at least",
			backtestOne, backtestTwo, aheadOne, aheadTwo)
	}
	t.Logf("mean error of the backtest = %.1f with a season, %.1f with two; of the forecast %.1f, %.1f", backtestOne, backtestTwo, aheadOne, aheadTwo)
}

// A season that the history does not have twice is left out, and the series says
// so. The order of the seasons does not matter to the step.
func TestSeasonTooLong(t *testing.T) {
	t.Parallel()
	m, _, _ := seasonal(t, 365.25, 28, 7)
	// Of the 300 days the last origin of the backtest knows all but the horizon.
	want := "season of 365 is left out: it needs more than 730 values, have 286"
	if !strings.HasPrefix(m.Form, "MSTL(7,28)+") || !slices.Contains(m.Warnings, want) {
		t.Errorf("form = %s, warnings = %q; want MSTL(7,28)+.. and %q", m.Form, m.Warnings, want)
	}
}

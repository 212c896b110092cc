package step_test

import (
	"math"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/backtest/conformal"
	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/ets"
	"github.com/daybatch/daybatch/forecast/step"
)

// Where the backtest has too few errors the interval is that of the chosen model, if it
// knows one, and is flagged as such.
func TestAnalyticIntervalsAreTheModels(t *testing.T) {
	t.Parallel()
	s := demand("a", 27, 3)
	n := newNumeric(s)
	n.definition.Forecast.Models, n.definition.Forecast.Holidays = []string{"ets"}, ""
	n.runAll(t)
	models := decode[step.Models](t, n.file(t, forecast.Train, step.ModelsFile))
	if m := models.Series[0]; m.Model != "ets" || m.BandSource != conformal.SourceAnalytic {
		t.Fatalf("forecast by %s with bands of %s; want ets and analytic ones", m.Model, m.BandSource)
	}
	fitted, err := ets.New().Fit(s.Values, model.Context{Period: 7})
	if err != nil {
		t.Fatal(err)
	}
	got, width := n.published(t), 0.
	for h, variance := range fitted.(model.Uncertain).Variance(14) {
		width = max(width, 1.959964*math.Sqrt(variance))
		if half := got["hi95"][h] - got["yhat"][h]; math.Abs(half-width) > 1e-5*width {
			t.Errorf("interval %d ahead goes %v up; want %v, that of %s", h+1, half, width, fitted.Description().Form)
		}
	}
}

package step_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/series"
	"github.com/daybatch/daybatch/forecast/step"
)

// Numbers whose sums, differences and squares are none fail no step, and change
// nothing for the series beside them.
func TestExtremesFailNoPanel(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 1))
	signs, large, late, wide := make([]float64, 200), make([]float64, 200), demand("late", 200, 9).Values, make([]float64, 200)
	for i := range signs {
		signs[i] = 1.7e308 * float64(1-2*rng.IntN(2))
		large[i] = 1.6e308 * (1 + .1*rng.Float64())
		wide[i] = 1e300 * rng.NormFloat64()
	}
	for i := 190; i < 200; i++ {
		late[i] = 1.7e308
	}
	extreme := []series.Series{
		endingToday("x signs", signs), endingToday("x large", large), endingToday("x late", late), endingToday("x wide", wide),
		endingToday("x short", []float64{1.7e308, -1.7e308, 1.7e308}), endingToday("x rare", slices.Repeat([]float64{1.7e308, 0, 0, 1e-308}, 50)),
	}
	ordinary := []series.Series{demand("a", 200, 1), demand("b", 200, 2)}
	n := newNumeric(append(slices.Clone(ordinary), extreme...)...)
	n.runAll(t)
	frame := n.forecasts(t)
	keys, err := lake.KeyColumn(frame, n.definition.Source.Series)
	if err != nil {
		t.Fatal(err)
	}
	alone := newNumeric(ordinary...)
	alone.runAll(t)
	want := column[[]float64](t, alone.forecasts(t), lake.MeanColumn)
	rows := make(map[string]int)
	columns := make(map[string][]float64)
	for _, name := range []string{"lo95", "lo80", "yhat", "hi80", "hi95"} {
		columns[name] = column[[]float64](t, frame, name)
	}
	for i, key := range keys {
		rows[key.Parts()[0]]++
		bounds := []float64{-math.MaxFloat64, columns["lo95"][i], columns["lo80"][i], columns["yhat"][i], columns["hi80"][i], columns["hi95"][i], math.MaxFloat64}
		if !slices.IsSorted(bounds) || slices.ContainsFunc(bounds, math.IsNaN) {
			t.Fatalf("%s: bounds %v are not nested and finite", key, bounds)
		}
		if i < len(want) && columns["yhat"][i] != want[i] {
			t.Fatalf("%s: forecast %v; want %v as without the extremes", key, columns["yhat"][i], want[i])
		}
	}
	if len(rows) != len(ordinary)+len(extreme) {
		t.Errorf("forecasts of %d series; want all %d", len(rows), len(ordinary)+len(extreme))
	}
}

// What another program's Train says of one series, and can't be, is that series'
// trouble: it gets a forecast, and a warning.
func TestOneImpossibleModel(t *testing.T) {
	t.Parallel()
	n := newNumeric(demand("a", 200, 1), demand("b", 200, 2))
	n.runAll(t)
	models := decode[step.Models](t, n.file(t, forecast.Train, step.ModelsFile))
	for i := range models.Series[0].Bands {
		models.Series[0].Bands[i].Lower, models.Series[0].Bands[i].Upper = models.Series[0].Bands[i].Upper, models.Series[0].Bands[i].Lower
	}
	text, err := json.Marshal(models)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(n.roots[forecast.Train], step.OutputDir, "model", step.ModelsFile), text, 0o600); err != nil {
		t.Fatal(err)
	}
	want := column[[]float64](t, n.forecasts(t), lake.MeanColumn)
	n.log.Reset()
	if err := n.run(t, forecast.Predict); err != nil {
		t.Fatal(err)
	}
	frame := n.forecasts(t)
	got, horizon := column[[]float64](t, frame, lake.MeanColumn), n.definition.Forecast.Horizon
	if last := n.panel.Series[0].Values[199]; got[0] != last || got[horizon-1] != last || column[[]string](t, frame, lake.ModelColumn)[0] != "naive" {
		t.Errorf("forecast of the series with impossible intervals = %v; want its last value, %v", got[:horizon], last)
	}
	if !slices.Equal(got[horizon:], want[horizon:]) {
		t.Error("the forecast of the other series changed")
	}
	if log := n.log.String(); !strings.Contains(log, "its last value stands in") || !strings.Contains(log, "not nested") {
		t.Errorf("log is %q; want a warning about the series", log)
	}
}

func TestOutliersOfExtremesAreNumbers(t *testing.T) {
	t.Parallel()
	s := demand("a", 100, 1)
	s.Values[50], s.Values[60] = 1.7e308, -1.7e308
	_, found := step.FindOutliers(s, func(calendar.Date) bool { return false })
	if len(found) != 2 {
		t.Errorf("FindOutliers = %v; want both", found)
	}
	if _, err := json.Marshal(found); err != nil {
		t.Errorf("panel.json can't say them: %v", err)
	}
}

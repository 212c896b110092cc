package ets_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/ets"
)

// Simple smoothing, Holt's and the damped trend are R's ses, holt and holt(damped=TRUE):
// testdata/smoothers.R says how its results were made. At R's parameters the forecasts
// are R's to 1e-8. Our own likelihood is at least R's less .01; where both are within .01
// the forecasts are within 2 % of the series' standard deviation, as a likelihood is flat
// around its maximum. Where ours is higher R stopped early, and they need not agree.
func TestSmoothersAreRs(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../testdata/smoothers.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Series map[string]map[string]struct {
			Par        map[string]float64
			Likelihood float64 `json:"loglik"`
			Mean       []float64
		}
	}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	all := load(t)
	same, count := 0, 0
	for id, forms := range want.Series {
		y := all[id].Y
		for letters, r := range forms {
			count++
			given, _, likelihood := ets.At(letters, y, r.Par, nil)
			for i, v := range given.Predict(len(r.Mean)) {
				if math.Abs(v-r.Mean[i]) > 1e-8*math.Abs(r.Mean[i]) || math.Abs(likelihood-r.Likelihood) > 1e-8*math.Abs(likelihood) {
					t.Errorf("%s %s at R's parameters: Predict()[%d] = %.12g with log-likelihood %.12g; want %.12g, %.12g", id, letters, i, v, likelihood, r.Mean[i], r.Likelihood)
					break
				}
			}
			m, err := ets.NewForm(letters)
			if err != nil {
				t.Fatal(err)
			}
			fitted, err := m.Fit(y, model.Context{Period: 1})
			if err != nil {
				t.Errorf("%s %s: %v", id, letters, err)
				continue
			}
			got := fitted.(*ets.Fitted).LogLikelihood()
			if got < r.Likelihood-0.01 {
				t.Errorf("%s %s: log-likelihood %.4f; want at least R's %.4f less .01", id, letters, got, r.Likelihood)
			}
			if got > r.Likelihood+0.01 {
				continue
			}
			same++
			for i, v := range fitted.Predict(len(r.Mean)) {
				if math.Abs(v-r.Mean[i]) > 0.02*deviation(y) {
					t.Errorf("%s %s: Predict()[%d] = %v; want %v", id, letters, i, v, r.Mean[i])
					break
				}
			}
		}
	}
	t.Logf("%d of %d at R's optimum", same, count)
	if count != 30 || same < 10 {
		t.Errorf("%d of %d fits are at R's optimum; want 10 of 30 at least", same, count)
	}
}

func deviation(y []float64) float64 {
	mean, squares := 0.0, 0.0
	for _, v := range y {
		mean += v / float64(len(y))
	}
	for _, v := range y {
		squares += (v - mean) * (v - mean) / float64(len(y))
	}
	return math.Sqrt(squares)
}

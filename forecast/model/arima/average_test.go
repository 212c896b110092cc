package arima_test

import (
	"math"
	"testing"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/arima"
	"github.com/daybatch/daybatch/forecast/model/modeltest"
)

// The weights follow from the criteria that the orders describe themselves with, and
// the forecast and its variance from the weights.
func TestAverage(t *testing.T) {
	t.Parallel()
	several := 0
	for seed := range uint64(20) {
		fitted, err := arima.New().Fit(modeltest.Demand(60, 7, seed), model.Context{Period: 7})
		if err != nil {
			t.Fatal(err)
		}
		a, ok := fitted.(*arima.Average)
		if !ok {
			t.Fatalf("seed %d: %T", seed, fitted)
		}
		members, weights := a.Members()
		if len(members) > 1 {
			several++
		}
		sum, mean, variance := 0.0, make([]float64, 14), make([]float64, 14)
		for k, f := range members {
			want := math.Exp((members[0].Description().Criterion - f.Description().Criterion) / 2)
			if got := weights[k] / weights[0]; math.Abs(got-want) > 1e-9 || got > 1 || got < 0.05 {
				t.Errorf("seed %d: weight %d of the first = %v; want %v", seed, k, got, want)
			}
			sum += weights[k]
			ahead := f.Variance(14)
			for i, v := range f.Predict(14) {
				mean[i] += weights[k] * v
				variance[i] += weights[k] * (ahead[i] + v*v)
			}
		}
		if math.Abs(sum-1) > 1e-12 {
			t.Errorf("seed %d: weights sum to %v; want 1", seed, sum)
		}
		spread := a.Variance(14)
		for i, v := range a.Predict(14) {
			if math.Abs(v-mean[i]) > 1e-9*math.Abs(mean[i]) {
				t.Errorf("seed %d: Predict()[%d] = %v; want %v", seed, i, v, mean[i])
			}
			if want := variance[i] - mean[i]*mean[i]; math.Abs(spread[i]-want) > 1e-6*want {
				t.Errorf("seed %d: Variance()[%d] = %v; want %v", seed, i, spread[i], want)
			}
		}
	}
	if several < 10 {
		t.Errorf("%d of 20 series average several orders; want most", several)
	}
}

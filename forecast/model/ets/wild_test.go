package ets_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/ets"
)

// A level that leapt stays where it is: the one leap is no slope, whatever relative
// errors say.
func TestLeap(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		for _, n := range []int{60, 100, 400} {
			for _, back := range []int{5, 10, 25} {
				rng := rand.New(rand.NewPCG(seed, 4))
				y := make([]float64, n)
				for i := range y {
					y[i] = 100 + 20*float64(i%7)/6 + 5*rng.NormFloat64()
					if i >= n-back {
						y[i] += 1000
					}
				}
				f, err := ets.New().Fit(y, model.Context{Period: 7})
				if err != nil {
					t.Fatal(err)
				}
				for h, v := range f.Predict(28) {
					if v < 1000 || v > 1250 {
						t.Fatalf("%d values, the last %d at 1,100: %s forecasts %.0f for day %d", n, back, f.Description().Form, v, h+1)
					}
				}
			}
		}
	}
}

// Demand whose values differ by their logarithms has its mean as forecast, or nearly.
func TestHeavyTail(t *testing.T) {
	t.Parallel()
	var sum, mean float64
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 1))
		y := make([]float64, 128)
		for i := range y {
			y[i] = 100 * math.Exp(rng.NormFloat64())
		}
		f, err := ets.New().Fit(y[:100], model.Context{Period: 7})
		if err != nil {
			t.Fatal(err)
		}
		average := 0.0
		for _, v := range y[:100] {
			average += v / 100
		}
		for h, v := range f.Predict(28) {
			sum += math.Abs(v - y[100+h])
			mean += math.Abs(average - y[100+h])
		}
	}
	if sum > 1.2*mean {
		t.Errorf("error = %.2f of that of the mean; want at most 1.2", sum/mean)
	}
}

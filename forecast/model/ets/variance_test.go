package ets_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/ets"
	"github.com/daybatch/daybatch/forecast/model/modeltest"
)

// At R's parameters variances are R's: testdata/variances.R says how they were made. With
// an additive season the two differ at its end, where R gives an error the weight of its
// season one period before that season comes back, and with a multiplicative one after it:
// with its small gammas that hardly tells, and ours are those of paths.
func TestVarianceIsRs(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../testdata/variances.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Series map[string]map[string]struct {
			Par      map[string]float64
			Sigma2   float64
			Season   []float64
			Variance []float64
		}
	}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	all, count := load(t), 0
	for id, forms := range want.Series {
		for letters, r := range forms {
			count++
			r.Par["sigma2"] = r.Sigma2
			fitted, _, _ := ets.At(letters, all[id].Y, r.Par, r.Season)
			for i, got := range fitted.Variance(len(r.Variance)) {
				tolerance := map[byte]float64{'N': 1e-8, 'A': 1e-4, 'M': 1e-2}[letters[len(letters)-1]]
				if math.Abs(got-r.Variance[i]) > tolerance*r.Variance[i] {
					t.Errorf("%s %s: Variance()[%d] = %.12g; want %.12g", id, letters, i, got, r.Variance[i])
					break
				}
			}
		}
	}
	if count != 24 {
		t.Errorf("%d fits were compared; want 24", count)
	}
}

// The variances are those of paths that are drawn, also where a season moves fast.
func TestVarianceOfPaths(t *testing.T) {
	t.Parallel()
	parameters := map[string]float64{"alpha": .3, "beta": .05, "gamma": .4, "phi": .95, "l": 100, "b": 1}
	for letters, sigma := range map[string]float64{"AAN": 3, "ANA": 3, "AAdA": 3, "MNN": .05, "MAA": .05, "MAdM": .05, "MNM": .08} {
		parameters["sigma2"] = sigma * sigma
		var season []float64
		switch letters[len(letters)-1] {
		case 'A':
			season = []float64{-10, 0, 4, 6}
		case 'M':
			season = []float64{.9, 1, 1.04, 1.06}
		}
		begin := func() *ets.Fitted {
			f, _, _ := ets.At(letters, nil, parameters, season)
			return f
		}
		random := rand.New(rand.NewPCG(1, 2))
		const paths, h = 6000, 10
		var sums, squares [h]float64
		for range paths {
			f := begin()
			for i := range h {
				y := f.Predict(1)[0]
				if e := sigma * random.NormFloat64(); letters[0] == 'M' {
					y *= 1 + e
				} else {
					y += e
				}
				sums[i] += y
				squares[i] += y * y
				f.Append([]float64{y})
			}
		}
		for i, got := range begin().Variance(h) {
			mean := sums[i] / paths
			if want := squares[i]/paths - mean*mean; math.Abs(got/want-1) > .08 {
				t.Errorf("%s: Variance()[%d] = %v; the paths have %v", letters, i, got, want)
			}
		}
	}
}

// The variance of a fit is that of what it leaves, in the unit of the data.
func TestVarianceOfFit(t *testing.T) {
	t.Parallel()
	y := modeltest.Demand(200, 7, 2)
	tenfold := make([]float64, len(y))
	for i, v := range y {
		tenfold[i] = 1024 * v
	}
	of := func(y []float64) []float64 {
		f, err := ets.New().Fit(y, model.Context{Period: 7})
		if err != nil {
			t.Fatal(err)
		}
		return f.(model.Uncertain).Variance(28)
	}
	small, large := of(y), of(tenfold)
	for i, v := range small {
		if math.Abs(large[i]-1024*1024*v) > 1e-6*large[i] || !(v > 0) || i > 0 && v < .5*small[i-1] {
			t.Errorf("Variance()[%d] = %v, %v of 1024 times the values", i, v, large[i])
		}
	}
}

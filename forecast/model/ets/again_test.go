package ets_test

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/ets"
	"github.com/daybatch/daybatch/forecast/model/modeltest"
)

// Estimated again on more history it is as likely as when estimated afresh, and
// forecasts nearly the same, whatever the unit.
func TestRefit(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ n, more, m int }{{30, 4, 1}, {60, 5, 4}, {110, 9, 12}, {400, 28, 7}} {
		for seed := range uint64(5) {
			y := modeltest.Demand(test.n+test.more, max(test.m, 4), seed)
			for i := range y {
				if i >= test.n {
					y[i] *= 1.2 // the new values change the scale
				}
			}
			c := model.Context{Period: test.m}
			before, err := ets.New().Fit(y[:test.n], c)
			if err != nil {
				t.Fatal(err)
			}
			path := before.Predict(5)
			again, err := before.(model.Refitter).Refit(y, c)
			if err != nil {
				t.Fatal(err)
			}
			afresh, err := ets.New().Fit(y, c)
			if err != nil {
				t.Fatal(err)
			}
			if d := again.Description().Criterion - afresh.Description().Criterion; d > 2 {
				t.Errorf("n=%d m=%d seed %d: AICc of %s again is by %.2f above that of %s afresh; want at most 2",
					test.n, test.m, seed, again.Description().Form, d, afresh.Description().Form)
			}
			if !slices.Equal(before.Predict(5), path) {
				t.Errorf("n=%d m=%d seed %d: Refit changed what it was called on", test.n, test.m, seed)
			}
			if again.Description().Form != afresh.Description().Form {
				continue
			}
			if diff := cmp.Diff(afresh.Predict(12), again.Predict(12), cmpopts.EquateApprox(.03, 0)); diff != "" {
				t.Errorf("n=%d m=%d seed %d: %s differs (-afresh +again):\n%s", test.n, test.m, seed, again.Description().Form, diff)
			}
		}
	}
}

// What was fitted may be another kind of series by then.
func TestRefitOfAnother(t *testing.T) {
	t.Parallel()
	growing := make([]float64, 60)
	for i := range growing {
		growing[i] = float64(i + 1)
	}
	zeros := slices.Concat(modeltest.Demand(60, 7, 1), make([]float64, 10))
	short := modeltest.Demand(40, 12, 2) // from 36 on its seasonal seeds are estimated
	for name, test := range map[string]struct {
		model model.Model
		y     []float64
		first int
		m     int
	}{
		"constant at first":      {ets.New(), slices.Concat(slices.Repeat([]float64{5}, 20), growing), 20, 7},
		"zeros at last":          {ets.New(), zeros, 60, 7},
		"seasonal seeds":         {ets.New(), short, 30, 12},
		"much larger":            {ets.New(), slices.Concat(growing, []float64{1e300, 2e300}), 60, 1},
		"missing":                {ets.New(), slices.Concat(growing, slices.Repeat([]float64{math.NaN()}, 9), growing), 60, 7},
		"fixed":                  {fixed(t, "AAdA"), zeros, 60, 7},
		"fixed, and not allowed": {fixed(t, "MAM"), zeros, 60, 7},
	} {
		c := model.Context{Period: test.m}
		before, err := test.model.Fit(test.y[:test.first], c)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		again, err := before.(model.Refitter).Refit(test.y, c)
		afresh, want := test.model.Fit(test.y, c)
		if (err == nil) != (want == nil) {
			t.Errorf("%s: Refit = %v; Fit = %v", name, err, want)
		}
		if err != nil || want != nil {
			continue
		}
		for _, v := range again.Predict(28) {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Errorf("%s: forecast = %v", name, again.Predict(28))
				break
			}
		}
		if d := again.Description().Criterion - afresh.Description().Criterion; d > 5 {
			t.Errorf("%s: AICc of %s again is by %.2f above that of %s afresh", name, again.Description().Form, d, afresh.Description().Form)
		}
	}
}

func fixed(t *testing.T, letters string) model.Model {
	t.Helper()
	m, err := ets.NewForm(letters)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

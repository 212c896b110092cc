package yearly_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/ces"
	"github.com/daybatch/daybatch/forecast/model/modeltest"
	"github.com/daybatch/daybatch/forecast/model/naive"
	"github.com/daybatch/daybatch/forecast/model/theta"
	"github.com/daybatch/daybatch/forecast/model/yearly"
)

// Methods that are fitted to the same values share the regression, in whatever
// order, and forecast the same bits as each alone.
func TestSharedRegression(t *testing.T) {
	t.Parallel()
	y := modeltest.Demand(800, 7, 1)
	methods := []model.Model{yearly.Over(ces.New()), yearly.Over(theta.New()), yearly.New(), yearly.Over(naive.NewSeasonal())}
	alone := make([][]float64, len(methods))
	for i, m := range methods {
		alone[i] = fit(t, m, y, model.Context{Period: 7, Start: start}).Predict(28)
	}
	for first := range methods {
		c := model.Context{Period: 7, Start: start, Memo: &model.Memo{}}
		ridge := yearly.RidgeOf(fit(t, methods[first], y, c))
		for i, m := range methods {
			fitted := fit(t, m, y, c)
			if ridge == nil || yearly.RidgeOf(fitted) != ridge {
				t.Errorf("%s after %s has a regression of its own", m.Name(), methods[first].Name())
			}
			if diff := cmp.Diff(alone[i], fitted.Predict(28)); diff != "" {
				t.Errorf("%s after %s differs (-alone +shared):\n%s", m.Name(), methods[first].Name(), diff)
			}
		}
		for what, other := range map[string]model.Context{
			"season": {Period: 14, Start: start, Memo: c.Memo}, "start": {Period: 7, Start: start + 1, Memo: c.Memo},
		} {
			if yearly.RidgeOf(fit(t, methods[first], y, other)) == ridge {
				t.Errorf("%s shares a regression with another %s", methods[first].Name(), what)
			}
		}
	}
}

func fit(t *testing.T, m model.Model, y []float64, c model.Context) model.Fitted {
	t.Helper()
	fitted, err := m.Fit(y, c)
	if err != nil {
		t.Fatalf("%s: %v", m.Name(), err)
	}
	return fitted
}

package step_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
	"github.com/daybatch/daybatch/forecast/step"
)

func TestOverlapping(t *testing.T) {
	t.Parallel()
	date := calendar.Of(2026, 3, 1)
	for _, c := range []struct {
		origins []calendar.Date
		horizon int
		want    int
	}{
		{nil, 28, 1},
		{backtest.Origins(date, 28, 7, 1), 28, 1},
		{backtest.Origins(date, 28, 7, 8), 28, 2}, // 14 days apart
		{backtest.Origins(date, 7, 7, 8), 7, 1},
		{backtest.Origins(date, 30, 7, 4), 30, 2},                           // 21 days apart
		{append(backtest.Origins(date, 28, 7, 4), date-26, date-25), 28, 4}, // of short series too
	} {
		if got := step.Overlapping(c.origins, c.horizon); got != c.want {
			t.Errorf("Overlapping(%v, %d) = %d; want %d", c.origins, c.horizon, got, c.want)
		}
	}
}

// One large series for which the forecast is far better outweighs in the ratio that is
// told many small ones for which the baseline is: the test is of that ratio too.
func TestVersusTestsTheRatioThatItTells(t *testing.T) {
	t.Parallel()
	// Small series repeat last week exactly; the large one is noise, which the baseline
	// repeats.
	rng := rand.New(rand.NewPCG(1, 2))
	list := []series.Series{demand("large", 200, 1)}
	for i := range list[0].Values {
		list[0].Values[i] = 1e5 * rng.Float64()
	}
	for k := range 8 {
		s := demand(fmt.Sprintf("small %d", k), 200, uint64(k+2))
		for i := range s.Values {
			s.Values[i] = 10 + float64(i%7)*3
		}
		list = append(list, s)
	}
	n := newNumeric(list...)
	n.definition.Forecast.Models = []string{"mean"}
	n.definition.Gate = forecast.Gate{Versus: "seasonal_naive"}
	if err := n.run(t, forecast.Train); err != nil {
		t.Fatal(err)
	}
	_ = n.run(t, forecast.TrainEvaluation)
	m := decode[step.Metrics](t, n.file(t, forecast.TrainEvaluation, step.MetricsFile))
	check := m.Checks[0]
	if !(check.Value < 1) {
		t.Fatalf("ratio = %v; want a case in which it is below 1", check.Value)
	}
	if check.Verdict == forecast.VerdictFailed || strings.Contains(check.Text, "is significantly better") {
		t.Errorf("check = %s: %q; want a baseline that is not better, as the ratio says", check.Verdict, check.Text)
	}
}

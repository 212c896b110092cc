package step_test

import (
	"regexp"
	"strconv"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/step"
)

// What is said to stand in the log of Train stands there, once each.
func TestTrainMetrics(t *testing.T) {
	t.Parallel()
	n := newNumeric(demand("a", 200, 1), demand("b", 200, 2), demand("c", 120, 3))
	if err := n.run(t, forecast.Train); err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, m := range step.TrainMetrics() {
		found := regexp.MustCompile(m.Pattern).FindAllStringSubmatch(n.log.String(), -1)
		if len(found) != 1 || len(m.Pattern) > 500 {
			t.Fatalf("%s is found %d times in\n%s", m.Name, len(found), n.log.String())
		}
		value, err := strconv.ParseFloat(found[0][1], 64)
		if err != nil {
			t.Fatal(err)
		}
		got[m.Name] = value
	}
	if wape, mase := got["backtest:wape"], got["backtest:mase"]; got["backtest:series"] != 3 || wape <= 0 || wape > .2 || mase <= 0 || mase > 1.5 {
		t.Errorf("metrics = %v; want those of three series of weekly demand", got)
	}
}

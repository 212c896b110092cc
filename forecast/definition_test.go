package forecast_test

import (
	"testing"

	"github.com/daybatch/daybatch/forecast"
)

func TestShareable(t *testing.T) {
	t.Parallel()
	d := forecast.Definition{Steps: map[forecast.StepName]forecast.StepOptions{
		forecast.Train: {Retries: 2}, forecast.Predict: {Command: []string{"./predict"}},
	}}
	for _, name := range forecast.StepNames() {
		if got, want := d.Shareable(name), name == forecast.Train; got != want {
			t.Errorf("Shareable(%s) = %t; want %t", name, got, want)
		}
	}
}

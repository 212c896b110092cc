package cli

import (
	"math"
	"testing"

	"github.com/daybatch/daybatch/forecast"
)

// A number of three hundred digits would make a table that no terminal shows.
func TestMeasureOfAnySize(t *testing.T) {
	t.Parallel()
	for value, want := range map[float64]string{
		.41234: "0.412", 123456789: "123456789.000", 1.8e307: "1.8e+307", -math.MaxFloat64: "-1.798e+308", 0: "0.000",
	} {
		if got := measure(forecast.Measures{"mae": value}, "mae"); got != want {
			t.Errorf("measure of %v = %q; want %q", value, got, want)
		}
	}
}

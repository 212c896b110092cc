package step_test

import (
	"math"
	"slices"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/series"
	"github.com/daybatch/daybatch/forecast/step"
)

// stopped is demand without values in its last days.
func stopped(name string, days int, seed uint64) series.Series {
	s := demand(name, 300, seed)
	for i := 300 - days; i < 300; i++ {
		s.Values[i] = math.NaN()
	}
	return s
}

// A series whose rows stop while others go on has ended; where all stop the source
// was out, and what was sold is not known.
func TestEndedOrOutage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		panel []series.Series
		want  series.Class // of the first
	}{
		{"one of three", []series.Series{stopped("a", 57, 1), demand("b", 300, 2), demand("c", 300, 3)}, series.ClassDead},
		{"one of three, not for long", []series.Series{stopped("a", 30, 1), demand("b", 300, 2), demand("c", 300, 3)}, series.ClassDaily},
		{"all", []series.Series{stopped("a", 57, 1), stopped("b", 57, 2), stopped("c", 60, 3)}, series.ClassDaily},
		{"the only one", []series.Series{stopped("a", 57, 1)}, series.ClassDaily},
	} {
		n := newNumeric(test.panel...)
		n.runAll(t)
		m := decode[step.Models](t, n.file(t, forecast.Train, step.ModelsFile)).Series[0]
		if m.Class != test.want {
			t.Errorf("%s: class %s; want %s", test.name, m.Class, test.want)
		}
		mean := column[[]float64](t, n.forecasts(t), lake.MeanColumn)[:n.definition.Forecast.Horizon]
		if zero := slices.Max(mean) == 0; zero != (test.want == series.ClassDead) {
			t.Errorf("%s: forecast is %v; want zeros: %t", test.name, mean, test.want == series.ClassDead)
		}
	}
}

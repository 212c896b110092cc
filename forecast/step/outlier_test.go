package step_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/series"
	"github.com/daybatch/daybatch/forecast/step"
)

// spoilt returns a copy of a series with values some days before its end multiplied.
func spoilt(s series.Series, by float64, ago ...int) series.Series {
	s.Values = slices.Clone(s.Values)
	for _, days := range ago {
		s.Values[len(s.Values)-1-days] *= by
	}
	return s
}

// published are the columns of a forecast that mistakes must not move.
func (n *numeric) published(t *testing.T) map[string][]float64 {
	t.Helper()
	frame := n.forecasts(t)
	columns := make(map[string][]float64)
	for _, name := range []string{"lo95", "yhat", "hi95"} {
		values, err := lake.Column[[]float64](frame, name)
		if err != nil {
			t.Fatal(err)
		}
		columns[name] = values
	}
	return columns
}

// A mistake that is left out of the training is no evidence either: the intervals, the
// gate, the choice and the errors to be expected are about as without it, and the
// operator is told.
func TestMistakesAreNoEvidence(t *testing.T) {
	t.Parallel()
	clean := demand("a", 400, 1)
	judge := func(s series.Series) (map[string][]float64, step.Metrics) {
		n := newNumeric(s)
		n.definition.Gate.WAPE = .35
		n.runAll(t)
		return n.published(t), decode[step.Metrics](t, n.file(t, forecast.TrainEvaluation, step.MetricsFile))
	}
	want, before := judge(clean)
	for name, s := range map[string]series.Series{
		"one a thousand times as large": spoilt(clean, 1000, 20),
		"one below zero":                spoilt(clean, -1000, 20),
		"yesterday":                     spoilt(clean, 1000, 0),
	} {
		got, metrics := judge(s)
		for column, values := range got {
			for h, v := range values {
				if w := want[column][h]; math.Abs(v-w) > .5*want["yhat"][h] || v < 0 {
					t.Errorf("%s: %s of day %d is %.4g; without it %.4g", name, column, h+1, v, w)
				}
			}
		}
		for _, measure := range []string{"wape", "mase"} {
			if v, w := metrics.Measures[measure], before.Measures[measure]; v > 1.2*w {
				t.Errorf("%s: %s is %.4g; without it %.4g", name, measure, v, w)
			}
		}
		for _, origin := range metrics.Expected {
			for h := range origin.Actual {
				if origin.Absolute[h] > origin.Actual[h] {
					t.Errorf("%s: expected error of day %d from %s is %.4g of %.4g", name, h+1, origin.Origin, origin.Absolute[h], origin.Actual[h])
				}
			}
		}
		const told = "left out as outliers: 1 value, on whose dates no error counts"
		if !slices.Contains(metrics.Warnings, told) {
			t.Errorf("%s: warnings of the evaluation are %q; want %q", name, metrics.Warnings, told)
		}
	}
	if told := strings.Join(before.Warnings, "; "); strings.Contains(told, "outlier") {
		t.Errorf("warnings without mistakes: %q", told)
	}
}

package accuracy_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast/accuracy"
)

func TestScaleOf(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	for _, test := range []struct {
		name   string
		train  []float64
		period int
		want   accuracy.Scale
	}{
		{"empty", nil, 7, accuracy.Scale{}},
		{"as long as a season", []float64{1, 3}, 2, accuracy.Scale{Step: 2}},
		// |4-1|, |3-3|, |8-4| over 3; squares 4, 1, 1, 25 over 4.
		{"a season of two", []float64{1, 3, 4, 3, 8}, 2, accuracy.Scale{Seasonal: 7. / 3, Step: math.Sqrt(31. / 4)}},
		{"no season is a season of one", []float64{1, 3, 4}, 0, accuracy.Scale{Seasonal: 1.5, Step: math.Sqrt(2.5)}},
		// The steps start at the first 5: 0, 2; the season counts the zeros too.
		{"leading zeros", []float64{0, 0, 5, 5, 7}, 1, accuracy.Scale{Seasonal: 7. / 4, Step: math.Sqrt(2)}},
		{"leading gaps", []float64{nan, 0, 5, 7}, 1, accuracy.Scale{Seasonal: 7. / 2, Step: 2}},
		{"gaps leave pairs out", []float64{1, nan, 4, 6}, 1, accuracy.Scale{Seasonal: 2, Step: 2}},
		{"constant", []float64{5, 5, 5, 5}, 2, accuracy.Scale{}},
		{"zeros", []float64{0, 0, 0}, 1, accuracy.Scale{}},
		{"repeats", []float64{1, 3, 1, 3}, 2, accuracy.Scale{Step: 2}},
		{"all missing", []float64{nan, nan, nan}, 1, accuracy.Scale{}},
		{"too large", []float64{1e308, -1e308, 1e308}, 1, accuracy.Scale{}},
		{"infinite", []float64{1, math.Inf(1), 2}, 1, accuracy.Scale{}},
	} {
		if diff := cmp.Diff(test.want, accuracy.ScaleOf(test.train, test.period), near()); diff != "" {
			t.Errorf("%s: ScaleOf() differs (-want +got):\n%s", test.name, diff)
		}
	}
}

package step

import (
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
)

const (
	// outlierZ is the distance from which a value is an outlier, in robust
	// standard deviations. Daily demand has heavier tails than the normal
	// distribution, for which 6 would never happen.
	outlierZ = 6

	// outlierWeeks is how many weeks on either side of a date are its neighbours.
	outlierWeeks = 4

	// outlierLeast is how many neighbours a date needs to be judged.
	outlierLeast = 3

	// madToSigma makes a median absolute deviation a standard deviation of the
	// normal distribution: 1/Phi^-1(3/4).
	madToSigma = 1.4826
)

// findOutliers flags the values of s that are far from the median of the same
// weekday in the weeks around, as a multiple of the typical distance of all
// values (Hampel, JASA 69, 1974, 383-393, on residuals free of the week).
// Special days are neither judged nor neighbours. A series whose typical
// distance is 0, such as intermittent demand, has no outliers.
func findOutliers(s series.Series, special func(calendar.Date) bool) ([]bool, []Outlier) {
	flags := make([]bool, len(s.Values))
	usual := make([]float64, len(s.Values))
	residuals := make([]float64, 0, len(s.Values))
	var neighbours []float64
	for i, value := range s.Values {
		usual[i] = math.NaN()
		if math.IsNaN(value) || special(s.Start+calendar.Date(i)) {
			continue
		}
		neighbours = neighbours[:0]
		for week := -outlierWeeks; week <= outlierWeeks; week++ {
			k := i + 7*week
			if week == 0 || k < 0 || k >= len(s.Values) || math.IsNaN(s.Values[k]) || special(s.Start+calendar.Date(k)) {
				continue
			}
			neighbours = append(neighbours, s.Values[k])
		}
		if len(neighbours) < outlierLeast {
			continue
		}
		usual[i] = median(neighbours)
		residuals = append(residuals, math.Abs(value-usual[i]))
	}
	if len(residuals) == 0 {
		return flags, nil
	}
	scale := madToSigma * median(residuals)
	if !(scale > 0) || math.IsInf(scale, 0) {
		return flags, nil
	}
	var outliers []Outlier
	for i, value := range s.Values {
		z := max(-math.MaxFloat64, min((value-usual[i])/scale, math.MaxFloat64)) // a difference may be no number
		if !(math.Abs(z) > outlierZ) {                                           // NaN is none
			continue
		}
		flags[i] = true
		outliers = append(outliers, Outlier{Date: s.Start + calendar.Date(i), Value: value, Usual: usual[i], Z: z})
	}
	return flags, outliers
}

// median returns the median of values, which it sorts; there must be one.
func median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	if n%2 == 1 {
		return values[n/2]
	}
	return values[n/2-1]/2 + values[n/2]/2
}

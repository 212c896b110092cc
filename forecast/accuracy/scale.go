package accuracy

import "math"

// Scale is the unit in which the errors of one series are comparable with those
// of others. It comes from the part of the series up to the origin only.
type Scale struct {
	// Seasonal is the mean absolute difference between values one season apart,
	// 0 if there is none: the scale of MASE, pinball and MSIS.
	Seasonal float64 `json:"seasonal"`
	// Step is the root mean square of the differences between successive values
	// from the first that is not zero, 0 if there is none: the scale of RMSSE.
	Step float64 `json:"step"`
}

// ScaleOf returns the scale of a training part, oldest value first, NaN =
// missing, with a season of period values. A scale is 0 where it has no value:
// no pair of values one season apart, or no difference in any pair.
func ScaleOf(train []float64, period int) Scale {
	return Scale{Seasonal: SeasonalScale(train, period), Step: StepScale(train)}
}

// SeasonalScale returns the mean of |y_t - y_(t-period)|, the scale of MASE
// (Hyndman & Koehler, Int. J. Forecasting 22, 2006, section 3). Pairs with a
// missing value are left out; a period below 1 counts as 1. It is 0 without a
// pair, and where the mean is not finite.
func SeasonalScale(y []float64, period int) float64 {
	period = max(1, period)
	var sum float64
	n := 0
	for t := period; t < len(y); t++ {
		if d := math.Abs(y[t] - y[t-period]); !math.IsNaN(d) {
			sum += d
			n++
		}
	}
	return finiteMean(sum, n)
}

// StepScale returns the root mean square of y_t - y_(t-1) from the first value
// that is not zero, the scale of RMSSE (Makridakis, Spiliotis & Assimakopoulos,
// Int. J. Forecasting 38, 2022, section 2.3). Pairs with a missing value are
// left out. It is 0 without a pair, and where the mean is not finite.
func StepScale(y []float64) float64 {
	first := 0
	for first < len(y) && (y[first] == 0 || math.IsNaN(y[first])) {
		first++
	}
	var sum float64
	n := 0
	for t := first + 1; t < len(y); t++ {
		if d := y[t] - y[t-1]; !math.IsNaN(d) {
			sum += d * d
			n++
		}
	}
	return math.Sqrt(finiteMean(sum, n))
}

func finiteMean(sum float64, n int) float64 {
	if n == 0 || math.IsInf(sum, 0) {
		return 0
	}
	return sum / float64(n)
}

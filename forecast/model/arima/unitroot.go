package arima

import (
	"math"

	"github.com/daybatch/daybatch/forecast/model/internal/decompose"
)

const (
	// mostDifferences bounds the repeated test of KPSS.
	mostDifferences = 2
	// kpssLimit is the 5 % point for stationarity around a mean (Kwiatkowski,
	// Phillips, Schmidt & Shin, J. Econometrics 54, 1992, table 1).
	kpssLimit = 0.463
	// seasonalLimit is the strength of the season from which the series is
	// differenced seasonally (R's nsdiffs, where M3 and M4 chose it).
	seasonalLimit = 0.64
)

// seasonalDifferences is 1 if the season of y is strong, else 0.
func seasonalDifferences(y []float64, m int) int {
	if decompose.Strength(y, m) > seasonalLimit {
		return 1
	}
	return 0
}

// differences is how often y must be differenced to be stationary by repeated
// KPSS tests at 5 %.
func differences(y []float64) int {
	w := append([]float64(nil), y...)
	for d := range mostDifferences {
		if len(w) < 3 || constantSeries(w) || !(kpss(w) > kpssLimit) {
			return d
		}
		w = lagged(w, 1)
	}
	return mostDifferences
}

// kpss is the statistic for stationarity around a mean, with Bartlett weights
// over the first 3 sqrt(n)/13 lags, as R's ndiffs has them.
func kpss(w []float64) float64 {
	n := float64(len(w))
	mean := 0.0
	for _, v := range w {
		mean += v / n
	}
	lags := int(3 * math.Sqrt(n) / 13)
	var partial, numerator, spread float64
	for _, v := range w {
		partial += v - mean
		numerator += partial * partial
		spread += (v - mean) * (v - mean)
	}
	for lag := 1; lag <= lags; lag++ {
		product := 0.0
		for t := lag; t < len(w); t++ {
			product += (w[t] - mean) * (w[t-lag] - mean)
		}
		spread += 2 * (1 - float64(lag)/float64(lags+1)) * product
	}
	return numerator / n / spread
}

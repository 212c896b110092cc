package arima

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/daybatch/daybatch/forecast/model/internal/decompose"
)

const (
	// mostDifferences bounds the repeated test of KPSS.
	mostDifferences = 2
	// kpssLimit is the 5 % point for stationarity around a mean (Kwiatkowski,
	// Phillips, Schmidt & Shin, J. Econometrics 54, 1992, table 1).
	kpssLimit = 0.463
	// dickeyFullerLimit is the 5 % point against a unit root, with a mean (Dickey &
	// Fuller, J. American Statistical Association 74, 1979, in long series).
	dickeyFullerLimit = -2.86
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
// KPSS tests at 5 %. A second time needs another witness: the test of Dickey and Fuller
// must not refuse a unit root either. KPSS alone takes a long series for one of which
// even the slope walks at random as soon as that changed once, and the forecasts run off
// along the last slope: of stock indices their error was twice the last value's. (Both
// tests together were proposed with KPSS. What decided was daily indices and gold; M3
// monthly gained, yearly and other lost less.)
func differences(y []float64) int {
	w := append([]float64(nil), y...)
	for d := range mostDifferences {
		if len(w) < 3 || constantSeries(w) || !(kpss(w) > kpssLimit) {
			return d
		}
		if d > 0 && dickeyFuller(w) < dickeyFullerLimit {
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

// dickeyFuller is the t-statistic of a unit root in w, around a mean and with lagged
// differences, as many as the cube root of the length (Said & Dickey, Biometrika 71,
// 1984). It is 0, which refuses nothing, where there are too few values or they follow
// each other exactly.
func dickeyFuller(w []float64) float64 {
	lags := int(math.Cbrt(float64(len(w) - 1)))
	k := lags + 2 // a mean, the lags, and the level, which is last
	n := len(w) - 1 - lags
	if n <= k {
		return 0
	}
	design, right := mat.NewDense(n, k, nil), mat.NewVecDense(n, nil)
	for i := range n {
		t := i + lags + 1
		row := design.RawRowView(i)
		row[0], row[k-1] = 1, w[t-1]
		for j := 1; j <= lags; j++ {
			row[j] = w[t-j] - w[t-j-1]
		}
		right.SetVec(i, w[t]-w[t-1])
	}
	var qr mat.QR
	qr.Factorize(design)
	var b, rest mat.VecDense
	if err := qr.SolveVecTo(&b, false, right); err != nil {
		return 0
	}
	rest.MulVec(design, &b)
	rest.SubVec(right, &rest)
	var r mat.Dense
	qr.RTo(&r)
	deviation := math.Sqrt(mat.Dot(&rest, &rest)/float64(n-k)) / math.Abs(r.At(k-1, k-1))
	if !(deviation > 0) {
		return 0
	}
	return b.AtVec(k-1) / deviation
}

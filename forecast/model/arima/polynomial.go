package arima

import (
	"math"
	"slices"
)

// limit bounds the free parameters: tanh(6) is 1 - 1.2e-5.
const limit = 6

// widest is how close a root may come to the unit circle in an automatically
// chosen model (Hyndman & Khandakar 2008, section 3.2; 1.01 in R).
const widest = 1.01

// coefficients writes the coefficients of a stationary autoregression, those of
// the lags 1 to len(x), from free numbers: tanh(x) are its partial
// autocorrelations (Jones, Technometrics 22, 1980; Monahan, Biometrika 71,
// 1984). work is as long as x.
func coefficients(dst, x, work []float64) {
	for i, v := range x {
		r := math.Tanh(v)
		copy(work, dst[:i])
		for j := range i {
			dst[j] = work[j] - float64(r*work[i-1-j])
		}
		dst[i] = r
	}
}

// partials is the inverse of coefficients before tanh. It reports false if the
// autoregression is not stationary.
func partials(dst, phi, work []float64) bool {
	copy(dst, phi)
	for i := range slices.Backward(phi) {
		r := dst[i]
		if !(math.Abs(r) < 1) {
			return false
		}
		copy(work, dst[:i])
		for j := range i {
			dst[j] = (work[j] + float64(r*work[i-1-j])) / (1 - float64(r*r))
		}
	}
	return true
}

// clearOfUnit tells whether all roots of 1 - sum phi B^i are
// farther than widest^lag from the origin, where B stands for lag periods.
func clearOfUnit(phi []float64, lag int) bool {
	scaled, work, out := make([]float64, len(phi)), make([]float64, len(phi)), make([]float64, len(phi))
	unit := math.Pow(widest, float64(lag))
	power := 1.0
	for i, v := range phi {
		power *= unit
		scaled[i] = v * power
	}
	return partials(out, scaled, work)
}

// expand writes the product of a polynomial and a seasonal one, both given by
// the coefficients c of 1 - sum c B^i, as such coefficients into dst, which is
// zero beyond them.
func expand(dst, plain, seasonal []float64, m int) {
	clear(dst)
	copy(dst, plain)
	for i, s := range seasonal {
		at := (i + 1) * m
		dst[at-1] += s
		for j, v := range plain {
			dst[at+j] -= float64(s * v)
		}
	}
}

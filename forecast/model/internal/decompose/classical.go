// Package decompose splits a series into trend, season and remainder by the
// classical method, and tells whether a season is there at all. Inputs have no
// missing values; [Fill] closes gaps.
package decompose

import "math"

// Kind says how the season enters.
type Kind int

const (
	// Additive seasons are added to the trend and sum to 0.
	Additive Kind = iota
	// Multiplicative seasons multiply the trend and average 1.
	Multiplicative
)

// Classical returns the m seasonal factors of y, that of y[0] first: the mean
// per phase of the values without the centred moving average of one season,
// normalised (Persons 1919; in R: decompose). It returns nil if y spans fewer
// than two seasons or the factors are not finite.
func Classical(y []float64, m int, kind Kind) []float64 {
	if m < 2 || len(y) < 2*m {
		return nil
	}
	figure := make([]float64, m)
	counts := make([]float64, m)
	half := m / 2
	for t := half; t+half < len(y); t++ {
		trend := centred(y[t-half:t+half+1], m)
		detrended := y[t] - trend
		if kind == Multiplicative {
			detrended = y[t] / trend
		}
		figure[t%m] += detrended
		counts[t%m]++
	}
	total := 0.0
	for i := range figure {
		figure[i] /= counts[i]
		total += figure[i]
	}
	mean := total / float64(m)
	for i := range figure {
		if kind == Multiplicative {
			figure[i] /= mean
		} else {
			figure[i] -= mean
		}
		if math.IsNaN(figure[i]) || math.IsInf(figure[i], 0) {
			return nil
		}
	}
	return figure
}

// Roughness returns the sum of squares of y around its centred moving average
// over m values: how noisy a series without season is.
func Roughness(y []float64, m int) float64 {
	half := m / 2
	sum := 0.0
	for t := half; t+half < len(y); t++ {
		d := y[t] - centred(y[t-half:t+half+1], m)
		sum += d * d
	}
	return sum
}

// centred averages a window of one season around its middle; an even season
// takes both ends with half their weight.
func centred(window []float64, m int) float64 {
	sum := 0.0
	for _, v := range window {
		sum += v
	}
	if m%2 == 0 {
		sum -= (window[0] + window[m]) / 2
	}
	return sum / float64(m)
}

// Adjust returns y without its season; factor 0 is the phase of y[0].
func Adjust(y, figure []float64, kind Kind) []float64 {
	out := make([]float64, len(y))
	for t, v := range y {
		if kind == Multiplicative {
			out[t] = v / figure[t%len(figure)]
		} else {
			out[t] = v - figure[t%len(figure)]
		}
	}
	return out
}

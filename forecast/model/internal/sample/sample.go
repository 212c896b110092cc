// Package sample prepares the values that a model is fitted to: what counts as
// missing, where the history begins, and what a finite forecast is.
package sample

import "math"

// Sample is a series as a model sees it.
type Sample struct {
	// Values begin with the first observation; NaN marks a missing value, and
	// nothing in it is infinite. The slice is the sample's own.
	Values []float64
	// Observed is the number of values that are not missing.
	Observed int
}

// Of copies y, oldest first, without its leading missing values. An infinite
// value is no measurement and counts as missing.
func Of(y []float64) Sample {
	first := 0
	for first < len(y) && !IsFinite(y[first]) {
		first++
	}
	s := Sample{Values: make([]float64, len(y)-first)}
	for i, v := range y[first:] {
		if IsFinite(v) {
			s.Values[i] = v
			s.Observed++
		} else {
			s.Values[i] = math.NaN()
		}
	}
	return s
}

// Range returns the smallest and the largest observed value; both are NaN if
// there is none.
func (s Sample) Range() (low, high float64) {
	low, high = math.NaN(), math.NaN()
	for _, v := range s.Values {
		if math.IsNaN(v) {
			continue
		}
		if !(low <= v) {
			low = v
		}
		if !(high >= v) {
			high = v
		}
	}
	return low, high
}

// IsFinite tells whether v is a number: neither NaN nor infinite.
func IsFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// Clamp returns v, or the largest finite number of its sign if v is infinite:
// arithmetic on values near the end of the range may leave it by one rounding.
func Clamp(v float64) float64 {
	return max(-math.MaxFloat64, min(math.MaxFloat64, v))
}

// Scale returns the power of two next above the mean absolute observed value:
// dividing by it loses no digit and brings the values near 1, whatever their
// unit. It is 1 if no value differs from 0.
func (s Sample) Scale() float64 {
	largest := 0.0
	for _, v := range s.Values {
		if a := math.Abs(v); a > largest {
			largest = a
		}
	}
	if largest == 0 {
		return 1
	}
	sum := 0.0 // of shares, because the sum of the values may not be representable
	for _, v := range s.Values {
		if !math.IsNaN(v) {
			sum += math.Abs(v) / largest
		}
	}
	_, share := math.Frexp(sum / float64(s.Observed))
	_, exponent := math.Frexp(largest)
	return math.Ldexp(1, max(-1074, min(1023, share+exponent-1)))
}

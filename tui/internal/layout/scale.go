package layout

import (
	"math"
	"strconv"
)

// Dots is into how many parts a cell is divided from top to bottom: the dots of braille.
const Dots = 4

// Scale says where the values of a plot lie on its rows, of which the first is the
// highest. The zero Scale shows nothing; make one with NewScale.
type Scale struct {
	Low, High float64
	Step      float64 // between values that have a label
	Rows      int
}

// NewScale widens the least and the largest value that is shown to round steps, at least
// two rows apart.
func NewScale(low, high float64, rows int) Scale {
	s := Scale{Low: low, High: high, Rows: max(1, rows)}
	if s.High <= s.Low {
		s.Low, s.High = s.Low-1, s.High+1
	}
	const apart = 2
	rough := (s.High - s.Low) / max(1, float64(s.Rows/apart))
	magnitude := math.Pow(10, math.Floor(math.Log10(rough)))
	s.Step = 10 * magnitude
	for _, nice := range []float64{1, 2, 2.5, 5} {
		if nice*magnitude >= rough {
			s.Step = nice * magnitude
			break
		}
	}
	s.Low = math.Floor(s.Low/s.Step) * s.Step
	s.High = math.Ceil(s.High/s.Step) * s.Step
	return s
}

// Dot returns how many dots a value lies below the top.
func (s Scale) Dot(value float64) int {
	span := s.Rows*Dots - 1
	return Clamp(int(math.Round((s.High-value)/(s.High-s.Low)*float64(span))), 0, span)
}

// Row returns the row of a value.
func (s Scale) Row(value float64) int { return s.Dot(value) / Dots }

// Label returns the round value of a row, empty if there is none.
func (s Scale) Label(row int) string {
	perRow := (s.High - s.Low) / float64(s.Rows) * (1 - 1e-9)
	top := s.High - float64(row)*perRow
	value := math.Round((top-perRow/2)/s.Step) * s.Step
	if math.Abs(value-(top-perRow/2)) > perRow/2 {
		return ""
	}
	decimals := max(0, int(math.Ceil(-math.Log10(s.Step)-1e-9)))
	if s.Step/math.Pow(10, math.Floor(math.Log10(s.Step))) == 2.5 {
		decimals++
	}
	return strconv.FormatFloat(value, 'f', min(decimals, 6), 64)
}

// Package series holds daily time series and the panels they form: one value
// per civil date and series, gaps as NaN.
package series

import (
	"math"
	"strings"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// keySeparator joins the parts of a Key. It is the ASCII unit separator, which
// is refused in data.
const keySeparator = "\x1f"

// Key identifies a series of a panel: the values of the panel's series columns,
// in their order. Keys compare as strings and are usable as map keys. The Key
// of a panel without series columns is empty.
type Key string

// MakeKey returns the key of the given column values.
func MakeKey(parts ...string) Key { return Key(strings.Join(parts, keySeparator)) }

// Parts returns the column values of k.
func (k Key) Parts() []string {
	if k == "" {
		return nil
	}
	return strings.Split(string(k), keySeparator)
}

// String returns k for people: its parts with a space between them, or "(all)"
// for the only series of a panel without series columns.
func (k Key) String() string {
	if k == "" {
		return "(all)"
	}
	return strings.ReplaceAll(string(k), keySeparator, " ")
}

// Series is one daily time series without holes in its axis: Values[i] is the
// value of date Start+i, NaN where it is missing.
type Series struct {
	Key    Key
	Start  calendar.Date
	Values []float64
}

// End returns the date of the last value, or the day before Start if there is
// none.
func (s Series) End() calendar.Date { return s.Start + calendar.Date(len(s.Values)) - 1 }

// At returns the value of date d and whether d lies on the axis of s.
func (s Series) At(d calendar.Date) (value float64, ok bool) {
	i := int(d - s.Start)
	if i < 0 || i >= len(s.Values) {
		return 0, false
	}
	return s.Values[i], true
}

// Until returns s cut after date d. The values are shared with s.
func (s Series) Until(d calendar.Date) Series {
	n := min(max(0, int(d-s.Start)+1), len(s.Values))
	s.Values = s.Values[:n:n]
	return s
}

// Observed returns the number of values of s that are not missing.
func (s Series) Observed() int {
	n := 0
	for _, v := range s.Values {
		if !math.IsNaN(v) {
			n++
		}
	}
	return n
}

// Zeros returns the number of values of s that are zero.
func (s Series) Zeros() int {
	n := 0
	for _, v := range s.Values {
		if v == 0 {
			n++
		}
	}
	return n
}

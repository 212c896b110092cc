package series

import (
	"cmp"
	"slices"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// Panel is a set of series on one axis of civil dates. It comes from a
// [Builder].
type Panel struct {
	// Columns are the names of the key's parts, in their order.
	Columns []string
	// Range goes from the earliest start of a series to the origin; it is empty
	// in a panel without series.
	Range calendar.Range
	// Series are sorted by key. Each ends at the origin.
	Series []Series
	// Reports[i] says what was found in the data of Series[i].
	Reports []Report
}

// Report says what the data of one series looked like before it was laid on
// the axis of its panel.
type Report struct {
	Key Key `json:"key"`
	// Observations is the number of values kept.
	Observations int `json:"observations"`
	// Zeros is how many of them are zero.
	Zeros int `json:"zeros"`
	// Gaps is the number of dates without a value between the first value kept
	// and the last.
	Gaps int `json:"gaps"`
	// Trailing is the number of dates without a value between the last value
	// and the origin.
	Trailing int `json:"trailing"`
	// Leading is the number of dates cut before the first value that is not
	// zero, counted from the first observation.
	Leading int `json:"leading"`
}

// Find returns the series with the given key and whether p has it.
func (p Panel) Find(key Key) (s Series, ok bool) {
	i, ok := slices.BinarySearchFunc(p.Series, key, func(s Series, key Key) int {
		return cmp.Compare(s.Key, key)
	})
	if !ok {
		return Series{}, false
	}
	return p.Series[i], true
}

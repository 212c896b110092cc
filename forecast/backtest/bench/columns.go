package bench

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Columns are the names of a table's columns. Those that are empty are found by the
// names that tables of series commonly have.
type Columns struct {
	// Series may name several with commas between them, which make a key together.
	Series string
	Time   string
	Value  string
	Split  string
}

// The names by which columns are found, in any case.
func knownSeries() []string {
	return []string{"series", "unique_id", "item_id", "series_id", "series_name", "id"}
}

func knownTime() []string {
	return []string{"date", "ds", "timestamp", "t", "index", "time", "datetime", "month", "quarter", "year", "week", "day", "hour"}
}

func knownValue() []string { return []string{"value", "y", "target"} }

func knownSplit() []string { return []string{"split", "set", "part"} }

// places are where the columns are; without any of the series there is only one, and
// a split of -1 is not there.
type places struct {
	series             []int
	time, value, split int
}

// find finds the columns in a header. Without a known name the series is the only
// column that is left, or the value is.
func (names Columns) find(header []string) (places, error) {
	p := places{split: -1}
	column := func(what, name string, known []string) (int, error) {
		if name != "" {
			known = []string{name}
		}
		for _, name := range known {
			if i := slices.IndexFunc(header, func(h string) bool { return strings.EqualFold(h, name) }); i >= 0 {
				return i, nil
			}
		}
		return -1, fmt.Errorf("line 1: no column %s for the %s: it has %s: name it (--%s)", strings.Join(known, " or "), what, strings.Join(header, ", "), what)
	}
	var errs [4]error
	p.time, errs[0] = column("time", names.Time, knownTime())
	p.value, errs[1] = column("value", names.Value, knownValue())
	if names.Split != "" || slices.ContainsFunc(header, func(h string) bool { return containsFold(knownSplit(), h) }) {
		p.split, errs[2] = column("split", names.Split, knownSplit())
	}
	for name := range strings.SplitSeq(names.Series, ",") {
		i, err := column("series", strings.TrimSpace(name), knownSeries())
		if err == nil {
			p.series = append(p.series, i)
		}
		errs[3] = cmp.Or(errs[3], err)
	}
	var rest []int // columns that are nothing yet
	for i := range header {
		if i != p.time && i != p.value && i != p.split && !slices.Contains(p.series, i) {
			rest = append(rest, i)
		}
	}
	if errs[1] != nil && names.Value == "" && len(rest) == 1 && errs[3] == nil {
		p.value, errs[1], rest = rest[0], nil, nil
	}
	if errs[3] != nil && names.Series == "" && errs[1] == nil && len(rest) < 2 {
		p.series, errs[3] = rest, nil
	}
	return p, cmp.Or(errs[0], errs[1], errs[2], errs[3])
}

func containsFold(names []string, name string) bool {
	return slices.ContainsFunc(names, func(known string) bool { return strings.EqualFold(known, name) })
}

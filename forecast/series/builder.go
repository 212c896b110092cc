package series

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// defaultProblems is how many problems a Builder lists if it isn't told.
const defaultProblems = 10

// Options say what panel a [Builder] builds.
type Options struct {
	// Columns name the parts of a key. Without columns the panel has a single
	// series, and observations have no parts.
	Columns []string
	// Origin is the last date that may have a value, and the last date of each
	// series.
	Origin calendar.Date
	// Problems is how many problems the error of Build lists, 10 if it is 0.
	Problems int
}

// Observation is one value of one series. A missing value is an observation
// that is not there.
type Observation struct {
	// Parts are the values of the key columns. A Builder doesn't keep the slice.
	Parts []string
	Date  calendar.Date
	Value float64
	// Row is the observation's row in its source, for error messages; 0 if
	// unknown.
	Row int
}

// Builder makes a [Panel] of observations that arrive in any order. Memory is
// for the series of one panel: a caller with very many series gives each shard
// its own Builder.
type Builder struct {
	columns  []string
	origin   calendar.Date
	added    int
	problems problems
	series   []*column
	index    map[Key]*column
	last     *column // the series of the observation before
	scratch  []byte
}

// column holds the observations of one series.
type column struct {
	key    Key
	points []point
	sorted bool // strictly ascending by date
}

type point struct {
	value  float64
	row    int
	number int // position among the observations added
	date   calendar.Date
}

// NewBuilder returns a Builder without observations.
func NewBuilder(options Options) *Builder {
	limit := options.Problems
	if limit <= 0 {
		limit = defaultProblems
	}
	return &Builder{
		columns:  slices.Clone(options.Columns),
		origin:   options.Origin,
		problems: problems{limit: limit},
		index:    make(map[Key]*column),
	}
}

// Add takes one observation. It always succeeds: what is wrong with the
// observation is part of the error of [Builder.Build].
func (b *Builder) Add(o Observation) {
	b.added++
	if text := b.fault(o); text != "" {
		b.problems.add(Problem{Row: o.Row, Key: MakeKey(o.Parts...), Date: o.Date, Text: text, number: b.added})
		return
	}
	c := b.column(o.Parts)
	if n := len(c.points); n > 0 && o.Date <= c.points[n-1].date {
		c.sorted = false
	}
	c.points = append(c.points, point{value: o.Value, row: o.Row, number: b.added, date: o.Date})
}

// Build returns the panel of the observations added, or a *[DataError] if any
// of them is bad: a key part that is empty or contains the separator, a date
// after the origin, a value that is not a finite number, a second value for the
// same series and date. Without observations the panel has no series.
//
// A series starts at its first value that is not zero, because demand starts
// with the first sale; one that is zero throughout starts at its first value.
// Dates without a value, up to the origin, are NaN.
func (b *Builder) Build() (Panel, error) {
	slices.SortFunc(b.series, func(x, y *column) int { return cmp.Compare(x.key, y.key) })
	found := problems{limit: b.problems.limit, first: slices.Clone(b.problems.first), total: b.problems.total}
	for _, c := range b.series {
		c.check(&found)
	}
	if err := found.err(); err != nil {
		return Panel{}, err
	}
	panel := Panel{
		Columns: slices.Clone(b.columns),
		Range:   calendar.Range{From: b.origin + 1, To: b.origin},
		Series:  make([]Series, 0, len(b.series)),
		Reports: make([]Report, 0, len(b.series)),
	}
	for _, c := range b.series {
		s, report := c.lay(b.origin)
		panel.Series = append(panel.Series, s)
		panel.Reports = append(panel.Reports, report)
		panel.Range.From = min(panel.Range.From, s.Start)
	}
	return panel, nil
}

// fault says what is wrong with o by itself, or "".
func (b *Builder) fault(o Observation) string {
	if len(o.Parts) != len(b.columns) {
		return fmt.Sprintf("has %d key parts, not %d", len(o.Parts), len(b.columns))
	}
	for i, part := range o.Parts {
		switch {
		case part == "":
			return fmt.Sprintf("column %s is empty", b.columns[i])
		case strings.Contains(part, keySeparator):
			return fmt.Sprintf("column %s contains the unit separator (U+001F): %q", b.columns[i], part)
		}
	}
	switch {
	case o.Date <= 0: // the zero Date, or before the calendar: its axis would fill the memory
		return "has no date"
	case o.Date > b.origin:
		return fmt.Sprintf("is after the origin %s", b.origin)
	case math.IsNaN(o.Value), math.IsInf(o.Value, 0):
		return fmt.Sprintf("value %v is not a number: leave a missing value out", o.Value)
	}
	return ""
}

// column returns the column of the series with the given parts. Sources come
// mostly sorted by series, so the one before is tried first.
func (b *Builder) column(parts []string) *column {
	b.scratch = b.scratch[:0]
	for i, part := range parts {
		if i > 0 {
			b.scratch = append(b.scratch, keySeparator...)
		}
		b.scratch = append(b.scratch, part...)
	}
	if b.last != nil && string(b.last.key) == string(b.scratch) {
		return b.last
	}
	c := b.index[Key(b.scratch)]
	if c == nil {
		c = &column{key: Key(b.scratch), sorted: true}
		b.index[c.key] = c
		b.series = append(b.series, c)
	}
	b.last = c
	return c
}

// check sorts the points by date and reports those whose date has one already.
func (c *column) check(found *problems) {
	if c.sorted {
		return
	}
	slices.SortFunc(c.points, func(a, b point) int {
		return cmp.Or(cmp.Compare(a.date, b.date), cmp.Compare(a.number, b.number))
	})
	first := c.points[0]
	for _, p := range c.points[1:] {
		if p.date != first.date {
			first = p
			continue
		}
		text := "is a duplicate"
		if first.row > 0 {
			text = fmt.Sprintf("is a duplicate of row %d", first.row)
		}
		found.add(Problem{Row: p.row, Key: c.key, Date: p.date, Text: text, number: p.number})
	}
}

// lay puts the points, sorted and unique by date, on an axis up to the origin.
func (c *column) lay(origin calendar.Date) (Series, Report) {
	kept := c.points
	if i := slices.IndexFunc(kept, func(p point) bool { return p.value != 0 }); i > 0 {
		kept = kept[i:]
	}
	start, end := kept[0].date, kept[len(kept)-1].date
	report := Report{
		Key:          c.key,
		Observations: len(kept),
		Gaps:         int(end-start) + 1 - len(kept),
		Trailing:     int(origin - end),
		Leading:      int(start - c.points[0].date),
	}
	values := make([]float64, int(origin-start)+1)
	for i := range values {
		values[i] = math.NaN()
	}
	for _, p := range kept {
		values[p.date-start] = p.value
		if p.value == 0 {
			report.Zeros++
		}
	}
	return Series{Key: c.key, Start: start, Values: values}, report
}

package bench

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// Sample is one series of a set.
type Sample struct {
	ID string
	// Start is the date of the first value, 0 in a set without dates.
	Start calendar.Date
	// Values are without holes in the axis, NaN where one is missing.
	Values []float64
	// Test is how many values at the end are to be forecast, by the table; 0 if
	// it doesn't say.
	Test int
}

// Set is a set of series by the order of their ids.
type Set struct {
	Name string
	// Frequency is that of the observations, zero if nothing tells; By says what does.
	Frequency Frequency
	By        string
	// Horizon is how many values at the end are to be forecast where neither a table
	// nor the caller says.
	Horizon int
	Series  []Sample
}

// Dated reports whether each value has a date of its own, day after day.
func (s Set) Dated() bool {
	return s.Frequency == Frequency{UnitDay, 1} && s.Series[0].Start != 0
}

// What tells the frequency of a set.
const (
	byFlag  = "as told"
	byTimes = "by its times"
	byName  = "by its name"
	byFile  = "as the file says"
)

// Read reads a table with a header, a row for each observation in any order. Fields
// are divided by commas, or by semicolons or tabs if the header has no comma.
//
// The time is a date, with or without a clock time and an offset; a month (2026-03), a
// quarter (2026Q1), a week (2026-W10) or a year; or a whole number that counts the
// observations. How far apart observations are is found by the times, unless the
// frequency is given: then each takes the nearest step. Steps that are left out are
// missing values, as is an empty value, NA or NaN. Where nearly all distances are
// multiples of one and few are not, these are mistakes and refused. The
// split is train or test, and test rows end a series. Blanks around a field don't
// count. An error names the line and the column.
func Read(name string, from io.Reader, columns Columns, frequency Frequency) (Set, error) {
	text := bufio.NewReader(WithoutMark(from))
	r := reader{csv: csv.NewReader(text), rows: make(map[string][]row)}
	r.csv.Comma = divider(text)
	r.csv.ReuseRecord, r.csv.TrimLeadingSpace = true, r.csv.Comma != '\t'
	if err := r.read(columns); err != nil {
		return Set{}, err
	}
	if len(r.rows) == 0 {
		return Set{}, errNoRows
	}
	calendarNumbers(r.rows)
	for _, rows := range r.rows {
		slices.SortStableFunc(rows, byTime)
	}
	a, err := axisOf(r.rows, frequency)
	if err != nil {
		return Set{}, err
	}
	set := of(name, frequency, a.Frequency)
	for _, id := range slices.Sorted(maps.Keys(r.rows)) {
		s, err := a.sample(id, r.rows[id])
		if err != nil {
			return Set{}, fmt.Errorf("series %s: %w", id, err)
		}
		set.Series = append(set.Series, s)
	}
	return set, nil
}

// of returns an empty set of a frequency that is given, found in the times, or in the
// name.
func of(name string, given, found Frequency) Set {
	set := Set{Name: name}
	switch {
	case given != Frequency{}:
		set.Frequency, set.By = given, byFlag
	case found.Unit != UnitNumber:
		set.Frequency, set.By = found, byTimes
	default:
		if set.Frequency = named(name); set.Frequency != (Frequency{}) {
			set.By = byName
		}
	}
	set.Horizon = set.Frequency.Horizon()
	return set
}

// Missing is the share of the values that are missing.
func (s Set) Missing() float64 {
	missing, all := 0, 0
	for _, sample := range s.Series {
		all += len(sample.Values)
		for _, v := range sample.Values {
			if math.IsNaN(v) {
				missing++
			}
		}
	}
	return float64(missing) / float64(max(1, all))
}

var errNoRows = errors.New("there are no rows in it")

// divider returns what divides the fields of a table, by its header.
func divider(text *bufio.Reader) rune {
	const enough = 4096
	header, _ := text.Peek(enough) // what can't be read is said by the next read
	line, _, _ := strings.Cut(string(header), "\n")
	for _, divider := range ",;\t" {
		if strings.ContainsRune(line, divider) {
			return divider
		}
	}
	return ','
}

// reader reads one table.
type reader struct {
	places

	csv     *csv.Reader
	rows    map[string][]row
	numbers bool // the times are
	id      []string
}

// row is one observation.
type row struct {
	time  stamp
	line  int
	value float64
	test  bool
}

func (r *reader) read(columns Columns) error {
	header, err := r.csv.Read()
	if errors.Is(err, io.EOF) {
		return errNoRows
	}
	if err != nil {
		return err //nolint:wrapcheck // it names line and column
	}
	header = slices.Clone(header)
	trim(header)
	if r.places, err = columns.find(header); err != nil {
		return err
	}
	for first := true; ; first = false {
		record, err := r.csv.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err //nolint:wrapcheck // as above
		}
		trim(record)
		if first {
			at, _ := stampOf(record[r.time])
			r.numbers = at.number
		}
		if err := r.add(record); err != nil {
			return err
		}
	}
}

func trim(record []string) {
	for i, field := range record {
		record[i] = strings.TrimSpace(field)
	}
}

// add takes in a row.
func (r *reader) add(record []string) error {
	var o row
	var err error
	o.line, _ = r.csv.FieldPos(r.time)
	if o.time, err = stampOf(record[r.time]); err != nil || o.time.number != r.numbers {
		return r.bad(r.time, record, "a time such as 2006-01-02, 2006-01-02 15:00, 2006-01 or 2006Q1, or a whole number, of the same kind in all rows")
	}
	if o.value, err = parseValue(record[r.value]); err != nil {
		return r.bad(r.value, record, "a number, or nothing")
	}
	if r.split >= 0 {
		switch strings.ToLower(record[r.split]) {
		case "train", "training":
		case "test", "testing":
			o.test = true
		default:
			return r.bad(r.split, record, "train or test")
		}
	}
	r.id = r.id[:0]
	for _, i := range r.series {
		r.id = append(r.id, record[i])
	}
	id := strings.Clone(strings.Join(r.id, "/"))
	r.rows[id] = append(r.rows[id], o)
	return nil
}

// bad says where a field is and what it should be.
func (r *reader) bad(field int, record []string, want string) error {
	line, column := r.csv.FieldPos(field)
	return fmt.Errorf("line %d, column %d: %q is not %s", line, column, record[field], want)
}

func parseValue(text string) (float64, error) {
	switch strings.ToLower(text) {
	case "", "na", "nan", "n/a", "null", "none", "?":
		return math.NaN(), nil
	}
	if strings.ContainsAny(text, "xX_") { // as Go writes numbers, and no table does
		return 0, strconv.ErrSyntax
	}
	v, err := strconv.ParseFloat(text, 64)
	if err == nil && math.IsInf(v, 0) {
		err = strconv.ErrRange
	}
	return v, err //nolint:wrapcheck // the caller says where
}

// WithoutMark returns a text without the byte order mark that spreadsheets put before
// it. A CSV reader would take the mark for a part of the first field.
func WithoutMark(from io.Reader) io.Reader {
	const mark = "\ufeff"
	text := bufio.NewReader(from)
	if first, _ := text.Peek(len(mark)); string(first) == mark { // what can't be read is said by the next read
		_, _ = text.Discard(len(mark))
	}
	return text
}

package bench

import (
	"bufio"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// Columns are the names of a table's columns. Those that are empty are found:
// series, value and split by these names, the time as date, t, index or ds.
type Columns struct {
	Series, Time, Value, Split string
}

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
	Name   string
	Dated  bool
	Series []Sample
}

// longestGap is how many times longer than its observations an axis may be: a
// table of months is not one of days.
const longestGap = 5

// Read reads a table with a header, a row for each observation in any order.
// The time is a civil date (2006-01-02), with or without a midnight behind it, or a
// whole number that counts the observations; times that are left out are missing
// values, as is an empty value, NA or NaN. The split is train or test, and test rows
// end a series. Blanks around a field don't count. An error names the line and the
// column.
func Read(name string, from io.Reader, columns Columns) (Set, error) {
	r := reader{csv: csv.NewReader(WithoutMark(from)), set: Set{Name: name}, rows: make(map[string][]row)}
	r.csv.ReuseRecord, r.csv.TrimLeadingSpace = true, true
	if err := r.read(columns); err != nil {
		return Set{}, err
	}
	for _, id := range slices.Sorted(maps.Keys(r.rows)) {
		s, err := r.sample(id)
		if err != nil {
			return Set{}, fmt.Errorf("series %s: %w", id, err)
		}
		r.set.Series = append(r.set.Series, s)
	}
	if len(r.set.Series) == 0 {
		return Set{}, errNoRows
	}
	return r.set, nil
}

var errNoRows = errors.New("there are no rows in it")

// reader reads one table.
type reader struct {
	csv  *csv.Reader
	set  Set
	rows map[string][]row

	series, time, value, split int // columns; a split of -1 is not there
}

// row is one observation.
type row struct {
	at    int // day or number
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
	if err := r.find(slices.Clone(header), columns); err != nil {
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
		for i, field := range record {
			record[i] = strings.TrimSpace(field)
		}
		if first {
			_, notDate := dateOf(record[r.time])
			r.set.Dated = notDate == nil
		}
		if err := r.add(record); err != nil {
			return err
		}
	}
}

// find finds the columns by their names.
func (r *reader) find(header []string, names Columns) error {
	for i, name := range header {
		header[i] = strings.TrimSpace(name)
	}
	column := func(what, name string, known ...string) (int, error) {
		if name != "" {
			known = []string{name}
		}
		for _, name := range known {
			if i := slices.Index(header, name); i >= 0 {
				return i, nil
			}
		}
		return -1, fmt.Errorf("line 1: no column %s for the %s: it has %s", strings.Join(known, " or "), what, strings.Join(header, ", "))
	}
	var errs [4]error
	r.series, errs[0] = column("series", names.Series, "series")
	r.time, errs[1] = column("time", names.Time, "date", "t", "index", "ds")
	r.value, errs[2] = column("value", names.Value, "value")
	r.split, errs[3] = column("split", names.Split, "split")
	if names.Split == "" {
		errs[3] = nil
	}
	return cmp.Or(errs[0], errs[1], errs[2], errs[3])
}

// add takes in a row.
func (r *reader) add(record []string) error {
	var o row
	var err error
	o.line, _ = r.csv.FieldPos(r.time)
	if r.set.Dated {
		var date calendar.Date
		date, err = dateOf(record[r.time])
		o.at = int(date)
	} else {
		o.at, err = strconv.Atoi(record[r.time])
	}
	if err != nil {
		return r.bad(r.time, record, "a date such as 2006-01-02, or a whole number, of the same kind in all rows")
	}
	if o.value, err = parseValue(record[r.value]); err != nil {
		return r.bad(r.value, record, "a number, or nothing")
	}
	if r.split >= 0 {
		switch record[r.split] {
		case "train":
		case "test":
			o.test = true
		default:
			return r.bad(r.split, record, "train or test")
		}
	}
	id := strings.Clone(record[r.series])
	r.rows[id] = append(r.rows[id], o)
	return nil
}

// bad says where a field is and what it should be.
func (r *reader) bad(field int, record []string, want string) error {
	line, column := r.csv.FieldPos(field)
	return fmt.Errorf("line %d, column %d: %q is not %s", line, column, record[field], want)
}

func parseValue(text string) (float64, error) {
	switch text {
	case "", "NA", "NaN":
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

// midnight is what may stand behind a date.
var midnight = regexp.MustCompile(`^([ T]00:00(:00(\.0+)?)?(Z|\+00:?00)?)?$`)

// dateOf reads a date with or without a midnight behind it.
func dateOf(text string) (calendar.Date, error) {
	n := min(len(text), len(calendar.Layout))
	if !midnight.MatchString(text[n:]) {
		n = len(text)
	}
	return calendar.Parse(text[:n]) //nolint:wrapcheck // the caller says where
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

// sample lays the rows of a series on their axis.
func (r *reader) sample(id string) (Sample, error) {
	rows := r.rows[id]
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(a.at, b.at) })
	first, last := rows[0], rows[len(rows)-1]
	if span := last.at - first.at; span/longestGap > len(rows) {
		return Sample{}, fmt.Errorf("lines %d to %d: %d observations over %d days or numbers: where a step is longer than a day, count the steps in a column of numbers", first.line, last.line, len(rows), span)
	}
	s := Sample{ID: id, Values: make([]float64, last.at-first.at+1)}
	if r.set.Dated {
		s.Start = calendar.Date(first.at)
	}
	for i := range s.Values {
		s.Values[i] = math.NaN()
	}
	for i, o := range rows {
		if i > 0 && o.at == rows[i-1].at {
			return Sample{}, fmt.Errorf("line %d: its time is that of line %d too", o.line, rows[i-1].line)
		}
		if !o.test && s.Test > 0 {
			return Sample{}, fmt.Errorf("line %d: a training row after the test rows", o.line)
		}
		if o.test && s.Test == 0 {
			s.Test = last.at - o.at + 1
		}
		s.Values[o.at-first.at] = o.value
	}
	return s, nil
}

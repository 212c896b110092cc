package lake

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Blemish is a place in a CSV file at which it is not what it should be.
type Blemish struct {
	File string
	Line int
	What string // and what it should be
}

// String returns "data/orders.csv:42: 4 cells, the header has 3". Editors take the
// first part.
func (b Blemish) String() string { return fmt.Sprintf("%s:%d: %s", b.File, b.Line, b.What) }

// errFound ends a look through records.
var errFound = errors.New("found")

// mostKeys bounds how many rows are remembered to find one that comes twice.
const mostKeys = 5_000_000

// FindRagged returns the first row of CSV files that has more or fewer cells than
// the header of its file.
func FindRagged(files []string) (Blemish, bool) {
	return find(files, func(header, record []string) string {
		if len(record) == len(header) {
			return ""
		}
		return fmt.Sprintf("%s, the header has %d", countOf(int64(len(record)), "cell"), len(header))
	})
}

// Ragged returns the row for which DuckDB did not find the columns that the first
// line of a CSV file names: one with more or fewer cells. There is none if it
// found them.
func (d Description) Ragged() (Blemish, bool) {
	if d.Format != formatCSV || len(d.Files) == 0 {
		return Blemish{}, false
	}
	lost := false
	_ = eachRecord(d.Files[0], func(_ int, header []string) error {
		lost = slices.ContainsFunc(header, func(name string) bool {
			return !slices.ContainsFunc(d.Columns, func(c FileColumn) bool { return c.Name == strings.TrimSpace(name) })
		})
		return errFound
	})
	if !lost {
		return Blemish{}, false
	}
	return FindRagged(d.Files)
}

// FindDecimalComma returns the first number of CSV files that is written with a
// decimal comma: 1.234,5.
func FindDecimalComma(files []string) (Blemish, bool) {
	number := regexp.MustCompile(`^\s*[-+]?\d+(\.\d{3})*,\d+\s*$`)
	return find(files, func(header, record []string) string {
		at := slices.IndexFunc(record, number.MatchString)
		if at < 0 || at >= len(header) {
			return ""
		}
		return fmt.Sprintf("%s %q has a decimal comma", header[at], clip(record[at]))
	})
}

// FindImpossibleDate returns the first cell of CSV files that is written as a date,
// year first, of a day that no calendar has: 2026-02-30.
func FindImpossibleDate(files []string) (Blemish, bool) {
	written := regexp.MustCompile(`^\s*(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ].*)?$`)
	return find(files, func(header, record []string) string {
		for i, cell := range record[:min(len(record), len(header))] {
			parts := written.FindStringSubmatch(cell)
			if parts == nil {
				continue
			}
			if _, err := time.Parse("2006-1-2", strings.Join(parts[1:], "-")); err != nil {
				return fmt.Sprintf("%s %q is not a date of the calendar", header[i], clip(cell))
			}
		}
		return ""
	})
}

// FindDuplicate returns the first row of CSV files that has the same texts in the
// named columns as a row before it. It looks through the first five million rows.
func FindDuplicate(files, columns []string) (Blemish, bool) {
	seen := make(map[string]string)
	var key strings.Builder
	return findAt(files, func(at Blemish, header, record []string) string {
		key.Reset()
		for _, column := range columns {
			i := slices.Index(header, column)
			if i < 0 || i >= len(record) {
				return ""
			}
			key.WriteString(record[i])
			key.WriteByte('\x1f')
		}
		if before, ok := seen[key.String()]; ok {
			return fmt.Sprintf("%s as in %s", strings.ReplaceAll(strings.TrimSuffix(key.String(), "\x1f"), "\x1f", ", "), before)
		}
		if len(seen) < mostKeys {
			place := fmt.Sprintf("line %d", at.Line)
			if len(files) > 1 {
				place += " of " + at.File
			}
			seen[strings.Clone(key.String())] = place
		}
		return ""
	})
}

func find(files []string, judge func(header, record []string) string) (Blemish, bool) {
	return findAt(files, func(_ Blemish, header, record []string) string { return judge(header, record) })
}

// findAt returns the first row of the files of which judge has something to say.
func findAt(files []string, judge func(at Blemish, header, record []string) string) (Blemish, bool) {
	var found Blemish
	for _, file := range files {
		var header []string
		err := eachRecord(file, func(line int, record []string) error {
			if header == nil {
				header = slices.Clone(record)
				return nil
			}
			at := Blemish{File: file, Line: line}
			if at.What = judge(at, header, record); at.What == "" {
				return nil
			}
			found = at
			return errFound
		})
		if errors.Is(err, errFound) {
			return found, true
		}
	}
	return Blemish{}, false
}

// eachRecord calls use with each record of a CSV file, its header too, which use
// must not keep, and the line on which it begins.
func eachRecord(file string, use func(line int, record []string) error) error {
	head := readHead(file)
	text, done, err := openText(file)
	if err != nil {
		return err
	}
	defer done()
	reader := csv.NewReader(text)
	reader.Comma = delimiterOf(head)
	reader.FieldsPerRecord, reader.ReuseRecord, reader.LazyQuotes = -1, true, true
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err //nolint:wrapcheck // callers only tell it from errFound
		}
		line, _ := reader.FieldPos(0)
		record[0] = strings.TrimPrefix(record[0], "\ufeff")
		if err := use(line, record); err != nil {
			return err
		}
	}
}

// delimiterOf returns what separates the cells of a header: the sign that it has
// most of.
func delimiterOf(head string) rune {
	best, most := ',', 0
	for _, sign := range ",;\t|" {
		if n := strings.Count(head, string(sign)); n > most {
			best, most = sign, n
		}
	}
	return best
}

package effects

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
)

// Rows are the rows of a list, whole, for a file. What they stand on must not
// change any more.
type Rows struct {
	Name   string // of the file, without an extension
	Fields []string
	Len    int
	// At returns the values of a row, one for each field: a text or what has one,
	// a whole number, a bool, a float64, a time.Time; nil, a zero time and NaN for
	// none.
	At func(i int) []any
}

// ExportRows writes rows to a new file, whole or not at all: CSV or JSON, as its
// name says. Without a name it is CSV in the working directory. Where there is such
// a file, the name gets a number. It replies with an Exported.
func (s *Scope) ExportRows(name string, rows Rows) tea.Cmd {
	desk := s.effects.desk
	return ask(s, call{KindExport, "export the rows", changeDeadline, once}, func(ctx context.Context) (Exported, error) {
		if name == "" {
			name = rows.Name + ".csv"
		}
		write := writeCSV
		switch extension := strings.ToLower(filepath.Ext(name)); extension {
		case ".csv":
		case ".json":
			write = writeJSON
		default:
			return Exported{}, fmt.Errorf("%w: %q is to end in .csv or .json, a partition also in .parquet", forecast.ErrInvalid, filepath.Base(name))
		}
		path, err := export(ctx, desk.file(name), func(w io.Writer) error { return write(ctx, w, &rows) })
		return Exported{Path: path, Name: filepath.Base(name), Lines: rows.Len}, err
	})
}

// file returns the path of a file that a person has named.
func (d Desk) file(name string) string {
	if rest, ok := strings.CutPrefix(name, "~/"); ok && d.Environ["HOME"] != "" {
		return filepath.Join(d.Environ["HOME"], rest)
	}
	if d.Dir != "" && !filepath.IsAbs(name) {
		return filepath.Join(d.Dir, name)
	}
	return name
}

// Tilde returns a path as people write it: what lies in their home begins with ~, as
// where a file is named.
func (e *Effects) Tilde(path string) string {
	home := filepath.Clean(e.desk.Environ["HOME"])
	if home == "." || home == string(filepath.Separator) {
		return path
	}
	switch rest, ok := strings.CutPrefix(path, home); {
	case ok && rest == "":
		return "~"
	case ok && os.IsPathSeparator(rest[0]):
		return "~" + rest
	default:
		return path
	}
}

func writeCSV(ctx context.Context, w io.Writer, rows *Rows) error {
	out := csv.NewWriter(w)
	if err := out.Write(rows.Fields); err != nil {
		return fmt.Errorf("the fields: %w", err)
	}
	record := make([]string, len(rows.Fields))
	for i := range rows.Len {
		if err := gone(ctx, i); err != nil {
			return err
		}
		for at, value := range rows.At(i) {
			record[at] = text(value)
		}
		if err := out.Write(record); err != nil {
			return fmt.Errorf("row %d: %w", i+1, err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("the last rows: %w", err)
	}
	return nil
}

// writeJSON writes what the command line's -o json does: an object with the items.
func writeJSON(ctx context.Context, w io.Writer, rows *Rows) error {
	names := make([][]byte, len(rows.Fields))
	for at, field := range rows.Fields {
		names[at], _ = json.Marshal(field) // a text always can be
	}
	var line bytes.Buffer
	line.WriteString("{\n  \"items\": [")
	for i := range rows.Len {
		if err := gone(ctx, i); err != nil {
			return err
		}
		if i > 0 {
			line.WriteByte(',')
		}
		line.WriteString("\n    {")
		for at, value := range rows.At(i) {
			if at > 0 {
				line.WriteString(", ")
			}
			line.Write(names[at])
			line.WriteString(": ")
			if err := writeValue(&line, value); err != nil {
				return fmt.Errorf("row %d, %s: %w", i+1, rows.Fields[at], err)
			}
		}
		line.WriteByte('}')
		if _, err := line.WriteTo(w); err != nil {
			return fmt.Errorf("row %d: %w", i+1, err)
		}
	}
	line.WriteString("\n  ],\n  \"warnings\": []\n}\n")
	if _, err := line.WriteTo(w); err != nil {
		return fmt.Errorf("the end: %w", err)
	}
	return nil
}

func writeValue(to *bytes.Buffer, value any) error {
	switch value := value.(type) {
	case nil:
		to.WriteString("null")
	case int, int64, bool:
		to.WriteString(text(value))
	case float64, time.Time:
		word := text(value)
		switch _, moment := value.(time.Time); {
		case word == "":
			word = "null"
		case moment:
			word = strconv.Quote(word)
		}
		to.WriteString(word)
	default:
		encoder := json.NewEncoder(to)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(text(value)); err != nil {
			return fmt.Errorf("write a text: %w", err)
		}
		to.Truncate(to.Len() - len("\n"))
	}
	return nil
}

// text returns a value as it stands in CSV.
func text(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		return value
	case float64:
		if math.IsNaN(value) || math.IsInf(value, 0) {
			return ""
		}
		return strconv.FormatFloat(value, 'g', -1, 64)
	case time.Time:
		if value.IsZero() {
			return ""
		}
		return value.Format(time.RFC3339)
	default:
		return fmt.Sprint(value)
	}
}

// gone looks from time to time whether anybody still waits.
func gone(ctx context.Context, i int) error {
	const every = 4096
	if i%every == 0 && ctx.Err() != nil {
		return fmt.Errorf("row %d: %w", i+1, context.Cause(ctx))
	}
	return nil
}

package cli

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// format is how results are written.
type format string

const (
	formatTable format = "table"
	formatJSON  format = "json"
	formatCSV   format = "csv"
)

// String implements [pflag.Value].
func (f *format) String() string { return string(*f) }

// Type implements [pflag.Value].
func (*format) Type() string { return "format" }

// Set implements [pflag.Value].
func (f *format) Set(text string) error {
	switch format(text) {
	case formatTable, formatJSON, formatCSV:
		*f = format(text)
		return nil
	default:
		return usagef("%q is no format: write table, json or csv", text)
	}
}

// listing is a result in its three forms.
type listing struct {
	// header and rows are for people. A title that ends with a space is of a
	// column of numbers, aligned right.
	header []string
	rows   [][]string
	empty  string // what to say if there are no rows
	notes  []string

	items any // a slice, for JSON
	plan  any // goes beside the items of JSON

	rights any // as well, of the doctor
	vitals any // as well, of the doctor
	about  any // as well: the attempt whose steps the items are

	fields  []string // of CSV
	records [][]string

	warnings []string
}

// print writes a listing in the format that was asked for.
func (a *app) print(l listing) error {
	switch a.flags.format {
	case formatJSON:
		return a.printJSON(l)
	case formatCSV:
		a.warn(l.warnings)
		out := csv.NewWriter(a.env.Stdout)
		if err := out.WriteAll(append([][]string{l.fields}, l.records...)); err != nil {
			return fmt.Errorf("write csv: %w", err)
		}
		return nil
	default:
		a.warn(l.warnings)
		return a.printTable(a.env.Stdout, l)
	}
}

func (a *app) warn(warnings []string) {
	for _, warning := range warnings {
		fmt.Fprintln(a.env.Stderr, "warning: "+warning)
	}
}

func (a *app) printJSON(l listing) error {
	envelope := struct {
		Items    any      `json:"items"`
		Plan     any      `json:"plan,omitempty"`
		Rights   any      `json:"rights,omitempty"`
		Vitals   any      `json:"vitals,omitempty"`
		Attempt  any      `json:"attempt,omitempty"`
		Warnings []string `json:"warnings"`
	}{Items: l.items, Plan: l.plan, Rights: l.rights, Vitals: l.vitals, Attempt: l.about, Warnings: l.warnings}
	if envelope.Warnings == nil {
		envelope.Warnings = []string{}
	}
	encoder := json.NewEncoder(a.env.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(envelope); err != nil {
		return fmt.Errorf("write json: %w", err)
	}
	return nil
}

func (a *app) printTable(out io.Writer, l listing) error {
	if len(l.rows) == 0 && l.empty != "" {
		l.notes = append([]string{l.empty}, l.notes...)
	}
	var text strings.Builder
	if len(l.rows) > 0 {
		text.WriteString(a.table(l.header, l.rows))
	}
	for _, note := range l.notes {
		text.WriteString(note + "\n")
	}
	if _, err := io.WriteString(out, text.String()); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

// gap is between two columns.
const gap = "  "

// table lays cells out in columns by their width on the screen. On a terminal
// the last column is cut to its width.
func (a *app) table(header []string, rows [][]string) string {
	widths := make([]int, len(header))
	for _, row := range append([][]string{header}, rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], ansi.StringWidth(strings.TrimSpace(cell)))
		}
	}
	var text strings.Builder
	for n, row := range append([][]string{header}, rows...) {
		var line strings.Builder
		for i, cell := range row {
			cell = strings.TrimSpace(cell)
			if n == 0 {
				cell = a.style.paint(faint, cell)
			}
			padding := strings.Repeat(" ", max(0, widths[i]-ansi.StringWidth(cell)))
			if strings.HasSuffix(header[i], " ") {
				cell, padding = padding+cell, ""
			}
			if i > 0 {
				line.WriteString(gap)
			}
			line.WriteString(cell + padding)
		}
		text.WriteString(a.fit(strings.TrimRight(line.String(), " ")) + "\n")
	}
	return text.String()
}

// fit cuts a line to the terminal, if there is one.
func (a *app) fit(line string) string {
	if a.style.width == 0 {
		return line
	}
	tail := "…"
	if a.style.ascii {
		tail = "~"
	}
	return ansi.Truncate(line, a.style.width, tail)
}

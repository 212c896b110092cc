package bench

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// ReadTSF reads the text format of the Monash archive (Godahewa et al., Monash Time
// Series Forecasting Archive, 2021): lines with @ say what the file has, those behind
// @data are one series each, its attributes and values with colons between them. A
// value of ? is missing. Of the attributes the start of a series and its name are taken;
// a name that is seen twice, or none, becomes the number of the series. An error names
// the line.
func ReadTSF(name string, from io.Reader, frequency Frequency) (Set, error) {
	var r tsfReader
	text := bufio.NewReader(WithoutMark(from))
	for line := 1; ; line++ {
		one, err := text.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return Set{}, err //nolint:wrapcheck // the caller says of what
		}
		if problem := r.line(strings.TrimSpace(one)); problem != nil {
			return Set{}, fmt.Errorf("line %d: %w", line, problem)
		}
		if err != nil {
			break
		}
	}
	if len(r.samples) == 0 {
		return Set{}, errNoRows
	}
	set := of(name, cmp.Or(frequency, r.frequency), Frequency{})
	if frequency == (Frequency{}) && r.frequency != frequency {
		set.By = byFile
	}
	set.Horizon = cmp.Or(r.horizon, set.Horizon)
	set.Series = r.named()
	return set, nil
}

// tsfReader reads one file line by line.
type tsfReader struct {
	samples    []Sample
	attributes []string // their names in lower case
	frequency  Frequency
	horizon    int
	data       bool // behind @data
}

var (
	errTSFHeader = errors.New("not a line of the tsf format: it begins with @ or #, until @data")
	errTSFSeries = errors.New("a series has its attributes and its values, with colons between them")
)

func (r *tsfReader) line(text string) error {
	if text == "" || strings.HasPrefix(text, "#") {
		return nil
	}
	if r.data {
		return r.series(text)
	}
	word, rest, _ := strings.Cut(text, " ")
	rest = strings.TrimSpace(rest)
	switch strings.ToLower(word) {
	case "@data":
		r.data = true
	case "@attribute":
		name, _, _ := strings.Cut(rest, " ")
		r.attributes = append(r.attributes, strings.ToLower(name))
	case "@frequency":
		var err error
		r.frequency, err = ParseFrequency(rest)
		return err
	case "@horizon":
		n, err := strconv.Atoi(rest)
		if err != nil || n < 1 {
			return fmt.Errorf("@horizon %q is no number from 1", rest)
		}
		r.horizon = n
	default:
		if !strings.HasPrefix(word, "@") {
			return errTSFHeader
		}
	}
	return nil
}

func (r *tsfReader) series(text string) error {
	parts := strings.Split(text, ":")
	if len(parts) != len(r.attributes)+1 {
		return errTSFSeries
	}
	var s Sample
	for i, attribute := range r.attributes {
		switch attribute {
		case "series_name":
			s.ID = parts[i]
		case "start_timestamp":
			at, err := stampOf(parts[i])
			if err != nil || at.number {
				return fmt.Errorf("start_timestamp %q: %w", parts[i], errStamp)
			}
			s.Start = at.day()
		}
	}
	for word := range strings.SplitSeq(parts[len(parts)-1], ",") {
		v, err := parseValue(strings.TrimSpace(word))
		if err != nil {
			return fmt.Errorf("value %d: %q is not a number, or ?", len(s.Values)+1, word)
		}
		s.Values = append(s.Values, v)
	}
	if !slices.ContainsFunc(s.Values, func(v float64) bool { return !math.IsNaN(v) }) {
		return nil // nothing was observed
	}
	r.samples = append(r.samples, s)
	return nil
}

// named returns the series by their names, or by their number if names don't tell them
// apart.
func (r *tsfReader) named() []Sample {
	seen := make(map[string]bool)
	for _, s := range r.samples {
		seen[s.ID] = true
	}
	if len(seen) < len(r.samples) {
		for i := range r.samples {
			r.samples[i].ID = fmt.Sprintf("T%d", i+1)
		}
	}
	slices.SortFunc(r.samples, func(a, b Sample) int { return strings.Compare(a.ID, b.ID) })
	return r.samples
}

package step

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/series"
)

// noSeries is where the series go in the text of a Models without any. No text
// of a user comes before it.
const noSeries = `"series": []`

// modelsFile writes models.json a series at a time.
type modelsFile struct {
	path  string
	file  *os.File // nil: closed
	out   *bufio.Writer
	count int
}

func newModelsFile(path string, head Models) (*modelsFile, error) {
	file, err := os.Create(path + ".tmp") //nolint:gosec // data that other users may read
	if err != nil {
		return nil, failf(forecast.ReasonInfrastructure, "write models: %w", err)
	}
	f := &modelsFile{path: path, file: file, out: bufio.NewWriterSize(file, 1<<16)}
	before, _, err := around(head)
	if err == nil {
		_, err = f.out.Write(before)
	}
	if err != nil {
		f.discard()
		return nil, fmt.Errorf("write %s: %w", path, err)
	}
	return f, nil
}

// around returns the text of models.json before its series and after them.
func around(head Models) (before, after []byte, err error) {
	head.Series = []SeriesModel{}
	text, err := textOf(head, "")
	if err != nil {
		return nil, nil, err
	}
	at := bytes.Index(text, []byte(noSeries)) + len(noSeries) - 1
	return text[:at], append(text[at:], '\n'), nil
}

// add writes a series. Of one with anything that is no number, which a file can't
// say, it keeps the method, with a warning: Predict finds the rest by itself.
func (f *modelsFile) add(m *SeriesModel) error {
	const indent = "    "
	text, err := textOf(m, indent)
	if _, bad := errors.AsType[*json.UnsupportedValueError](err); bad {
		m.Warnings = append(m.Warnings, fmt.Sprintf("what was found of it is left out: %s", err))
		m.Parameters, m.Scores, m.Bands, m.Scale = nil, nil, nil, 0
		text, err = textOf(m, indent)
	}
	if err != nil {
		return fmt.Errorf("write %s: series %s: %w", f.path, m.Series, err)
	}
	separator := ",\n" + indent
	if f.count == 0 {
		separator = "\n" + indent
	}
	f.count++
	_, _ = f.out.WriteString(separator) // close tells of its errors
	_, _ = f.out.Write(text)
	return nil
}

// close writes the end of the file, with the warnings of head, and gives it its
// name.
func (f *modelsFile) close(head Models) error {
	_, after, err := around(head)
	if err != nil {
		return fmt.Errorf("write %s: %w", f.path, err)
	}
	if f.count > 0 {
		_, _ = f.out.WriteString("\n  ")
	}
	_, _ = f.out.Write(after)
	err = errors.Join(f.out.Flush(), f.file.Sync(), f.file.Close())
	f.file = nil
	if err == nil {
		err = os.Rename(f.path+".tmp", f.path)
	}
	if err != nil {
		return failf(forecast.ReasonInfrastructure, "write models: %w", errors.Join(err, os.Remove(f.path+".tmp")))
	}
	return nil
}

// discard ends a file that is not to be. After close it does nothing.
func (f *modelsFile) discard() {
	if f.file != nil {
		_ = f.file.Close()
		_ = os.Remove(f.path + ".tmp")
		f.file = nil
	}
}

// modelsReader reads models.json a series at a time, beside a panel: of a file in
// the panel's order it holds one series, of any other those that it has passed.
type modelsReader struct {
	path   string
	file   io.ReadCloser
	in     *json.Decoder
	inside bool // the list of the series
	ended  bool
	passed map[series.Key]SeriesModel
}

// openModels opens what Train wrote about each series.
func (b *batch) openModels() (*modelsReader, error) {
	path := b.env.Input("model", ModelsFile)
	file, err := os.Open(path) //nolint:gosec // the step's own input
	if err != nil {
		return nil, failf(forecast.ReasonInfrastructure, "read models: %w", err)
	}
	return &modelsReader{path: path, file: file, in: json.NewDecoder(bufio.NewReaderSize(file, 1<<16)), passed: make(map[series.Key]SeriesModel)}, nil
}

func (r *modelsReader) close() {
	if r != nil {
		_ = r.file.Close()
	}
}

// find returns what the file says about a series. A nil reader knows none.
func (r *modelsReader) find(key series.Key) (m SeriesModel, ok bool, err error) {
	if r == nil {
		return m, false, nil
	}
	if m, ok = r.passed[key]; ok {
		delete(r.passed, key)
		return m, true, nil
	}
	for !r.ended {
		var next SeriesModel
		if next, ok, err = r.next(); err != nil {
			return m, false, failf(forecast.ReasonStep, "read %s: %w", r.path, err)
		}
		if !ok {
			break
		}
		if next.Series == key {
			return next, true, nil
		}
		r.passed[next.Series] = next
	}
	return m, false, nil
}

// errNotModels says that a file is not a JSON object.
var errNotModels = errors.New("it is not a JSON object")

// next returns the next series of the file; false at its end.
func (r *modelsReader) next() (m SeriesModel, ok bool, err error) {
	if r.in.InputOffset() == 0 {
		if open, err := r.in.Token(); err != nil || open != json.Delim('{') {
			return m, false, errors.Join(errNotModels, err)
		}
	}
	for {
		if r.inside && r.in.More() {
			err := r.in.Decode(&m)
			return m, true, err //nolint:wrapcheck // find names the file
		}
		if r.inside || !r.in.More() {
			r.ended = !r.inside
			r.inside = false
			if _, err := r.in.Token(); err != nil || r.ended {
				return m, false, err //nolint:wrapcheck // as above
			}
			continue
		}
		if err := r.field(); err != nil {
			return m, false, err
		}
	}
}

// field reads the name of a field, and its value unless it is the list of series.
func (r *modelsReader) field() error {
	name, err := r.in.Token()
	if err != nil {
		return err //nolint:wrapcheck // find names the file
	}
	if text, _ := name.(string); strings.EqualFold(text, "series") {
		open, err := r.in.Token()
		r.inside = open == json.Delim('[')
		if err == nil && !r.inside && open != nil { // null has no series
			err = errNotModels
		}
		return err //nolint:wrapcheck // as above
	}
	var skipped json.RawMessage
	return r.in.Decode(&skipped) //nolint:wrapcheck // as above
}

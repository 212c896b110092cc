package backtest

import (
	"encoding/gob"
	"errors"
	"fmt"
	"io"

	"github.com/daybatch/daybatch/forecast/accuracy"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/series"
)

// Encoder writes tables so that another machine reads the same ones, bit for bit.
type Encoder struct{ gob *gob.Encoder }

// NewEncoder returns an encoder that writes to w.
func NewEncoder(w io.Writer) *Encoder { return &Encoder{gob.NewEncoder(w)} }

// Encode writes a table.
func (e *Encoder) Encode(t *Table) error {
	c := coded{
		Key: t.Key, Origins: t.Origins, Horizon: t.Horizon, Models: t.Models, Scales: t.Scales, Usual: t.Usual, Fits: t.Fits, Variances: t.Variances, Closed: t.Closed,
		Warnings:  t.Warnings,
		Forecasts: t.forecasts, Actuals: t.actuals,
	}
	for _, f := range t.Failures {
		c.Failures = append(c.Failures, codedFailure{f.Model, f.Origin, f.Err.Error(), f.Instead})
	}
	if err := e.gob.Encode(c); err != nil {
		return fmt.Errorf("write the table of series %s: %w", t.Key, err)
	}
	return nil
}

// Decoder reads what an [Encoder] wrote.
type Decoder struct{ gob *gob.Decoder }

// NewDecoder returns a decoder that reads from r.
func NewDecoder(r io.Reader) *Decoder { return &Decoder{gob.NewDecoder(r)} }

// Decode reads the next table. After the last one it returns [io.EOF].
func (d *Decoder) Decode() (*Table, error) {
	var c coded
	switch err := d.gob.Decode(&c); {
	case errors.Is(err, io.EOF):
		return nil, io.EOF
	case err != nil:
		return nil, fmt.Errorf("read a table: %w", err)
	}
	origins := len(c.Origins)
	if len(c.Scales) != origins || len(c.Usual) != origins || len(c.Fits) != len(c.Models) || len(c.Actuals) != origins*c.Horizon || len(c.Forecasts) != origins*len(c.Models)*c.Horizon {
		return nil, fmt.Errorf("read the table of series %s: %w", c.Key, errShape)
	}
	t := &Table{
		Key: c.Key, Origins: c.Origins, Horizon: c.Horizon, Models: c.Models, Scales: c.Scales, Usual: c.Usual, Fits: c.Fits, Variances: c.Variances, Closed: c.Closed,
		Warnings:  c.Warnings,
		forecasts: c.Forecasts, actuals: c.Actuals,
	}
	for _, f := range c.Failures {
		t.Failures = append(t.Failures, Failure{Model: f.Model, Origin: f.Origin, Err: failureError(f.Err), Instead: f.Instead})
	}
	return t, nil
}

// errShape says that the parts of a table don't fit each other.
var errShape = errors.New("its parts don't fit each other")

// coded is a table with all that is in it.
type coded struct {
	Key                series.Key
	Origins            []calendar.Date
	Horizon            int
	Models             []string
	Scales, Usual      []accuracy.Scale
	Fits               []model.Description
	Variances          [][]float64
	Failures           []codedFailure
	Closed             []int
	Warnings           []string
	Forecasts, Actuals []float64
}

type codedFailure struct {
	Model   string
	Origin  calendar.Date
	Err     string
	Instead string
}

// failureError is the text of an error of another machine.
type failureError string

// Error returns the text.
func (f failureError) Error() string { return string(f) }

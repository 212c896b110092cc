package lake

import (
	"errors"
	"fmt"
	"slices"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// Frame is a table in memory, column by column, all columns of one length. The
// zero Frame is empty and ready for columns. A Frame keeps the slices it is
// given and hands out the slices it has.
//
// In a Parquet file NaN is a NULL of a DOUBLE column and the zero Date a NULL
// of a DATE column; other columns have none.
type Frame struct {
	columns []frameColumn
	err     error
}

// frameColumn holds one of []string, []float64, []int64, []bool,
// []calendar.Date.
type frameColumn struct {
	name   string
	values any
	length int
}

// Strings adds a VARCHAR column.
func (f *Frame) Strings(name string, values []string) { f.add(name, values, len(values)) }

// Floats adds a DOUBLE column.
func (f *Frame) Floats(name string, values []float64) { f.add(name, values, len(values)) }

// Ints adds a BIGINT column.
func (f *Frame) Ints(name string, values []int64) { f.add(name, values, len(values)) }

// Bools adds a BOOLEAN column.
func (f *Frame) Bools(name string, values []bool) { f.add(name, values, len(values)) }

// Dates adds a DATE column.
func (f *Frame) Dates(name string, values []calendar.Date) { f.add(name, values, len(values)) }

// add keeps the first mistake, which WriteParquet returns, so that building a
// frame needs no error per column.
func (f *Frame) add(name string, values any, length int) {
	switch {
	case f.err != nil:
		return
	case slices.Contains(f.Names(), name):
		f.err = fmt.Errorf("frame has two columns %s", name)
	case len(f.columns) > 0 && f.columns[0].length != length:
		f.err = fmt.Errorf("column %s has %d values, the others %d", name, length, f.columns[0].length)
	}
	f.columns = append(f.columns, frameColumn{name: name, values: values, length: length})
}

// Rows returns the number of rows.
func (f *Frame) Rows() int {
	if len(f.columns) == 0 {
		return 0
	}
	return f.columns[0].length
}

// Names returns the names of the columns, in order.
func (f *Frame) Names() []string {
	names := make([]string, len(f.columns))
	for i, column := range f.columns {
		names[i] = column.name
	}
	return names
}

// Values is what a column of a Frame may hold.
type Values interface {
	[]string | []float64 | []int64 | []bool | []calendar.Date
}

// ErrNoColumn says that a frame or file lacks a column.
var ErrNoColumn = errors.New("no such column")

// Column returns a column of a frame by name: Column[[]float64](frame, "yhat").
// A column that is not there, or of another type, is an error.
func Column[V Values](frame *Frame, name string) (V, error) {
	for _, column := range frame.columns {
		if column.name != name {
			continue
		}
		values, ok := column.values.(V)
		if !ok {
			return nil, fmt.Errorf("column %s holds %T, want %T", name, column.values, values)
		}
		return values, nil
	}
	return nil, fmt.Errorf("column %s: %w", name, ErrNoColumn)
}

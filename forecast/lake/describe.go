package lake

import (
	"context"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// FileColumn is a column of a source file.
type FileColumn struct {
	Name string
	Type string // DuckDB's name of it
	// Numeric and Dated say that the column's values are numbers, or dates or
	// timestamps, also if the file has them as text.
	Numeric, Dated bool
	Distinct       int64 // estimated
	Nulls          int64
}

// Description is what a source file holds.
type Description struct {
	Format  string // csv or parquet
	Rows    int64
	Columns []FileColumn
	Sample  [][]string // the first rows as text, at most 5; NULL is empty
}

// Describe reads the columns of CSV (also compressed by gzip) or Parquet files.
// The file may be a glob.
func (db *DB) Describe(ctx context.Context, file string) (Description, error) {
	return Description{}, errNotBuilt
}

// ProfileRequest names the columns that make series of a file.
type ProfileRequest struct {
	File   string
	Time   string
	Value  string
	Series []string
}

// SeriesProfile is one series of a file.
type SeriesProfile struct {
	Parts       []string
	Rows        int64
	Dates       int64 // distinct
	First, Last calendar.Date
	Zeros       int64
	Negatives   int64
	// Weekly is the autocorrelation of the daily values at lag 7, after their
	// 7-day mean is taken out; NaN where it is undefined.
	Weekly float64
}

// Profile is what a file holds as series.
type Profile struct {
	Rows   int64
	Series []SeriesProfile // the one with most rows first
	// Duplicates is the number of rows beyond the first of their series and date.
	Duplicates  int64
	First, Last calendar.Date
	// Weekly reports that most series repeat by the week.
	Weekly bool
}

// Profile reads which series the columns make, so that a project can be made
// for a file.
func (db *DB) Profile(ctx context.Context, request ProfileRequest) (Profile, error) {
	return Profile{}, errNotBuilt
}

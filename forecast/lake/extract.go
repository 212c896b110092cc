package lake

import (
	"context"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// ExtractRequest says what to extract.
type ExtractRequest struct {
	Project  string // directory that the globs are relative to
	Source   forecast.Source
	Timezone string // in which timestamps with a zone become dates
	Date     calendar.Date
	Output   string // rows.parquet
}

// ExtractReport says what was extracted.
type ExtractReport struct {
	Rows        int64
	Series      int64
	First, Last calendar.Date
	// Today is the number of rows of the date itself, Usual the median of the
	// 28 dates before it.
	Today    int64
	Usual    float64
	Nulls    int64 // rows without a value, which are gaps
	Warnings []string
}

// Extract runs the project's query over its source files and writes the rows:
// the series columns as VARCHAR, ds DATE, value DOUBLE, ordered by series and
// date. Rows that break a rule are an *Error that says which and where.
func (db *DB) Extract(ctx context.Context, request ExtractRequest) (ExtractReport, error) {
	return ExtractReport{}, errNotBuilt
}

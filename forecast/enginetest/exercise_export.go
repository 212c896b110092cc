package enginetest

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// checkHandedOut checks that a generation of a date, current or not, is handed out
// whole and the same as it is shown.
func (x *bench) checkHandedOut(t *testing.T, d calendar.Date, generation string) {
	t.Helper()
	for _, id := range []string{generation, x.current(t, d)} {
		list, err := x.Engine.Forecasts(within(t), forecast.SeriesQuery{Date: d, Generation: id})
		if err != nil || len(list) == 0 || list[0].Generation != id {
			t.Fatalf("Forecasts(%s, %s) = %d series, %v; want those of this generation", d, id, len(list), err)
		}
		var text, file bytes.Buffer
		p, err := x.Engine.Export(within(t), forecast.ExportQuery{Date: d, Generation: id, Format: forecast.FormatCSV}, &text)
		if err != nil || p.Generation != id {
			t.Fatalf("Export(%s, %s) = %s, %v; want that generation", d, id, p.Generation, err)
		}
		if diff := cmp.Diff(shown(list), means(t, &text, int(p.Rows))); diff != "" {
			t.Errorf("generation %s as CSV differs from what Forecasts says: %s", id, diff)
		}
		if p, err = x.Engine.Export(within(t), forecast.ExportQuery{Date: d, Generation: id, Format: forecast.FormatParquet}, &file); err != nil {
			t.Fatalf("Export(%s, %s) = %v; want nil", d, id, err)
		}
		mark := []byte("PAR1")
		if content := file.Bytes(); int64(len(content)) != p.Bytes || !bytes.HasPrefix(content, mark) || !bytes.HasSuffix(content, mark) {
			t.Errorf("generation %s = %d bytes; want the %d of its Parquet file", id, len(content), p.Bytes)
		}
	}
}

// shown are the means of forecasts, by series and target date.
func shown(list []forecast.SeriesForecast) map[string]string {
	found := make(map[string]string)
	for _, s := range list {
		for _, at := range s.Points {
			found[s.Series.Parts()[0]+" "+at.Date.String()] = strconv.FormatFloat(at.Mean, 'g', -1, 64)
		}
	}
	return found
}

// means are those of a partition as CSV, which has so many rows.
func means(t *testing.T, text io.Reader, rows int) map[string]string {
	t.Helper()
	records, err := csv.NewReader(text).ReadAll()
	if err != nil || len(records) != rows+1 {
		t.Fatalf("the CSV has %d lines, %v; want %d", len(records), err, rows+1)
	}
	region, ds, mean := slices.Index(records[0], "region"), slices.Index(records[0], "ds"), slices.Index(records[0], "yhat")
	if region < 0 || ds < 0 || mean < 0 {
		t.Fatalf("columns = %q; want region, ds and yhat among them", records[0])
	}
	found := make(map[string]string)
	for _, record := range records[1:] {
		found[record[region]+" "+record[ds]] = record[mean]
	}
	return found
}

// checkNotHandedOut asks for what there is not: a date has one generation, the one
// after it has none.
func (x *bench) checkNotHandedOut(t *testing.T, made calendar.Date) {
	t.Helper()
	tests := map[string]struct {
		query forecast.ExportQuery
		want  error
	}{
		"an unknown one":  {forecast.ExportQuery{Date: made, Generation: "0123456789ab", Format: forecast.FormatCSV}, forecast.ErrNotFound},
		"nothing is made": {forecast.ExportQuery{Date: made + 1, Format: forecast.FormatParquet}, forecast.ErrNotFound},
		"no such format":  {forecast.ExportQuery{Date: made, Format: "xlsx"}, forecast.ErrInvalid},
	}
	for name, tt := range tests {
		if p, err := x.Engine.Export(within(t), tt.query, io.Discard); !errors.Is(err, tt.want) {
			t.Errorf("%s: Export = %s, %v; want %v", name, p.Generation, err, tt.want)
		}
	}
	ended, end := context.WithCancel(within(t))
	end()
	if _, err := x.Engine.Export(ended, forecast.ExportQuery{Date: made, Format: forecast.FormatParquet}, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("Export when nobody waits = %v; want that", err)
	}
	unknown := forecast.SeriesQuery{Date: made, Generation: "0123456789ab"}
	if _, err := x.Engine.Forecasts(within(t), unknown); !errors.Is(err, forecast.ErrNotFound) {
		t.Errorf("Forecasts of an unknown generation = %v; want ErrNotFound", err)
	}
}

package enginetest

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Export writes a generation. What stands for its Parquet file has the marks and the
// length of one and no rows: the Fake is no lake. A fault of "Export.Write" comes when
// the half is written.
func (f *Fake) Export(ctx context.Context, query forecast.ExportQuery, to io.Writer) (forecast.Partition, error) {
	if err := f.enter(ctx, "Export"); err != nil {
		return forecast.Partition{}, err
	}
	p, content, err := f.exported(query)
	if half := len(content) / 2; err == nil {
		_, err = to.Write(content[:half])
		if err == nil {
			err = f.enter(ctx, "Export.Write")
		}
		if err == nil {
			_, err = to.Write(content[half:])
		}
	}
	if err != nil {
		return forecast.Partition{}, fmt.Errorf("export the partition of %s: %w", query.Date, err)
	}
	return p, nil
}

func (w *world) exported(query forecast.ExportQuery) (forecast.Partition, []byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, err := w.named(query.Date, query.Generation)
	if err != nil {
		return p, nil, err
	}
	switch query.Format {
	case forecast.FormatParquet:
		const mark = "PAR1"
		content := bytes.Repeat([]byte(p.Generation), 1+int(p.Bytes)/max(1, len(p.Generation)))[:p.Bytes]
		copy(content, mark)
		copy(content[len(content)-len(mark):], mark)
		return p, content, nil
	case forecast.FormatCSV:
		return p, w.csv(w.forecastsOf(forecast.SeriesQuery{Date: query.Date}, p)), nil
	default:
		return p, nil, fmt.Errorf("%w: %q is no format of a file: it is parquet or csv", forecast.ErrInvalid, query.Format)
	}
}

// csv writes the forecasts of a generation with the columns that a target table
// begins with.
func (w *world) csv(list []forecast.SeriesForecast) []byte {
	var text bytes.Buffer
	out := csv.NewWriter(&text) // whose errors a buffer does not have
	record := append(slices.Clone(w.def.Source.Series), "ds", "yhat")
	for _, level := range w.def.Forecast.Levels {
		record = append(record, "lo"+strconv.Itoa(level), "hi"+strconv.Itoa(level))
	}
	_ = out.Write(append(record, "model"))
	number := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	for _, s := range list {
		for _, at := range s.Points {
			record = append(s.Series.Parts(), at.Date.String(), number(at.Mean))
			for k := range s.Levels {
				record = append(record, number(at.Lower[k]), number(at.Upper[k]))
			}
			_ = out.Write(append(record, s.Model))
		}
	}
	out.Flush()
	return text.Bytes()
}

// named returns a generation of a date; an empty id is that of the current one.
func (w *world) named(d calendar.Date, id string) (forecast.Partition, error) {
	if id == "" {
		id = w.facts(d).Current.Generation
	}
	p, ok := w.generation(d, func(g forecast.Partition) bool { return g.Generation == id })
	switch {
	case ok:
		return p, nil
	case id == "":
		return p, fmt.Errorf("it has no partition: %w", forecast.ErrNotFound)
	default:
		return p, fmt.Errorf("generation %s: %w", id, forecast.ErrNotFound)
	}
}

// forecastsOf returns the forecasts of a generation: those of an older one of attempt
// n are to the current one's as 100+n is to 100 and its attempt, as [Fake.Compare] has it.
func (w *world) forecastsOf(query forecast.SeriesQuery, p forecast.Partition) []forecast.SeriesForecast {
	all, planted := w.forecasts[query.Date]
	if !planted {
		all = w.demoForecasts(query, p)
	}
	factor := float64(100+p.Attempt) / float64(100+w.facts(query.Date).Current.Attempt)
	found := make([]forecast.SeriesForecast, 0, len(all))
	for _, s := range all {
		if query.Series != "" && s.Series != query.Series {
			continue
		}
		s = cloneForecast(s)
		if !p.Current {
			s.Generation, s.FallbackOf = p.Generation, p.FallbackOf
			scale(s.Points, factor)
		}
		found = append(found, s)
	}
	return found
}

func scale(points []forecast.Point, by float64) {
	for i := range points {
		points[i].Mean *= by
		for k := range points[i].Lower {
			points[i].Lower[k] *= by
			points[i].Upper[k] *= by
		}
	}
}

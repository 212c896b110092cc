package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/result"
	"github.com/daybatch/daybatch/forecast/step"
)

// Evaluation returns what the gate saw in an execution, also if it refused.
func (e *Engine) Evaluation(ctx context.Context, id forecast.ExecutionID) (forecast.Evaluation, error) {
	if e.theirs != nil {
		return e.theirs.evaluation(ctx, id)
	}
	_, a, err := e.attempt(ctx, id)
	if err != nil {
		return forecast.Evaluation{}, fmt.Errorf("read evaluation: %w", err)
	}
	none := fmt.Errorf("read evaluation of %s: it was not evaluated: %w", id, forecast.ErrNotFound)
	if a.ARN == "" {
		return forecast.Evaluation{}, none
	}
	made, err := e.made(ctx, a, forecast.TrainEvaluation)
	if err != nil {
		return forecast.Evaluation{}, err
	}
	if made.Prefix == "" {
		return forecast.Evaluation{}, none
	}
	key := made.Prefix + step.MetricsFile
	text, _, err := e.bucket.Get(ctx, key)
	if errors.Is(err, forecast.ErrNotFound) {
		return forecast.Evaluation{}, none
	}
	if err != nil {
		return forecast.Evaluation{}, fmt.Errorf("read evaluation of %s: %w", id, err)
	}
	var evaluation forecast.Evaluation
	if err := json.Unmarshal(text, &evaluation); err != nil {
		return forecast.Evaluation{}, fmt.Errorf("read evaluation of %s: %w: %s is damaged: %s", id, forecast.ErrNotFound, key, err.Error())
	}
	evaluation.Date, evaluation.Execution = a.Date, id
	return evaluation, nil
}

// made returns what a step of an attempt has made, wherever that lies: the zero
// value if it has made nothing.
func (e *Engine) made(ctx context.Context, a record.Attempt, name forecast.StepName) (record.ProgressStep, error) {
	p, err := e.progress(ctx, a.Run(), a.Date)
	if err != nil || p.Attempt != a.Attempt {
		return record.ProgressStep{}, err
	}
	made, _ := p.Step(name)
	return made, nil
}

// Partitions returns generations, newest date first, current ones first.
func (e *Engine) Partitions(ctx context.Context, query forecast.PartitionQuery) ([]forecast.Partition, error) {
	if e.theirs != nil {
		return nil, e.theirs.unsupported("", noPartitions)
	}
	first, last := "", ""
	if !query.Range.From.IsZero() {
		first = query.Range.From.String()
	}
	if !query.Range.To.IsZero() {
		last = query.Range.To.String()
	}
	records, err := e.dates.List(ctx, first, last)
	if err != nil {
		return nil, fmt.Errorf("read partitions: %w", err)
	}
	var all []forecast.Partition
	for name, r := range records {
		d, err := calendar.Parse(name)
		if err != nil {
			continue
		}
		r.Date = d
		for id, g := range r.Generations {
			if g.Deleted.IsZero() && (query.All || id == r.Current) {
				all = append(all, partitionOf(r, id))
			}
		}
	}
	slices.SortFunc(all, func(a, b forecast.Partition) int {
		switch {
		case a.Date != b.Date:
			return int(b.Date - a.Date)
		case a.Current != b.Current && a.Current:
			return -1
		case a.Current != b.Current:
			return 1
		default:
			return b.Written.Compare(a.Written)
		}
	})
	return all, nil
}

// Query runs a read-only query through Athena over the catalogue's tables.
func (e *Engine) Query(ctx context.Context, query forecast.TableQuery) (forecast.Table, error) {
	return e.catalogue.Query(ctx, query) //nolint:wrapcheck // it says what is wrong with the query
}

// Forecasts returns the forecasts of a generation ordered by series, with actuals
// before the date and, as far as they have arrived, after it.
func (e *Engine) Forecasts(ctx context.Context, query forecast.SeriesQuery) ([]forecast.SeriesForecast, error) {
	p, err := e.generation(ctx, query.Date, query.Generation)
	if err != nil {
		return nil, fmt.Errorf("read forecasts of %s: %w", query.Date, err)
	}
	frame, err := e.readGeneration(ctx, p.Date, p.Generation)
	if err != nil {
		return nil, fmt.Errorf("read forecasts of %s: %w", query.Date, err)
	}
	list, err := result.Series(frame, e.definition, query, p)
	if err != nil {
		return nil, fmt.Errorf("read forecasts of %s: %w", query.Date, err)
	}
	return list, e.addActuals(ctx, list, query)
}

// generation returns a generation of a date; an empty id is that of the one which
// the date's pointer names.
func (e *Engine) generation(ctx context.Context, d calendar.Date, id string) (forecast.Partition, error) {
	if e.theirs != nil {
		return forecast.Partition{}, e.theirs.unsupported("", noPartitions)
	}
	r, err := e.dates.Load(ctx, d.String())
	if err != nil {
		return forecast.Partition{}, err //nolint:wrapcheck // it names the object
	}
	r.Date = d
	var list []forecast.Partition
	if r.Current != "" {
		list = append(list, partitionOf(r, r.Current))
	}
	for id, g := range r.Generations {
		if g.Deleted.IsZero() && id != r.Current {
			list = append(list, partitionOf(r, id))
		}
	}
	return result.Generation(list, id) //nolint:wrapcheck // the caller names the date
}

// Export writes the object of a generation to a writer.
func (e *Engine) Export(ctx context.Context, query forecast.ExportQuery, to io.Writer) (forecast.Partition, error) {
	fail := func(err error) (forecast.Partition, error) {
		return forecast.Partition{}, fmt.Errorf("export the partition of %s: %w", query.Date, err)
	}
	p, err := e.generation(ctx, query.Date, query.Generation)
	if err != nil {
		return fail(err)
	}
	path, err := e.fetch(ctx, e.generationKey(p.Date, p.Generation))
	if err != nil {
		return fail(err)
	}
	if err := e.data.Export(ctx, path, query.Format, to); err != nil {
		return fail(err)
	}
	return p, nil
}

// generationKey is the key of the file of a generation.
func (e *Engine) generationKey(d calendar.Date, generation string) string {
	return naming.GenerationPrefix(e.definition.Target.Table, d, generation) + lake.PartFile
}

// readGeneration reads the rows of a generation. Its file never changes, so it
// is fetched once.
func (e *Engine) readGeneration(ctx context.Context, d calendar.Date, generation string) (*lake.Frame, error) {
	return e.readObject(ctx, e.generationKey(d, generation))
}

// readObject reads a Parquet file that never changes, through the cache.
func (e *Engine) readObject(ctx context.Context, key string, columns ...string) (*lake.Frame, error) {
	path, err := e.fetch(ctx, key)
	if err != nil {
		return nil, err
	}
	return e.data.ReadParquet(ctx, path, columns...) //nolint:wrapcheck // it names the file
}

// fetch returns the copy in the cache of an object that never changes.
func (e *Engine) fetch(ctx context.Context, key string) (string, error) {
	path := filepath.Join(e.options.Cache, e.bucket.Name, filepath.FromSlash(e.bucket.Prefix+key))
	if _, err := os.Stat(path); err != nil {
		if err := e.bucket.Download(ctx, key, path); err != nil {
			return "", err //nolint:wrapcheck // it names the object
		}
	}
	return path, nil
}

// addActuals adds what the source had: from the newest extract, and for dates
// before its history from the date's own.
func (e *Engine) addActuals(ctx context.Context, list []forecast.SeriesForecast, query forecast.SeriesQuery) error {
	window := result.ActualsWindow(e.definition, query)
	keys, err := e.extracts(ctx, query.Date)
	if err != nil {
		return err
	}
	for _, key := range keys {
		frame, err := e.readObject(ctx, key, result.ActualColumns(e.definition)...)
		if err != nil {
			return nil //nolint:nilerr // it has expired: a forecast without actuals is better than none
		}
		first, err := result.AddActuals(list, frame, e.definition, window)
		if err != nil || first <= window.From {
			return err //nolint:wrapcheck // it names the column
		}
		window.To = first - 1
	}
	return nil
}

// extracts returns the keys of what the newest date and a date itself extracted.
func (e *Engine) extracts(ctx context.Context, d calendar.Date) ([]string, error) {
	records, err := e.dates.List(ctx, d.String(), "")
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the objects
	}
	var keys []string
	for _, a := range newestAndOwn(records, d) {
		made, err := e.made(ctx, a, forecast.Extract)
		if err != nil {
			return nil, err
		}
		if made.Prefix != "" { // else it has expired
			keys = append(keys, made.Prefix+step.RowsFile)
		}
	}
	return slices.Compact(keys), nil
}

// newestAndOwn returns the last successful attempts of the newest date that has
// one and of a date itself.
func newestAndOwn(records map[string]record.Date, d calendar.Date) []record.Attempt {
	var newest, own record.Attempt
	for _, r := range records {
		for _, a := range r.Attempts {
			if a.ARN == "" || a.Status != forecast.Succeeded {
				continue
			}
			if a.Date >= newest.Date {
				newest = a
			}
			if a.Date == d {
				own = a
			}
		}
	}
	return slices.DeleteFunc([]record.Attempt{newest, own}, func(a record.Attempt) bool { return a.ARN == "" })
}

// Compare compares two generations of a date.
func (e *Engine) Compare(ctx context.Context, query forecast.CompareQuery) (forecast.Comparison, error) {
	if e.theirs != nil {
		return forecast.Comparison{}, e.theirs.unsupported("", noPartitions)
	}
	generations, err := e.Partitions(ctx, forecast.PartitionQuery{Range: calendar.Range{From: query.Date, To: query.Date}, All: true})
	if err != nil {
		return forecast.Comparison{}, fmt.Errorf("compare generations of %s: %w", query.Date, err)
	}
	from, to, err := result.Pair(generations, query)
	if err != nil {
		return forecast.Comparison{}, fmt.Errorf("compare generations of %s: %w", query.Date, err)
	}
	totalsFrom, err := e.totals(ctx, from)
	if err != nil {
		return forecast.Comparison{}, err
	}
	totalsTo, err := e.totals(ctx, to)
	if err != nil {
		return forecast.Comparison{}, err
	}
	c := result.Compare(from, to, totalsFrom, totalsTo)
	r, err := e.dates.Load(ctx, query.Date.String())
	c.MetricsFrom, c.MetricsTo = metricsOf(r, from), metricsOf(r, to)
	return c, err //nolint:wrapcheck // it names the object
}

func (e *Engine) totals(ctx context.Context, p forecast.Partition) (result.Totals, error) {
	if p.Generation == "" {
		return nil, nil //nolint:nilnil // a date without a partition has no series
	}
	frame, err := e.readGeneration(ctx, p.Date, p.Generation)
	if err != nil {
		return nil, fmt.Errorf("read generation %s of %s: %w", p.Generation, p.Date, err)
	}
	totals, err := result.TotalsOf(frame, e.definition)
	if err != nil {
		return nil, fmt.Errorf("read generation %s of %s: %w", p.Generation, p.Date, err)
	}
	return totals, nil
}

// metricsOf returns what the gate saw of a generation, nil if that isn't known.
func metricsOf(r record.Date, p forecast.Partition) forecast.Measures {
	if a, err := r.Attempt(p.Attempt); err == nil && p.Generation != "" {
		return maps.Clone(a.Metrics)
	}
	return nil
}

//go:build unix

package local

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/result"
)

// Evaluation returns what the gate saw in an execution, also if it refused.
func (e *Engine) Evaluation(ctx context.Context, id forecast.ExecutionID) (forecast.Evaluation, error) {
	execution, err := e.store.Execution(ctx, id)
	if err != nil {
		return forecast.Evaluation{}, fmt.Errorf("read evaluation: %w", err)
	}
	dir, err := e.latestTry(ctx, id, forecast.TrainEvaluation)
	if err != nil {
		return forecast.Evaluation{}, err
	}
	if dir == "" {
		return forecast.Evaluation{}, fmt.Errorf("read evaluation of %s: it was not evaluated: %w", id, forecast.ErrNotFound)
	}
	evaluation, err := readEvaluation(e.outputDir(forecast.TrainEvaluation, dir))
	if err != nil {
		return forecast.Evaluation{}, fmt.Errorf("read evaluation of %s: %w: %s", id, forecast.ErrNotFound, err.Error())
	}
	evaluation.Date, evaluation.Execution = execution.Date, id
	return evaluation, nil
}

// latestTry returns the directory of the try whose output of a step counts in
// an execution, or of its last try; empty if there is none.
func (e *Engine) latestTry(ctx context.Context, id forecast.ExecutionID, name forecast.StepName) (string, error) {
	records, err := e.store.Records(ctx, id)
	if err != nil {
		return "", err //nolint:wrapcheck // the store names the execution
	}
	for _, record := range records {
		if record.Name == name && record.Outputs.Dir != "" {
			return record.Outputs.Dir, nil
		}
	}
	tries, err := e.store.Tries(ctx, id)
	dir := ""
	for _, try := range tries {
		if try.Step == name {
			dir = try.Dir
		}
	}
	return dir, err //nolint:wrapcheck // the store names the execution
}

// Partitions returns generations, newest date first, current ones first.
func (e *Engine) Partitions(ctx context.Context, query forecast.PartitionQuery) ([]forecast.Partition, error) {
	return e.store.Partitions(ctx, query) //nolint:wrapcheck // the store says what was read
}

// Query runs a read-only query over the target table and the sources.
func (e *Engine) Query(ctx context.Context, query forecast.TableQuery) (forecast.Table, error) {
	partitions, err := e.store.Partitions(ctx, forecast.PartitionQuery{})
	if err != nil {
		return forecast.Table{}, err //nolint:wrapcheck // the store says what was read
	}
	d := e.definition
	request := lake.QueryRequest{
		SQL: query.SQL, Limit: query.Limit, Table: d.Target.Table, Layout: e.layout(), Project: e.dir, Sources: d.Source.Files, Dates: d.Source.DateFormat,
	}
	for _, p := range partitions {
		request.Files = append(request.Files, lake.PartitionFile{Date: p.Date, Path: e.generationFile(p)})
	}
	return e.data.Query(ctx, request) //nolint:wrapcheck // the lake says what is wrong with the query
}

func (e *Engine) layout() lake.Layout {
	return lake.Layout{Series: e.definition.Source.Series, Levels: e.definition.Forecast.Levels}
}

// generationFile is the immutable file of a partition; its place follows from
// the project's, which may have moved.
func (e *Engine) generationFile(p forecast.Partition) string {
	return filepath.Join(e.lake.Generation(p.Date, p.Generation), lake.PartFile)
}

// Forecasts returns the forecasts of a generation ordered by series, with actuals
// before the date and, as far as they have arrived, after it.
func (e *Engine) Forecasts(ctx context.Context, query forecast.SeriesQuery) ([]forecast.SeriesForecast, error) {
	p, err := e.generation(ctx, query.Date, query.Generation)
	if err != nil {
		return nil, fmt.Errorf("read forecasts of %s: %w", query.Date, err)
	}
	frame, err := e.data.ReadParquet(ctx, e.generationFile(p))
	if err != nil {
		return nil, fmt.Errorf("read forecasts of %s: %w", query.Date, err)
	}
	list, err := result.Series(frame, e.definition, query, p)
	if err != nil {
		return nil, fmt.Errorf("read forecasts of %s: %w", query.Date, err)
	}
	return list, e.addActuals(ctx, list, query)
}

// generation returns a generation of a date; an empty id is that of the current one.
func (e *Engine) generation(ctx context.Context, d calendar.Date, id string) (forecast.Partition, error) {
	list, err := e.generations(ctx, d)
	if err != nil {
		return forecast.Partition{}, err
	}
	return result.Generation(list, id) //nolint:wrapcheck // the caller names the date
}

// Export writes the file of a generation to a writer.
func (e *Engine) Export(ctx context.Context, query forecast.ExportQuery, to io.Writer) (forecast.Partition, error) {
	p, err := e.generation(ctx, query.Date, query.Generation)
	if err == nil {
		err = e.data.Export(ctx, e.generationFile(p), query.Format, to)
	}
	if err != nil {
		return forecast.Partition{}, fmt.Errorf("export the partition of %s: %w", query.Date, err)
	}
	return p, nil
}

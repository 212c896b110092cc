//go:build unix

package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/realised"
	"github.com/daybatch/daybatch/forecast/realised/keep"
	"github.com/daybatch/daybatch/forecast/step"
)

// keepTime is how often it is looked whether forecasts have come true.
const keepTime = time.Minute

// realisedDir holds what published forecasts came to, below the state.
const realisedDir = "realised"

// Realised compares what was published with what was observed since.
func (e *Engine) Realised(ctx context.Context, query forecast.RealisedQuery) (forecast.Realised, error) {
	return e.keeper(e.data).Realised(ctx, query) //nolint:wrapcheck // it says what it did
}

// Drift returns the newest time that published forecasts were worse than expected.
func (e *Engine) Drift(ctx context.Context) (forecast.Drift, error) {
	return e.keeper(e.data).Drift(ctx) //nolint:wrapcheck // it says what was read
}

func (e *Engine) keeper(data *lake.DB) keep.Keeper {
	return keep.Keeper{
		DB: data, Definition: e.definition, Source: scored{e}, Shelf: shelf(filepath.Join(e.dir, StateDir, realisedDir)),
		Now: e.options.Now, Expected: e.expected, ReadOnly: e.options.ReadOnly,
	}
}

// keepRealised keeps what published forecasts came to until ctx ends, and notes
// drift: beside whatever runs, which never waits for it.
func (e *Engine) keepRealised(ctx context.Context) {
	keep.Follower{Every: e.keepEvery, Now: e.options.Now, Log: e.options.Log, Look: e.lookBack}.Follow(ctx)
}

// lookBack keeps what published forecasts came to, and notes it if they have
// become worse than expected. What was kept by a process that ended before it noted
// that is noted by the next one. It has a DuckDB of its own: a server is idle between
// two looks, and a DuckDB that stayed open would be most of its memory.
func (e *Engine) lookBack(ctx context.Context) error {
	data, err := lake.Open(ctx, lake.Options{Threads: 1})
	if err != nil {
		return err //nolint:wrapcheck // it says what it did
	}
	d, err := e.keeper(data).Keep(ctx)
	if err = errors.Join(err, data.Close()); err != nil {
		return err
	}
	return e.store.NoteDrift(ctx, d) //nolint:wrapcheck // the store says what was noted
}

// expected returns what the newest evaluations of each weekday up to a date let expect, or
// of any date if none before does; nil if none at all.
func (e *Engine) expected(ctx context.Context, upTo calendar.Date) ([]forecast.OriginErrors, error) {
	before, err := e.expectedOf(ctx, forecast.DayQuery{Range: calendar.Range{To: upTo}})
	if err != nil || before != nil {
		return before, err
	}
	return e.expectedOf(ctx, forecast.DayQuery{})
}

func (e *Engine) expectedOf(ctx context.Context, query forecast.DayQuery) ([]forecast.OriginErrors, error) {
	days, err := e.Days(ctx, query)
	if err != nil {
		return nil, err
	}
	week := realised.NewWeek()
	for _, day := range days {
		if day.Metrics == nil || !week.Wants(day.Date) {
			continue
		}
		attempts, err := e.Executions(ctx, day.Date)
		if err != nil {
			return nil, err
		}
		for _, a := range slices.Backward(attempts) {
			evaluation, err := e.Evaluation(ctx, a.ID)
			if err == nil && len(evaluation.Expected) > 0 {
				week.Add(evaluation)
				break
			}
			if err != nil && !errors.Is(err, forecast.ErrNotFound) {
				return nil, err
			}
		}
	}
	return week.Errors(), nil
}

// scored is the engine as that of what is scored.
type scored struct{ *Engine }

// PartitionFile returns the path of a generation's file.
func (s scored) PartitionFile(_ context.Context, p forecast.Partition) (string, error) {
	return s.generationFile(p), nil
}

// NewestExtract returns the newest extract, as far as it is on disk.
func (s scored) NewestExtract(ctx context.Context) (keep.Extract, error) {
	ids, err := s.store.Extracts(ctx, calendar.Of(1, 1, 1))
	if err != nil || len(ids) == 0 {
		return keep.Extract{}, err //nolint:wrapcheck // the store says what was read
	}
	execution, err := s.store.Execution(ctx, ids[0])
	if err != nil {
		return keep.Extract{}, err //nolint:wrapcheck // the store names the execution
	}
	found := keep.Extract{ID: execution.ID, Date: execution.Date}
	dir, err := s.latestTry(ctx, execution.ID, forecast.Extract)
	if err != nil {
		return keep.Extract{}, err
	}
	found.File = func(ctx context.Context) (string, error) {
		return shelf(s.outputDir(forecast.Extract, dir)).Fetch(ctx, step.RowsFile)
	}
	return found, nil
}

// shelf is a directory of files that are replaced by rename.
type shelf string

// Fetch returns the path of a file.
func (s shelf) Fetch(_ context.Context, name string) (string, error) {
	path := filepath.Join(string(s), name)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s: %w", path, forecast.ErrNotFound)
	}
	return path, nil
}

// Put keeps a file in place of the one of that name.
func (s shelf) Put(_ context.Context, name, path string) error {
	text, err := os.ReadFile(path) //nolint:gosec // the keeper's own file
	if err != nil {
		return fmt.Errorf("keep %s: %w", name, err)
	}
	if err := os.MkdirAll(string(s), 0o755); err != nil { //nolint:gosec // the team reads it
		return unwritable(string(s), err)
	}
	file, err := os.CreateTemp(string(s), "."+name+"-*")
	if err != nil {
		return unwritable(string(s), err)
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Chmod(0o644), file.Close()); err == nil {
		err = os.Rename(file.Name(), filepath.Join(string(s), name))
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return unwritable(filepath.Join(string(s), name), err)
	}
	return nil
}

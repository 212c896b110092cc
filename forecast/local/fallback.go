//go:build unix

package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/fallback"
	"github.com/daybatch/daybatch/forecast/fallback/policy"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/local/internal/store"
	"github.com/daybatch/daybatch/forecast/logkey"
	"github.com/daybatch/daybatch/forecast/step"
)

// fallbacksDir holds fallbacks while they are built, below the state.
const fallbacksDir = "fallbacks"

// fallbackNumber gives the columns of fallbacks a place in the file apart from
// those of any of the date's attempts.
const fallbackNumber = 255

// PlanFallback says with what a date would be filled, and changes nothing.
func (e *Engine) PlanFallback(ctx context.Context, date calendar.Date) (forecast.FallbackPlan, error) {
	p, err := e.planFallback(ctx, date)
	if err != nil {
		return forecast.FallbackPlan{}, fmt.Errorf("plan a fallback for %s: %w", date, err)
	}
	return p, nil
}

func (e *Engine) planFallback(ctx context.Context, date calendar.Date) (forecast.FallbackPlan, error) {
	days, err := e.Days(ctx, forecast.DayQuery{Range: calendar.Range{From: date, To: date}})
	if err != nil {
		return forecast.FallbackPlan{}, err
	}
	before, err := e.store.Partitions(ctx, forecast.PartitionQuery{Range: fallback.Sources(date, fallback.MaxAge(e.definition))})
	if err != nil {
		return forecast.FallbackPlan{}, err //nolint:wrapcheck // the store says what was read
	}
	return fallback.Plan(days[0], before, e.definition), nil
}

// Fallback fills a date that has no forecast of its own.
func (e *Engine) Fallback(ctx context.Context, request forecast.FallbackRequest) (forecast.Partition, error) {
	if e.options.ReadOnly {
		return forecast.Partition{}, fmt.Errorf("fill %s: %w", request.Date, forecast.ErrReadOnly)
	}
	p, err := e.mendAndPlan(ctx, request.Date)
	if err == nil {
		err = fallback.Admit(p, request)
	}
	if err != nil {
		return forecast.Partition{}, fmt.Errorf("fill %s: %w", request.Date, err)
	}
	return e.fill(ctx, p, request.Actor)
}

// mendAndPlan plans a fallback by what is published: a process that died in the
// middle of a publish may have left the records behind.
func (e *Engine) mendAndPlan(ctx context.Context, date calendar.Date) (forecast.FallbackPlan, error) {
	if err := e.store.Mend(ctx, date); err != nil {
		return forecast.FallbackPlan{}, err //nolint:wrapcheck // the store names the date
	}
	return e.planFallback(ctx, date)
}

// fill builds a fallback and publishes it.
func (e *Engine) fill(ctx context.Context, p forecast.FallbackPlan, actor string) (forecast.Partition, error) {
	state := filepath.Join(e.dir, StateDir, fallbacksDir)
	if err := os.MkdirAll(state, 0o755); err != nil { //nolint:gosec // the team reads logs
		return forecast.Partition{}, unwritable(state, err)
	}
	built, err := os.MkdirTemp(state, p.Date.String()+"-")
	if err != nil {
		return forecast.Partition{}, unwritable(state, err)
	}
	defer func() { _ = os.RemoveAll(built) }()
	manifest, from, err := e.buildFallback(ctx, p, built)
	if err != nil {
		return forecast.Partition{}, err
	}
	if err := e.lake.Install(p.Date, manifest.Generation, built); err != nil {
		return forecast.Partition{}, err //nolint:wrapcheck // the lake names the file
	}
	path := filepath.Join(e.lake.Generation(p.Date, manifest.Generation), lake.PartFile)
	if err := e.store.PutFallback(ctx, store.FallbackGeneration{
		Generation: generationOf(manifest, path), Date: p.Date, Of: manifest.FallbackOf, Model: manifest.FallbackModel, From: from,
	}); err != nil {
		return forecast.Partition{}, err //nolint:wrapcheck // the store names the generation
	}
	err = e.swap(ctx, p.Date, manifest.Generation, func(swap func() error) error {
		return e.store.Point(ctx, store.Pointing{ //nolint:wrapcheck // the store names the date
			Date: p.Date, From: p.Replaces, To: manifest.Generation, Kind: store.KindFallback, Actor: actor,
		}, swap)
	})
	if err != nil {
		return forecast.Partition{}, err
	}
	e.options.Log.InfoContext(ctx, "date filled", slog.String(logkey.Date, p.Date.String()), slog.String(logkey.Reason, p.Reason))
	e.pulse.Beat()
	generations, err := e.generations(ctx, p.Date)
	if err != nil || len(generations) == 0 {
		return forecast.Partition{}, err
	}
	return generations[0], nil
}

// buildFallback builds a fallback in a directory, and returns the execution that
// it stems from.
func (e *Engine) buildFallback(ctx context.Context, p forecast.FallbackPlan, dir string) (step.Manifest, forecast.ExecutionID, error) {
	f := step.Fallback{Plan: p, Generation: newGeneration(), Definition: e.definition, Number: fallbackNumber}
	if p.Model == "" {
		f.Source = e.generationFile(p.Source)
		f.Seen = func(ctx context.Context) (string, error) { return e.seen(ctx, p.Date) }
		manifest, err := step.BuildFallback(ctx, e.data, dir, f)
		return manifest, p.Source.Execution, err //nolint:wrapcheck // it names the dates
	}
	extracts, err := e.extractsFor(ctx, p.Date)
	if err != nil {
		return step.Manifest{}, "", err
	}
	for _, extract := range extracts {
		f.Rows = extract.rows
		manifest, err := step.BuildFallback(ctx, e.data, dir, f)
		if !errors.Is(err, forecast.ErrNotFound) {
			return manifest, extract.execution, err //nolint:wrapcheck // it names the dates
		}
	}
	f.Rows = ""
	_, err = step.BuildFallback(ctx, e.data, dir, f)
	return step.Manifest{}, "", err //nolint:wrapcheck // it says that there are no data
}

// seen returns the newest rows that have the data up to a date; empty if none are on disk.
func (e *Engine) seen(ctx context.Context, date calendar.Date) (string, error) {
	extracts, err := e.extractsFor(ctx, date)
	if err != nil || len(extracts) == 0 {
		return "", err
	}
	return extracts[0].rows, nil
}

// extract is the output of an Extract that is on disk.
type extract struct {
	execution forecast.ExecutionID
	rows      string
}

// extractsFor returns the extracts that may have the data up to a date: the newest
// one, and the date's own.
func (e *Engine) extractsFor(ctx context.Context, date calendar.Date) ([]extract, error) {
	const recent = 28
	var list []extract
	for _, from := range []calendar.Date{date - recent, date} {
		ids, err := e.store.Extracts(ctx, from)
		if err != nil {
			return nil, err //nolint:wrapcheck // the store says what was read
		}
		for _, id := range ids {
			dir, err := e.latestTry(ctx, id, forecast.Extract)
			if err != nil {
				return nil, err
			}
			rows := filepath.Join(e.outputDir(forecast.Extract, dir), step.RowsFile)
			if _, err := os.Stat(rows); err == nil {
				list = append(list, extract{execution: id, rows: rows})
			}
		}
	}
	return list, nil
}

// policy is on_missing on this engine.
func (e *Engine) policy() policy.Policy {
	return policy.Policy{
		On:   e.definition.OnMissing == forecast.OnMissingFallback,
		Days: e.Days, Plan: e.mendAndPlan, Fill: e.fill, Deadline: e.calendar.Deadline, Now: e.options.Now,
	}
}

// fillAfter fills a date whose attempt has ended, if the policy says so. That it
// can't is no failure of the attempt.
func (e *Engine) fillAfter(ctx context.Context, date calendar.Date) {
	if err := e.policy().Dates(ctx, date); err != nil {
		e.options.Log.WarnContext(ctx, "fill a date", slog.String(logkey.Date, date.String()), slog.String(logkey.Error, err.Error()))
	}
}

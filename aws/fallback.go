package aws

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/fallback"
	"github.com/daybatch/daybatch/forecast/fallback/policy"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/logkey"
	"github.com/daybatch/daybatch/forecast/step"
)

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
	before, err := e.Partitions(ctx, forecast.PartitionQuery{Range: fallback.Sources(date, fallback.MaxAge(e.definition))})
	if err != nil {
		return forecast.FallbackPlan{}, err
	}
	return fallback.Plan(days[0], before, e.definition), nil
}

// Fallback fills a date that has no forecast of its own. It is made here, not in a
// job: it takes seconds, and a job minutes to start.
func (e *Engine) Fallback(ctx context.Context, request forecast.FallbackRequest) (forecast.Partition, error) {
	if e.options.ReadOnly {
		return forecast.Partition{}, fmt.Errorf("fill %s: %w", request.Date, forecast.ErrReadOnly)
	}
	p, err := e.planFallback(ctx, request.Date)
	if err == nil {
		err = fallback.Admit(p, request)
	}
	if err != nil {
		return forecast.Partition{}, fmt.Errorf("fill %s: %w", request.Date, err)
	}
	filled, err := e.fill(ctx, p, request.Actor)
	if err == nil {
		e.shown(ctx)
	}
	return filled, err
}

// fill builds a fallback, puts it under a prefix of its own, and commits it to the
// record of the date.
func (e *Engine) fill(ctx context.Context, p forecast.FallbackPlan, actor string) (forecast.Partition, error) {
	dir, err := os.MkdirTemp("", "daybatch-fallback-")
	if err != nil {
		return forecast.Partition{}, fmt.Errorf("fill %s: %w: %s", p.Date, forecast.ErrUnavailable, err.Error())
	}
	defer func() { _ = os.RemoveAll(dir) }()
	g, err := e.buildFallback(ctx, p, dir)
	if err != nil {
		return forecast.Partition{}, err
	}
	prefix := naming.GenerationPrefix(e.definition.Target.Table, p.Date, g.Generation)
	for _, name := range []string{lake.PartFile, lake.ManifestFile} { // the manifest makes it whole
		if _, err := e.bucket.Upload(ctx, prefix+name, filepath.Join(dir, name)); err != nil {
			return forecast.Partition{}, fmt.Errorf("fill %s: %w", p.Date, err)
		}
	}
	r, err := e.dates.Change(ctx, p.Date.String(), func(r record.Date) (record.Date, error) {
		r.Date = p.Date
		return r.Fill(g, p.Replaces, actor, e.options.Now())
	})
	if err != nil {
		return forecast.Partition{}, err //nolint:wrapcheck // it names the date
	}
	e.options.Log.InfoContext(ctx, "date filled", slog.String(logkey.Date, p.Date.String()), slog.String(logkey.Reason, p.Reason))
	e.pulse.Beat()
	return partitionOf(r, r.Current), e.point(ctx, p.Date)
}

// buildFallback builds a fallback in a directory.
func (e *Engine) buildFallback(ctx context.Context, p forecast.FallbackPlan, dir string) (record.Generation, error) {
	f := step.Fallback{Plan: p, Generation: e.options.NewID(), Definition: e.definition}
	manifest, err := e.buildFrom(ctx, f, dir)
	if err != nil {
		return record.Generation{}, err
	}
	described, err := step.Describe(dir, lake.ManifestFile)
	if err != nil {
		return record.Generation{}, err //nolint:wrapcheck // it names the file
	}
	prefix := naming.GenerationPrefix(e.definition.Target.Table, p.Date, f.Generation)
	return record.Generation{
		Partition: forecast.Partition{
			Date: p.Date, Table: e.definition.Target.Table, Generation: f.Generation, Kind: forecast.GenerationFallback,
			FallbackOf: manifest.FallbackOf, FallbackModel: manifest.FallbackModel,
			Rows: manifest.Rows, Bytes: manifest.Files[0].Bytes, Series: manifest.Series,
			Path: naming.URI(e.bucket.Name, e.bucket.Prefix, prefix), Written: e.options.Now(),
		},
		Manifest: described.SHA256,
	}, nil
}

func (e *Engine) buildFrom(ctx context.Context, f step.Fallback, dir string) (step.Manifest, error) {
	p := f.Plan
	if p.Model == "" {
		var err error
		key := naming.GenerationPrefix(e.definition.Target.Table, p.Of, p.Source.Generation) + lake.PartFile
		if f.Source, err = e.fetch(ctx, key); err != nil {
			return step.Manifest{}, err
		}
		f.Seen = func(ctx context.Context) (string, error) { return e.seen(ctx, p.Date) }
		return step.BuildFallback(ctx, e.data, dir, f) //nolint:wrapcheck // it names the dates
	}
	keys, err := e.extractsFor(ctx, p.Date)
	if err != nil {
		return step.Manifest{}, err
	}
	for _, key := range keys {
		f.Rows, err = e.fetch(ctx, key)
		if errors.Is(err, forecast.ErrNotFound) {
			continue // it has expired
		}
		if err != nil {
			return step.Manifest{}, err
		}
		manifest, err := step.BuildFallback(ctx, e.data, dir, f)
		if !errors.Is(err, forecast.ErrNotFound) {
			return manifest, err //nolint:wrapcheck // it names the dates
		}
	}
	f.Rows = ""
	return step.BuildFallback(ctx, e.data, dir, f) //nolint:wrapcheck // it says that there are no data
}

// seen returns the path of a copy of the newest rows that have the data up to a date;
// empty if all have expired.
func (e *Engine) seen(ctx context.Context, date calendar.Date) (string, error) {
	keys, err := e.extractsFor(ctx, date)
	if err != nil {
		return "", err
	}
	for _, key := range keys {
		if path, err := e.fetch(ctx, key); !errors.Is(err, forecast.ErrNotFound) {
			return path, err
		}
	}
	return "", nil
}

// extractsFor returns the keys of the extracts that may have the data up to a
// date: the newest one, and the date's own.
func (e *Engine) extractsFor(ctx context.Context, date calendar.Date) ([]string, error) {
	const recent = 28
	newest, err := e.extracts(ctx, date-recent)
	if err != nil {
		return nil, err
	}
	own, err := e.extracts(ctx, date)
	return append(newest, own...), err
}

// policy is on_missing on this engine.
func (e *Engine) policy() policy.Policy {
	return policy.Policy{
		On:   e.definition.OnMissing == forecast.OnMissingFallback,
		Days: e.Days, Plan: e.planFallback, Fill: e.fill, Deadline: e.calendar.Deadline, Now: e.options.Now,
	}
}

// fillAfter fills the dates of a plan that came to nothing, if the policy says so.
// That it can't is no failure of the plan.
func (e *Engine) fillAfter(ctx context.Context, id forecast.PlanID) {
	p := e.policy()
	if !p.On || ctx.Err() != nil {
		return
	}
	stored, err := e.plan(ctx, id)
	if err == nil && stored.Plan.Request.Publish != forecast.PublishStaged {
		var dates []calendar.Date
		for _, row := range stored.Plan.Rows {
			if row.State == forecast.RowFailed || row.State == forecast.RowGated {
				dates = append(dates, row.Date)
			}
		}
		err = p.Dates(ctx, dates...)
	}
	if err != nil {
		e.options.Log.WarnContext(ctx, "fill dates", slog.String(logkey.Plan, string(id)), slog.String(logkey.Error, err.Error()))
	}
}

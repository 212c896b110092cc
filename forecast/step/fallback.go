package step

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/fallback"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/result"
	"github.com/daybatch/daybatch/forecast/series"
)

// Fallback is a partition to be built that is not a date's own forecast.
type Fallback struct {
	Plan       forecast.FallbackPlan
	Generation string // to be built
	Definition forecast.Definition
	// Source is the file of the forecast that is taken; empty if Rows are the
	// observations that a naive one is made of.
	Source, Rows string
	// Seen, if not nil, returns the path of observations that say what special days do, or
	// an error wrapping forecast.ErrNotFound. It is called only if a forecast that is
	// carried on comes to special days.
	Seen func(ctx context.Context) (string, error)
	// Number gives the columns a place in the file of their own, as the number of
	// an attempt does.
	Number int
}

// BuildFallback makes the partition of a fallback in a directory, which is made:
// its file, in which each row says what it is, and the manifest, last. It wraps
// forecast.ErrNotFound if there are no data for a naive forecast, and
// forecast.ErrInvalid if the forecast is not one of the definition's.
func BuildFallback(ctx context.Context, db *lake.DB, dir string, f Fallback) (Manifest, error) {
	list, err := f.forecasts(ctx, db)
	if err != nil {
		return Manifest{}, err
	}
	of := list[0].FallbackOf
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // data that other users may read
		return Manifest{}, failf(forecast.ReasonInfrastructure, "make directory: %w", err)
	}
	path := filepath.Join(dir, lake.PartFile)
	stamp := result.Stamp{Generation: f.Generation, Kind: forecast.GenerationFallback, MadeFor: of, Age: int(f.Plan.Date - of)}
	options := lake.ParquetOptions{Attempt: f.Number, Metadata: map[string]string{
		lake.GenerationKey: f.Generation, "daybatch.date": f.Plan.Date.String(), "daybatch.fallback_of": of.String(),
	}}
	if err := db.WriteParquet(ctx, path, result.Partition(list, f.Definition, stamp), options); err != nil {
		return Manifest{}, err //nolint:wrapcheck // it names the file and what to do
	}
	file, err := Describe(dir, lake.PartFile)
	if err != nil {
		return Manifest{}, err
	}
	hash, err := f.Definition.Hash()
	if err != nil {
		return Manifest{}, err //nolint:wrapcheck // it says what it did
	}
	horizon := f.Definition.Forecast.Horizon
	manifest := Manifest{
		Generation: f.Generation, Date: f.Plan.Date, Definition: hash, Rows: int64(len(list) * horizon), Series: len(list),
		First: f.Plan.Date + 1, Last: f.Plan.Date + calendar.Date(horizon), Levels: f.Definition.Forecast.Levels, Files: []File{file},
		Kind: forecast.GenerationFallback, FallbackOf: of, FallbackModel: f.Plan.Model, Source: f.Plan.Source.Generation,
	}
	text, err := json.MarshalIndent(manifest, "", "  ")
	if err != nil {
		return Manifest{}, fmt.Errorf("write manifest: %w", err)
	}
	return manifest, writeWhole(filepath.Join(dir, lake.ManifestFile), append(text, '\n'))
}

// forecasts returns the forecasts that fill the date, at least one.
func (f Fallback) forecasts(ctx context.Context, db *lake.DB) ([]forecast.SeriesForecast, error) {
	special, err := newSpecialDays(f.Definition)
	if err != nil {
		return nil, err
	}
	target := fallback.Target{Date: f.Plan.Date, Horizon: f.Definition.Forecast.Horizon}
	target.ClassOf = func(key series.Key) func(calendar.Date) calendar.Class {
		class := special.of(key)
		return func(day calendar.Date) calendar.Class { return calendar.Class(class(day)) }
	}
	if f.Source == "" {
		return f.naive(ctx, db, target)
	}
	frame, err := db.ReadParquet(ctx, f.Source)
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the file
	}
	list, err := result.Series(frame, f.Definition, forecast.SeriesQuery{Date: f.Plan.Of}, f.Plan.Source)
	if err != nil {
		return nil, fmt.Errorf("fill %s with the forecast of %s, which is of another layout: %w: %s", f.Plan.Date, f.Plan.Of, forecast.ErrInvalid, err.Error())
	}
	if err := f.learn(ctx, db, special, &target); err != nil {
		return nil, err
	}
	if list, err = fallback.Shift(list, target); err == nil && len(list) == 0 {
		err = fmt.Errorf("fill %s: the forecast of %s is empty: %w", f.Plan.Date, f.Plan.Of, forecast.ErrNotFound)
	}
	return list, err //nolint:wrapcheck // it names the dates
}

func (f Fallback) naive(ctx context.Context, db *lake.DB, target fallback.Target) ([]forecast.SeriesForecast, error) {
	none := fmt.Errorf("fill %s: there is no good forecast of the %d days before it, and no series has data enough for a naive one: %w",
		f.Plan.Date, fallback.MaxAge(f.Definition), forecast.ErrNotFound)
	if f.Rows == "" {
		return nil, none
	}
	histories, err := readHistories(ctx, db, f.Rows, f.Definition)
	if err != nil {
		return nil, err
	}
	list, _ := fallback.Forecast(histories, target, f.Definition.Forecast.Levels)
	if len(list) == 0 {
		return nil, none
	}
	return list, nil
}

// readHistories reads what an extract found.
func readHistories(ctx context.Context, db *lake.DB, path string, d forecast.Definition) ([]fallback.History, error) {
	frame, err := db.ReadParquet(ctx, path, result.ActualColumns(d)...)
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the file
	}
	seen, err := result.Observations(frame, d)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return fallback.Observe(seen.Keys, seen.Dates, seen.Values), nil
}

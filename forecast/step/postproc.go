package step

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/logkey"
	"github.com/daybatch/daybatch/forecast/series"
)

// ForecastFile is the output of Predict: the columns of lake.Layout without
// made_for and generation, a row per series and day of the horizon.
const ForecastFile = "forecast.parquet"

// PostProc turns the forecast into the date's partition: one Parquet file with
// one row group that names its generation, and the manifest, last. It holds a window
// of the forecast; DuckDB holds the row group.
func PostProc(ctx context.Context, env Env) error {
	if env.Spec.Generation == "" {
		return failf(forecast.ReasonConfig, "the step was given no generation to build")
	}
	if err := env.makeOutput(); err != nil {
		return err
	}
	db, done, err := env.open(ctx)
	if err != nil {
		return err
	}
	defer done()
	layout := lake.Layout{Series: env.Spec.Definition.Source.Series, Levels: env.Spec.Definition.Forecast.Levels}
	path := env.Output(lake.PartFile)
	out, err := db.NewWholeWriter(ctx, path, lake.ParquetOptions{Attempt: env.Spec.Attempt, Metadata: map[string]string{
		lake.GenerationKey: env.Spec.Generation, "daybatch.date": env.Spec.Date.String(),
		"daybatch.execution": string(env.Spec.Execution),
	}})
	if err != nil {
		return err //nolint:wrapcheck // it says what it did
	}
	defer out.Discard(ctx)
	p := partitionBuilder{spec: env.Spec, layout: layout, out: out, seen: make(map[series.Key]bool)}
	if err := p.read(ctx, db, env.Input("forecast", ForecastFile), filepath.Join(env.Root, "tmp"), cmp.Or(env.shard, shardRows)); err != nil {
		return err
	}
	if err := out.Close(ctx); err != nil {
		return err //nolint:wrapcheck // it names the file and what to do
	}
	manifest, err := p.manifest(path)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(manifest, "", "  ")
	if err != nil {
		return fmt.Errorf("write manifest: %w", err)
	}
	if err := writeWhole(env.Output(lake.ManifestFile), append(text, '\n')); err != nil {
		return err
	}
	env.Log.InfoContext(ctx, "partition built",
		slog.String(keyGeneration, env.Spec.Generation), slog.Int64(logkey.Rows, manifest.Rows),
		slog.Int(logkey.Series, manifest.Series), slog.Int64(keyBytes, manifest.Files[0].Bytes),
		slog.String(keyFirst, manifest.First.String()), slog.String(keyLast, manifest.Last.String()))
	return nil
}

// manifest describes the partition that was written.
func (p *partitionBuilder) manifest(path string) (Manifest, error) {
	hash, err := p.spec.Definition.Hash()
	if err != nil {
		return Manifest{}, err //nolint:wrapcheck // it says what it did
	}
	file, err := Describe(filepath.Dir(path), lake.PartFile)
	if err != nil {
		return Manifest{}, err
	}
	return Manifest{
		Generation: p.spec.Generation, Date: p.spec.Date, Execution: string(p.spec.Execution), Attempt: p.spec.Attempt,
		Definition: hash, Rows: p.rows, Series: len(p.seen),
		First: p.spec.Date + 1, Last: p.spec.Date + calendar.Date(p.spec.Definition.Forecast.Horizon), Levels: p.layout.Levels, Files: []File{file},
	}, nil
}

package step

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/logkey"
)

// ForecastFile is the output of Predict: the columns of lake.Layout without
// made_for and generation, a row per series and day of the horizon.
const ForecastFile = "forecast.parquet"

// PostProc turns the forecast into the date's partition: one Parquet file with
// one row group that names its generation, and the manifest, last.
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
	rows, err := readForecast(ctx, db, env.Input("forecast", ForecastFile), layout)
	if err != nil {
		return err
	}
	if err := rows.check(env.Spec); err != nil {
		return err
	}
	path := env.Output(lake.PartFile)
	options := lake.ParquetOptions{Attempt: env.Spec.Attempt, Metadata: map[string]string{
		lake.GenerationKey: env.Spec.Generation, "daybatch.date": env.Spec.Date.String(),
		"daybatch.execution": string(env.Spec.Execution),
	}}
	if err := db.WriteParquet(ctx, path, rows.partition(env.Spec), options); err != nil {
		return err //nolint:wrapcheck // it names the file and what to do
	}
	manifest, err := rows.manifest(env.Spec, path)
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
func (f *forecastRows) manifest(spec Spec, path string) (Manifest, error) {
	hash, err := spec.Definition.Hash()
	if err != nil {
		return Manifest{}, err //nolint:wrapcheck // it says what it did
	}
	file, err := Describe(filepath.Dir(path), lake.PartFile)
	if err != nil {
		return Manifest{}, err
	}
	return Manifest{
		Generation: spec.Generation, Date: spec.Date, Execution: string(spec.Execution), Attempt: spec.Attempt,
		Definition: hash, Rows: int64(len(f.dates)), Series: len(f.firstRow),
		First: f.dates[f.order[0]], Last: f.last, Levels: f.layout.Levels, Files: []File{file},
	}, nil
}

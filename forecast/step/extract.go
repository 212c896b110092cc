package step

import (
	"context"
	"log/slog"
	"strings"

	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/logkey"
)

// RowsFile is the output of Extract: the series columns as VARCHAR, ds DATE,
// value DOUBLE, ordered by series and date.
const RowsFile = "rows.parquet"

// Extract runs the project's query over its sources and writes the rows up to
// and including the date.
func Extract(ctx context.Context, env Env) error {
	if err := env.makeOutput(); err != nil {
		return err
	}
	db, done, err := env.open(ctx)
	if err != nil {
		return err
	}
	defer done()
	definition := env.Spec.Definition
	env.Log.InfoContext(ctx, "extracting",
		slog.String(logkey.Date, env.Spec.Date.String()), slog.Int(keyHistory, definition.Source.HistoryDays))
	report, err := db.Extract(ctx, lake.ExtractRequest{
		Project: env.Spec.Project, Source: definition.Source, Timezone: definition.Timezone,
		Date: env.Spec.Date, Output: env.Output(RowsFile),
	})
	if err != nil {
		return err //nolint:wrapcheck // the reason for people as it is
	}
	for _, warning := range report.Warnings {
		env.Log.WarnContext(ctx, "source data", slog.String(logkey.Reason, warning))
	}
	env.Log.InfoContext(ctx, "extracted",
		slog.Int64(logkey.Rows, report.Rows), slog.Int64(logkey.Series, report.Series),
		slog.String(keyFirst, report.First.String()), slog.String(keyLast, report.Last.String()),
		slog.Int64(keyRowsOfDate, report.Today), slog.Float64(keyUsual, report.Usual),
		slog.String(keyColumns, strings.Join(definition.Source.Series, ",")))
	return nil
}

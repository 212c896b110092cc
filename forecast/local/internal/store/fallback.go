package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// FallbackGeneration is a fallback that is built and installed.
type FallbackGeneration struct {
	Generation

	Date calendar.Date
	Of   calendar.Date // whose forecast it is
	// Model is empty, or that of a fallback that is made of data.
	Model string
	// From is the execution that made the forecast, or the extract.
	From forecast.ExecutionID
}

// PutFallback records a generation that fills a date. It is known before its file
// is published, as any other is.
func (s *Store) PutFallback(ctx context.Context, g FallbackGeneration) error {
	date, n, ok := ParseExecutionID(g.From)
	if !ok {
		return fmt.Errorf("record generation %s: execution %q: %w", g.ID, g.From, forecast.ErrNotFound)
	}
	return s.update(ctx, "record generation "+g.ID, func(tx *sql.Tx) error {
		var attempt int64
		err := tx.QueryRowContext(ctx, `SELECT id FROM attempt WHERE pipeline = ? AND date = ? AND n = ?`, s.Pipeline, date.String(), n).Scan(&attempt)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("execution %s: %w", g.From, forecast.ErrNotFound)
		}
		if err != nil {
			return err
		}
		_, err = exec(ctx, tx, `INSERT INTO generation (id, tbl, date, attempt, kind, state, path, rows, bytes, series, fallback_of, fallback_model, created_at)
			VALUES (?, ?, ?, ?, ?, 'built', ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
			g.ID, s.Table, g.Date.String(), attempt, forecast.GenerationFallback, g.Path, g.Rows, g.Bytes, g.Series, g.Of.String(), g.Model, micros(s.Now()))
		return err
	})
}

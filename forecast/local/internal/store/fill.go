package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Fill records a succeeded attempt with its steps and its publication for each
// of the n dates up to last, in one transaction: benchmarks need histories of
// years.
func (s *Store) Fill(ctx context.Context, last calendar.Date, n int, definition string) error {
	return s.update(ctx, "fill", func(tx *sql.Tx) error {
		for d := last - calendar.Date(n) + 1; d <= last; d++ {
			if err := s.fillDate(ctx, tx, d, definition); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) fillDate(ctx context.Context, tx *sql.Tx, d calendar.Date, definition string) error {
	a := NewAttempt{
		Date: d, Cause: forecast.CauseBackfill, Actor: "aki", Definition: definition, Zone: "UTC", Generation: fmt.Sprintf("g%d", d),
		Holder: Holder{Actor: "aki"},
	}
	for _, name := range forecast.StepNames() {
		a.Steps = append(a.Steps, NewStep{Name: name})
	}
	claim := Claim{Date: d, Generation: a.Generation}
	if err := s.insertAttempt(ctx, tx, a, &claim); err != nil {
		return err
	}
	now := micros(s.Now())
	for _, statement := range []string{
		`UPDATE step SET status = 'Succeeded', tries = 1, started_at = ?2, ended_at = ?2 WHERE attempt = ?1`,
		`UPDATE attempt SET metrics = '{"wape":0.21,"mase":0.9}', started_at = ?2 WHERE id = ?1`,
	} {
		if _, err := exec(ctx, tx, statement, claim.ID, now); err != nil {
			return err
		}
	}
	if _, err := exec(ctx, tx, `INSERT INTO generation (id, tbl, date, attempt, kind, state, path, rows, bytes, series, created_at)
		VALUES (?, ?, ?, ?, 'own', 'built', '', 1, 1, 1, ?)`, a.Generation, s.Table, d.String(), claim.ID, now); err != nil {
		return err
	}
	return s.published(ctx, tx, claim, "publish")
}

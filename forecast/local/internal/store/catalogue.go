package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// GenerationRecord is what is recorded of a generation.
type GenerationRecord struct {
	ID      string
	Date    calendar.Date
	Deleted bool // retention has let it go
	Created time.Time
}

// Catalogue is what is recorded of all partitions of the table.
type Catalogue struct {
	Generations []GenerationRecord
	Current     map[calendar.Date]string
	// Attempts are the dates that have attempts.
	Attempts map[calendar.Date]bool
}

// Catalogue returns what is recorded of all partitions.
func (s *Store) Catalogue(ctx context.Context) (Catalogue, error) {
	c := Catalogue{Current: make(map[calendar.Date]string), Attempts: make(map[calendar.Date]bool)}
	err := s.view(ctx, "read catalogue", func(tx *sql.Tx) error {
		err := each(ctx, tx, func(rows *sql.Rows) error {
			var g GenerationRecord
			var date dateText
			var created int64
			err := rows.Scan(&g.ID, &date, &g.Deleted, &created)
			g.Date, g.Created = calendar.Date(date), instant(created)
			c.Generations = append(c.Generations, g)
			return err
		}, `SELECT id, date, state = 'deleted', created_at FROM generation WHERE tbl = ? ORDER BY date, created_at`, s.Table)
		if err != nil {
			return err
		}
		err = each(ctx, tx, func(rows *sql.Rows) error {
			var date dateText
			var id string
			err := rows.Scan(&date, &id)
			c.Current[calendar.Date(date)] = id
			return err
		}, `SELECT date, generation FROM current WHERE tbl = ?`, s.Table)
		if err != nil {
			return err
		}
		return each(ctx, tx, func(rows *sql.Rows) error {
			var date dateText
			err := rows.Scan(&date)
			c.Attempts[calendar.Date(date)] = true
			return err
		}, `SELECT DISTINCT date FROM attempt WHERE pipeline = ?`, s.Pipeline)
	})
	return c, err
}

// Found is a whole generation on disk that no record knows, as its manifest
// describes it.
type Found struct {
	Generation

	Date       calendar.Date
	Attempt    int
	Definition string // hash of a definition that is stored
	Zone       string
	Actor      string // who adopts it
	Written    time.Time
}

// AdoptGeneration records a generation that was found, with an attempt that
// stands for the one that made it.
func (s *Store) AdoptGeneration(ctx context.Context, f Found) error {
	return s.update(ctx, "adopt generation "+f.ID, func(tx *sql.Tx) error {
		var attempt int64
		err := tx.QueryRowContext(ctx, `INSERT INTO attempt (pipeline, date, n, status, cause, actor, host, definition, zone, start_step, generation, created_at, started_at, ended_at, swept)
			VALUES (?, ?, ?, 'Succeeded', ?, ?, '', ?, ?, 'Extract', ?, ?, ?, ?, 1) RETURNING id`,
			s.Pipeline, f.Date.String(), f.Attempt, forecast.CauseAdopted, f.Actor, f.Definition, f.Zone, f.ID,
			micros(f.Written), micros(f.Written), micros(f.Written)).Scan(&attempt)
		if err != nil {
			return err
		}
		for _, statement := range []string{
			`UPDATE attempt SET last = 0 WHERE pipeline = ?1 AND date = ?2 AND last = 1`,
			`UPDATE attempt SET last = 1 WHERE pipeline = ?1 AND date = ?2 AND n = (SELECT max(n) FROM attempt WHERE pipeline = ?1 AND date = ?2)`,
		} {
			if _, err := exec(ctx, tx, statement, s.Pipeline, f.Date.String()); err != nil {
				return err
			}
		}
		if _, err := exec(ctx, tx, `INSERT INTO generation (id, tbl, date, attempt, kind, state, path, rows, bytes, series, created_at)
			VALUES (?, ?, ?, ?, ?, 'built', ?, ?, ?, ?, ?)`,
			f.ID, s.Table, f.Date.String(), attempt, forecast.GenerationAdopted, f.Path, f.Rows, f.Bytes, f.Series, micros(f.Written)); err != nil {
			return err
		}
		return s.event(ctx, tx, "generation.adopted", f.Date, "")
	})
}

// Seen records that somebody serves now.
func (s *Store) Seen(ctx context.Context) error {
	return s.update(ctx, "note who serves", func(tx *sql.Tx) error {
		_, err := exec(ctx, tx, `UPDATE served SET seen = ? WHERE pipeline = ?`, micros(s.Now()), s.Pipeline)
		return err
	})
}

// LastSeen returns when somebody served the last time, zero if nobody did.
func (s *Store) LastSeen(ctx context.Context) (time.Time, error) {
	var seen int64
	err := s.view(ctx, "read who serves", func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `SELECT seen FROM served WHERE pipeline = ?`, s.Pipeline).Scan(&seen)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return instant(seen), err
}

// Swept is an attempt whose outputs need not be kept.
type Swept struct {
	ID   int64 // row of the attempt
	Dirs []string
}

// Sweepable returns the attempts that ended before an instant and whose outputs
// nobody takes over any more: those that are not the last of their date, and
// those of dates before a date. The directories are those of their tries,
// relative to the state, without those whose outputs a kept attempt has taken
// over.
func (s *Store) Sweepable(ctx context.Context, before time.Time, older calendar.Date) ([]Swept, error) {
	var list []Swept
	err := s.view(ctx, "read attempts to sweep", func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			var id int64
			var dir string
			if err := rows.Scan(&id, &dir); err != nil {
				return err
			}
			if len(list) == 0 || list[len(list)-1].ID != id {
				list = append(list, Swept{ID: id})
			}
			if dir != "" {
				last := &list[len(list)-1]
				last.Dirs = append(last.Dirs, dir)
			}
			return nil
		}, `SELECT a.id, coalesce(t.dir, '') FROM attempt a LEFT JOIN step_try t ON t.attempt = a.id
				AND NOT EXISTS (SELECT 1 FROM attempt k JOIN step s ON s.attempt = k.id AND s.dir = t.dir
					WHERE k.pipeline = a.pipeline AND k.date = a.date AND k.last = 1 AND k.id <> a.id AND k.date >= ?1)
			WHERE a.pipeline = ?2 AND a.swept = 0 AND a.ended_at > 0 AND a.ended_at < ?3 AND (a.last = 0 OR a.date < ?1) ORDER BY a.id`,
			older.String(), s.Pipeline, micros(before))
	})
	return list, err
}

// Sweep records that the outputs of attempts were removed.
func (s *Store) Sweep(ctx context.Context, list []Swept) error {
	return s.update(ctx, "record what was swept", func(tx *sql.Tx) error {
		for _, one := range list {
			if _, err := exec(ctx, tx, `UPDATE attempt SET swept = 1 WHERE id = ?`, one.ID); err != nil {
				return fmt.Errorf("attempt %d: %w", one.ID, err)
			}
		}
		return nil
	})
}

// OpenPlan is a plan that has something to do and no driver.
type OpenPlan struct {
	ID      forecast.PlanID
	Applied time.Time
}

// UndrivenPlans returns the plans that have something to do and that no process
// is recorded to drive, oldest first.
func (s *Store) UndrivenPlans(ctx context.Context) ([]OpenPlan, error) {
	var plans []OpenPlan
	err := s.view(ctx, "read plans", func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			var p OpenPlan
			var applied int64
			err := rows.Scan(&p.ID, &applied)
			p.Applied = instant(applied)
			plans = append(plans, p)
			return err
		}, `SELECT id, applied_at FROM plan WHERE pipeline = ? AND applied_at > 0 AND ended_at = 0 AND driver_fence = 0
			AND state IN ('Active', 'Draining', 'Stopping', 'Publishing', 'RollingBack') ORDER BY applied_at`, s.Pipeline)
	})
	return plans, err
}

package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Served returns when the pipeline was served for the first time: now, if it
// never was.
func (s *Store) Served(ctx context.Context) (time.Time, error) {
	var since int64
	err := s.update(ctx, "note who serves", func(tx *sql.Tx) error {
		if _, err := exec(ctx, tx, `INSERT INTO served (pipeline, since) VALUES (?, ?) ON CONFLICT DO NOTHING`, s.Pipeline, micros(s.Now())); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT since FROM served WHERE pipeline = ?`, s.Pipeline).Scan(&since)
	})
	return instant(since), err
}

// StartScheduled stores an applied plan that starts attempt n of a date by the
// schedule, unless a server has done so before. It reports whether it did.
func (s *Store) StartScheduled(ctx context.Context, date calendar.Date, n int, p forecast.Plan) (started bool, err error) {
	err = s.update(ctx, "start "+date.String()+" by schedule", func(tx *sql.Tx) error {
		known := 0
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM scheduled WHERE pipeline = ? AND date = ? AND n = ?`,
			s.Pipeline, date.String(), n).Scan(&known); err != nil || known > 0 {
			return err
		}
		if err := s.insertPlan(ctx, tx, p); err != nil {
			return err
		}
		now := micros(s.Now())
		if _, err := exec(ctx, tx, `UPDATE plan SET applied_at = ? WHERE id = ?`, now, p.ID); err != nil {
			return err
		}
		if _, err := exec(ctx, tx, `INSERT INTO scheduled (pipeline, date, n, plan, at) VALUES (?, ?, ?, ?, ?)`,
			s.Pipeline, date.String(), n, p.ID, now); err != nil {
			return err
		}
		started = true
		return s.event(ctx, tx, "plan.changed", 0, p.ID)
	})
	return started && err == nil, err
}

// QueuedDaily returns how many rows of plans that the schedule made wait for a
// slot.
func (s *Store) QueuedDaily(ctx context.Context) (int, error) {
	n := 0
	err := s.view(ctx, "read plans", func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT count(*) FROM plan p JOIN plan_row r ON r.plan = p.id AND r.state = 'Queued'
			WHERE p.pipeline = ? AND p.ended_at = 0 AND p.state = 'Active' AND p.body ->> '$.request.cause' = ?`,
			s.Pipeline, forecast.CauseSchedule).Scan(&n)
	})
	return n, err
}

// SourceCheck is what a look at the source found for a date.
type SourceCheck struct {
	Date       calendar.Date
	Looked     string // identifies the files that were read
	Lacking    string // why there are no rows for the date; empty: there are
	Generation string // current then; empty: none
	Stale      string // how the rows differ from those of Generation; empty: they don't, or it isn't known
	Checked    time.Time
}

// PutCheck stores what a look at the source found, in place of what an earlier
// one did.
func (s *Store) PutCheck(ctx context.Context, c SourceCheck) error {
	return s.update(ctx, "record source of "+c.Date.String(), func(tx *sql.Tx) error {
		if _, err := exec(ctx, tx, `INSERT INTO source_check (pipeline, date, looked, lacking, generation, stale, checked_at) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET looked = excluded.looked, lacking = excluded.lacking, generation = excluded.generation,
				stale = excluded.stale, checked_at = excluded.checked_at`,
			s.Pipeline, c.Date.String(), c.Looked, c.Lacking, c.Generation, c.Stale, micros(s.Now())); err != nil {
			return err
		}
		return s.event(ctx, tx, "source.checked", c.Date, "")
	})
}

func (s *Store) loadChecks(ctx context.Context, tx *sql.Tx, r calendar.Range, records map[calendar.Date]*DateRecord) error {
	return each(ctx, tx, func(rows *sql.Rows) error {
		var c SourceCheck
		var date dateText
		var checked int64
		err := rows.Scan(&date, &c.Looked, &c.Lacking, &c.Generation, &c.Stale, &checked)
		c.Date, c.Checked = calendar.Date(date), instant(checked)
		record(records, c.Date).Check = &c
		return err
	}, `SELECT date, looked, lacking, generation, stale, checked_at FROM source_check WHERE pipeline = ? AND date BETWEEN ? AND ?`,
		s.Pipeline, r.From.String(), r.To.String())
}

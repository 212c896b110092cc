package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// Retention says which generations of a date stay besides the current one.
type Retention struct {
	Keep  int       // so many of the newest
	Since time.Time // those that were built or replaced since then
}

// Tidy retires the generations of a date that needn't stay, and calls write with
// the current generations of every date, under the write lock: of two publishers
// the later one writes last. It returns the ids of the retired generations.
func (s *Store) Tidy(ctx context.Context, date calendar.Date, r Retention, write func(current map[calendar.Date]string) error) ([]string, error) {
	var retired []string
	err := s.update(ctx, "retire generations of "+date.String(), func(tx *sql.Tx) error {
		err := each(ctx, tx, func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			retired = append(retired, id)
			return err
		}, `UPDATE generation SET state = 'deleted' WHERE id IN (
			SELECT g.id FROM generation g JOIN attempt a ON a.id = g.attempt WHERE g.tbl = ? AND g.date = ? AND g.state = 'built' AND a.ended_at > 0
			AND g.id NOT IN (SELECT generation FROM current WHERE tbl = g.tbl AND date = g.date) ORDER BY g.created_at DESC, a.n DESC LIMIT -1 OFFSET ?)
			AND NOT EXISTS (SELECT 1 FROM plan p JOIN plan_row r ON r.plan = p.id AND r.date = generation.date AND r.state = 'Staged'
				WHERE p.ended_at = 0 AND r.row ->> '$.generation' = generation.id)
			AND created_at < ? AND NOT EXISTS (SELECT 1 FROM publication p WHERE p.tbl = generation.tbl AND p.date = generation.date AND p.from_generation = generation.id AND p.at >= ?)
			RETURNING id`, s.Table, date.String(), r.Keep, micros(r.Since), micros(r.Since))
		if err != nil {
			return err
		}
		return s.listCurrent(ctx, tx, write)
	})
	return retired, err
}

// ListCurrent calls write with the current generations of every date, under the
// write lock.
func (s *Store) ListCurrent(ctx context.Context, write func(current map[calendar.Date]string) error) error {
	return s.update(ctx, "list current partitions", func(tx *sql.Tx) error { return s.listCurrent(ctx, tx, write) })
}

func (s *Store) listCurrent(ctx context.Context, tx *sql.Tx, write func(current map[calendar.Date]string) error) error {
	current := make(map[calendar.Date]string)
	err := each(ctx, tx, func(rows *sql.Rows) error {
		var day dateText
		var generation string
		err := rows.Scan(&day, &generation)
		current[calendar.Date(day)] = generation
		return err
	}, `SELECT date, generation FROM current WHERE tbl = ?`, s.Table)
	if err != nil {
		return err
	}
	return write(current)
}

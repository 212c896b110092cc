package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Kinds of changes of what readers see, besides "publish" and "repair".
const (
	KindStaged   = "staged"   // a staged generation is published
	KindRollback = "rollback" // an older generation is current again, or none
	KindFallback = "fallback" // a date without a forecast of its own is filled
)

// Pointing is a change of the generation that readers of a date see.
type Pointing struct {
	Date  calendar.Date
	From  string // generation that must be current; empty: none
	To    string // generation that becomes current; empty: the partition is withdrawn
	Kind  string
	Plan  forecast.PlanID
	Actor string
	// Attempt is the number that the date's last attempt must have; 0: any.
	Attempt int
	// Drive and Move are of the row of a plan that moves in the same transaction;
	// nil: no row does.
	Drive *Drive
	Move  *RowMove
}

// Point changes the current generation of a date, all or nothing: it takes the
// write lock, checks that nobody holds the date and that it is as expected, calls
// swap, which changes the published file, and commits the records. If To is
// current already only the row moves, so that a change which was cut off can be
// repeated. It returns *forecast.HeldError if somebody holds the date,
// *DriftError if it is not as expected, and wraps forecast.ErrNotFound if there
// is no generation To.
func (s *Store) Point(ctx context.Context, p Pointing, swap func() error) error {
	return s.update(ctx, "change partition of "+p.Date.String(), func(tx *sql.Tx) error {
		if p.Drive != nil {
			if err := drives(ctx, tx, *p.Drive); err != nil {
				return err
			}
		}
		if err := s.mend(ctx, tx, p.Date); err != nil {
			return err
		}
		if err := s.free(ctx, tx, p); err != nil {
			return err
		}
		current, err := s.current(ctx, tx, p.Date)
		if err != nil {
			return err
		}
		if current != p.To {
			if err := s.change(ctx, tx, p, current, swap); err != nil {
				return err
			}
		}
		if p.Move == nil {
			return nil
		}
		return changeRow(ctx, tx, p.Drive.Plan, p.Move.From, p.Move.Row, micros(s.Now()))
	})
}

// free returns *forecast.HeldError if somebody holds the date of a change that has
// to wait for that. A fallback has not: what runs replaces it when it publishes.
func (s *Store) free(ctx context.Context, tx *sql.Tx, p Pointing) error {
	l, err := s.lease(ctx, tx, p.Date)
	if err != nil || l == nil || p.Kind == KindFallback {
		return err
	}
	return &forecast.HeldError{Date: p.Date, Attempt: l.Attempt, Holder: l.Holder.String(), Since: l.Taken}
}

func (s *Store) change(ctx context.Context, tx *sql.Tx, p Pointing, current string, swap func() error) error {
	attempt, err := s.changeable(ctx, tx, p, current)
	if err != nil {
		return err
	}
	if err := swap(); err != nil {
		return err
	}
	if err := s.point(ctx, tx, p, attempt); err != nil {
		return err
	}
	if p.Plan == "" { // a plan reports itself when it ends
		if err := s.noteRefresh(ctx, tx, p.Date, ""); err != nil {
			return err
		}
	}
	return s.event(ctx, tx, "partition."+p.Kind, p.Date, p.Plan)
}

// Repair puts the published file of a date back, which is gone, while the records
// stay: swap is called under the write lock, if the generation is still current.
func (s *Store) Repair(ctx context.Context, date calendar.Date, generation string, swap func() error) error {
	return s.update(ctx, "repair partition of "+date.String(), func(tx *sql.Tx) error {
		current, err := s.current(ctx, tx, date)
		if err != nil {
			return err
		}
		if current != generation {
			return &DriftError{fmt.Sprintf("the current generation of %s is %s, not %s", date, named(current), named(generation))}
		}
		if err := swap(); err != nil {
			return err
		}
		return s.event(ctx, tx, "partition.repaired", date, "")
	})
}

// changeable checks that the date is as a pointing expects it, and returns the
// row of the attempt that made the new generation, or the current one if that is
// withdrawn.
func (s *Store) changeable(ctx context.Context, tx *sql.Tx, p Pointing, current string) (int64, error) {
	own, err := s.own(ctx, tx, p.Date)
	if err != nil {
		return 0, err
	}
	if p.Kind == KindFallback && own != "" {
		return 0, &DriftError{fmt.Sprintf("%s has a forecast of its own, generation %s", p.Date, own)}
	}
	// What expects nothing takes the place of a fallback.
	if current != p.From && (p.From != "" || own != "" || p.Kind == KindFallback) {
		return 0, &DriftError{fmt.Sprintf("the current generation of %s is %s, not %s", p.Date, named(current), named(p.From))}
	}
	if p.Attempt > 0 {
		last := 0
		if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(n), 0) FROM attempt WHERE pipeline = ? AND date = ?`,
			s.Pipeline, p.Date.String()).Scan(&last); err != nil {
			return 0, err
		}
		if last != p.Attempt {
			return 0, &DriftError{fmt.Sprintf("a%d of %s came after a%d", last, p.Date, p.Attempt)}
		}
	}
	id := p.To
	if id == "" {
		id = current
	}
	var attempt int64
	err = tx.QueryRowContext(ctx, `SELECT attempt FROM generation WHERE id = ? AND tbl = ? AND date = ? AND state = 'built'`,
		id, s.Table, p.Date.String()).Scan(&attempt)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("generation %s of %s is not there any more: %w", id, p.Date, forecast.ErrNotFound)
	}
	return attempt, err
}

func named(generation string) string {
	if generation == "" {
		return "none"
	}
	return generation
}

// point writes the records of a change: publication and current generation. The
// attempt is the row of the one that made the generation.
func (s *Store) point(ctx context.Context, tx *sql.Tx, p Pointing, attempt int64) error {
	from, err := s.current(ctx, tx, p.Date)
	if err != nil {
		return err
	}
	var publication int64
	if err := tx.QueryRowContext(ctx, `INSERT INTO publication (tbl, date, from_generation, to_generation, kind, attempt, plan, actor, at)
		VALUES (?, ?, ?, nullif(?, ''), ?, ?, ?, ?, ?) RETURNING id`,
		s.Table, p.Date.String(), from, p.To, p.Kind, attempt, p.Plan, p.Actor, micros(s.Now())).Scan(&publication); err != nil {
		return err
	}
	if p.To == "" {
		_, err = exec(ctx, tx, `DELETE FROM current WHERE tbl = ? AND date = ?`, s.Table, p.Date.String())
		return err
	}
	_, err = exec(ctx, tx, `INSERT INTO current (tbl, date, generation, publication) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET generation = excluded.generation, publication = excluded.publication`,
		s.Table, p.Date.String(), p.To, publication)
	return err
}

// Changes returns the generations that became current in a date, one after the
// other, and the one that was before them all; an empty one stands for none.
func (s *Store) Changes(ctx context.Context, date calendar.Date) ([]string, error) {
	var changes []string
	err := s.view(ctx, "read publications of "+date.String(), func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			var from, to string
			err := rows.Scan(&from, &to)
			if len(changes) == 0 {
				changes = append(changes, from)
			}
			changes = append(changes, to)
			return err
		}, `SELECT from_generation, coalesce(to_generation, '') FROM publication WHERE tbl = ? AND date = ? ORDER BY id`, s.Table, date.String())
	})
	return changes, err
}

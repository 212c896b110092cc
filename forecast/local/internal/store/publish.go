package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Generation is a complete version of a partition to be recorded.
type Generation struct {
	ID     string
	Path   string // immutable file
	Rows   int64
	Bytes  int64
	Series int
}

// PutGeneration records a generation that is built and installed. It is known
// before its file is published, so that a file that leads the records can be
// explained.
func (s *Store) PutGeneration(ctx context.Context, claim Claim, g Generation) error {
	return s.update(ctx, "record generation "+g.ID, func(tx *sql.Tx) error {
		if _, err := s.fenced(ctx, tx, claim); err != nil {
			return err
		}
		_, err := exec(ctx, tx, `INSERT INTO generation (id, tbl, date, attempt, kind, state, path, rows, bytes, series, created_at)
			VALUES (?, ?, ?, ?, ?, 'built', ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
			g.ID, s.Table, claim.Date.String(), claim.ID, forecast.GenerationOwn, g.Path, g.Rows, g.Bytes, g.Series, micros(s.Now()))
		return err
	})
}

// Publish makes the claim's generation the current one of its date and ends the
// attempt, all or nothing: it takes the write lock, checks fence, stop mark and
// the published file, calls swap, which replaces the file, and commits the
// records. It wraps ErrFenced or ErrStopMark if the attempt may not publish.
func (s *Store) Publish(ctx context.Context, claim Claim, swap func() error) error {
	return s.update(ctx, "publish "+string(claim.Execution()), func(tx *sql.Tx) error {
		if err := s.mend(ctx, tx, claim.Date); err != nil {
			return err
		}
		l, err := s.fenced(ctx, tx, claim)
		if err != nil {
			return err
		}
		if !l.Stop.IsZero() {
			return ErrStopMark
		}
		if err := swap(); err != nil {
			return err
		}
		return s.published(ctx, tx, claim, "publish")
	})
}

// EndStaged ends an attempt that has built its generation and publishes it only
// when its plan does. It wraps ErrFenced or ErrStopMark as Publish does.
func (s *Store) EndStaged(ctx context.Context, claim Claim) error {
	return s.update(ctx, "end "+string(claim.Execution()), func(tx *sql.Tx) error {
		l, err := s.fenced(ctx, tx, claim)
		if err != nil {
			return err
		}
		if !l.Stop.IsZero() {
			return ErrStopMark
		}
		if err := succeedSteps(ctx, tx, claim, micros(s.Now())); err != nil {
			return err
		}
		if err := s.closeAttempt(ctx, tx, claim, End{Status: forecast.Succeeded}); err != nil {
			return err
		}
		return s.event(ctx, tx, "attempt.ended", claim.Date, "")
	})
}

func succeedSteps(ctx context.Context, tx *sql.Tx, claim Claim, now int64) error {
	_, err := exec(ctx, tx, `UPDATE step SET status = 'Succeeded', ended_at = ? WHERE attempt = ? AND status IN ('Starting', 'Executing', 'Stopping')`,
		now, claim.ID)
	return err
}

// published writes the records of a publish: publication, current generation,
// the end of the attempt and of its last step, its plan's row, the event.
func (s *Store) published(ctx context.Context, tx *sql.Tx, claim Claim, kind string) error {
	now := micros(s.Now())
	var plan forecast.PlanID
	var actor string
	if err := tx.QueryRowContext(ctx, `SELECT plan, actor FROM attempt WHERE id = ?`, claim.ID).Scan(&plan, &actor); err != nil {
		return err
	}
	if err := s.point(ctx, tx, Pointing{Date: claim.Date, To: claim.Generation, Kind: kind, Plan: plan, Actor: actor}, claim.ID); err != nil {
		return err
	}
	if err := succeedSteps(ctx, tx, claim, now); err != nil {
		return err
	}
	end := End{Status: forecast.Succeeded}
	// An attempt that was ended as lost and turns out to have published stays in
	// the records as it was ended; the day is Succeeded by its generation.
	if err := s.closeAttempt(ctx, tx, claim, end); err != nil && !errors.Is(err, forecast.ErrConflict) {
		return err
	}
	if err := s.notePublish(ctx, tx, claim); err != nil {
		return err
	}
	return s.event(ctx, tx, "partition.published", claim.Date, plan)
}

// current returns the id of the date's current generation, empty if none.
func (s *Store) current(ctx context.Context, tx *sql.Tx, date calendar.Date) (string, error) {
	var generation string
	err := tx.QueryRowContext(ctx, `SELECT generation FROM current WHERE tbl = ? AND date = ?`, s.Table, date.String()).Scan(&generation)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return generation, err
}

// own returns the id of the date's current generation, empty if none is or if it
// is a fallback.
func (s *Store) own(ctx context.Context, tx *sql.Tx, date calendar.Date) (string, error) {
	var generation string
	err := tx.QueryRowContext(ctx, `SELECT g.id FROM current c JOIN generation g ON g.id = c.generation
		WHERE c.tbl = ? AND c.date = ? AND g.kind <> ?`, s.Table, date.String(), forecast.GenerationFallback).Scan(&generation)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return generation, err
}

// mend writes the records of a publish that a crash cut off between the rename
// and the commit: the published file leads. It runs under the write lock, so no
// publish is under way. A file that is no generation of ours is a forecast.ForeignError.
func (s *Store) mend(ctx context.Context, tx *sql.Tx, date calendar.Date) error {
	if s.Published == nil {
		return nil
	}
	recorded, err := s.current(ctx, tx, date)
	if err != nil {
		return err
	}
	file, err := s.Published(ctx, date, recorded)
	if err != nil || file == recorded || file == "" {
		return err
	}
	claim := Claim{Date: date, Generation: file}
	var kind forecast.GenerationKind
	err = tx.QueryRowContext(ctx, `SELECT g.kind, g.attempt, a.n, coalesce(l.fence, 0) FROM generation g JOIN attempt a ON a.id = g.attempt
		LEFT JOIN lease l ON l.attempt = a.id WHERE g.id = ? AND g.tbl = ? AND g.date = ?`,
		file, s.Table, date.String()).Scan(&kind, &claim.ID, &claim.N, &claim.Fence)
	if errors.Is(err, sql.ErrNoRows) {
		return &forecast.ForeignError{Date: date, Text: fmt.Sprintf("the published partition of %s in table %s is generation %s, which the records do not know: `daybatch doctor --mend` takes it into them, or move its file away",
			date, s.Table, file)}
	}
	if err != nil {
		return err
	}
	if kind == forecast.GenerationFallback { // its attempt is that of another date, which has long ended
		if err := s.point(ctx, tx, Pointing{Date: date, To: file, Kind: "repair"}, claim.ID); err != nil {
			return err
		}
		return s.event(ctx, tx, "partition.published", date, "")
	}
	return s.published(ctx, tx, claim, "repair")
}

// Mend brings the records of a date up to its published file.
func (s *Store) Mend(ctx context.Context, date calendar.Date) error {
	return s.update(ctx, "reconcile "+date.String(), func(tx *sql.Tx) error { return s.mend(ctx, tx, date) })
}

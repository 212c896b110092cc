package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// keepEvents is how many events stay; a subscriber further behind reads a fresh
// snapshot.
const keepEvents = 20000

// Event says that a date or a plan has changed.
type Event struct {
	ID   int64
	Kind string
	At   int64 // microseconds
	Date calendar.Date
	Plan forecast.PlanID
}

// event records a change in the transaction that makes it.
func (s *Store) event(ctx context.Context, tx *sql.Tx, kind string, date calendar.Date, plan forecast.PlanID) error {
	var id int64
	err := tx.QueryRowContext(ctx, `INSERT INTO event (at, kind, pipeline, date, plan) VALUES (?, ?, ?, ?, ?) RETURNING id`,
		micros(s.Now()), kind, s.Pipeline, stored(date), plan).Scan(&id)
	if err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	if id%1000 == 0 {
		_, err = exec(ctx, tx, `DELETE FROM event WHERE id <= ?`, id-keepEvents)
	}
	return err
}

// lastEvent asks for the number of the newest event, 0 if there was none.
const lastEvent = `SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'event'`

// LastEvent returns the number of the newest event, 0 if there was none.
func (s *Store) LastEvent(ctx context.Context) (int64, error) {
	var last int64
	err := s.view(ctx, "read events", func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, lastEvent).Scan(&last)
	})
	return last, err
}

// Events returns the pipeline's events after a number, oldest first, and the
// newest number of all. It wraps forecast.ErrLagged if events after that number
// are gone.
func (s *Store) Events(ctx context.Context, after int64) (events []Event, last int64, err error) {
	if last, err = s.latest(ctx); err != nil || last == after {
		return nil, last, err
	}
	err = s.view(ctx, "read events", func(tx *sql.Tx) error {
		var oldest int64
		if err := tx.QueryRowContext(ctx, `SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'event'), 0),
			coalesce((SELECT min(id) FROM event), 0)`).Scan(&last, &oldest); err != nil {
			return err
		}
		if after > last || after < last && (oldest == 0 || after+1 < oldest) {
			return fmt.Errorf("events after %d: %w", after, forecast.ErrLagged)
		}
		return each(ctx, tx, func(rows *sql.Rows) error {
			var e Event
			var date dateText
			err := rows.Scan(&e.ID, &e.Kind, &e.At, &date, &e.Plan)
			e.Date = calendar.Date(date)
			events = append(events, e)
			return err
		}, `SELECT id, kind, at, date, plan FROM event WHERE id > ? AND pipeline = ? ORDER BY id`, after, s.Pipeline)
	})
	return events, last, err
}

// latest is LastEvent for those who ask again and again and hear the same: the
// question is prepared once and needs no transaction.
func (s *Store) latest(ctx context.Context) (last int64, err error) {
	s.latestMu.Lock()
	defer s.latestMu.Unlock()
	if s.askLatest == nil {
		s.askLatest, err = s.read.PrepareContext(ctx, lastEvent)
	}
	if err == nil {
		// The context can't end it, for the reason that [Commits.Any] gives.
		err = s.askLatest.QueryRowContext(context.WithoutCancel(ctx)).Scan(&last)
	}
	if err != nil {
		return 0, s.fail("read events", err)
	}
	return last, nil
}

// Stirred reports whether anything but the steps of attempts changed after an
// event, in any pipeline, and the number of the newest event. So does a gap, of
// which nobody knows what it held.
func (s *Store) Stirred(ctx context.Context, after int64) (stirred bool, last int64, err error) {
	err = s.view(ctx, "read events", func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT count(*) < coalesce(max(id), ?1) - ?1 OR coalesce(sum(kind NOT IN ('step.started', 'step.ended')), 0) > 0, coalesce(max(id), ?1)
			FROM event WHERE id > ?1`, after).Scan(&stirred, &last)
	})
	return stirred, last, err
}

// Commits tells whether anybody, this process or another, has committed anything:
// the cheapest question that there is. It is for one goroutine.
type Commits struct {
	conn    *sql.Conn
	ask     *sql.Stmt
	version int64
}

// Commits returns a Commits, which has a connection of its own until it is closed.
func (s *Store) Commits(ctx context.Context) (*Commits, error) {
	conn, err := s.read.Conn(ctx)
	if err != nil {
		return nil, s.fail("look for changes", err)
	}
	// SQLite counts the commits of other connections, and this one makes none.
	ask, err := conn.PrepareContext(ctx, "PRAGMA data_version")
	if err != nil {
		return nil, s.fail("look for changes", errors.Join(err, conn.Close()))
	}
	return &Commits{conn: conn, ask: ask}, nil
}

// Any reports whether anything was committed since the last call; the first call
// says that something was. So does a call that can't tell.
func (c *Commits) Any(ctx context.Context) bool {
	before := c.version
	// It never waits. A context that could end would have a goroutine look after
	// it, which costs more than the question.
	err := c.ask.QueryRowContext(context.WithoutCancel(ctx)).Scan(&c.version)
	if err != nil {
		c.version = 0
	}
	return err != nil || c.version != before
}

// Close gives the connection back.
func (c *Commits) Close() error { return errors.Join(c.ask.Close(), c.conn.Close()) }

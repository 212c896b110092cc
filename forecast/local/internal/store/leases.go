package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/local/internal/process"
)

// Holder is who holds a lease or drives a plan.
type Holder struct {
	Actor string
	process.ID
}

// String returns "aki@host".
func (h Holder) String() string { return h.Actor + "@" + h.Host }

// Lease is the right to run and publish a date.
type Lease struct {
	Date    calendar.Date
	Attempt int   // n of the attempt
	ID      int64 // row of the attempt
	Fence   int64
	Holder  Holder
	Taken   time.Time
	Expires time.Time
	Stop    time.Time // when the attempt was asked to stop; zero: it was not
	Cause   forecast.Cause
}

const leaseColumns = `l.date, a.n, l.attempt, l.fence, l.actor, l.host, l.pid, l.pid_start, l.boot_id, l.taken_at, l.expires_at, l.stop_at, a.cause`

func scanLease(row interface{ Scan(dest ...any) error }) (Lease, error) {
	var l Lease
	var date dateText
	var taken, expires, stop int64
	err := row.Scan(&date, &l.Attempt, &l.ID, &l.Fence, &l.Holder.Actor, &l.Holder.Host, &l.Holder.Pid,
		&l.Holder.Start, &l.Holder.Boot, &taken, &expires, &stop, &l.Cause)
	l.Date = calendar.Date(date)
	l.Taken, l.Expires, l.Stop = instant(taken), instant(expires), instant(stop)
	return l, err
}

// Leases returns the pipeline's leases by date.
func (s *Store) Leases(ctx context.Context) ([]Lease, error) {
	var leases []Lease
	err := s.view(ctx, "read leases", func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			l, err := scanLease(rows)
			leases = append(leases, l)
			return err
		}, `SELECT `+leaseColumns+` FROM lease l JOIN attempt a ON a.id = l.attempt WHERE l.pipeline = ? ORDER BY l.date`, s.Pipeline)
	})
	return leases, err
}

// lease returns the lease of a date, or nil.
func (s *Store) lease(ctx context.Context, tx *sql.Tx, date calendar.Date) (*Lease, error) {
	l, err := scanLease(tx.QueryRowContext(ctx,
		`SELECT `+leaseColumns+` FROM lease l JOIN attempt a ON a.id = l.attempt WHERE l.pipeline = ? AND l.date = ?`,
		s.Pipeline, date.String()))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // no lease is the usual case
	}
	return &l, err
}

// Renew moves the end of a lease and returns it. An expired lease that nobody
// took is renewed; one that was taken is ErrFenced: the fence decides, no clock
// does.
func (s *Store) Renew(ctx context.Context, claim Claim, expires time.Time) (Lease, error) {
	var lease Lease
	err := s.update(ctx, "renew lease of "+claim.Date.String(), func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, `UPDATE lease SET expires_at = ? WHERE pipeline = ? AND date = ? AND fence = ?`,
			micros(expires), s.Pipeline, claim.Date.String(), claim.Fence)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrFenced
		}
		l, err := s.lease(ctx, tx, claim.Date)
		if err == nil {
			lease = *l
		}
		return err
	})
	return lease, err
}

// Held returns the lease of a claim. It wraps ErrFenced if it is no more.
func (s *Store) Held(ctx context.Context, claim Claim) (Lease, error) {
	var lease Lease
	err := s.view(ctx, "read lease of "+claim.Date.String(), func(tx *sql.Tx) error {
		l, err := s.lease(ctx, tx, claim.Date)
		if err != nil {
			return err
		}
		if l == nil || l.Fence != claim.Fence {
			return ErrFenced
		}
		lease = *l
		return nil
	})
	return lease, err
}

// Adopt takes over leases whose holders are gone, all in one transaction. The
// claim of each is the answer in its place: its fence is new, so nothing that the
// old holder still does counts, and the attempt is marked unknown until it is
// ended. A claim is zero if the attempt turns out to have published, so that it
// has ended, or if another process was faster.
func (s *Store) Adopt(ctx context.Context, old []Lease, holder Holder, expires time.Time) ([]Claim, error) {
	claims := make([]Claim, len(old))
	action := "take over dates"
	if len(old) == 1 {
		action = "take over " + old[0].Date.String()
	}
	err := s.update(ctx, action, func(tx *sql.Tx) error {
		for i, lease := range old {
			var err error
			if claims[i], err = s.adopt(ctx, tx, lease, holder, expires); err != nil {
				return fmt.Errorf("%s: %w", lease.Date, err)
			}
		}
		return nil
	})
	return claims, err
}

func (s *Store) adopt(ctx context.Context, tx *sql.Tx, old Lease, holder Holder, expires time.Time) (Claim, error) {
	if err := s.mend(ctx, tx, old.Date); err != nil {
		return Claim{}, err
	}
	l, err := s.lease(ctx, tx, old.Date)
	if err != nil || l == nil || l.Fence != old.Fence {
		return Claim{}, err
	}
	fence, err := nextFence(ctx, tx)
	if err != nil {
		return Claim{}, err
	}
	if _, err := exec(ctx, tx, `UPDATE lease SET fence = ?, actor = ?, host = ?, pid = ?, pid_start = ?, boot_id = ?, expires_at = ?
		WHERE pipeline = ? AND date = ? AND fence = ?`,
		fence, holder.Actor, holder.Host, holder.Pid, holder.Start, holder.Boot, micros(expires),
		s.Pipeline, old.Date.String(), old.Fence); err != nil {
		return Claim{}, err
	}
	if _, err := exec(ctx, tx, `UPDATE attempt SET unknown_since = ? WHERE id = ? AND ended_at = 0 AND unknown_since = 0`,
		micros(s.Now()), old.ID); err != nil {
		return Claim{}, err
	}
	return Claim{Date: old.Date, N: old.Attempt, ID: old.ID, Fence: fence}, s.event(ctx, tx, "attempt.unknown", old.Date, "")
}

// fenced refuses the write of somebody who holds the lease no more.
func (s *Store) fenced(ctx context.Context, tx *sql.Tx, claim Claim) (*Lease, error) {
	l, err := s.lease(ctx, tx, claim.Date)
	if err != nil {
		return nil, err
	}
	if l == nil || l.Fence != claim.Fence {
		return nil, ErrFenced
	}
	return l, nil
}

func nextFence(ctx context.Context, tx *sql.Tx) (int64, error) {
	var fence int64
	if err := tx.QueryRowContext(ctx, `UPDATE fence SET value = value + 1 WHERE one = 1 RETURNING value`).Scan(&fence); err != nil {
		return 0, fmt.Errorf("draw fence: %w", err)
	}
	return fence, nil
}

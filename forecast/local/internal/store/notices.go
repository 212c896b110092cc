package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/alert"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// note records that something is to be told, in the transaction of the change
// that it is about. A notice that nobody wants is not kept.
func (s *Store) note(ctx context.Context, tx *sql.Tx, n alert.Notice) error {
	if s.Wants == nil || !s.Wants(n.Kind) {
		return nil
	}
	_, err := exec(ctx, tx, `INSERT INTO notice (pipeline, kind, date, n, plan, dedup, at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (dedup) DO NOTHING`,
		s.Pipeline, n.Kind, stored(n.Date), n.Attempt, n.Plan, s.Pipeline+"/"+n.Key, micros(s.Now()))
	return err
}

// noteEnd notes how an attempt failed, unless its plan reports for it.
func (s *Store) noteEnd(ctx context.Context, tx *sql.Tx, claim Claim, end End) error {
	kind := alert.Failed
	switch {
	case end.Status != forecast.Failed || end.Interrupted:
		return nil
	case end.Reason.Class == forecast.ReasonUpstream, end.Reason.Class == forecast.ReasonConflict:
		return nil // it waits, or it is another's: late tells if that lasts
	case end.Reason.Class == forecast.ReasonGate:
		kind = alert.Gated
	}
	plan, rows, err := planOf(ctx, tx, claim)
	if err != nil || rows > 1 {
		return err
	}
	return s.note(ctx, tx, alert.Notice{Kind: kind, Date: claim.Date, Attempt: claim.N, Plan: plan, Key: fmt.Sprintf("%s/%d/%s", claim.Date, claim.N, kind)})
}

// planOf returns the plan of an attempt and how many rows that has.
func planOf(ctx context.Context, tx *sql.Tx, claim Claim) (plan forecast.PlanID, rows int, err error) {
	err = tx.QueryRowContext(ctx, `SELECT plan, (SELECT count(*) FROM plan_row r WHERE r.plan = a.plan) FROM attempt a WHERE id = ?`, claim.ID).Scan(&plan, &rows)
	return plan, rows, err
}

// notePublish notes that a date recovered, if there was a message about it, and
// that dashboards are behind, unless its plan reports for it.
func (s *Store) notePublish(ctx context.Context, tx *sql.Tx, claim Claim) error {
	var told string
	err := tx.QueryRowContext(ctx, `SELECT kind FROM notice WHERE pipeline = ? AND date = ? AND kind <> ? ORDER BY id DESC LIMIT 1`,
		s.Pipeline, claim.Date.String(), alert.Refresh).Scan(&told)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	plan, rows, err := planOf(ctx, tx, claim)
	if err != nil {
		return err
	}
	if told != "" && told != string(alert.Recovered) {
		recovered := alert.Notice{Kind: alert.Recovered, Date: claim.Date, Attempt: claim.N, Plan: plan, Key: fmt.Sprintf("%s/%d/%s", claim.Date, claim.N, alert.Recovered)}
		if err := s.note(ctx, tx, recovered); err != nil {
			return err
		}
	}
	if rows > 1 {
		return nil
	}
	return s.noteRefresh(ctx, tx, claim.Date, plan)
}

// noteRefresh notes that dashboards are behind. One refresh may run and one may
// wait: a further wish is met by the one that waits.
func (s *Store) noteRefresh(ctx context.Context, tx *sql.Tx, date calendar.Date, plan forecast.PlanID) error {
	waiting := 0
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM notice n WHERE n.pipeline = ? AND n.done_at = 0 AND n.kind = ?
		AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.notice = n.id AND (d.claimed_until > ? OR d.sent_at > 0))`,
		s.Pipeline, alert.Refresh, micros(s.Now())).Scan(&waiting)
	if err != nil || waiting > 0 {
		return err
	}
	var id int64
	if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) + 1 FROM notice`).Scan(&id); err != nil {
		return err
	}
	return s.note(ctx, tx, alert.Notice{Kind: alert.Refresh, Date: date, Plan: plan, Key: fmt.Sprintf("%s/%d", alert.Refresh, id)})
}

// notePlan notes that a plan of several dates ended, paused by itself, or waits
// for review.
func (s *Store) notePlan(ctx context.Context, tx *sql.Tx, before, after forecast.Plan) error {
	told := after.State == forecast.PlanEnded || after.State == forecast.PlanPaused || after.State == forecast.PlanReview
	if len(after.Rows) < 2 || before.State == after.State || !told {
		return nil
	}
	key := fmt.Sprintf("%s/%s/%d", after.ID, after.State, micros(s.Now()))
	if err := s.note(ctx, tx, alert.Notice{Kind: alert.Backfill, Plan: after.ID, Key: key}); err != nil {
		return err
	}
	changed := false
	for _, row := range after.Rows {
		changed = changed || row.State == forecast.RowSucceeded || row.State == forecast.RowRolledBack
	}
	if after.State != forecast.PlanEnded || !changed {
		return nil
	}
	return s.noteRefresh(ctx, tx, 0, after.ID)
}

// NoteLate notes that a date has no forecast of its own at its deadline. It may be
// called again and again.
func (s *Store) NoteLate(ctx context.Context, date calendar.Date) error {
	if s.Wants == nil || !s.Wants(alert.Late) {
		return nil
	}
	return s.update(ctx, "note that "+date.String()+" is late", func(tx *sql.Tx) error {
		return s.note(ctx, tx, alert.Notice{Kind: alert.Late, Date: date, Key: fmt.Sprintf("%s/%s", date, alert.Late)})
	})
}

// NoteDrift notes that forecasts have become worse than expected, or no longer are,
// but for what is noted already.
func (s *Store) NoteDrift(ctx context.Context, d forecast.Drift) error {
	if s.Wants == nil || !s.Wants(alert.Drift) || d.Since.IsZero() {
		return nil
	}
	return s.update(ctx, "note drift since "+d.Since.String(), func(tx *sql.Tx) error {
		var failed error
		told := func(key string) bool {
			n := 0
			failed = errors.Join(failed, tx.QueryRowContext(ctx, `SELECT count(*) FROM notice WHERE dedup = ?`, s.Pipeline+"/"+key).Scan(&n))
			return n > 0
		}
		notices := alert.DriftNotices(d, told)
		for _, n := range notices {
			failed = errors.Join(failed, s.note(ctx, tx, n))
		}
		return failed
	})
}

// OpenNotices returns the notices of which something is left to be sent, oldest
// first.
func (s *Store) OpenNotices(ctx context.Context) ([]alert.Notice, error) {
	var notices []alert.Notice
	err := s.view(ctx, "read notices", func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			var n alert.Notice
			var d alert.Delivery
			var date dateText
			var at, notBefore, claimed, sent int64
			if err := rows.Scan(&n.ID, &n.Kind, &date, &n.Attempt, &n.Plan, &n.Key, &at, &d.Channel, &d.Tries, &notBefore, &claimed, &sent, &d.Error); err != nil {
				return err
			}
			n.Date, n.At = calendar.Date(date), instant(at)
			if len(notices) == 0 || notices[len(notices)-1].ID != n.ID {
				notices = append(notices, n)
			}
			if d.Channel != "" {
				d.NotBefore, d.Claimed, d.Sent = instant(notBefore), instant(claimed), instant(sent)
				last := &notices[len(notices)-1]
				last.Deliveries = append(last.Deliveries, d)
			}
			return nil
		}, `SELECT n.id, n.kind, n.date, n.n, n.plan, n.dedup, n.at, coalesce(d.channel, ''), coalesce(d.tries, 0), coalesce(d.not_before, 0),
				coalesce(d.claimed_until, 0), coalesce(d.sent_at, 0), coalesce(d.error, '')
			FROM notice n LEFT JOIN delivery d ON d.notice = n.id WHERE n.pipeline = ? AND n.done_at = 0 ORDER BY n.id, d.channel`, s.Pipeline)
	})
	return notices, err
}

// ClaimDelivery reserves the sending of a notice to a channel until an instant.
// It reports false if another process sends it now, or has.
func (s *Store) ClaimDelivery(ctx context.Context, notice int64, channel string, until time.Time) (claimed bool, err error) {
	err = s.update(ctx, "claim a message", func(tx *sql.Tx) error {
		if _, err := exec(ctx, tx, `INSERT INTO delivery (notice, channel) VALUES (?, ?) ON CONFLICT DO NOTHING`, notice, channel); err != nil {
			return err
		}
		n, err := exec(ctx, tx, `UPDATE delivery SET claimed_until = ?, tries = tries + 1 WHERE notice = ? AND channel = ? AND sent_at = 0 AND claimed_until <= ? AND not_before <= ?`,
			micros(until), notice, channel, micros(s.Now()), micros(s.Now()))
		claimed = n > 0
		return err
	})
	return claimed && err == nil, err
}

// EndDelivery records how the sending of a notice to a channel came out: sent if
// failure is empty, else to be tried again not before an instant.
func (s *Store) EndDelivery(ctx context.Context, notice int64, channel, failure string, again time.Time) error {
	return s.update(ctx, "record a message", func(tx *sql.Tx) error {
		sent := micros(s.Now())
		if failure != "" {
			sent = 0
		}
		_, err := exec(ctx, tx, `UPDATE delivery SET claimed_until = 0, sent_at = ?, error = ?, not_before = ? WHERE notice = ? AND channel = ?`,
			sent, failure, micros(again), notice, channel)
		return err
	})
}

// CloseNotice records that nothing of a notice is left to be sent.
func (s *Store) CloseNotice(ctx context.Context, notice int64) error {
	return s.update(ctx, "close a message", func(tx *sql.Tx) error {
		_, err := exec(ctx, tx, `UPDATE notice SET done_at = ? WHERE id = ?`, micros(s.Now()), notice)
		return err
	})
}

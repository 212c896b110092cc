package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/daybatch/daybatch/forecast"
)

// PutPlan stores a draft. Storing it again changes nothing.
func (s *Store) PutPlan(ctx context.Context, p forecast.Plan) error {
	return s.update(ctx, "store plan", func(tx *sql.Tx) error { return s.insertPlan(ctx, tx, p) })
}

func (s *Store) insertPlan(ctx context.Context, tx *sql.Tx, p forecast.Plan) error {
	rows := p.Rows
	p.Rows = nil
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	now := micros(s.Now())
	n, err := exec(ctx, tx, `INSERT INTO plan (id, pipeline, body, state, created_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		p.ID, s.Pipeline, string(body), p.State, micros(p.Created))
	if err != nil || n == 0 {
		return err
	}
	insert, err := tx.PrepareContext(ctx, `INSERT INTO plan_row (plan, seq, date, state, row, updated_at) VALUES (?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer func() { _ = insert.Close() }()
	for seq, row := range rows {
		text, err := json.Marshal(row)
		if err != nil {
			return err
		}
		if _, err := insert.ExecContext(ctx, p.ID, seq, row.Date.String(), row.State, string(text), now); err != nil {
			return err
		}
	}
	return nil
}

const planColumns = `body, state, outcome, reason, driver, ended_at`

func scanPlan(row interface{ Scan(dest ...any) error }) (forecast.Plan, error) {
	var p forecast.Plan
	var body, state, outcome, reason, driver string
	var ended int64
	if err := row.Scan(&body, &state, &outcome, &reason, &driver, &ended); err != nil {
		return p, err
	}
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		return p, fmt.Errorf("read body: %w", err)
	}
	p.State, p.Outcome, p.Reason, p.Driver, p.Ended = forecast.PlanState(state), forecast.Outcome(outcome), reason, driver, instant(ended)
	return p, nil
}

// Plan returns a plan, or an error wrapping forecast.ErrNotFound.
func (s *Store) Plan(ctx context.Context, id forecast.PlanID) (forecast.Plan, error) {
	var p forecast.Plan
	err := s.view(ctx, "read plan "+string(id), func(tx *sql.Tx) error {
		var err error
		p, err = s.plan(ctx, tx, id)
		return err
	})
	return p, err
}

// Request returns the request that a plan answers.
func (s *Store) Request(ctx context.Context, id forecast.PlanID) (forecast.PlanRequest, error) {
	var p forecast.Plan
	err := s.view(ctx, "read request of plan "+string(id), func(tx *sql.Tx) error {
		var err error
		p, err = scanPlan(tx.QueryRowContext(ctx, `SELECT `+planColumns+` FROM plan WHERE id = ? AND pipeline = ?`, id, s.Pipeline))
		return err
	})
	return p.Request, err
}

// RemovePlan removes a plan if may returns no error for it: one that has begun
// nothing, so that no event tells of it. It returns the plan as it was.
func (s *Store) RemovePlan(ctx context.Context, id forecast.PlanID, may func(forecast.Plan) (forecast.Plan, error)) (forecast.Plan, error) {
	var removed forecast.Plan
	err := s.update(ctx, "remove plan "+string(id), func(tx *sql.Tx) error {
		p, err := s.plan(ctx, tx, id)
		if err != nil {
			return err
		}
		if removed, err = may(p); err != nil {
			return err
		}
		if _, err := exec(ctx, tx, `DELETE FROM plan_row WHERE plan = ?`, id); err != nil {
			return err
		}
		_, err = exec(ctx, tx, `DELETE FROM plan WHERE id = ?`, id)
		return err
	})
	return removed, err
}

// PlanView is a plan that is read again and again. A row that has not changed is
// not decoded again: a plan has thousands.
type PlanView struct {
	forecast.Plan

	texts []string // of the rows
}

// Refresh reads the plan whose view it is given, or an error wrapping
// forecast.ErrNotFound. Rows of the plan that were handed out stay as they are.
func (s *Store) Refresh(ctx context.Context, id forecast.PlanID, view *PlanView) error {
	return s.view(ctx, "read plan "+string(id), func(tx *sql.Tx) error {
		p, err := s.planHead(ctx, tx, id)
		if err != nil {
			return err
		}
		known := *view
		*view = PlanView{Plan: p, texts: make([]string, 0, len(known.texts))}
		view.Rows = make([]forecast.PlanRow, 0, len(known.texts))
		return each(ctx, tx, func(rows *sql.Rows) error {
			var text sql.RawBytes
			if err := rows.Scan(&text); err != nil {
				return err
			}
			i := len(view.texts)
			if i < len(known.texts) && known.texts[i] == string(text) {
				view.texts, view.Rows = append(view.texts, known.texts[i]), append(view.Rows, known.Rows[i])
				return nil
			}
			view.texts, view.Rows = append(view.texts, string(text)), append(view.Rows, forecast.PlanRow{})
			return json.Unmarshal(text, &view.Rows[i])
		}, `SELECT row FROM plan_row WHERE plan = ? ORDER BY seq`, id)
	})
}

func (s *Store) planHead(ctx context.Context, tx *sql.Tx, id forecast.PlanID) (forecast.Plan, error) {
	p, err := scanPlan(tx.QueryRowContext(ctx, `SELECT `+planColumns+` FROM plan WHERE id = ? AND pipeline = ?`, id, s.Pipeline))
	if errors.Is(err, sql.ErrNoRows) {
		return p, forecast.ErrNotFound
	}
	return p, err
}

func (s *Store) plan(ctx context.Context, tx *sql.Tx, id forecast.PlanID) (forecast.Plan, error) {
	p, err := s.planHead(ctx, tx, id)
	if err != nil {
		return p, err
	}
	return p, each(ctx, tx, func(rows *sql.Rows) error {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		p.Rows = append(p.Rows, forecast.PlanRow{})
		return json.Unmarshal([]byte(text), &p.Rows[len(p.Rows)-1])
	}, `SELECT row FROM plan_row WHERE plan = ? ORDER BY seq`, id)
}

// Applied returns the ids of the plans that were applied, newest first.
func (s *Store) Applied(ctx context.Context) ([]forecast.PlanID, error) {
	return s.planIDs(ctx, `SELECT id FROM plan WHERE pipeline = ? AND applied_at > 0 ORDER BY applied_at DESC, created_at DESC, id`)
}

// OpenPlans returns the ids of the plans that a driver has something to do for,
// oldest first: those that were applied, have not ended, are not in review, and are
// not paused with nothing running.
func (s *Store) OpenPlans(ctx context.Context) ([]forecast.PlanID, error) {
	return s.planIDs(ctx, `SELECT id FROM plan WHERE pipeline = ? AND applied_at > 0 AND ended_at = 0
		AND state <> 'Review' AND (state <> 'Paused' OR EXISTS (SELECT 1 FROM plan_row WHERE plan = plan.id AND plan_row.state = 'Running')) ORDER BY applied_at, created_at, id`)
}

func (s *Store) planIDs(ctx context.Context, query string) ([]forecast.PlanID, error) {
	var ids []forecast.PlanID
	err := s.view(ctx, "read plans", func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			var id forecast.PlanID
			err := rows.Scan(&id)
			ids = append(ids, id)
			return err
		}, query, s.Pipeline)
	})
	return ids, err
}

// ChangePlan changes the state of a plan and of its rows in one transaction:
// change gets the plan as it is and returns it as it shall be. Rows keep their
// order and number.
func (s *Store) ChangePlan(ctx context.Context, id forecast.PlanID, change func(forecast.Plan) (forecast.Plan, error)) (forecast.Plan, error) {
	return s.changePlan(ctx, id, change, func(*sql.Tx, forecast.Plan, forecast.Plan) error { return nil })
}

// SettlePlan is ChangePlan for a change that a driver decided: people are told of
// it. It wraps ErrFenced if another process drives the plan now.
func (s *Store) SettlePlan(ctx context.Context, drive Drive, change func(forecast.Plan) (forecast.Plan, error)) (forecast.Plan, error) {
	return s.changePlan(ctx, drive.Plan, change, func(tx *sql.Tx, before, after forecast.Plan) error {
		if err := drives(ctx, tx, drive); err != nil {
			return err
		}
		return s.notePlan(ctx, tx, before, after)
	})
}

func (s *Store) changePlan(
	ctx context.Context, id forecast.PlanID,
	change func(forecast.Plan) (forecast.Plan, error), note func(tx *sql.Tx, before, after forecast.Plan) error,
) (forecast.Plan, error) {
	var after forecast.Plan
	err := s.update(ctx, "change plan "+string(id), func(tx *sql.Tx) error {
		before, err := s.plan(ctx, tx, id)
		if err != nil {
			return err
		}
		given := before
		given.Rows = append([]forecast.PlanRow(nil), before.Rows...)
		if after, err = change(given); err != nil {
			return err
		}
		if err := s.writePlan(ctx, tx, before, after); err != nil {
			return err
		}
		return note(tx, before, after)
	})
	return after, err
}

func (s *Store) writePlan(ctx context.Context, tx *sql.Tx, before, after forecast.Plan) error {
	now := micros(s.Now())
	changed := before.State != after.State || before.Reason != after.Reason || before.Outcome != after.Outcome
	for i, row := range after.Rows {
		was, err := json.Marshal(before.Rows[i])
		if err != nil {
			return err
		}
		is, err := json.Marshal(row)
		if err != nil {
			return err
		}
		if string(was) == string(is) {
			continue
		}
		changed = true
		if err := changeRow(ctx, tx, after.ID, before.Rows[i].State, row, now); err != nil {
			return err
		}
	}
	if !changed {
		return nil
	}
	applied := int64(0)
	if before.State == forecast.PlanDraft && after.State != forecast.PlanDraft {
		applied = now
	}
	if _, err := exec(ctx, tx, `UPDATE plan SET state = ?, outcome = ?, reason = ?, ended_at = ?, applied_at = max(applied_at, ?) WHERE id = ? AND state = ?`,
		after.State, after.Outcome, after.Reason, micros(after.Ended), applied, after.ID, before.State); err != nil {
		return err
	}
	return s.event(ctx, tx, "plan.changed", 0, after.ID)
}

// changeRow moves a row of a plan from a state that it must be in.
func changeRow(ctx context.Context, tx *sql.Tx, plan forecast.PlanID, from forecast.RowState, row forecast.PlanRow, now int64) error { //nolint:revive // argument-limit: one statement's values
	text, err := json.Marshal(row)
	if err != nil {
		return err
	}
	n, err := exec(ctx, tx, `UPDATE plan_row SET state = ?, row = ?, updated_at = ? WHERE plan = ? AND date = ? AND state = ?`,
		row.State, string(text), now, plan, row.Date.String(), from)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("row %s of plan %s is not %s any more: %w", row.Date, plan, from, forecast.ErrConflict)
	}
	return nil
}

// RowMove moves a row of a plan from a state that it must be in.
type RowMove struct {
	From forecast.RowState
	Row  forecast.PlanRow // as it is afterwards
}

// MoveRows moves rows of a plan, all or none. It wraps forecast.ErrConflict if
// a row is not in the state it should move from, or if the plan has another
// driver.
func (s *Store) MoveRows(ctx context.Context, drive Drive, moves []RowMove) error {
	return s.update(ctx, "change plan "+string(drive.Plan), func(tx *sql.Tx) error {
		if err := drives(ctx, tx, drive); err != nil {
			return err
		}
		now := micros(s.Now())
		for _, move := range moves {
			if err := changeRow(ctx, tx, drive.Plan, move.From, move.Row, now); err != nil {
				return err
			}
		}
		return s.event(ctx, tx, "plan.rows", 0, drive.Plan)
	})
}

// Drive is the right to carry out a plan.
type Drive struct {
	Plan  forecast.PlanID
	Fence int64
}

// DrivenError says who drives a plan. It wraps forecast.ErrConflict.
type DrivenError struct {
	Holder Holder
	Until  time.Time
	Fence  int64
}

// Error returns "driven by aki@host".
func (e *DrivenError) Error() string { return "driven by " + e.Holder.String() }

// Unwrap returns forecast.ErrConflict.
func (*DrivenError) Unwrap() error { return forecast.ErrConflict }

// TakePlan makes the holder the driver of a plan. A plan that somebody drives
// is *DrivenError; give it back as over to take the plan from that driver, who
// must be gone.
func (s *Store) TakePlan(ctx context.Context, id forecast.PlanID, holder Holder, until time.Time, over *DrivenError) (Drive, error) {
	drive := Drive{Plan: id}
	err := s.update(ctx, "drive plan "+string(id), func(tx *sql.Tx) error {
		var now DrivenError
		var actor string
		var end int64
		err := tx.QueryRowContext(ctx, `SELECT driver_fence, driver, driver_host, driver_pid, driver_start, driver_boot, driver_until FROM plan WHERE id = ? AND pipeline = ?`,
			id, s.Pipeline).Scan(&now.Fence, &actor, &now.Holder.Host, &now.Holder.Pid, &now.Holder.Start, &now.Holder.Boot, &end)
		if errors.Is(err, sql.ErrNoRows) {
			return forecast.ErrNotFound
		}
		if err != nil {
			return err
		}
		now.Holder.Actor, now.Until = trimHost(actor, now.Holder.Host), instant(end)
		if now.Fence != 0 && (over == nil || over.Fence != now.Fence) {
			return &now
		}
		if drive.Fence, err = nextFence(ctx, tx); err != nil {
			return err
		}
		if _, err := exec(ctx, tx, `UPDATE plan SET driver = ?, driver_fence = ?, driver_host = ?, driver_pid = ?, driver_start = ?, driver_boot = ?, driver_until = ? WHERE id = ?`,
			holder.String(), drive.Fence, holder.Host, holder.Pid, holder.Start, holder.Boot, micros(until), id); err != nil {
			return err
		}
		return s.event(ctx, tx, "plan.driver", 0, id)
	})
	return drive, err
}

func trimHost(text, host string) string {
	if n := len(text) - len(host) - 1; n >= 0 {
		return text[:n]
	}
	return text
}

// RenewPlan moves the end of a drive. It wraps ErrFenced if another process
// drives the plan now.
func (s *Store) RenewPlan(ctx context.Context, drive Drive, until time.Time) error {
	return s.update(ctx, "drive plan "+string(drive.Plan), func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, `UPDATE plan SET driver_until = ? WHERE id = ? AND driver_fence = ?`, micros(until), drive.Plan, drive.Fence)
		if err == nil && n == 0 {
			return ErrFenced
		}
		return err
	})
}

// LeavePlan gives a drive back.
func (s *Store) LeavePlan(ctx context.Context, drive Drive) error {
	return s.update(ctx, "leave plan "+string(drive.Plan), func(tx *sql.Tx) error {
		n, err := exec(ctx, tx, `UPDATE plan SET driver = '', driver_fence = 0, driver_until = 0 WHERE id = ? AND driver_fence = ?`, drive.Plan, drive.Fence)
		if err != nil || n == 0 {
			return err
		}
		return s.event(ctx, tx, "plan.driver", 0, drive.Plan)
	})
}

// drives refuses the write of somebody who drives the plan no more.
func drives(ctx context.Context, tx *sql.Tx, drive Drive) error {
	var fence int64
	if err := tx.QueryRowContext(ctx, `SELECT driver_fence FROM plan WHERE id = ?`, drive.Plan).Scan(&fence); err != nil {
		return err
	}
	if fence != drive.Fence {
		return ErrFenced
	}
	return nil
}

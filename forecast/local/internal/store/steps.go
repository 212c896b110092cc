package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/local/internal/process"
	"github.com/daybatch/daybatch/forecast/scrub"
)

// Try is one process of a step.
type Try struct {
	Seq     int // index of the step
	K       int // 1, 2, 3 ... per step
	Process process.ID
	Dir     string // relative to the state directory
}

// StartTry records the process of a step before it does anything. It wraps
// ErrStopMark if the attempt is being stopped.
func (s *Store) StartTry(ctx context.Context, claim Claim, try Try) error {
	return s.update(ctx, "start step", func(tx *sql.Tx) error {
		l, err := s.fenced(ctx, tx, claim)
		if err != nil {
			return err
		}
		if !l.Stop.IsZero() {
			return ErrStopMark
		}
		now := micros(s.Now())
		n, err := exec(ctx, tx, `UPDATE step SET status = 'Executing', tries = ?, started_at = ?, reason_class = '', reason = ''
			WHERE attempt = ? AND seq = ? AND (status = 'Starting' OR status = 'Waiting' AND tries > 0)`,
			try.K, now, claim.ID, try.Seq)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("step %d of %s is not ready to start: %w", try.Seq, claim.Execution(), forecast.ErrConflict)
		}
		if _, err := exec(ctx, tx, `INSERT INTO step_try (attempt, seq, k, pid, pid_start, boot_id, dir, started_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			claim.ID, try.Seq, try.K, try.Process.Pid, try.Process.Start, try.Process.Boot, try.Dir, now); err != nil {
			return err
		}
		return s.event(ctx, tx, "step.started", claim.Date, "")
	})
}

// TryEnd says how a try ended.
type TryEnd struct {
	Seq, K   int
	ExitCode int
	Reason   forecast.Reason // zero: success
	Outputs  Outputs         // of a success
	Metrics  forecast.Measures
	// Again is when the step is ready for another try after a failure; zero: there
	// is none. Until then the step is Waiting, for the reason Wait.
	Again time.Time
	Wait  string
}

// EndTry records the end of a step's process. After a success the step has
// Succeeded and the next one is ready; the last step stays Executing until its
// partition is published. After a failure the step waits for another try if the
// end says so, else it stays open until the attempt is ended.
func (s *Store) EndTry(ctx context.Context, claim Claim, end TryEnd) error {
	return s.update(ctx, "end step", func(tx *sql.Tx) error {
		if _, err := s.fenced(ctx, tx, claim); err != nil {
			return err
		}
		now := micros(s.Now())
		end.Reason, end.Wait = end.Reason.Redacted(), scrub.Redact(end.Wait)
		if _, err := exec(ctx, tx, `UPDATE step_try SET exit_code = ?, reason_class = ?, reason = ?, ended_at = ? WHERE attempt = ? AND seq = ? AND k = ? AND ended_at = 0`,
			end.ExitCode, end.Reason.Class, end.Reason.Text, now, claim.ID, end.Seq, end.K); err != nil {
			return err
		}
		if err := s.putMetrics(ctx, tx, claim, end.Metrics); err != nil {
			return err
		}
		switch {
		case end.Reason.Class == forecast.ReasonNone:
			if err := stepSucceeded(ctx, tx, claim, end, now); err != nil {
				return err
			}
		case !end.Again.IsZero():
			if _, err := exec(ctx, tx, `UPDATE step SET status = 'Waiting', created_at = ?, started_at = 0, reason_class = ?, reason = ?
				WHERE attempt = ? AND seq = ? AND status = 'Executing'`,
				micros(end.Again), end.Reason.Class, end.Wait, claim.ID, end.Seq); err != nil {
				return err
			}
		}
		return s.event(ctx, tx, "step.ended", claim.Date, "")
	})
}

// ReuseStep lets a step that is ready to start take over outputs instead, and
// makes the next one ready. It wraps ErrStopMark if the attempt is being stopped.
func (s *Store) ReuseStep(ctx context.Context, claim Claim, seq int, outputs Outputs) error {
	files, err := list(outputs.Files)
	if err != nil {
		return fmt.Errorf("reuse step: %w", err)
	}
	return s.update(ctx, "reuse step", func(tx *sql.Tx) error {
		l, err := s.fenced(ctx, tx, claim)
		if err != nil {
			return err
		}
		if !l.Stop.IsZero() {
			return ErrStopMark
		}
		now := micros(s.Now())
		n, err := exec(ctx, tx, `UPDATE step SET status = 'Reused', reused_from = ?, fingerprint = ?, dir = ?, outputs = ?, ended_at = ?
			WHERE attempt = ? AND seq = ? AND status = 'Starting'`,
			outputs.Attempt, outputs.Fingerprint, outputs.Dir, files, now, claim.ID, seq)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("step %d of %s is not ready to start: %w", seq, claim.Execution(), forecast.ErrConflict)
		}
		if _, err := exec(ctx, tx, `UPDATE attempt SET parent = n - 1 WHERE id = ?`, claim.ID); err != nil {
			return err
		}
		if err := readyNext(ctx, tx, claim, seq, now); err != nil {
			return err
		}
		return s.event(ctx, tx, "step.ended", claim.Date, "")
	})
}

func stepSucceeded(ctx context.Context, tx *sql.Tx, claim Claim, end TryEnd, now int64) error {
	files, err := list(end.Outputs.Files)
	if err != nil {
		return err
	}
	var steps int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM step WHERE attempt = ?`, claim.ID).Scan(&steps); err != nil {
		return err
	}
	status, ended := forecast.StepSucceeded, now
	if end.Seq == steps-1 {
		status, ended = forecast.StepExecuting, 0
	}
	// A step that is Stopping has ended by itself; what it made stays on record.
	if _, err := exec(ctx, tx, `UPDATE step SET status = iif(status = 'Executing', ?, status), fingerprint = ?, dir = ?, outputs = ?, ended_at = iif(status = 'Executing', ?, 0)
		WHERE attempt = ? AND seq = ? AND status IN ('Executing', 'Stopping')`,
		status, end.Outputs.Fingerprint, end.Outputs.Dir, files, ended, claim.ID, end.Seq); err != nil {
		return err
	}
	return readyNext(ctx, tx, claim, end.Seq, now)
}

// readyNext makes the step after seq ready to start.
func readyNext(ctx context.Context, tx *sql.Tx, claim Claim, seq int, now int64) error {
	_, err := exec(ctx, tx, `UPDATE step SET status = 'Starting', created_at = ? WHERE attempt = ? AND seq = ? AND status = 'Waiting'
		AND EXISTS (SELECT 1 FROM attempt WHERE id = step.attempt AND status = 'Executing')`, now, claim.ID, seq+1)
	return err
}

func (s *Store) putMetrics(ctx context.Context, tx *sql.Tx, claim Claim, metrics forecast.Measures) error {
	if len(metrics) == 0 {
		return nil
	}
	text, err := json.Marshal(metrics)
	if err != nil {
		return err
	}
	_, err = exec(ctx, tx, `UPDATE attempt SET metrics = ? WHERE id = ?`, string(text), claim.ID)
	return err
}

// StepRecord is a step with what is recorded of its outputs.
type StepRecord struct {
	Name    forecast.StepName
	Status  forecast.StepStatus
	Outputs Outputs
	Source  int64 // observation that the attempt's rows stem from; 0: nobody looked
}

// Records returns the steps of attempt n of a date with their outputs, in
// order; none if there is no such attempt.
func (s *Store) Records(ctx context.Context, execution forecast.ExecutionID) ([]StepRecord, error) {
	date, n, _ := ParseExecutionID(execution)
	var records []StepRecord
	err := s.view(ctx, "read steps of "+string(execution), func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			r := StepRecord{}
			var files string
			if err := rows.Scan(&r.Name, &r.Status, &r.Outputs.Attempt, &r.Outputs.Dir, &r.Outputs.Fingerprint, &files, &r.Source); err != nil {
				return err
			}
			if r.Outputs.Attempt == 0 {
				r.Outputs.Attempt = n
			}
			records = append(records, r)
			if files == "" {
				return nil
			}
			return json.Unmarshal([]byte(files), &records[len(records)-1].Outputs.Files)
		}, `SELECT s.name, s.status, s.reused_from, s.dir, s.fingerprint, s.outputs, a.source FROM step s JOIN attempt a ON a.id = s.attempt
			WHERE a.pipeline = ? AND a.date = ? AND a.n = ? ORDER BY s.seq`, s.Pipeline, date.String(), n)
	})
	return records, err
}

// TryRecord is a try as it is on record.
type TryRecord struct {
	Step    forecast.StepName
	Seq, K  int
	Process process.ID
	Dir     string
	Started time.Time
	Ended   bool
}

// Tries returns the tries of an execution in the order they started.
func (s *Store) Tries(ctx context.Context, execution forecast.ExecutionID) ([]TryRecord, error) {
	date, n, _ := ParseExecutionID(execution)
	var tries []TryRecord
	err := s.view(ctx, "read tries of "+string(execution), func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			var t TryRecord
			var started, ended int64
			err := rows.Scan(&t.Step, &t.Seq, &t.K, &t.Process.Pid, &t.Process.Start, &t.Process.Boot, &t.Dir, &started, &ended, &t.Process.Host)
			t.Started, t.Ended = instant(started), ended != 0
			tries = append(tries, t)
			return err
		}, `SELECT s.name, t.seq, t.k, t.pid, t.pid_start, t.boot_id, t.dir, t.started_at, t.ended_at, a.host FROM step_try t
			JOIN attempt a ON a.id = t.attempt JOIN step s ON s.attempt = t.attempt AND s.seq = t.seq
			WHERE a.pipeline = ? AND a.date = ? AND a.n = ? ORDER BY t.seq, t.k`, s.Pipeline, date.String(), n)
	})
	return tries, err
}

// OpenTries returns the processes of tries that have not ended, by the row of the
// attempt, of the dates of a range that somebody holds.
func (s *Store) OpenTries(ctx context.Context, r calendar.Range) (map[int64][]process.ID, error) {
	tries := make(map[int64][]process.ID)
	err := s.view(ctx, "read processes", func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			var attempt int64
			var id process.ID
			err := rows.Scan(&attempt, &id.Host, &id.Pid, &id.Start, &id.Boot)
			tries[attempt] = append(tries[attempt], id)
			return err
		}, `SELECT a.id, a.host, t.pid, t.pid_start, t.boot_id FROM lease l JOIN attempt a ON a.id = l.attempt
			JOIN step_try t ON t.attempt = a.id WHERE l.pipeline = ? AND l.date BETWEEN ? AND ? AND t.ended_at = 0
			ORDER BY l.date, t.seq, t.k`, s.Pipeline, r.From.String(), r.To.String())
	})
	return tries, err
}

package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/local/internal/source"
	"github.com/daybatch/daybatch/forecast/step"
)

// Claim is a lease as its holder knows it. Writes for the attempt carry it.
type Claim struct {
	Date  calendar.Date
	N     int   // of the attempt
	ID    int64 // row of the attempt
	Fence int64
	// Generation is the id of the partition that the attempt builds.
	Generation string
}

// Execution returns the id of the claim's attempt.
func (c Claim) Execution() forecast.ExecutionID { return ExecutionID(c.Date, c.N) }

// File is a file of a step's output.
type File = step.File

// Outputs are what a step made: files below the output directory of a try.
type Outputs struct {
	Attempt     int    // n of the attempt that made them
	Dir         string // of the try, relative to the state directory
	Fingerprint string
	Files       []File
}

// NewStep is a step of an attempt to be made.
type NewStep struct {
	Name    forecast.StepName
	Command []string
	Reuse   *Outputs // take these over instead of running
}

// Expected is what a plan expects of a date.
type Expected struct {
	Attempt    int
	Generation string
}

// NewAttempt says how to begin an attempt.
type NewAttempt struct {
	Date       calendar.Date
	Cause      forecast.Cause
	Actor      string // who asked for it
	Definition string // hash of a definition that is stored
	Zone       string
	Generation string
	Parent     int // n of the attempt whose steps are reused; 0: none
	Steps      []NewStep
	Drive      Drive             // of the plan whose row starts; zero: none
	Row        forecast.PlanRow  // as it is while it runs; its Execution is filled in
	From       forecast.RowState // of the row until now
	Expected   *Expected         // nil: whatever the date looks like
	Holder     Holder
	Expires    time.Time
	MaxActive  int // dates of the pipeline at once; 0: any number
	// Source is what the source's files look like, ordered by path; nil: nobody
	// looked.
	Source []source.File
}

// PutDefinition stores a definition under its hash.
func (s *Store) PutDefinition(ctx context.Context, hash string, definition forecast.Definition) error {
	text, err := json.Marshal(definition)
	if err != nil {
		return fmt.Errorf("store definition: %w", err)
	}
	return s.update(ctx, "store definition", func(tx *sql.Tx) error {
		_, err := exec(ctx, tx, `INSERT INTO definition (hash, pipeline, config, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			hash, s.Pipeline, string(text), micros(s.Now()))
		return err
	})
}

// Definition returns what was stored under a hash, or an error wrapping
// forecast.ErrNotFound.
func (s *Store) Definition(ctx context.Context, hash string) (forecast.Definition, error) {
	var definition forecast.Definition
	err := s.view(ctx, "read definition "+hash, func(tx *sql.Tx) error {
		var text string
		err := tx.QueryRowContext(ctx, `SELECT config FROM definition WHERE hash = ?`, hash).Scan(&text)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("no attempt ran under it: %w", forecast.ErrNotFound)
		}
		if err != nil {
			return err
		}
		return json.Unmarshal([]byte(text), &definition)
	})
	return definition, err
}

// Begin takes the lease of a date and makes its next attempt, in one
// transaction. It returns *forecast.HeldError if somebody holds the date,
// *DriftError if the date is not as expected, ErrFull if the pipeline runs as many
// dates as it may, and ErrFenced if another process drives the plan.
func (s *Store) Begin(ctx context.Context, a NewAttempt) (Claim, error) {
	claim := Claim{Date: a.Date, Generation: a.Generation}
	err := s.update(ctx, "start "+a.Date.String(), func(tx *sql.Tx) error {
		if err := s.mend(ctx, tx, a.Date); err != nil {
			return err
		}
		if err := s.admit(ctx, tx, a); err != nil {
			return err
		}
		var err error
		if claim.Fence, err = nextFence(ctx, tx); err != nil {
			return err
		}
		if err := s.insertAttempt(ctx, tx, a, &claim); err != nil {
			return err
		}
		if err := s.observe(ctx, tx, a, claim); err != nil {
			return err
		}
		h := a.Holder
		if _, err := exec(ctx, tx, `INSERT INTO lease (pipeline, date, attempt, fence, actor, host, pid, pid_start, boot_id, taken_at, expires_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, s.Pipeline, a.Date.String(), claim.ID, claim.Fence,
			h.Actor, h.Host, h.Pid, h.Start, h.Boot, micros(s.Now()), micros(a.Expires)); err != nil {
			return err
		}
		if err := s.startRow(ctx, tx, a, claim); err != nil {
			return err
		}
		return s.event(ctx, tx, "attempt.started", a.Date, a.Drive.Plan)
	})
	return claim, err
}

// startRow moves the row of the plan that begins an attempt. A driver whose plan
// was taken over begins none: the other one decides what runs.
func (s *Store) startRow(ctx context.Context, tx *sql.Tx, a NewAttempt, claim Claim) error {
	if a.Drive.Plan == "" {
		return nil
	}
	if err := drives(ctx, tx, a.Drive); err != nil {
		return err
	}
	a.Row.Execution = claim.Execution()
	return changeRow(ctx, tx, a.Drive.Plan, a.From, a.Row, micros(s.Now()))
}

// admit checks that the date is free, as expected, and that a slot is.
func (s *Store) admit(ctx context.Context, tx *sql.Tx, a NewAttempt) error {
	l, err := s.lease(ctx, tx, a.Date)
	if err != nil {
		return err
	}
	if l != nil {
		return &forecast.HeldError{Date: a.Date, Attempt: l.Attempt, Holder: l.Holder.String(), Since: l.Taken}
	}
	if a.Expected != nil {
		if err := s.expected(ctx, tx, a.Date, *a.Expected); err != nil {
			return err
		}
	}
	active := 0
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM lease WHERE pipeline = ?`, s.Pipeline).Scan(&active); err != nil {
		return err
	}
	if a.MaxActive > 0 && active >= a.MaxActive {
		return ErrFull
	}
	return nil
}

// expected compares a date with what its plan expects.
func (s *Store) expected(ctx context.Context, tx *sql.Tx, date calendar.Date, want Expected) error {
	var last int
	if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(n), 0) FROM attempt WHERE pipeline = ? AND date = ?`,
		s.Pipeline, date.String()).Scan(&last); err != nil {
		return err
	}
	if last != want.Attempt {
		return &DriftError{Text: fmt.Sprintf("a%d was made after the plan", last)}
	}
	generation, err := s.own(ctx, tx, date)
	if err != nil {
		return err
	}
	if generation != want.Generation {
		return &DriftError{Text: fmt.Sprintf("generation %q is current, not %q as planned", generation, want.Generation)}
	}
	return nil
}

func (s *Store) insertAttempt(ctx context.Context, tx *sql.Tx, a NewAttempt, claim *Claim) error {
	now := micros(s.Now())
	start := firstToRun(a.Steps)
	if _, err := exec(ctx, tx, `UPDATE attempt SET last = 0 WHERE pipeline = ? AND date = ? AND last = 1`, s.Pipeline, a.Date.String()); err != nil {
		return err
	}
	err := tx.QueryRowContext(ctx, `INSERT INTO attempt (pipeline, date, n, last, status, cause, actor, host, definition, zone,
		parent, start_step, plan, generation, created_at, started_at)
		SELECT ?1, ?2, 1 + coalesce((SELECT max(n) FROM attempt WHERE pipeline = ?1 AND date = ?2), 0), 1,
		?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13 RETURNING id, n`,
		s.Pipeline, a.Date.String(), forecast.Executing, a.Cause, a.Actor, a.Holder.Host, a.Definition, a.Zone,
		a.Parent, a.Steps[start].Name, a.Drive.Plan, a.Generation, now).Scan(&claim.ID, &claim.N)
	if err != nil {
		return err
	}
	for seq, st := range a.Steps {
		if err := insertStep(ctx, tx, stepRow{attempt: claim.ID, seq: seq, first: seq == start, now: now}, st); err != nil {
			return err
		}
	}
	return nil
}

// firstToRun returns the index of the first step that is not reused.
func firstToRun(steps []NewStep) int {
	for i, st := range steps {
		if st.Reuse == nil {
			return i
		}
	}
	return len(steps) - 1
}

type stepRow struct {
	attempt int64
	seq     int
	first   bool
	now     int64
}

func insertStep(ctx context.Context, tx *sql.Tx, row stepRow, st NewStep) error {
	status, created, ended := forecast.StepWaiting, int64(0), int64(0)
	reuse := Outputs{}
	switch {
	case st.Reuse != nil:
		status, created, ended, reuse = forecast.StepReused, row.now, row.now, *st.Reuse
	case row.first:
		status, created = forecast.StepStarting, row.now
	}
	files, err := list(reuse.Files)
	if err != nil {
		return err
	}
	command, err := list(st.Command)
	if err != nil {
		return err
	}
	_, err = exec(ctx, tx, `INSERT INTO step (attempt, seq, name, status, reused_from, command, fingerprint, dir, outputs, created_at, ended_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		row.attempt, row.seq, st.Name, status, reuse.Attempt, command, reuse.Fingerprint, reuse.Dir, files, created, ended)
	return err
}

// list is the JSON of a list, empty text for an empty one.
func list[T any](values []T) (string, error) {
	if len(values) == 0 {
		return "", nil
	}
	text, err := json.Marshal(values)
	return string(text), err
}

// End says how an attempt ended.
type End struct {
	Status forecast.Status // Failed or Stopped
	Reason forecast.Reason
	// Interrupted says that the process that ran it is going or gone: no step
	// of it failed, so what was open is Stopped.
	Interrupted bool
}

// EndAttempt ends an open attempt that published nothing, and frees its date.
// An attempt that was asked to stop ends Stopped, whatever it failed of.
func (s *Store) EndAttempt(ctx context.Context, claim Claim, end End) error {
	return s.update(ctx, "end "+string(claim.Execution()), func(tx *sql.Tx) error { return s.endAttempt(ctx, tx, claim, end) })
}

// EndAttempts is EndAttempt for several, all or none: the ends are in the order of
// the claims.
func (s *Store) EndAttempts(ctx context.Context, claims []Claim, ends []End) error {
	return s.update(ctx, "end attempts", func(tx *sql.Tx) error {
		for i, claim := range claims {
			if err := s.endAttempt(ctx, tx, claim, ends[i]); err != nil {
				return fmt.Errorf("%s: %w", claim.Execution(), err)
			}
		}
		return nil
	})
}

func (s *Store) endAttempt(ctx context.Context, tx *sql.Tx, claim Claim, end End) error {
	l, err := s.fenced(ctx, tx, claim)
	if err != nil {
		return err
	}
	if !l.Stop.IsZero() {
		var by string
		if err := tx.QueryRowContext(ctx, `SELECT stop_by FROM lease WHERE fence = ?`, claim.Fence).Scan(&by); err != nil {
			return err
		}
		end = End{Status: forecast.Stopped, Reason: forecast.Reason{Class: forecast.ReasonStopped, Text: "stopped by " + by}}
	}
	end.Reason = end.Reason.Redacted()
	if err := s.closeAttempt(ctx, tx, claim, end); err != nil {
		return err
	}
	if err := s.noteEnd(ctx, tx, claim, end); err != nil {
		return err
	}
	return s.event(ctx, tx, "attempt.ended", claim.Date, "")
}

// closeAttempt writes the end of an attempt and of its open steps, and gives
// the lease back.
func (s *Store) closeAttempt(ctx context.Context, tx *sql.Tx, claim Claim, end End) error {
	now := micros(s.Now())
	n, err := exec(ctx, tx, `UPDATE attempt SET status = ?, reason_class = ?, reason = ?, unknown_since = 0, ended_at = ?
		WHERE id = ? AND ended_at = 0`, end.Status, end.Reason.Class, end.Reason.Text, now, claim.ID)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("%s has ended already: %w", claim.Execution(), forecast.ErrConflict)
	}
	status := forecast.StepFailed
	if end.Status == forecast.Stopped || end.Interrupted {
		status = forecast.StepStopped
	}
	for _, change := range []struct {
		statement string
		args      []any
	}{
		{
			`UPDATE step SET status = ?, reason_class = ?, reason = ?, ended_at = ? WHERE attempt = ? AND (status IN ('Starting', 'Executing', 'Stopping') OR status = 'Waiting' AND tries > 0)`,
			[]any{status, end.Reason.Class, end.Reason.Text, now, claim.ID},
		},
		{`UPDATE step SET status = 'Skipped' WHERE attempt = ? AND status = 'Waiting'`, []any{claim.ID}},
		{
			`UPDATE step_try SET ended_at = ?, reason_class = ?, reason = ? WHERE attempt = ? AND ended_at = 0`,
			[]any{now, end.Reason.Class, end.Reason.Text, claim.ID},
		},
		{`DELETE FROM lease WHERE fence = ?`, []any{claim.Fence}},
	} {
		if _, err := exec(ctx, tx, change.statement, change.args...); err != nil {
			return err
		}
	}
	return packSteps(ctx, tx, claim.ID)
}

// StopAnswer tells what a stop found.
type StopAnswer struct {
	Attempt int
	// Generation is what the attempt had published already; empty if the stop
	// came in time.
	Generation string
}

// Stop marks the open attempt of a date: from this commit on it publishes
// nothing. It wraps forecast.ErrNotFound if no attempt is open.
func (s *Store) Stop(ctx context.Context, date calendar.Date, by string) (StopAnswer, error) {
	answer := StopAnswer{}
	err := s.update(ctx, "stop "+date.String(), func(tx *sql.Tx) error {
		before, err := s.lease(ctx, tx, date)
		if err != nil {
			return err
		}
		if before == nil {
			return fmt.Errorf("no attempt is running: %w", forecast.ErrNotFound)
		}
		answer.Attempt = before.Attempt
		if err := s.mend(ctx, tx, date); err != nil {
			return err
		}
		after, err := s.lease(ctx, tx, date)
		if err != nil {
			return err
		}
		if after == nil { // mending found that it had published
			return tx.QueryRowContext(ctx, `SELECT generation FROM attempt WHERE id = ?`, before.ID).Scan(&answer.Generation)
		}
		if !after.Stop.IsZero() {
			return nil
		}
		now := micros(s.Now())
		if _, err := exec(ctx, tx, `UPDATE lease SET stop_at = ?, stop_by = ? WHERE fence = ?`, now, by, after.Fence); err != nil {
			return err
		}
		if _, err := exec(ctx, tx, `UPDATE attempt SET status = 'Stopping' WHERE id = ? AND status = 'Executing'`, after.ID); err != nil {
			return err
		}
		if _, err := exec(ctx, tx, `UPDATE step SET status = 'Stopping' WHERE attempt = ? AND (status IN ('Starting', 'Executing') OR status = 'Waiting' AND tries > 0)`, after.ID); err != nil {
			return err
		}
		return s.event(ctx, tx, "attempt.stopping", date, "")
	})
	return answer, err
}

package aws

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"github.com/daybatch/daybatch/aws/internal/cloud"
	"github.com/daybatch/daybatch/aws/internal/foreign"
	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/aws/internal/runs"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/logkey"
	"github.com/daybatch/daybatch/forecast/plan"
)

// start begins the attempt of a row: a note is written, SageMaker is asked, and the
// row moves. Whoever comes upon the note between two of these does the rest.
func (t *theirs) start(ctx context.Context, d *driver, s plan.StartRow) error {
	t.engine.stale()
	executions, err := t.of(ctx, s.Row.Date)
	if err != nil {
		return err
	}
	wanted, err := t.wanted(ctx, s, executions)
	if err != nil {
		return err
	}
	date, note := s.Row.Date, wanted
	_, err = t.notes.Change(ctx, date.String(), func(n foreign.Notes) (foreign.Notes, error) {
		if earlier, ok := n.Note(wanted.ID); ok {
			// Another driver was faster. What it saw of the execution makes the token
			// of a retry: with another one a retry that has succeeded is refused.
			note = earlier
			return n, record.ErrUnchanged
		}
		n.Date = date
		attempts := foreign.Number(executions, n)
		if open, ok := foreign.Open(attempts); ok {
			return n, t.held(date, open)
		}
		if len(attempts) != s.Row.ExpectedAttempt {
			return n, fmt.Errorf("start %s: %w: it has %d attempts, and the plan knows %d", date, forecast.ErrConflict, len(attempts), s.Row.ExpectedAttempt)
		}
		note = wanted
		note.Created = foreign.After(attempts, t.engine.options.Now())
		return n.Add(note), nil
	})
	if err != nil {
		return err //nolint:wrapcheck // it names the date
	}
	begun, err := t.launch(ctx, date, note)
	if err != nil {
		return err
	}
	if begun == "" { // SageMaker does not go on with it: the row asks for a new execution now
		return d.move(ctx, []plan.Decision{anew(s, t)})
	}
	t.engine.options.Log.InfoContext(ctx, "attempt started", slog.String(logkey.Execution, string(begun)))
	return d.move(ctx, []plan.Decision{s.Started(begun)})
}

// anew returns the move of a row whose attempt SageMaker has refused to reopen: it
// stays queued, for a new execution.
func anew(s plan.StartRow, t *theirs) plan.MoveRow {
	row := s.Row
	row.Reopens, row.Reused, row.StartStep = "", nil, ""
	if len(t.defined.graph.Steps) > 0 {
		row.StartStep = forecast.StepName(t.defined.graph.Steps[0].Name)
	}
	row.Outcome = fmt.Sprintf("SageMaker refused to reopen a%d: a fresh execution", s.Attempt)
	return plan.MoveRow{From: s.Row.State, Row: row}
}

// held says whose a date is.
func (t *theirs) held(date calendar.Date, open foreign.Attempt) error {
	err := &forecast.HeldError{Date: date, Attempt: open.Number, Holder: inSageMaker, Since: open.Run.Started}
	if note := open.Last(); note != nil {
		err.Holder, err.Since = note.Holder(), note.Created
	}
	return err
}

// of returns the executions of a date.
func (t *theirs) of(ctx context.Context, date calendar.Date) ([]foreign.Execution, error) {
	all, err := t.executions(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(all), func(x foreign.Execution) bool { return x.Date != date }), nil
}

// wanted is the note of what a row asks for.
func (t *theirs) wanted(ctx context.Context, s plan.StartRow, executions []foreign.Execution) (foreign.Note, error) {
	e, date := t.engine, s.Row.Date
	note := foreign.Note{
		// The same row makes the same note, so that a second try finds the first one.
		ID: fmt.Sprintf("%s/%s/%d/%s", s.Plan, date, s.Attempt, s.Row.Reopens), Way: foreign.Fresh,
		Name: naming.Attempt(date, s.Attempt), Token: naming.Token(t.dating.Pipeline, date, s.Attempt), Parameters: t.dating.Parameters(date),
		Cause: s.Cause, Actor: s.Actor, Host: e.options.Host, Plan: s.Plan, Definition: s.Definition, StartStep: s.Row.StartStep,
	}
	if s.Row.Reopens == "" && len(s.Row.Reused) == 0 {
		return note, nil
	}
	notes, err := t.notes.Load(ctx, date.String())
	if err != nil {
		return note, err //nolint:wrapcheck // it names the object
	}
	attempts := foreign.Number(executions, notes)
	if len(attempts) == 0 || !attempts[len(attempts)-1].Started() {
		return note, fmt.Errorf("start %s: %w: the attempt before has no execution", date, forecast.ErrConflict)
	}
	last := attempts[len(attempts)-1].Run
	if s.Row.Reopens != "" {
		run, err := e.runs.Describe(ctx, last.ARN)
		note.Way, note.Run, note.Name, note.Token, note.Parameters, note.Seen = foreign.Retry, last.ARN, "", "", nil, run.Changed
		return note, err //nolint:wrapcheck // it names the execution
	}
	now, err := t.now(ctx)
	if err != nil {
		return note, err
	}
	given, err := t.given(ctx, last)
	if err != nil {
		return note, err
	}
	note.Way, note.Source, note.Selected = foreign.Selective, last.ARN, foreign.Selected(now.graph, s.Row.Reused)
	// SageMaker does not take parameters over.
	parameters := maps.Clone(given)
	maps.Copy(parameters, note.Parameters)
	note.Parameters = parameters
	return note, nil
}

// launch asks SageMaker for what a note says, and writes down what came of it. It
// may be asked again: the tokens make that harmless. The answer is the attempt, and
// empty if an execution can't be reopened.
func (t *theirs) launch(ctx context.Context, date calendar.Date, note foreign.Note) (forecast.ExecutionID, error) {
	defer t.engine.pulse.Beat()
	if note.Way == foreign.Retry {
		return t.reopen(ctx, date, note)
	}
	before, err := t.of(ctx, date)
	if err != nil {
		return "", err
	}
	arn, err := t.engine.runs.Start(ctx, runs.Start{
		Name: note.Name, Token: note.Token, Parameters: note.Parameters, Source: note.Source, Selected: note.Selected,
	})
	if note.Way == foreign.Selective && errors.Is(err, forecast.ErrInvalid) {
		t.engine.options.Log.WarnContext(ctx, "no steps are taken over: all steps run", slog.String(logkey.Date, date.String()), slog.String(logkey.Error, err.Error()))
		return t.whole(ctx, date, note)
	}
	change := func(n *foreign.Note) { n.Run = arn }
	known := slices.ContainsFunc(before, func(x foreign.Execution) bool { return x.ID() == naming.RunID(arn) && x.Name != note.Name })
	switch {
	case errors.Is(err, forecast.ErrConflict): // it knows the token, and from something else
		return t.found(ctx, date, note, err)
	case err != nil && !refused(err):
		return "", err //nolint:wrapcheck // it names the execution
	case err != nil:
		change = t.refuse(t.refusal(err))
	case known:
		change = t.refuse(forecast.Reason{Class: forecast.ReasonConflict, Text: "SageMaker knows the token of this start from execution " + naming.RunID(arn) + ": rerun the date"})
	}
	if err := t.change(ctx, date, note.ID, change); err != nil {
		return "", err
	}
	t.engine.stale()
	if err := t.yield(ctx, date, note.ID, naming.RunID(arn)); err != nil {
		return "", err
	}
	return t.idOf(ctx, date, note.ID)
}

// found is launch for a token that SageMaker knows already: by it the attempt was
// started, if an execution has its name.
func (t *theirs) found(ctx context.Context, date calendar.Date, note foreign.Note, why error) (forecast.ExecutionID, error) {
	t.engine.stale()
	executions, err := t.of(ctx, date)
	if err != nil {
		return "", err
	}
	if !slices.ContainsFunc(executions, func(x foreign.Execution) bool { return x.Name == note.Name }) {
		if err := t.change(ctx, date, note.ID, t.refuse(t.refusal(why))); err != nil {
			return "", err
		}
	}
	return t.idOf(ctx, date, note.ID)
}

// refusal is why SageMaker has started nothing.
func (t *theirs) refusal(err error) forecast.Reason {
	reason := forecast.Reason{Class: forecast.ReasonConfig, Text: "SageMaker refused to start it: " + err.Error()}
	if cloud.Code(err) == "ResourceLimitExceeded" {
		reason.Class = forecast.ReasonInfrastructure
	}
	return reason
}

func (t *theirs) refuse(reason forecast.Reason) func(*foreign.Note) {
	return func(n *foreign.Note) { n.Refused, n.Ended = reason, latest(n.Created, t.engine.options.Now()) }
}

// change changes a note.
func (t *theirs) change(ctx context.Context, date calendar.Date, id string, change func(*foreign.Note)) error {
	_, err := t.notes.Change(ctx, date.String(), func(n foreign.Notes) (foreign.Notes, error) { return n.Change(id, change), nil })
	if err != nil {
		return fmt.Errorf("note on %s: %w", date, err)
	}
	return nil
}

// whole is launch for a selective execution that SageMaker has refused: all steps
// run. That is written first, so that whoever starts the attempt starts this.
func (t *theirs) whole(ctx context.Context, date calendar.Date, note foreign.Note) (forecast.ExecutionID, error) {
	note.Way, note.Source, note.Selected, note.Parameters = foreign.Fresh, "", nil, t.dating.Parameters(date)
	note.StartStep = forecast.StepName(t.defined.graph.Steps[0].Name)
	created := note
	if err := t.change(ctx, date, note.ID, func(n *foreign.Note) { created.Created = n.Created; *n = created }); err != nil {
		return "", err
	}
	return t.launch(ctx, date, created)
}

// reopen asks SageMaker to go on with an execution.
func (t *theirs) reopen(ctx context.Context, date calendar.Date, note foreign.Note) (forecast.ExecutionID, error) {
	err := t.engine.runs.Retry(ctx, runs.Run{ARN: note.Run, Changed: note.Seen})
	t.engine.stale()
	switch {
	case err == nil:
		return t.idOf(ctx, date, note.ID)
	case !refused(err) && !errors.Is(err, forecast.ErrConflict):
		return "", err //nolint:wrapcheck // it names the execution
	}
	t.engine.options.Log.WarnContext(ctx, "an execution can't be reopened", slog.String(logkey.Date, date.String()), slog.String(logkey.Error, err.Error()))
	return "", t.change(ctx, date, note.ID, t.refuse(forecast.Reason{Class: forecast.ReasonConfig, Text: err.Error()}))
}

// yield stops an execution at once if another one of the date was earlier: the
// pipeline's own schedule, or somebody in the console, asks nobody.
func (t *theirs) yield(ctx context.Context, date calendar.Date, id, run string) error {
	executions, err := t.of(ctx, date)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(executions, func(x foreign.Execution) bool { return x.ID() == run })
	if i < 0 {
		return nil
	}
	own := executions[i]
	for _, other := range executions {
		earlier := other.Started.Before(own.Started) || other.Started.Equal(own.Started) && other.ID() < own.ID()
		if other.ID() == run || !other.Status.Open() || !earlier {
			continue
		}
		if err := t.change(ctx, date, id, func(n *foreign.Note) { n.Withdrawn = true }); err != nil {
			return err
		}
		seen, err := t.engine.runs.Describe(ctx, own.ARN)
		if err == nil {
			err = t.engine.runs.Stop(ctx, seen)
		}
		t.engine.stale()
		if err != nil {
			return err //nolint:wrapcheck // it names the execution
		}
		return fmt.Errorf("start %s: %w: execution %s of the date was started at the same time, by %s", date, forecast.ErrConflict, other.ID(), inSageMaker)
	}
	return nil
}

// idOf returns which attempt a note is about.
func (t *theirs) idOf(ctx context.Context, date calendar.Date, id string) (forecast.ExecutionID, error) {
	attempts, _, err := t.attempts(ctx, calendar.Range{From: date, To: date})
	if err != nil {
		return "", err
	}
	for _, a := range attempts[date] {
		if a.Note != nil && a.Note.ID == id || a.Retry != nil && a.Retry.ID == id {
			return naming.ExecutionID(date, a.Number), nil
		}
	}
	return "", fmt.Errorf("start %s: %w: its attempt is gone", date, forecast.ErrConflict)
}

// resume asks SageMaker again for what the note of an attempt says: whoever wrote it
// may have died before it was asked.
func (t *theirs) resume(ctx context.Context, a record.Attempt) error {
	notes, err := t.notes.Load(ctx, a.Date.String())
	if err != nil {
		return err //nolint:wrapcheck // it names the object
	}
	note, ok := notes.Note(a.Token)
	if !ok {
		return nil
	}
	_, err = t.launch(ctx, a.Date, note)
	return err
}

// reopening reports whether an attempt waits for SageMaker to go on with it.
func (t *theirs) reopening(a record.Attempt) bool {
	return t != nil && a.Status.Open() && a.ARN != "" && !t.listedAs(a).Open() && a.Token != ""
}

// doubt makes sure at the next look that nobody has retried attempts.
func (t *theirs) doubt(attempts ...record.Attempt) {
	if t == nil || len(attempts) == 0 {
		return
	}
	ids := make([]string, len(attempts))
	for i, a := range attempts {
		ids[i] = a.Run()
	}
	t.looks.doubt(t, ids...)
}

// stop stops the open attempt of a date.
func (t *theirs) stop(ctx context.Context, date calendar.Date, actor string) (forecast.StopAnswer, error) {
	t.engine.stale()
	answer := forecast.StopAnswer{Note: "its running jobs are being ended; what its steps have published already stays, which only its team knows"}
	attempts, _, err := t.attempts(ctx, calendar.Range{From: date, To: date})
	if err != nil {
		return answer, fmt.Errorf("stop %s: %w", date, err)
	}
	open, ok := foreign.Open(attempts[date])
	if !ok {
		return answer, fmt.Errorf("stop %s: nothing of it is open: %w", date, forecast.ErrNotFound)
	}
	answer.Execution = naming.ExecutionID(date, open.Number)
	defer t.engine.pulse.Beat()
	if !open.Started() {
		return answer, t.change(ctx, date, open.Note.ID, t.refuse(stoppedBy(actor)))
	}
	run, err := t.engine.runs.Describe(ctx, open.Run.ARN)
	if err != nil {
		return answer, fmt.Errorf("stop %s: %w", date, err)
	}
	if run.Status == forecast.Executing {
		_, err = t.notes.Change(ctx, date.String(), func(n foreign.Notes) (foreign.Notes, error) {
			n.Date = date
			return n.Stop(run.ID(), actor), nil
		})
		if err == nil {
			err = t.engine.runs.Stop(ctx, run)
		}
	}
	t.engine.stale()
	if err != nil {
		return answer, fmt.Errorf("stop %s: %w", date, err)
	}
	return answer, nil
}

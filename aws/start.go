package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"

	"github.com/daybatch/daybatch/aws/internal/bucket"
	"github.com/daybatch/daybatch/aws/internal/cloud"
	"github.com/daybatch/daybatch/aws/internal/definition"
	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/logkey"
	"github.com/daybatch/daybatch/forecast/plan"
)

// start begins the attempt of a row: it takes the date, starts the run, and
// moves the row. Whoever comes upon the date between two of these does the rest.
func (d *driver) start(ctx context.Context, s plan.StartRow) error {
	e := d.engine
	if e.theirs != nil {
		return e.theirs.start(ctx, d, s)
	}
	if err := e.quota.check(e.options.Wall()); err != nil {
		return err
	}
	if err := e.putProject(ctx); err != nil {
		return err
	}
	date := s.Row.Date
	taken, err := e.dates.Change(ctx, date.String(), func(r record.Date) (record.Date, error) {
		r.Date = date
		facts, err := e.merge(ctx, e.calendar.Facts(date), r)
		if err != nil {
			return r, err
		}
		if why := plan.Drift(s.Row, facts); why != "" && facts.Last.Plan != d.id {
			return r, fmt.Errorf("start %s: %w: %s", date, forecast.ErrConflict, why)
		}
		return r.Take(e.newAttempt(s, r), e.holder(), e.options.Now())
	})
	if err != nil {
		return err //nolint:wrapcheck // it names the date
	}
	a, err := taken.Attempt(s.Attempt)
	if err != nil {
		return err //nolint:wrapcheck // it names the attempt
	}
	if err := e.launch(ctx, a); err != nil {
		return err
	}
	e.options.Log.InfoContext(ctx, "attempt started", slog.String(logkey.Execution, string(a.ID)), slog.Int64(logkey.Fence, a.Fence))
	return d.move(ctx, []plan.Decision{s.Started(a.ID)})
}

// newAttempt is the attempt that a row asks for.
func (e *Engine) newAttempt(s plan.StartRow, r record.Date) record.Attempt {
	id := naming.ExecutionID(s.Row.Date, s.Attempt)
	x := s.Execution(id, "sagemaker", e.options.Now())
	for i := range x.Steps {
		x.Steps[i].Command = e.definition.Steps[x.Steps[i].Name].Command
	}
	a := record.Attempt{
		Execution: x, Carrier: string(id), Token: naming.Token(e.definition.Pipeline, s.Row.Date, s.Attempt), Staged: s.Staged,
	}
	a.Parameters = map[string]string{
		definition.ParameterDate: s.Row.Date.String(), definition.ParameterAttempt: strconv.Itoa(s.Attempt), definition.ParameterProject: e.hash, definition.ParameterStart: string(x.StartStep),
		definition.ParameterParent: definition.None, definition.ParameterPublish: definition.Each,
	}
	if s.Staged {
		a.Parameters[definition.ParameterPublish] = definition.Staged
	}
	if len(s.Row.Reused) > 0 {
		a.Source = r.Last().Run()
		a.Parameters[definition.ParameterParent] = a.Source
		if e.jobPerStep() {
			a.Selected = e.selected(x.StartStep)
		}
	}
	return a
}

// launch starts the run of an attempt that was taken, and records which it is.
// The token makes the start idempotent, so that it does no harm to do it again.
// It leaves it for later if it is too early.
//
// If SageMaker refuses, the attempt has failed, as on one machine where the program of
// a step can't be started: the date was taken before, so that nobody else started it,
// its attempts are never cleared, and somebody has to do something about it. Nothing
// ran, so that a date whose forecast is published is as good as before. If it is a
// quota that is exhausted, the attempt is withdrawn, and begun again later.
func (e *Engine) launch(ctx context.Context, a record.Attempt) error {
	if e.theirs != nil {
		return e.theirs.resume(ctx, a)
	}
	arn, err := e.beginAny(ctx, a)
	if err != nil {
		if cloud.Code(err) == quotaCode {
			return e.postpone(ctx, a, err)
		}
		if !refused(err) {
			return err
		}
		return e.end(ctx, a.Date, a, view{execution: fail(a.Execution, "", refusal(err), e.options.Now())})
	}
	if arn == "" {
		return nil // the driver comes back to an attempt without an execution
	}
	e.quota.passed()
	_, err = e.dates.Change(ctx, a.Date.String(), func(r record.Date) (record.Date, error) { return r.Started(a.Attempt, arn) })
	e.stale()
	e.pulse.Beat()
	return err //nolint:wrapcheck // it names the attempt
}

// refused reports whether SageMaker said no, and would say it again: anything
// else may have started the run, or may start it yet. An expired login says
// nothing about the date.
func refused(err error) bool {
	return errors.Is(err, forecast.ErrInvalid) || errors.Is(err, forecast.ErrNotFound) || cloud.Code(err) == quotaCode ||
		errors.Is(err, forecast.ErrUnauthorised) && !cloud.Login(err)
}

func refusal(err error) forecast.Reason {
	reason := forecast.Reason{Class: forecast.ReasonRefused, Text: "SageMaker refused to start it: " + err.Error()}
	switch {
	case errors.Is(err, forecast.ErrNotFound):
		reason.Text += ": deploy the pipeline (daybatch deploy)"
	case cloud.Code(err) == quotaCode:
		reason.Class = forecast.ReasonInfrastructure
	}
	return reason
}

// putProject writes the definition to where jobs look for it. It is named by its
// hash and never changes.
func (e *Engine) putProject(ctx context.Context) error {
	e.mu.Lock()
	written := e.projectWritten
	e.mu.Unlock()
	if written {
		return nil
	}
	text, err := json.Marshal(e.definition)
	if err != nil {
		return fmt.Errorf("write project: %w", err)
	}
	if _, err := e.bucket.Replace(ctx, naming.ProjectKey(e.hash), text, bucket.Absent); err != nil && !errors.Is(err, bucket.ErrChanged) {
		return err //nolint:wrapcheck // it names the object
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.projectWritten = true
	return nil
}

// publish publishes the generation of a staged row.
func (d *driver) publish(ctx context.Context, p plan.PublishRow) error {
	e := d.engine
	err := e.replace(ctx, p.Row.Date, replacement{
		to: p.Row.Generation, expected: p.Row.ExpectedGeneration, kind: record.KindPublish, actor: p.Actor, attempt: p.Row.ExpectedAttempt,
	})
	if err != nil {
		return err
	}
	return d.move(ctx, []plan.Decision{p.Published()})
}

// rollBack takes back what a row of a staged plan has published.
func (d *driver) rollBack(ctx context.Context, p plan.RollbackRow) error {
	err := d.engine.replace(ctx, p.Row.Date, replacement{
		to: p.Row.Replaced, expected: p.Row.Generation, kind: record.KindRollback, actor: p.Actor,
	})
	if err != nil {
		return err
	}
	return d.move(ctx, []plan.Decision{p.RolledBack()})
}

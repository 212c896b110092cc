package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/logkey"
	"github.com/daybatch/daybatch/forecast/plan"
)

// carry works through the dates of a plan's carrier (record.Carrier), one after
// the other, each on its own: one that fails, or that another has taken, ends
// nothing but itself. The plan says before each date whether there is a next one:
// it goes on without anybody who drives it, and pauses at its limit of failures.
// The error tells how many dates did not succeed, and which.
func (j *job) carry(ctx context.Context) error {
	tally, tried := tally{}, make(map[calendar.Date]bool)
	for {
		if ctx.Err() != nil {
			return errors.Join(context.Cause(ctx), tally.result())
		}
		turn, err := j.turn(ctx)
		d := turn.Start.Row.Date
		switch {
		case err != nil:
			return errors.Join(err, tally.result())
		case turn.Start.Attempt == 0:
			return tally.result()
		case tried[d]:
			return errors.Join(fmt.Errorf("go on after %s: its attempt is open still", d), tally.result()) //nolint:err113 // a summary for people
		}
		tried[d] = true
		w := newWork(j, d, turn.Start.Attempt)
		w.turn = &turn
		if err = w.watched(ctx); err != nil {
			j.log.ErrorContext(ctx, "a date did not succeed", slog.String(logkey.Date, d.String()), slog.String(logkey.Reason, err.Error()))
		}
		tally.add(naming.Name{First: d, Last: d, Attempt: turn.Start.Attempt}, err)
	}
}

// turn goes on to the next date.
func (j *job) turn(ctx context.Context) (record.Turn, error) {
	c := j.Config.Carrier
	var turn record.Turn
	_, err := j.plans.Change(ctx, string(c.Plan), func(p record.Plan) (record.Plan, error) {
		past, err := j.past(ctx, p)
		if err != nil {
			return p, err
		}
		next, now, err := p.Turn(c.Number, past, j.Now())
		turn = now
		return next, err //nolint:wrapcheck // it names the plan
	})
	if err != nil {
		return record.Turn{}, fmt.Errorf("go on with plan %s: %w", c.Plan, err)
	}
	return turn, nil
}

// past returns the facts of the dates that this carrier has begun and ended.
func (j *job) past(ctx context.Context, p record.Plan) (map[calendar.Date]plan.Facts, error) {
	c, err := p.Carrier(j.Config.Carrier.Number)
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the carrier
	}
	past := make(map[calendar.Date]plan.Facts)
	for _, row := range p.Plan.Rows {
		if row.State != forecast.RowRunning || !c.Has(row.Execution) {
			continue
		}
		d, err := j.dates.Load(ctx, row.Date.String())
		if err != nil {
			return nil, err //nolint:wrapcheck // it names the record
		}
		if facts := factsOf(row.Date, d); facts.Last.ID == row.Execution && !facts.Last.Status.Open() {
			past[row.Date] = facts
		}
	}
	return past, nil
}

// factsOf returns what a plan has to know of a date that has just ended, or is
// about to begin.
func factsOf(date calendar.Date, d record.Date) plan.Facts {
	facts := plan.Facts{Date: date, Last: d.Last().Execution, Metrics: d.Last().Metrics}
	if g := d.Generations[d.Current]; g != nil {
		facts.Current = g.Partition
	}
	facts.Current.Generation = d.Current
	return facts
}

// watched runs a date while nobody stops it. To begin it and to find that it is not as
// the plan expects it is one change of its record; then the plan gets it back.
func (w *work) watched(ctx context.Context) error {
	defer w.clean()
	if err := w.claim(ctx); err != nil {
		if !errors.Is(err, forecast.ErrConflict) {
			return err
		}
		_, back := w.plans.Change(ctx, string(w.Config.Carrier.Plan), func(p record.Plan) (record.Plan, error) {
			return p.Return(naming.ExecutionID(w.date, w.given))
		})
		return errors.Join(err, back)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.watch(ctx, cancel)
	}()
	defer func() {
		cancel(nil)
		<-done
	}()
	return w.claimed(ctx)
}

// watch ends a date that somebody stops: its step may have hours to go, and the
// dates that wait can't be stopped with it.
func (w *work) watch(ctx context.Context, cancel context.CancelCauseFunc) {
	for w.Watch > 0 && w.Sleep(ctx, w.Watch) == nil {
		if err := w.check(ctx); errors.Is(err, forecast.ErrConflict) {
			cancel(err)
			return
		}
	}
}

// takeTurn takes the date for the plan, if it is as the plan expects it.
func (w *work) takeTurn(d record.Date) (record.Date, error) {
	start := w.turn.Start
	if why := plan.Drift(start.Row, factsOf(w.date, d)); why != "" {
		return d, fmt.Errorf("%w: %s", forecast.ErrConflict, why)
	}
	x := start.Execution(naming.ExecutionID(w.date, w.given), "sagemaker", w.Now())
	for i := range x.Steps {
		x.Steps[i].Command = w.definition.Steps[x.Steps[i].Name].Command
	}
	a := record.Attempt{Execution: x, ARN: w.Config.ARN, Carrier: w.turn.Name, Token: w.turn.Token, Staged: start.Staged}
	return d.Take(a, start.Actor+"@"+w.Host, w.Now()) //nolint:wrapcheck // claim says what for
}

package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/logkey"
)

// several runs dates one after the other, each on its own: one that fails, or
// that another has taken, ends nothing but itself. The error tells how many did
// not succeed, and which.
func (j *job) several(ctx context.Context) error {
	tally := tally{}
	for i, name := range j.Config.Dates {
		if ctx.Err() != nil {
			return errors.Join(context.Cause(ctx), j.abandon(ctx, j.Config.Dates[i:]))
		}
		err := j.one(ctx, name.First, name.Attempt)
		if err != nil {
			j.log.ErrorContext(ctx, "a date did not succeed", slog.String(logkey.Date, name.First.String()), slog.String(logkey.Reason, err.Error()))
		}
		tally.add(name, err)
	}
	return tally.result()
}

// abandon ends the attempts of dates that the job does not come to any more.
func (j *job) abandon(ctx context.Context, names []naming.Name) error {
	var errs []error
	for _, name := range names {
		w := newWork(j, name.First, name.Attempt)
		if err := w.look(context.WithoutCancel(ctx)); err != nil {
			errs = append(errs, err)
			continue
		}
		if progress, err := w.loadProgress(context.WithoutCancel(ctx), j.run); err == nil {
			w.progress = progress
		}
		if err := w.end(ctx, context.Cause(ctx)); reasonOf(err).Class == forecast.ReasonInfrastructure {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// tally counts how dates came out.
type tally struct {
	succeeded int
	order     []string // words, in the order in which they came first
	dates     map[string][]string
	first     string // text of the first failure
}

func (t *tally) add(name naming.Name, err error) {
	if err == nil {
		t.succeeded++
		return
	}
	word := "failed"
	switch reasonOf(err).Class {
	case forecast.ReasonGate:
		word = "gated"
	case forecast.ReasonStopped:
		word = "stopped"
	case forecast.ReasonConflict:
		word = "not run"
	default:
	}
	if t.dates == nil {
		t.dates, t.first = make(map[string][]string), err.Error()
	}
	if t.dates[word] == nil {
		t.order = append(t.order, word)
	}
	t.dates[word] = append(t.dates[word], name.First.String())
}

// result returns what did not succeed: "28 ok, 1 failed (2026-01-09), 1 gated
// (2026-01-17)", and the first reason.
func (t *tally) result() error {
	if len(t.order) == 0 {
		return nil
	}
	parts := []string{fmt.Sprintf("%d ok", t.succeeded)}
	for _, word := range t.order {
		parts = append(parts, fmt.Sprintf("%d %s (%s)", len(t.dates[word]), word, strings.Join(t.dates[word], ", ")))
	}
	return fmt.Errorf("%s\n%s", strings.Join(parts, ", "), t.first) //nolint:err113 // a summary for people
}

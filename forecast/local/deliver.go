//go:build unix

package local

import (
	"context"
	"log/slog"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/alert"
	"github.com/daybatch/daybatch/forecast/alert/notify"
	"github.com/daybatch/daybatch/forecast/logkey"
	"github.com/daybatch/daybatch/forecast/pulse"
	"github.com/daybatch/daybatch/forecast/realised/keep"
)

// outbox sends what the store has noted.
func (e *Engine) outbox() notify.Outbox {
	return notify.Outbox{
		Store: e.store, Audience: e.options.Alerts, Dir: e.dir, Environ: e.options.Environ, Now: e.options.Now, Log: e.options.Log,
		Word: notify.Writer{Reader: e, Deadline: e.calendar.Deadline, Zone: e.calendar.Zone(), Now: e.options.Now}.Word,
	}
}

// keepDelivering sends messages until ctx ends: beside whatever runs, which never
// waits for it.
func (e *Engine) keepDelivering(ctx context.Context) {
	if !e.options.Alerts.Any() {
		return
	}
	for {
		beat := e.pulse.Wait()
		if err := e.outbox().Deliver(ctx); err != nil && ctx.Err() == nil {
			e.options.Log.WarnContext(ctx, "send messages", slog.String(logkey.Error, err.Error()))
		}
		if pulse.Pause(ctx, beat, e.options.Poll) != nil {
			return
		}
	}
}

// flush sends what is left to be sent by a process that is about to end. Where
// people are to be told of drift it looks for it first: nothing may run all day.
func (e *Engine) flush(ctx context.Context) {
	if !e.options.Alerts.Any() {
		return
	}
	if e.options.Alerts.Wants(alert.Drift) {
		keep.Last(ctx, e.options.Log, e.lookBack)
	}
	if err := e.outbox().Flush(ctx); err != nil {
		e.options.Log.WarnContext(ctx, "send messages", slog.String(logkey.Error, err.Error()))
	}
}

// noticeLate notes the dates that have no forecast of their own at their
// deadline. Deadlines of more than a day ago are news to nobody.
func (s *server) noticeLate(ctx context.Context) error {
	e := s.engine
	if !e.options.Alerts.Wants(alert.Late) {
		return nil
	}
	days, err := e.Days(ctx, forecast.DayQuery{})
	if err != nil {
		return err
	}
	for _, day := range days {
		if !alert.IsLate(day, e.calendar.Deadline(day.Date), s.since, e.options.Now()) {
			continue
		}
		if err := e.store.NoteLate(ctx, day.Date); err != nil {
			return err //nolint:wrapcheck // the store names the date
		}
	}
	return nil
}

//go:build unix

package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/alert"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/local/internal/notify"
	"github.com/daybatch/daybatch/forecast/local/internal/store"
	"github.com/daybatch/daybatch/forecast/logkey"
	"github.com/daybatch/daybatch/forecast/pulse"
)

const (
	// sendTime is how long a channel may take.
	sendTime = 15 * time.Second
	// flushTime is how long a process that is about to end goes on sending.
	flushTime = 20 * time.Second
	// staleNotice is the age from which on a message helps nobody.
	staleNotice = 24 * time.Hour
	// mostAtOnce is how many messages of a kind go out singly; more are folded.
	mostAtOnce = 3
)

// Alerts says who is told what.
type Alerts struct {
	Channels map[alert.Kind][]alert.Channel
	// Refresh brings a dashboard up to date; nil: nothing does.
	Refresh *alert.Channel
}

// wants reports whether anybody is told of a kind.
func (a Alerts) wants(kind alert.Kind) bool { return len(a.of(kind)) > 0 }

func (a Alerts) of(kind alert.Kind) []alert.Channel {
	if kind != store.Refresh {
		return a.Channels[kind]
	}
	if a.Refresh == nil {
		return nil
	}
	return []alert.Channel{*a.Refresh}
}

// any reports whether anybody is told anything.
func (a Alerts) any() bool { return len(a.Channels) > 0 || a.Refresh != nil }

// keepDelivering sends messages until ctx ends: beside whatever runs, which never
// waits for it.
func (e *Engine) keepDelivering(ctx context.Context) {
	if !e.options.Alerts.any() {
		return
	}
	for {
		beat := e.pulse.Wait()
		if err := e.deliver(ctx); err != nil && ctx.Err() == nil {
			e.options.Log.WarnContext(ctx, "send messages", slog.String(logkey.Error, err.Error()))
		}
		if pulse.Pause(ctx, beat, e.options.Poll) != nil {
			return
		}
	}
}

// flush sends what is left to be sent by a process that is about to end.
func (e *Engine) flush(ctx context.Context) {
	if !e.options.Alerts.any() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTime)
	defer cancel()
	if err := e.deliver(ctx); err != nil {
		e.options.Log.WarnContext(ctx, "send messages", slog.String(logkey.Error, err.Error()))
	}
}

// parcel is a notice that goes to a channel.
type parcel struct {
	notice  store.Notice
	channel alert.Channel
	tries   int
	message alert.Message
}

// deliver sends what is due, and closes the notices of which nothing is left.
func (e *Engine) deliver(ctx context.Context) error {
	notices, err := e.store.OpenNotices(ctx)
	if err != nil {
		return err //nolint:wrapcheck // the store says what was read
	}
	var due []parcel
	var errs []error
	for _, n := range notices {
		parcels, open := e.unpack(n)
		due = append(due, parcels...)
		if !open {
			errs = append(errs, e.store.CloseNotice(ctx, n.ID))
		}
	}
	for len(due) > 0 {
		like, rest := partition(due)
		errs = append(errs, e.sendAll(ctx, like))
		due = rest
	}
	return errors.Join(errs...)
}

// partition splits off the parcels that go to the channel of the first for the
// same kind of notice.
func partition(parcels []parcel) (like, rest []parcel) {
	for _, p := range parcels {
		if p.channel.Name == parcels[0].channel.Name && p.notice.Kind == parcels[0].notice.Kind {
			like = append(like, p)
		} else {
			rest = append(rest, p)
		}
	}
	return like, rest
}

// unpack returns what is to be sent of a notice now, and whether anything is left
// to be sent now or later.
func (e *Engine) unpack(n store.Notice) (due []parcel, open bool) {
	now := e.options.Now()
	if now.Sub(n.At) > staleNotice {
		return nil, false
	}
	for _, channel := range e.options.Alerts.of(n.Kind) {
		var d store.Delivery
		if i := slices.IndexFunc(n.Deliveries, func(d store.Delivery) bool { return d.Channel == channel.Name }); i >= 0 {
			d = n.Deliveries[i]
		}
		if !d.Sent.IsZero() {
			continue
		}
		open = true
		if !d.NotBefore.After(now) && !d.Claimed.After(now) {
			due = append(due, parcel{notice: n, channel: channel, tries: d.Tries})
		}
	}
	return due, open
}

// sendAll sends notices of one kind to one channel: each by itself, or folded
// into one message if they are many.
func (e *Engine) sendAll(ctx context.Context, parcels []parcel) error {
	var ready []parcel
	for _, p := range parcels {
		claimed, err := e.store.ClaimDelivery(ctx, p.notice.ID, p.channel.Name, e.options.Now().Add(sendTime+flushTime))
		if err != nil {
			return err //nolint:wrapcheck // the store says what was written
		}
		if !claimed {
			continue
		}
		if p.message, err = e.word(ctx, p.notice); err != nil {
			return errors.Join(err, e.sent(ctx, p, err))
		}
		ready = append(ready, p)
	}
	if len(ready) > mostAtOnce {
		return e.sendFolded(ctx, ready)
	}
	var errs []error
	for _, p := range ready {
		errs = append(errs, e.sent(ctx, p, e.sender().Send(ctx, p.channel, p.message)))
	}
	return errors.Join(errs...)
}

func (e *Engine) sendFolded(ctx context.Context, parcels []parcel) error {
	messages := make([]alert.Message, len(parcels))
	for i, p := range parcels {
		messages[i] = p.message
	}
	failed := e.sender().Send(ctx, parcels[0].channel, alert.Digest(messages))
	var errs []error
	for _, p := range parcels {
		errs = append(errs, e.sent(ctx, p, failed))
	}
	return errors.Join(errs...)
}

func (e *Engine) sender() notify.Sender {
	return notify.Sender{Dir: e.dir, Environ: e.options.Environ, Timeout: sendTime}
}

// sent records how a sending came out. One that failed is tried again, later each
// time, by whichever process looks then.
func (e *Engine) sent(ctx context.Context, p parcel, failed error) error {
	text := ""
	if failed != nil {
		text = failed.Error()
		e.options.Log.WarnContext(ctx, "message not sent", slog.String(logkey.Error, text))
	}
	ctx = context.WithoutCancel(ctx)
	return e.store.EndDelivery(ctx, p.notice.ID, p.channel.Name, text, e.options.Now().Add(backOff(p.tries))) //nolint:wrapcheck // the store says what was written
}

// backOff is how long to wait after a number of failed tries: from five seconds
// up to a quarter of an hour, with jitter so that processes spread.
func backOff(tries int) time.Duration {
	wait := min(15*time.Minute, 5*time.Second<<min(tries, 10))
	return wait/2 + rand.N(wait/2+1)
}

// word makes the message of a notice from what is on record now.
func (e *Engine) word(ctx context.Context, n store.Notice) (alert.Message, error) {
	pipeline, err := e.Pipeline(ctx)
	if err != nil {
		return alert.Message{}, err
	}
	switch n.Kind {
	case store.Refresh:
		m := alert.Message{Kind: n.Kind, Key: n.Key, Pipeline: pipeline.Name, Plan: n.Plan, Subject: "REFRESH  " + pipeline.Name}
		if !n.Date.IsZero() {
			m.Dates = []calendar.Date{n.Date}
		}
		return m, nil
	case alert.Backfill:
		p, err := e.store.Plan(ctx, n.Plan)
		return alert.OfPlan(pipeline, p, n.Key), err //nolint:wrapcheck // the store names the plan
	default:
		return e.wordDay(ctx, n, pipeline)
	}
}

// wordDay makes the message of a notice about a date.
func (e *Engine) wordDay(ctx context.Context, n store.Notice, pipeline forecast.Pipeline) (alert.Message, error) {
	day := alert.Day{
		Pipeline: pipeline, Kind: n.Kind, Key: n.Key, Now: e.options.Now(), Zone: e.calendar.Zone(), Deadline: e.calendar.Deadline(n.Date),
	}
	days, err := e.Days(ctx, forecast.DayQuery{Range: calendar.Range{From: n.Date, To: n.Date}})
	if err != nil || len(days) == 0 {
		return alert.Message{}, fmt.Errorf("word a message about %s: %w", n.Date, errors.Join(err, forecast.ErrNotFound))
	}
	day.Day = days[0]
	number := n.Attempt
	if number == 0 {
		number = day.Day.Attempts
	}
	if number > 0 {
		if day.Attempt, err = e.store.Execution(ctx, store.ExecutionID(n.Date, number)); err != nil {
			return alert.Message{}, err //nolint:wrapcheck // the store names the execution
		}
		day.ErrorLine = e.errorLine(ctx, day.Attempt)
	}
	return alert.OfDay(day), nil
}

// errorLine returns the first line of a failed step's log that looks like an
// error. A log that can't be read has none.
func (e *Engine) errorLine(ctx context.Context, execution forecast.Execution) string {
	failed, ok := forecast.Day{Steps: execution.Steps}.FailedStep()
	if !ok {
		return ""
	}
	log, err := e.Logs(ctx, forecast.LogQuery{Execution: execution.ID, Step: failed.Name})
	if err != nil {
		return ""
	}
	defer func() { _ = log.Close() }()
	for {
		lines, err := log.Next(ctx)
		if line := alert.ErrorLine(lines); line != "" {
			return line
		}
		if errors.Is(err, io.EOF) || err != nil {
			return ""
		}
	}
}

// noticeLate notes the dates that have no forecast of their own at their
// deadline. Deadlines of more than a day ago are news to nobody.
func (s *server) noticeLate(ctx context.Context) error {
	e := s.engine
	if !e.options.Alerts.wants(alert.Late) {
		return nil
	}
	days, err := e.Days(ctx, forecast.DayQuery{})
	if err != nil {
		return err
	}
	for _, day := range days {
		deadline := e.calendar.Deadline(day.Date)
		own := day.Partition.Generation != "" && day.Fallback().IsZero()
		if day.Late <= 0 || own || deadline.Before(s.since) || e.options.Now().Sub(deadline) > staleNotice {
			continue
		}
		if err := e.store.NoteLate(ctx, day.Date); err != nil {
			return err //nolint:wrapcheck // the store names the date
		}
	}
	return nil
}

// Send sends one message to a channel of the project in dir, and waits for what
// comes of it. Environ is the environment of a command.
func Send(ctx context.Context, dir string, environ []string, channel alert.Channel, m alert.Message) error {
	return notify.Sender{Dir: dir, Environ: environ, Timeout: sendTime}.Send(ctx, channel, m) //nolint:wrapcheck // it names the channel
}

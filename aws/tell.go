package aws

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/news"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/alert"
	"github.com/daybatch/daybatch/forecast/alert/notify"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/logkey"
	"github.com/daybatch/daybatch/forecast/pulse"
	"github.com/daybatch/daybatch/forecast/realised/keep"
)

// tellLooks is how many looks pass between two of those for what is to be told.
const tellLooks = 3

// mail is the outbox in the bucket.
type mail struct {
	documents *record.Documents[record.Outbox]
	now       func() time.Time
}

func (m mail) change(ctx context.Context, change func(record.Outbox) (record.Outbox, error)) error {
	_, err := m.documents.Change(ctx, naming.Outbox, change)
	return err //nolint:wrapcheck // it names the object
}

// OpenNotices returns the notices of which something may be left to be sent.
func (m mail) OpenNotices(ctx context.Context) ([]alert.Notice, error) {
	stored, err := m.documents.Load(ctx, naming.Outbox)
	return stored.Open(), err //nolint:wrapcheck // it names the object
}

// ClaimDelivery reserves the sending of a notice: of several that try one writes
// the object.
func (m mail) ClaimDelivery(ctx context.Context, notice int64, channel string, until time.Time) (bool, error) {
	claimed := false
	err := m.change(ctx, func(o record.Outbox) (record.Outbox, error) {
		next, err := o.Claim(notice, channel, m.now(), until)
		claimed = err == nil
		return next, err //nolint:wrapcheck // it says that nothing changes
	})
	return claimed && err == nil, err
}

// EndDelivery records how a sending came out.
func (m mail) EndDelivery(ctx context.Context, notice int64, channel, failure string, again time.Time) error {
	return m.change(ctx, func(o record.Outbox) (record.Outbox, error) { return o.Sent(notice, channel, failure, m.now(), again) })
}

// CloseNotice records that nothing of a notice is left to be sent.
func (m mail) CloseNotice(ctx context.Context, notice int64) error {
	return m.change(ctx, func(o record.Outbox) (record.Outbox, error) { return o.Close(notice) })
}

// outbox sends what is noted.
func (e *Engine) outbox() notify.Outbox {
	return notify.Outbox{
		Store: e.mail, Audience: e.options.Alerts, Dir: e.options.Dir, Environ: e.options.Environ, Now: e.options.Wall, Log: e.options.Log,
		Word: notify.Writer{Reader: e, Deadline: e.calendar.Deadline, Zone: e.calendar.Zone(), Now: e.options.Now}.Word,
	}
}

// keepTelling notes and sends until ctx ends, beside whatever runs.
func (e *Engine) keepTelling(ctx context.Context) {
	if !e.options.Alerts.Any() {
		return
	}
	for {
		beat := e.pulse.Wait()
		e.tell(ctx)
		if pulse.Pause(ctx, beat, tellLooks*e.options.Poll) != nil {
			return
		}
	}
}

// tell notes what is to be told and sends it. What fails is tried again, by
// whoever looks next.
func (e *Engine) tell(ctx context.Context) {
	if !e.options.Alerts.Any() {
		return
	}
	if err := errors.Join(e.note(ctx), e.outbox().Deliver(ctx)); err != nil && ctx.Err() == nil {
		e.options.Log.WarnContext(ctx, "send messages", slog.String(logkey.Error, err.Error()))
	}
}

// flush tells what is left by a process that is about to end. Where people are to
// be told of drift it looks for it first: nothing may run all day.
func (e *Engine) flush(ctx context.Context) {
	if e.theirs == nil && e.options.Alerts.Wants(alert.Drift) {
		keep.Last(ctx, e.options.Log, e.lookBack)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), notify.FlushTime)
	defer cancel()
	e.tell(ctx)
}

// note brings the outbox up to the records.
func (e *Engine) note(ctx context.Context) error {
	s := news.State{Now: e.options.Now()}
	var err error
	if s.Dates, err = e.toTell(ctx); err != nil {
		return err
	}
	if s.Plans, err = e.plans.List(ctx, "", ""); err != nil {
		return err //nolint:wrapcheck // as above
	}
	if s.Outbox, err = e.mail.documents.Load(ctx, naming.Outbox); err != nil {
		return err //nolint:wrapcheck // as above
	}
	if e.theirs == nil { // what another team's pipeline publishes is not known
		s.Changes = changes(s.Dates, busyDates(s.Plans, s.Dates), s.Now)
	}
	return e.post(ctx, s.Notices())
}

// toTell returns the records that messages follow from.
func (e *Engine) toTell(ctx context.Context) (map[string]record.Date, error) {
	if e.theirs != nil {
		return e.theirs.toTell(ctx)
	}
	return e.dates.List(ctx, "", "") //nolint:wrapcheck // it names the objects
}

// post puts those notices into the outbox that anybody wants.
func (e *Engine) post(ctx context.Context, notices []alert.Notice) error {
	var wanted []alert.Notice
	for _, n := range notices {
		if e.options.Alerts.Wants(n.Kind) {
			wanted = append(wanted, n)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	return e.mail.change(ctx, func(o record.Outbox) (record.Outbox, error) { return o.Add(wanted, e.options.Wall()) })
}

// noticeLate notes the dates that have no forecast of their own at their deadline.
func (e *Engine) noticeLate(ctx context.Context) error {
	if !e.options.Alerts.Wants(alert.Late) {
		return nil
	}
	now := e.options.Now()
	var since time.Time
	err := e.mail.change(ctx, func(o record.Outbox) (record.Outbox, error) {
		since = o.Since
		if !since.IsZero() {
			return o, record.ErrUnchanged
		}
		since, o.Since = now, now
		return o, nil
	})
	if err != nil {
		return err
	}
	days, err := e.Days(ctx, forecast.DayQuery{})
	if err != nil {
		return err
	}
	var late []alert.Notice
	for _, day := range days {
		if deadline := e.calendar.Deadline(day.Date); alert.IsLate(day, deadline, since, now) {
			late = append(late, news.Late(day.Date, deadline))
		}
	}
	return e.post(ctx, late)
}

// examineMessages finds messages that did not arrive.
func (e *Engine) examineMessages(ctx context.Context, _ map[calendar.Date]record.Date) ([]finding, error) {
	if !e.options.Alerts.Any() {
		return nil, nil
	}
	notices, err := e.mail.OpenNotices(ctx)
	var found []finding
	for _, n := range notices {
		for _, d := range n.Deliveries {
			if d.Sent.IsZero() && d.Error != "" {
				found = append(found, finding{Finding: forecast.Finding{
					Severity: forecast.SeverityWarning, Kind: "unsent-message", Date: n.Date,
					Text:   fmt.Sprintf("a message of kind %s did not arrive in %d tries: %s", n.Kind, d.Tries, d.Error),
					Advice: "`daybatch notify test` tries the channel; the message is tried again by whatever runs or serves",
				}})
			}
		}
	}
	return found, err
}

package notify

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/daybatch/daybatch/forecast/alert"
	"github.com/daybatch/daybatch/forecast/logkey"
)

const (
	// sendTime is how long a channel may take.
	sendTime = 15 * time.Second
	// FlushTime is how long a process that is about to end goes on sending.
	FlushTime = 20 * time.Second
	// mostAtOnce is how many messages of a kind go out singly; more are folded.
	mostAtOnce = 3
)

// Store keeps notices, and which of them a process is sending: several may look at
// the same time, and each notice is sent by one of them.
type Store interface {
	// OpenNotices returns the notices of which something may be left to be sent.
	OpenNotices(ctx context.Context) ([]alert.Notice, error)
	// ClaimDelivery reserves the sending of a notice to a channel until an instant.
	// It reports false if another process sends it now, or has.
	ClaimDelivery(ctx context.Context, notice int64, channel string, until time.Time) (bool, error)
	// EndDelivery records how a sending came out: it arrived if failure is empty,
	// else it is to be tried again not before an instant.
	EndDelivery(ctx context.Context, notice int64, channel, failure string, again time.Time) error
	// CloseNotice records that nothing of a notice is left to be sent.
	CloseNotice(ctx context.Context, notice int64) error
}

// Outbox sends what a store has noted.
type Outbox struct {
	Store    Store
	Audience alert.Audience
	// Word makes the message of a notice, from what is on record now.
	Word func(ctx context.Context, n alert.Notice) (alert.Message, error)
	// Dir is where commands run, and Environ what they find in their environment.
	Dir     string
	Environ []string
	Now     func() time.Time
	Log     *slog.Logger
}

// parcel is a notice that goes to a channel.
type parcel struct {
	notice  alert.Notice
	channel alert.Channel
	tries   int
	message alert.Message
}

// Deliver sends what is due, and closes the notices of which nothing is left.
func (o Outbox) Deliver(ctx context.Context) error {
	notices, err := o.Store.OpenNotices(ctx)
	if err != nil {
		return err //nolint:wrapcheck // the store says what was read
	}
	var due []parcel
	var errs []error
	for _, n := range notices {
		parcels, open := o.unpack(n)
		due = append(due, parcels...)
		if !open {
			errs = append(errs, o.Store.CloseNotice(ctx, n.ID))
		}
	}
	for len(due) > 0 {
		like, rest := partition(due)
		errs = append(errs, o.sendAll(ctx, like))
		due = rest
	}
	return errors.Join(errs...)
}

// Flush sends what is left to be sent by a process that is about to end.
func (o Outbox) Flush(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), FlushTime)
	defer cancel()
	return o.Deliver(ctx)
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
func (o Outbox) unpack(n alert.Notice) (due []parcel, open bool) {
	now := o.Now()
	if now.Sub(n.At) > alert.Stale {
		return nil, false
	}
	for _, channel := range o.Audience.Of(n.Kind) {
		var d alert.Delivery
		if i := slices.IndexFunc(n.Deliveries, func(d alert.Delivery) bool { return d.Channel == channel.Name }); i >= 0 {
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
func (o Outbox) sendAll(ctx context.Context, parcels []parcel) error {
	var ready []parcel
	for _, p := range parcels {
		claimed, err := o.Store.ClaimDelivery(ctx, p.notice.ID, p.channel.Name, o.Now().Add(sendTime+FlushTime))
		if err != nil {
			return err //nolint:wrapcheck // the store says what was written
		}
		if !claimed {
			continue
		}
		if p.message, err = o.Word(ctx, p.notice); err != nil {
			return errors.Join(err, o.sent(ctx, p, err))
		}
		ready = append(ready, p)
	}
	if len(ready) > mostAtOnce {
		return o.sendFolded(ctx, ready)
	}
	var errs []error
	for _, p := range ready {
		errs = append(errs, o.sent(ctx, p, o.sender().Send(ctx, p.channel, p.message)))
	}
	return errors.Join(errs...)
}

func (o Outbox) sendFolded(ctx context.Context, parcels []parcel) error {
	messages := make([]alert.Message, len(parcels))
	for i, p := range parcels {
		messages[i] = p.message
	}
	failed := o.sender().Send(ctx, parcels[0].channel, alert.Digest(messages))
	var errs []error
	for _, p := range parcels {
		errs = append(errs, o.sent(ctx, p, failed))
	}
	return errors.Join(errs...)
}

func (o Outbox) sender() Sender { return Sender{Dir: o.Dir, Environ: o.Environ, Timeout: sendTime} }

// sent records how a sending came out. One that failed is tried again, later each
// time, by whichever process looks then.
func (o Outbox) sent(ctx context.Context, p parcel, failed error) error {
	text := ""
	if failed != nil {
		text = failed.Error()
		o.Log.WarnContext(ctx, "message not sent", slog.String(logkey.Error, text))
	}
	ctx = context.WithoutCancel(ctx)
	return o.Store.EndDelivery(ctx, p.notice.ID, p.channel.Name, text, o.Now().Add(backOff(p.tries))) //nolint:wrapcheck // the store says what was written
}

// backOff is how long to wait after a number of failed tries: from five seconds
// up to a quarter of an hour, with jitter so that processes spread.
func backOff(tries int) time.Duration {
	wait := min(15*time.Minute, 5*time.Second<<min(tries, 10))
	return wait/2 + rand.N(wait/2+1)
}

// Send sends one message to a channel of the project in dir, and waits for what
// comes of it. Environ is the environment of a command.
func Send(ctx context.Context, dir string, environ []string, channel alert.Channel, m alert.Message) error {
	return Sender{Dir: dir, Environ: environ, Timeout: sendTime}.Send(ctx, channel, m)
}

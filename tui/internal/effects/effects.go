// Package effects holds everything of the terminal UI that waits: calls of the
// engine, the subscription to its events, logs, searches and timers. Nothing
// else in tui does I/O, reads a clock or starts a goroutine.
//
// Each page has a [Scope]. What a scope starts answers with a message that
// carries a [Tag]; closing the scope cancels what it started, and nobody waits
// for what was cancelled.
package effects

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/journal"
)

// deadline bounds one call of the engine. A call that changes something is
// given longer, because its answer is worth more.
const (
	deadline       = 30 * time.Second
	changeDeadline = 2 * time.Minute
)

// Effects makes commands. Make one with New.
type Effects struct {
	ctx    context.Context //nolint:containedctx // the program's life; commands have no other way to learn of its end
	engine forecast.Engine
	now    func() time.Time
	wall   func() time.Time
	desk   Desk
	look   Looker

	sessions atomic.Int64 // to be written so far
	writing  sync.Mutex
	pages    atomic.Int64
	held     drafts

	vitals    []forecast.Vital // what the program's caller has found well
	journal   *journal.Journal
	snapshots string // file of the days that were read last; empty: they are not kept
}

// New returns the effects of a program that runs until ctx ends.
func New(ctx context.Context, engine forecast.Engine, now func() time.Time) *Effects {
	return &Effects{ctx: ctx, engine: engine, now: now, wall: now, journal: journal.New("", "")}
}

// By sets the clock of the person at the terminal, before the program begins, if it
// is another than that of the engine's records; nil: it is not.
func (e *Effects) By(wall func() time.Time) {
	if wall != nil {
		e.wall = wall
	}
}

// Well takes what the program's caller has found well, before the program begins.
func (e *Effects) Well(vitals []forecast.Vital) { e.vitals = vitals }

// At sets the desk that the terminal stands on, before the program begins.
func (e *Effects) At(desk Desk) { e.desk = desk }

// PageID identifies an open page.
type PageID int64

// Kind says what was asked. A new request of a kind replaces the one before.
type Kind string

// Tag says which page asked, and which of its requests.
type Tag struct {
	Page    PageID
	Kind    Kind
	Request int64
}

// Owner returns the page that asked.
func (t Tag) Owner() PageID { return t.Page }

// tag returns the tag itself, for messages that embed it.
func (t Tag) tag() Tag { return t }

// Tagged is a message that answers a page.
type Tagged interface {
	Owner() PageID
	tag() Tag
}

// Reply carries what a page asked for.
type Reply[T any] struct {
	Tag
	Value T
	At    time.Time
}

func (r Reply[T]) value() any { return r.Value }

// Failed says that what a page asked for went wrong.
type Failed struct {
	Tag
	Doing string // verb and object: "read days"
	Err   error
	At    time.Time
	// Change says that something was to be changed: whoever asked wants to know,
	// wherever they are now.
	Change bool
	// Again says that it is asked again without anybody's doing.
	Again bool
}

// Text says what was being done and why it went wrong, what was being done once: an
// engine often names it in the same words.
func (f Failed) Text() string {
	why := f.Err.Error()
	if strings.HasPrefix(why, f.Doing+": ") {
		return why
	}
	return f.Doing + ": " + why
}

// Scope is the life of a page.
type Scope struct {
	effects *Effects
	id      PageID
	ctx     context.Context //nolint:containedctx // the page's life
	cancel  context.CancelFunc
	newest  map[Kind]pending
	count   int64
}

// pending is the newest request of a kind.
type pending struct {
	number int64
	cancel context.CancelFunc
}

// Scope opens the scope of a page.
func (e *Effects) Scope() *Scope {
	ctx, cancel := context.WithCancel(e.ctx)
	return &Scope{
		effects: e, id: PageID(e.pages.Add(1)), ctx: ctx, cancel: cancel,
		newest: make(map[Kind]pending),
	}
}

// ID returns the page's identity.
func (s *Scope) ID() PageID { return s.id }

// Close cancels what the page waits for.
func (s *Scope) Close() { s.cancel() }

// Fresh reports whether a reply answers the newest request of its kind.
func (s *Scope) Fresh(reply Tagged) bool {
	tag := reply.tag()
	return tag.Page == s.id && s.newest[tag.Kind].number == tag.Request
}

// Cancel cancels the newest request of a kind; its reply is not accepted.
func (s *Scope) Cancel(kind Kind) {
	if newest, ok := s.newest[kind]; ok {
		newest.cancel()
		delete(s.newest, kind)
	}
}

// open begins a request and cancels the one of the same kind before it.
func (s *Scope) open(kind Kind) (context.Context, Tag) {
	s.Cancel(kind)
	s.count++
	ctx, cancel := context.WithCancel(s.ctx)
	s.newest[kind] = pending{number: s.count, cancel: cancel}
	return ctx, Tag{Page: s.id, Kind: kind, Request: s.count}
}

// call is a request: what it is called, how long it may take, and in which manner
// it is made.
type call struct {
	kind   Kind
	doing  string
	limit  time.Duration
	manner manner
}

// manner is what becomes of a call that goes wrong, or whose page closes.
type manner int

const (
	once manner = iota
	// patient calls read: they are made again while the engine is unavailable.
	patient
	// lasting calls change something: they go on when their page closes, and say so
	// if they go wrong.
	lasting
)

// ask returns the command that makes a call and replies with its answer. A call
// that was cancelled says nothing.
func ask[T any](s *Scope, c call, do func(context.Context) (T, error)) tea.Cmd {
	ctx, tag := s.open(c.kind)
	if c.manner == lasting {
		ctx = s.effects.ctx
	}
	asked := &request[T]{call: c, tag: tag, do: do, now: s.effects.now}
	return func() tea.Msg { return asked.make(ctx) }
}

// request is a call that is being made.
type request[T any] struct {
	call

	tag   Tag
	do    func(context.Context) (T, error)
	now   func() time.Time
	tries int
}

// make makes the call. While the engine is unavailable one that is patient says so, and
// is made again until nobody waits for it any more.
func (r *request[T]) make(ctx context.Context) tea.Msg {
	if ctx.Err() != nil {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, r.limit)
	defer cancel()
	value, err := r.do(limited)
	if err != nil && errors.Is(limited.Err(), context.DeadlineExceeded) {
		err = timeoutError{r.limit}
	}
	switch {
	case ctx.Err() != nil:
		return nil
	case err == nil:
		return Reply[T]{Tag: r.tag, Value: value, At: r.now()}
	}
	failed := Failed{Tag: r.tag, Doing: r.doing, Err: err, At: r.now(), Change: r.manner == lasting}
	failed.Again = r.manner == patient && errors.Is(err, forecast.ErrUnavailable)
	if !failed.Again {
		return failed
	}
	r.tries++
	return tea.BatchMsg{
		func() tea.Msg { return failed },
		func() tea.Msg {
			rest(ctx, delay(r.tries))
			return r.make(ctx)
		},
	}
}

// timeoutError says that the engine did not answer in time.
type timeoutError struct{ limit time.Duration }

// Error says how long was waited.
func (e timeoutError) Error() string { return "no answer within " + e.limit.String() }

// Unwrap makes it an unavailable engine.
func (timeoutError) Unwrap() error { return forecast.ErrUnavailable }

// Package logs is CloudWatch Logs: groups, streams, and the ways of reading
// them, with an adversarial mode in which events come late and out of order,
// pages are short or empty, and streams are rotated.
//
// Events lie in the order of their time stamps, and a position in a stream is
// a time stamp and a number: an event that comes late lands behind the
// positions that were handed out already, so a tail by forward tokens never
// sees it. That is how the real service loses late events for its tails.
package logs

import (
	"fmt"
	"net/http"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

// Quirks are the ways in which reading logs can be made hard; the zero value
// has none.
type Quirks struct {
	LateEvery   int           // every n-th event shows only Late after its time stamp
	Late        time.Duration //
	PageSize    int           // the longest page, whatever was asked for
	EmptyEvery  int           // every n-th page is empty, with a token that goes on
	RepeatEvery int           // every n-th page of FilterLogEvents begins with the last event of the page before
	RotateEvery int           // a job's stream ends after n events and a new one begins
	Coarse      time.Duration // time stamps are cut to multiples of this, so that many are equal
}

// Service holds the log groups of the account.
type Service struct {
	account, region string
	kept            string
	now             func() time.Time
	quirks          func() Quirks
	pager           wire.Pager
	tick            func() time.Duration

	mu     sync.Mutex
	groups map[string]*group
	seq    int
	pages  int
	issued map[string]time.Time
}

type group struct {
	created time.Time
	streams map[string]*stream
}

type stream struct {
	name    string
	created time.Time
	events  []*event // in the order of their keys
	rotated string   // the stream that took over
}

type event struct {
	at, ingested, visible time.Time
	message               string
	seq                   int
}

// key orders events: time stamp, then arrival.
func (e *event) key() string { return fmt.Sprintf("%014d%042d", e.at.UnixMilli(), e.seq) }

// Options for [New].
type Options struct {
	Account, Region string
	Kept            string // where events are for the next service; empty: nowhere
	Now             func() time.Time
	Quirks          func() Quirks
	Pages           func() wire.Quirks
	Tick            func() time.Duration // the host's time for a second of a live tail
}

// New makes a service with the groups that one before it has kept.
func New(o Options) (*Service, error) {
	refuse := func(reason string) *wire.Error {
		return wire.Errorf("InvalidParameterException", "The specified nextToken is invalid: %s.", reason)
	}
	s := &Service{
		account: o.Account, region: o.Region, kept: o.Kept, now: o.Now, quirks: o.Quirks, tick: o.Tick,
		pager:  wire.Pager{Now: o.Now, Quirks: o.Pages, Refuse: refuse},
		groups: map[string]*group{}, issued: map[string]time.Time{},
	}
	return s, s.restore()
}

// Operations are the calls that the service answers.
func (s *Service) Operations() map[string]wire.Operation {
	return map[string]wire.Operation{
		"CreateLogGroup":     wire.Typed(s.createGroup),
		"CreateLogStream":    wire.Typed(s.createStream),
		"DescribeLogGroups":  wire.Typed(s.describeGroups),
		"DescribeLogStreams": wire.Typed(s.describeStreams),
		"PutLogEvents":       wire.Typed(s.putEvents),
		"GetLogEvents":       wire.Typed(s.getEvents),
		"FilterLogEvents":    wire.Typed(s.filterEvents),
		"StartLiveTail":      s.liveTail,
	}
}

// Append adds a line to a stream, which is made with its group at the first
// one.
func (s *Service) Append(groupName, streamName, message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.groups[groupName]
	if g == nil {
		g = &group{created: s.now(), streams: map[string]*stream{}}
		s.groups[groupName] = g
	}
	st := s.writable(g, streamName)
	s.keep(groupName, st.name, s.add(st, s.now(), message))
}

// writable is the stream that takes the next event: the one named, or the
// last of those that took over from it. The lock is held.
func (s *Service) writable(g *group, name string) *stream {
	st := g.streams[name]
	for st != nil && st.rotated != "" {
		name = st.rotated
		st = g.streams[name]
	}
	if st != nil {
		every := s.quirks().RotateEvery
		if every <= 0 || len(st.events) < every {
			return st
		}
		base, _, _ := strings.Cut(name, "_")
		st.rotated = fmt.Sprintf("%s_%d", base, len(g.streams)+1)
		name = st.rotated
	}
	st = &stream{name: name, created: s.now()}
	g.streams[name] = st
	return st
}

// add puts an event where its time stamp belongs. The lock is held.
func (s *Service) add(st *stream, at time.Time, message string) *event {
	q := s.quirks()
	s.seq++
	now := s.now()
	if q.Coarse > 0 {
		at = at.Truncate(q.Coarse)
	}
	const largest = 256 << 10
	e := &event{at: at, ingested: now, visible: now, seq: s.seq, message: wire.Cut(message, largest)}
	if q.LateEvery > 0 && s.seq%q.LateEvery == 0 {
		e.visible = now.Add(q.Late)
		e.ingested = e.visible
	}
	st.insert(e)
	return e
}

// insert puts an event at its place.
func (st *stream) insert(e *event) {
	key := e.key()
	i := sort.Search(len(st.events), func(i int) bool { return st.events[i].key() > key })
	st.events = append(st.events, nil)
	copy(st.events[i+1:], st.events[i:])
	st.events[i] = e
}

// seen are the events of a stream that can be read now. The lock is held.
func (s *Service) seen(st *stream) []*event {
	now := s.now()
	out := make([]*event, 0, len(st.events))
	for _, e := range st.events {
		if !e.visible.After(now) {
			out = append(out, e)
		}
	}
	return out
}

// Lines are the messages of a job's streams in the order of their time stamps.
func (s *Service) Lines(groupName, prefix string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.groups[groupName]
	if g == nil {
		return nil
	}
	var all []*event
	for name, st := range g.streams {
		if strings.HasPrefix(name, prefix) {
			all = append(all, st.events...)
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].key() < all[j].key() })
	lines := make([]string, len(all))
	for i, e := range all {
		lines[i] = e.message
	}
	return lines
}

// find is the group that a request means, by name or ARN. The lock is held.
func (s *Service) find(name, identifier string) (*group, string, error) {
	if (name == "") == (identifier == "") {
		return nil, "", invalid("Exactly one of logGroupName and logGroupIdentifier must be given.")
	}
	if name == "" {
		name = identifier
		if _, tail, ok := strings.Cut(identifier, ":log-group:"); ok {
			name = tail
			if identifier != s.arn(name) { // another Region's, or another account's
				return nil, "", notFound("The specified log group does not exist.")
			}
		}
	}
	g := s.groups[name]
	if g == nil {
		return nil, "", notFound("The specified log group does not exist.")
	}
	return g, name, nil
}

func (s *Service) arn(groupName string) string {
	return "arn:aws:logs:" + s.region + ":" + s.account + ":log-group:" + groupName
}

func invalid(format string, args ...any) *wire.Error {
	return wire.Errorf("InvalidParameterException", format, args...)
}

func notFound(message string) *wire.Error {
	return wire.StatusErrorf(http.StatusBadRequest, "ResourceNotFoundException", "%s", message)
}

func millis(t time.Time) int64 { return t.UnixMilli() }

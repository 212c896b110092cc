package effects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/scrub"
	"github.com/daybatch/daybatch/tui/internal/widget/logview"
)

const (
	// pace is how far apart messages lie that nobody typed: each costs a frame.
	pace = 80 * time.Millisecond
	// batch is how many lines a message carries at most, so that adding them
	// does not hold up a key press.
	batch = 20_000
	// scan is how many lines one search command looks at.
	scan = 200_000
	// firstScan is the same for the first of a search, whose matches are waited
	// for.
	firstScan = 50_000
)

// Lines are the next lines of a log, safe to show.
type Lines struct {
	Lines []forecast.LogLine
	Done  bool // the log is complete
	// Kept is how long ago they were read that are shown from where the engine keeps
	// them, and Why they are; nil: they were read just now.
	Kept time.Duration
	Why  error
	tail *tail
}

// Log opens a log. It replies with Lines, the first of them; More waits for the
// next.
func (s *Scope) Log(query forecast.LogQuery) tea.Cmd {
	ctx, tag := s.open(KindLog)
	e := s.effects
	return func() tea.Msg {
		stream, err := e.engine.Logs(ctx, query)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return Failed{Tag: tag, Doing: "open the log", Err: err, At: e.now()}
		}
		tail := &tail{tag: tag, stream: stream, wall: e.wall, news: make(chan struct{}, 1), room: make(chan struct{}, 1)}
		go tail.pump(ctx)
		return tail.wait(ctx, e.now)
	}
}

// More waits for the lines after some.
func (s *Scope) More(lines Lines) tea.Cmd {
	ctx, now := s.ctx, s.effects.now
	return func() tea.Msg { return lines.tail.wait(ctx, now) }
}

// tail reads a stream ahead of the screen, so that lines that come one by one
// reach it in batches.
type tail struct {
	tag    Tag
	stream forecast.LogStream
	wall   func() time.Time
	news   chan struct{} // something came, or the end
	room   chan struct{} // something was taken

	mu    sync.Mutex
	lines []forecast.LogLine
	err   error // io.EOF: complete
	kept  time.Duration
	why   error // it is read from where it was kept
}

// pump reads until the log ends. It never holds more than a few batches.
func (t *tail) pump(ctx context.Context) {
	defer func() {
		if cause := recover(); cause != nil {
			t.end(fmt.Errorf("read the log: %v", cause))
		}
		_ = t.stream.Close()
	}()
	for {
		lines, err := t.stream.Next(ctx)
		t.age()
		if err != nil {
			t.end(err)
			return
		}
		safe := make([]forecast.LogLine, len(lines))
		for i, line := range lines {
			line.Text = scrub.Line(line.Text)
			safe[i] = line
		}
		for t.add(safe) > 2*batch {
			select {
			case <-ctx.Done():
				return
			case <-t.room:
			}
			safe = nil
		}
	}
}

// age takes how old what is read is.
func (t *tail) age() {
	log, ok := t.stream.(forecast.KeptLog)
	if !ok {
		return
	}
	since, why := log.Kept()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.why = why; why != nil {
		t.kept = max(0, t.wall().Sub(since))
	}
}

func (t *tail) add(lines []forecast.LogLine) (held int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lines = append(t.lines, lines...)
	signal(t.news)
	return len(t.lines)
}

func (t *tail) end(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.err = err
	signal(t.news)
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// take returns the next lines, and how the log ended once all were taken.
func (t *tail) take() ([]forecast.LogLine, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := min(len(t.lines), batch)
	lines := t.lines[:n:n]
	t.lines = t.lines[n:]
	signal(t.room)
	if len(t.lines) > 0 {
		signal(t.news)
		return lines, nil
	}
	return lines, t.err
}

func (t *tail) wait(ctx context.Context, now func() time.Time) tea.Msg {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.news:
		}
		lines, err := t.take()
		switch {
		case errors.Is(err, io.EOF):
			return Reply[Lines]{Tag: t.tag, Value: t.reply(Lines{Lines: lines, Done: true}), At: now()}
		case err != nil && ctx.Err() != nil:
			return nil
		case err != nil && len(lines) == 0:
			return Failed{Tag: t.tag, Doing: "read the log", Err: err, At: now()}
		case len(lines) > 0:
			switch {
			case err != nil:
				signal(t.news)
			case len(lines) < batch:
				rest(ctx, pace)
			}
			return Reply[Lines]{Tag: t.tag, Value: t.reply(Lines{Lines: lines}), At: now()}
		}
	}
}

// reply adds to lines what is known of the log.
func (t *tail) reply(lines Lines) Lines {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines.tail, lines.Kept, lines.Why = t, t.kept, t.why
	return lines
}

// rest waits for a while, or until the context ends.
func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// Matches are the lines of a search up to a line.
type Matches struct {
	Lines []uint32
	UpTo  int
}

// Search looks at the next lines of a snapshot. It replies with Matches; ask
// again for the rest. A new search cancels the one before.
func (s *Scope) Search(matcher *logview.Matcher, snapshot logview.Snapshot, from int) tea.Cmd {
	return s.scan(KindSearch, matcher, snapshot, from)
}

// Filter is Search for the lines that a filter lets pass.
func (s *Scope) Filter(matcher *logview.Matcher, snapshot logview.Snapshot, from int) tea.Cmd {
	return s.scan(KindFilter, matcher, snapshot, from)
}

func (s *Scope) scan(kind Kind, matcher *logview.Matcher, snapshot logview.Snapshot, from int) tea.Cmd {
	ctx, tag := s.open(kind)
	now := s.effects.now
	return func() tea.Msg {
		limit := scan
		if from == 0 {
			limit = firstScan
		}
		lines, upTo := logview.Scan(ctx, matcher, snapshot, from, limit)
		if ctx.Err() != nil {
			return nil
		}
		return Reply[Matches]{Tag: tag, Value: Matches{Lines: lines, UpTo: upTo}, At: now()}
	}
}

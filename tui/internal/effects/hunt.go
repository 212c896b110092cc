package effects

import (
	"context"
	"fmt"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast/logsearch"
)

// KindHunt is a search over the logs of many days.
const KindHunt Kind = "hunt"

// Hunted are the next days whose logs were searched, the newest first.
type Hunted struct {
	Days []logsearch.Day
	Of   int  // days in all; 0 while that is not known
	Done bool // they are the last
	more func() tea.Msg
}

// Hunt searches the logs of many days. It replies with Hunted, the first of them;
// MoreHunted waits for the next. It goes on until it is done, or cancelled.
func (s *Scope) Hunt(query logsearch.Query) tea.Cmd {
	ctx, tag := s.open(KindHunt)
	e := s.effects
	return func() tea.Msg {
		if ctx.Err() != nil {
			return nil
		}
		h := &hunt{tag: tag, news: make(chan struct{}, 1)}
		go h.run(ctx, e.engine, query)
		h.more = func() tea.Msg { return h.wait(ctx, e.now) }
		return h.more()
	}
}

// MoreHunted waits for the days after some.
func (s *Scope) MoreHunted(after Hunted) tea.Cmd { return after.more }

// hunt is a search that runs ahead of the screen, so that days that come one by
// one reach it in batches.
type hunt struct {
	tag  Tag
	news chan struct{} // something was found, or the end
	more func() tea.Msg

	mu   sync.Mutex
	days []logsearch.Day
	of   int
	over bool
	err  error
}

func (h *hunt) run(ctx context.Context, reader logsearch.Reader, query logsearch.Query) {
	defer func() {
		if cause := recover(); cause != nil {
			h.end(fmt.Errorf("search logs: %v", cause))
		}
	}()
	h.end(logsearch.Search(ctx, reader, query, h.tell))
}

func (h *hunt) tell(day logsearch.Day, of int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.days, h.of = append(h.days, day), of
	signal(h.news)
}

func (h *hunt) end(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.over, h.err = true, err
	signal(h.news)
}

func (h *hunt) wait(ctx context.Context, now func() time.Time) tea.Msg {
	select {
	case <-ctx.Done():
		return nil
	case <-h.news:
	}
	if !h.ended() {
		rest(ctx, pace)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	days := h.days
	h.days = nil
	switch {
	case ctx.Err() != nil:
		return nil
	case h.err != nil && len(days) > 0:
		signal(h.news) // the error comes after what was found before it
	case h.err != nil:
		return Failed{Tag: h.tag, Doing: "search the logs", Err: h.err, At: now()}
	}
	return Reply[Hunted]{Tag: h.tag, Value: Hunted{Days: days, Of: h.of, Done: h.over && h.err == nil, more: h.more}, At: now()}
}

func (h *hunt) ended() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.over
}

package cli

import (
	"context"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/daybatch/daybatch/forecast/logkey"
)

// repeatTime is for how long a warning is not repeated. What fails is tried again
// every few seconds, and a login that expires at night would fill the log by morning.
const repeatTime = 10 * time.Minute

// steadyLimit is how many different warnings are remembered.
const steadyLimit = 1000

// traceID is what AWS calls a request, which makes each of its errors another text.
var traceID = regexp.MustCompile(`, request [^\s)]+`)

// steadyLog passes records on to a handler. A warning that was passed on lately is
// only counted, and the number of those left out stands in the next like it.
type steadyLog struct {
	slog.Handler
	prefix string // of the keys: what the handler puts into each record
	told   *warnings
}

// warnings are those passed on lately.
type warnings struct {
	mu   sync.Mutex
	last map[string]warned // by their text
}

// warned is when a warning was passed on, and how many like it were not since.
type warned struct {
	at   time.Time
	held int
}

func newSteadyLog(next slog.Handler) slog.Handler {
	return steadyLog{Handler: next, told: &warnings{last: make(map[string]warned)}}
}

// Handle passes a record on, unless it repeats another.
func (l steadyLog) Handle(ctx context.Context, record slog.Record) error {
	if record.Level >= slog.LevelWarn {
		held, ok := l.told.pass(l.prefix+text(record), record.Time)
		if !ok {
			return nil
		}
		if held > 0 {
			record = record.Clone()
			record.AddAttrs(slog.Int(logkey.Repeated, held))
		}
	}
	return l.Handler.Handle(ctx, record) //nolint:wrapcheck // the handler's own
}

// WithAttrs returns a handler that puts attributes into each record.
func (l steadyLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return steadyLog{Handler: l.Handler.WithAttrs(attrs), prefix: l.prefix + slog.GroupValue(attrs...).String(), told: l.told}
}

// WithGroup returns a handler that puts what follows into a group.
func (l steadyLog) WithGroup(name string) slog.Handler {
	return steadyLog{Handler: l.Handler.WithGroup(name), prefix: l.prefix + name, told: l.told}
}

// pass reports whether a warning is passed on, and how many like it were held back
// since the last.
func (w *warnings) pass(text string, at time.Time) (held int, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	last, known := w.last[text]
	if known && at.Sub(last.at) < repeatTime {
		last.held++
		w.last[text] = last
		return 0, false
	}
	if !known && len(w.last) >= steadyLimit {
		clear(w.last)
	}
	w.last[text] = warned{at: at}
	return last.held, true
}

// text returns what a record says, without what is another in each answer.
func text(record slog.Record) string {
	var b strings.Builder
	b.WriteString(record.Message)
	record.Attrs(func(attr slog.Attr) bool {
		b.WriteByte('\n')
		b.WriteString(attr.String())
		return true
	})
	return traceID.ReplaceAllString(b.String(), "")
}

package step

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// stampLayout is the time at the start of a log line: RFC 3339 in UTC with
// microseconds, so that lines sort by their text.
const stampLayout = "2006-01-02T15:04:05.000000Z"

// LogHandler returns a handler that writes the log lines of a step: the time,
// the level, the message and the attributes as key=value.
//
//	2026-01-15T06:01:02.123456Z INFO fitted model=ets series="compact tokyo"
//
// Attributes named time, level or msg are left out. The time is that of now, the
// clock of the job, which flies in an account that is simulated.
func LogHandler(w io.Writer, now func() time.Time) slog.Handler {
	options := slog.HandlerOptions{ReplaceAttr: func(groups []string, attr slog.Attr) slog.Attr {
		if len(groups) > 0 {
			return attr
		}
		switch attr.Key {
		case slog.TimeKey, slog.LevelKey, slog.MessageKey:
			return slog.Attr{} // lineHandler writes them without their keys
		}
		return attr
	}}
	shared := &lineBuffer{}
	return &lineHandler{out: w, now: now, buffer: shared, attrs: slog.NewTextHandler(shared, &options)}
}

// lineHandler writes the head of a line itself and leaves the attributes to
// slog's text handler, which knows how to quote.
type lineHandler struct {
	out    io.Writer
	now    func() time.Time
	buffer *lineBuffer
	attrs  slog.Handler
}

// lineBuffer is what handlers that derive from one another write through.
type lineBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write collects the attributes of a line. The handler holds the lock.
func (b *lineBuffer) Write(p []byte) (int, error) { return b.text.Write(p) }

// Enabled reports that Info and above are written.
func (*lineHandler) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

// Handle writes one line by one Write.
func (h *lineHandler) Handle(ctx context.Context, record slog.Record) error {
	h.buffer.mu.Lock()
	defer h.buffer.mu.Unlock()
	h.buffer.text.Reset()
	if err := h.attrs.Handle(ctx, record); err != nil {
		return err //nolint:wrapcheck // a buffer
	}
	attrs := strings.TrimSuffix(h.buffer.text.String(), "\n")
	if attrs != "" {
		attrs = " " + attrs
	}
	line := stamp(h.now()) + record.Level.String() + " " + oneLine(record.Message) + attrs + "\n"
	_, err := io.WriteString(h.out, line)
	return err //nolint:wrapcheck // slog drops it
}

// WithAttrs returns a handler whose lines have the attributes too.
func (h *lineHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &lineHandler{out: h.out, now: h.now, buffer: h.buffer, attrs: h.attrs.WithAttrs(attrs)}
}

// WithGroup returns a handler that puts the group's name before further keys.
func (h *lineHandler) WithGroup(name string) slog.Handler {
	return &lineHandler{out: h.out, now: h.now, buffer: h.buffer, attrs: h.attrs.WithGroup(name)}
}

func stamp(at time.Time) string { return at.UTC().Format(stampLayout) + " " }

func oneLine(text string) string { return strings.ReplaceAll(text, "\n", " ") }

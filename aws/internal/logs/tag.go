package logs

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Tag says whose a line is in the log of a job that runs several steps or dates:
//
//	[abc123def456 Train 2026-01-15] 2026-01-15T06:01:02.123456Z INFO fitted
type Tag struct {
	Run  string // the 12-character id of the pipeline execution
	Step forecast.StepName
	Date calendar.Date
}

// String returns the tag as it stands before a line, without the blank that
// follows.
func (t Tag) String() string {
	return "[" + t.Run + " " + string(t.Step) + " " + t.Date.String() + "]"
}

// ParseTag takes the tag off a line. It reports false, and the whole line, if the
// line has none of this run with a step and a date that exist.
func ParseTag(run, line string) (tag Tag, text string, ok bool) {
	rest, ours := strings.CutPrefix(line, "["+run+" ")
	if run == "" || !ours {
		return Tag{}, line, false
	}
	head, text, closed := strings.Cut(rest, "]")
	name, day, both := strings.Cut(head, " ")
	if !closed || !both || !slices.Contains(forecast.StepNames(), forecast.StepName(name)) {
		return Tag{}, line, false
	}
	date, err := calendar.Parse(day)
	if err != nil {
		return Tag{}, line, false
	}
	// An agent may trim the blank at the end of an empty line.
	if text != "" && text[0] != ' ' {
		return Tag{}, line, false
	}
	return Tag{Run: run, Step: forecast.StepName(name), Date: date}, strings.TrimPrefix(text, " "), true
}

// Writer writes a tag at the start of each line. It is safe for concurrent use as
// far as each Write is of whole lines. NewWriter makes one.
type Writer struct {
	mu   sync.Mutex
	out  io.Writer
	head []byte
	open bool // a line has begun and not ended
	buf  []byte
}

// NewWriter returns a writer of the tag's lines to out. Close it before the next
// tag's lines are written.
func NewWriter(out io.Writer, tag Tag) *Writer {
	return &Writer{out: out, head: append([]byte(tag.String()), ' ')}
}

// Write passes p on with its tags by one Write, so that lines of other writers
// to the same file don't come between.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.buf = w.buf[:0]
	for rest := p; len(rest) > 0; {
		if !w.open {
			w.buf = append(w.buf, w.head...)
		}
		end := bytes.IndexByte(rest, '\n') + 1
		w.open = end == 0
		if w.open {
			end = len(rest)
		}
		w.buf = append(w.buf, rest[:end]...)
		rest = rest[end:]
	}
	if _, err := w.out.Write(w.buf); err != nil {
		return 0, err //nolint:wrapcheck // a writer says what the writer below says
	}
	return len(p), nil
}

// Close ends a line that has no end, so that the next tag stands at the start of
// one. It does not close what is written to.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.open {
		return nil
	}
	w.open = false
	_, err := w.out.Write([]byte("\n"))
	return err //nolint:wrapcheck // a writer says what the writer below says
}

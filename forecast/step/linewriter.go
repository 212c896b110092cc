package step

import (
	"bytes"
	"io"
	"strings"
	"time"
)

// longestLine bounds what is kept of a line for the reason; the log has all of
// it.
const longestLine = 4096

// lineWriter writes each line of a command's output to the log with the time at
// which the line began to arrive. It goes on as a line arrives, so that a line
// without an end is neither lost nor kept in memory. exec calls it from one
// goroutine.
type lineWriter struct {
	out     io.Writer
	now     func() time.Time
	open    bool      // a line has begun
	began   time.Time // when its first byte came
	head    []byte    // its first bytes as long as they may become a time
	stamped bool      // it has its time, and what comes is passed on
	current []byte    // its first bytes, for the reason
	last    string    // the last line that shows something
}

// Write stamps and passes on. It reports success even if the log can't be
// written: a command must not fail because its log does.
func (w *lineWriter) Write(p []byte) (int, error) {
	var out bytes.Buffer
	for rest := p; len(rest) > 0; {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		w.take(&out, line)
		if ended {
			w.end(&out)
		}
		rest = after
	}
	_, _ = w.out.Write(out.Bytes())
	return len(p), nil
}

// take takes a piece of a line. It holds back what may be the start of the time
// that a line of a built-in step inside the command has: such a line gets no
// second one.
func (w *lineWriter) take(out *bytes.Buffer, piece []byte) {
	if !w.open {
		w.open, w.began = true, w.now()
	}
	room := longestLine - len(w.current)
	w.current = append(w.current, piece[:min(len(piece), max(0, room))]...)
	if w.stamped {
		out.Write(piece)
		return
	}
	w.head = append(w.head, piece...)
	if len(w.head) >= len(stampLayout) || !mayBeStamp(w.head) {
		w.begin(out)
	}
}

// begin writes the time, unless the line has one, and what was held back.
func (w *lineWriter) begin(out *bytes.Buffer) {
	if _, stamped := cutStamp(string(w.head)); !stamped {
		out.WriteString(stamp(w.began))
	}
	out.Write(w.head)
	w.head, w.stamped = w.head[:0], true
}

func (w *lineWriter) end(out *bytes.Buffer) {
	if !w.stamped {
		w.begin(out)
	}
	out.WriteByte('\n')
	if text := visible(string(w.current)); text != "" {
		w.last = text
	}
	w.open, w.stamped = false, false
	w.current = w.current[:0]
}

// close ends a line that has no end.
func (w *lineWriter) close() {
	if w.open {
		var out bytes.Buffer
		w.end(&out)
		_, _ = w.out.Write(out.Bytes())
	}
}

// mayBeStamp reports whether the start of a line is that of a time: digits where
// the layout has them, and the rest to the letter.
func mayBeStamp(head []byte) bool {
	isDigit := func(c byte) bool { return '0' <= c && c <= '9' }
	for i, c := range head[:min(len(head), len(stampLayout))] {
		if want := stampLayout[i]; c != want && (!isDigit(c) || !isDigit(want)) {
			return false
		}
	}
	return true
}

// cutStamp returns a line without its time, and whether it has one.
func cutStamp(line string) (rest string, stamped bool) {
	if len(line) < len(stampLayout) {
		return line, false
	}
	if _, err := time.Parse(stampLayout, line[:len(stampLayout)]); err != nil {
		return line, false
	}
	return strings.TrimSpace(line[len(stampLayout):]), true
}

// visible returns what a line leaves on a screen, without the time: of a progress
// bar that is redrawn its last state, nothing of what only changes colours.
func visible(line string) string {
	text := strings.TrimSpace(plain(line))
	if at := strings.LastIndexByte(text, '\r'); at >= 0 {
		text = strings.TrimSpace(text[at+1:])
	}
	rest, _ := cutStamp(text)
	return rest
}

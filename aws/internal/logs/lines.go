package logs

import (
	"hash/maphash"
	"maps"
	"strings"
	"time"

	"github.com/daybatch/daybatch/forecast"
)

const (
	// stampLayout is the time that begins a line of a built-in step, see
	// step.LogHandler.
	stampLayout = "2006-01-02T15:04:05.000000Z"
	// sameTime is how far the time in a line and that of its event may lie apart
	// and still say the same: an agent sends lines after a while. A time further
	// off is the step's own affair, and stays in the text.
	sameTime = time.Minute
)

// mark stands for a text at a time. Two texts of one millisecond share one with
// a probability of 2^-64.
type mark struct {
	at   int64
	hash uint64
}

// view is how far the lines of a stream have been made in one reading of it.
type view struct {
	stream    string
	step      forecast.StepName // of all lines; empty: they have tags
	tag       *Tag              // the last one
	seed      maphash.Seed
	known     map[mark]int // lines delivered by an earlier reading, and not met yet
	delivered map[mark]int // nil if no later reading will ask
}

// again prepares for a reading from the start of the stream.
func (v *view) again() {
	v.tag, v.known = nil, maps.Clone(v.delivered)
}

// fresh reports whether a line has not been delivered by an earlier reading.
func (v *view) fresh(m mark) bool {
	if v.known[m] == 0 {
		return true
	}
	v.known[m]--
	return false
}

// mark returns the mark of a line. Views that know the lines of another have its
// seed.
func (v *view) mark(at int64, line string) mark {
	if v.seed == (maphash.Seed{}) {
		v.seed = maphash.MakeSeed()
	}
	return mark{at: at, hash: maphash.String(v.seed, line)}
}

// place is where lines are counted.
type place struct {
	step   forecast.StepName
	stream string
}

// lines makes lines of events.
type lines struct {
	query Query
	next  map[place]int64 // the next Seq
}

// of returns the lines of events that the query selects and that no earlier
// reading delivered.
func (l *lines) of(events []event) []forecast.LogLine {
	var out []forecast.LogLine
	for _, e := range events {
		for text := range strings.SplitSeq(strings.TrimSuffix(e.message, "\n"), "\n") {
			if line, ok := l.line(e, text); ok {
				out = append(out, line)
			}
		}
	}
	return out
}

func (l *lines) line(e event, text string) (line forecast.LogLine, ok bool) {
	m := e.view.mark(e.at, text)
	step, text, selected := l.whose(e.view, text)
	if !e.view.fresh(m) || !selected {
		return forecast.LogLine{}, false
	}
	if e.view.delivered != nil {
		e.view.delivered[m]++
	}
	at := time.UnixMilli(e.at).UTC()
	p := place{step: step, stream: e.view.stream}
	line = forecast.LogLine{At: at, Step: step, Stream: p.stream, Seq: l.next[p], Text: unstamped(at, strings.TrimSuffix(text, "\r"))}
	l.next[p]++
	return line, true
}

// whose returns the step that a line belongs to, the line without its tag, and
// whether the query selects it. What belongs to no date belongs to all: why a job
// failed before its first date is a reason for each.
func (l *lines) whose(v *view, line string) (step forecast.StepName, text string, selected bool) {
	if v.step != "" {
		return v.step, line, l.query.Step == "" || l.query.Step == v.step
	}
	tag, text, ok := ParseTag(l.query.Run, line)
	if ok {
		v.tag = &tag
	}
	if v.tag == nil {
		return "", text, l.query.Step == ""
	}
	return v.tag.Step, text, v.tag.Date == l.query.Date && (l.query.Step == "" || l.query.Step == v.tag.Step)
}

// unstamped returns a line without the time that it begins with, if that is the
// event's.
func unstamped(at time.Time, text string) string {
	n := len(stampLayout)
	if len(text) < n || len(text) > n && text[n] != ' ' {
		return text
	}
	own, err := time.Parse(stampLayout, text[:n])
	if err != nil || own.Sub(at).Abs() > sameTime {
		return text
	}
	return strings.TrimPrefix(text[n:], " ")
}

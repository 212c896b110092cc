package logview

import (
	"sort"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/loglevel"
	"github.com/daybatch/daybatch/tui/internal/draw"
)

// Sought is what came of looking for a match.
type Sought int

// Outcomes.
const (
	Pending Sought = iota // the search has not got that far
	NoMatch
	Ahead   // it lies in the direction that was asked for
	Wrapped // it lies the other way: the last one was passed
)

// Spot is where a reader is: what is on screen, and the line that a search begins
// at.
type Spot struct {
	first, part int // line at the top, and which of its wrapped parts
	seen        int
	current     int
	from        int
	paused      bool
}

// Spot returns where the reader is. A search begins at the current line if that is
// on screen, else at the first that is.
func (v *View) Spot() Spot {
	top, part := v.top, v.part
	if !v.paused {
		top, part = v.end()
	}
	first, last := v.visible()
	spot := Spot{part: part, seen: v.seen, current: v.current, paused: v.paused, from: first}
	if v.current >= first && v.current <= last {
		spot.from = v.current
	}
	if top < v.rows() {
		spot.first = v.line(top)
	}
	return spot
}

// Return goes back to where the reader was.
func (v *View) Return(to Spot) {
	v.top, v.part, v.seen, v.current, v.paused = v.rowOf(to.first), to.part, to.seen, to.current, to.paused
	v.clamp()
}

// Seek goes to the first match at or behind the place where a search began that
// filters let pass, or else to the first of all. Without one the reader is where
// the search began.
func (v *View) Seek(begun Spot) Sought {
	if keep := v.filters.keep; keep.matcher != nil && keep.scanned < v.search.scanned {
		return Pending // which of the matches are shown is not known yet
	}
	lines := v.search.lines
	at := sort.Search(len(lines), func(i int) bool { return int(lines[i]) >= begun.from })
	for _, line := range lines[at:] {
		if v.shown(int(line)) {
			v.Return(begun)
			v.visit(int(line))
			return Ahead
		}
	}
	if v.search.scanned < v.due {
		return Pending
	}
	v.Return(begun)
	for _, line := range lines[:at] {
		if v.shown(int(line)) {
			v.visit(int(line))
			return Wrapped
		}
	}
	return NoMatch
}

// Visit goes to a line of which a part of the text is known, among those from a
// number on. It reports whether it is there.
func (v *View) Visit(line forecast.LogLine, from int) bool {
	at := line.At.UnixNano()
	for i := max(0, from); i < v.buffer.Len(); i++ {
		if v.buffer.meta(i).at != at {
			continue
		}
		held := v.buffer.Line(i)
		if held.Source == (Source{line.Step, line.Stream}) && strings.Contains(held.Text, line.Text) {
			v.visit(i)
			return true
		}
	}
	return false
}

// NextMatch goes to the next match that filters let pass, or the one before if
// direction is -1, and from the last to the first.
func (v *View) NextMatch(direction int) Sought {
	lines := v.search.lines
	from, skip := v.ahead(), 0
	if direction < 0 {
		from, skip = v.behind(), 1
	}
	at := sort.Search(len(lines), func(i int) bool { return int(lines[i]) >= from }) - skip
	sought := Ahead
	for range lines {
		if at < 0 || at == len(lines) {
			at, sought = (at+len(lines))%len(lines), Wrapped
		}
		if line := int(lines[at]); v.shown(line) {
			v.visit(line)
			return sought
		}
		at += direction
	}
	return NoMatch
}

// NextError goes to the next line of level error, or the one before if
// direction is -1. It reports whether there is one.
func (v *View) NextError(direction int) bool {
	i := v.ahead()
	if direction < 0 {
		i = v.behind() - 1
	}
	for ; i >= 0 && i < v.buffer.Len(); i += direction {
		m := v.buffer.meta(i)
		if m.level != loglevel.Error || m.fold != 0 && !v.heads(i, m.fold) || !v.shown(i) {
			continue // the lines of a trace are one error
		}
		v.current = i
		v.reveal(i)
		return true
	}
	return false
}

// ahead is the first line that lies ahead of the reader: behind the current one if
// that is on screen, else the first that is.
func (v *View) ahead() int {
	first, last := v.visible()
	if v.current >= first && v.current <= last {
		return v.current + 1
	}
	return first
}

// behind is the line that all lies before of what the reader has left behind: the
// current one if it is on screen, else the first that is, and at the end of a log
// what is behind its last line.
func (v *View) behind() int {
	first, last := v.visible()
	switch {
	case v.current >= first && v.current <= last:
		return v.current
	case v.paused:
		return first
	default:
		return last + 1
	}
}

// visit makes a line the current one, and shows it: with what is searched for, where
// that lies far inside a long line.
func (v *View) visit(line int) {
	v.current = line
	v.unfold(line)
	v.reveal(line)
	if v.search.matcher == nil {
		return
	}
	if spans := v.search.matcher.Spans(v.buffer.Text(line)); v.layout(line).rest > 0 && len(spans) > 0 && spans[0].To > v.layout(line).own {
		v.enlarge(line, true)
	}
	l := v.layout(line)
	if spans := v.search.matcher.Spans(l.text[:l.own]); len(spans) > 0 {
		v.turnTo(line, l, spans[0])
	}
}

// turnTo scrolls so that a span of a line is on the screen: to the row that it begins
// in, or sideways where the line is cut.
func (v *View) turnTo(line int, l layout, span Span) {
	part := sort.SearchInts(l.rows, span.From+1)
	begin := 0
	if part > 0 {
		begin = l.rows[part-1]
	}
	if !v.wraps(line) {
		from, to := draw.Width(l.text[begin:span.From]), draw.Width(l.text[begin:span.To])
		switch {
		case from >= v.shift && min(to, from+l.width) <= v.shift+l.width:
		case to <= l.width:
			v.shift, v.swung = 0, false
		default:
			v.shift, v.swung = max(0, min(from-l.width/3, v.widest()-l.width)), true
		}
	}
	if row := v.rowOf(line); !v.shows(row, part) {
		v.top, v.part = row, part
		for range v.height / 3 {
			v.rise()
		}
		v.clamp()
	}
}

// shows reports whether a part of a row is on the screen.
func (v *View) shows(row, part int) bool {
	if row < v.top || row == v.top && part < v.part || row >= v.top+v.height {
		return false
	}
	lines := part - v.part
	for at := v.top; at < row && lines < v.height; at++ {
		lines += v.parts(at)
	}
	return lines < v.height
}

// reveal scrolls so that a line is on screen, a third from the top, unless all of
// it is already.
func (v *View) reveal(line int) {
	v.Pause()
	row := v.rowOf(line)
	if v.onScreen(row) {
		return
	}
	v.top, v.part = row, 0
	up := v.height / 3
	for up > 0 && v.top > 0 {
		v.top--
		up -= v.parts(v.top)
	}
	v.clamp()
}

// onScreen reports whether all of a row is on the screen.
func (v *View) onScreen(row int) bool {
	if row < v.top || row == v.top && v.part > 0 || row >= v.top+v.height {
		return false
	}
	lines := -v.part
	for at := v.top; at <= row && lines <= v.height; at++ {
		lines += v.parts(at)
	}
	return lines <= v.height
}

package logview

import "github.com/daybatch/daybatch/tui/internal/draw"

// wraps reports whether a line is broken into rows.
func (v *View) wraps(line int) bool { return v.wrap || v.whole[line] }

// mostRows is how many rows of the screen one line takes, unless it was opened: what
// stands around it is looked for too.
func (v *View) mostRows() int {
	const least = 8
	return max(least, v.height/2)
}

// Folds reports whether a line stands for more than is shown of it on its rows: for a
// trace that is folded, or for the rest of a text that is too long.
func (v *View) Folds(line int) bool { return v.hidden(line) > 0 || v.layout(line).rest > 0 }

// Open shows all of what the reader's line stands for, or less again: the trace that it
// belongs to, or else its own text. It reports whether there is something to show.
func (v *View) Open() bool {
	line := v.cursor()
	if line < 0 {
		return false
	}
	number := v.buffer.meta(line).fold
	switch {
	case number != 0 && number != causeFold && !v.byText() && (v.folded(number) || !v.cut(line)):
		v.turn(number)
		v.current = int(v.buffer.traces[number-1].head)
	case v.cut(line), v.whole[line]:
		v.Pause()
		v.current = line
		v.enlarge(line, !v.whole[line])
	default:
		return false
	}
	return true
}

// cut reports whether a line does not show all of its text.
func (v *View) cut(line int) bool {
	l := v.layout(line)
	return l.rest > 0 || !v.wraps(line) && draw.Width(l.text[:l.own]) > l.width
}

// enlarge shows all of a text, or what there is room for.
func (v *View) enlarge(line int, whole bool) { //nolint:revive // it is what is set
	if v.whole == nil {
		v.whole = make(map[int]bool)
	}
	if v.whole[line] = whole; !whole {
		delete(v.whole, line)
	}
	delete(v.laid.lines, line)
	if v.top < v.rows() && v.line(v.top) == line {
		v.part = 0
	}
	v.clamp()
}

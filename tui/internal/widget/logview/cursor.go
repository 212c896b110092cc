package logview

// The reader is at one line of those on screen, which keys act on. While the view
// follows a log that goes on, it is the last and is not marked: the screen moves, and
// nobody has chosen a line yet.

// End tells the view whether lines can still come. At the end of a log the line of the
// reader is marked too.
func (v *View) End(ended bool) { v.ended = ended }

// marked reports whether the reader's line is marked.
func (v *View) marked() bool { return v.paused || v.ended || v.anchor >= 0 }

// cursor returns the line that the reader is at; -1: nothing is shown.
func (v *View) cursor() int {
	if v.rows() == 0 {
		return -1
	}
	first, last := v.visible()
	switch {
	case !v.paused:
		return last
	case v.current <= first:
		return first
	case v.current >= last:
		return last
	default: // filters may hide the line itself
		return v.line(min(v.rowOf(v.current), v.rows()-1))
	}
}

// Current returns the line that the reader is at.
func (v *View) Current() (Line, bool) {
	line := v.cursor()
	if line < 0 {
		return Line{}, false
	}
	return v.buffer.Line(line), true
}

// Place returns at which line of the whole log the reader is, from 1; 0: no line is
// shown.
func (v *View) Place() int { return v.cursor() + 1 }

// Quiet reports whether the reader's line is not marked.
func (v *View) Quiet() bool { return !v.marked() }

// At returns the line that a row of the screen shows; false below the last.
func (v *View) At(height int) (line int, ok bool) {
	row, part := v.top, v.part
	if !v.paused {
		row, part = v.end()
	}
	for height += part; height >= 0 && row < v.rows(); row++ {
		if parts := v.parts(row); height >= parts {
			height -= parts
			continue
		}
		return v.line(row), true
	}
	return 0, false
}

// Go goes to a line on the screen, and pauses.
func (v *View) Go(line int) {
	v.Pause()
	v.current = line
}

// Down goes to the next line. What is left of one that does not fit the screen comes
// first. Behind the last line the view follows.
func (v *View) Down() {
	line := v.cursor()
	if line < 0 || !v.paused {
		return
	}
	row := v.rowOf(line)
	switch {
	case !v.endsOnScreen(row):
		v.current = line
		v.Scroll(1)
	case row+1 >= v.rows():
		v.Follow()
	default:
		v.current = v.line(row + 1)
		for row+1 > v.top && !v.begins(row+1) {
			v.Scroll(1)
		}
	}
}

// Up goes to the line before, and pauses.
func (v *View) Up() {
	line := v.cursor()
	if line < 0 {
		return
	}
	v.Pause()
	row := v.rowOf(line)
	v.current = line
	switch {
	case row == v.top && v.part > 0:
		v.Scroll(-1)
	case row > 0:
		v.current = v.line(row - 1)
		if row-1 < v.top {
			v.Scroll(-1)
		}
	}
}

// Select begins a range at the reader's line, or ends it.
func (v *View) Select() {
	line := v.cursor()
	if v.anchor >= 0 || line < 0 {
		v.anchor = -1
		return
	}
	v.Pause()
	v.anchor, v.current = line, line
}

// Unselect ends a range, and reports whether there was one.
func (v *View) Unselect() bool {
	had := v.anchor >= 0
	v.anchor = -1
	return had
}

// span returns the rows of the range, those behind it excluded; without a range there
// are none.
func (v *View) span() (from, to int) {
	line := v.cursor()
	if v.anchor < 0 || line < 0 {
		return 0, 0
	}
	one, other := v.rowOf(v.anchor), v.rowOf(line)
	return min(one, other), min(v.rows(), max(one, other)+1)
}

// Selected returns how many lines are in the range.
func (v *View) Selected() int {
	from, to := v.span()
	return to - from
}

// Texts returns the lines of the range, most of them at most.
func (v *View) Texts(most int) []string {
	from, to := v.span()
	var texts []string
	for row := from; row < min(to, from+most); row++ {
		texts = append(texts, v.buffer.Text(v.line(row)))
	}
	return texts
}

// endsOnScreen reports whether the end of a row on screen is on it too.
func (v *View) endsOnScreen(row int) bool { return v.below(row) <= v.height }

// begins reports whether a row begins on the screen, and ends there if it fits.
func (v *View) begins(row int) bool {
	parts := v.parts(row)
	return v.below(row) <= max(v.height, parts)
}

// below returns how many lines of the screen there are from its first to the end of a
// row.
func (v *View) below(row int) int {
	lines := -v.part
	for at := v.top; at <= row && lines <= v.height; at++ {
		lines += v.parts(at)
	}
	return lines
}

package logview

import (
	"context"
	"slices"
	"sort"
	"time"

	"github.com/daybatch/daybatch/forecast"
)

// Stamps says how the time of lines is shown.
type Stamps int

// Forms of timestamps.
const (
	StampTime    Stamps = iota // 06:09:07.204
	StampFull                  // 2026-10-17 06:09:07.204
	StampElapsed               // +00:04:05.204 since the first line
	StampNone
	stampForms
)

// View is a window over a buffer. The zero View follows an empty log; give it a
// size before it is drawn.
//
// A position is a row of the list that is shown, all lines or those that match,
// and a wrapped part of it. While the view follows, the position is the end.
type View struct {
	buffer Buffer

	width, height int
	zone          *time.Location
	paused        bool
	seen          int // lines there were when the view was paused
	top, part     int // first row shown and which of its wrapped parts

	wrap   bool
	only   bool
	stamps Stamps
	shift  int // cells scrolled sideways

	search  *Matcher
	matches []uint32
	scanned int // lines that the search has looked at
	current int // line of the match under the cursor; -1: none
}

// New returns a view that shows times in a zone.
func New(zone *time.Location) *View { return &View{zone: zone, wrap: true, current: -1} }

// SetZone changes the zone of the times.
func (v *View) SetZone(zone *time.Location) { v.zone = zone }

// Resize sets the size in cells.
func (v *View) Resize(width, height int) {
	v.width, v.height = max(0, width), max(0, height)
	v.clamp()
}

// Append adds lines. The view stays where it is, unless it follows.
func (v *View) Append(lines []forecast.LogLine) error {
	err := v.buffer.Append(lines)
	v.clamp()
	return err
}

// Reset empties the view; its settings stay.
func (v *View) Reset() {
	v.buffer = Buffer{}
	v.matches, v.scanned, v.current = nil, 0, -1
	v.top, v.part, v.seen, v.paused = 0, 0, 0, false
}

// Snapshot returns the lines as they are now, for a search.
func (v *View) Snapshot() Snapshot { return v.buffer.Snapshot }

// Following reports whether the view stays at the end.
func (v *View) Following() bool { return !v.paused }

// New returns how many lines came since the view was paused.
func (v *View) New() int {
	if !v.paused {
		return 0
	}
	return v.buffer.Len() - v.seen
}

// Pause keeps the view where it is.
func (v *View) Pause() {
	if v.paused {
		return
	}
	v.top, v.part = v.end()
	v.paused, v.seen = true, v.buffer.Len()
}

// Follow goes to the end and stays there.
func (v *View) Follow() { v.paused = false }

// ToggleWrap changes between wrapped and cut lines.
func (v *View) ToggleWrap() {
	v.settle()
	v.wrap, v.part, v.shift = !v.wrap, 0, 0
	v.clamp()
}

// NextStamps changes the form of the timestamps.
func (v *View) NextStamps() {
	v.settle()
	v.stamps = (v.stamps + 1) % stampForms
	v.clamp()
}

// Sideways scrolls cut lines by cells.
func (v *View) Sideways(cells int) {
	if !v.wrap {
		v.shift = max(0, v.shift+cells)
	}
}

// Scroll moves by rows of the screen, down if positive. Moving up pauses;
// reaching the end by moving down follows again.
func (v *View) Scroll(rows int) {
	v.Pause()
	for ; rows < 0 && (v.top > 0 || v.part > 0); rows++ {
		if v.part > 0 {
			v.part--
			continue
		}
		v.top--
		v.part = v.parts(v.top) - 1
	}
	last, lastPart := v.end()
	for ; rows > 0 && (v.top < last || v.top == last && v.part < lastPart); rows-- {
		v.part++
		if v.part >= v.parts(v.top) {
			v.top, v.part = v.top+1, 0
		}
	}
	if rows > 0 {
		v.Follow()
	}
}

// Top goes to the first line.
func (v *View) Top() {
	v.Pause()
	v.top, v.part = 0, 0
}

// NextError goes to the next line of level error, or the one before if
// direction is -1. It reports whether there is one.
func (v *View) NextError(direction int) bool {
	for i := v.anchor() + direction; i >= 0 && i < v.buffer.Len(); i += direction {
		if v.buffer.Level(i) == LevelError {
			v.current = i
			v.reveal(i)
			return true
		}
	}
	return false
}

// anchor is the line that moves start from: the current one if it is on
// screen, else the first shown.
func (v *View) anchor() int {
	first, last := v.visible()
	if v.current >= first && v.current <= last {
		return v.current
	}
	if v.paused {
		return first - 1
	}
	return last + 1
}

// Current returns the line under the cursor, or the first one shown.
func (v *View) Current() (Line, bool) {
	line := v.current
	if line < 0 {
		line, _ = v.visible()
	}
	if line < 0 || line >= v.buffer.Len() {
		return Line{}, false
	}
	return v.buffer.Line(line), true
}

// visible returns the first and about the last line shown.
func (v *View) visible() (first, last int) {
	top := v.top
	if !v.paused {
		top, _ = v.end()
	}
	if v.rows() == 0 {
		return 0, -1
	}
	return v.line(top), v.line(min(v.rows()-1, top+max(1, v.height)-1))
}

// Search sets what is searched for; nil ends the search. The lines that match
// come by Found.
func (v *View) Search(matcher *Matcher) {
	v.settle()
	anchor := 0
	if v.only && v.rows() > 0 {
		anchor = v.line(v.top)
	}
	v.search, v.matches, v.scanned, v.current = matcher, nil, 0, -1
	if v.only {
		v.only = false
		v.top, v.part = anchor, 0
	}
	v.clamp()
}

// Pending returns the lines that the search has not looked at yet.
func (v *View) Pending() (matcher *Matcher, from, to int) {
	return v.search, v.scanned, v.buffer.Len()
}

// Found adds the matches of lines up to an index.
func (v *View) Found(lines []uint32, upTo int) {
	v.matches = append(v.matches, lines...)
	v.scanned = upTo
	v.clamp()
}

// Matches returns how many lines match, and which of them is current, from 1; 0
// if none is.
func (v *View) Matches() (count, current int) {
	if v.current < 0 {
		return len(v.matches), 0
	}
	at, ok := slices.BinarySearch(v.matches, uint32(v.current))
	if !ok {
		return len(v.matches), 0
	}
	return len(v.matches), at + 1
}

// NextMatch goes to the next match, or the one before if direction is -1, and
// from the last to the first. It reports whether there is one.
func (v *View) NextMatch(direction int) bool {
	if len(v.matches) == 0 {
		return false
	}
	anchor := v.anchor()
	at := sort.Search(len(v.matches), func(i int) bool { return int(v.matches[i]) > anchor })
	if direction < 0 {
		at = sort.Search(len(v.matches), func(i int) bool { return int(v.matches[i]) >= anchor }) - 1
	}
	at = (at + len(v.matches)) % len(v.matches)
	v.current = int(v.matches[at])
	v.reveal(v.current)
	return true
}

// ToggleOnly changes between all lines and those that match.
func (v *View) ToggleOnly() {
	if v.search == nil {
		return
	}
	first, _ := v.visible()
	if v.current >= 0 {
		first = v.current
	}
	v.Pause()
	v.only = !v.only
	v.top, v.part = v.rowOf(first), 0
	v.clamp()
}

// Only reports whether only matches are shown.
func (v *View) Only() bool { return v.only }

// Wrapped reports whether lines are wrapped.
func (v *View) Wrapped() bool { return v.wrap }

// reveal scrolls so that a line is on screen, a third from the top, unless it
// is already.
func (v *View) reveal(line int) {
	first, last := v.visible()
	v.Pause()
	if line >= first && line <= last && !v.wrap {
		return
	}
	v.top, v.part = v.rowOf(line), 0
	up := v.height / 3
	for up > 0 && v.top > 0 {
		v.top--
		up -= v.parts(v.top)
	}
	v.clamp()
}

// rows returns the number of lines that the view shows, wrapping aside.
func (v *View) rows() int {
	if v.only {
		return len(v.matches)
	}
	return v.buffer.Len()
}

// line returns the line of a row.
func (v *View) line(row int) int {
	if v.only {
		return int(v.matches[row])
	}
	return row
}

// rowOf returns the row of a line, or of the next one that is shown.
func (v *View) rowOf(line int) int {
	if !v.only {
		return line
	}
	at, _ := slices.BinarySearch(v.matches, uint32(line))
	return at
}

// parts returns how many rows of the screen a row takes.
func (v *View) parts(row int) int {
	width := v.width - v.gutter()
	if !v.wrap || width < 1 {
		return 1
	}
	line := v.line(row)
	text := v.buffer.text[v.buffer.start(line):v.buffer.ends[line]]
	if len(text) <= width {
		return 1
	}
	return 1 + len(breaks(string(text), width, v.height+len(text)))
}

// end returns the position that shows the last lines.
func (v *View) end() (row, part int) {
	room := v.height
	for row = v.rows() - 1; row >= 0; row-- {
		parts := v.parts(row)
		if parts >= room {
			return row, parts - room
		}
		room -= parts
	}
	return 0, 0
}

// settle fixes the position of a view that follows, without pausing it.
func (v *View) settle() {
	if !v.paused {
		v.top, v.part = v.end()
	}
}

// clamp keeps the position within the lines there are.
func (v *View) clamp() {
	if !v.paused {
		return
	}
	row, part := v.end()
	if v.top > row || v.top == row && v.part > part {
		v.top, v.part = row, part
	}
	if v.top < v.rows() && v.part > 0 {
		v.part = min(v.part, v.parts(v.top)-1)
	}
}

// Scan looks for the next lines of a pending search, at most limit of them. It
// is what a command runs.
func Scan(ctx context.Context, matcher *Matcher, s Snapshot, from, limit int) (lines []uint32, upTo int) {
	upTo = min(s.Len(), from+limit)
	return matcher.Lines(ctx, s, from, upTo), upTo
}

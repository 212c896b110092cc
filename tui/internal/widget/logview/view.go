package logview

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/tui/internal/draw"
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

// Names says what of a line's source is shown.
type Names int

// Forms of names. NamesSteps shows steps where there are several, and the processes
// of a step that has several.
const (
	NamesSteps Names = iota
	NamesStreams
	NamesNone
	nameForms
)

// View is a window over a buffer. The zero View follows an empty log; give it a
// size before it is drawn.
//
// A position is a row of the list that is shown, all lines or those that filters
// let pass, and a wrapped part of it. While the view follows, the position is
// the end.
type View struct {
	buffer Buffer

	width, height int
	zone          *time.Location
	paused        bool
	seen          int // lines there were when the view was paused
	top, part     int // first row shown and which of its wrapped parts

	wrap   bool
	whole  map[int]bool // lines whose text is shown whole
	pretty bool
	stamps Stamps
	names  Names
	shift  int  // cells scrolled sideways
	swung  bool // a search has scrolled so far

	search  hits
	current int // line that was gone to, by a search or by a step; -1: none
	anchor  int // line that a range began at; -1: there is none
	ended   bool
	due     int // lines that there were when the search began
	filters filters
	back    time.Duration
	listing listing
	laid    laid // long lines, by their number
	room    int  // bytes of text in memory; the rest goes to files
}

// memory is how much text a view holds in memory: more than two million lines
// of usual length.
const memory = 256 << 20

// New returns a view that shows times in a zone.
func New(zone *time.Location) *View {
	return &View{zone: zone, wrap: true, current: -1, anchor: -1, room: memory}
}

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
	v.extend()
	v.clamp()
	return err
}

// Old returns text that should be moved to a file, if there is any. Moved has
// to be called with the file, or with none, before there is more.
func (v *View) Old() (Old, bool) { return v.buffer.old(v.room) }

// Moved takes a file in place of text in memory. One without texts says that
// there is none: the text stays where it is.
func (v *View) Moved(file File) {
	if len(file.Texts) == 0 {
		v.room = math.MaxInt
		return
	}
	v.buffer.moved(file)
}

// InFile returns how many of the oldest lines lie in files.
func (v *View) InFile() int { return v.buffer.inFile << chunkShift }

// Reset empties the view; its settings stay.
func (v *View) Reset() {
	v.buffer = Buffer{}
	v.search, v.filters.keep = hits{matcher: v.search.matcher}, hits{matcher: v.filters.keep.matcher}
	v.filters.turned, v.filters.from, v.back, v.whole = nil, 0, 0, nil
	v.current, v.anchor, v.listing, v.laid = -1, -1, listing{}, laid{}
	v.top, v.part, v.seen, v.paused = 0, 0, 0, false
}

// Snapshot returns the lines as they are now, for a search.
func (v *View) Snapshot() Snapshot { return v.buffer.Snapshot }

// Following reports whether the view stays at the end.
func (v *View) Following() bool { return !v.paused }

// AtEnd reports whether the last line is on the screen.
func (v *View) AtEnd() bool {
	row, part := v.end()
	return !v.paused || v.top == row && v.part == part
}

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
	v.wrap, v.whole, v.part, v.shift, v.laid = !v.wrap, nil, 0, 0, laid{}
	v.clamp()
}

// TogglePretty changes whether JSON is laid out on lines of its own.
func (v *View) TogglePretty() bool {
	v.settle()
	v.pretty, v.part, v.laid = !v.pretty, 0, laid{}
	v.clamp()
	return v.pretty
}

// NextNames changes what of a line's source is shown.
func (v *View) NextNames() {
	v.settle()
	v.names = (v.names + 1) % nameForms
	v.clamp()
}

// NextStamps changes the form of the timestamps.
func (v *View) NextStamps() {
	v.settle()
	v.stamps = (v.stamps + 1) % stampForms
	v.clamp()
}

// Sideways scrolls cut lines by cells, to the right no further than the longest of
// those on the screen reaches.
func (v *View) Sideways(cells int) {
	if v.wrap {
		return
	}
	to := v.shift + cells
	if cells > 0 {
		to = min(to, max(v.shift, v.widest()-v.width+v.gutter()))
	}
	v.shift, v.swung = max(0, to), false
}

// widest returns how many cells the longest line on the screen takes.
func (v *View) widest() int {
	widest := 0
	top := v.top
	if !v.paused {
		top, _ = v.end()
	}
	for row := top; row < min(v.rows(), top+v.height); row++ {
		for part := range strings.SplitSeq(v.layout(v.line(row)).text, "\n") {
			widest = max(widest, draw.Width(part))
		}
	}
	return widest
}

// Shift returns by how many cells cut lines are scrolled.
func (v *View) Shift() int { return v.shift }

// Scroll moves by rows of the screen, down if positive. Moving up pauses;
// reaching the end by moving down follows again.
func (v *View) Scroll(rows int) {
	v.Pause()
	for ; rows < 0 && (v.top > 0 || v.part > 0); rows++ {
		v.rise()
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

// rise moves up by a row of the screen.
func (v *View) rise() {
	switch {
	case v.part > 0:
		v.part--
	case v.top > 0:
		v.top--
		v.part = v.parts(v.top) - 1
	}
}

// Top goes to the first line.
func (v *View) Top() {
	v.Pause()
	v.top, v.part, v.current = 0, 0, -1
}

// visible returns the first and the last line shown.
func (v *View) visible() (first, last int) {
	top, part := v.top, v.part
	if !v.paused {
		top, part = v.end()
	}
	if v.rows() == 0 {
		return 0, -1
	}
	row, lines := top, v.parts(top)-part
	for row+1 < v.rows() && lines < v.height {
		row++
		lines += v.parts(row)
	}
	return v.line(top), v.line(row)
}

// Search sets what is searched for; nil ends the search, and leaves the reader at the
// line that it has led to. The lines that match come by Found.
func (v *View) Search(matcher *Matcher) {
	v.settle()
	if matcher != nil {
		v.current = -1
	}
	if v.swung { // what else is on the screen begins further to the left
		v.shift, v.swung = 0, false
	}
	v.search, v.due = hits{matcher: matcher}, v.buffer.Len()
	if v.filters.only {
		v.filters.only = false
		v.relist()
	}
	v.clamp()
}

// Pending returns the lines that the search has not looked at yet.
func (v *View) Pending() (matcher *Matcher, from, to int) {
	return v.search.matcher, v.search.scanned, v.buffer.Len()
}

// Found adds the matches of lines up to an index.
func (v *View) Found(lines []uint32, upTo int) {
	v.search.found(lines, upTo)
	v.extend()
	v.clamp()
}

// Matches returns how many lines match, and which of them is current, from 1; 0
// if none is.
func (v *View) Matches() (count, current int) {
	lines := v.search.lines
	if v.current < 0 {
		return len(lines), 0
	}
	at, ok := slices.BinarySearch(lines, uint32(v.current))
	if !ok {
		return len(lines), 0
	}
	return len(lines), at + 1
}

// shown reports whether filters let a line pass, folding aside.
func (v *View) shown(line int) bool {
	m := v.buffer.meta(line)
	return m.rank >= v.filters.rank && m.at >= v.filters.from &&
		(v.filters.keep.matcher == nil || v.filters.keep.has(line)) && (!v.filters.only || v.search.has(line))
}

// Wrapped reports whether lines are wrapped.
func (v *View) Wrapped() bool { return v.wrap }

// Len returns the number of lines, whether or not they are shown.
func (v *View) Len() int { return v.buffer.Len() }

// Rows returns how many lines filters let pass, as far as they have looked.
func (v *View) Rows() int { return v.rows() }

// rows returns the number of lines that the view shows, wrapping aside.
func (v *View) rows() int {
	if v.listing.on {
		return len(v.listing.lines)
	}
	return v.buffer.Len()
}

// line returns the line of a row.
func (v *View) line(row int) int {
	if v.listing.on {
		return int(v.listing.lines[row])
	}
	return row
}

// rowOf returns the row of a line, or of the next one that is shown.
func (v *View) rowOf(line int) int {
	if !v.listing.on {
		return line
	}
	at, _ := slices.BinarySearch(v.listing.lines, uint32(line))
	return at
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

package logview

import (
	"slices"
	"time"

	"github.com/daybatch/daybatch/forecast/loglevel"
)

// hits are the lines that a query has found so far, ascending.
type hits struct {
	matcher *Matcher // nil: nothing is looked for
	lines   []uint32
	scanned int // lines that were looked at
}

// has reports whether a line was found.
func (h *hits) has(line int) bool {
	_, ok := slices.BinarySearch(h.lines, uint32(line))
	return ok
}

func (h *hits) found(lines []uint32, upTo int) {
	h.lines, h.scanned = append(h.lines, lines...), upTo
}

// filters say which lines are shown. The zero filters show all.
type filters struct {
	only bool           // what the search found
	keep hits           // what the filter found
	rank loglevel.Level // at least
	from int64          // not before; 0: all
	open bool           // traces are shown whole
	// turned are traces that are shown otherwise than open says.
	turned map[uint32]bool
}

// listing are the lines that are shown, so far as filters have seen them.
// Without filters there is no list.
type listing struct {
	lines []uint32
	upTo  int
	on    bool
}

// filtered reports whether some lines may not be shown. Once a trace has come
// there is a list, so that folding it changes little.
func (v *View) filtered() bool {
	f := &v.filters
	return f.only || f.keep.matcher != nil || f.rank > loglevel.None || f.from != 0 || len(v.buffer.traces) > 0
}

// relist makes the list anew, and keeps the line at the top where it is. The line of a
// reader who has stopped is on the screen again, or the next one that is shown.
func (v *View) relist() {
	anchor, at := 0, -1
	if v.rows() > 0 {
		anchor = v.line(min(v.top, v.rows()-1))
	}
	if v.paused && v.current >= 0 {
		at = v.cursor()
	}
	v.relistAt(anchor)
	if at >= 0 && v.rows() > 0 {
		v.reveal(v.line(min(v.rowOf(at), v.rows()-1)))
	}
}

// relistAt makes the list anew with a line at the top, or the next one.
func (v *View) relistAt(anchor int) {
	v.listing = listing{lines: v.listing.lines[:0]}
	v.laid = laid{}
	v.extend()
	v.top, v.part = v.rowOf(anchor), 0
	v.clamp()
}

// extend lists lines that have come, or that filters have now seen.
func (v *View) extend() {
	list := &v.listing
	if !v.filtered() {
		*list = listing{}
		return
	}
	list.on = true
	upTo := v.buffer.Len()
	if v.filters.only {
		upTo = min(upTo, v.search.scanned)
	}
	if v.filters.keep.matcher != nil {
		upTo = min(upTo, v.filters.keep.scanned)
	}
	for line := v.candidate(list.upTo); line < upTo; line = v.candidate(line + 1) {
		if v.passes(line) {
			list.lines = append(list.lines, uint32(line))
		}
	}
	list.upTo = max(list.upTo, upTo)
}

// candidate returns the next line from one on that the text filters let pass.
func (v *View) candidate(from int) int {
	for _, h := range []*hits{&v.search, &v.filters.keep} {
		if h == &v.search && !v.filters.only || h.matcher == nil {
			continue
		}
		at, ok := slices.BinarySearch(h.lines, uint32(from))
		if !ok && at == len(h.lines) {
			return v.buffer.Len()
		}
		if next := int(h.lines[at]); next > from {
			return v.candidate(next)
		}
	}
	return from
}

// passes reports whether the filters other than those by text let a line pass.
func (v *View) passes(line int) bool {
	fold := v.buffer.meta(line).fold
	return v.ranks(line) && (!v.folded(fold) || v.heads(line, fold))
}

// ranks reports whether the filters by level and by time let a line pass.
func (v *View) ranks(line int) bool {
	m := v.buffer.meta(line)
	return m.rank >= v.filters.rank && m.at >= v.filters.from
}

// byText reports whether lines are shown for what they say: then those within
// traces are too.
func (v *View) byText() bool { return v.filters.only || v.filters.keep.matcher != nil }

// folded reports whether only the first line of a trace is shown.
func (v *View) folded(number uint32) bool {
	if number == 0 || number == causeFold || v.byText() {
		return false
	}
	return v.filters.open == v.filters.turned[number]
}

// heads reports whether a line is the first of a trace.
func (v *View) heads(line int, number uint32) bool {
	return number != 0 && number != causeFold && int(v.buffer.traces[number-1].head) == line
}

// hidden returns how many lines are folded behind one.
func (v *View) hidden(line int) int {
	number := v.buffer.meta(line).fold
	if !v.folded(number) || !v.heads(line, number) {
		return 0
	}
	return v.buffer.traces[number-1].lines
}

// turn opens or closes a trace; the view stays at its first line or above.
func (v *View) turn(number uint32) {
	v.Pause()
	if v.filters.turned == nil {
		v.filters.turned = make(map[uint32]bool)
	}
	v.filters.turned[number] = !v.filters.turned[number]
	anchor, _ := v.visible()
	head := int(v.buffer.traces[number-1].head)
	v.relistAt(min(anchor, head))
}

// ToggleFolds opens or closes all traces, and returns how many there are.
func (v *View) ToggleFolds() int {
	v.settle()
	v.filters.open, v.filters.turned = !v.filters.open, nil
	v.relist()
	return len(v.buffer.traces)
}

// Unfolded reports whether traces are shown whole.
func (v *View) Unfolded() bool { return v.filters.open }

// unfold opens the trace that hides a line.
func (v *View) unfold(line int) {
	if number := v.buffer.meta(line).fold; v.folded(number) && !v.heads(line, number) {
		v.turn(number)
	}
}

// NextLevel changes which lines are shown: all, from INFO, WARN, ERROR on. A
// line that names no level goes with the one before it of its source.
func (v *View) NextLevel() loglevel.Level {
	v.settle()
	switch v.filters.rank {
	case loglevel.None:
		v.filters.rank = loglevel.Info
	case loglevel.Error:
		v.filters.rank = loglevel.None
	default:
		v.filters.rank++
	}
	v.relist()
	return v.filters.rank
}

// Level returns the least level that is shown.
func (v *View) Level() loglevel.Level { return v.filters.rank }

// Back shows only the lines of the time before the last; 0: all lines.
func (v *View) Back(d time.Duration) {
	v.settle()
	v.filters.from = 0
	if n := v.buffer.Len(); d > 0 && n > 0 {
		v.filters.from = v.buffer.meta(n-1).at - int64(d)
	}
	v.back = d
	v.relist()
}

// Since returns how far back lines are shown; 0: to the first.
func (v *View) Since() time.Duration { return v.back }

// Filter shows only lines that a matcher finds; nil: all. They come by Kept.
func (v *View) Filter(matcher *Matcher) {
	v.settle()
	v.filters.keep = hits{matcher: matcher}
	v.relist()
}

// Unkept returns the lines that the filter has not looked at yet.
func (v *View) Unkept() (matcher *Matcher, from, to int) {
	return v.filters.keep.matcher, v.filters.keep.scanned, v.buffer.Len()
}

// Kept adds the lines that the filter found up to an index.
func (v *View) Kept(lines []uint32, upTo int) {
	v.filters.keep.found(lines, upTo)
	v.extend()
	v.clamp()
}

// ToggleOnly changes between all lines and those that match.
func (v *View) ToggleOnly() {
	if v.search.matcher == nil {
		return
	}
	first, _ := v.visible()
	if v.current >= 0 {
		first = v.current
	}
	v.Pause()
	v.filters.only = !v.filters.only
	v.relistAt(first)
}

// Only reports whether only matches are shown.
func (v *View) Only() bool { return v.filters.only }

// Shown returns the lines that filters let pass, for an export: those of folded traces
// too, as folding them is a matter of the screen.
func (v *View) Shown() Shown {
	f := &v.filters
	if v.byText() || !v.listing.on {
		return Shown{snapshot: v.buffer.Snapshot, lines: slices.Clone(v.listing.lines), listed: v.listing.on}
	}
	shown := Shown{snapshot: v.buffer.Snapshot, listed: f.rank > loglevel.None || f.from != 0}
	for line := 0; shown.listed && line < v.buffer.Len(); line++ {
		if v.ranks(line) {
			shown.lines = append(shown.lines, uint32(line))
		}
	}
	return shown
}

// Shown are the lines of a view as they were at some moment.
type Shown struct {
	snapshot Snapshot
	lines    []uint32
	listed   bool
}

// Len returns their number.
func (s *Shown) Len() int {
	if s.listed {
		return len(s.lines)
	}
	return s.snapshot.Len()
}

// Line returns one of them.
func (s *Shown) Line(i int) Line {
	if s.listed {
		return s.snapshot.Line(int(s.lines[i]))
	}
	return s.snapshot.Line(i)
}

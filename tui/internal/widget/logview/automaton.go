package logview

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// automaton tells whether lines match a pattern, one table look-up per byte: a
// deterministic automaton whose states are made when they are first met (Cox,
// "Regular Expression Matching: the Virtual Machine Approach" and "in the Wild",
// 2009-2010). It knows no places and no groups, which a search for lines does
// not need, and for that is some ten times as fast as a regexp.Regexp. It is
// for one goroutine.
type automaton struct {
	prog *syntax.Prog
	// looks says that the pattern looks at what is beside a place: ^, $, \b.
	looks bool

	states []place
	next   [][256]uint32 // by state and ASCII byte; endColumn is the line's end
	wide   map[wideStep]uint32
	byKey  map[string]uint32

	// What follows is memory for one step.
	seen    []bool
	closure []uint32
	stack   []uint32
	key     []byte
}

// place is a state: the instructions that may come next, before conditions on the place
// are followed, and a rune that stands for the one before.
type place struct {
	pcs    []uint32
	before rune
}

type wideStep struct {
	from uint32
	r    rune
}

// The numbers below startState are no states but answers.
const (
	unknownState uint32 = iota
	matchState
	failState
	startState
)

const (
	endColumn = 255 // no ASCII byte
	endRune   = -1  // as syntax.EmptyOpContext has it
	// mostStates bounds the memory to about 2 MB; then the states are forgotten.
	mostStates = 1500
)

func newAutomaton(prog *syntax.Prog) *automaton {
	a := &automaton{prog: prog, seen: make([]bool, len(prog.Inst))}
	for i := range prog.Inst {
		a.looks = a.looks || prog.Inst[i].Op == syntax.InstEmptyWidth
	}
	a.reset()
	return a
}

func (a *automaton) reset() {
	a.states = append(a.states[:0], make([]place, startState)...)
	a.next = append(a.next[:0], make([][256]uint32, startState)...)
	a.wide, a.byKey = map[wideStep]uint32{}, map[string]uint32{}
	a.stateOf(nil, a.standIn(endRune))
}

// match reports whether a line holds a match.
func (a *automaton) match(line []byte) bool {
	at, next := startState, a.next
	for i := 0; i < len(line); {
		var to uint32
		if b := line[i]; b < utf8.RuneSelf {
			if to = next[at][b]; to == unknownState {
				to = a.step(at, rune(b))
				next = a.next
			}
			i++
		} else {
			r, size := utf8.DecodeRune(line[i:])
			to = a.wideStep(at, r)
			next = a.next
			i += size
		}
		if to == matchState {
			return true
		}
		at = to
	}
	to := a.next[at][endColumn]
	if to == unknownState {
		to = a.step(at, endRune)
	}
	return to == matchState
}

func (a *automaton) wideStep(at uint32, r rune) uint32 {
	if to, ok := a.wide[wideStep{at, r}]; ok {
		return to
	}
	return a.step(at, r)
}

// step works out where a rune leads and notes it. A match that ends before the
// rune is found here, since only now it is known what is beside its end.
func (a *automaton) step(at uint32, r rune) uint32 {
	from := a.states[at]
	to, known := failState, len(a.states)
	if a.close(from.pcs, syntax.EmptyOpContext(from.before, r)) {
		to = matchState
	} else if r != endRune {
		pcs := make([]uint32, 0, len(a.closure))
		for _, pc := range a.closure {
			if inst := &a.prog.Inst[pc]; isRune(inst.Op) && inst.MatchRune(r) {
				pcs = append(pcs, inst.Out)
			}
		}
		slices.Sort(pcs)
		to = a.stateOf(slices.Compact(pcs), a.standIn(r))
	}
	switch {
	case len(a.states) < known: // all was forgotten, the state that this came from too
	case r == endRune:
		a.next[at][endColumn] = to
	case r < utf8.RuneSelf:
		a.next[at][r] = to
	case len(a.wide) < mostStates:
		a.wide[wideStep{at, r}] = to
	}
	return to
}

// close follows what takes no rune, from some instructions and from the
// beginning of the pattern, since a match may begin anywhere. It reports whether
// the pattern's end is reached.
func (a *automaton) close(pcs []uint32, holds syntax.EmptyOp) bool {
	clear(a.seen)
	a.closure = a.closure[:0]
	a.stack = append(append(a.stack[:0], pcs...), uint32(a.prog.Start))
	for len(a.stack) > 0 {
		pc := a.stack[len(a.stack)-1]
		a.stack = a.stack[:len(a.stack)-1]
		if a.seen[pc] {
			continue
		}
		a.seen[pc] = true
		switch inst := &a.prog.Inst[pc]; inst.Op {
		case syntax.InstMatch:
			return true
		case syntax.InstAlt, syntax.InstAltMatch:
			a.stack = append(a.stack, inst.Out, inst.Arg)
		case syntax.InstCapture, syntax.InstNop:
			a.stack = append(a.stack, inst.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(inst.Arg)&^holds == 0 {
				a.stack = append(a.stack, inst.Out)
			}
		case syntax.InstFail:
		default:
			a.closure = append(a.closure, pc)
		}
	}
	return false
}

func isRune(op syntax.InstOp) bool {
	return op == syntax.InstRune || op == syntax.InstRune1 || op == syntax.InstRuneAny || op == syntax.InstRuneAnyNotNL
}

// standIn returns a rune that conditions on the place can't tell from r.
func (a *automaton) standIn(r rune) rune {
	switch {
	case !a.looks:
		return ' '
	case r == endRune || r == '\n':
		return r
	case syntax.IsWordChar(r):
		return 'a'
	default:
		return ' '
	}
}

// stateOf returns the number of a state, a new one if there is none.
func (a *automaton) stateOf(pcs []uint32, before rune) uint32 {
	a.key = binary.AppendVarint(a.key[:0], int64(before))
	for _, pc := range pcs {
		a.key = binary.AppendUvarint(a.key, uint64(pc))
	}
	if at, ok := a.byKey[string(a.key)]; ok {
		return at
	}
	if len(a.states) >= mostStates {
		a.reset()
		return a.stateOf(pcs, before)
	}
	at := uint32(len(a.states))
	a.states = append(a.states, place{pcs, before})
	a.next = append(a.next, [256]uint32{})
	a.byKey[string(a.key)] = at
	return at
}

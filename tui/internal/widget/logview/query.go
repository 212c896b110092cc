package logview

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Query is what a search looks for. It ignores case unless Text holds an
// upper-case letter.
type Query struct {
	Text  string
	Regex bool
	Not   bool // the lines that do not hold it
}

// Matcher finds the lines of a query. It may be used by several goroutines.
type Matcher struct {
	// need is a text that every match holds; it finds candidates quickly.
	need literal
	// exact says that holding need suffices.
	exact   bool
	pattern *regexp.Regexp // nil: only need counts
	// automata are those of the pattern that no search uses just now.
	automata sync.Pool
	not      bool
}

// Compile prepares a query. An empty text is no query: it matches nothing.
func Compile(query Query) (*Matcher, error) {
	fold := !strings.ContainsFunc(query.Text, unicode.IsUpper)
	if !query.Regex && (!fold || ascii(query.Text)) {
		return &Matcher{need: newLiteral(query.Text, caseOf(fold)), exact: true, not: query.Not}, nil
	}
	text := query.Text
	if !query.Regex {
		text = regexp.QuoteMeta(text)
	}
	if fold {
		text = "(?i)" + text
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if wrong, ok := errors.AsType[*syntax.Error](err); ok {
		return nil, fmt.Errorf("%s: %s", wrong.Code, strings.TrimPrefix(wrong.Expr, "(?i)"))
	}
	if err != nil {
		return nil, fmt.Errorf("read pattern: %w", err)
	}
	pattern, err := regexp.Compile(text)
	if err != nil {
		return nil, fmt.Errorf("read pattern: %w", err)
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return nil, fmt.Errorf("read pattern: %w", err)
	}
	need, needFold := required(tree)
	m := &Matcher{need: newLiteral(need, caseOf(needFold)), pattern: pattern, not: query.Not}
	m.automata.New = func() any { return newAutomaton(prog) }
	return m, nil
}

// Lines returns the lines of s in [from, to) that match, ascending. It looks at
// the context now and then and returns what it has when that has ended.
func (m *Matcher) Lines(ctx context.Context, s Snapshot, from, to int) []uint32 {
	if len(m.need.text) == 0 && m.pattern == nil {
		return nil
	}
	var found []uint32
	for from < to && ctx.Err() == nil {
		first := from &^ (chunkLines - 1)
		upTo := min(to, first+chunkLines)
		c := s.chunk(from)
		at := len(found)
		found = m.linesOf(ctx, c, stretch{from - first, upTo - first, first}, found)
		if m.not {
			found = append(found[:at], others(found[at:], from, upTo)...)
		}
		runtime.KeepAlive(c.hold)
		from = upTo
	}
	return found
}

// stretch is some lines of a chunk, and the number of the chunk's first line.
type stretch struct{ from, to, first int }

func (m *Matcher) linesOf(ctx context.Context, c *chunk, s stretch, found []uint32) []uint32 {
	const every = 1024 // matches between two looks at the context
	var pattern *automaton
	if !m.exact {
		pattern, _ = m.automata.Get().(*automaton)
		defer m.automata.Put(pattern)
	}
	find := m.need.in(c.text[:c.ends[s.to-1]])
	for i, checked := s.from, 0; i < s.to; i, checked = i+1, checked+1 {
		if checked%every == 0 && ctx.Err() != nil {
			return found
		}
		if len(m.need.text) > 0 {
			at := find.from(int(c.start(i)))
			if at < 0 {
				return found
			}
			i += lineOf(c.ends[i:s.to], uint32(at))
		}
		if m.exact || pattern.match(c.bytes(i)) {
			found = append(found, uint32(s.first+i))
		}
	}
	return found
}

// others returns the numbers in [from, to) that are not among some.
func others(found []uint32, from, to int) []uint32 {
	rest := make([]uint32, 0, to-from-len(found))
	for _, next := range found {
		for ; from < int(next); from++ {
			rest = append(rest, uint32(from))
		}
		from++
	}
	for ; from < to; from++ {
		rest = append(rest, uint32(from))
	}
	return rest
}

// lineOf returns the index of the line that the offset lies in. The line is
// mostly near the first, so the search doubles its steps from there.
func lineOf(ends []uint32, offset uint32) int {
	high := 1
	for high < len(ends) && ends[high-1] < offset {
		high *= 2
	}
	low := high / 2
	high = min(high, len(ends))
	at, _ := slices.BinarySearch(ends[low:high], offset)
	return low + at
}

// Span is a match within a line, in bytes.
type Span struct{ From, To int }

// Spans returns the matches within a line, from left to right.
func (m *Matcher) Spans(line string) []Span {
	var spans []Span
	if m.pattern != nil {
		for _, at := range m.pattern.FindAllStringIndex(line, -1) {
			if at[0] < at[1] {
				spans = append(spans, Span{at[0], at[1]})
			}
		}
		return spans
	}
	if len(m.need.text) == 0 {
		return nil
	}
	find := m.need.in([]byte(line))
	for at := find.from(0); at >= 0; at = find.from(at + len(m.need.text)) {
		spans = append(spans, Span{at, at + len(m.need.text)})
	}
	return spans
}

// casing says whether case counts.
type casing bool

const (
	exactCase casing = false
	anyCase   casing = true
)

func caseOf(fold bool) casing { return casing(fold) }

// literal is a text to find; with anyCase it is ASCII in lower case.
type literal struct {
	text   []byte
	casing casing
	rare   int // index of the byte that log lines hold least often
}

func newLiteral(text string, casing casing) literal {
	l := literal{text: []byte(text), casing: casing}
	if casing == anyCase {
		l.text = bytes.ToLower(l.text)
	}
	for i, b := range l.text {
		if rarity(b) > rarity(l.text[l.rare]) {
			l.rare = i
		}
	}
	return l
}

// rarity ranks bytes by how rarely logs hold them.
func rarity(b byte) int {
	const common = " etaoinsrhldcum0123456789.:-pfg,=_/wybvkxjqz"
	if at := strings.IndexByte(common, b); at >= 0 {
		return at
	}
	return len(common)
}

// in returns a finder of the literal in text.
func (l literal) in(text []byte) *finder {
	f := &finder{literal: l, text: text}
	if l.casing == anyCase && len(l.text) > 0 {
		lower := l.text[l.rare]
		f.bytes = [2]byte{lower, byte(unicode.ToUpper(rune(lower)))}
	}
	f.at = [2]int{-1, -1}
	return f
}

// finder finds a literal from left to right. It remembers where the next rare
// byte of either case is, so that text is looked at once per case.
type finder struct {
	literal
	text  []byte
	bytes [2]byte // the rare byte in lower and in upper case
	at    [2]int  // where they are next
}

// from returns where the text holds the literal at or behind an offset, or -1.
func (f *finder) from(offset int) int {
	if f.casing == exactCase {
		at := bytes.Index(f.text[offset:], f.literal.text)
		if at < 0 {
			return -1
		}
		return offset + at
	}
	for {
		at := f.next(offset + f.rare)
		if at-f.rare+len(f.literal.text) > len(f.text) {
			return -1
		}
		if f.equals(f.text[at-f.rare:]) {
			return at - f.rare
		}
		offset = at - f.rare + 1
	}
}

// next returns where the rare byte is next, or the end of the text.
func (f *finder) next(offset int) int {
	for i, b := range f.bytes {
		if f.at[i] >= offset {
			continue
		}
		f.at[i] = len(f.text)
		if offset < len(f.text) {
			if at := bytes.IndexByte(f.text[offset:], b); at >= 0 {
				f.at[i] = offset + at
			}
		}
	}
	return min(f.at[0], f.at[1])
}

func (l literal) equals(text []byte) bool {
	for i, want := range l.text {
		got := text[i]
		if got >= 'A' && got <= 'Z' {
			got += 'a' - 'A'
		}
		if got != want {
			return false
		}
	}
	return true
}

// required returns the longest text that every match of a pattern holds, and
// whether its case does not count. It is empty where none is plain to see.
func required(tree *syntax.Regexp) (text string, fold bool) {
	switch tree.Op {
	case syntax.OpLiteral:
		text, fold = string(tree.Rune), tree.Flags&syntax.FoldCase != 0
		if fold && !ascii(text) {
			return "", false
		}
		// The fold of k and s has a letter outside ASCII.
		if fold && strings.ContainsAny(text, "kKsS") {
			return longest(strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("kKsS", r) })), true
		}
		return text, fold
	case syntax.OpCapture, syntax.OpPlus:
		return required(tree.Sub[0])
	case syntax.OpConcat:
		for _, sub := range tree.Sub {
			if part, partFold := required(sub); len(part) > len(text) {
				text, fold = part, partFold
			}
		}
		return text, fold
	default:
		return "", false
	}
}

func longest(parts []string) string {
	best := ""
	for _, part := range parts {
		if len(part) > len(best) {
			best = part
		}
	}
	return best
}

func ascii(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf })
}

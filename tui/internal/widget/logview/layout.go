package logview

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"github.com/daybatch/daybatch/tui/internal/draw"
)

// layout is how a line is shown: its text, which is another than the line's own
// if it is JSON that is laid out or the head of a trace, and where that breaks
// into rows.
type layout struct {
	text  string
	own   int   // bytes of text in front of what the view adds
	rows  []int // offset of each row but the first
	rest  int   // bytes that are left out
	width int
	most  int // rows
}

// laid are layouts that are kept, as making them again for every frame would be felt.
type laid struct {
	lines map[int]layout
	bytes int // of their texts
}

// Of lines that are long in bytes layouts are kept, as long as they have no more text
// than most.
const (
	long = 256
	most = 1 << 20
)

func (l *laid) keep(line int, made layout) {
	if l.bytes += len(made.text); l.lines == nil || l.bytes > most {
		*l = laid{make(map[int]layout), len(made.text)}
	}
	l.lines[line] = made
}

// parts returns how many rows of the screen a row takes.
func (v *View) parts(row int) int {
	width := v.width - v.gutter()
	if width < 1 {
		return 1
	}
	line := v.line(row)
	if !v.wraps(line) && !v.pretty {
		return 1
	}
	if !v.pretty && v.buffer.length(line) <= width && v.hidden(line) == 0 {
		return 1
	}
	return 1 + len(v.layout(line).rows)
}

// layout returns how a line is shown.
func (v *View) layout(line int) layout {
	width := v.width - v.gutter()
	if kept, ok := v.laid.lines[line]; ok && kept.width == width && kept.most == v.mostRows() {
		return kept
	}
	l := layout{text: v.buffer.Text(line), width: width, most: v.mostRows()}
	size, hidden := len(l.text), v.hidden(line)
	if v.pretty {
		l.text = pretty(l.text)
	}
	l.own = len(l.text)
	if hidden > 0 {
		l.text += folds(hidden)
	}
	switch {
	case v.wraps(line):
		l.rows = breaks(l.text, width)
		if !v.pretty && !v.whole[line] {
			l.shorten()
		}
	case v.pretty:
		for at := range len(l.text) {
			if l.text[at] == '\n' {
				l.rows = append(l.rows, at+1)
			}
		}
	}
	if size > long && hidden == 0 {
		v.laid.keep(line, l)
	}
	return l
}

// shorten leaves out what stands behind the most rows, and says how much that is.
func (l *layout) shorten() {
	if len(l.rows) < l.most {
		return
	}
	begin, end := l.rows[l.most-2], l.rows[l.most-1]
	added := "  + " + draw.Bytes(int64(len(l.text)-end)) + " (enter)"
	end = begin + skip(l.text[begin:end], max(0, l.width-len(added)))
	l.rest = len(l.text) - end
	l.text, l.own, l.rows = l.text[:end]+added, end, l.rows[:l.most-1]
}

func folds(lines int) string {
	if lines == 1 {
		return "  + 1 line folded (enter)"
	}
	return fmt.Sprintf("  + %d lines folded (enter)", lines)
}

// pretty returns a text whose JSON object, if it ends with one, is laid out on
// lines of its own.
func pretty(text string) string {
	at := strings.IndexByte(text, '{')
	if at < 0 || !strings.HasSuffix(strings.TrimRight(text, " "), "}") {
		return text
	}
	var out bytes.Buffer
	out.WriteString(text[:at])
	if at > 0 {
		out.WriteByte('\n')
	}
	if err := json.Indent(&out, []byte(text[at:]), "", "  "); err != nil {
		return text
	}
	return out.String()
}

// breaks returns the byte offsets at which text breaks into rows of at most
// width cells, without the first, 0: at line feeds, and where a row is full. There
// it breaks between words, if the row stays a third full at least: what is longer, as
// a path may be, breaks anywhere. A blank behind a full row belongs to it, beyond its
// width, as do those at the end of the text.
func breaks(text string, width int) []int {
	if width < 1 {
		return nil
	}
	const least = 3                     // of this, one part in so many
	text = strings.TrimRight(text, " ") // these need no row
	var at []int
	row := row{width: width}
	for offset := 0; offset < len(text); {
		size, cells := cluster(text[offset:])
		next := offset + size
		row.between(text[offset:next], offset, cells)
		switch {
		case text[offset] == '\n':
			at = append(at, next)
			row.begin(0)
		case row.cells+cells <= width || row.cells == 0:
			row.add(text[offset], next, cells)
		case text[offset] == ' ':
			if text[next] != '\n' {
				at = append(at, next)
				row.begin(0)
			}
		case least*row.whole >= width:
			at = append(at, row.end)
			row.begin(row.cells - row.whole)
			continue
		default:
			at = append(at, offset)
			row.begin(0)
			continue
		}
		offset = next
	}
	return at
}

// row is a row that is being filled.
type row struct {
	width, cells int
	wide         bool // its last character takes two cells
	end, whole   int  // where it may break last: the offset, and the cells up to there
}

// begin makes it the row that follows, to which its last cells have moved.
func (r *row) begin(cells int) {
	*r = row{width: r.width, cells: cells, wide: r.wide && cells > 0}
}

// between says that the row may break before a character that takes two cells, or
// stands behind one: there are no blanks between those. It may not before what closes
// a sentence or a bracket.
func (r *row) between(character string, offset, cells int) {
	if (r.wide || cells > 1) && r.cells > 0 && !closes(character) {
		r.end, r.whole = offset, r.cells
	}
}

// add takes a character, of which first is the first byte.
func (r *row) add(first byte, next, cells int) {
	r.cells += cells
	r.wide = cells > 1
	if first == ' ' {
		r.end, r.whole = next, r.cells
	}
}

// closes reports whether a character belongs to what stands before it.
func closes(character string) bool {
	first, _ := utf8.DecodeRuneInString(character)
	return first == ' ' || unicode.In(first, unicode.Pe, unicode.Pf, unicode.Po)
}

// cluster returns the size in bytes and in cells of the first character.
func cluster(text string) (size, cells int) {
	if text[0] < 0x80 && (len(text) == 1 || text[1] < 0x80) {
		return 1, 1
	}
	first, cells := ansi.FirstGraphemeCluster(text, ansi.GraphemeWidth)
	return max(1, len(first)), cells
}

// skip returns the offset behind the first cells of text.
func skip(text string, cells int) int {
	offset := 0
	for offset < len(text) {
		size, wide := cluster(text[offset:])
		if cells -= wide; cells < 0 {
			break
		}
		offset += size
	}
	return offset
}

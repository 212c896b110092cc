package logview

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// layout is how a line is shown: its text, which is another than the line's own
// if it is JSON that is laid out or the head of a trace, and where that breaks
// into rows.
type layout struct {
	text  string
	own   int   // bytes of text in front of what the view adds
	rows  []int // offset of each row but the first
	width int
}

// long is the size in bytes from which on a layout is kept, since making it
// again for every frame would be felt.
const (
	long = 2048
	kept = 64 // layouts
)

// parts returns how many rows of the screen a row takes.
func (v *View) parts(row int) int {
	width := v.width - v.gutter()
	if !v.wrap && !v.pretty || width < 1 {
		return 1
	}
	line := v.line(row)
	if !v.pretty && v.buffer.length(line) <= width && v.hidden(line) == 0 {
		return 1
	}
	return 1 + len(v.layout(line).rows)
}

// layout returns how a line is shown.
func (v *View) layout(line int) layout {
	width := v.width - v.gutter()
	if laid, ok := v.laid[line]; ok && laid.width == width {
		return laid
	}
	l := layout{text: v.buffer.Text(line), width: width}
	size := len(l.text)
	if v.pretty {
		l.text = pretty(l.text)
	}
	l.own = len(l.text)
	if hidden := v.hidden(line); hidden > 0 {
		l.text += folds(hidden)
	}
	switch {
	case v.wrap:
		l.rows = breaks(l.text, width, len(l.text))
	case v.pretty:
		for at := range len(l.text) {
			if l.text[at] == '\n' {
				l.rows = append(l.rows, at+1)
			}
		}
	}
	if size > long && l.own == len(l.text) {
		v.keep(line, l)
	}
	return l
}

func (v *View) keep(line int, l layout) {
	if v.laid == nil || len(v.laid) >= kept {
		v.laid = make(map[int]layout, kept)
	}
	v.laid[line] = l
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
// width cells, without the first, 0: at line feeds, and where a row is full. At
// most limit rows are looked for.
func breaks(text string, width, limit int) []int {
	if width < 1 {
		return nil
	}
	var at []int
	row, offset := 0, 0
	for offset < len(text) && len(at) < limit {
		if text[offset] == '\n' {
			offset++
			at = append(at, offset)
			row = 0
			continue
		}
		size, cells := cluster(text[offset:])
		if row+cells > width && row > 0 {
			at = append(at, offset)
			row = 0
		}
		row += cells
		offset += size
	}
	return at
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
	if cells <= 0 {
		return 0
	}
	if at := breaks(text, cells, 1); len(at) > 0 {
		return at[0]
	}
	return len(text)
}

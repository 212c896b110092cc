package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/hinshun/vt10x"
)

// Size of a cell and of the frame around the screen, in pixels.
const (
	cellWidth  = 8.4
	cellHeight = 18
	frame      = 12
)

// Colours of the picture's terminal.
const (
	paper = "#16181d"
	ink   = "#d7dae0"
)

// ansi returns the 16 colours that a terminal maps by itself.
func ansi() [16]string {
	return [16]string{
		"#1f2229", "#d55e00", "#009e73", "#e69f00", "#0072b2", "#cc79a7", "#56b4e9", "#c7cbd3",
		"#6b7280", "#ff7f3f", "#2fd0a0", "#f0e442", "#4aa3df", "#e5a4c8", "#8fd0f5", "#ffffff",
	}
}

// svg draws the screen.
func (t *terminal) svg() []byte {
	t.screen.Lock()
	defer t.screen.Unlock()
	columns, rows := t.screen.Size()
	width, height := float64(columns)*cellWidth+2*frame, rows*cellHeight+2*frame
	var out bytes.Buffer
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%d" viewBox="0 0 %.0f %d" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14">`+"\n", width, height, width, height)
	fmt.Fprintf(&out, `<rect width="100%%" height="100%%" rx="8" fill="%s"/>`+"\n", paper)
	for y := range rows {
		t.drawRow(&out, y, columns)
	}
	out.WriteString("</svg>\n")
	return out.Bytes()
}

// drawRow draws a row as runs of cells with the same look.
func (t *terminal) drawRow(out *bytes.Buffer, y, columns int) {
	for x := 0; x < columns; {
		first := t.screen.Cell(x, y)
		var text strings.Builder
		start := x
		for ; x < columns; x++ {
			cell := t.screen.Cell(x, y)
			if cell.FG != first.FG || cell.BG != first.BG || cell.Mode != first.Mode {
				break
			}
			text.WriteRune(max(cell.Char, ' '))
		}
		drawRun(out, run{x: start, y: y, cells: x - start, text: text.String(), glyph: first})
	}
}

type run struct {
	x, y, cells int
	text        string
	glyph       vt10x.Glyph
}

func drawRun(out *bytes.Buffer, r run) {
	const bold, italic = 1 << 2, 1 << 4 // vt10x does not export its attributes
	left, width := frame+float64(r.x)*cellWidth, float64(r.cells)*cellWidth
	if back := css(r.glyph.BG, paper); back != paper {
		fmt.Fprintf(out, `<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>`+"\n", left, frame+r.y*cellHeight, width, cellHeight, back)
	}
	if strings.TrimSpace(r.text) == "" {
		return
	}
	style := ""
	if r.glyph.Mode&bold != 0 {
		style += ` font-weight="bold"`
	}
	if r.glyph.Mode&italic != 0 {
		style += ` font-style="italic"`
	}
	fmt.Fprintf(out, `<text x="%.1f" y="%d" fill="%s"%s textLength="%.1f" xml:space="preserve">`, left, frame+r.y*cellHeight+13, css(r.glyph.FG, ink), style, width)
	if err := xml.EscapeText(out, []byte(r.text)); err != nil {
		panic(err) // a bytes.Buffer takes everything
	}
	out.WriteString("</text>\n")
}

// css returns a terminal colour as CSS. Default colours that reverse video has
// swapped are told apart by their own numbers.
func css(c vt10x.Color, fallback string) string {
	switch {
	case c == vt10x.DefaultFG:
		return ink
	case c == vt10x.DefaultBG:
		return paper
	case c.ANSI():
		return ansi()[c]
	case c < 256:
		return xterm(int(c))
	case c < 1<<24:
		return fmt.Sprintf("#%06x", uint32(c))
	default:
		return fallback
	}
}

// xterm returns one of the 240 colours of xterm's cube and grey ramp.
func xterm(n int) string {
	if n >= 232 {
		grey := 8 + 10*(n-232)
		return fmt.Sprintf("#%02x%02x%02x", grey, grey, grey)
	}
	level := func(i int) int {
		if i == 0 {
			return 0
		}
		return 55 + 40*i
	}
	n -= 16
	return fmt.Sprintf("#%02x%02x%02x", level(n/36), level(n/6%6), level(n%6))
}

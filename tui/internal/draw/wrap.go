package draw

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/daybatch/daybatch/forecast/scrub"
)

// Wrap returns text as lines of at most width cells, broken at spaces where
// possible. Line ends and indents in the text are kept; control characters are
// not.
func Wrap(text string, width int) []string {
	if width < 1 || text == "" {
		return nil
	}
	var lines []string
	for paragraph := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		lines = append(lines, wrap(strings.TrimRight(scrub.Text(paragraph), " "), width)...)
	}
	return lines
}

// wrap breaks one paragraph. What follows its first line is indented as that is.
func wrap(text string, width int) []string {
	if Width(text) <= width {
		return []string{text}
	}
	words := strings.TrimLeft(text, " ")
	indent := text[:min(len(text)-len(words), width/2)]
	var lines []string
	line := indent
	for words != "" {
		bare := strings.TrimLeft(words, " ")
		gap := words[:len(words)-len(bare)]
		word, _, _ := strings.Cut(bare, " ")
		words = bare[len(word):]
		if line != indent && Width(line)+len(gap)+Width(word) > width {
			lines, line = append(lines, line), indent
		}
		if line != indent {
			line += gap
		}
		line += word
		if Width(line) > width {
			pieces := strings.Split(ansi.Hardwrap(line, width, true), "\n")
			last := len(pieces) - 1
			lines, line = append(lines, pieces[:last]...), pieces[last]
		}
	}
	return append(lines, line)
}

// Width returns how many cells safe text takes.
func Width(text string) int {
	if printable(text) {
		return len(text)
	}
	return ansi.StringWidth(text)
}

// First returns the first line of text that is not blank.
func First(text string) string {
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
	}
	return ""
}

package draw

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/daybatch/daybatch/tui/scrub"
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
	for word := range strings.FieldsSeq(words) {
		if line != indent && Width(line)+1+Width(word) > width {
			lines, line = append(lines, line), indent
		}
		if line != indent {
			line += " "
		}
		line += word
		for Width(line) > width {
			head := ansi.Truncate(line, width, "")
			if head == "" {
				break
			}
			lines, line = append(lines, head), line[len(head):]
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

package draw

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/daybatch/daybatch/tui/scrub"
)

// Wrap returns text as lines of at most width cells, broken between words where
// possible. Line ends in the text are kept; control characters are not.
func Wrap(text string, width int) []string {
	if width < 1 || text == "" {
		return nil
	}
	var lines []string
	for paragraph := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		lines = append(lines, strings.Split(ansi.Wrap(scrub.Text(paragraph), width, " "), "\n")...)
	}
	return lines
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

package step

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const escape = '\x1b'

// plain returns a text that a program wrote for a terminal as text: without
// control sequences (ECMA-48) and control characters other than line ends,
// returns and tabs, and with invalid UTF-8 replaced.
func plain(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	var out strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == escape:
			size = sequence(text)
		case r == '\n' || r == '\r' || r == '\t' || !unicode.IsControl(r):
			out.WriteRune(r)
		}
		text = text[size:]
	}
	return out.String()
}

// sequence returns the length of the control sequence that a text starts with:
// ESC [ parameters final, ESC ] string BEL or ESC ] string ESC \, else ESC and
// one byte.
func sequence(text string) int {
	if len(text) < 2 {
		return len(text)
	}
	switch text[1] {
	case '[':
		for i := 2; i < len(text); i++ {
			if '@' <= text[i] && text[i] <= '~' {
				return i + 1
			}
		}
		return len(text)
	case ']':
		if end := strings.IndexAny(text[2:], "\a\x1b"); end >= 0 {
			if length := 2 + end + 1; text[length-1] == '\a' || !strings.HasPrefix(text[length:], "\\") {
				return length
			}
			return 2 + end + 2
		}
		return len(text)
	default:
		return 2
	}
}

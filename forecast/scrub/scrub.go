// Package scrub makes text that programs wrote safe to show: without control
// sequences that would move the cursor, change colours, titles or the
// clipboard, and without credentials.
package scrub

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// tabWidth is how far tab stops lie apart.
const tabWidth = 8

// Line returns a log line as it may be shown and stored: of a progress bar that
// was redrawn with carriage returns its last state, tabs as spaces, no control
// characters or sequences, invalid UTF-8 replaced, credentials redacted.
func Line(text string) string {
	text = strings.TrimRight(text, "\r\n")
	if at := strings.LastIndexByte(text, '\r'); at >= 0 {
		text = text[at+1:]
	}
	return Redact(Text(text))
}

// Text returns text without control characters and sequences, on one line.
func Text(text string) string {
	if clean(text) {
		return text
	}
	text = ansi.Strip(sevenBits(valid(text)))
	var out strings.Builder
	out.Grow(len(text) + tabWidth)
	column := 0
	for _, r := range text {
		switch {
		case r == '\t':
			for range tabWidth - column%tabWidth {
				out.WriteByte(' ')
			}
			column += tabWidth - column%tabWidth
		case r == '\n' || r == '\r':
			out.WriteByte(' ')
			column++
		case hidden(r):
		default:
			out.WriteRune(r)
			column += ansi.StringWidth(string(r))
		}
	}
	return out.String()
}

// sevenBits returns text whose controls of eight bits that are encoded as UTF-8 are those
// of seven, which begin with ESC: what strips sequences knows them as bytes only, and
// would leave what follows them.
func sevenBits(text string) string {
	const firstC1, lastC1, toSeven = '\u0080', '\u009f', 0x40
	at := strings.IndexFunc(text, func(r rune) bool { return r >= firstC1 && r <= lastC1 })
	if at < 0 {
		return text
	}
	var out strings.Builder
	out.WriteString(text[:at])
	for rest := text[at:]; rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		if size > 1 && r >= firstC1 && r <= lastC1 {
			out.WriteByte(0x1b)
			out.WriteByte(byte(r - toSeven))
		} else {
			out.WriteString(rest[:size])
		}
		rest = rest[size:]
	}
	return out.String()
}

// valid returns text whose invalid bytes are replaced, as what strips sequences
// would drop them, and letters of other encodings with what follows them. Bytes
// that are controls in some terminals stay, to be stripped.
func valid(text string) string {
	const firstC1, lastC1 = 0x80, 0x9f
	if utf8.ValidString(text) {
		return text
	}
	out := make([]byte, 0, len(text)+utf8.UTFMax)
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError && size == 1 && (text[0] < firstC1 || text[0] > lastC1) {
			out = utf8.AppendRune(out, utf8.RuneError)
		} else {
			out = append(out, text[:size]...)
		}
		text = text[size:]
	}
	return string(out)
}

// hidden reports whether a rune must not reach a terminal: controls, and the
// format characters that reorder or hide text (Unicode TR36, section 3). The
// joiners stay, emoji and several scripts need them.
func hidden(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	if r == nonJoiner || r == joiner {
		return false
	}
	return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) ||
		r == '\u2028' || r == '\u2029'
}

// clean reports whether text is as it may be shown.
func clean(text string) bool {
	for at, r := range text {
		switch {
		case r >= ' ' && r < utf8.RuneSelf-1:
		case r < utf8.RuneSelf, hidden(r):
			return false
		case r == utf8.RuneError && !strings.HasPrefix(text[at:], "\uFFFD"): // an invalid byte
			return false
		}
	}
	return true
}

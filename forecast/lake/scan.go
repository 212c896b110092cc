package lake

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenKind is what a piece of SQL text is, as far as this package cares.
type tokenKind uint8

const (
	tokenOther       tokenKind = iota // words, numbers, operators
	tokenSpace                        // white space and comments
	tokenQuoted                       // '..', "..", $tag$..$tag$
	tokenPlaceholder                  // {{..}}
	tokenEnd                          // ;
	tokenUnclosed                     // a quote or comment that does not end
)

type token struct {
	kind tokenKind
	text string
	at   int // byte
}

// scanSQL cuts SQL text into tokens, which joined are the text again. It knows
// just enough to see what is quoted, commented or a placeholder, and where a
// statement ends.
func scanSQL(text string) []token {
	var tokens []token
	for at := 0; at < len(text); {
		kind, length := scanToken(text[at:])
		tokens = append(tokens, token{kind: kind, text: text[at : at+length], at: at})
		at += length
	}
	return tokens
}

func scanToken(text string) (tokenKind, int) {
	switch c := text[0]; {
	case strings.HasPrefix(text, "--"):
		if end := strings.IndexByte(text, '\n'); end >= 0 {
			return tokenSpace, end
		}
		return tokenSpace, len(text)
	case strings.HasPrefix(text, "/*"):
		return closed(tokenSpace, text, "*/", 2)
	case strings.HasPrefix(text, "{{"):
		return closed(tokenPlaceholder, text, "}}", 2)
	case c == '\'' || c == '"':
		return scanQuoted(text)
	case c == '$':
		return scanDollar(text)
	case c == ';':
		return tokenEnd, 1
	case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		return tokenSpace, 1
	default:
		return scanWord(text)
	}
}

// closed returns the token that goes to the next closing text, searched from
// byte from.
func closed(kind tokenKind, text, closing string, from int) (tokenKind, int) {
	if end := strings.Index(text[from:], closing); end >= 0 {
		return kind, from + end + len(closing)
	}
	return tokenUnclosed, len(text)
}

// scanQuoted reads a quoted text; a doubled quote in it reads as two tokens,
// which is the same for all uses.
func scanQuoted(text string) (tokenKind, int) { return closed(tokenQuoted, text, text[:1], 1) }

// scanDollar reads $tag$..$tag$; another dollar is an operator or parameter.
func scanDollar(text string) (tokenKind, int) {
	end := strings.IndexByte(text[1:], '$')
	if end < 0 || strings.ContainsFunc(text[1:1+end], notInName) {
		return tokenOther, 1
	}
	tag := text[:end+2]
	return closed(tokenQuoted, text, tag, len(tag))
}

func scanWord(text string) (tokenKind, int) {
	length := strings.IndexFunc(text, notInName)
	if length > 0 {
		return tokenOther, length
	}
	if length < 0 {
		return tokenOther, len(text)
	}
	_, size := utf8.DecodeRuneInString(text)
	return tokenOther, size
}

func notInName(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' }

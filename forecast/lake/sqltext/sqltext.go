// Package sqltext cuts SQL text into tokens, as far as needed to see what is
// quoted, what is a comment or a placeholder, and where a statement ends. It knows
// nothing of a dialect.
package sqltext

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kind is what a piece of SQL text is, as far as it matters.
type Kind uint8

// Kinds of tokens.
const (
	Other       Kind = iota // words, numbers, operators
	Space                   // white space and comments
	Quoted                  // '..', "..", $tag$..$tag$
	Placeholder             // {{..}}
	End                     // ;
	Unclosed                // a quote or comment that does not end
)

// Token is a piece of SQL text.
type Token struct {
	Kind Kind
	Text string
	At   int // byte
}

// Scan cuts SQL text into tokens, which joined are the text again. It knows
// just enough to see what is quoted, commented or a placeholder, and where a
// statement ends.
func Scan(text string) []Token {
	var tokens []Token
	for at := 0; at < len(text); {
		kind, length := scanToken(text[at:])
		tokens = append(tokens, Token{Kind: kind, Text: text[at : at+length], At: at})
		at += length
	}
	return tokens
}

func scanToken(text string) (Kind, int) {
	switch c := text[0]; {
	case strings.HasPrefix(text, "--"):
		if end := strings.IndexByte(text, '\n'); end >= 0 {
			return Space, end
		}
		return Space, len(text)
	case strings.HasPrefix(text, "/*"):
		return closed(Space, text, "*/", 2)
	case strings.HasPrefix(text, "{{"):
		return closed(Placeholder, text, "}}", 2)
	case c == '\'' || c == '"':
		return scanQuoted(text)
	case c == '$':
		return scanDollar(text)
	case c == ';':
		return End, 1
	case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		return Space, 1
	default:
		return scanWord(text)
	}
}

// closed returns the token that goes to the next closing text, searched from
// byte from.
func closed(kind Kind, text, closing string, from int) (Kind, int) {
	if end := strings.Index(text[from:], closing); end >= 0 {
		return kind, from + end + len(closing)
	}
	return Unclosed, len(text)
}

// scanQuoted reads a quoted text; a doubled quote in it reads as two tokens,
// which is the same for all uses.
func scanQuoted(text string) (Kind, int) { return closed(Quoted, text, text[:1], 1) }

// scanDollar reads $tag$..$tag$; another dollar is an operator or parameter.
func scanDollar(text string) (Kind, int) {
	end := strings.IndexByte(text[1:], '$')
	if end < 0 || strings.ContainsFunc(text[1:1+end], notInName) {
		return Other, 1
	}
	tag := text[:end+2]
	return closed(Quoted, text, tag, len(tag))
}

func scanWord(text string) (Kind, int) {
	length := strings.IndexFunc(text, notInName)
	if length > 0 {
		return Other, length
	}
	if length < 0 {
		return Other, len(text)
	}
	_, size := utf8.DecodeRuneInString(text)
	return Other, size
}

func notInName(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' }

// Position returns the line and column of a byte of a text, in words.
func Position(text string, at int) string {
	before := text[:at]
	line := strings.Count(before, "\n") + 1
	column := len([]rune(before[strings.LastIndexByte(before, '\n')+1:])) + 1
	return fmt.Sprintf("line %d, column %d", line, column)
}

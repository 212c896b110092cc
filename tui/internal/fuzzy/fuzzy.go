// Package fuzzy finds what somebody who types a few letters may mean.
package fuzzy

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Scores of the ways in which a text matches, best first. Within one way the
// shorter text is better.
const (
	shortened = 1 + iota // a word of it with letters left out
	inside               // as a part
	atWord               // at the begin of a word
	atStart              // at the begin
	whole                // nothing else
)

// Score says how well text matches what was typed, in any case: 0 if it does
// not, and more the better it does. Words apart by spaces must all match, in any
// order.
func Score(text, typed string) int {
	text = strings.ToLower(text)
	worst := whole
	for word := range strings.FieldsSeq(strings.ToLower(typed)) {
		worst = min(worst, scoreWord(text, word))
	}
	return worst
}

func scoreWord(text, word string) int {
	at := strings.Index(text, word)
	switch {
	case text == word:
		return whole
	case at == 0:
		return atStart
	case beginsWord(text, word):
		return atWord
	case at > 0:
		return inside
	case shortens(text, word):
		return shortened
	default:
		return 0
	}
}

// words takes a text apart.
func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// beginsWord reports whether a word of text begins with what was typed.
func beginsWord(text, typed string) bool {
	return slices.ContainsFunc(words(text), func(word string) bool { return strings.HasPrefix(word, typed) })
}

// shortens reports whether what was typed is a word of text with letters left
// out, but not the first. Fewer than three say too little.
func shortens(text, typed string) bool {
	const least = 3
	first, _ := utf8.DecodeRuneInString(typed)
	return len(typed) >= least && slices.ContainsFunc(words(text), func(word string) bool {
		return strings.HasPrefix(word, string(first)) && subsequence(word, typed)
	})
}

// subsequence reports whether the letters of typed stand in word in this order.
func subsequence(word, typed string) bool {
	for _, letter := range typed {
		_, rest, found := strings.Cut(word, string(letter))
		if !found {
			return false
		}
		word = rest
	}
	return true
}

// Sort returns the items whose text matches, best first; equals keep their
// order. With nothing typed that is all of them.
func Sort[T any](items []T, typed string, text func(T) string) []T {
	if strings.TrimSpace(typed) == "" {
		return items
	}
	type scored struct {
		item  T
		score int
	}
	var found []scored
	for _, item := range items {
		if score := Score(text(item), typed); score > 0 {
			found = append(found, scored{item, score})
		}
	}
	slices.SortStableFunc(found, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	sorted := make([]T, len(found))
	for i, one := range found {
		sorted[i] = one.item
	}
	return sorted
}

package logview_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/tui/internal/widget/logview"
)

// TestPatterns compares patterns made at random with the regexp package, over
// lines of several chunks, letters outside ASCII and broken UTF-8 among them.
func TestPatterns(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	pieces := []string{"a", "b", "K", "k", "s", "é", "日", "ſ", "\u212a", "_", " ", "1", "\xff", "ab", "\t"}
	// Each text stands on several lines, of a chunk and of the one after it.
	const distinct = 4000
	texts := make([]string, logview.Chunk+200)
	for i := range texts {
		if i >= distinct {
			texts[i] = texts[i-distinct]
			continue
		}
		for range random.IntN(9) {
			texts[i] += pieces[random.IntN(len(pieces))]
		}
	}
	v := open(t, 80, 10, lines(texts...))
	snapshot := v.Snapshot()
	for i := range texts { // as they are held, made safe to show
		texts[i] = snapshot.Text(i)
	}
	patterns := []string{`\bk\b`, `\Ba`, `^$`, `^`, `$`, `\A.\z`, `^(a|b)+$`, `(?s).`, `(?m)^a`, `(?-i)K`, `[^a]$`, `a*`, `x*y`, `(a|b|^)k`, `\xff`, `[[:^alpha:]]b`}
	for range 60 {
		patterns = append(patterns, pattern(random, 3))
	}
	for _, text := range patterns {
		matcher, err := logview.Compile(logview.Query{Text: text, Regex: true})
		if err != nil {
			t.Fatalf("Compile(%q): %v", text, err)
		}
		if !strings.ContainsFunc(text, func(r rune) bool { return r >= 'A' && r <= 'Z' }) {
			text = "(?i)" + text
		}
		want := regexp.MustCompile(text)
		got, upTo := logview.Scan(t.Context(), matcher, snapshot, 0, len(texts))
		if upTo != len(texts) {
			t.Fatalf("Scan looked at %d lines; want %d", upTo, len(texts))
		}
		matches := make([]bool, distinct)
		for i, line := range texts[:distinct] {
			matches[i] = want.MatchString(line)
		}
		for i, line := range texts {
			_, found := slices.BinarySearch(got, uint32(i))
			if found != matches[i%distinct] {
				t.Fatalf("line %d %q matches %q: %t; want %t", i, line, text, found, !found)
			}
		}
	}
}

// pattern returns a random pattern.
func pattern(random *rand.Rand, depth int) string {
	atoms := []string{"a", "b", "k", "s", "é", "日", "_", " ", "1", ".", `\d`, `\w`, `\W`, "[a-k]", "[^b]", `\b`, `\B`, "^", "$"}
	if depth == 0 {
		return atoms[random.IntN(len(atoms))]
	}
	switch left := pattern(random, depth-1); random.IntN(5) {
	case 0:
		return "(" + left + "|" + pattern(random, depth-1) + ")"
	case 1:
		return "(?:" + left + ")" + []string{"*", "+", "?", "{2}", "{1,3}"}[random.IntN(5)]
	default:
		return left + pattern(random, depth-1)
	}
}

// TestForgetting matches a pattern that has more states than are kept.
func TestForgetting(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	texts := make([]string, 2000)
	for i := range texts {
		line := make([]byte, 60)
		for at := range line {
			line[at] = "aab"[random.IntN(3)]
		}
		texts[i] = string(line) + "é"
	}
	v := open(t, 80, 10, lines(texts...))
	for _, text := range []string{`b[ab]{13}b[ab]{13}b$`, `bb[ab]{14}bb[ab]{9}é`} {
		matcher := compile(t, logview.Query{Text: text, Regex: true})
		want := regexp.MustCompile("(?i)" + text)
		got := matcher.Lines(t.Context(), v.Snapshot(), 0, len(texts))
		for i, line := range texts {
			if _, found := slices.BinarySearch(got, uint32(i)); found != want.MatchString(line) {
				t.Fatalf("line %d %q matches %q: %t; want %t", i, line, text, found, !found)
			}
		}
	}
}

// TestScan parts lines at every bound.
func TestScan(t *testing.T) {
	t.Parallel()
	texts := make([]string, 3*logview.Chunk+10)
	for i := range texts {
		texts[i] = fmt.Sprint("line ", i)
	}
	v := open(t, 80, 10, lines(texts...))
	matcher := compile(t, logview.Query{Text: "line"})
	for _, tt := range []struct{ from, limit, upTo int }{
		{0, 1, 1},
		{0, logview.Chunk, logview.Chunk},
		{7, logview.Chunk, logview.Chunk + 7},
		{logview.Chunk - 1, 2*logview.Chunk + 2, 3*logview.Chunk + 1},
		{5, 1 << 30, len(texts)},
		{len(texts), 100, len(texts)},
	} {
		got, upTo := logview.Scan(t.Context(), matcher, v.Snapshot(), tt.from, tt.limit)
		if upTo != tt.upTo || len(got) != upTo-tt.from {
			t.Fatalf("Scan(%d, %d) found %d lines up to %d; want all up to %d", tt.from, tt.limit, len(got), upTo, tt.upTo)
		}
		for i, line := range got {
			if int(line) != tt.from+i {
				t.Fatalf("Scan(%d, %d)[%d] = %d; want %d", tt.from, tt.limit, i, line, tt.from+i)
			}
		}
	}
}

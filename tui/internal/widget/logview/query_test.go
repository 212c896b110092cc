package logview_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/tui/internal/widget/logview"
)

// TestSearch compares the search with matching line by line, over lines of
// several chunks.
func TestSearch(t *testing.T) {
	t.Parallel()
	words := []string{"series", "Series", "ERROR", "price_lag_7", "kilo", "Kelvin \u212a", "straße", "日本", "x", "", "0.412", "SKU-00"}
	random := rand.New(rand.NewPCG(1, 2))
	texts := make([]string, 2*logview.Chunk+100)
	for i := range texts {
		for range random.IntN(4) {
			texts[i] += words[random.IntN(len(words))] + " "
		}
	}
	v := open(t, 80, 10, lines(texts...))
	for _, tt := range []struct {
		query logview.Query
		like  string // the same as a pattern
	}{
		{logview.Query{Text: "series"}, "(?i)series"},
		{logview.Query{Text: "Series"}, "Series"},
		{logview.Query{Text: "k"}, "(?i)[kK]"},
		{logview.Query{Text: "日"}, "日"},
		{logview.Query{Text: "0.412"}, `0\.412`},
		{logview.Query{Text: "0.412", Not: true}, ""},
		{logview.Query{Text: `s.ries|x$`, Regex: true}, `(?i)s.ries|x$`},
		{logview.Query{Text: `^kil+o`, Regex: true}, `(?i)^kil+o`},
		{logview.Query{Text: `price_lag_\d+ ERR`, Regex: true}, `price_lag_\d+ ERR`},
		{logview.Query{Text: `sku-0{2}`, Regex: true}, `(?i)sku-0{2}`},
		{logview.Query{Text: `[^a-z_ ]rr?`, Regex: true}, `(?i)[^a-z_ ]rr?`},
		{logview.Query{Text: `[[:upper:]]x`, Regex: true}, `(?i)[[:upper:]]x`},
		{logview.Query{Text: `\x53eries`, Regex: true}, `(?i)\x53eries`},
		{logview.Query{Text: `k(elvin|ilo)`, Regex: true}, `(?i)k(elvin|ilo)`},
		{logview.Query{Text: `\bs`, Regex: true}, `(?i)\bs`},
		{logview.Query{Text: "absent"}, "absent"},
	} {
		var expect []uint32
		like := regexp.MustCompile(tt.like)
		for i, text := range texts {
			found := !strings.Contains(text, "0.412")
			if !tt.query.Not {
				found = like.MatchString(text)
			}
			if found {
				expect = append(expect, uint32(i))
			}
		}
		matcher := compile(t, tt.query)
		if diff := cmp.Diff(expect, matcher.Lines(t.Context(), v.Snapshot(), 0, len(texts))); diff != "" {
			t.Errorf("Lines of %+v (-want +got):\n%s", tt.query, diff)
		}
		from, to := 100, logview.Chunk+7
		got := matcher.Lines(t.Context(), v.Snapshot(), from, to)
		for _, line := range got {
			if int(line) < from || int(line) >= to {
				t.Fatalf("Lines of %+v in [%d, %d) has %d", tt.query, from, to, line)
			}
		}
	}
}

func TestCompileErrors(t *testing.T) {
	t.Parallel()
	if _, err := logview.Compile(logview.Query{Text: "a(", Regex: true}); err == nil || !strings.Contains(err.Error(), "missing closing )") {
		t.Errorf("Compile(a() = %v; want what is missing", err)
	}
}

// dying is a context that ends after it was looked at a few times.
type dying struct {
	context.Context
	left int
}

func (d *dying) Err() error {
	if d.left--; d.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestCancel ends a search and counts how much it still looks at.
func TestCancel(t *testing.T) {
	t.Parallel()
	texts := make([]string, 5*logview.Chunk)
	for i := range texts {
		texts[i] = fmt.Sprint("x", i)
	}
	v := open(t, 80, 10, lines(texts...))
	matcher := compile(t, logview.Query{Text: "x"})
	ctx := &dying{Context: t.Context(), left: 3}
	if got := matcher.Lines(ctx, v.Snapshot(), 0, len(texts)); len(got) > 3*1024 {
		t.Errorf("a search that was cancelled found %d lines more; want none behind its third look", len(got))
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if got := matcher.Lines(ended, v.Snapshot(), 0, len(texts)); len(got) != 0 {
		t.Errorf("a search that was cancelled before found %d lines; want 0", len(got))
	}
}

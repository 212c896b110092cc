package logs_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/aws/internal/logs"
	"github.com/daybatch/daybatch/forecast"
)

func TestParseTag(t *testing.T) {
	t.Parallel()
	train := logs.Tag{Run: run, Step: forecast.Train, Date: date}
	for _, c := range []struct {
		line, text string
		ok         bool
	}{
		{"[abc123def456 Train 2026-01-15] fitted", "fitted", true},
		{"[abc123def456 Train 2026-01-15]   two\t2", "  two\t2", true},
		{"[abc123def456 Train 2026-01-15] ", "", true},
		{"[abc123def456 Train 2026-01-15]", "", true}, // an agent trimmed it
		{"[abc123def456 Train 2026-01-15] [abc123def456 Extract 2026-01-14] x", "[abc123def456 Extract 2026-01-14] x", true},
		{"[abc123def457 Train 2026-01-15] of another run", "", false},
		{"[abc123def456 Rest 2026-01-15] no step", "", false},
		{"[abc123def456 Train 2026-02-30] no date", "", false},
		{"[abc123def456 Train 2026-01-15", "", false},
		{"[abc123def456 Train]", "", false},
		{"[abc123def456 Train 2026-01-15]x", "", false},
		{" [abc123def456 Train 2026-01-15] not at the start", "", false},
		{"", "", false},
	} {
		tag, text, ok := logs.ParseTag(run, c.line)
		if !c.ok {
			c.text = c.line
		}
		if ok != c.ok || text != c.text || ok && tag != train {
			t.Errorf("ParseTag(%q) = %v, %q, %t; want %q, %t", c.line, tag, text, ok, c.text, c.ok)
		}
	}
	if _, _, ok := logs.ParseTag("", "[ Train 2026-01-15] x"); ok {
		t.Error("ParseTag without a run found a tag; want none")
	}
}

// TestTagsComeBack writes texts in pieces by the writers of several tags and reads
// each line back with its own.
func TestTagsComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var out strings.Builder
		type line struct {
			tag  logs.Tag
			text string
		}
		var want []line
		for range rapid.IntRange(0, 4).Draw(t, "writers") {
			tag := logs.Tag{Run: run, Step: rapid.SampledFrom(forecast.StepNames()).Draw(t, "step"), Date: date}
			text := rapid.StringOf(rapid.SampledFrom([]rune("a\n [] \r"+tag.String()))).Draw(t, "text")
			w := logs.NewWriter(&out, tag)
			for rest := text; rest != ""; {
				n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
				if _, err := io.WriteString(w, rest[:n]); err != nil {
					t.Fatalf("Write = %v; want nil", err)
				}
				rest = rest[n:]
			}
			if err := w.Close(); err != nil {
				t.Fatalf("Close = %v; want nil", err)
			}
			for text := range strings.Lines(text) {
				want = append(want, line{tag, strings.TrimSuffix(text, "\n")})
			}
		}
		var got []line
		for text := range strings.Lines(out.String()) {
			tag, rest, ok := logs.ParseTag(run, strings.TrimSuffix(text, "\n"))
			if !ok {
				t.Errorf("line %q has no tag", text)
			}
			got = append(got, line{tag, rest})
		}
		if !slices.Equal(got, want) {
			t.Errorf("lines = %v; want %v", got, want)
		}
	})
}

// counted counts the writes, and fails them if err is set.
type counted struct {
	writes int
	err    error
}

func (c *counted) Write(p []byte) (int, error) {
	c.writes++
	return len(p), c.err
}

func TestWriterWritesOnce(t *testing.T) {
	t.Parallel()
	out := &counted{}
	w := logs.NewWriter(out, logs.Tag{Run: run, Step: forecast.Train, Date: date})
	if n, err := io.WriteString(w, "one\ntwo\nthree\n"); n != 14 || err != nil || out.writes != 1 {
		t.Errorf("Write of three lines = %d, %v by %d writes; want 14, nil by 1", n, err, out.writes)
	}
	if err := w.Close(); err != nil || out.writes != 1 {
		t.Errorf("Close after a whole line = %v by %d writes; want nothing written", err, out.writes-1)
	}
	out.err = errors.New("disk full")
	if _, err := io.WriteString(w, "four"); !errors.Is(err, out.err) {
		t.Errorf("Write to a full disk = %v; want its error", err)
	}
	if err := w.Close(); !errors.Is(err, out.err) {
		t.Errorf("Close on a full disk = %v; want its error", err)
	}
}

func FuzzParseTag(f *testing.F) {
	f.Add("[abc123def456 Train 2026-01-15] fitted")
	f.Add("[abc123def456 Train 2026-01-15]")
	f.Fuzz(func(t *testing.T, line string) {
		tag, text, ok := logs.ParseTag(run, line)
		switch {
		case !ok && text != line:
			t.Errorf("ParseTag(%q) has no tag and the text %q; want the line", line, text)
		case ok && tag.String()+" "+text != line && tag.String()+text != line:
			t.Errorf("ParseTag(%q) = %v, %q; want what makes up the line", line, tag, text)
		}
	})
}

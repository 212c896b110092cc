package sqltext_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast/lake/sqltext"
)

func TestScan(t *testing.T) {
	t.Parallel()
	text := "SELECT 'a;b' -- c;\nFROM \"t\" WHERE d = {{.Date}}/*;*/;"
	var got []string
	for _, token := range sqltext.Scan(text) {
		if token.Kind == sqltext.Quoted || token.Kind == sqltext.Placeholder || token.Kind == sqltext.End {
			got = append(got, token.Text)
		}
	}
	if diff := cmp.Diff([]string{"'a;b'", `"t"`, "{{.Date}}", ";"}, got); diff != "" {
		t.Errorf("Scan (-want +got):\n%s", diff)
	}
	if got, want := sqltext.Position(text, strings.Index(text, "WHERE")), "line 2, column 10"; got != want {
		t.Errorf("Position = %q; want %q", got, want)
	}
}

// The tokens of any text are the text again.
func TestScanLosesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.SampledFrom([]string{"'", `"`, "--", "\n", "/*", "*/", "{{", "}}", "$", "$a$", ";", "x", "é", " "}))
		text := strings.Join(parts.Draw(t, "parts"), "")
		var joined strings.Builder
		for _, token := range sqltext.Scan(text) {
			if token.At != joined.Len() || token.Text == "" {
				t.Fatalf("token %+v stands at %d", token, joined.Len())
			}
			joined.WriteString(token.Text)
		}
		if joined.String() != text {
			t.Errorf("Scan(%q) = %q", text, joined.String())
		}
	})
}

package fuzzy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/tui/internal/fuzzy"
)

func TestSort(t *testing.T) {
	t.Parallel()
	verbs := []string{"run", "rerun the dates", "a rerun", "backfill a range", "metrics", "nothing"}
	tests := []struct {
		typed string
		want  []string
	}{
		{"", verbs},
		{"run", []string{"run", "rerun the dates", "a rerun"}},
		{"RERUN", []string{"rerun the dates", "a rerun"}},
		{"range back", []string{"backfill a range"}},
		{"bkf", []string{"backfill a range"}},
		{"mt", []string{}},
		{"tnm", []string{}},
		{"akf", []string{}},
	}
	for _, tt := range tests {
		got := fuzzy.Sort(verbs, tt.typed, func(s string) string { return s })
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("Sort(%q) differs (-want +got):\n%s", tt.typed, diff)
		}
	}
}

func TestScore(t *testing.T) {
	t.Parallel()
	order := []string{"day", "days and nights", "the day", "yesterday", "dreary", "night"}
	last := 100
	for _, text := range order {
		got := fuzzy.Score(text, "day")
		if got >= last {
			t.Errorf("Score(%q) = %d; want less than %d, that of the text before", text, got, last)
		}
		last = got
	}
	if last != 0 {
		t.Errorf("Score of a text that does not match = %d; want 0", last)
	}
}

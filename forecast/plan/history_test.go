package plan_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast/plan"
)

func TestBefore(t *testing.T) {
	t.Parallel()
	tests := []struct{ changes, want string }{
		{"", ""},
		{"a", ""},
		{"a b c", "b a"},
		{"a b a", ""},       // back at a: b was rolled back from
		{"a b c b", "a"},    // a second step back goes on back
		{"a b c b a", ""},   // and ends at the first
		{"a b a b", "a"},    // forward again, by name
		{"a b a c", "a"},    // a rerun after going back replaces a, not b
		{"a b c a d a", ""}, // whatever was tried in between
		{"a b - c", ""},     // withdrawn: nothing is before
		{"- a b", "a"},
		{"a b -", ""},
	}
	for _, tt := range tests {
		changes := strings.Fields(tt.changes)
		for i := range changes {
			changes[i] = strings.TrimPrefix(changes[i], "-")
		}
		if got := strings.Join(plan.Before(changes), " "); got != tt.want {
			t.Errorf("Before(%s) = %s; want %s", tt.changes, got, tt.want)
		}
	}
}

// TestRollingBackEnds goes back until there is nothing before: no generation
// comes twice, whatever happened.
func TestRollingBackEnds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		changes := rapid.SliceOf(rapid.SampledFrom([]string{"", "a", "b", "c", "d"})).Draw(t, "changes")
		var seen []string
		for {
			before := plan.Before(changes)
			if len(before) == 0 {
				return
			}
			if slices.Contains(seen, before[0]) {
				t.Fatalf("going back leads to %s again, after %v", before[0], seen)
			}
			seen = append(seen, before[0])
			changes = append(changes, before[0])
		}
	})
}

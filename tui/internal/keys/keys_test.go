package keys_test

import (
	"testing"

	"github.com/daybatch/daybatch/tui/internal/keys"
)

// TestQuiet takes hints away, and neither keys nor what they do, and leaves the table
// of the page as it is.
func TestQuiet(t *testing.T) {
	t.Parallel()
	table := keys.Progress()
	quiet := table.Quiet(keys.Pause, keys.Stop)
	for i, binding := range quiet {
		hushed := binding.Action == keys.Pause || binding.Action == keys.Stop
		if hushed != (binding.Hint != table[i].Hint) || hushed && binding.Hint != "" {
			t.Errorf("%s: hint %q, was %q; want it taken from pause and stop alone", binding.Action, binding.Hint, table[i].Hint)
		}
		if binding.Keys[0] != table[i].Keys[0] || binding.Help != table[i].Help {
			t.Errorf("%s: %v %q; want what it was", binding.Action, binding.Keys, binding.Help)
		}
	}
}

package record_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
)

// TestParameters tells readers of the catalogue which forecast they read, and of
// which date it is if it is another date's.
func TestParameters(t *testing.T) {
	t.Parallel()
	g := generation("710ffc6b", 2)
	g.Execution, g.Rows = "2026-01-15-a2", 168
	want := map[string]string{
		"daybatch.generation": "710ffc6b", "daybatch.execution": "2026-01-15-a2", "daybatch.attempt": "2", "daybatch.rows": "168",
	}
	if diff := cmp.Diff(want, g.Parameters()); diff != "" {
		t.Errorf("parameters (-want +got):\n%s", diff)
	}
	g.Kind, g.FallbackOf = forecast.GenerationFallback, day-2
	want["daybatch.fallback_of"] = "2026-01-13"
	if diff := cmp.Diff(want, g.Parameters()); diff != "" {
		t.Errorf("parameters of a fallback (-want +got):\n%s", diff)
	}
}

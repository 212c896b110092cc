package step_test

import (
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/step"
)

// DuckDB gets half of what a step may hold: the query finds rows only then.
func TestMemoryOfDuckDB(t *testing.T) {
	t.Parallel()
	spec := specOf(projectWith(t, weekly("van", 120)))
	spec.Step = forecast.Extract
	spec.Definition.Source.Query += " AND current_setting('memory_limit') = '128.0 MiB'"
	for _, test := range []struct {
		memory int64
		code   int
	}{{256 << 20, 0}, {0, 1}} {
		spec.Definition.Steps = map[forecast.StepName]forecast.StepOptions{forecast.Extract: {Memory: test.memory}}
		if exit, _, log := run(t.Context(), t, spec); exit.Code != test.code {
			t.Errorf("Extract with %d bytes ended with %d; want %d\n%s", test.memory, exit.Code, test.code, log)
		}
	}
}

// Go's heap is bounded while a step runs, and never higher than the process is.
//
//nolint:paralleltest // the limit is the process'
func TestMemoryOfHeap(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	for _, test := range []struct{ memory, want int64 }{{1000 << 20, 400 << 20}, {0, before}} {
		env := step.Env{Spec: step.Spec{Step: forecast.Train}}
		env.Spec.Definition.Steps = map[forecast.StepName]forecast.StepOptions{forecast.Train: {Memory: test.memory}}
		lift := env.LimitHeap()
		if got := debug.SetMemoryLimit(-1); got != test.want {
			t.Errorf("limit of a step with %d bytes = %d; want %d", test.memory, got, test.want)
		}
		lift()
		if got := debug.SetMemoryLimit(-1); got != before {
			t.Errorf("limit after the step = %d; want %d as before", got, before)
		}
	}
}

// Without a limit DuckDB gets its part of half the machine, and less than it would
// take by itself.
func TestMemoryWithoutLimit(t *testing.T) {
	t.Parallel()
	spec := specOf(projectWith(t, weekly("van", 120)))
	spec.Step = forecast.Extract
	spec.Definition.Limits.MaxActive = 1 << 20 // so many that each has the least
	spec.Definition.Source.Query += " AND current_setting('memory_limit') = '512.0 MiB'"
	if exit, _, log := run(t.Context(), t, spec); runtime.GOOS == "linux" && exit.Code != 0 {
		t.Errorf("Extract ended with %d; want 0\n%s", exit.Code, log)
	}
}

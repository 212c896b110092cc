package step

import (
	"fmt"
	"runtime/debug"
)

// A step that has a memory limit shares it out, so that it spills or collects
// garbage before whoever watches it kills it: half of it for DuckDB, two fifths
// for Go's heap, and the rest for what neither of them counts.

// duckMemory is DuckDB's part of the step's memory, as its setting; empty: there
// is no limit.
func (e Env) duckMemory() string {
	limit := e.Spec.Definition.Steps[e.Spec.Step].Memory
	if limit <= 0 {
		return ""
	}
	return fmt.Sprintf("%dKiB", limit/2/1024)
}

// limitHeap bounds Go's heap while the step runs, unless the process was given
// a lower limit. It returns what lifts that again.
func (e Env) limitHeap() (lift func()) {
	before := debug.SetMemoryLimit(-1)
	limit := e.Spec.Definition.Steps[e.Spec.Step].Memory / 5 * 2
	if limit <= 0 || limit >= before {
		return func() {}
	}
	debug.SetMemoryLimit(limit)
	return func() { debug.SetMemoryLimit(before) }
}

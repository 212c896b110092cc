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

// leastDefault is what DuckDB gets at least where no limit is set: below it, it
// spills more than it reckons.
const leastDefault = 512 << 20

// defaultMemory is DuckDB's part of a machine's memory, as its setting, for a step
// without a limit, if so many step processes may run at once. They share half of it:
// DuckDB's own default, four fifths for each, is more than there is as soon as there
// are two. Empty: how much the machine has can't be told, and the default stands.
func defaultMemory(machine int64, atOnce int) string {
	if machine <= 0 {
		return ""
	}
	half := machine / 2
	part := min(half, max(leastDefault, half/int64(max(1, atOnce))))
	return fmt.Sprintf("%dKiB", part/1024)
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

package cli

import (
	"context"
	"runtime"
	"runtime/debug"
	"time"
)

const (
	// firstCollection is the size of the heap, in bytes, that is collected for the first
	// time: more than the start of any command takes, and little for a machine.
	firstCollection = 32 << 20
	// leastHeap is that of Go's runtime, which it holds in proportion to GOGC.
	leastHeap = 4 << 20
	// settleTime is how long after its start a screen or a server gives back what the
	// start took.
	settleTime = 2 * time.Second
)

// collectLate lets the garbage collector begin when the heap is larger than a start
// makes it: the collections until then take a sixth of the time to the first frame,
// and find hardly anything. From the first one on it works as Go does by itself. A
// GOGC of the environment has its way.
func collectLate(environ map[string]string) {
	if environ["GOGC"] != "" {
		return
	}
	const ordinary = 100 // percent
	debug.SetGCPercent(ordinary * (firstCollection / leastHeap))
	runtime.AddCleanup(new([64]byte), func(percent int) { debug.SetGCPercent(percent) }, ordinary)
}

// giveBack returns memory that a start took to the system, once it is over.
func giveBack(ctx context.Context) {
	timer := time.NewTimer(settleTime)
	defer timer.Stop()
	select {
	case <-timer.C:
		debug.FreeOSMemory()
	case <-ctx.Done():
	}
}

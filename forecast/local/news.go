//go:build unix

package local

import (
	"sync/atomic"

	"github.com/daybatch/daybatch/forecast/pulse"
)

// news tells who waits for a change that somebody has committed something, this process
// or another: one of those who look is enough, as each look wakes an idle process.
type news struct {
	*pulse.Pulse

	tellers atomic.Int32
}

// tell promises a Beat for each commit, until the function that it returns is called.
// Who relied on it looks again then.
func (n *news) tell() (end func()) {
	n.tellers.Add(1)
	return func() {
		n.tellers.Add(-1)
		n.Beat()
	}
}

// told reports whether somebody promises a Beat. Ask for Wait before.
func (n *news) told() bool { return n.tellers.Load() > 0 }

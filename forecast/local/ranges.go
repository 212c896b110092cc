//go:build unix

package local

import (
	"sync"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/local/internal/worker"
)

// ranges are the processes of a drive that work through several dates each: one
// for each date that runs at once.
type ranges struct {
	dates int // that a process works through; at most 1: each step has its own process

	mu   sync.Mutex
	free []*dateRange
}

// dateRange is a process and how many dates it was given.
type dateRange struct {
	worker.Range

	dates int
}

// take returns a process for the next date, nil if its steps have their own.
func (r *ranges) take() *dateRange {
	if r.dates <= 1 {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	last := len(r.free) - 1
	if last < 0 {
		return &dateRange{dates: 1}
	}
	g := r.free[last]
	r.free = r.free[:last]
	g.dates++
	return g
}

// give takes back the process of a date that has ended.
func (r *ranges) give(g *dateRange) {
	switch {
	case g == nil:
	case g.dates >= r.dates:
		g.Close()
	default:
		r.mu.Lock()
		defer r.mu.Unlock()
		r.free = append(r.free, g)
	}
}

// close ends the processes. No date has one any more.
func (r *ranges) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, g := range r.free {
		g.Close()
	}
	r.free = nil
}

// shares reports whether a step may run in the process of a range: a command of
// the project's, and the memory that a step may hold, are a process' own.
func (e *Engine) shares(name forecast.StepName) bool {
	options := e.definition.Steps[name]
	return len(options.Command) == 0 && options.Memory == 0
}

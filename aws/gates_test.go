package aws_test

import (
	"sync"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// gates hold steps that hang until they are let go, before or after they get there.
// The zero gates hold all.
type gates struct {
	mu   sync.Mutex
	held map[string]chan struct{}
}

// gate returns the channel that a release of a step closes.
func (g *gates) gate(d calendar.Date, name forecast.StepName) chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := d.String() + string(name)
	if g.held == nil {
		g.held = make(map[string]chan struct{})
	}
	if g.held[key] == nil {
		g.held[key] = make(chan struct{})
	}
	return g.held[key]
}

func (g *gates) release(d calendar.Date, name forecast.StepName) {
	gate := g.gate(d, name)
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-gate:
	default:
		close(gate)
	}
}

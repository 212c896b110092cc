package tui

import (
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
)

// quiet is how long nothing happens before a screen is calm.
const quiet = 3 * time.Second

// calm leaves the process one processor while nothing happens on the screen. Each turn of
// the renderer, of which there are as many when nothing is to be written, wakes a second
// thread else, to look for work that there is not: a seventh of what idling costs. Make
// one with newCalm.
type calm struct {
	set   func(int) int // runtime.GOMAXPROCS
	timer *time.Timer

	mu  sync.Mutex
	all int // processors there were before; 0: the screen is not calm
}

// newCalm returns a calm that begins with something happening. Call end when the screen
// is left.
func newCalm(set func(int) int) *calm {
	c := &calm{set: set}
	c.timer = time.AfterFunc(quiet, c.settle)
	return c
}

// heed returns the setting by which each message of a program is something that happens.
func (c *calm) heed() tea.ProgramOption {
	return tea.WithFilter(func(_ tea.Model, msg tea.Msg) tea.Msg {
		c.stir()
		return msg
	})
}

// stir says that something happens.
func (c *calm) stir() {
	c.wake()
	c.timer.Reset(quiet)
}

func (c *calm) settle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == 0 {
		c.all = c.set(1)
	}
}

func (c *calm) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all > 0 {
		c.set(c.all)
		c.all = 0
	}
}

// end gives all processors back, for what follows the screen.
func (c *calm) end() {
	c.timer.Stop()
	c.wake()
}

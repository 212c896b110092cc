package effects

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
)

// Glance is a pipeline as it is seen from beside.
type Glance struct {
	Name     string // of its directory
	Pipeline forecast.Pipeline
	Days     []forecast.Day // the newest, newest first
}

// Looker reads the newest days of one of the pipelines that lie side by side.
type Looker func(ctx context.Context, name string, last int) (Glance, error)

// Beside sets what reads other pipelines, before the program begins; nil: nothing
// does.
func (e *Effects) Beside(look Looker) { e.look = look }

// KindGlance is the kind of a glance at the pipeline of a name: each has its own, so
// that one that does not answer holds up no other.
func KindGlance(name string) Kind { return Kind("glance at " + name) }

// Glance reads the last days of a pipeline beside. It replies with a [Glance].
func (s *Scope) Glance(name string, last int) tea.Cmd {
	look := s.effects.look
	return ask(s, call{KindGlance(name), "read " + name, deadline, patient}, func(ctx context.Context) (Glance, error) {
		if look == nil {
			return Glance{}, errors.New("nothing here reads other pipelines")
		}
		return look(ctx, name, last)
	})
}

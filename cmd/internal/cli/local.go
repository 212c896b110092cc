package cli

import (
	"context"
	"math/rand/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/alert"
	"github.com/daybatch/daybatch/forecast/local"
)

// openLocal opens the engine on this machine.
func (a *app) openLocal(ctx context.Context, r OpenRequest) (forecast.Engine, error) {
	return local.Open(ctx, r.Config.Dir, local.Options{ //nolint:wrapcheck // open says what was opened
		Definition:  r.Config.Definition,
		StepCommand: []string{a.env.Executable, "step"},
		Actor:       r.Actor,
		Host:        a.env.Host,
		Log:         r.Log,
		Now:         a.env.Now,
		ReadOnly:    r.ReadOnly,
		Environ:     a.env.Environ,
		Version:     readBuild().id(),
		Jitter:      rand.Float64,
		Alerts:      alert.Audience{Channels: r.Config.Notify, Refresh: r.Config.Refresh},
	})
}

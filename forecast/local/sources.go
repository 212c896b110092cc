//go:build unix

package local

import (
	"context"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/local/internal/source"
	"github.com/daybatch/daybatch/forecast/local/internal/store"
	"github.com/daybatch/daybatch/forecast/plan"
)

// look is the source as one call sees it. Its files are listed once, however
// many dates are compared with them, and not at all if none is.
type look struct {
	engine *Engine
	listed bool
	now    []source.File
	past   *store.Sources
	// identity is the digest of now, once it was asked for.
	identity string
}

func (e *Engine) look() *look { return &look{engine: e} }

// files returns the source's files.
func (l *look) files() []source.File {
	if !l.listed {
		l.now, l.listed = source.Look(l.engine.dir, l.engine.definition.Source.Files), true
	}
	return l.now
}

// since returns how the source differs from what an observation found; not at
// all if there was none.
func (l *look) since(ctx context.Context, observation int64) (source.Difference, error) {
	if observation == 0 {
		return source.Difference{}, nil
	}
	if l.past == nil {
		past, err := l.engine.store.Sources(ctx)
		if err != nil {
			return source.Difference{}, err //nolint:wrapcheck // the store says what was read
		}
		l.past = &past
	}
	return source.Compare(l.past.At(observation), l.files()), nil
}

// compare adds to the facts of a date how the source has changed since its last
// attempt looked, if anything depends on that: the attempt found no rows, or
// ones that the gate refused.
func (l *look) compare(ctx context.Context, f *plan.Facts, record *store.DateRecord) error {
	class := f.Last.Reason.Class
	if f.Last.Status != forecast.Failed || class != forecast.ReasonGate && class != forecast.ReasonUpstream {
		return nil
	}
	difference, err := l.since(ctx, record.Source)
	f.Arrived, f.Lost = difference.News(), difference.Losses()
	return err
}

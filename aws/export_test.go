package aws

import (
	"context"

	"github.com/daybatch/daybatch/forecast"
)

// GlanceAtSource looks at the source as a screen does that is looked at.
func (e *Engine) GlanceAtSource(ctx context.Context) error { return e.checkSource(ctx, 0) }

// CheckSource looks at the source as a server does.
func (e *Engine) CheckSource(ctx context.Context) error { return e.checkSource(ctx, asked) }

// LinkOnAWS is Link as if AWS answered.
func (e *Engine) LinkOnAWS(ctx context.Context, query forecast.LinkQuery) (forecast.Link, error) {
	return e.link(ctx, query)
}

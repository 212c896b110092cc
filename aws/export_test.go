package aws

import "context"

// GlanceAtSource looks at the source as a screen does that is looked at.
func (e *Engine) GlanceAtSource(ctx context.Context) error { return e.checkSource(ctx, 0) }

// CheckSource looks at the source as a server does.
func (e *Engine) CheckSource(ctx context.Context) error { return e.checkSource(ctx, asked) }

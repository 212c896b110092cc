package keep

import (
	"context"
	"log/slog"
	"time"

	"github.com/daybatch/daybatch/forecast/logkey"
)

// rest is how many times as long as a look took the next one waits at least: a
// backfill makes a generation every few seconds, and each has all be scored again.
const rest = 20

// lastTime is how long a process that is about to end goes on looking: a person waits
// for it, and a large panel is scored for minutes.
const lastTime = time.Minute

// Last looks for the last time in a process that is about to end, for a minute at
// most. What it has no time for is left to the next that looks: another run, a server,
// a screen of realised accuracy.
func Last(ctx context.Context, log *slog.Logger, look func(ctx context.Context) error) {
	if ctx.Err() != nil {
		return
	}
	bounded, cancel := context.WithTimeout(ctx, lastTime)
	defer cancel()
	err := look(bounded)
	switch {
	case err == nil, ctx.Err() != nil:
	case bounded.Err() != nil:
		log.WarnContext(ctx, "look for drift: not done in a minute, left to the next run or to serve")
	default:
		log.WarnContext(ctx, "look for drift", slog.String(logkey.Error, err.Error()))
	}
}

// Follower looks from time to time, beside whatever runs.
type Follower struct {
	Every time.Duration // the least time between two looks
	Now   func() time.Time
	Log   *slog.Logger
	Look  func(ctx context.Context) error
}

// Follow looks until ctx ends, for the first time after Every: who came for one
// thing is not held up. What fails is logged once and tried again.
func (f Follower) Follow(ctx context.Context) {
	failure := ""
	for pause := f.Every; ; {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		began := f.Now()
		err := f.Look(ctx)
		pause = max(f.Every, rest*f.Now().Sub(began))
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			failure = ""
		case err.Error() != failure:
			failure = err.Error()
			f.Log.WarnContext(ctx, "keep realised accuracy", slog.String(logkey.Error, failure))
		}
	}
}

package step

import (
	"cmp"
	"log/slog"
	"time"

	"github.com/daybatch/daybatch/forecast/lake"
)

// Env is what a built-in step gets from whoever runs it, besides its context.
type Env struct {
	// Root is the directory of the try: it holds input, output and step.json.
	Root string
	// Spec says what to do.
	Spec Spec
	// Log receives what an operator should read in the step's log.
	Log *slog.Logger
	// Now is the clock.
	Now func() time.Time
	// Workers is how many series are worked on at once; at least 1.
	Workers int
	// AtOnce is how many step processes may share this machine's memory; 0: as many as
	// there may be dates at once.
	AtOnce int
	// Share is this machine's share of the step; zero: all of it.
	Share Share

	lake *lake.DB // shared with other steps; nil: the step opens its own

	shard, group int // rows of a shard and of a row group; 0: shardRows, groupRows
}

func (e Env) atOnce() int { return cmp.Or(e.AtOnce, e.Spec.Definition.Limits.MaxActive) }

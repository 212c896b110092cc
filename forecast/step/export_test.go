package step

import (
	"io"
	"time"

	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/backtest/conformal"
)

// Bridges to what the tests look into.
var (
	FindOutliers  = findOutliers
	ClassOf       = classOf
	ReasonText    = reasonText
	Protect       = protect
	MemoryOf      = memoryOf
	DefaultMemory = defaultMemory
	Overlapping   = overlapping
)

// NewLineWriter returns what writes the output of a command to a log.
func NewLineWriter(out io.Writer, now func() time.Time) *lineWriter {
	return &lineWriter{out: out, now: now}
}

// Close ends a line that has no end.
func (w *lineWriter) Close() { w.close() }

// LimitHeap bounds Go's heap as a step does.
func (e Env) LimitHeap() (lift func()) { return e.limitHeap() }

// Cut says how many rows a shard and a row group of the step have.
func (e Env) Cut(shard, group int) Env {
	e.shard, e.group = shard, group
	return e
}

// BoundsAround returns the bounds of a forecast with bands in units of scale.
func BoundsAround(mean []float64, bands []conformal.Band, scale float64, special ...int) (lower, upper [][]float64) {
	return interval{bands: bands, scale: scale, special: special, plausible: backtest.PlausibleOf([]float64{0}, 1)}.bounds(mean)
}

package step

import (
	"io"
	"time"
)

// Bridges to what the tests look into.
var (
	FindOutliers  = findOutliers
	ClassOf       = classOf
	ReasonText    = reasonText
	Protect       = protect
	MemoryOf      = memoryOf
	DefaultMemory = defaultMemory
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

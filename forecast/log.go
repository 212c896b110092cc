package forecast

import (
	"context"
	"time"
)

// LogLine is one line that a step wrote.
type LogLine struct {
	At     time.Time `json:"at"`
	Step   StepName  `json:"step"`
	Stream string    `json:"stream"` // the process it came from: the try, or the instance
	Seq    int64     `json:"seq"`    // position in its stream, from 0
	Text   string    `json:"text"`   // as written, without its line end; not safe to print
}

// LogQuery selects the log of an execution.
type LogQuery struct {
	Execution ExecutionID
	Step      StepName // empty: all steps, merged by time
	Follow    bool     // go on until the step or execution has ended
}

// LogStream is a log being read, oldest line first. Each line comes once.
type LogStream interface {
	// Next returns the next lines, at least one. It waits for them if the query
	// follows. It returns io.EOF when the log is complete.
	Next(ctx context.Context) ([]LogLine, error)
	// Close ends the reading.
	Close() error
}

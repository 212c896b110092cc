package forecast

import (
	"context"
	"strings"
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

// ProcessName returns a stream's name in short, as people tell it from the others
// of its step: of job/algo-2-1796023094, which CloudWatch has of a job's second
// machine, algo-2. It stands after the last slash, without the time at its end.
func ProcessName(stream string) string {
	name := stream[strings.LastIndexByte(stream, '/')+1:]
	at := strings.LastIndexByte(name, '-')
	const seconds = len("1796023094") // since 1970
	if at > 0 && len(name)-at-1 >= seconds && strings.Trim(name[at+1:], "0123456789") == "" {
		return name[:at]
	}
	return name
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

// KeptLog is a LogStream that may be read from what an engine has kept of finished work,
// where whoever has the log can't be asked.
type KeptLog interface {
	LogStream
	// Kept returns when it was asked for last, and why it is not now; without an error
	// it is. It may be called after each Next, by the same goroutine.
	Kept() (time.Time, error)
}

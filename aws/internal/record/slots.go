package record

import (
	"fmt"
	"slices"
	"time"

	"github.com/daybatch/daybatch/forecast"
)

// Slots are the starts that are being made. They are counted with the attempts
// that are open, so that the drivers of several plans together start no more than
// the pipeline may run: a start is written down here before its date is taken, and
// whoever counts afterwards sees it here or there.
type Slots struct {
	Starting []Starting `json:"starting,omitempty"`
}

// Starting is a start that is being made, of the attempt or of the first one of a
// carrier.
type Starting struct {
	Execution forecast.ExecutionID `json:"execution"`
	At        time.Time            `json:"at"`
}

// Usage is what takes slots beside the starts that are being made.
type Usage struct {
	Open int // attempts that are open, and machines that have come to none
	// Seen reports whether a start shows among them, or has come to its end.
	Seen func(forecast.ExecutionID) bool
	// Lost is when a start was begun of which nothing came.
	Lost time.Time
}

// Reserve takes a slot for a start, if with it no more than most are taken, and
// wraps forecast.ErrConflict otherwise. Starts that show, or were lost, are
// forgotten. The usage must have been looked at after the slots were read.
func (s Slots) Reserve(id forecast.ExecutionID, most int, now time.Time, usage Usage) (Slots, error) {
	s.Starting = slices.DeleteFunc(slices.Clone(s.Starting), func(other Starting) bool {
		return other.Execution == id || usage.Seen(other.Execution) || other.At.Before(usage.Lost)
	})
	if taken := usage.Open + len(s.Starting); taken >= most {
		return s, fmt.Errorf("start %s: %w: %d are open, and %d may be with it", id, forecast.ErrConflict, taken, most)
	}
	s.Starting = append(s.Starting, Starting{Execution: id, At: now})
	return s, nil
}

// Release gives the slot of a start back of which nothing comes.
func (s Slots) Release(id forecast.ExecutionID) (Slots, error) {
	left := slices.DeleteFunc(slices.Clone(s.Starting), func(other Starting) bool { return other.Execution == id })
	if len(left) == len(s.Starting) {
		return s, ErrUnchanged
	}
	s.Starting = left
	return s, nil
}

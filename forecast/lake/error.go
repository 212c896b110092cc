package lake

import (
	"fmt"

	"github.com/daybatch/daybatch/forecast"
)

// Error is a failure with its class: bad configuration, bad data, an upstream
// that is late, or the machine.
type Error struct {
	Class forecast.ReasonClass
	Err   error
}

// Error returns the text of the cause.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func failf(class forecast.ReasonClass, format string, args ...any) error {
	return &Error{Class: class, Err: fmt.Errorf(format, args...)}
}

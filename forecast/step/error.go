package step

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/series"
)

// failf returns an *Error of the class.
func failf(class forecast.ReasonClass, format string, args ...any) error {
	return &Error{Class: class, Err: fmt.Errorf(format, args...)}
}

// classOf returns the class of a step's failure.
func classOf(err error) forecast.ReasonClass {
	if failed, ok := errors.AsType[*Error](err); ok {
		return failed.Class
	}
	if failed, ok := errors.AsType[*lake.Error](err); ok {
		return failed.Class
	}
	if failed, ok := errors.AsType[*commandError](err); ok {
		return failed.class
	}
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, ErrStopped):
		return forecast.ReasonStopped
	case errors.Is(err, context.DeadlineExceeded):
		return forecast.ReasonTimeout
	case errors.Is(err, series.ErrInvalid):
		return forecast.ReasonData
	case errors.Is(err, forecast.ErrInvalid):
		return forecast.ReasonConfig
	case ofMachine(err):
		return forecast.ReasonInfrastructure
	}
	return forecast.ReasonStep
}

// ofMachine reports whether the machine and not the step is at fault: a full
// disk, a directory that may not be written, no memory.
func ofMachine(err error) bool {
	for _, errno := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EIO, syscall.ENOMEM, syscall.EMFILE} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return errors.Is(err, fs.ErrPermission)
}

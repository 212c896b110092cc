package lake

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/duckdb/duckdb-go/v2"

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

// machineFaults maps the texts by which DuckDB reports the operating system's
// errors to these errors: it hands on no numbers.
func machineFaults() map[string]syscall.Errno {
	return map[string]syscall.Errno{
		"No space left on device":   syscall.ENOSPC,
		"Disk quota exceeded":       syscall.EDQUOT,
		"Permission denied":         syscall.EACCES,
		"Read-only file system":     syscall.EROFS,
		"Operation not permitted":   syscall.EPERM,
		"Input/output error":        syscall.EIO,
		"Too many open files":       syscall.EMFILE,
		"No such file or directory": syscall.ENOENT,
	}
}

// fault returns the operating system's error that err is or tells of, nil if it
// is none of them.
func fault(err error) error {
	for text, errno := range machineFaults() {
		if errors.Is(err, errno) {
			return errno
		}
		if failed, ok := errors.AsType[*duckdb.Error](err); ok && strings.Contains(failed.Msg, text) {
			return errno
		}
	}
	if failed, ok := errors.AsType[*duckdb.Error](err); ok && failed.Type == duckdb.ErrorTypeOutOfMemory {
		return syscall.ENOMEM
	}
	return nil
}

// infrastructure reports a fault of the machine: what was being done, with which
// path, and the remedy. Errors of another kind stay as they are. So does that a
// file is not there: whoever should have made it is at fault.
func infrastructure(doing, path string, err error) error {
	cause := fault(err)
	switch {
	case cause == nil:
		return fmt.Errorf("%s %s: %w", doing, path, err)
	case errors.Is(cause, fs.ErrNotExist):
		return fmt.Errorf("%s %s: %w", doing, path, cause)
	}
	return failf(forecast.ReasonInfrastructure, "%s %s: %w: %s", doing, path, cause, remedy(cause))
}

func remedy(cause error) string {
	switch {
	case errors.Is(cause, syscall.ENOSPC), errors.Is(cause, syscall.EDQUOT):
		return "free some space there and run again"
	case errors.Is(cause, fs.ErrPermission), errors.Is(cause, syscall.EROFS):
		return "make it writable for this user and run again"
	case errors.Is(cause, syscall.ENOMEM):
		return "give DuckDB a directory to spill to, or run fewer dates at once"
	default:
		return "look at the disk and run again"
	}
}

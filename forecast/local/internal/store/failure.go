package store

import (
	"context"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/daybatch/daybatch/forecast"
)

// Failures of writes that the engine acts on. Those that say that somebody else
// has the date, the slot or the say wrap forecast.ErrConflict.
var (
	// ErrFenced says that the lease is another's now: whatever the writer did is
	// void.
	ErrFenced = fmt.Errorf("%w: the date was taken over by another process", forecast.ErrConflict)
	// ErrStopMark says that the attempt is being stopped.
	ErrStopMark = fmt.Errorf("%w: the attempt is being stopped", forecast.ErrConflict)
	// ErrFull says that the pipeline runs as many dates as it may.
	ErrFull = fmt.Errorf("%w: the pipeline runs as many dates as it may", forecast.ErrConflict)
	// ErrBusy says that another process held the write lock all the time that a
	// write may wait for it. Nothing was changed, and the write can be repeated.
	ErrBusy = fmt.Errorf("%w: the records are locked by another process", forecast.ErrUnavailable)
	// ErrNewer says that a newer daybatch wrote the database.
	ErrNewer = errors.New("written by a newer daybatch")
)

// DriftError says how a date differs from what its plan expected.
type DriftError struct{ Text string }

// Error returns the difference.
func (e *DriftError) Error() string { return e.Text }

// Unwrap returns forecast.ErrConflict.
func (*DriftError) Unwrap() error { return forecast.ErrConflict }

// sqliteCode returns the primary result code of a driver error, 0 if err is
// none.
func sqliteCode(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() & 0xff
	}
	return 0
}

func cannotOpen(err error) bool {
	code := sqliteCode(err)
	return code == lib.SQLITE_CANTOPEN || code == lib.SQLITE_READONLY
}

// noRoom reports whether SQLite could not make its shared-memory file as large as
// it must be.
func noRoom(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return false
	}
	switch e.Code() {
	case lib.SQLITE_IOERR_SHMOPEN, lib.SQLITE_IOERR_SHMSIZE, lib.SQLITE_IOERR_SHMMAP, lib.SQLITE_FULL:
		return true
	default:
		return false
	}
}

// fail maps a driver error to a sentinel of the contract and says what to do.
// Other errors keep their kind.
func (s *Store) fail(action string, err error) error {
	var hint string
	switch sqliteCode(err) {
	case 0:
		return fmt.Errorf("%s: %w", action, err)
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return fmt.Errorf("%s: %w: %s was not free for %s: try again, or end that process (%s)", action, ErrBusy, s.Path, s.LockWait, err.Error())
	case lib.SQLITE_FULL:
		hint = "the disk of " + s.Path + " is full: free some space, then repeat; nothing was changed"
	case lib.SQLITE_READONLY, lib.SQLITE_CANTOPEN, lib.SQLITE_PERM:
		hint = s.Path + " can't be written: give write permission to it and its directory, or open the project read-only"
	case lib.SQLITE_IOERR:
		hint = s.Path + " can't be read or written: the disk is full or fails, or it is on a network file system, which is not supported"
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		hint = s.Path + " is damaged: restore it from a backup, or move it away with its -wal and -shm and run `daybatch doctor --mend`, which makes the records again from what is published"
	case lib.SQLITE_INTERRUPT:
		return fmt.Errorf("%s: %w", action, context.Canceled)
	default:
		return fmt.Errorf("%s: %w", action, err)
	}
	return fmt.Errorf("%s: %w: %s (%s)", action, forecast.ErrUnavailable, hint, err.Error())
}

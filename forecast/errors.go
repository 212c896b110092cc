package forecast

import (
	"errors"
	"fmt"
	"time"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// Kinds of failure that callers act on. Engines wrap them; test with errors.Is.
var (
	// ErrNotFound says that what was asked for does not exist.
	ErrNotFound = errors.New("not found")
	// ErrInvalid says that the request or the project's configuration is wrong.
	ErrInvalid = errors.New("invalid")
	// ErrConflict says that somebody else holds or has changed the object.
	ErrConflict = errors.New("conflict")
	// ErrLagged says that a subscription has lost events: read a fresh snapshot
	// and go on.
	ErrLagged = errors.New("subscription lagged")
	// ErrUnavailable says that the engine can't be reached or has no room now.
	ErrUnavailable = errors.New("unavailable")
	// ErrThrottled says that more is asked of the engine now than it answers: to ask
	// again a little later helps. It wraps ErrUnavailable.
	ErrThrottled error = narrower{"throttled", ErrUnavailable}
	// ErrUnauthorised says that the caller lacks the permission or the login.
	ErrUnauthorised = errors.New("not authorised")
	// ErrLogin says that the login has expired, or that there is none: to log in
	// again helps, a right that somebody gives does not. It wraps ErrUnauthorised.
	ErrLogin error = narrower{"not logged in", ErrUnauthorised}
	// ErrUnsupported says that what was asked for does not exist for the pipeline,
	// whatever is done: another team defined it, and only that team knows.
	ErrUnsupported = errors.New("not available for this pipeline")
	// ErrReadOnly says that the engine was opened for reading.
	ErrReadOnly = errors.New("read-only")
)

// narrower is a kind of failure within another.
type narrower struct {
	text string
	kind error
}

// Error returns the text; that of the wider kind says less.
func (e narrower) Error() string { return e.text }

// Unwrap returns the wider kind.
func (e narrower) Unwrap() error { return e.kind }

// HeldError says who holds a date that was asked for. It wraps ErrConflict.
type HeldError struct {
	Date    calendar.Date
	Attempt int
	Holder  string // user@host
	Since   time.Time
}

// Error returns "2026-01-15 is held by attempt 2, aki@host, since 06:01 UTC".
func (e *HeldError) Error() string {
	return fmt.Sprintf("%s is held by attempt %d, %s, since %s", e.Date, e.Attempt, e.Holder, e.Since.UTC().Format("15:04 MST"))
}

// Unwrap returns ErrConflict.
func (*HeldError) Unwrap() error { return ErrConflict }

// ForeignError says that what is published of a date is nothing that the records
// know: until a person has looked at it, nothing may replace it, and to wait does
// not help. It wraps ErrConflict.
type ForeignError struct {
	Date calendar.Date
	Text string // what is published, and what to do
}

// Error returns the text.
func (e *ForeignError) Error() string { return e.Text }

// Unwrap returns ErrConflict.
func (*ForeignError) Unwrap() error { return ErrConflict }

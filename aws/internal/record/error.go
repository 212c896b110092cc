package record

import (
	"errors"

	"github.com/daybatch/daybatch/forecast"
)

// ErrStopping says that an attempt is to stop and may publish nothing. It wraps
// forecast.ErrConflict.
var ErrStopping error = &stoppingError{}

type stoppingError struct{}

// Error returns the text.
func (*stoppingError) Error() string { return "it was stopped" }

// Unwrap returns forecast.ErrConflict.
func (*stoppingError) Unwrap() error { return forecast.ErrConflict }

// IsStopping reports whether err is that an attempt is to stop.
func IsStopping(err error) bool { return errors.Is(err, ErrStopping) }

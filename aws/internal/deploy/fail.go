package deploy

import (
	"errors"
	"fmt"

	"github.com/daybatch/daybatch/aws/internal/cloud"
	"github.com/daybatch/daybatch/forecast"
)

// code returns the code of an answer that is an error, empty if err is none.
func code(err error) string { return cloud.Code(err) }

// absent reports whether err says that a thing is not there.
func absent(err error) bool { return errors.Is(cloud.Error(err), forecast.ErrNotFound) }

// failed says what was done when err came, and which kind of failure it is.
func failed(err error, format string, args ...any) error {
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), cloud.Error(err))
}

//go:build unix

package local

import (
	"context"
	"fmt"
	"time"

	"github.com/daybatch/daybatch/forecast"
)

// waitText says what a step waits for after its try k failed.
func waitText(reason forecast.Reason, k, tries int, wait time.Duration) string {
	return fmt.Sprintf("try %d of %d in %s: %s", k+1, tries, wait.Round(100*time.Millisecond), reason.Text)
}

// sleep waits, unless ctx ends first.
func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx) //nolint:wrapcheck // end tells the causes apart
	case <-timer.C:
		return nil
	}
}

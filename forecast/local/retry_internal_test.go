//go:build unix

package local

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/daybatch/daybatch/forecast/plan"
)

// A wait takes the time it says, and a stop ends it at once with its cause.
func TestSleep(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now() //nolint:forbidigo // the clock of the bubble
		if err := sleep(t.Context(), plan.MostBackoff); err != nil || time.Since(began) != plan.MostBackoff {
			t.Errorf("sleep = %v after %s; want %s", err, time.Since(began), plan.MostBackoff)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(errStopRequested) })
		began = time.Now() //nolint:forbidigo // as above
		if err := sleep(ctx, plan.MostBackoff); !errors.Is(err, errStopRequested) || time.Since(began) != time.Second {
			t.Errorf("sleep = %v after %s; want the stop after a second", err, time.Since(began))
		}
	})
}

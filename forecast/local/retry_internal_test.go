//go:build unix

package local

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast"
)

func TestBackoff(t *testing.T) {
	t.Parallel()
	tests := []struct {
		first  time.Duration
		k      int
		jitter float64
		want   time.Duration
	}{
		{0, 1, 1, time.Second},
		{0, 3, 1, 4 * time.Second},
		{30 * time.Second, 1, 1, 30 * time.Second},
		{30 * time.Second, 2, 0.5, 30 * time.Second},
		{30 * time.Second, 9, 1, mostBackoff},
		{time.Hour, 1, 1, mostBackoff},
		{time.Hour, 1000, 0.25, mostBackoff / 4},
		{time.Minute, 1, 0, 0},
	}
	for _, tt := range tests {
		if got := backoff(forecast.StepOptions{Backoff: tt.first}, tt.k, tt.jitter); got != tt.want {
			t.Errorf("backoff(%s, %d, %v) = %s; want %s", tt.first, tt.k, tt.jitter, got, tt.want)
		}
	}
}

// The longest wait never shrinks from try to try, and has a bound.
func TestBackoffGrows(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		options := forecast.StepOptions{Backoff: time.Duration(rapid.Int64Range(0, int64(1000*time.Hour)).Draw(t, "first"))}
		k := rapid.IntRange(1, 10_000).Draw(t, "k")
		jitter := rapid.Float64Range(0, 1).Draw(t, "jitter")
		wait, most, next := backoff(options, k, jitter), backoff(options, k, 1), backoff(options, k+1, 1)
		if wait < 0 || wait > most || next < most || next > mostBackoff {
			t.Fatalf("back-off of try %d is %s of at most %s, then %s", k, wait, most, next)
		}
	})
}

func TestRetries(t *testing.T) {
	t.Parallel()
	tests := []struct {
		class   forecast.ReasonClass
		retries int
		want    int
	}{
		{forecast.ReasonStep, 5, 0},
		{forecast.ReasonGate, 5, 0},
		{forecast.ReasonTimeout, 2, 2},
		{forecast.ReasonInfrastructure, 0, 0},
		{forecast.ReasonLost, 0, 1},
		{forecast.ReasonLost, 3, 3},
	}
	for _, tt := range tests {
		if got := retries(tt.class, forecast.StepOptions{Retries: tt.retries}); got != tt.want {
			t.Errorf("retries(%s, %d) = %d; want %d", tt.class, tt.retries, got, tt.want)
		}
	}
}

// A wait takes the time it says, and a stop ends it at once with its cause.
func TestSleep(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now() //nolint:forbidigo // the clock of the bubble
		if err := sleep(t.Context(), mostBackoff); err != nil || time.Since(began) != mostBackoff {
			t.Errorf("sleep = %v after %s; want %s", err, time.Since(began), mostBackoff)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(errStopRequested) })
		began = time.Now() //nolint:forbidigo // as above
		if err := sleep(ctx, mostBackoff); !errors.Is(err, errStopRequested) || time.Since(began) != time.Second {
			t.Errorf("sleep = %v after %s; want the stop after a second", err, time.Since(began))
		}
	})
}

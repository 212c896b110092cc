package plan_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/plan"
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
		{30 * time.Second, 9, 1, plan.MostBackoff},
		{time.Hour, 1, 1, plan.MostBackoff},
		{time.Hour, 1000, 0.25, plan.MostBackoff / 4},
		{time.Minute, 1, 0, 0},
	}
	for _, tt := range tests {
		if got := plan.Backoff(forecast.StepOptions{Backoff: tt.first}, tt.k, tt.jitter); got != tt.want {
			t.Errorf("Backoff(%s, %d, %v) = %s; want %s", tt.first, tt.k, tt.jitter, got, tt.want)
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
		wait, most, next := plan.Backoff(options, k, jitter), plan.Backoff(options, k, 1), plan.Backoff(options, k+1, 1)
		if wait < 0 || wait > most || next < most || next > plan.MostBackoff {
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
		if got := plan.Retries(tt.class, forecast.StepOptions{Retries: tt.retries}); got != tt.want {
			t.Errorf("Retries(%s, %d) = %d; want %d", tt.class, tt.retries, got, tt.want)
		}
	}
}

package main

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestUntil sends signals to this process: an interrupt that another program is
// meant by ends nothing, the next signal does.
func TestUntil(t *testing.T) { //nolint:paralleltest // signals are the process's
	for _, foreign := range []bool{true, false} {
		var elsewhere atomic.Bool
		elsewhere.Store(foreign)
		ctx, stop := until(&elsewhere, os.Interrupt, syscall.SIGTERM)
		want := "terminated signal received"
		signals := []syscall.Signal{syscall.SIGINT, syscall.SIGTERM}
		if !foreign {
			want, signals = "interrupt signal received", signals[:1]
		}
		for _, sent := range signals {
			if err := syscall.Kill(os.Getpid(), sent); err != nil {
				t.Fatal(err)
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Minute):
			t.Fatal("no signal has ended the context")
		}
		if cause := context.Cause(ctx); cause.Error() != want || !errors.Is(cause, context.Canceled) {
			t.Errorf("elsewhere %v: it ended by %q; want %q, canceled", foreign, cause, want)
		}
		stop()
	}
}

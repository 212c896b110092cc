package keep_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/daybatch/daybatch/forecast/realised/keep"
)

// A process that is about to end waits a minute at most for what it looks at, says so
// where that was not enough, and doesn't begin once it was told to end.
func TestLast(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	for name, test := range map[string]struct {
		takes time.Duration
		err   error
		ended bool // the process was told to end
		waits time.Duration
		log   string
	}{
		"in time":     {takes: 59 * time.Second, waits: 59 * time.Second},
		"too long":    {takes: time.Hour, waits: time.Minute, log: "left to the next run"},
		"fails":       {takes: time.Second, err: full, waits: time.Second, log: "disk full"},
		"told to end": {takes: time.Hour, ended: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var log strings.Builder
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if test.ended {
					cancel()
				}
				began := time.Now() //nolint:forbidigo // the clock of the bubble
				keep.Last(ctx, slog.New(slog.NewTextHandler(&log, nil)), func(ctx context.Context) error {
					select {
					case <-ctx.Done():
						return context.Cause(ctx)
					case <-time.After(test.takes):
						return test.err
					}
				})
				if waited := time.Since(began); waited != test.waits {
					t.Errorf("waited %s; want %s", waited, test.waits)
				}
				if got := log.String(); !strings.Contains(got, test.log) || (test.log == "") != (got == "") {
					t.Errorf("log = %q; want %q in it", got, test.log)
				}
			})
		})
	}
}

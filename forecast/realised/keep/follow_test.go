package keep_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast/realised/keep"
)

// A look that takes long has the next one wait; what fails is logged once for as
// long as it is the same, and looked past.
func TestFollower(t *testing.T) {
	t.Parallel()
	full, gone := errors.New("disk full"), errors.New("extract gone")
	synctest.Test(t, func(t *testing.T) {
		now := time.Now //nolint:forbidigo // the clock of the bubble
		looks := []struct {
			takes time.Duration
			err   error
		}{{0, nil}, {time.Minute, full}, {0, full}, {0, gone}, {0, nil}, {0, gone}}
		var log strings.Builder
		var at []string
		ctx, cancel := context.WithCancel(t.Context())
		began := now()
		keep.Follower{
			Every: time.Minute, Now: now, Log: slog.New(slog.NewTextHandler(&log, nil)),
			Look: func(context.Context) error {
				if len(at) == len(looks) {
					cancel()
					return ctx.Err()
				}
				look := looks[len(at)]
				at = append(at, fmt.Sprint(now().Sub(began)))
				time.Sleep(look.takes)
				return look.err
			},
		}.Follow(ctx)
		want := []string{"1m0s", "2m0s", "23m0s", "24m0s", "25m0s", "26m0s"}
		if diff := cmp.Diff(want, at); diff != "" {
			t.Errorf("looks (-want +got): %s", diff)
		}
		if n, m := strings.Count(log.String(), full.Error()), strings.Count(log.String(), gone.Error()); n != 1 || m != 2 || strings.Count(log.String(), "\n") != 3 {
			t.Errorf("it logged:\n%s\nwant each failure once until another look came between", log.String())
		}
	})
}

// It ends with its context, also while it waits.
func TestFollowerEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		now := time.Now //nolint:forbidigo // the clock of the bubble
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		began := now()
		keep.Follower{Every: time.Minute, Now: now, Look: func(context.Context) error {
			t.Error("it looked before its time")
			return nil
		}}.Follow(ctx)
		if took := now().Sub(began); took != 30*time.Second {
			t.Errorf("it ended after %s; want 30s", took)
		}
	})
}

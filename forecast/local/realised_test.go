//go:build unix

package local_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/local"
)

// awaitFile waits until a file is there that is not as it was.
func awaitFile(t *testing.T, path string, was []byte) []byte {
	t.Helper()
	for {
		if text, err := os.ReadFile(path); err == nil && string(text) != string(was) {
			return text
		}
		if err := t.Context().Err(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// TestRealisedIsKept checks that who serves, and a screen, which drives, keep what
// forecasts came to though nobody asks for it; and that a fault of it ends neither.
func TestRealisedIsKept(t *testing.T) {
	t.Parallel()
	for name, beside := range map[string]func(*local.Engine, context.Context) error{
		"serve": (*local.Engine).Serve,
		"drive": func(e *local.Engine, ctx context.Context) error { return e.Drive(ctx, "") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := calendar.Of(2026, 1, 10)
			dir := newProject(t, enginetest.Script{})
			e := open(t, dir, options(enginetest.Definition()))
			must(t, runDate(t.Context(), e, d))
			kept := filepath.Join(dir, local.StateDir, "realised")
			must(t, os.WriteFile(kept, nil, 0o600)) // in the way
			e.KeepEvery(time.Millisecond)
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- beside(e, ctx) }()
			must(t, runDate(t.Context(), e, d+3))
			must(t, os.Remove(kept))
			first := awaitFile(t, filepath.Join(kept, "index.json"), nil)
			if _, err := os.Stat(filepath.Join(kept, "2026-01-12.parquet")); err != nil {
				t.Errorf("the rows of January 12 were not kept: %v", err)
			}
			must(t, runDate(t.Context(), e, d+4))
			awaitFile(t, filepath.Join(kept, "index.json"), first)
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("it ended with %v; want that it was ended", err)
			}
		})
	}
}

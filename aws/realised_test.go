package aws_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// TestRealisedIsKept checks that who serves, and a screen, which drives, keep in
// the bucket what forecasts came to, though nobody asks for it.
func TestRealisedIsKept(t *testing.T) {
	t.Parallel()
	for name, beside := range map[string]func(*aws.Engine, context.Context) error{
		"serve": (*aws.Engine).Serve,
		"drive": func(e *aws.Engine, ctx context.Context) error { return e.Drive(ctx, "") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, enginetest.Definition(), enginetest.Script{}, accountOptions{speed: 10})
			e := a.open(t, func(o *aws.Options) { o.Look = 20 * time.Millisecond })
			must(t, run(t.Context(), e, day(10)))
			must(t, run(t.Context(), e, day(13)))
			kept := func() ([]string, error) { return a.sim.Objects("bucket", a.settings.Prefix+"/"+naming.Realised) }
			if names, err := kept(); err != nil || len(names) != 0 {
				t.Fatalf("the bucket has %q, %v before anybody looked", names, err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- beside(e, ctx) }()
			await(t, "what forecasts came to", kept, func(names []string) bool {
				return len(names) == 4 // January 11 to 13, and the index
			})
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("it ended with %v; want that it was ended", err)
			}
		})
	}
}

package cli_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/cmd/internal/cli"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/tui"
)

// TestScreenInAnotherAccount turns to another region and login and back: the engine
// is opened there, what can't be opened is said on the screen before it, and the
// project's own account is opened once.
func TestScreenInAnotherAccount(t *testing.T) {
	t.Parallel()
	_, tty := openTerminal(t)
	e, _, stderr := env(t, enginetest.NewFake(enginetest.FakeOptions{}))
	writeAccount(t, e.Dir, "http://127.0.0.1:1")
	e.Stdin, e.Stdout = tty, tty
	var opened []string
	engines := make(map[string]*watched)
	e.Open = func(_ context.Context, request cli.OpenRequest) (forecast.Engine, error) {
		at := request.Config.SageMaker.Profile + " " + request.Config.SageMaker.Region
		opened = append(opened, at)
		if strings.HasPrefix(at, "broken") {
			return nil, fmt.Errorf("profile broken: %w", forecast.ErrInvalid)
		}
		engines[at] = &watched{Engine: enginetest.NewFake(enginetest.FakeOptions{}), driving: make(chan struct{})}
		return engines[at], nil
	}
	var shown, said []string
	e.Screen = func(_ context.Context, engine forecast.Engine, options tui.Options) (tui.Next, error) {
		for at, w := range engines {
			if w == engine {
				<-w.driving
				shown = append(shown, at)
			}
		}
		said = append(said, options.Notice)
		return []tui.Next{
			{Profile: "acme", Region: "us-east-1"}, {Profile: "broken", Region: "us-east-1"}, {Profile: "acme", Region: "ap-northeast-1"}, {},
		}[len(said)-1], nil
	}
	if code := cli.Run(t.Context(), e); code != 0 {
		t.Errorf("daybatch = %d; want 0\n%s", code, stderr)
	}
	if want := []string{"acme ap-northeast-1", "acme us-east-1", "acme us-east-1", "acme ap-northeast-1"}; !slices.Equal(shown, want) {
		t.Errorf("shown %q; want %q", shown, want)
	}
	if want := []string{"acme ap-northeast-1", "acme us-east-1", "broken us-east-1"}; !slices.Equal(opened, want) {
		t.Errorf("opened %q; want %q", opened, want)
	}
	for i, want := range []string{"", "now in region us-east-1 by profile acme, until daybatch ends", "not opened: ", ""} {
		if !strings.HasPrefix(said[i], want) || want == "" && said[i] != "" {
			t.Errorf("screen %d says %q; want %q", i+1, said[i], want)
		}
	}
	for at, w := range engines {
		if !w.closed || w.early {
			t.Errorf("%s: closed %v, before its drive had ended %v; want it closed after", at, w.closed, w.early)
		}
	}
}

package cli_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/cmd/internal/cli"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// TestPipelines lists projects side by side, also from within one of them; one that
// can't be read takes nothing from the others.
func TestPipelines(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"demand", "lost", "returns", "wrong"} {
		writeProject(t, filepath.Join(dir, name))
	}
	if err := os.WriteFile(filepath.Join(dir, "wrong", "daybatch.yaml"), []byte("bogus: 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	made := enginetest.NewFake(enginetest.FakeOptions{})
	made.Seed(newest, enginetest.Made())
	behind := enginetest.NewFake(enginetest.FakeOptions{})
	behind.Seed(newest-2, enginetest.Made())
	for _, at := range []struct{ name, dir, arg string }{
		{"in their directory", dir, ""}, {"in one of them", filepath.Join(dir, "returns"), ""}, {"named", filepath.Dir(dir), dir},
	} {
		args := []string{"pipelines", "--last", "3", "-o", "json"}
		if at.arg != "" {
			args = append(args, at.arg)
		}
		e, stdout, stderr := env(t, made, args...)
		e.Dir = at.dir
		e.Open = func(_ context.Context, request cli.OpenRequest) (forecast.Engine, error) {
			if !request.ReadOnly {
				t.Errorf("%s is opened for changing", request.Config.Dir)
			}
			return map[string]forecast.Engine{"demand": made.ReadOnly(), "returns": behind.ReadOnly()}[filepath.Base(request.Config.Dir)],
				map[string]error{"lost": errors.New("no route to host")}[filepath.Base(request.Config.Dir)]
		}
		const partly = 5
		if code := cli.Run(t.Context(), e); code != partly {
			t.Errorf("%s: daybatch pipelines = %d; want %d\n%s", at.name, code, partly, stderr)
		}
		var got struct {
			Items []struct {
				Name, Error, Newest, Good string
				Fresh                     bool
				Bad                       int
				Days                      []any
			}
		}
		if err := json.Unmarshal(stdout.Bytes(), &got); err != nil || len(got.Items) != 4 {
			t.Fatalf("%s: %v in\n%s", at.name, err, stdout)
		}
		demand, lost, returns, wrong := got.Items[0], got.Items[1], got.Items[2], got.Items[3]
		if !demand.Fresh || demand.Newest != "2026-01-20" || demand.Good != demand.Newest || len(demand.Days) != 3 {
			t.Errorf("%s: demand = %+v; want it fresh", at.name, demand)
		}
		if returns.Fresh || returns.Good != "2026-01-18" || returns.Bad != 2 {
			t.Errorf("%s: returns = %+v; want it two days behind, both bad", at.name, returns)
		}
		if !strings.Contains(lost.Error, "no route to host") || !strings.Contains(wrong.Error, "bogus") {
			t.Errorf("%s: errors %q and %q; want what is wrong", at.name, lost.Error, wrong.Error)
		}
	}
}

// What can't be listed is refused with the reason; the table says in words what the
// JSON does.
func TestPipelinesWords(t *testing.T) {
	t.Parallel()
	fake := enginetest.NewFake(enginetest.FakeOptions{})
	fake.Seed(newest, enginetest.Made())
	e, stdout, stderr := env(t, fake, "pipelines", "--ascii")
	if code := cli.Run(t.Context(), e); code != 0 || !strings.Contains(stdout.String(), "fresh     2026-01-20  + Succeeded  2026-01-20") {
		t.Errorf("daybatch pipelines = %d, %s%s; want a fresh pipeline", code, stdout, stderr)
	}
	for _, args := range [][]string{{"pipelines", "--last", "0"}, {"pipelines", "no-such-directory"}} {
		e, _, stderr := env(t, fake, args...)
		if code := cli.Run(t.Context(), e); code != 2 || stderr.Len() == 0 {
			t.Errorf("daybatch %v = %d, %q; want 2 and the reason", args, code, stderr)
		}
	}
}

//go:build unix

package local_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/enginetest/scripted"
	"github.com/daybatch/daybatch/forecast/local"
	"github.com/daybatch/daybatch/forecast/step"
)

// clock runs from noon of 2026-02-10 on, when January's dates are due.
func clock() func() time.Time {
	began, epoch := time.Now(), time.Date(2026, time.February, 10, 3, 0, 0, 0, time.UTC) //nolint:forbidigo // leases and logs need a clock that runs
	return func() time.Time { return epoch.Add(time.Since(began)) }
}

// options are those of an operator whose steps play the project's script.
func options(def forecast.Definition) local.Options {
	exe, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return local.Options{
		Definition: def, StepCommand: []string{exe, "step"}, Actor: "aki", Host: "forge",
		Now: clock(), Environ: os.Environ(), Version: "test", Poll: 20 * time.Millisecond,
	}
}

// newProject makes a project whose steps play a script.
func newProject(tb testing.TB, script enginetest.Script) string {
	tb.Helper()
	dir := tb.TempDir()
	if err := scripted.WriteJSON(filepath.Join(dir, scriptFile), script); err != nil {
		tb.Fatal(err)
	}
	data, err := files()
	if err != nil {
		tb.Fatal(err)
	}
	for name, text := range map[string][]byte{rowsFile: data.Rows, partFile: data.Part} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	return dir
}

// files are what scripted steps make.
var files = sync.OnceValues(func() (scripted.Files, error) { return scripted.MakeFiles(context.Background()) })

func open(tb testing.TB, dir string, o local.Options) *local.Engine {
	tb.Helper()
	if _, measured := tb.(*testing.B); !measured {
		o.Log = slog.New(slog.NewTextHandler(tb.Output(), nil))
	}
	return openAs(tb, dir, o)
}

func openAs(tb testing.TB, dir string, o local.Options) *local.Engine {
	tb.Helper()
	e, err := local.Open(tb.Context(), dir, o)
	if err != nil {
		tb.Fatalf("Open(%s) = %v; want an engine", dir, err)
	}
	tb.Cleanup(func() { _ = e.Close() })
	return e
}

func release(tb testing.TB, dir string, d calendar.Date, name forecast.StepName) {
	tb.Helper()
	if err := os.WriteFile(releaseFile(dir, step.Spec{Date: d, Step: name}), nil, 0o600); err != nil {
		tb.Error(err)
	}
}

func TestContract(t *testing.T) {
	t.Parallel()
	enginetest.Exercise(t, func(t *testing.T, def forecast.Definition, script enginetest.Script) enginetest.Harness {
		t.Helper()
		dir := newProject(t, script)
		o := options(def)
		e := open(t, dir, o)
		return enginetest.Harness{
			Engine:  e,
			Release: func(d calendar.Date, name forecast.StepName) { release(t, dir, d, name) },
			Peer: func(t *testing.T) forecast.Engine {
				t.Helper()
				peer := o
				peer.Actor = "kei"
				return open(t, dir, peer)
			},
			ReadOnly: func(t *testing.T) forecast.Engine {
				t.Helper()
				reader := o
				reader.ReadOnly = true
				return open(t, dir, reader)
			},
			Source: &enginetest.Source{
				Arrive: func(t *testing.T, d calendar.Date) {
					t.Helper()
					script[d][forecast.Extract] = nil // a look finds them too
					must(t, scripted.WriteJSON(filepath.Join(dir, scriptFile), script))
					supply(t, dir, d, "arrived")
				},
				Correct: func(t *testing.T, d calendar.Date) {
					t.Helper()
					data, err := files()
					must(t, err)
					must(t, os.WriteFile(filepath.Join(dir, rowsFile), data.Corrected, 0o600))
					supply(t, dir, d, "corrected")
				},
				Look: func(t *testing.T) {
					t.Helper()
					must(t, e.CheckSource(t.Context()))
				},
			},
		}
	})
}

// supply puts a text into the source of the contract's pipeline.
func supply(t *testing.T, dir string, d calendar.Date, text string) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(dir, "orders.csv"), []byte(d.String()+" "+text), 0o600))
}

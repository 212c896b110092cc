//go:build unix

package worker_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/local/internal/process"
	"github.com/daybatch/daybatch/forecast/local/internal/worker"
	"github.com/daybatch/daybatch/forecast/step"
)

// rangeScript is a program for a range. It does for each root what the file
// "does" beside it says.
const rangeScript = `while read -r root; do . "${root%/*}/does" "$root"; echo "$root"; done`

const (
	rangeWell    = `echo "pid $$" >> "$root/log"; printf '{"code":0}' > "$root/exit.json"`
	rangeFails   = `printf '{"code":3,"class":"data","reason":"row 7 is no number"}' > "$root/exit.json"`
	rangeHangs   = `trap '' TERM; while :; do sleep 0.05; done`
	rangeDies    = `kill -9 $$`
	rangeLies    = `:`
	rangeLeaves  = `sleep 1000 & echo $! > "${root%/*}/child"; printf '{"code":0}' > "$root/exit.json"`
	rangeEndsBad = rangeWell + `; echo "$root"; exit 9`
)

// rangeOf returns what runs tries in one range, each doing what it is told.
func rangeOf(t *testing.T) (do func(ctx context.Context, does string) (worker.Request, worker.Result, error), g *worker.Range) {
	t.Helper()
	g = &worker.Range{}
	t.Cleanup(g.Close)
	return func(ctx context.Context, does string) (worker.Request, worker.Result, error) {
		r := request(t, rangeScript)
		if does == rangeHangs {
			r.Timeout = 300 * time.Millisecond
		}
		if err := os.WriteFile(filepath.Join(r.Dir, "does"), []byte(does), 0o600); err != nil {
			t.Fatal(err)
		}
		result, err := g.Run(ctx, r)
		return r, result, err
	}, g
}

func logOf(t *testing.T, r worker.Request) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(r.Root, step.LogFile))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Tries run in one process, whatever became of the one before, and each has a
// log of its own.
func TestRangeIsOneProcess(t *testing.T) {
	t.Parallel()
	do, _ := rangeOf(t)
	first, result, err := do(t.Context(), rangeWell)
	if err != nil || result != (worker.Result{}) {
		t.Fatalf("Run = %+v, %v; want success", result, err)
	}
	_, result, err = do(t.Context(), rangeFails)
	want := worker.Result{Code: 3, Reason: forecast.Reason{Class: forecast.ReasonData, Text: "row 7 is no number"}}
	if err != nil || result != want {
		t.Errorf("Run = %+v, %v; want %+v", result, err, want)
	}
	_, result, err = do(t.Context(), rangeLies)
	if err != nil || result.Reason.Class != forecast.ReasonLost {
		t.Errorf("Run = %+v, %v; want that a step without an account of it is lost", result, err)
	}
	last, _, err := do(t.Context(), rangeWell)
	if one, other := logOf(t, first), logOf(t, last); err != nil || one != other || !strings.HasPrefix(one, "pid ") {
		t.Errorf("logs are %q and %q, %v; want the same process in both", one, other, err)
	}
}

// A process that is gone is replaced by the next try.
func TestRangeGoesOn(t *testing.T) {
	t.Parallel()
	for does, want := range map[string]forecast.ReasonClass{
		rangeDies: forecast.ReasonLost, rangeHangs: forecast.ReasonTimeout, rangeEndsBad: forecast.ReasonNone,
	} {
		t.Run(does, func(t *testing.T) {
			t.Parallel()
			do, g := rangeOf(t)
			_, result, err := do(t.Context(), does)
			if err != nil || result.Reason.Class != want {
				t.Fatalf("Run = %+v, %v; want class %q", result, err, want)
			}
			for worker.Runs(g) && does == rangeEndsBad && t.Context().Err() == nil {
				continue // it says that it is done, and ends after that
			}
			r, result, err := do(t.Context(), rangeWell)
			if err != nil || result != (worker.Result{}) || !strings.HasPrefix(logOf(t, r), "pid ") {
				t.Errorf("next Run = %+v, %v; want success", result, err)
			}
		})
	}
}

// A try that is stopped takes the process with it, and the date after it has a
// new one.
func TestRangeStop(t *testing.T) {
	t.Parallel()
	do, _ := rangeOf(t)
	if _, _, err := do(t.Context(), rangeWell); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, result, err := do(ctx, "sleep 1000"); err != nil || result.Reason.Class != forecast.ReasonLost {
		t.Errorf("Run = %+v, %v; want that it was ended", result, err)
	}
	if _, result, err := do(t.Context(), rangeWell); err != nil || result.Reason.Class != forecast.ReasonNone {
		t.Errorf("Run = %+v, %v; want success", result, err)
	}
}

// What can't be recorded is not run.
func TestRangeRunsWhatIsRecorded(t *testing.T) {
	t.Parallel()
	do, g := rangeOf(t)
	if _, _, err := do(t.Context(), rangeWell); err != nil {
		t.Fatal(err)
	}
	r := request(t, rangeScript)
	if err := os.WriteFile(filepath.Join(r.Dir, "does"), []byte(rangeWell), 0o600); err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	r.Started = func(context.Context, process.ID) error { return full }
	if _, err := g.Run(t.Context(), r); !errors.Is(err, full) {
		t.Errorf("Run = %v; want %v", err, full)
	}
	g.Close()
	if _, err := os.Stat(filepath.Join(r.Root, step.ExitFile)); err == nil {
		t.Error("the step ran although it could not be recorded")
	}
}

// Close leaves nothing of the process' group behind.
func TestRangeClose(t *testing.T) {
	t.Parallel()
	do, g := rangeOf(t)
	r, result, err := do(t.Context(), rangeLeaves)
	if err != nil || result.Reason.Class != forecast.ReasonNone {
		t.Fatalf("Run = %+v, %v; want success", result, err)
	}
	text, err := os.ReadFile(filepath.Join(r.Dir, "child"))
	if err != nil {
		t.Fatal(err)
	}
	child, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	g.Close()
	for process.Look(idOf(t, child), "forge") == process.Alive {
		if t.Context().Err() != nil {
			t.Fatalf("process %d outlives its range", child)
		}
	}
	g.Close() // again does nothing
}

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

// request is of a step whose program is a shell script; $2 is its root.
func request(t *testing.T, script string) worker.Request {
	t.Helper()
	dir := t.TempDir()
	return worker.Request{
		Root: filepath.Join(dir, "t1"), Dir: dir, Environ: os.Environ(), Host: "forge", Grace: 50 * time.Millisecond,
		Spec:    step.Spec{Step: forecast.Train},
		Command: []string{"/bin/sh", "-c", script, "step"},
		Started: func(context.Context, process.ID) error { return nil },
	}
}

// A step that runs out of its time and won't listen is killed with all that it
// has started.
func TestTimeout(t *testing.T) {
	t.Parallel()
	r := request(t, `trap '' TERM; sleep 1000 & echo $! > "$2/child.new"; mv "$2/child.new" "$2/child"; wait; sleep 1000`)
	r.Timeout = 200 * time.Millisecond
	result, err := worker.Run(t.Context(), r)
	if err != nil || result.Reason.Class != forecast.ReasonTimeout || result.Code != -1 || !strings.Contains(result.Reason.Text, "200ms") {
		t.Errorf("Run = %+v, %v; want a timeout that names its limit", result, err)
	}
	text, err := os.ReadFile(filepath.Join(r.Root, "child"))
	if err != nil {
		return // the time was up before it came to that
	}
	child, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	for process.Look(idOf(t, child), "forge") == process.Alive {
		if t.Context().Err() != nil {
			t.Fatalf("process %d outlives its step", child)
		}
	}
}

// idOf names a process that may be gone.
func idOf(t *testing.T, pid int) process.ID {
	t.Helper()
	id, err := process.Of("forge", pid)
	if err != nil {
		return process.ID{Host: "forge", Pid: pid}
	}
	return id
}

// A step within its time is not touched.
func TestNoTimeout(t *testing.T) {
	t.Parallel()
	r := request(t, `printf '{"code":0}' > "$2/exit.json"`)
	r.Timeout = time.Hour
	if result, err := worker.Run(t.Context(), r); err != nil || result != (worker.Result{}) {
		t.Errorf("Run = %+v, %v; want success", result, err)
	}
}

// A process that nobody could put on record has done nothing.
func TestNotRecorded(t *testing.T) {
	t.Parallel()
	r := request(t, `: > "$2/ran"`)
	disk := errors.New("disk")
	r.Started = func(context.Context, process.ID) error { return disk }
	if _, err := worker.Run(t.Context(), r); !errors.Is(err, disk) {
		t.Errorf("Run = %v; want the error of the record", err)
	}
	if _, err := os.Stat(filepath.Join(r.Root, "ran")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the step ran (%v); want it never to have begun", err)
	}
}

// How a process ended that left no word is told from its end.
func TestVanished(t *testing.T) {
	t.Parallel()
	tests := []struct{ script, want string }{
		{"exit 7", "ended with exit code 7"},
		{"kill -9 $$", "signal killed; the system does that when memory runs out"},
	}
	for _, tt := range tests {
		result, err := worker.Run(t.Context(), request(t, tt.script))
		if err != nil || result.Reason.Class != forecast.ReasonLost || !strings.Contains(result.Reason.Text, tt.want) {
			t.Errorf("Run(%s) = %+v, %v; want lost: %s", tt.script, result, err, tt.want)
		}
	}
}

// When its context ends a step may still put its house in order.
func TestGrace(t *testing.T) {
	t.Parallel()
	r := request(t, `trap ': > "$2/tidy"; exit 0' TERM; : > "$2/ready"; while :; do sleep 0.01; done`)
	r.Grace = time.Minute
	ctx, cancel := context.WithCancel(t.Context())
	r.Started = func(_ context.Context, id process.ID) error {
		go func() {
			defer cancel()
			for process.Look(id, "forge") == process.Alive {
				if _, err := os.Stat(filepath.Join(r.Root, "ready")); err == nil {
					return
				}
			}
		}()
		return nil
	}
	if _, err := worker.Run(ctx, r); err != nil {
		t.Fatalf("Run = %v; want the step's end", err)
	}
	if _, err := os.Stat(filepath.Join(r.Root, "tidy")); err != nil {
		t.Errorf("the step was killed before it had ended: %v", err)
	}
}

package step_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/step"
)

// logs are the logs of the steps of a range by their roots.
type logs map[string]*buffer

type closable struct{ *buffer }

func (closable) Close() error { return nil }

func (l logs) open(root string) (io.WriteCloser, error) {
	l[root] = &buffer{}
	return closable{l[root]}, nil
}

// extracts makes a root for an Extract of each of some files of a project.
func extracts(t *testing.T, files ...string) []string {
	t.Helper()
	dir := projectWith(t, "2026-01-14,van,3\n2026-01-15,van,4\n")
	var roots []string
	for _, file := range files {
		spec := specOf(dir)
		spec.Step, spec.Definition.Source.Files = forecast.Extract, map[string]string{"orders": file}
		root := t.TempDir()
		if err := step.WriteSpec(root, spec); err != nil {
			t.Fatal(err)
		}
		roots = append(roots, root)
	}
	return roots
}

func rangeOptions(orders io.Reader, ended io.Writer, l logs) step.RangeOptions {
	return step.RangeOptions{
		Options: step.Options{Now: clock, Executable: "/opt/daybatch", Workers: 1},
		Orders:  orders, Ended: ended, OpenLog: l.open,
	}
}

// A step that fails ends nothing but itself, and each has a log of its own.
func TestRunRange(t *testing.T) {
	t.Parallel()
	roots := extracts(t, "data/orders.csv", "data/none.csv", "data/orders.csv")
	var ended bytes.Buffer
	l := make(logs)
	orders := strings.Join(roots, "\n") + "\n"
	if err := step.RunRange(t.Context(), rangeOptions(strings.NewReader(orders), &ended, l)); err != nil {
		t.Fatalf("RunRange = %v", err)
	}
	if ended.String() != orders {
		t.Errorf("ended are %q; want %q", ended.String(), orders)
	}
	for i, root := range roots {
		exit, err := step.ReadExit(root)
		if want := i != 1; err != nil || (exit.Code == 0) != want {
			t.Errorf("step %d: %+v, %v; want success: %t", i, exit, err, want)
		}
		if text := l[root].String(); strings.Contains(text, "extracted rows=2") != (i != 1) || strings.Count(text, "extracting") != 1 {
			t.Errorf("log %d = %s; want what this step did", i, text)
		}
	}
}

// Without step.json there is no account of a step, and the range ends.
func TestRunRangeWithoutSpec(t *testing.T) {
	t.Parallel()
	roots := append([]string{t.TempDir()}, extracts(t, "data/orders.csv")...)
	err := step.RunRange(t.Context(), rangeOptions(strings.NewReader(strings.Join(roots, "\n")), io.Discard, make(logs)))
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), roots[0]) {
		t.Errorf("RunRange = %v; want fs.ErrNotExist that names the root", err)
	}
	if _, err := step.ReadExit(roots[1]); err == nil {
		t.Error("the step after it ran")
	}
}

// A range that is stopped while it waits for orders ends.
func TestRunRangeStops(t *testing.T) {
	t.Parallel()
	orders, more := io.Pipe()
	defer more.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(step.ErrStopped)
	if err := step.RunRange(ctx, rangeOptions(orders, io.Discard, make(logs))); err != nil {
		t.Errorf("RunRange = %v; want nil", err)
	}
}

// When nobody can hear that a step has ended, the range ends: its engine is gone.
func TestRunRangeUnheard(t *testing.T) {
	t.Parallel()
	roots := extracts(t, "data/orders.csv", "data/orders.csv")
	read, write := io.Pipe()
	_ = read.Close()
	err := step.RunRange(t.Context(), rangeOptions(strings.NewReader(strings.Join(roots, "\n")), write, make(logs)))
	if !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("RunRange = %v; want io.ErrClosedPipe", err)
	}
	if _, err := step.ReadExit(roots[1]); err == nil {
		t.Error("another step ran")
	}
}

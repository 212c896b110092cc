package step_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/step"
)

// team lets machines hand files over in memory.
type team struct {
	given []chan []byte // by machine
	// twist changes what a machine gives.
	twist func(machine int, text []byte) []byte
}

func newTeam(machines int) *team {
	t := &team{given: make([]chan []byte, machines)}
	for i := range t.given {
		t.given[i] = make(chan []byte, 1)
	}
	return t
}

func (t *team) share(machine int) step.Share {
	return step.Share{
		Machine: machine, Machines: len(t.given),
		Give: func(_ context.Context, path string) error {
			text, err := os.ReadFile(path)
			if t.twist != nil {
				text = t.twist(machine, text)
			}
			t.given[machine] <- text
			return err
		},
		Take: func(ctx context.Context, from int, path string) error {
			select {
			case text := <-t.given[from]:
				return os.WriteFile(path, text, 0o600)
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		},
	}
}

// run runs a step on all machines at once, each with inputs of its own copy, and
// returns the first one's error.
func (t *team) run(tb testing.TB, name forecast.StepName, machines []*numeric) error {
	tb.Helper()
	errs := make([]error, len(machines))
	var all sync.WaitGroup
	for i, n := range machines {
		n.share = t.share(i)
		all.Go(func() { errs[i] = n.run(tb, name) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// newMachines returns machines with the same panel.
func newMachines(count int) []*numeric {
	machines := make([]*numeric, count)
	for i := range machines {
		machines[i] = newNumeric(oddPanel()...)
		machines[i].workers = 1 + i%2
	}
	return machines
}

// A step has the same output, byte for byte, however many machines share it, and
// the first of them alone writes it.
func TestSharedByMachines(t *testing.T) {
	t.Parallel()
	alone := newNumeric(oddPanel()...)
	alone.runAll(t)
	for _, count := range []int{2, 3, 40} { // some have no series
		machines := newMachines(count)
		for _, name := range []forecast.StepName{forecast.Train, forecast.Predict} {
			if err := newTeam(count).run(t, name, machines); err != nil {
				t.Fatalf("%s on %d machines: %v\n%s", name, count, err, machines[0].log.String())
			}
			for i, n := range machines[1:] {
				made, err := os.ReadDir(filepath.Join(n.roots[name], step.OutputDir, step.Output(name)))
				if err != nil || len(made) > 0 {
					t.Fatalf("%s: a machine besides the first has written %v, %v", name, made, err)
				}
				if done := fmt.Sprintf("machine=%d machines=%d series=", i+2, count); !wentAllTheWay(n.log.String(), done) {
					t.Errorf("%s: %s did not count its own series:\n%s", name, done, n.log.String())
				}
				n.roots[name] = machines[0].roots[name] // whose output SageMaker brings to all
			}
		}
		for name, files := range map[forecast.StepName][]string{forecast.Train: {step.ModelsFile, step.BacktestFile}, forecast.Predict: {step.ForecastFile}} {
			for _, file := range files {
				if !bytes.Equal(alone.file(t, name, file), machines[0].file(t, name, file)) {
					t.Errorf("%s of %d machines is not that of one", file, count)
				}
			}
		}
	}
}

// wentAllTheWay reports whether a log says 100 percent of the series that its last
// line with done counts; of none it says nothing.
func wentAllTheWay(log, done string) bool {
	from := strings.LastIndex(log, done)
	if from < 0 {
		return false
	}
	own, _, _ := strings.Cut(log[from+len(done):], "\n")
	return own == "0" || strings.Contains(log, fmt.Sprintf("progress series=%s of=%[1]s percent=100", own))
}

func TestShareRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		twist func(machine int, text []byte) []byte
		want  string
	}{
		"nothing":     {func(int, []byte) []byte { return nil }, "no machine has forecast series"},
		"half a file": {func(_ int, text []byte) []byte { return text[:len(text)-9] }, "take what machine 2 has forecast: read a table"},
		"unknown":     {func(_ int, text []byte) []byte { return text }, "another's, or nobody's"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			machines := newMachines(2)
			team := newTeam(2)
			team.twist = tt.twist
			if name == "unknown" { // series that the first one does not have
				machines[1].panel.Series = append(machines[1].panel.Series, demand("zz", 60, 1), demand("zzz", 60, 1), demand("zzzz", 60, 1))
			}
			err := team.run(t, forecast.Train, machines)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Train = %v; want an error with %q", err, tt.want)
			}
		})
	}
}

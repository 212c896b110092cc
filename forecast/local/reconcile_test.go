//go:build unix

package local_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/local"
)

// left returns a project in which a killed process left three attempts open.
func left(t *testing.T) string {
	t.Helper()
	dir := newProject(t, nil)
	if output, err := exec.Command(os.Args[0], "abandon", dir, "3").CombinedOutput(); err == nil || len(output) > 0 {
		t.Fatalf("the process that leaves attempts ended with %v: %s; want it killed", err, output)
	}
	return dir
}

// statesOf returns the states of the dates that left leaves, oldest first, as a
// reader sees them.
func statesOf(t *testing.T, dir string) []forecast.DayState {
	t.Helper()
	o := options(longDefinition())
	o.ReadOnly = true
	days, err := open(t, dir, o).Days(t.Context(), forecast.DayQuery{Range: newest(3)})
	if err != nil {
		t.Fatal(err)
	}
	var states []forecast.DayState
	for _, day := range slices.Backward(days) {
		states = append(states, day.State)
	}
	return states
}

func wantStates(t *testing.T, dir string, want ...forecast.DayState) {
	t.Helper()
	if got := statesOf(t, dir); !slices.Equal(got, want) {
		t.Errorf("days are %v; want %v", got, want)
	}
}

// What several attempts left is ended together, or one by one if a write for all
// of them fails.
func TestReconcileSeveral(t *testing.T) {
	t.Parallel()
	for _, fails := range []string{"", "take over dates", "end attempts"} {
		t.Run(fails, func(t *testing.T) {
			t.Parallel()
			dir := left(t)
			wantStates(t, dir, forecast.DayUnknown, forecast.DayUnknown, forecast.DayUnknown)
			o := options(longDefinition())
			var commits []string
			o.Fault = func(op string) error {
				action, ok := strings.CutPrefix(op, "commit: ")
				switch {
				case ok && action == fails:
					return errors.New("boom")
				case ok:
					commits = append(commits, action)
				}
				return nil
			}
			open(t, dir, o)
			wantStates(t, dir, forecast.DayFailed, forecast.DayFailed, forecast.DayFailed)
			want := map[string]int{"": 2, "take over dates": 6, "end attempts": 4}[fails]
			commits = slices.DeleteFunc(commits, func(action string) bool { return action == "store definition" })
			if len(commits) != want {
				t.Errorf("commits = %q; want %d", commits, want)
			}
		})
	}
}

// A date whose published file is not ours does not keep the dates before it.
func TestReconcileForeign(t *testing.T) {
	t.Parallel()
	dir := left(t)
	d := newest(3).From + 1
	def := longDefinition()
	file := lake.Lake{Path: filepath.Join(dir, def.Target.Path), Table: def.Target.Table}.Partition(d)
	err := os.MkdirAll(filepath.Dir(file), 0o750)
	if err == nil {
		err = os.WriteFile(file, []byte("not ours"), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	_, err = local.Open(t.Context(), dir, options(def))
	if found, ok := errors.AsType[*forecast.ForeignError](err); !ok || found.Date != d {
		t.Errorf("Open = %v; want a foreign file of %s", err, d)
	}
	wantStates(t, dir, forecast.DayFailed, forecast.DayUnknown, forecast.DayUnknown)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	open(t, dir, options(def))
	wantStates(t, dir, forecast.DayFailed, forecast.DayFailed, forecast.DayFailed)
}

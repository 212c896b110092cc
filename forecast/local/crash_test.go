//go:build unix

package local_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/local"
	"github.com/daybatch/daybatch/forecast/local/internal/store/storetest"
)

// Every durable write of the engine is numbered. For each number a process is
// killed there, in the middle of all that an operator may do; another process
// then goes on, and what must hold is checked. The whole takes minutes, so only
// some of the numbers are tried unless the flag -everywrite is given.

// crashStride is how far the numbers that are tried by default lie apart. It
// shares no factor with the number of writes of a date, so that each kind of
// write comes up.
const crashStride = 23

var everyWrite = flag.Bool("everywrite", false, "kill and fail the engine at each of its writes, not at some")

// Dates of the scenario.
const (
	crashRun    = iota // a run, run again whole, and rolled back
	crashFailed        // fails at Train, and is rerun from there
	crashStaged        // two dates of a staged plan
)

func crashDay(i int) calendar.Date { return calendar.Of(2026, 1, 10) + calendar.Date(i) }

// crashStep is a step that does nothing but fails as long as a file is there.
const crashStep = `text=$(cat "$root/step.json")
step=${text#*'"step": "'}; step=${step%%'"'*}
date=${text#*'"date": "'}; date=${date%%'"'*}
if [ -e "fail-$date-$step" ]; then
	printf '{"code":1,"class":"step","reason":"boom"}' > "$root/exit.json"
	return 1
fi
` + noopStep

func crashOptions(dir string, fault func(string) error) local.Options {
	def := enginetest.Definition()
	def.Limits.Keep = 1
	o := options(def)
	o.StepCommand = []string{"/bin/sh", filepath.Join(dir, "step.sh")}
	o.Fault = fault
	return o
}

func newCrashProject(tb testing.TB) string {
	tb.Helper()
	dir := tb.TempDir()
	for name, text := range map[string]string{
		"step.sh": stepProgram(crashStep), "fail-" + crashDay(crashFailed).String() + "-Train": "",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	return dir
}

// crashScenario does what an operator may do. It is written so that it can be
// done again from the beginning by whoever finds it half done.
func crashScenario(ctx context.Context, dir string, e *local.Engine) error {
	if err := finishPlans(ctx, e); err != nil {
		return err
	}
	if err := runDate(ctx, e, crashDay(crashRun)); err != nil {
		return err
	}
	if err := request(ctx, e, forecast.PlanRequest{Kind: forecast.PlanRerun, Dates: []calendar.Date{crashDay(crashRun)}}); err != nil {
		return err
	}
	_, err := e.Rollback(ctx, forecast.RollbackRequest{Date: crashDay(crashRun), Actor: "aki"})
	if err != nil && !errors.Is(err, forecast.ErrNotFound) {
		return err
	}
	if err := runDate(ctx, e, crashDay(crashFailed)); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(dir, "fail-"+crashDay(crashFailed).String()+"-Train")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := request(ctx, e, forecast.PlanRequest{
		Kind: forecast.PlanRerun, Dates: []calendar.Date{crashDay(crashFailed)}, Start: forecast.StartFailedStep,
	}); err != nil {
		return err
	}
	if err := request(ctx, e, forecast.PlanRequest{
		Kind: forecast.PlanBackfill, Mode: forecast.ModeAll, Publish: forecast.PublishStaged,
		Range: calendar.Range{From: crashDay(crashStaged), To: crashDay(crashStaged) + 1},
	}); err != nil {
		return err
	}
	return finishPlans(ctx, e)
}

func request(ctx context.Context, e *local.Engine, r forecast.PlanRequest) error {
	r.Actor, r.Cause = "aki", forecast.CauseManual
	p, err := e.Plan(ctx, r)
	if err == nil {
		_, err = e.Apply(ctx, p.ID)
	}
	if err == nil {
		err = e.Drive(ctx, p.ID)
	}
	return err
}

// finishPlans carries every plan to its end: staged ones are published and taken
// back.
func finishPlans(ctx context.Context, e *local.Engine) error {
	for {
		plans, err := e.Plans(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(plans, func(p forecast.Plan) bool { return p.State != forecast.PlanEnded })
		if i < 0 {
			i = slices.IndexFunc(plans, func(p forecast.Plan) bool {
				return p.Request.Publish == forecast.PublishStaged && slices.ContainsFunc(p.Rows, func(r forecast.PlanRow) bool {
					return r.State == forecast.RowSucceeded && r.Generation != ""
				})
			})
			if i < 0 {
				return nil
			}
			if _, err := e.Control(ctx, plans[i].ID, forecast.VerbRollback, "aki"); err != nil {
				return err
			}
		}
		if plans[i].State == forecast.PlanReview {
			if _, err := e.Control(ctx, plans[i].ID, forecast.VerbPublish, "aki"); err != nil {
				return err
			}
		}
		if err := e.Drive(ctx, plans[i].ID); err != nil {
			return err
		}
	}
}

// crash is a process that does the scenario and is killed at its k-th write, or
// does all of it and prints how many writes it made if k is 0.
func crash(dir string, k int) int {
	fault, writes := killAt(k)
	e, err := local.Open(context.Background(), dir, crashOptions(dir, fault))
	if err == nil {
		err = crashScenario(context.Background(), dir, e)
	}
	if err != nil {
		fmt.Println(err) //nolint:forbidigo // this is the program of a process of its own
		return 1
	}
	_ = e.Close()
	fmt.Println(writes()) //nolint:forbidigo // this is the program of a process of its own
	return 0
}

// killAt returns a fault that kills the process at its k-th write, and a function
// that returns how many there were.
func killAt(k int) (fault func(string) error, writes func() int) {
	var n atomic.Int64
	fault = func(string) error {
		if int(n.Add(1)) == k {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
		return nil
	}
	return fault, func() int { return int(n.Load()) }
}

// crashAt runs the scenario in a process that is killed at its k-th write. It
// returns how many writes there were, 0 if it was killed.
func crashAt(t *testing.T, dir string, k int) int {
	t.Helper()
	output, err := exec.Command(os.Args[0], "crash", dir, strconv.Itoa(k)).CombinedOutput()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		if status, ok := failed.Sys().(syscall.WaitStatus); ok && status.Signal() == syscall.SIGKILL {
			return 0
		}
	}
	n, convert := strconv.Atoi(strings.TrimSpace(string(output)))
	if err != nil || convert != nil {
		t.Fatalf("write %d: the process ended with %v: %s", k, err, output)
	}
	return n
}

// checkCrash checks what must hold after all is done, whatever was killed.
func checkCrash(t *testing.T, dir string, what string) {
	t.Helper()
	e := openAs(t, dir, crashOptions(dir, nil))
	if err := storetest.Chain(t.Context(), filepath.Join(dir, local.StateDir, "state.db")); err != nil {
		t.Errorf("%s: %v", what, err)
	}
	found, err := e.Examine(t.Context())
	if err != nil {
		t.Fatalf("%s: Examine = %v", what, err)
	}
	for _, f := range found {
		if f.Severity != forecast.SeverityNote {
			t.Errorf("%s: %s %s %s", what, f.Kind, f.Date, f.Text)
		}
	}
	for i, want := range []forecast.DayState{
		crashRun: forecast.DaySucceeded, crashFailed: forecast.DaySucceeded, crashStaged: forecast.DayMissing, crashStaged + 1: forecast.DayMissing,
	} {
		if day := dayOf(t, e, crashDay(i)); day.State != want {
			t.Errorf("%s: day %s = %s %q; want %s", what, day.Date, day.State, day.Reason.Text, want)
		}
	}
	_ = e.Close()
}

// checkReaders checks what a reader by a glob finds before anybody has recovered:
// of each date one file, which is that of a whole generation.
func checkReaders(t *testing.T, dir string, what string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "lake", "orders_forecast", "*", "*"))
	must(t, err)
	for _, file := range files {
		published, err := os.Stat(file)
		must(t, err)
		built, err := filepath.Glob(filepath.Join(dir, "lake", "_generations", "orders_forecast", filepath.Base(filepath.Dir(file)), "*", "manifest.json"))
		must(t, err)
		if filepath.Base(file) != lake.PartFile || !slices.ContainsFunc(built, func(manifest string) bool {
			part, err := os.Stat(filepath.Join(filepath.Dir(manifest), lake.PartFile))
			return err == nil && os.SameFile(part, published)
		}) {
			t.Errorf("%s: readers find %s, which is none of the whole generations %v", what, file, built)
		}
	}
}

// TestCrashes kills the engine at its numbered writes, and at writes of the
// recovery.
func TestCrashes(t *testing.T) {
	t.Parallel()
	dir := newCrashProject(t)
	writes := crashAt(t, dir, 0)
	checkCrash(t, dir, "nothing killed")
	if writes < 200 {
		t.Fatalf("the scenario has %d writes; want hundreds: are they numbered?", writes)
	}
	stride := strideOf()
	t.Logf("%d writes, every %d-th is tried", writes, stride)
	for k := 1; k <= writes; k += stride {
		t.Run(strconv.Itoa(k), func(t *testing.T) {
			t.Parallel()
			dir := newCrashProject(t)
			if crashAt(t, dir, k) != 0 {
				t.Fatalf("it was not killed at write %d of %d", k, writes)
			}
			checkReaders(t, dir, "killed at write "+strconv.Itoa(k))
			killed := []string{strconv.Itoa(k)}
			if *everyWrite || k%3 == 0 {
				// Killed again while it recovers, at a write that depends on k.
				j := 1 + k*7%40
				if crashAt(t, dir, j) == 0 {
					killed = append(killed, strconv.Itoa(j))
				}
			}
			checkReaders(t, dir, "killed at writes "+strings.Join(killed, " and "))
			crashAt(t, dir, 0)
			checkCrash(t, dir, "killed at write "+strings.Join(killed, " and then "))
		})
	}
}

func strideOf() int {
	if *everyWrite {
		return 1
	}
	return crashStride
}

// TestFaults makes the engine's numbered writes fail, once or from one on for
// ever, as a full or a broken disk does: what fails says so, readers see nothing
// half-written, and once the fault is gone all of it can be done.
func TestFaults(t *testing.T) {
	t.Parallel()
	dir := newCrashProject(t)
	writes := crashAt(t, dir, 0)
	for k := 5; k <= writes; k += strideOf() {
		for i, f := range faults(k) {
			// Of each number that is tried one disk is full and the other broken.
			if !*everyWrite && (k+i)%2 == 0 {
				continue
			}
			t.Run(fmt.Sprintf("%d/%s", k, f), func(t *testing.T) {
				t.Parallel()
				failWrites(t, f)
			})
		}
	}
}

// fault is what is wrong with the disk from one numbered write to another.
type fault struct {
	first, last int
	cause       syscall.Errno
}

// faults are the faults that begin at a write: each of a full and of a broken
// disk, for one write and for good. Any two neighbours differ in the cause, and
// those at a distance of two in both.
func faults(first int) []fault {
	return []fault{
		{first, first, syscall.ENOSPC},
		{first, first, syscall.EIO},
		{first, math.MaxInt, syscall.EIO},
		{first, math.MaxInt, syscall.ENOSPC},
	}
}

// String names the fault as a part of a test's name.
func (f fault) String() string {
	span, cause := "once", "full"
	if f.last > f.first {
		span = "forever"
	}
	if f.cause == syscall.EIO {
		cause = "broken"
	}
	return cause + "-" + span
}

// failWrites does the scenario on a disk with a fault, which is mended then.
func failWrites(t *testing.T, f fault) {
	t.Helper()
	dir := newCrashProject(t)
	var n atomic.Int64
	var healthy atomic.Bool
	o := crashOptions(dir, func(op string) error {
		if i := int(n.Add(1)); healthy.Load() || i < f.first || i > f.last {
			return nil
		}
		return fmt.Errorf("%s: %w", op, f.cause)
	})
	e, err := local.Open(t.Context(), dir, o)
	if err == nil {
		err = crashScenario(t.Context(), dir, e)
	}
	if err != nil && !errors.Is(err, f.cause) {
		t.Errorf("the scenario ended with %v; want one that says %q", err, f.cause.Error())
	}
	if err == nil && int(n.Load()) > f.first && f.last > f.first {
		for _, i := range []int{crashRun, crashFailed} {
			if day := dayOf(t, e, crashDay(i)); day.State != forecast.DaySucceeded && day.Reason.Text == "" {
				t.Errorf("day %s is %s, and nothing says why", day.Date, day.State)
			}
		}
	}
	healthy.Store(true)
	if e == nil {
		e = openAs(t, dir, crashOptions(dir, nil))
	}
	if err := crashScenario(t.Context(), dir, e); err != nil {
		t.Fatalf("once the fault is gone: %v", err)
	}
	must(t, e.Close())
	checkCrash(t, dir, fmt.Sprintf("writes %d to %d failed", f.first, f.last))
}

//go:build unix

package local_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/local"
	"github.com/daybatch/daybatch/forecast/local/internal/store/storetest"
)

// operate is another process that has the project open. It prints what it met,
// and ends with 0 if all went well.
func operate(verb, dir string, args []string) int {
	if err := operation(verb, dir, args); err != nil {
		fmt.Println(err) //nolint:forbidigo // this is the program of a process of its own
		return 1
	}
	return 0
}

func operation(verb, dir string, args []string) error {
	ctx := context.Background()
	if verb == "small" || verb == "look" {
		// Files end there: writes beyond fail as on a full disk.
		signal.Ignore(syscall.SIGXFSZ)
		limit := syscall.Rlimit{Cur: 256 << 10, Max: 256 << 10}
		if verb == "look" {
			limit = syscall.Rlimit{}
		}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			return err
		}
	}
	o := options(enginetest.Definition())
	switch verb {
	case "race":
		o = racing(dir)
	case "kill", "fill":
		k, err := strconv.Atoi(args[0])
		if err != nil {
			return err
		}
		var writes func() int
		o.Fault, writes = killAt(k)
		defer func() { fmt.Println(writes()) }() //nolint:forbidigo // this is the program of a process of its own
		args = args[1:]
	}
	o.ReadOnly = verb == "look"
	e, err := local.Open(ctx, dir, o)
	if err != nil {
		return err
	}
	defer e.Close()
	if verb == "look" {
		return look(ctx, e)
	}
	switch verb {
	case "die", "die in a rollback", "die in a fallback":
		e.AfterSwap(func() {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		})
	case "freeze":
		// The signal may reach another thread first, and this one would go on for a
		// while: it waits to be woken up.
		e.AfterSwap(func() {
			awake := make(chan os.Signal, 1)
			signal.Notify(awake, syscall.SIGCONT)
			defer signal.Stop(awake)
			_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
			<-awake
		})
	}
	for _, arg := range args {
		d, err := calendar.Parse(arg)
		if err != nil {
			return err
		}
		run := runDate
		switch verb {
		case "kill":
			run = rerunDate
		case "fill":
			run = fillDate
		case "die in a rollback":
			run = rollBack
		case "die in a fallback":
			run = fillDate
		}
		if err := run(ctx, e, d); err != nil {
			return err
		}
	}
	return nil
}

func runDate(ctx context.Context, e *local.Engine, d calendar.Date) error {
	p, err := e.Plan(ctx, forecast.PlanRequest{
		Kind: forecast.PlanRun, Dates: []calendar.Date{d}, Cause: forecast.CauseManual, Actor: "aki",
	})
	if err != nil {
		return err
	}
	if _, err := e.Apply(ctx, p.ID); err != nil {
		return err
	}
	return e.Drive(ctx, p.ID)
}

// start starts an operator.
func start(tb testing.TB, verb, dir string, args ...string) *exec.Cmd {
	tb.Helper()
	command := exec.Command(os.Args[0], append([]string{"operate", verb, dir}, args...)...)
	command.Stdout, command.Stderr = tb.Output(), tb.Output()
	if err := command.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	return command
}

// await waits until a date of the project is as ok wants it.
func await(t *testing.T, e forecast.Engine, d calendar.Date, ok func(forecast.Day) bool) forecast.Day {
	t.Helper()
	news, err := e.Watch(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer news.Close()
	for {
		if day := dayOf(t, e, d); ok(day) {
			return day
		}
		if _, err := news.Next(t.Context()); err != nil && !errors.Is(err, forecast.ErrLagged) {
			t.Fatal(err)
		}
	}
}

func dayOf(t *testing.T, e forecast.Engine, d calendar.Date) forecast.Day {
	t.Helper()
	days, err := e.Days(t.Context(), forecast.DayQuery{Range: calendar.Range{From: d, To: d}})
	if err != nil || len(days) != 1 {
		t.Fatalf("Days(%s) = %v, %v; want one day", d, days, err)
	}
	return days[0]
}

// trains reports whether the date's training is under way.
func trains(day forecast.Day) bool {
	for _, st := range day.Steps {
		if st.Name == forecast.Train && st.Status == forecast.StepExecuting {
			return true
		}
	}
	return false
}

func wantOnePublication(t *testing.T, e forecast.Engine, d calendar.Date, attempt int) {
	t.Helper()
	all, err := e.Partitions(t.Context(), forecast.PartitionQuery{Range: calendar.Range{From: d, To: d}, All: true})
	if err != nil {
		t.Fatal(err)
	}
	published := 0
	for _, p := range all {
		if !p.Published.IsZero() {
			published++
			if !p.Current || p.Attempt != attempt {
				t.Errorf("published generation = %+v; want it current and of a%d", p, attempt)
			}
		}
	}
	if published != 1 {
		t.Errorf("%s has %d published generations; want 1", d, published)
	}
}

// A driver that is killed in the middle of a step loses nothing: its child is
// ended, its attempt is on record as interrupted, and the plan goes on with the
// steps that were finished.
func TestKilledDriver(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 10)
	dir := newProject(t, enginetest.Script{d: {forecast.Train: {enginetest.Hangs(), {}}}})
	reader := open(t, dir, options(enginetest.Definition()))
	operator := start(t, "run", dir, d.String())
	day := await(t, reader, d, trains)
	child := childOf(t, dir, d)
	if err := operator.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = operator.Wait()
	if syscall.Kill(child, 0) != nil {
		t.Fatalf("the step's process %d did not outlive its driver", child)
	}
	if got := dayOf(t, reader, d).State; got != forecast.DayUnknown {
		t.Errorf("state after the kill = %s; want Unknown", got)
	}

	e := open(t, dir, options(enginetest.Definition()))
	attempts, err := e.Executions(t.Context(), d)
	if err != nil || len(attempts) != 1 {
		t.Fatalf("Executions = %v, %v; want one", attempts, err)
	}
	first := attempts[0]
	if first.Status != forecast.Failed || first.Reason.Class != forecast.ReasonLost || !strings.Contains(first.Reason.Text, "aki@forge) is gone") {
		t.Errorf("attempt = %s %+v; want Failed, lost, and who ran it", first.Status, first.Reason)
	}
	if err := syscall.Kill(child, 0); err == nil && !zombie(child) {
		t.Errorf("the step's process %d lives; want it ended", child)
	}
	if err := e.Drive(t.Context(), day.Last.Plan); err != nil {
		t.Fatalf("Drive = %v; want nil", err)
	}
	day = dayOf(t, e, d)
	if day.State != forecast.DaySucceeded || day.Attempts != 2 {
		t.Fatalf("day = %s after %d attempts (%s); want Succeeded after 2", day.State, day.Attempts, day.Reason.Text)
	}
	for i, want := range []forecast.StepStatus{forecast.StepReused, forecast.StepReused, forecast.StepSucceeded} {
		if day.Steps[i].Status != want {
			t.Errorf("step %s is %s; want %s", day.Steps[i].Name, day.Steps[i].Status, want)
		}
	}
	wantOnePublication(t, e, d, 2)
}

// childOf returns the process number of the date's step, from its directory. The
// gate before the step has its arguments too, and its number; while the one
// becomes the other neither has any, so that it is looked for again.
func childOf(t *testing.T, dir string, d calendar.Date) int {
	t.Helper()
	root := filepath.Join(dir, local.StateDir, "runs", enginetest.Definition().Pipeline, d.String())
	for range 1000 {
		entries, err := os.ReadDir("/proc")
		if err != nil {
			t.Skip("there is no /proc")
		}
		for _, entry := range entries {
			text, _ := os.ReadFile(filepath.Join("/proc", entry.Name(), "cmdline"))
			if !strings.Contains(string(text), "--root\x00"+root) {
				continue
			}
			if pid, err := strconv.Atoi(entry.Name()); err == nil {
				return pid
			}
		}
	}
	t.Fatalf("no step of %s runs", d)
	return 0
}

func zombie(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(text), ") Z ")
}

// A publisher that is killed between the rename of the file and the commit of
// its records has published: the file leads.
func TestKilledPublisher(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 10)
	dir := newProject(t, nil)
	operator := start(t, "die", dir, d.String())
	_ = operator.Wait()
	e := open(t, dir, options(enginetest.Definition()))
	day := dayOf(t, e, d)
	if day.State != forecast.DaySucceeded || day.Last.Status != forecast.Succeeded || day.Partition.Attempt != 1 {
		t.Errorf("day = %s, attempt %s, partition %+v; want it Succeeded by a1", day.State, day.Last.Status, day.Partition)
	}
	wantOnePublication(t, e, d, 1)
	if err := e.Drive(t.Context(), day.Last.Plan); err != nil {
		t.Fatalf("Drive = %v; want nil", err)
	}
	if p, err := e.PlanByID(t.Context(), day.Last.Plan); err != nil || p.Outcome != forecast.OutcomeSucceeded {
		t.Errorf("plan = %s %s, %v; want it succeeded", p.State, p.Outcome, err)
	}
	wantOnePublication(t, e, d, 1)
	if got := dayOf(t, e, d).Attempts; got != 1 {
		t.Errorf("attempts = %d; want 1", got)
	}
}

// A stop that finds the file of a killed publisher comes too late, and says so.
func TestStopAfterKilledPublisher(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 10)
	dir := newProject(t, nil)
	e := open(t, dir, options(enginetest.Definition()))
	_ = start(t, "die", dir, d.String()).Wait()
	answer, err := e.Stop(t.Context(), d, "kei")
	if err != nil || !answer.TooLate || answer.Generation == "" {
		t.Errorf("Stop = %+v, %v; want too late, with the generation", answer, err)
	}
	wantOnePublication(t, e, d, 1)
}

// A driver that froze, and whose date another host has taken over since, finds
// when it wakes up that nothing of it counts.
func TestFrozenDriver(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 10)
	dir := newProject(t, enginetest.Script{d: {forecast.Train: {enginetest.Hangs(), {}}}})
	o := options(enginetest.Definition())
	now := o.Now
	// On this host nobody takes a frozen driver for gone; another one has only
	// the end of the lease to go by.
	o.Host, o.Now = "anvil", func() time.Time { return now().Add(time.Hour) }
	other := open(t, dir, o)
	operator := start(t, "run", dir, d.String())
	day := await(t, other, d, trains)
	if err := operator.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := other.Drive(t.Context(), day.Last.Plan); err != nil {
		t.Fatalf("Drive = %v; want nil", err)
	}
	wantOnePublication(t, other, d, 2)
	release(t, dir, d, forecast.Train) // of the frozen driver's step
	if err := operator.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if err := operator.Wait(); err != nil {
		t.Errorf("the woken operator ended with %v; want nil: another one did what it was to do", err)
	}
	wantOnePublication(t, other, d, 2)
	if day = dayOf(t, other, d); day.State != forecast.DaySucceeded || day.Attempts != 2 {
		t.Errorf("day = %s after %d attempts (%s); want Succeeded after 2", day.State, day.Attempts, day.Reason.Text)
	}
	attempts, err := other.Executions(t.Context(), d)
	if err != nil || attempts[0].Status != forecast.Failed || attempts[0].Reason.Class != forecast.ReasonLost {
		t.Errorf("a1 = %+v, %v; want it Failed as lost", attempts[0], err)
	}
}

// A step whose process is killed is tried once more.
func TestKilledStep(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 10)
	dir := newProject(t, enginetest.Script{d: {forecast.Train: {enginetest.Hangs()}}})
	e := open(t, dir, options(enginetest.Definition()))
	done := make(chan error, 1)
	go func() { done <- runDate(t.Context(), e, d) }()
	await(t, e, d, trains)
	if err := syscall.Kill(childOf(t, dir, d), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	await(t, e, d, func(day forecast.Day) bool { return len(day.Steps) > 2 && day.Steps[2].Tries == 2 })
	if err := syscall.Kill(childOf(t, dir, d), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatalf("Drive = %v; want nil", err)
	}
	day := dayOf(t, e, d)
	if day.State != forecast.DayFailed || day.Reason.Class != forecast.ReasonLost || day.Steps[2].Status != forecast.StepFailed {
		t.Errorf("day = %s %+v, Train %s; want Failed, lost", day.State, day.Reason, day.Steps[2].Status)
	}
	if !strings.Contains(day.Reason.Text, "signal killed") {
		t.Errorf("reason = %q; want the signal", day.Reason.Text)
	}
}

// rounds is how many dates two processes run at once.
var rounds = flag.Int("rounds", 40, "dates that two processes run at once")

// Two processes that run the same dates at the same time make one attempt of
// each, and both are content.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	dir := newProject(t, nil)
	if err := os.WriteFile(filepath.Join(dir, "step.sh"), []byte(stepProgram(noopStep)), 0o600); err != nil {
		t.Fatal(err)
	}
	e := open(t, dir, racing(dir))
	first := longDefinition().Start
	dates := calendar.Range{From: first, To: first + calendar.Date(*rounds-1)}
	var args []string
	for d := dates.From; d <= dates.To; d++ {
		args = append(args, d.String())
	}
	one, other := start(t, "race", dir, args...), start(t, "race", dir, args...)
	if err := errors.Join(one.Wait(), other.Wait()); err != nil {
		t.Errorf("operators ended with %v; want nil", err)
	}
	days, err := e.Days(t.Context(), forecast.DayQuery{Range: dates})
	if err != nil || len(days) != *rounds {
		t.Fatalf("Days = %d days, %v; want %d", len(days), err, *rounds)
	}
	for _, day := range days {
		if day.Attempts != 1 || day.State != forecast.DaySucceeded {
			t.Errorf("%s is %s after %d attempts (%s); want Succeeded after 1", day.Date, day.State, day.Attempts, day.Reason.Text)
		}
		wantOnePublication(t, e, day.Date, 1)
	}
	if err := storetest.Chain(t.Context(), filepath.Join(dir, local.StateDir, "state.db")); err != nil {
		t.Error(err)
	}
}

// A directory that can't be written is named, with what to do.
func TestReadOnlyDirectory(t *testing.T) {
	t.Parallel()
	dir := newProject(t, nil)
	command := exec.Command(os.Args[0], "operate", "run", dir)
	if os.Getuid() == 0 {
		command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		for path := dir; path != os.TempDir() && path != "/"; path = filepath.Dir(path) {
			_ = os.Chmod(path, 0o755)
		}
	} else if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	text, err := command.CombinedOutput()
	if errors.Is(err, syscall.EACCES) {
		t.Skip("another user can't run the test's binary")
	}
	if err == nil || !strings.Contains(string(text), dir) || !strings.Contains(string(text), "can't be written") || !strings.Contains(string(text), "open the project read-only") {
		t.Errorf("operator ended with %v and said %q; want the directory and what to do", err, text)
	}
	o := options(enginetest.Definition())
	o.ReadOnly = true
	if day := dayOf(t, open(t, dir, o), calendar.Of(2026, 1, 10)); day.State != forecast.DayMissing {
		t.Errorf("day of a read-only project = %s; want Missing", day.State)
	}
}

//go:build unix

package local_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/local"
	"github.com/daybatch/daybatch/forecast/local/internal/process"
	"github.com/daybatch/daybatch/forecast/local/internal/store"
)

// BenchmarkRecovery finds what a killed process left: a paused plan all of whose
// rows run, each with an attempt whose step was executing and whose process is
// gone. It measures until nothing is unknown (open), and until the rows are queued
// again (requeue).
func BenchmarkRecovery(b *testing.B) {
	for _, n := range []int{10, 1000} {
		b.Run(fmt.Sprintf("open=%d", n), func(b *testing.B) { benchmarkRecovery(b, n) })
	}
}

func benchmarkRecovery(b *testing.B, n int) {
	b.Helper()
	left := newProject(b, nil)
	output, err := exec.Command(os.Args[0], "abandon", left, strconv.Itoa(n)).CombinedOutput()
	if err == nil || len(output) > 0 {
		b.Fatalf("the process that leaves attempts ended with %v: %s; want it killed", err, output)
	}
	var opened time.Duration
	for b.Loop() {
		b.StopTimer()
		dir := filepath.Join(b.TempDir(), "project")
		if err := os.CopyFS(dir, os.DirFS(left)); err != nil {
			b.Fatal(err)
		}
		o := options(longDefinition())
		before := b.Elapsed()
		b.StartTimer()
		e := openAs(b, dir, o)
		wantNoneOpen(b, e, n)
		opened += b.Elapsed() - before
		requeue(b, e, n)
	}
	b.ReportMetric(opened.Seconds()*1000/float64(b.N), "open-ms")
	b.ReportMetric((b.Elapsed()-opened).Seconds()*1000/float64(b.N), "requeue-ms")
}

// wantNoneOpen reads the days, and complains unless n attempts have ended as
// interrupted.
func wantNoneOpen(b *testing.B, e *local.Engine, n int) {
	b.Helper()
	days, err := e.Days(b.Context(), forecast.DayQuery{Range: newest(n)})
	if err != nil {
		b.Fatal(err)
	}
	for _, day := range days {
		if day.State != forecast.DayFailed || day.Reason.Class != forecast.ReasonLost {
			b.Fatalf("day %s is %s (%s); want it Failed, as lost", day.Date, day.State, day.Reason.Text)
		}
	}
}

// requeue drives the paused plan until its rows are queued again.
func requeue(b *testing.B, e *local.Engine, n int) {
	b.Helper()
	plans, err := e.Plans(b.Context())
	if err != nil || len(plans) != 1 {
		b.Fatalf("Plans = %d, %v; want the one that was left", len(plans), err)
	}
	if err := e.Drive(b.Context(), plans[0].ID); err != nil {
		b.Fatal(err)
	}
	p, err := e.PlanByID(b.Context(), plans[0].ID)
	if err != nil || len(p.Rows) != n {
		b.Fatalf("plan = %d rows, %v; want %d", len(p.Rows), err, n)
	}
	for _, row := range p.Rows {
		if row.State != forecast.RowQueued {
			b.Fatalf("row %s is %s; want it Queued", row.Date, row.State)
		}
	}
}

// abandon is a process that has so many dates running and is killed.
func abandon(dir string, n int) int {
	if err := leaveOpen(context.Background(), dir, n); err != nil {
		fmt.Println(err) //nolint:forbidigo // this is the program of a process of its own
		return 1
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

func leaveOpen(ctx context.Context, dir string, n int) error {
	e, err := local.Open(ctx, dir, options(longDefinition()))
	if err != nil {
		return err
	}
	defer e.Close()
	p, err := e.Plan(ctx, forecast.PlanRequest{
		Kind: forecast.PlanBackfill, Range: newest(n), Mode: forecast.ModeAll, Cause: forecast.CauseBackfill, Actor: "aki",
	})
	if err == nil {
		p, err = e.Apply(ctx, p.ID)
	}
	if err == nil {
		err = startRows(ctx, dir, p)
	}
	if err == nil {
		_, err = e.Control(ctx, p.ID, forecast.VerbPause, "aki")
	}
	return err
}

// newest are the last n dates that are due.
func newest(n int) calendar.Range {
	to := calendar.Of(2026, time.February, 8)
	return calendar.Range{From: to - calendar.Date(n-1), To: to}
}

// startRows records for each row of a plan what the start of its first step
// records, with a process that has ended.
func startRows(ctx context.Context, dir string, p forecast.Plan) error {
	def := longDefinition()
	s, err := store.Open(ctx, store.Options{
		Path: filepath.Join(dir, local.StateDir, "state.db"), Pipeline: def.Pipeline, Table: def.Target.Table, Now: clock(),
	})
	if err != nil {
		return err
	}
	defer s.Close()
	self, err := process.Self("forge")
	if err != nil {
		return err
	}
	ended := self
	if ended.Pid, err = endedProcess(); err != nil {
		return err
	}
	steps := make([]store.NewStep, 0, len(forecast.StepNames()))
	for _, name := range forecast.StepNames() {
		steps = append(steps, store.NewStep{Name: name})
	}
	drive, err := s.TakePlan(ctx, p.ID, store.Holder{Actor: "aki", ID: ended}, clock()().Add(time.Hour), nil)
	if err != nil {
		return err
	}
	for i, row := range p.Rows {
		from := row.State
		row.State = forecast.RowRunning
		claim, err := s.Begin(ctx, store.NewAttempt{
			Date: row.Date, Cause: forecast.CauseBackfill, Actor: "aki", Definition: p.Definition, Zone: def.Timezone,
			Generation: fmt.Sprintf("g%d", i), Steps: steps, Drive: drive, Row: row, From: from,
			Holder: store.Holder{Actor: "aki", ID: self}, Expires: clock()().Add(time.Hour),
		})
		if err == nil {
			err = s.StartTry(ctx, claim, store.Try{K: 1, Process: ended, Dir: fmt.Sprintf("runs/%s", claim.Execution())})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// endedProcess returns the number of a process that is no more.
func endedProcess() (int, error) {
	command := exec.Command("true")
	err := command.Run()
	return command.Process.Pid, err
}

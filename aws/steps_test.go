package aws_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

func theDay() calendar.Date { return calendar.Of(2026, time.January, 10) }

func runRequest() forecast.PlanRequest {
	return forecast.PlanRequest{Kind: forecast.PlanRun, Dates: []calendar.Date{theDay()}, Cause: forecast.CauseManual, Actor: "aki"}
}

func rerunRequest() forecast.PlanRequest {
	return forecast.PlanRequest{
		Kind: forecast.PlanRerun, Dates: []calendar.Date{theDay()}, Start: forecast.StartFailedStep, Cause: forecast.CauseRerun, Actor: "aki",
	}
}

// carryOut plans and drives to the end, and returns the row and the date's last
// attempt.
func carryOut(t *testing.T, e *aws.Engine, r forecast.PlanRequest) (forecast.PlanRow, forecast.Execution) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	p, err := e.Plan(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = e.Apply(ctx, p.ID); err == nil {
		err = e.Drive(ctx, p.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	all, err := e.Executions(ctx, theDay())
	if err != nil || len(all) == 0 {
		t.Fatalf("Executions = %d, %v", len(all), err)
	}
	row, _ := p.Row(theDay())
	return row, all[len(all)-1]
}

// ran are the steps of an execution that had jobs of their own in it.
func ran(x awssim.Execution) string {
	var names []string
	for _, s := range x.Steps {
		if s.Job != "" && !s.Reused {
			names = append(names, s.Name)
		}
	}
	return strings.Join(names, " ")
}

func statuses(x forecast.Execution) string {
	var words []string
	for _, s := range x.Steps {
		words = append(words, string(s.Status))
	}
	return strings.Join(words, "/")
}

func failsOnce(name forecast.StepName) enginetest.Script {
	return enginetest.Script{theDay(): {name: {enginetest.Fails("flaky"), {}}}}
}

func TestRerunSelects(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		failed, from forecast.StepName
		ran          string
	}{
		{forecast.Train, forecast.Train, "Train TrainEvaluation Predict PostProc"},
		{forecast.Predict, forecast.Predict, "Predict PostProc"},
		{forecast.PostProc, forecast.Predict, "Predict PostProc"},
	} {
		t.Run(string(tt.failed), func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, enginetest.Definition(), failsOnce(tt.failed), accountOptions{layout: settings.LayoutSteps})
			e := a.open(t, nil)
			_, first := carryOut(t, e, runRequest())
			row, second := carryOut(t, e, rerunRequest())
			if want := "; selective execution from " + string(tt.from); !strings.HasSuffix(row.Reason, want) {
				t.Errorf("the plan says %q; want %q", row.Reason, want)
			}
			if second.Status != forecast.Succeeded || second.Parent != first.ID {
				t.Errorf("the rerun is %s %+v of %s; want Succeeded, of %s", second.Status, second.Reason, second.Parent, first.ID)
			}
			all := a.sim.Executions("exercise")
			if got := ran(all[len(all)-1]); len(all) != 2 || got != tt.ran {
				t.Errorf("%d executions, the last one ran %q; want 2, %q", len(all), got, tt.ran)
			}
			// What was taken over is found where it was made.
			evaluation, err := e.Evaluation(t.Context(), second.ID)
			if err != nil || evaluation.Execution != second.ID || evaluation.Measures["wape"] != 0.2 {
				t.Errorf("Evaluation = %+v, %v", evaluation, err)
			}
			series, err := e.Forecasts(t.Context(), forecast.SeriesQuery{Date: theDay()})
			if err != nil || len(series) != 2 || len(series[0].Actuals) == 0 {
				t.Errorf("Forecasts = %d series, %v; want 2 with actuals", len(series), err)
			}
		})
	}
}

// SageMaker may refuse to select steps of a branch.
func TestRerunRefusedRunsAll(t *testing.T) {
	t.Parallel()
	a := newAccount(t, enginetest.Definition(), failsOnce(forecast.Train), accountOptions{
		layout: settings.LayoutSteps, quirks: awssim.Quirks{SageMaker: awssim.SageMakerQuirks{NoBranchSelection: true, TokenConflict: true}},
	})
	e := a.open(t, nil)
	carryOut(t, e, runRequest())
	_, second := carryOut(t, e, rerunRequest())
	all := a.sim.Executions("exercise")
	if got := ran(all[len(all)-1]); len(all) != 2 || got != "Extract PreProc Train TrainEvaluation Predict PostProc" {
		t.Errorf("%d executions, the last one ran %q; want 2, the whole date", len(all), got)
	}
	if second.Status != forecast.Succeeded || second.StartStep != forecast.Extract || second.Parent != "" || strings.Contains(statuses(second), "Reused") {
		t.Errorf("the rerun is %s from %s of %q: %s", second.Status, second.StartStep, second.Parent, statuses(second))
	}
}

// SageMaker takes nothing over from an execution that was stopped, nor from one
// of another layout: the plan knows.
func TestRerunOfAnUnfitSource(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		script enginetest.Script
		first  settings.Layout
		why    string
	}{
		{"stopped", enginetest.Script{theDay(): {forecast.Train: {enginetest.Hangs(), {}}}}, settings.LayoutSteps, "Extract: SageMaker takes nothing over from an execution that was stopped"},
		{"of one job", failsOnce(forecast.Train), settings.LayoutFused, "Extract: it ran in one job with others"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, enginetest.Definition(), tt.script, accountOptions{layout: tt.first})
			e := a.open(t, nil)
			if tt.name == "stopped" {
				p := beginRerun(t, e, runRequest())
				awaitStep(t, e, forecast.Train, forecast.StepExecuting)
				if _, err := e.Stop(t.Context(), theDay(), "aki"); err != nil {
					t.Fatal(err)
				}
				<-p
			} else {
				carryOut(t, e, runRequest())
				a.settings.Layout = settings.LayoutSteps
				a.deploy(t)
				e = a.open(t, nil)
			}
			row, second := carryOut(t, e, rerunRequest())
			if !strings.Contains(row.Reason, tt.why) || !strings.Contains(row.Reason, "whole date") || len(row.Reused) > 0 {
				t.Errorf("the plan reuses %v: %q; want nothing: %q", row.Reused, row.Reason, tt.why)
			}
			if second.Status != forecast.Succeeded || strings.Contains(statuses(second), "Reused") {
				t.Errorf("the rerun is %s: %s", second.Status, statuses(second))
			}
		})
	}
}

// beginRerun plans and drives in the background. The channel closes with the drive.
func beginRerun(t *testing.T, e *aws.Engine, r forecast.PlanRequest) <-chan struct{} {
	t.Helper()
	p, err := e.Plan(t.Context(), r)
	if err == nil {
		_, err = e.Apply(t.Context(), p.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := e.Drive(t.Context(), p.ID); err != nil && t.Context().Err() == nil {
			t.Errorf("Drive = %v", err)
		}
	}()
	return done
}

// awaitExecution looks at the date's last attempt until it is as wanted.
func awaitExecution(t *testing.T, e *aws.Engine, what string, want func(forecast.Execution) bool) forecast.Execution {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var last forecast.Execution
	for ctx.Err() == nil {
		all, err := e.Executions(ctx, theDay())
		if err != nil {
			t.Fatal(err)
		}
		if len(all) > 0 {
			if last = all[len(all)-1]; want(last) {
				return last
			}
		}
	}
	t.Fatalf("the attempt is %s %+v (%s); want that it comes to %s", last.Status, last.Reason, statuses(last), what)
	return last
}

func awaitStep(t *testing.T, e *aws.Engine, name forecast.StepName, status forecast.StepStatus) forecast.Execution {
	t.Helper()
	return awaitExecution(t, e, string(name)+" "+string(status), func(x forecast.Execution) bool {
		return slices.ContainsFunc(x.Steps, func(s forecast.Step) bool { return s.Name == name && s.Status == status })
	})
}

// A step whose job has no machine yet is Starting since SageMaker began it.
func TestStepWaitsForItsMachine(t *testing.T) {
	t.Parallel()
	var held atomic.Bool
	a := newAccount(t, enginetest.Definition(), nil, accountOptions{
		layout: settings.LayoutSteps,
		play: func(j awssim.Job) awssim.Play {
			if j.Step == string(forecast.Train) {
				held.Store(true)
				return awssim.Play{StartUp: time.Hour}
			}
			return awssim.Play{}
		},
	})
	e := a.open(t, nil)
	done := beginRerun(t, e, runRequest())
	x := awaitExecution(t, e, "a job of Train without a machine", func(x forecast.Execution) bool {
		return held.Load() && x.Steps[2].Status == forecast.StepStarting
	})
	if got := statuses(x); got != "Succeeded/Succeeded/Starting/Waiting/Waiting/Waiting" || x.Steps[2].Created.IsZero() {
		t.Errorf("steps = %s, Train since %s", got, x.Steps[2].Created)
	}
	if _, err := e.Stop(t.Context(), theDay(), "aki"); err != nil {
		t.Fatal(err)
	}
	<-done
	x = awaitExecution(t, e, "its end", func(x forecast.Execution) bool { return !x.Status.Open() })
	if got := statuses(x); x.Status != forecast.Stopped || got != "Succeeded/Succeeded/Stopped/Skipped/Skipped/Skipped" {
		t.Errorf("stopped, it is %s: %s", x.Status, got)
	}
}

// TestLogsOfAStep reads the log of a step that had a job of its own.
func TestLogsOfAStep(t *testing.T) {
	t.Parallel()
	script := enginetest.Script{theDay(): {
		forecast.Train:   {{Log: []string{"fit a1"}, End: enginetest.Fail}, {Log: []string{"fit a2"}}},
		forecast.Predict: {{Log: []string{"predict"}}},
	}}
	a := newAccount(t, enginetest.Definition(), script, accountOptions{layout: settings.LayoutSteps})
	e := a.open(t, nil)
	_, first := carryOut(t, e, runRequest())
	_, second := carryOut(t, e, rerunRequest())
	for _, tt := range []struct {
		id         forecast.ExecutionID
		step       forecast.StepName
		want, none []string
	}{
		{first.ID, forecast.Train, []string{"fit a1"}, []string{"fit a2", "predict", "step Extract"}},
		{second.ID, forecast.Train, []string{"fit a2"}, []string{"fit a1", "predict"}},
		{second.ID, forecast.Extract, nil, []string{"step Extract"}},
		{second.ID, "", []string{"fit a2", "predict", "step PostProc"}, []string{"fit a1", "step Extract"}},
	} {
		lines := readStepLog(t, e, forecast.LogQuery{Execution: tt.id, Step: tt.step})
		for _, line := range tt.want {
			if !slices.Contains(lines, line) {
				t.Errorf("the log of %s %s has no %q: %q", tt.id, tt.step, line, lines)
			}
		}
		for _, line := range tt.none {
			if slices.Contains(lines, line) {
				t.Errorf("the log of %s %s has %q, which is another's", tt.id, tt.step, line)
			}
		}
	}
}

func readStepLog(t *testing.T, e *aws.Engine, q forecast.LogQuery) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	stream, err := e.Logs(ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stream.Close() }()
	var lines []string
	for {
		more, err := stream.Next(ctx)
		if errors.Is(err, io.EOF) {
			return lines
		}
		if err != nil {
			t.Fatalf("the log of %s %s: %v", q.Execution, q.Step, err)
		}
		for _, line := range more {
			lines = append(lines, line.Text)
		}
	}
}

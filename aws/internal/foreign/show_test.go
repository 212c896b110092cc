package foreign_test

import (
	"testing"
	"time"

	"github.com/daybatch/daybatch/aws/internal/foreign"
	"github.com/daybatch/daybatch/aws/internal/runs"
	"github.com/daybatch/daybatch/forecast"
)

func step(name string, status forecast.StepStatus, minute int, change ...func(*runs.Step)) runs.Step {
	s := runs.Step{Name: name, Status: status, Started: at(minute), Tries: 1, Kind: runs.Processing, Job: "job-" + name}
	if !status.Open() {
		s.Ended = at(minute + 4)
	}
	for _, c := range change {
		c(&s)
	}
	return s
}

func outcome(word string) func(*runs.Step) {
	return func(s *runs.Step) { s.Kind, s.Job, s.Outcome = runs.NoJob, "", word }
}

func TestShow(t *testing.T) {
	t.Parallel()
	sources := func(run string) forecast.ExecutionID { return forecast.ExecutionID("attempt of " + run) }
	ingest, train, evaluate := step("Ingest", forecast.StepSucceeded, 0), step("Train", forecast.StepSucceeded, 5), step("Evaluate", forecast.StepSucceeded, 10)
	source := "arn:aws:sagemaker:eu-west-1:123456789012:pipeline/x/execution/before"
	tests := []struct {
		name  string
		look  foreign.Look
		want  string
		class forecast.ReasonClass
		text  string
	}{
		{
			"waits for a machine",
			foreign.Look{Run: runs.Run{Status: forecast.Executing}, Steps: []runs.Step{ingest, step("Train", forecast.StepExecuting, 5)}, Jobs: map[string]runs.Detail{"Train": {Job: runs.Job{Name: "job-Train", Created: at(5)}}}},
			"Ingest Succeeded, Train Starting, Evaluate Waiting, QualityGate Waiting, Publish Waiting, QualityFailed Waiting", "", "",
		},
		{
			"the other branch is out",
			foreign.Look{Run: runs.Run{Status: forecast.Executing}, Steps: []runs.Step{ingest, train, evaluate, step("QualityGate", forecast.StepSucceeded, 15, outcome("True"))}},
			"Ingest Succeeded, Train Succeeded, Evaluate Succeeded, QualityGate Succeeded, Publish Waiting, QualityFailed Skipped", "", "",
		},
		{
			"a gate refuses",
			foreign.Look{Run: runs.Run{Status: forecast.Failed, Reason: "Step failure"}, Steps: []runs.Step{
				ingest, train, evaluate, step("QualityGate", forecast.StepSucceeded, 15, outcome("False")),
				step("QualityFailed", forecast.StepFailed, 16, func(s *runs.Step) { s.Kind, s.Message = runs.NoJob, "AUC below 0.75" }),
			}},
			"Ingest Succeeded, Train Succeeded, Evaluate Succeeded, QualityGate Succeeded, Publish Skipped, QualityFailed Failed",
			forecast.ReasonGate, "QualityFailed: AUC below 0.75",
		},
		{
			"a container says why",
			foreign.Look{Run: runs.Run{Status: forecast.Failed}, Steps: []runs.Step{step("Ingest", forecast.StepFailed, 0, func(s *runs.Step) { s.Reason = "ClientError: Failed\nRetry not appropriate" })}, Jobs: map[string]runs.Detail{
				"Ingest": {Job: runs.Job{Name: "job-Ingest"}, Reason: "AlgorithmError: exit code 1", Message: "no rows of 2026-01-19"},
			}},
			"Ingest Failed, Train Skipped, Evaluate Skipped, QualityGate Skipped, Publish Skipped, QualityFailed Skipped",
			forecast.ReasonStep, "Ingest: no rows of 2026-01-19\nAlgorithmError: exit code 1",
		},
		{
			"no machine to be had",
			foreign.Look{Run: runs.Run{Status: forecast.Failed}, Steps: []runs.Step{step("Ingest", forecast.StepFailed, 0, func(s *runs.Step) {
				s.Kind, s.Job, s.Reason = runs.NoJob, "", "ClientError: ResourceLimitExceeded\nNo retry policy configured for the exception type SAGEMAKER_RESOURCE_LIMIT."
			})}},
			"Ingest Failed, Train Skipped, Evaluate Skipped, QualityGate Skipped, Publish Skipped, QualityFailed Skipped",
			forecast.ReasonInfrastructure, "Ingest: ClientError: ResourceLimitExceeded",
		},
		{
			"a selective execution that lists what it took over",
			foreign.Look{Run: runs.Run{Status: forecast.Executing, Source: source, Selected: []string{"Evaluate", "QualityGate", "Publish", "QualityFailed"}}, Steps: []runs.Step{
				step("Train", forecast.StepReused, 0, func(s *runs.Step) { s.Source = source }), step("Evaluate", forecast.StepStopping, 10),
			}},
			"Ingest Reused, Train Reused, Evaluate Stopping, QualityGate Waiting, Publish Waiting, QualityFailed Waiting", "", "",
		},
		{
			"stopped",
			foreign.Look{Run: runs.Run{Status: forecast.Stopped}, Steps: []runs.Step{ingest, step("Train", forecast.StepStopped, 5)}},
			"Ingest Succeeded, Train Stopped, Evaluate Skipped, QualityGate Skipped, Publish Skipped, QualityFailed Skipped",
			forecast.ReasonStopped, "stopped",
		},
		{
			"a step that the definition does not have",
			foreign.Look{Run: runs.Run{Status: forecast.Failed, Reason: "Step failure"}, Steps: []runs.Step{step("Other", forecast.StepSucceeded, 0)}},
			"Ingest Skipped, Train Skipped, Evaluate Skipped, QualityGate Skipped, Publish Skipped, QualityFailed Skipped, Other Succeeded",
			forecast.ReasonInfrastructure, "the execution failed in SageMaker: Step failure",
		},
	}
	for _, tt := range tests {
		tt.look.Graph = graph(t)
		x := foreign.Show(tt.look, sources)
		if got := words(x.Steps); got != tt.want || x.Reason.Class != tt.class || x.Reason.Text != tt.text {
			t.Errorf("%s:\n%s, %+v; want\n%s, %s %q", tt.name, got, x.Reason, tt.want, tt.class, tt.text)
		}
		if x.Ended.IsZero() != tt.look.Run.Status.Open() {
			t.Errorf("%s: ended %s while it is %s", tt.name, x.Ended, tt.look.Run.Status)
		}
		for _, s := range x.Steps {
			if s.Status == forecast.StepReused && s.ReusedFrom != "attempt of before" {
				t.Errorf("%s: %s is from %q; want the attempt that the source was", tt.name, s.Name, s.ReusedFrom)
			}
		}
	}
}

// TestShowTimes: a wait for a machine and work are apart; the end is that of the
// last step, whenever the execution was renamed.
func TestShowTimes(t *testing.T) {
	t.Parallel()
	look := foreign.Look{
		Run: runs.Run{Status: forecast.Succeeded, Changed: at(59)}, Graph: graph(t), Steps: []runs.Step{step("Train", forecast.StepSucceeded, 5)},
		Jobs: map[string]runs.Detail{"Train": {Job: runs.Job{Name: "job-Train", Created: at(5), Started: at(8), Ended: at(9)}, Metrics: map[string]float64{"auc": 0.8}}},
	}
	x := foreign.Show(look, func(string) forecast.ExecutionID { return "" })
	train := x.Steps[1]
	if train.StartUp(at(50)) != 3*time.Minute || train.Took(at(50)) != time.Minute || !x.Ended.Equal(at(9)) || !train.Measures || x.Steps[0].Measures {
		t.Errorf("Train = %+v, ended %s; want three minutes of waiting, one of work, and its metrics", train, x.Ended)
	}
}

// TestShowEstimate: a bill that is not all SageMaker's own says so, where the step
// says what it made or why it failed.
func TestShowEstimate(t *testing.T) {
	t.Parallel()
	parts := make([]runs.Job, 3)
	for i := range parts {
		parts[i].Ended = at(4)
	}
	for status, want := range map[forecast.StepStatus]string{
		forecast.StepSucceeded: "3 training jobs; its cost is an estimate, by the bill of 2 training jobs",
		forecast.StepFailed:    "no machine\nits cost is an estimate, by the bill of 2 training jobs",
	} {
		tune := step("Train", status, 0, func(s *runs.Step) { s.Kind = runs.Tuning })
		look := foreign.Look{
			Run: runs.Run{Status: forecast.Executing}, Graph: graph(t), Steps: []runs.Step{tune},
			Jobs: map[string]runs.Detail{"Train": {Job: runs.Job{Started: at(0), Ended: at(4)}, Parts: parts, Estimated: 1, Reason: "no machine"}},
		}
		for _, got := range foreign.Show(look, nil).Steps {
			if got.Name == "Train" && got.Reason.Text != want {
				t.Errorf("%s says %q; want %q", status, got.Reason.Text, want)
			}
		}
	}
}

// TestIdle finds how long nothing of an execution ran that was retried.
func TestIdle(t *testing.T) {
	t.Parallel()
	const day = 24 * 60
	reused := step("Ingest", forecast.StepReused, 3*day, func(s *runs.Step) { s.Source = "before" })
	for name, tt := range map[string]struct {
		steps []runs.Step
		want  time.Duration
	}{
		"never ended":             {[]runs.Step{step("Ingest", forecast.StepSucceeded, 0), step("Train", forecast.StepExecuting, 5)}, 0},
		"the first step failed":   {[]runs.Step{step("Ingest", forecast.StepSucceeded, 2*day), step("Train", forecast.StepSucceeded, 2*day+5)}, 2 * day * time.Minute},
		"the second step failed":  {[]runs.Step{step("Train", forecast.StepSucceeded, 2*day), step("Ingest", forecast.StepSucceeded, 0)}, (2*day - 4) * time.Minute},
		"retried twice":           {[]runs.Step{step("Ingest", forecast.StepSucceeded, 0), step("Train", forecast.StepSucceeded, day), step("Evaluate", forecast.StepExecuting, 2*day)}, (2*day - 8) * time.Minute},
		"what is taken over":      {[]runs.Step{step("Ingest", forecast.StepSucceeded, 0), reused}, 0},
		"a step that takes a day": {[]runs.Step{step("Ingest", forecast.StepExecuting, 0), step("Train", forecast.StepSucceeded, day)}, 0},
		"no step yet":             {nil, 0},
	} {
		got := foreign.Show(foreign.Look{Run: runs.Run{Status: forecast.Executing, Started: at(0)}, Steps: tt.steps}, func(string) forecast.ExecutionID { return "" })
		if got.Idle != tt.want {
			t.Errorf("%s: idle %s; want %s", name, got.Idle, tt.want)
		}
	}
	x := forecast.Execution{Started: at(0), Ended: at(2 * day), Idle: (2*day - 20) * time.Minute}
	if got := x.Took(at(3 * day)); got != 20*time.Minute {
		t.Errorf("it took %s; want 20m", got)
	}
}

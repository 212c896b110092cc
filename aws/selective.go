package aws

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/aws/internal/definition"
	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/aws/internal/runs"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/logkey"
	"github.com/daybatch/daybatch/forecast/plan"
	"github.com/daybatch/daybatch/forecast/step"
)

// Where each step has a job of its own, steps are taken over by a selective
// execution: SageMaker runs the selected steps, and gives them the outputs of the
// others as they are in the source. In a job with all steps the job does that
// itself, and needs no more than the parameters Start and Parent.
//
// SageMaker takes nothing over from an execution that was stopped, or of another
// pipeline; whether it lets steps of a Condition's branch be selected is written
// nowhere. What can be known before is in the plan, which then has the whole date
// run. If it refuses all the same, the attempt runs the whole date.

// selected returns the steps of a selective execution that starts at a step: it
// and all after it, with the gate and both its branches: what the gate lets
// through is not known to be selectable without it.
func (e *Engine) selected(from forecast.StepName) []string {
	names := forecast.StepNames()
	var all []string
	for _, name := range names[max(0, slices.Index(names, from)):] {
		all = append(all, string(name))
	}
	if e.gated() {
		all = append(all, definition.StepGate, definition.StepGateFailed)
	}
	return all
}

// gated reports whether the pipeline has a gate.
func (e *Engine) gated() bool {
	gate := e.definition.Gate
	return gate.WAPE > 0 || gate.MASE > 0 || gate.Versus != ""
}

// begin asks SageMaker for the execution of an attempt. The answer is empty if it
// is too early for that.
func (e *Engine) begin(ctx context.Context, a record.Attempt) (string, error) {
	s := runs.Start{Name: a.Carrier, Token: a.Token, Parameters: a.Parameters}
	if len(a.Selected) > 0 {
		source, err := e.source(ctx, a)
		if err != nil {
			return "", err
		}
		if source.Status.Open() {
			return "", nil
		}
		s.Source, s.Selected = source.ARN, a.Selected
	}
	return e.runs.Start(ctx, s) //nolint:wrapcheck // it names the execution
}

// source returns the execution that an attempt takes steps over from. Its job has
// recorded how it ended before SageMaker says so, and until then SageMaker takes
// nothing over from it.
func (e *Engine) source(ctx context.Context, a record.Attempt) (runs.Run, error) {
	r, err := e.dates.Load(ctx, a.Date.String())
	if err != nil {
		return runs.Run{}, err //nolint:wrapcheck // it names the record
	}
	for _, before := range r.Attempts {
		if before.ARN != "" && before.Run() == a.Source {
			return e.run(ctx, before.ARN)
		}
	}
	return runs.Run{}, fmt.Errorf("start %s: %w: the record of its date does not know execution %s, from which it takes steps over", a.ID, forecast.ErrInvalid, a.Source)
}

// beginAny is begin, and again for the whole date if SageMaker refuses to take
// steps over.
func (e *Engine) beginAny(ctx context.Context, a record.Attempt) (string, error) {
	arn, err := e.begin(ctx, a)
	if len(a.Selected) == 0 || !errors.Is(err, forecast.ErrInvalid) {
		return arn, err
	}
	e.options.Log.WarnContext(ctx, "no steps are taken over: the whole date runs",
		slog.String(logkey.Execution, string(a.ID)), slog.String(logkey.Error, err.Error()))
	// Written first, so that whoever starts the attempt starts this.
	r, err := e.dates.Change(ctx, a.Date.String(), func(r record.Date) (record.Date, error) { return r.Revise(e.whole(a)) })
	if err != nil {
		return "", fmt.Errorf("start %s with all steps: %w", a.ID, err)
	}
	if a, err = r.Attempt(a.Attempt); err != nil {
		return "", err //nolint:wrapcheck // it names the attempt
	}
	if a.ARN != "" {
		return a.ARN, nil // another engine has started it
	}
	return e.begin(ctx, a)
}

// whole returns an attempt that takes nothing over.
func (e *Engine) whole(a record.Attempt) record.Attempt {
	a.Source, a.Selected, a.Parent, a.StartStep, a.Steps = "", nil, "", forecast.Extract, e.waitingSteps()
	a.Parameters = maps.Clone(a.Parameters)
	a.Parameters[definition.ParameterStart], a.Parameters[definition.ParameterParent] = string(forecast.Extract), definition.None
	return a
}

// unfit returns why SageMaker would take over no step at all from an attempt,
// empty if it would.
func (e *Engine) unfit(ctx context.Context, a record.Attempt) (string, error) {
	if !e.jobPerStep() {
		return "", nil
	}
	if a.ARN == "" {
		return fmt.Sprintf("a%d has no execution in SageMaker", a.Attempt), nil
	}
	run, err := e.run(ctx, a.ARN)
	switch {
	case errors.Is(err, forecast.ErrNotFound):
		return fmt.Sprintf("SageMaker does not know a%d any more", a.Attempt), nil
	case err != nil:
		return "", err
	case run.Status == forecast.Stopping || run.Status == forecast.Stopped:
		return fmt.Sprintf("SageMaker takes nothing over from an execution that was stopped, as that of a%d was", a.Attempt), nil
	default: // one that is Executing still ends in a moment: its job has
		return "", nil
	}
}

// unfitStep returns why SageMaker would not take over a step, though its outputs
// are good; empty if it would.
func (e *Engine) unfitStep(made record.ProgressStep) string {
	if !e.jobPerStep() {
		return ""
	}
	if made.Name == forecast.Predict && e.gated() {
		// The gate is selected with PostProc, and all between two selected steps is.
		return "it comes after the gate, which is passed again"
	}
	if made.Name == forecast.Train && made.Archived != e.options.Settings.Trains() {
		return "its job was of another kind than sagemaker.train_as says"
	}
	if made.Prefix != naming.OwnOutputPrefix(made.Run, made.Name, step.Output(made.Name)) {
		return "it ran in one job with others, from which SageMaker takes nothing over"
	}
	return ""
}

// way says in a plan in which way a date runs again. Of another team's pipeline that is
// said where it is chosen.
func (e *Engine) way(kind forecast.PlanKind, row forecast.PlanRow) forecast.PlanRow {
	switch {
	case row.Action != forecast.ActionRun || e.theirs != nil:
	case len(row.Reused) > 0 && e.jobPerStep():
		row.Reason += fmt.Sprintf("; selective execution from %s", row.StartStep)
	case kind == forecast.PlanRerun || len(row.Reused) > 0:
		row.Reason += "; fresh execution"
	}
	return row
}

// callsFor says how often SageMaker is asked for an execution, if no date drifts and none is
// tried again. Whole dates share executions as far as they may.
func callsFor(p forecast.Plan) string {
	retries, alone, whole := 0, 0, 0
	for _, row := range p.Rows {
		switch {
		case row.Action != forecast.ActionRun:
		case row.Reopens != "":
			retries++
		case len(row.Reused) > 0:
			alone++
		default:
			whole++
		}
	}
	var words []string
	if n := alone + plan.Starts(whole, p.MaxActive, p.Chunk); n > 0 {
		words = append(words, fmt.Sprintf("%d StartPipelineExecution", n))
	}
	if retries > 0 {
		words = append(words, fmt.Sprintf("%d RetryPipelineExecution", retries))
	}
	return strings.Join(words, ", ")
}

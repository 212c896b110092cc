package aws

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/aws/internal/definition"
	"github.com/daybatch/daybatch/aws/internal/foreign"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
)

// describe adds to the description of the pipeline what is its own.
func (t *theirs) describe(ctx context.Context, p forecast.Pipeline) (forecast.Pipeline, error) {
	steps, err := t.steps(ctx)
	if err != nil {
		return p, fmt.Errorf("read pipeline %s: %w", t.dating.Pipeline, err)
	}
	p.Steps, p.Foreign = steps, t.dating.Pipeline
	return p, nil
}

// unsupported is the error of what can't be known or done there.
func (t *theirs) unsupported(doing, why string) error {
	if doing != "" {
		doing += ": "
	}
	return fmt.Errorf("%s%w: %s is another team's pipeline (sagemaker.foreign), %s", doing, forecast.ErrUnsupported, t.dating.Pipeline, why)
}

// Reasons why something can't be known or done.
const (
	noPartitions = "and daybatch does not know what it publishes, nor where: ask that team, or query its tables"
	noStages     = "which publishes when it likes: its dates can't be built first and published together"
	noSharing    = "whose executions make one date each: leave --chunk out"
	noInputs     = "and daybatch does not know what it reads, so neither whether that has changed"
)

// allows refuses requests for plans that the pipeline can't be asked for.
func (t *theirs) allows(ctx context.Context, request forecast.PlanRequest) error {
	switch {
	case request.Publish == forecast.PublishStaged:
		return t.unsupported("stage dates", noStages)
	case request.Chunk > 1:
		return t.unsupported("share machines", noSharing)
	case request.Select == forecast.SelectStale:
		return t.unsupported("select stale dates", noInputs)
	}
	now, err := t.now(ctx)
	if err != nil {
		return err
	}
	if problems := t.unstartable(now.graph); len(problems) > 0 {
		return fmt.Errorf("%w: pipeline %s can't be started: %s", forecast.ErrInvalid, t.dating.Pipeline, strings.Join(problems, "; "))
	}
	// A plan is made of what is, not of what was a few minutes ago.
	t.looks.doubt(t)
	return nil
}

// unstartable returns what is wrong with the parameters that a start would send.
func (t *theirs) unstartable(g definition.Graph) []string {
	if t.dating.DateParameter == "" {
		return []string{"sagemaker.foreign.date_parameter does not say which of its parameters takes the date (" + parameterNames(g) + ")"}
	}
	sent := t.dating.Parameters(0)
	var problems []string
	for name := range sent {
		if !slices.ContainsFunc(g.Parameters, func(p definition.Parameter) bool { return p.Name == name }) {
			problems = append(problems, fmt.Sprintf("it has no parameter %s, it has %s", name, parameterNames(g)))
		}
	}
	for _, p := range g.Parameters {
		if _, ok := sent[p.Name]; p.Required && !ok {
			problems = append(problems, fmt.Sprintf("its parameter %s has no default: give it in sagemaker.foreign.parameters", p.Name))
		}
	}
	slices.Sort(problems)
	return problems
}

func parameterNames(g definition.Graph) string {
	if len(g.Parameters) == 0 {
		return "none"
	}
	names := make([]string, len(g.Parameters))
	for i, p := range g.Parameters {
		names[i] = p.Name
	}
	return strings.Join(names, ", ")
}

// restart says how the next attempt of a date begins.
func (t *theirs) restart(ctx context.Context, from forecast.StartFrom, f plan.Facts) (*plan.Restart, error) {
	now, err := t.now(ctx)
	if err != nil {
		return nil, err
	}
	before := foreign.Before{
		Attempt: f.Last.Attempt, Status: f.Last.Status, Steps: f.Last.Steps, Definition: f.Last.Definition, Now: now.hash,
	}
	if f.Last.Attempt > 0 && from != forecast.StartWhole {
		if err := t.addExecution(ctx, &before, f.Last); err != nil {
			return nil, err
		}
	}
	c := foreign.Choose(from, before, now.graph)
	r := &plan.Restart{
		Step: c.Start, Reused: c.Reused, Why: c.Text(f.Last.Attempt, t.dating.DateParameter+"="+t.dating.DateFormat.Write(f.Date)),
	}
	if c.Way == foreign.Retry {
		r.Reopens = f.Last.ID
	}
	return r, nil
}

// addExecution adds what the execution of an attempt says about what can follow.
func (t *theirs) addExecution(ctx context.Context, b *foreign.Before, last forecast.Execution) error {
	attempts, _, err := t.attempts(ctx, calendar.Range{From: last.Date, To: last.Date})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(attempts[last.Date], func(a foreign.Attempt) bool { return a.Number == last.Attempt })
	if i < 0 || !attempts[last.Date][i].Started() {
		b.Expired = true
		return nil
	}
	run := attempts[last.Date][i].Run
	given, err := t.given(ctx, run)
	if errors.Is(err, forecast.ErrNotFound) {
		b.Expired = true
		return nil
	}
	if err != nil {
		return err
	}
	if b.Graph, _, err = t.graphOf(ctx, run.ARN, b.Definition); err != nil {
		return err
	}
	for name, value := range t.dating.Foreign.Parameters {
		had, ok := given[name]
		if !ok {
			had, _ = b.Graph.Default(name)
		}
		if had != value {
			b.Changed = name
		}
	}
	return nil
}

// evaluation returns what an attempt measured, and what its gate said.
func (t *theirs) evaluation(ctx context.Context, id forecast.ExecutionID) (forecast.Evaluation, error) {
	r, a, err := t.engine.attempt(ctx, id)
	if err != nil {
		return forecast.Evaluation{}, fmt.Errorf("read evaluation: %w", err)
	}
	v, err := t.view(ctx, r, a)
	if err != nil {
		return forecast.Evaluation{}, fmt.Errorf("read evaluation of %s: %w", id, err)
	}
	evaluation := forecast.Evaluation{Date: a.Date, Execution: id, Verdict: forecast.VerdictUndecided, Measures: v.metrics}
	if a.ARN != "" {
		if err := t.judge(ctx, &evaluation, v.execution, a); err != nil {
			return forecast.Evaluation{}, err
		}
	}
	if len(v.metrics) == 0 && len(evaluation.Checks) == 0 {
		why := "no training job of it has metrics, and sagemaker.foreign.evaluation.step names no report"
		if t.dating.EvaluationStep != "" {
			why = "it has not come to that"
		}
		if v.execution.Note != "" {
			why = v.execution.Note
		}
		return forecast.Evaluation{}, fmt.Errorf("read evaluation of %s: it was not evaluated: %w: %s", id, forecast.ErrNotFound, why)
	}
	return evaluation, nil
}

// judge adds what the gates of an attempt said: Conditions that lead to Fail steps.
func (t *theirs) judge(ctx context.Context, e *forecast.Evaluation, x forecast.Execution, a record.Attempt) error {
	graph, _, err := t.graphOf(ctx, a.ARN, x.Definition)
	if err != nil {
		return fmt.Errorf("read evaluation of %s: %w", x.ID, err)
	}
	for _, s := range graph.Steps {
		if !s.Judges() {
			continue
		}
		check := forecast.Check{Name: s.Condition, Verdict: forecast.VerdictUndecided}
		for _, step := range x.Steps {
			switch {
			case string(step.Name) == s.Condition && step.Status.Done() && check.Verdict == forecast.VerdictUndecided:
				check.Verdict, check.Text = forecast.VerdictPassed, s.Condition+" let it pass"
			case string(step.Name) == s.Name && step.Status == forecast.StepFailed:
				check.Verdict, check.Text = forecast.VerdictFailed, step.Reason.Text
			}
		}
		if check.Verdict == forecast.VerdictUndecided {
			continue // it has not come to that
		}
		e.Checks = append(e.Checks, check)
		if e.Verdict != forecast.VerdictFailed {
			e.Verdict = check.Verdict
		}
	}
	return nil
}

// examine finds what is wrong with the project's view of the pipeline.
func (t *theirs) examine(ctx context.Context) ([]finding, error) {
	now, err := t.now(ctx)
	if err != nil {
		return nil, err
	}
	var found []finding
	note := func(severity forecast.Severity, kind, text, advice string) {
		found = append(found, finding{Finding: forecast.Finding{Severity: severity, Kind: kind, Text: text, Advice: advice}})
	}
	for _, problem := range t.unstartable(now.graph) {
		note(forecast.SeverityWarning, "foreign-parameter", problem, "dates can be looked at, and not run, until daybatch.yaml says so")
	}
	if step := t.dating.EvaluationStep; step != "" {
		if s, ok := now.graph.Step(step); !ok || len(s.Reports) == 0 {
			note(forecast.SeverityWarning, "foreign-evaluation", "the pipeline has no step "+step+" with a property file", "set sagemaker.foreign.evaluation.step to one that has, or leave it out")
		}
	}
	executions, err := t.executions(ctx)
	if err != nil {
		return nil, err
	}
	assumed := 0
	for _, x := range executions {
		if x.Assumed != "" {
			assumed++
		}
	}
	if assumed > 0 {
		note(forecast.SeverityNote, "foreign-date", fmt.Sprintf("of %d executions %d don't tell their dates, which are assumed from when they were started", len(executions), assumed),
			"set date_parameter, time_parameter or display_name of sagemaker.foreign to where the date is")
	}
	return found, nil
}

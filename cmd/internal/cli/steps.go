package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/cmd/internal/config"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// stepsOptions are those of the verb steps.
type stepsOptions struct {
	app     *app
	args    []string
	attempt int
}

func newSteps(a *app) *cobra.Command {
	opts := stepsOptions{app: a}
	cmd := &cobra.Command{
		Use:   "steps [DATE]",
		Short: "List the steps of a date's attempt",
		Long: `List the steps of a date's last attempt, or of the one that --attempt names, with
how each ended and why. On SageMaker it shows apart how long each waited for its
machine, and what the attempt cost. Without DATE it is the newest date that is due.

` + dateHelp,
		Example: `  daybatch steps
  daybatch steps 2026-01-15 --attempt 1`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.args = args
			return runSteps(cmd.Context(), opts)
		},
	}
	cmd.Flags().IntVar(&opts.attempt, "attempt", 0, "number of the attempt (default: the last)")
	return cmd
}

func runSteps(ctx context.Context, opts stepsOptions) error {
	return opts.app.with(ctx, reading, func(s *session) error {
		date, err := s.date(opts.args)
		if err != nil {
			return err
		}
		execution, err := s.attempt(ctx, date, opts.attempt)
		if err != nil {
			return err
		}
		return opts.app.print(s.stepsListing(execution))
	})
}

// stepNamed reads the name of a step of the pipeline; empty: none is meant.
func (s *session) stepNamed(text string) (forecast.StepName, error) {
	if text == "" {
		return "", nil
	}
	return config.StepName(text, s.pipeline.Steps) //nolint:wrapcheck // it says all
}

// attempt reads an attempt of a date; number 0 is the last one.
func (s *session) attempt(ctx context.Context, d calendar.Date, number int) (forecast.Execution, error) {
	attempts, err := s.engine.Executions(ctx, d)
	if err != nil {
		return forecast.Execution{}, doing("read attempts of "+d.String(), err)
	}
	if len(attempts) == 0 {
		err := fmt.Errorf("%s has no attempt: %w", d, forecast.ErrNotFound)
		return forecast.Execution{}, &hintError{err, s.unmade(d)}
	}
	if number == 0 {
		return attempts[len(attempts)-1], nil
	}
	for _, attempt := range attempts {
		if attempt.Attempt == number {
			return attempt, nil
		}
	}
	return forecast.Execution{}, fmt.Errorf("%s has no attempt %d, it has %d: %w", d, number, len(attempts), forecast.ErrNotFound)
}

// unmade says what to do about a date that was never run. One that is not owed can't be.
func (s *session) unmade(d calendar.Date) string {
	switch p := s.pipeline; {
	case d > p.Newest:
		return "it is not due: the newest date that is, `latest`, is " + p.Newest.String()
	case d < p.Start:
		return "it is not owed: the pipeline starts at " + p.Start.String()
	default:
		return "run it with `daybatch run " + d.String() + "`"
	}
}

func (s *session) stepsListing(e forecast.Execution) listing {
	now := s.app.env.Now()
	style := s.app.style
	l := listing{
		header: []string{"STEP", "STATUS", "TOOK ", "TRIES ", "REASON"},
		items:  makeStepItems(e.Steps, now),
		about:  makeAttemptItem(e, now),
		fields: []string{"name", "status", "tries", "started", "duration_s", "reason_class", "reason", "reused_from", "start_up_s"},
	}
	if s.machines() {
		l.header = slices.Insert(l.header, 2, "START-UP ")
	}
	for _, step := range e.Steps {
		tries, duration := "", ""
		if step.Tries > 0 {
			tries = strconv.Itoa(step.Tries)
		}
		if !step.Started.IsZero() {
			duration = strconv.FormatFloat(step.Took(now).Seconds(), 'f', 3, 64)
		}
		reason := firstLine(step.Reason.Text)
		if step.ReusedFrom != "" {
			reason = "from " + string(step.ReusedFrom)
		}
		row := []string{string(step.Name), style.state(stepMark(step.Status), string(step.Status)), took(step.Took(now)), tries, reason}
		if s.machines() {
			row = slices.Insert(row, 2, took(step.StartUp(now)))
		}
		l.rows = append(l.rows, row)
		l.records = append(l.records, []string{
			string(step.Name), string(step.Status), strconv.Itoa(step.Tries), stamp(step.Started), duration,
			string(step.Reason.Class), step.Reason.Text, string(step.ReusedFrom),
			strconv.FormatFloat(step.StartUp(now).Seconds(), 'f', 3, 64),
		})
	}
	l.notes = append(l.notes, "", s.attemptLine(e))
	if e.Note != "" {
		l.notes = append(l.notes, e.Note)
	}
	return l
}

// machines reports whether steps run on machines that have to start and are paid.
func (s *session) machines() bool { return s.config.Engine == config.EngineSageMaker }

// askedBy says why there is an attempt and who asked for it. The scheduler's name
// is its cause too, and is said once.
func askedBy(e forecast.Execution) string {
	if e.Actor == string(e.Cause) {
		return fmt.Sprintf("%s on %s", e.Cause, e.Host)
	}
	return fmt.Sprintf("%s by %s@%s", e.Cause, e.Actor, e.Host)
}

// attemptLine says in one line which attempt it was and who asked for it.
func (s *session) attemptLine(e forecast.Execution) string {
	words := []string{
		e.Date.String(), fmt.Sprintf("attempt %d", e.Attempt), e.Word(),
		askedBy(e), "definition " + e.Definition,
	}
	if e.Cost > 0 {
		words = append(words, money(e.Cost))
	}
	if e.Plan != "" {
		words = append(words, "plan "+string(e.Plan))
	}
	if e.Generation != "" {
		words = append(words, "generation "+e.Generation)
	}
	return strings.Join(words, ", ")
}

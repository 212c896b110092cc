package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// onInterrupt is what an interrupt does to a plan that is being carried out.
type onInterrupt int

const (
	stopPlan  onInterrupt = iota // its attempts are stopped and it ends
	leavePlan                    // it stays active, for any process to go on with
)

// change is a request that a verb makes.
type change struct {
	request     forecast.PlanRequest
	dryRun      bool
	interrupted onInterrupt
}

// carryOut makes a plan, shows it, asks, applies it, and carries it out.
func (s *session) carryOut(ctx context.Context, c change) error {
	c.request.Actor = s.actor
	plan, err := s.engine.Plan(ctx, c.request)
	if err != nil {
		return doing("plan", err)
	}
	if c.dryRun {
		return s.app.print(s.planListing(plan))
	}
	if idle(plan) {
		s.discard(ctx, plan)
		return s.nothingToDo(ctx, plan)
	}
	if err := s.app.printTable(s.app.env.Stderr, s.planSummary(plan)); err != nil {
		return err
	}
	if err := s.confirm(ctx, planQuestion(plan), plan.Count(forecast.ActionRun)); err != nil {
		if errors.Is(err, errDeclined) {
			s.discard(ctx, plan)
		}
		return err
	}
	return s.applyPlan(ctx, plan, c.interrupted)
}

// idle reports whether a plan runs no date and waits for none.
func idle(plan forecast.Plan) bool {
	return plan.Count(forecast.ActionRun)+plan.Count(forecast.ActionJoin)+plan.Count(forecast.ActionBlock) == 0
}

// discard removes a draft that nobody wants. One that stays does no harm.
func (s *session) discard(ctx context.Context, draft forecast.Plan) {
	_, _ = s.engine.Control(ctx, draft.ID, forecast.VerbDiscard, s.actor)
}

// nothingToDo says why a plan does nothing, which is fine if all that was asked
// for is there.
func (s *session) nothingToDo(ctx context.Context, plan forecast.Plan) error {
	if err := s.app.printTable(s.app.env.Stderr, s.planSummary(plan)); err != nil {
		return err
	}
	fmt.Fprintln(s.app.env.Stderr, "nothing to do")
	days, err := s.daysOf(ctx, plan.Rows)
	if err != nil {
		return err
	}
	if err := s.app.print(s.daysListing(days)); err != nil {
		return err
	}
	if plan.Request.Kind == forecast.PlanBackfill {
		return nil
	}
	for _, day := range days {
		if day.State != forecast.DaySucceeded {
			return statusError(exitUsage)
		}
	}
	return nil
}

// applyPlan applies a plan, carries it out, and shows how its dates came out.
func (s *session) applyPlan(ctx context.Context, plan forecast.Plan, interrupted onInterrupt) error {
	apply := s.engine.Apply
	if plan.State == forecast.PlanDraft { // else it has begun, and is only carried out
		apply = s.record.apply
	}
	plan, err := apply(ctx, plan.ID)
	if err != nil {
		return fmt.Errorf("apply plan %s: %w", plan.ID, err)
	}
	plan, err = s.drive(ctx, plan, interrupted)
	if err != nil {
		return err
	}
	return s.report(context.WithoutCancel(ctx), plan, ctx.Err() != nil)
}

// report shows the dates that a plan ran and returns the exit code as an error.
func (s *session) report(ctx context.Context, plan forecast.Plan, interrupted bool) error {
	var rows []forecast.PlanRow
	for _, row := range plan.Rows {
		if row.Action != forecast.ActionSkip {
			rows = append(rows, row)
		}
	}
	days, err := s.daysOf(ctx, rows)
	if err != nil {
		return err
	}
	if err := s.app.print(s.daysListing(days)); err != nil {
		return err
	}
	fmt.Fprintln(s.app.env.Stderr, planEnd(plan))
	s.afterwards(plan, days)
	switch {
	case interrupted:
		return statusError(exitInterrupted)
	case plan.Outcome == forecast.OutcomeSucceeded, plan.Outcome == forecast.OutcomeRolledBack, allStaged(plan):
		return nil
	case anySucceeded(plan):
		return statusError(exitPartly)
	case slices.ContainsFunc(days, func(d forecast.Day) bool { return deniedStart(d) != "" }):
		return statusError(exitDenied)
	default:
		return statusError(exitFailed)
	}
}

// deniedStart returns the action without whose right a day could not be started; empty:
// that is not why it failed.
func deniedStart(day forecast.Day) string {
	if day.State != forecast.DayFailed || day.Reason.Class != forecast.ReasonConfig {
		return ""
	}
	return deniedAction(day.Reason.Text)
}

// afterwards says what to do next.
func (s *session) afterwards(plan forecast.Plan, days []forecast.Day) {
	out := s.app.env.Stderr
	if plan.State == forecast.PlanReview {
		fmt.Fprintf(out, "hint: `daybatch backfill diff %s` compares it with what readers see, `daybatch backfill publish %s` publishes it\n", plan.ID, plan.ID)
		return
	}
	if plan.State != forecast.PlanEnded {
		fmt.Fprintf(out, "hint: the plan goes on with `daybatch backfill resume %s`, and ends with `daybatch backfill stop %s`\n", plan.ID, plan.ID)
	}
	for _, day := range days {
		step, ok := day.FailedStep()
		switch {
		case !ok || !day.State.Bad() && day.State != forecast.DayWaiting:
			continue
		case day.State == forecast.DayGated:
			fmt.Fprintf(out, "hint: `daybatch metrics %s` shows what the gate saw\n", day.Date)
		case day.State == forecast.DayWaiting:
			fmt.Fprintf(out, "hint: `daybatch rerun %s` tries again when the rows are there\n", day.Date)
		case deniedStart(day) != "":
			fmt.Fprintf(out, "hint: %s; `daybatch rerun %s` tries again\n", allowHint(deniedStart(day)), day.Date)
		default:
			fmt.Fprintf(out, "hint: `daybatch logs %s --step %s` shows what it wrote, `daybatch rerun %s` tries again\n",
				day.Date, strings.ToLower(string(step.Name)), day.Date)
		}
		return
	}
}

// allStaged reports whether a plan is in review with every date built.
func allStaged(plan forecast.Plan) bool {
	for _, row := range plan.Rows {
		if row.State != forecast.RowStaged && row.State != forecast.RowSkipped {
			return false
		}
	}
	return plan.State == forecast.PlanReview
}

func anySucceeded(plan forecast.Plan) bool {
	for _, row := range plan.Rows {
		if row.State == forecast.RowSucceeded || row.State == forecast.RowStaged {
			return true
		}
	}
	return false
}

// planEnd says in one line how far a plan came.
func planEnd(plan forecast.Plan) string {
	tally := map[forecast.RowState]int{}
	for _, row := range plan.Rows {
		tally[row.State]++
	}
	var words []string
	for _, state := range []forecast.RowState{
		forecast.RowSucceeded, forecast.RowStaged, forecast.RowFailed, forecast.RowGated, forecast.RowWaiting, forecast.RowStopped, forecast.RowJoined,
		forecast.RowRolledBack,
		forecast.RowDrifted, forecast.RowCancelled, forecast.RowRunning, forecast.RowQueued, forecast.RowBlocked, forecast.RowSkipped,
	} {
		if tally[state] > 0 {
			words = append(words, fmt.Sprintf("%d %s", tally[state], state.Word()))
		}
	}
	line := fmt.Sprintf("plan %s: %s", plan.ID, strings.Join(words, ", "))
	if plan.State != forecast.PlanEnded {
		line += "; it is " + string(plan.State)
		if plan.Reason != "" {
			line += ": " + firstLine(plan.Reason)
		}
	}
	return line
}

// daysOf reads the days of a plan's rows, newest first.
func (s *session) daysOf(ctx context.Context, rows []forecast.PlanRow) ([]forecast.Day, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	wanted := map[calendar.Date]bool{}
	r := calendar.Range{From: rows[0].Date, To: rows[0].Date}
	for _, row := range rows {
		wanted[row.Date] = true
		r.From, r.To = min(r.From, row.Date), max(r.To, row.Date)
	}
	days, err := s.engine.Days(ctx, forecast.DayQuery{Range: r})
	if err != nil {
		return nil, doing("read days", err)
	}
	var kept []forecast.Day
	for _, day := range days {
		if wanted[day.Date] {
			kept = append(kept, day)
		}
	}
	return kept, nil
}

// planQuestion asks for a plan.
func planQuestion(plan forecast.Plan) string {
	return fmt.Sprintf("Run %s?", count(plan.Count(forecast.ActionRun)+plan.Count(forecast.ActionBlock)+plan.Count(forecast.ActionJoin), "date"))
}

// errDeclined says that the person answered no.
var errDeclined = errors.New("nothing was changed")

// confirm asks before a change. In production the answer is the pipeline's
// name. Without a terminal a single date needs no answer; several dates, and
// production, need --yes.
func (s *session) confirm(ctx context.Context, question string, dates int) error {
	a := s.app
	switch {
	case a.flags.readOnly:
		return fmt.Errorf("change %s: %w", s.pipeline.Name, forecast.ErrReadOnly)
	case a.flags.yes:
		return nil
	case a.flags.noInput || !isTerminal(a.env.Stdin):
		if dates <= 1 && !s.pipeline.Production {
			return nil
		}
		return &hintError{usagef("there is no terminal to ask: %s", question), "--yes answers yes"}
	}
	want := "y"
	if s.pipeline.Production {
		want = s.pipeline.Name
		fmt.Fprintf(a.env.Stderr, "%s It is in production: type %s to go on: ", question, want)
	} else {
		fmt.Fprintf(a.env.Stderr, "%s [y/N] ", question)
	}
	answer, err := a.readLine(ctx)
	switch {
	case err != nil:
		return err
	case answer == want:
		return nil
	case !s.pipeline.Production && (answer == "Y" || strings.EqualFold(answer, "yes")):
		return nil
	default:
		return errDeclined
	}
}

// readLine reads a line from standard input; an interrupt ends the waiting.
func (a *app) readLine(ctx context.Context) (string, error) {
	type result struct {
		text string
		err  error
	}
	read := make(chan result, 1)
	go func() { // ends with the process, if nobody answers
		text, err := bufio.NewReader(a.env.Stdin).ReadString('\n')
		read <- result{strings.TrimSpace(text), err}
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(a.env.Stderr)
		return "", errInterrupted
	case got := <-read:
		if got.err != nil && got.text == "" {
			return "", fmt.Errorf("read answer: %w", got.err)
		}
		return got.text, nil
	}
}

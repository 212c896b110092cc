package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/forecast"
)

// planOptions are those of the verbs on one plan.
type planOptions struct {
	app    *app
	id     string // empty: the only plan that has not ended
	dryRun bool
	verb   forecast.PlanVerb
}

func newPlanApply(a *app) *cobra.Command {
	opts := planOptions{app: a}
	cmd := &cobra.Command{
		Use:     "apply ID",
		Short:   "Run a plan that --dry-run made",
		Long:    "Run the very plan that --dry-run made and showed. Dates that have changed since\nare left out and reported as drifted. A plan that runs no date is not begun.",
		Example: "  daybatch backfill apply bf-3f9a12cd",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.id = args[0]
			return runPlanApply(cmd.Context(), opts)
		},
	}
	cmd.Flags().BoolVar(&opts.dryRun, "dry-run", false, "only show the plan")
	return cmd
}

func newPlanDiscard(a *app) *cobra.Command {
	opts := planOptions{app: a, verb: forecast.VerbDiscard}
	cmd := &cobra.Command{
		Use:     "discard ID",
		Short:   "Remove a plan that --dry-run made",
		Long:    "Remove a plan that --dry-run made, or that was saved on the screen, and that nobody\nhas applied.",
		Example: "  daybatch backfill discard bf-3f9a12cd",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.id = args[0]
			return runPlanDiscard(cmd.Context(), opts)
		},
	}
	cmd.Flags().BoolVar(&opts.dryRun, "dry-run", false, "only show the plan")
	return cmd
}

func runPlanDiscard(ctx context.Context, opts planOptions) error {
	return opts.app.changeOr(ctx, opts.dryRun, func(s *session) error {
		plan, err := s.plan(ctx, opts.id)
		if err != nil {
			return err
		}
		if opts.dryRun {
			return s.app.print(s.planListing(plan))
		}
		if err := s.confirm(ctx, fmt.Sprintf("Discard plan %s?", plan.ID), 1); err != nil {
			return err
		}
		if _, err := s.record.control(ctx, plan.ID, opts.verb, s.actor); err != nil {
			return fmt.Errorf("discard plan: %w", err)
		}
		fmt.Fprintf(s.app.env.Stderr, "plan %s is removed\n", plan.ID)
		return nil
	})
}

func runPlanApply(ctx context.Context, opts planOptions) error {
	return opts.app.changeOr(ctx, opts.dryRun, func(s *session) error {
		plan, err := s.plan(ctx, opts.id)
		if err != nil {
			return err
		}
		if opts.dryRun || plan.State == forecast.PlanEnded {
			return s.app.print(s.planListing(plan))
		}
		if plan.State == forecast.PlanDraft && idle(plan) {
			return s.nothingToDo(ctx, plan)
		}
		if err := s.app.printTable(s.app.env.Stderr, s.planSummary(plan)); err != nil {
			return err
		}
		if err := s.confirm(ctx, planQuestion(plan), plan.Count(forecast.ActionRun)); err != nil {
			return err
		}
		return s.applyPlan(ctx, plan, leavePlan)
	})
}

func newPlanList(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the plans that were applied, newest first",
		Long:    "List the plans that were applied, of runs and reruns too, newest first.",
		Example: "  daybatch backfill list",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return runPlanList(cmd.Context(), a) },
	}
}

func runPlanList(ctx context.Context, a *app) error {
	return a.with(ctx, reading, func(s *session) error {
		plans, err := s.engine.Plans(ctx)
		if err != nil {
			return fmt.Errorf("read plans: %w", err)
		}
		l := listing{
			header: []string{"PLAN", "KIND", "STATE", "OUTCOME", "DATES ", "DONE ", "BY", "REASON"},
			empty:  "no plan was applied yet",
			fields: []string{"id", "kind", "mode", "state", "outcome", "dates", "done", "actor", "created", "reason"},
		}
		items := make([]planItem, 0, len(plans))
		for _, plan := range plans {
			done := 0
			for _, row := range plan.Rows {
				if !row.State.Open() {
					done++
				}
			}
			items = append(items, makePlanItem(plan))
			dates, ended := strconv.Itoa(len(plan.Rows)), strconv.Itoa(done)
			l.rows = append(l.rows, []string{
				string(plan.ID), string(plan.Request.Kind), string(plan.State), string(plan.Outcome), dates, ended,
				plan.Request.Actor, firstLine(plan.Reason),
			})
			l.records = append(l.records, []string{
				string(plan.ID), string(plan.Request.Kind), string(plan.Request.Mode), string(plan.State), string(plan.Outcome),
				dates, ended, plan.Request.Actor, stamp(plan.Created), plan.Reason,
			})
		}
		l.items = items
		return a.print(l)
	})
}

func newPlanShow(a *app) *cobra.Command {
	opts := planOptions{app: a}
	return &cobra.Command{
		Use:     "show [ID]",
		Short:   "Show a plan with its dates",
		Long:    "Show a plan with what it does with each date and why, and how far it is. Without\nID it is the only plan that has not ended. The beginning of an ID will do.",
		Example: "  daybatch backfill show bf-3f9a",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.id = strings.Join(args, "")
			return opts.app.with(cmd.Context(), reading, func(s *session) error {
				plan, err := s.plan(cmd.Context(), opts.id)
				if err != nil {
					return err
				}
				return a.print(s.planListing(plan))
			})
		},
	}
}

func newPlanRetry(a *app) *cobra.Command {
	opts := planOptions{app: a}
	cmd := &cobra.Command{
		Use:   "retry [ID]",
		Short: "Run the dates of a plan again that did not succeed",
		Long: `Make a new plan of those dates of an ended plan that failed, were gated or
stopped, lacked their rows, drifted, or were never begun, and run it. Dates that have succeeded since
are left alone. Without ID it is the newest plan that has such dates.

` + askHelp,
		Example: "  daybatch backfill retry\n  daybatch backfill retry bf-3f9a --dry-run",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.id = strings.Join(args, "")
			return runPlanRetry(cmd.Context(), opts)
		},
	}
	cmd.Flags().BoolVar(&opts.dryRun, "dry-run", false, "only make and show the plan")
	return cmd
}

func runPlanRetry(ctx context.Context, opts planOptions) error {
	return opts.app.changeOr(ctx, opts.dryRun, func(s *session) error {
		request, err := s.retryOf(ctx, opts.id)
		if err != nil {
			return err
		}
		return s.carryOut(ctx, change{request: request, dryRun: opts.dryRun, interrupted: leavePlan})
	})
}

// retryOf returns the request that retries a plan, or the newest one that can be.
func (s *session) retryOf(ctx context.Context, id string) (forecast.PlanRequest, error) {
	if id != "" {
		plan, err := s.plan(ctx, id)
		if err != nil {
			return forecast.PlanRequest{}, err
		}
		return plan.Retry() //nolint:wrapcheck // it names the plan
	}
	plans, err := s.engine.Plans(ctx)
	if err != nil {
		return forecast.PlanRequest{}, fmt.Errorf("read plans: %w", err)
	}
	for _, plan := range plans {
		if request, err := plan.Retry(); err == nil {
			return request, nil
		}
	}
	return forecast.PlanRequest{}, usagef("no ended plan has dates that did not succeed")
}

// planVerb is a verb on a plan as a command.
type planVerb struct {
	verb        forecast.PlanVerb
	short, long string
}

func planVerbs() []planVerb {
	return []planVerb{
		{forecast.VerbPause, "Start no more dates of a plan", "Start no more dates of a plan; those that run go on. resume starts again."},
		{forecast.VerbResume, "Go on with a plan", "Go on with a plan that is paused, or that an interrupt left, and carry it out here."},
		{forecast.VerbDrain, "End a plan when its running dates have ended", "Start no more dates of a plan, and end it when those that run have ended."},
		{forecast.VerbStop, "Stop the running dates of a plan and end it", "Stop the attempts that run for a plan, and end it. What a staged plan built is\ndiscarded."},
		{forecast.VerbPublish, "Publish what a staged plan built", "Publish what a staged plan built, in date order. Dates to which something\nhappened since are left as they are, and reported as drifted."},
		{forecast.VerbRollback, "Take back what a staged plan published", "Make the generations current again that a staged plan replaced, newest date\nfirst, and withdraw the partitions that were not there before."},
	}
}

func newPlanControl(a *app, verb planVerb) *cobra.Command {
	opts := planOptions{app: a, verb: verb.verb}
	cmd := &cobra.Command{
		Use:     string(verb.verb) + " [ID]",
		Short:   verb.short,
		Long:    verb.long + " Without ID it is the\nonly plan that has not ended. The beginning of an ID will do.",
		Example: "  daybatch backfill " + string(verb.verb) + " bf-3f9a12cd",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.id = strings.Join(args, "")
			return runPlanControl(cmd.Context(), opts)
		},
	}
	cmd.Flags().BoolVar(&opts.dryRun, "dry-run", false, "only show the plan")
	return cmd
}

func runPlanControl(ctx context.Context, opts planOptions) error {
	return opts.app.changeOr(ctx, opts.dryRun, func(s *session) error {
		plan, err := s.planFor(ctx, opts)
		if err != nil {
			return err
		}
		if opts.dryRun {
			return s.app.print(s.planListing(plan))
		}
		question := fmt.Sprintf("%s plan %s?", strings.ToUpper(string(opts.verb[:1]))+string(opts.verb[1:]), plan.ID)
		if err := s.confirm(ctx, question, 1); err != nil {
			return err
		}
		// A plan that an interrupt left is still active: to resume it is to
		// drive it.
		if opts.verb != forecast.VerbResume || plan.State != forecast.PlanActive {
			if plan, err = s.record.control(ctx, plan.ID, opts.verb, s.actor); err != nil {
				return fmt.Errorf("%s plan: %w", opts.verb, err)
			}
		}
		switch opts.verb {
		case forecast.VerbPause:
			return s.app.print(s.planListing(plan))
		default: // somebody has to carry it out; if another process does, this waits
			return s.applyPlan(ctx, plan, leavePlan)
		}
	})
}

// planFor finds the plan that a verb is about.
func (s *session) planFor(ctx context.Context, opts planOptions) (forecast.Plan, error) {
	if opts.verb == forecast.VerbRollback && opts.id == "" {
		return s.rollbackable(ctx)
	}
	return s.plan(ctx, opts.id)
}

// plan finds a plan by its id or the beginning of it; without one it is the only
// plan that has not ended.
func (s *session) plan(ctx context.Context, id string) (forecast.Plan, error) {
	if id != "" {
		if plan, err := s.engine.PlanByID(ctx, forecast.PlanID(id)); err == nil {
			return plan, nil
		}
	}
	plans, err := s.engine.Plans(ctx)
	if err != nil {
		return forecast.Plan{}, fmt.Errorf("read plans: %w", err)
	}
	var found []forecast.Plan
	for _, plan := range plans {
		if id == "" && plan.State != forecast.PlanEnded || id != "" && strings.HasPrefix(string(plan.ID), id) {
			found = append(found, plan)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return forecast.Plan{}, usagef("%s are meant by that: name one, `daybatch backfill list` lists them", count(len(found), "plan"))
	case id == "":
		return forecast.Plan{}, fmt.Errorf("no plan is under way: %w", forecast.ErrNotFound)
	default:
		return forecast.Plan{}, fmt.Errorf("plan %s: %w", id, forecast.ErrNotFound)
	}
}

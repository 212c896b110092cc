package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// rerunOptions are those of the verb rerun.
type rerunOptions struct {
	app      *app
	args     []string
	failed   bool
	gated    bool
	stale    bool
	from, to string
	fromStep string
	whole    bool
	dryRun   bool
}

func newRerun(a *app) *cobra.Command {
	opts := rerunOptions{app: a}
	cmd := &cobra.Command{
		Use:   "rerun [DATE...]",
		Short: "Make a new attempt for dates",
		Long: `Make a new attempt for the named dates, or with --failed for all that failed or
were stopped (with --gated for those that the gate refused, with --stale for
those whose source has changed since) within --from and --to, by default the last
30 dates.

An attempt starts at the step that failed and takes over what the steps before
it made, if that still proves good; --from-step starts at another step, --whole
at the first. A forecast that is published stays until the new one replaces it.

` + askHelp + "\n" + interruptHelp + "\n\n" + rangeHelp,
		Example: `  daybatch rerun 2026-01-15
  daybatch rerun 2026-01-10..2026-01-13 2026-01-15 --yes
  daybatch rerun --failed --yes
  daybatch rerun latest --from-step predict`,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.args = args
			return runRerun(cmd.Context(), opts)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&opts.failed, "failed", false, "the dates that failed or were stopped")
	flags.BoolVar(&opts.gated, "gated", false, "the dates that the gate refused")
	flags.BoolVar(&opts.stale, "stale", false, "the dates whose source has changed since")
	flags.StringVar(&opts.from, "from", "", "with --failed, --gated or --stale: first date")
	flags.StringVar(&opts.to, "to", "", "with --failed, --gated or --stale: last date")
	flags.StringVar(&opts.fromStep, "from-step", "", "start at this step, for example train")
	flags.BoolVar(&opts.whole, "whole", false, "start at the first step")
	flags.BoolVar(&opts.dryRun, "dry-run", false, "only show the plan")
	return cmd
}

func runRerun(ctx context.Context, opts rerunOptions) error {
	if opts.app.flags.readOnly && !opts.dryRun {
		return errReadOnly()
	}
	selecting := opts.failed || opts.gated || opts.stale
	switch {
	case len(opts.args) == 0 && !selecting:
		return usagef("name the dates, or use --failed, --gated or --stale")
	case len(opts.args) > 0 && selecting:
		return usagef("name the dates, or use --failed, --gated or --stale, not both")
	case !selecting && (opts.from != "" || opts.to != ""):
		return usagef("--from and --to go with --failed, --gated or --stale; `daybatch backfill --mode all` runs a whole range again")
	}
	if opts.whole && opts.fromStep != "" {
		return usagef("--whole and --from-step say different things: leave one out")
	}
	return opts.app.with(ctx, changing, func(s *session) error {
		start, err := opts.start(s)
		if err != nil {
			return err
		}
		chosen, err := s.dates.parseAll(opts.args)
		if selecting {
			chosen, err = s.selectDays(ctx, opts)
		}
		if err != nil {
			return err
		}
		if len(chosen) == 0 {
			fmt.Fprintln(s.app.env.Stderr, "nothing to do: no date needs it")
			return s.app.print(s.daysListing(nil))
		}
		return s.carryOut(ctx, change{
			request: forecast.PlanRequest{Kind: forecast.PlanRerun, Dates: chosen, Start: start, Cause: forecast.CauseRerun},
			dryRun:  opts.dryRun,
		})
	})
}

// start reads where attempts start.
func (opts rerunOptions) start(s *session) (forecast.StartFrom, error) {
	switch {
	case opts.whole:
		return forecast.StartWhole, nil
	case opts.fromStep != "":
		step, err := s.stepNamed(opts.fromStep)
		return forecast.StartFrom(step), err
	default:
		return forecast.StartFailedStep, nil
	}
}

// selectDays finds the dates that --failed, --gated and --stale mean.
func (s *session) selectDays(ctx context.Context, opts rerunOptions) ([]calendar.Date, error) {
	r, err := s.dates.span(opts.from, opts.to)
	if err != nil {
		return nil, err
	}
	days, err := s.engine.Days(ctx, forecast.DayQuery{Range: r})
	if err != nil {
		return nil, doing("read days", err)
	}
	var chosen []calendar.Date
	for _, day := range days {
		failed := day.State == forecast.DayFailed || day.State == forecast.DayStopped
		if opts.failed && failed || opts.gated && day.State == forecast.DayGated || opts.stale && day.Stale {
			chosen = append(chosen, day.Date)
		}
	}
	return chosen, nil
}

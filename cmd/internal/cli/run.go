package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// runOptions are those of the verb run.
type runOptions struct {
	app    *app
	args   []string
	dryRun bool
}

// interruptHelp says in help texts what ctrl-c does to attempts.
const interruptHelp = "Ctrl-C stops the attempt; a second one ends at once."

// askHelp says in help texts when a verb asks.
const askHelp = "On a terminal it asks before it changes anything, in production for the\n" +
	"pipeline's name. Without a terminal a change of one date goes ahead; one of\n" +
	"several dates, or in production, needs --yes."

func newRun(a *app) *cobra.Command {
	opts := runOptions{app: a}
	cmd := &cobra.Command{
		Use:   "run [DATE]",
		Short: "Run the pipeline for a date that has no forecast yet",
		Long: `Run the pipeline for one date, as its schedule would. Without DATE it is the
newest date that is due. A date that has its forecast is left alone (see rerun).

` + askHelp + "\n" + interruptHelp + "\n\n" + dateHelp,
		Example: `  daybatch run
  daybatch run yesterday --dry-run
  daybatch run 2026-01-15 --yes`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.args = args
			return runRun(cmd.Context(), opts)
		},
	}
	cmd.Flags().BoolVar(&opts.dryRun, "dry-run", false, "only show the plan")
	return cmd
}

func runRun(ctx context.Context, opts runOptions) error {
	return opts.app.changeOr(ctx, opts.dryRun, func(s *session) error {
		date, err := s.date(opts.args)
		if err != nil {
			return err
		}
		return s.carryOut(ctx, change{
			request: forecast.PlanRequest{Kind: forecast.PlanRun, Dates: []calendar.Date{date}, Cause: forecast.CauseManual},
			dryRun:  opts.dryRun,
		})
	})
}

package cli

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/forecast"
)

// stopOptions are those of the verb stop.
type stopOptions struct {
	app    *app
	args   []string
	dryRun bool
}

func newStop(a *app) *cobra.Command {
	opts := stopOptions{app: a}
	cmd := &cobra.Command{
		Use:   "stop DATE",
		Short: "Stop the attempt that runs for a date",
		Long: `Stop the attempt that runs for a date, whichever process runs it. Once stop has
answered, the attempt publishes nothing any more; if it had published before,
stop says so.

` + askHelp + "\n\n" + dateHelp,
		Example: `  daybatch stop latest
  daybatch stop 2026-01-15 --yes`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.args = args
			return runStop(cmd.Context(), opts)
		},
	}
	cmd.Flags().BoolVar(&opts.dryRun, "dry-run", false, "only show what would be stopped")
	return cmd
}

func runStop(ctx context.Context, opts stopOptions) error {
	return opts.app.changeOr(ctx, opts.dryRun, func(s *session) error {
		date, err := s.date(opts.args)
		if err != nil {
			return err
		}
		day, err := s.day(ctx, date)
		if err != nil {
			return err
		}
		if !day.Last.Status.Open() {
			err := fmt.Errorf("nothing runs for %s, it is %s: %w", date, day.State, forecast.ErrNotFound)
			return &hintError{err, "`daybatch days --state Running` lists what runs"}
		}
		what := s.attemptLine(day.Last)
		if opts.dryRun {
			fmt.Fprintln(s.app.env.Stderr, "would stop "+what)
			return nil
		}
		fmt.Fprintln(s.app.env.Stderr, what)
		if err := s.confirm(ctx, "Stop "+date.String()+"?", 1); err != nil {
			return err
		}
		answer, err := s.record.stop(ctx, date, s.actor)
		if err != nil {
			return fmt.Errorf("stop %s: %w", date, err)
		}
		return s.app.print(stopListing(day, answer))
	})
}

func stopListing(day forecast.Day, answer forecast.StopAnswer) listing {
	said := "stopped: it publishes nothing any more"
	if answer.TooLate {
		said = "too late: generation " + answer.Generation + " is published"
	}
	if answer.Note != "" {
		said = answer.Note
	}
	date := day.Date.String()
	return listing{
		header: []string{"DATE", "EXECUTION", "ANSWER"},
		rows:   [][]string{{date, string(answer.Execution), said}},
		items:  []forecast.StopAnswer{answer},
		fields: []string{"date", "execution", "too_late", "generation"},
		records: [][]string{
			{date, string(answer.Execution), strconv.FormatBool(answer.TooLate), answer.Generation},
		},
	}
}

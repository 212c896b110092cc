package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/forecast"
)

// consoleOptions are those of the verb console.
type consoleOptions struct {
	app            *app
	args           []string
	attempt        int
	step           string
	log, partition bool
}

func newConsole(a *app) *cobra.Command {
	opts := consoleOptions{app: a}
	cmd := &cobra.Command{
		Use:   "console [DATE]",
		Short: "Print where a date is found in the console of AWS",
		Long: `Print the address, for a browser, at which the console of AWS shows the job of a
date's last attempt: of the step that --step names, else of the one that was
reached last; with --log its log, with --partition the files that readers see.
Without DATE it is the newest date that is due. An engine on this machine has no
console, and neither has what answers in the place of AWS.

` + dateHelp,
		Example: `  daybatch console 2026-01-15 --step Train
  xdg-open "$(daybatch console --log)"`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.args = args
			return runConsole(cmd.Context(), opts)
		},
	}
	cmd.Flags().IntVar(&opts.attempt, "attempt", 0, "number of the attempt (default: the last)")
	cmd.Flags().StringVar(&opts.step, "step", "", "the step (default: the one that was reached last)")
	cmd.Flags().BoolVar(&opts.log, "log", false, "the log of the job")
	cmd.Flags().BoolVar(&opts.partition, "partition", false, "the files of the partition")
	cmd.MarkFlagsMutuallyExclusive("log", "partition")
	return cmd
}

var errNoConsole = errors.New("this engine has no console")

func runConsole(ctx context.Context, opts consoleOptions) error {
	return opts.app.with(ctx, reading, func(s *session) error {
		date, err := s.date(opts.args)
		if err != nil {
			return err
		}
		linker, ok := s.engine.(forecast.Linker)
		if !ok {
			return fmt.Errorf("%w: %w", forecast.ErrUnsupported, errNoConsole)
		}
		query := forecast.LinkQuery{Kind: forecast.LinkStep, Date: date, Attempt: opts.attempt}
		if query.Step, err = s.stepNamed(opts.step); err != nil {
			return err
		}
		switch {
		case opts.log:
			query.Kind = forecast.LinkLog
		case opts.partition:
			query.Kind = forecast.LinkPartition
		}
		link, err := linker.Link(ctx, query)
		if err != nil {
			return err //nolint:wrapcheck // it names the date
		}
		if opts.app.flags.format == formatTable {
			_, _ = fmt.Fprintln(opts.app.env.Stderr, link.What) // stdout is the address alone, for a browser's command
			_, err = fmt.Fprintln(opts.app.env.Stdout, link.URL)
			return err //nolint:wrapcheck // main says that stdout is closed
		}
		return opts.app.print(listing{
			items: []forecast.Link{link}, fields: []string{"url", "what"}, records: [][]string{{link.URL, link.What}},
		})
	})
}

package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/forecast"
)

// backfillOptions are those of the verb backfill.
type backfillOptions struct {
	app         *app
	from, to    string
	last        int
	lastSet     bool
	mode        string
	selection   string
	order       string
	maxActive   int
	maxFailures int
	chunk       int
	staged      bool
	dryRun      bool
}

// publish says when the dates are published.
func (opts backfillOptions) publish() forecast.PublishMode {
	if opts.staged {
		return forecast.PublishStaged
	}
	return forecast.PublishEach
}

func newBackfill(a *app) *cobra.Command {
	opts := backfillOptions{app: a}
	cmd := &cobra.Command{
		Use:   "backfill",
		Short: "Make the dates of a range good",
		Long: `Plan which dates of a range are run and why, and run them, several at once.

Modes:
  missing             the dates that nobody made (default)
  missing-and-failed  those that failed or were stopped too
  all                 every date, also those that have their forecast

Instead of a mode --select picks the dates of the range that are failed (or
stopped), gated, or stale: forecast from rows that the source has changed since.

Up to --chunk dates are worked through by one process, which reads the source files
once; on SageMaker by one machine, which starts once. Each date still has its own
attempt, logs and outcome, and the same result as if it ran alone.

With --staged no reader sees anything of it before backfill publish: backfill diff
compares what was built with what is there, backfill stop discards it, and backfill
rollback takes back what was published.

The plan outlives the terminal: Ctrl-C ends the running steps and leaves the
plan active, and backfill resume goes on with it from any terminal. With
--dry-run the plan is only made; backfill apply runs that very plan later, and
leaves out dates that have changed in between, and backfill discard removes it.

` + askHelp + "\n\n" + dateHelp,
		Example: `  daybatch backfill --last 60
  daybatch backfill --from 2026-01-01 --to 2026-01-31 --mode missing-and-failed
  daybatch backfill --last 7 --mode all --dry-run -o json
  daybatch backfill --last 30 --select stale`,
		Args: func(cmd *cobra.Command, args []string) error { return noVerb(cmd, args) },
		RunE: func(cmd *cobra.Command, _ []string) error {
			if opts.selection != "" && cmd.Flags().Changed("mode") {
				return usagef("--mode and --select both say which dates run: leave one out")
			}
			opts.lastSet = cmd.Flags().Changed("last")
			return runBackfill(cmd.Context(), opts)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.from, "from", "", "first date (default: the pipeline's start)")
	flags.StringVar(&opts.to, "to", "", "last date (default: the newest that is due)")
	flags.IntVar(&opts.last, "last", 0, "the newest N dates that are due")
	flags.StringVar(&opts.mode, "mode", string(forecast.ModeMissing), "missing, missing-and-failed or all")
	flags.StringVar(&opts.selection, "select", "", "only the dates that are failed, gated or stale")
	flags.StringVar(&opts.order, "order", string(forecast.NewestFirst), "newest or oldest first")
	flags.IntVar(&opts.maxActive, "max-active", 0, "dates at once (default: limits.max_active)")
	flags.IntVar(&opts.maxFailures, "max-failures", 0, "failed dates to pause at (default: limits.max_failures)")
	flags.IntVar(&opts.chunk, "chunk", 0, "dates that one process, on SageMaker one machine, works through (default: limits.chunk)")
	flags.BoolVar(&opts.staged, "staged", false, "build and check all dates first, publish them with backfill publish")
	flags.BoolVar(&opts.dryRun, "dry-run", false, "only make and show the plan")
	cmd.AddCommand(newPlanApply(a), newPlanDiscard(a), newPlanList(a), newPlanShow(a), newPlanRetry(a), newPlanDiff(a))
	for _, verb := range planVerbs() {
		cmd.AddCommand(newPlanControl(a, verb))
	}
	return cmd
}

// checkWords refuses words that the flags don't have.
func (opts backfillOptions) checkWords() error {
	for _, flag := range []struct {
		name, value string
		words       []string
	}{
		{"mode", opts.mode, words(forecast.ModeMissing, forecast.ModeMissingAndFailed, forecast.ModeAll)},
		{"select", opts.selection, words(forecast.SelectNone, forecast.SelectFailed, forecast.SelectGated, forecast.SelectStale)},
		{"order", opts.order, words(forecast.NewestFirst, forecast.OldestFirst)},
	} {
		if !slices.Contains(flag.words, flag.value) {
			named := slices.DeleteFunc(flag.words, func(word string) bool { return word == "" })
			return usagef("--%s %q: write %s", flag.name, flag.value, strings.Join(named, " or "))
		}
	}
	return nil
}

func words[T ~string](values ...T) []string {
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = string(value)
	}
	return texts
}

func runBackfill(ctx context.Context, opts backfillOptions) error {
	switch {
	case opts.lastSet && opts.last < 1:
		return usagef("--last %d: give a number of dates", opts.last)
	case opts.from == "" && opts.to == "" && opts.last == 0:
		return &hintError{usagef("name the dates: --from and --to, or --last N"), "`daybatch days --state Missing` lists what is missing"}
	case opts.from != "" && opts.last != 0:
		return usagef("--from and --last both say where the range begins: leave one out")
	}
	if err := opts.checkWords(); err != nil {
		return err
	}
	return opts.app.changeOr(ctx, opts.dryRun, func(s *session) error {
		r, err := s.dates.span(opts.from, opts.to)
		if err != nil {
			return err
		}
		if opts.last > 0 {
			days, err := s.engine.Days(ctx, forecast.DayQuery{Range: r, Last: opts.last})
			if err != nil {
				return err //nolint:wrapcheck // the engine says what it read
			}
			if len(days) == 0 {
				return usagef("no date is due yet")
			}
			r.From, r.To = days[len(days)-1].Date, days[0].Date
		}
		return s.carryOut(ctx, change{
			request: forecast.PlanRequest{
				Kind: forecast.PlanBackfill, Range: r, Mode: forecast.Mode(opts.mode), Select: forecast.Selection(opts.selection), Order: forecast.Order(opts.order),
				Publish:   opts.publish(),
				MaxActive: opts.maxActive, MaxFailures: opts.maxFailures, Chunk: opts.chunk, Cause: forecast.CauseBackfill,
			},
			dryRun:      opts.dryRun,
			interrupted: leavePlan,
		})
	})
}

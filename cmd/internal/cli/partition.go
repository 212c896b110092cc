package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// partitionOptions are those of the verbs on partitions.
type partitionOptions struct {
	app        *app
	args       []string
	from, to   string // dates of list, generations of diff
	generation string
	all        bool
	dryRun     bool
}

func newPartition(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "partition",
		Short: "Show, compare, export and roll back generations",
		Long: `A partition is the forecast of one date. Each attempt writes a generation of
it, and one generation is current: the one that readers see. Older ones are kept
(limits.keep), to compare them and to go back.`,
		Example: `  daybatch partition list
  daybatch partition diff 2026-01-15
  daybatch partition rollback 2026-01-15`,
		Args: func(cmd *cobra.Command, args []string) error { return noVerb(cmd, args) },
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }, //nolint:wrapcheck // it writes the help
	}
	cmd.AddCommand(newPartitionList(a), newPartitionShow(a), newPartitionPreview(a), newPartitionDiff(a), newPartitionExport(a), newPartitionRollback(a))
	return cmd
}

func newPartitionList(a *app) *cobra.Command {
	opts := partitionOptions{app: a}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the partitions, newest date first",
		Long:  "List the current generations of dates, newest date first; with --all the older\nones that are kept, too.\n\n" + dateHelp,
		Example: `  daybatch partition list
  daybatch partition list --from 2026-01-01 --to 2026-01-31 -o csv`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return opts.app.with(cmd.Context(), reading, func(s *session) error {
				r, err := s.dates.span(opts.from, opts.to)
				if err != nil {
					return err
				}
				list, err := s.engine.Partitions(cmd.Context(), forecast.PartitionQuery{Range: r, All: opts.all})
				if err != nil {
					return fmt.Errorf("read partitions: %w", err)
				}
				return a.print(s.partitionListing(list))
			})
		},
	}
	cmd.Flags().StringVar(&opts.from, "from", "", "first date (default: the pipeline's start)")
	cmd.Flags().StringVar(&opts.to, "to", "", "last date (default: the newest that is due)")
	cmd.Flags().BoolVar(&opts.all, "all", false, "older generations too")
	return cmd
}

func newPartitionShow(a *app) *cobra.Command {
	opts := partitionOptions{app: a}
	return &cobra.Command{
		Use:     "show [DATE]",
		Short:   "Show the generations of a date",
		Long:    "Show the generations of a date that are kept, the current one first. Without DATE\nit is the newest date that is due.\n\n" + dateHelp,
		Example: "  daybatch partition show 2026-01-15",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return opts.app.with(cmd.Context(), reading, func(s *session) error {
				date, err := s.date(args)
				if err != nil {
					return err
				}
				list, err := s.generationsOf(cmd.Context(), date)
				if err != nil {
					return err
				}
				return a.print(s.partitionListing(list))
			})
		},
	}
}

// generationsOf returns the generations of a date, the current one first.
func (s *session) generationsOf(ctx context.Context, d calendar.Date) ([]forecast.Partition, error) {
	list, err := s.engine.Partitions(ctx, forecast.PartitionQuery{Range: calendar.Range{From: d, To: d}, All: true})
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("%s has no partition: %w", d, forecast.ErrNotFound)
		return nil, &hintError{err, "`daybatch days` shows why, `daybatch run " + d.String() + "` makes it"}
	}
	if err != nil {
		return nil, fmt.Errorf("read partitions: %w", err)
	}
	return list, nil
}

// partitionListing lists generations, for people in the pipeline's zone.
func (s *session) partitionListing(list []forecast.Partition) listing {
	l := listing{
		header: []string{"DATE", "GENERATION", "", "KIND", "ROWS ", "SERIES ", "BYTES ", "TRY ", "WRITTEN", "PUBLISHED"},
		empty:  "no partition was published yet",
		fields: []string{"date", "generation", "current", "kind", "rows", "series", "bytes", "attempt", "execution", "written", "published", "fallback_of", "path"},
	}
	for _, p := range list {
		mark, fallback := "", ""
		if p.Current {
			mark = "current"
		}
		if !p.FallbackOf.IsZero() {
			fallback = p.FallbackOf.String()
		}
		rows, series, size := strconv.FormatInt(p.Rows, 10), strconv.Itoa(p.Series), strconv.FormatInt(p.Bytes, 10)
		l.rows = append(l.rows, []string{
			p.Date.String(), p.Generation, mark, strings.TrimSpace(string(p.Kind) + " " + fallback), rows, series, size,
			tryText(p), s.dates.clock(p.Written), s.dates.clock(p.Published),
		})
		l.records = append(l.records, []string{
			p.Date.String(), p.Generation, strconv.FormatBool(p.Current), string(p.Kind), rows, series, size, strconv.Itoa(p.Attempt),
			string(p.Execution), stamp(p.Written), stamp(p.Published), fallback, p.Path,
		})
	}
	if list == nil {
		list = []forecast.Partition{}
	}
	l.items = list
	return l
}

// tryText names the attempt that made a generation; no attempt made a fallback.
func tryText(p forecast.Partition) string {
	if p.Attempt == 0 {
		return ""
	}
	return strconv.Itoa(p.Attempt)
}

func newPartitionDiff(a *app) *cobra.Command {
	opts := partitionOptions{app: a}
	cmd := &cobra.Command{
		Use:   "diff [DATE]",
		Short: "Compare two generations of a date",
		Long: `Compare two generations of a date: their totals over all series and days, what
the gate saw, and the series that changed, the largest change first. By default it
is the current generation with the newest one beside it.

` + dateHelp,
		Example: `  daybatch partition diff 2026-01-15
  daybatch partition diff 2026-01-15 --from 3f9c12ab77de --to 90ab3c12fe01 -o json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return opts.app.with(cmd.Context(), reading, func(s *session) error {
				date, err := s.date(args)
				if err != nil {
					return err
				}
				c, err := s.engine.Compare(cmd.Context(), forecast.CompareQuery{Date: date, From: opts.from, To: opts.to})
				if err != nil {
					return err //nolint:wrapcheck // the engine names the date
				}
				return a.print(comparisonListing(c))
			})
		},
	}
	cmd.Flags().StringVar(&opts.from, "from", "", "generation to compare (default: the current one)")
	cmd.Flags().StringVar(&opts.to, "to", "", "generation to compare it with (default: the newest other one)")
	return cmd
}

// comparisonListing lists the series that changed, under what changed in all.
func comparisonListing(c forecast.Comparison) listing {
	l := listing{
		header: []string{"SERIES", "FROM ", "TO ", "CHANGE "},
		empty:  "no series changed",
		notes:  comparisonNotes(c),
		fields: []string{"series", "from", "to"},
		items:  []forecast.Comparison{c},
	}
	for _, change := range c.Series {
		name := strings.Join(change.Series.Parts(), " / ")
		l.rows = append(l.rows, []string{name, optional(change.From, sumText), optional(change.To, sumText), relative(change.From, change.To)})
		l.records = append(l.records, []string{name, optional(change.From, exact), optional(change.To, exact)})
	}
	return l
}

func comparisonNotes(c forecast.Comparison) []string {
	from, to := c.TotalFrom, c.TotalTo
	notes := []string{
		fmt.Sprintf("%s: generation %s (a%d, %d rows) -> %s (a%d, %d rows)",
			c.To.Date, generationName(c.From), c.From.Attempt, c.From.Rows, c.To.Generation, c.To.Attempt, c.To.Rows),
		fmt.Sprintf("total %s -> %s (%s), %s changed", sumText(from), sumText(to), relative(&from, &to), countSeries(c.Changed)),
	}
	for _, name := range []string{"wape", "mase"} {
		before, after := measure(c.MetricsFrom, name), measure(c.MetricsTo, name)
		if before != "" || after != "" {
			notes = append(notes, fmt.Sprintf("%s %s -> %s", name, orDash(before), orDash(after)))
		}
	}
	if len(c.Series) < c.Changed {
		notes = append(notes, fmt.Sprintf("the %d largest changes are shown", len(c.Series)))
	}
	return notes
}

func generationName(p forecast.Partition) string {
	if p.Generation == "" {
		return "none"
	}
	return p.Generation
}

func countSeries(n int) string { return strconv.Itoa(n) + " series" }

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// sumText shows a sum of forecasts.
func sumText(x float64) string { return digits(x, 1) }

func optional(x *float64, show func(float64) string) string {
	if x == nil {
		return ""
	}
	return show(*x)
}

// relative shows a change: "+2.1%", "new", "gone".
func relative(from, to *float64) string {
	switch {
	case from == nil:
		return "new"
	case to == nil:
		return "gone"
	case *from == 0:
		return ""
	default:
		return fmt.Sprintf("%+.1f%%", 100*(*to / *from - 1))
	}
}

func newPartitionRollback(a *app) *cobra.Command {
	opts := partitionOptions{app: a}
	cmd := &cobra.Command{
		Use:   "rollback DATE",
		Short: "Make an older generation of a date current again",
		Long: `Make the generation current again that was before the current one, or the one
that --generation names. What was rolled back from before is not gone back to: only
--generation makes that current again. Readers see the one or the other, whole. The date keeps
its attempts; the next rerun publishes a generation of its own.

` + askHelp + "\n\n" + dateHelp,
		Example: `  daybatch partition rollback 2026-01-15 --dry-run
  daybatch partition rollback 2026-01-15 --generation 3f9c12ab77de`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.args = args
			return runPartitionRollback(cmd.Context(), opts)
		},
	}
	cmd.Flags().StringVar(&opts.generation, "generation", "", "the generation to go back to (default: the one before)")
	cmd.Flags().BoolVar(&opts.dryRun, "dry-run", false, "only show what would change")
	return cmd
}

func runPartitionRollback(ctx context.Context, opts partitionOptions) error {
	return opts.app.changeOr(ctx, opts.dryRun, func(s *session) error {
		date, err := s.date(opts.args)
		if err != nil {
			return err
		}
		list, err := s.generationsOf(ctx, date)
		if err != nil {
			return err
		}
		current, wanted := "", "the generation before"
		if list[0].Current {
			current = list[0].Generation
		}
		if opts.generation != "" {
			wanted = "generation " + opts.generation
		}
		if opts.dryRun {
			fmt.Fprintf(s.app.env.Stderr, "would make %s current in place of %s\n", wanted, generationName(list[0]))
			return s.app.print(s.partitionListing(list))
		}
		if err := s.confirm(ctx, fmt.Sprintf("Make %s of %s current in place of %s?", wanted, date, generationName(list[0])), 1); err != nil {
			return err
		}
		p, err := s.record.rollback(ctx, forecast.RollbackRequest{
			Date: date, Generation: opts.generation, Expected: current, Actor: s.actor,
		})
		if errors.Is(err, forecast.ErrNotFound) && opts.generation == "" {
			return &hintError{err, fmt.Sprintf("`daybatch partition show %s` lists the generations that are kept, --generation names one", date)}
		}
		if err != nil {
			return err //nolint:wrapcheck // the engine names the date
		}
		return s.app.print(s.partitionListing([]forecast.Partition{p}))
	})
}

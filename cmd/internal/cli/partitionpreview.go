package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/rowfilter"
	"github.com/daybatch/daybatch/forecast/scrub"
)

// previewOptions are those of the verb that shows rows of a partition.
type previewOptions struct {
	app        *app
	args       []string
	generation string
	filter     string
	limit      int
}

func newPartitionPreview(a *app) *cobra.Command {
	opts := previewOptions{app: a}
	cmd := &cobra.Command{
		Use:   "preview [DATE]",
		Short: "Show rows of a generation of a date",
		Long: `Show the rows of a generation of a date, by series: without --generation of the one
that readers see, with it also of one that is not current.

--filter takes words that a row must all have: a part of a series' name, of the
model or of the target date, or NAME=VALUE for the whole value of a series column,
model or ds. Case does not matter. Without DATE it is the newest date that has a
forecast.

` + dateHelp,
		Example: `  daybatch partition preview 2026-01-15 --filter van
  daybatch partition preview 2026-01-15 --generation 3f9c12ab77de --filter "vehicle=van 02-0"
  daybatch partition preview latest --limit 100000 -o csv > rows.csv`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.args = args
			return runPartitionPreview(cmd.Context(), opts)
		},
	}
	cmd.Flags().StringVar(&opts.generation, "generation", "", "the generation (default: the current one)")
	cmd.Flags().StringVar(&opts.filter, "filter", "", "words that rows must have, or NAME=VALUE")
	cmd.Flags().IntVar(&opts.limit, "limit", 200, "most rows to show")
	return cmd
}

func runPartitionPreview(ctx context.Context, opts previewOptions) error {
	if opts.limit < 1 {
		return usagef("--limit %d: give a number of rows", opts.limit)
	}
	return opts.app.with(ctx, reading, func(s *session) error {
		filter, err := rowfilter.Parse(opts.filter, s.pipeline.Series)
		if err != nil {
			return fmt.Errorf("--filter %s: %w", scrub.Text(opts.filter), err)
		}
		p, list, err := s.generation(ctx, opts.args, opts.generation)
		if err != nil {
			return err
		}
		forecasts, err := s.engine.Forecasts(ctx, forecast.SeriesQuery{Date: p.Date, Generation: p.Generation})
		if err != nil {
			return err //nolint:wrapcheck // the engine names the date
		}
		rows := filter.Rows(forecasts)
		total := points(rows)
		l := s.previewListing(firstPoints(rows, opts.limit))
		l.notes = []string{previewed(p, list[0], total)}
		if total > opts.limit {
			l.warnings = append(l.warnings, fmt.Sprintf("only the first %d of %s are shown; raise --limit for more, `daybatch partition export` writes all to a file",
				opts.limit, count(total, "row")))
		}
		return opts.app.print(l)
	})
}

// previewed says whose rows are shown, first being the first of the date's generations.
func previewed(p, first forecast.Partition, total int) string {
	note := fmt.Sprintf("%s of %d: generation %s of %s", count(total, "row"), p.Rows, p.Generation, p.Date)
	switch {
	case p.Current:
		return note + ", which readers see"
	case first.Current:
		return note + "; readers see " + first.Generation
	default:
		return note + ", which is not current"
	}
}

func points(list []forecast.SeriesForecast) int {
	n := 0
	for _, f := range list {
		n += len(f.Points)
	}
	return n
}

// firstPoints returns the forecasts up to so many points in all.
func firstPoints(list []forecast.SeriesForecast, limit int) []forecast.SeriesForecast {
	var found []forecast.SeriesForecast
	for _, f := range list {
		if limit == 0 {
			break
		}
		f.Points = f.Points[:min(len(f.Points), limit)]
		limit -= len(f.Points)
		found = append(found, f)
	}
	return found
}

// previewListing lists points with the columns of the target table, without what is
// the same in all rows. What came true is not among them.
func (s *session) previewListing(forecasts []forecast.SeriesForecast) listing {
	if len(forecasts) == 0 {
		forecasts = []forecast.SeriesForecast{{Levels: s.pipeline.Levels}}
	}
	l := s.forecastListing(forecasts)
	l.empty = "no row has these words"
	hidden := []string{"horizon", "actual", "made_for", "forecast_kind", "forecast_age"}
	texts := append(slices.Clone(s.pipeline.Series), "ds", "model")
	var shown []int
	for i, name := range l.fields {
		if slices.Contains(hidden, name) {
			continue
		}
		shown = append(shown, i)
		if !slices.Contains(texts, name) {
			name += " "
		}
		l.header = append(l.header, strings.ToUpper(scrub.Text(name)))
	}
	for _, record := range l.records {
		row := make([]string, len(shown))
		for at, i := range shown {
			row[at] = scrub.Text(record[i])
		}
		l.rows = append(l.rows, row)
	}
	return l
}

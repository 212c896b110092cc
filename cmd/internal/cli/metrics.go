package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/scrub"
)

// worstSeries is how many series are shown without --all.
const worstSeries = 20

// metricsOptions are those of the verb metrics.
type metricsOptions struct {
	app     *app
	args    []string
	attempt int
	all     bool

	realised bool
	targets  int
	series   string
}

func newMetrics(a *app) *cobra.Command {
	opts := metricsOptions{app: a}
	cmd := &cobra.Command{
		Use:   "metrics [DATE]",
		Short: "Show the accuracy that the gate saw",
		Long: `Show the accuracy of a date's training over rolling origins, beside the
baseline's on the same rows, what the gate concluded, and the series with the
largest part of the error. It is of the newest attempt that was evaluated.
Without DATE it is the newest date that was.

wape, bias and the coverages are shares and smape is a percentage; mase and
rmsse are relative to the seasonal naive forecast in the training data, mae and
rmse in the data's unit.

With --realised it is how well published forecasts came true, by days ahead, over
the 28 target dates up to DATE, and whether that has become worse than the
backtest let expect (drift). Signals name series whose errors one day ahead keep to
one side or whose intervals cover too much or too little, and tell if the total of
the newest week was missed. Fallbacks count as what readers saw, and not as the
model. serve and the terminal UI keep it.

` + dateHelp,
		Example: `  daybatch metrics
  daybatch metrics 2026-01-15 --all
  daybatch metrics --realised
  daybatch metrics -o csv > series.csv`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.args = args
			if opts.realised {
				return runRealised(cmd.Context(), opts)
			}
			return runMetrics(cmd.Context(), opts)
		},
	}
	cmd.Flags().IntVar(&opts.attempt, "attempt", 0, "number of the attempt (default: the newest that was evaluated)")
	cmd.Flags().BoolVar(&opts.all, "all", false, "show all series")
	cmd.Flags().BoolVar(&opts.realised, "realised", false, "show what published forecasts came to, by days ahead")
	cmd.Flags().IntVar(&opts.targets, "targets", 0, "with --realised: target dates up to DATE (default: 28)")
	cmd.Flags().StringVar(&opts.series, "series", "", "with --realised: one series, its values separated by commas")
	return cmd
}

func runMetrics(ctx context.Context, opts metricsOptions) error {
	return opts.app.with(ctx, reading, func(s *session) error {
		date, err := s.evaluatedDate(ctx, opts.args)
		if err != nil {
			return err
		}
		evaluation, err := s.evaluation(ctx, date, opts.attempt)
		if err != nil {
			return err
		}
		shown := worstSeries
		if opts.all {
			shown = len(evaluation.Series)
		}
		return opts.app.print(s.metricsListing(evaluation, shown))
	})
}

// evaluatedDate reads the DATE; without one it is the newest of the last 30 that
// has metrics.
func (s *session) evaluatedDate(ctx context.Context, args []string) (calendar.Date, error) {
	if len(args) > 0 {
		return s.date(args)
	}
	days, err := s.engine.Days(ctx, forecast.DayQuery{})
	if err != nil {
		return 0, doing("read days", err)
	}
	for _, day := range days {
		if len(day.Metrics) > 0 {
			return day.Date, nil
		}
	}
	err = fmt.Errorf("none of the last %s was evaluated: %w", count(len(days), "date"), forecast.ErrNotFound)
	return 0, &hintError{err, "`daybatch run` runs the newest date; name an older DATE to see its metrics"}
}

// evaluation reads what the gate saw in an attempt; number 0 is the newest that
// got that far.
func (s *session) evaluation(ctx context.Context, d calendar.Date, number int) (forecast.Evaluation, error) {
	last, err := s.attempt(ctx, d, number)
	if err != nil {
		return forecast.Evaluation{}, err
	}
	candidates := []forecast.Execution{last}
	if number == 0 {
		if candidates, err = s.engine.Executions(ctx, d); err != nil {
			return forecast.Evaluation{}, doing("read attempts of "+d.String(), err)
		}
	}
	for _, attempt := range slices.Backward(candidates) {
		evaluation, err := s.engine.Evaluation(ctx, attempt.ID)
		if err == nil {
			return evaluation, nil
		}
		if !errors.Is(err, forecast.ErrNotFound) {
			return forecast.Evaluation{}, fmt.Errorf("read metrics of %s: %w", d, err)
		}
	}
	err = fmt.Errorf("no attempt of %s got to its evaluation: %w", d, forecast.ErrNotFound)
	return forecast.Evaluation{}, &hintError{err, "`daybatch steps " + d.String() + "` shows how far it came"}
}

// evaluationItem is an evaluation in JSON.
type evaluationItem struct {
	Date      calendar.Date        `json:"date"`
	Execution forecast.ExecutionID `json:"execution"`
	Verdict   forecast.Verdict     `json:"verdict"`
	Checks    []forecast.Check     `json:"checks"`
	Measures  forecast.Measures    `json:"measures"`
	Baseline  forecast.Measures    `json:"baseline"`
	Versus    *string              `json:"versus"`
	Origins   []calendar.Date      `json:"origins"`
	Horizon   int                  `json:"horizon"`
	Rows      int                  `json:"rows"`
	Series    []accuracyItem       `json:"series"`
	Warnings  []string             `json:"warnings"`
	Input     []string             `json:"input"`
}

// accuracyItem is the accuracy of a series in JSON.
type accuracyItem struct {
	Series   keyed             `json:"series"`
	Model    string            `json:"model"`
	Form     string            `json:"form"`
	Class    string            `json:"class"`
	Measures forecast.Measures `json:"measures"`
	Share    float64           `json:"share"`
	Why      string            `json:"why"`
	Warnings []string          `json:"warnings"`
}

func (s *session) metricsListing(e forecast.Evaluation, shown int) listing {
	item := evaluationItem{
		Date: e.Date, Execution: e.Execution, Verdict: e.Verdict, Checks: orEmpty(e.Checks), Measures: e.Measures,
		Baseline: e.Baseline, Versus: given(e.Versus), Origins: orEmpty(e.Origins), Horizon: e.Horizon, Rows: e.Rows,
		Series: []accuracyItem{}, Warnings: orEmpty(e.Warnings), Input: orEmpty(e.Input),
	}
	names := measureNames(e)
	l := listing{
		header: []string{"SERIES", "MODEL", "FORM", "CLASS", "WAPE ", "MASE ", "SHARE "},
		empty:  "no series",
		fields: slices.Concat(s.pipeline.Series, []string{"model", "form", "class", "share"}, names),
	}
	for _, text := range e.Input {
		l.warnings = append(l.warnings, "input: "+text)
	}
	l.warnings = append(l.warnings, e.Warnings...)
	for i, series := range e.Series {
		key := keyed{s.pipeline.Series, series.Series}
		item.Series = append(item.Series, accuracyItem{
			Series: key, Model: series.Model, Form: series.Form, Class: series.Class, Measures: series.Measures,
			Share: series.Share, Why: series.Why, Warnings: orEmpty(series.Warnings),
		})
		record := slices.Concat(key.record(), []string{series.Model, series.Form, series.Class, exact(series.Share)})
		for _, name := range names {
			record = append(record, recorded(series.Measures, name))
		}
		l.records = append(l.records, record)
		if i < shown {
			l.rows = append(l.rows, []string{
				scrub.Text(series.Series.String()), series.Model, series.Form, series.Class, measure(series.Measures, "wape"),
				measure(series.Measures, "mase"), strconv.FormatFloat(100*series.Share, 'f', 1, 64) + "%",
			})
		}
	}
	if rest := len(e.Series) - len(l.rows); rest > 0 {
		l.notes = append(l.notes, fmt.Sprintf("... and %d more series with smaller parts of the error; --all shows them", rest))
	}
	l.notes = append(l.notes, "", s.measuresTable(e, names))
	for _, check := range e.Checks {
		l.notes = append(l.notes, fmt.Sprintf("gate %s: %s", check.Verdict, check.Text))
	}
	if s.pipeline.Foreign != "" { // what was compared is its own affair
		l.empty = "no series: the pipeline is another team's"
		l.notes = append(l.notes, fmt.Sprintf("%s, %s", e.Execution, theirVerdict(e.Verdict)))
	} else {
		l.notes = append(l.notes, fmt.Sprintf("%s, %s: %s compared over %s of %s", e.Date, verdictWord(e.Verdict),
			count(e.Rows, "forecast"), count(len(e.Origins), "origin"), count(e.Horizon, "day")))
	}
	l.items = []evaluationItem{item}
	return l
}

// measuresTable shows the panel's measures beside the baseline's.
func (s *session) measuresTable(e forecast.Evaluation, names []string) string {
	header := []string{"MEASURE", "FORECAST "}
	if s.pipeline.Foreign != "" { // it need not be one
		header[1] = "VALUE "
	}
	if e.Versus != "" {
		header = append(header, strings.ToUpper(e.Versus)+" ")
	}
	var rows [][]string
	for _, name := range names {
		row := []string{name, measure(e.Measures, name)}
		if e.Versus != "" {
			row = append(row, measure(e.Baseline, name))
		}
		rows = append(rows, row)
	}
	return s.app.table(header, rows)
}

// measureNames returns the names of all measures, the best known first.
func measureNames(e forecast.Evaluation) []string {
	order := []string{"wape", "mase", "rmsse", "smape", "bias", "pinball", "msis", "coverage_80", "coverage_95"}
	var names []string
	for _, name := range order {
		if _, ok := e.Measures[name]; ok {
			names = append(names, name)
		}
	}
	var others []string
	for name := range e.Measures {
		if !slices.Contains(order, name) {
			others = append(others, name)
		}
	}
	slices.Sort(others)
	return append(names, others...)
}

func verdictWord(v forecast.Verdict) string {
	switch v {
	case forecast.VerdictPassed:
		return "the gate let it pass"
	case forecast.VerdictFailed:
		return "the gate refused it"
	default:
		return "the gate had too little evidence"
	}
}

// theirVerdict is verdictWord for a pipeline that need not have a gate.
func theirVerdict(v forecast.Verdict) string {
	if v == forecast.VerdictUndecided {
		return "no gate has judged it"
	}
	return verdictWord(v)
}

// orEmpty makes a nil slice one that JSON shows as a list.
func orEmpty[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}

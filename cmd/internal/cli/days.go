package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/forecast"
)

// daysOptions are those of the verb days.
type daysOptions struct {
	app      *app
	from, to string
	last     int
	states   []string
}

func newDays(a *app) *cobra.Command {
	opts := daysOptions{app: a}
	cmd := &cobra.Command{
		Use:   "days",
		Short: "List the days with their states",
		Long: `List the days, newest first: the state of each, a mark per step of its last
attempt, and its accuracy.

--state keeps the days in the named states; bad stands for all that need a
person. ` + dateHelp,
		Example: `  daybatch days
  daybatch days --state bad
  daybatch days --from 2026-01-01 --to 2026-01-31 -o json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDays(cmd.Context(), opts) },
	}
	cmd.Flags().StringVar(&opts.from, "from", "", "first date")
	cmd.Flags().StringVar(&opts.to, "to", "", "last date (default: the newest that is due)")
	cmd.Flags().IntVar(&opts.last, "last", 0, "only the newest N dates (default 30, with --from all)")
	cmd.Flags().StringSliceVar(&opts.states, "state", nil, "only days in these states, or bad")
	return cmd
}

func runDays(ctx context.Context, opts daysOptions) error {
	if opts.last < 0 {
		return usagef("--last %d: give a number of dates", opts.last)
	}
	keep, err := stateFilter(opts.states)
	if err != nil {
		return err
	}
	return opts.app.with(ctx, reading, func(s *session) error {
		r, err := s.dates.span(opts.from, opts.to)
		if err != nil {
			return err
		}
		days, err := s.engine.Days(ctx, forecast.DayQuery{Range: r, Last: opts.last})
		if err != nil {
			return doing("read days", err)
		}
		kept := slices.DeleteFunc(slices.Clone(days), func(day forecast.Day) bool { return !keep(day.State) })
		l := s.daysListing(kept)
		s.dashboard(ctx, &l)
		s.drift(ctx, &l)
		if len(kept) == 0 && len(days) > 0 {
			l.empty = fmt.Sprintf("no days: none of %s, %s .. %s, is %s; --last N looks further back",
				count(len(days), "date"), days[len(days)-1].Date, days[0].Date, strings.Join(opts.states, " or "))
		}
		return opts.app.print(l)
	})
}

// stateFilter reads the words of --state.
func stateFilter(words []string) (func(forecast.DayState) bool, error) {
	wanted := map[forecast.DayState]bool{}
	for _, word := range words {
		found := false
		for _, state := range forecast.DayStates() {
			if strings.EqualFold(word, string(state)) || word == "bad" && state.Bad() {
				wanted[state], found = true, true
			}
		}
		if !found {
			return nil, usagef("--state %q is no state: there are bad and %s", word, joinStates())
		}
	}
	return func(state forecast.DayState) bool { return len(wanted) == 0 || wanted[state] }, nil
}

func joinStates() string {
	var names []string
	for _, state := range forecast.DayStates() {
		names = append(names, string(state))
	}
	return strings.Join(names, ", ")
}

// daysListing shows days as a table, as JSON and as CSV.
func (s *session) daysListing(days []forecast.Day) listing {
	now := s.app.env.Now()
	items := make([]dayItem, 0, len(days))
	l := listing{
		header: []string{"DATE", "STATE", "STEPS", "TOOK ", "WAPE ", "MASE ", "ROWS ", "TRY ", "FLAGS", "REASON"},
		empty:  "no days: the range is empty, or no date is due yet",
		fields: dayFields(),
	}
	if s.machines() {
		l.header = slices.Insert(l.header, costColumn, "USD ")
	}
	for _, day := range days {
		items = append(items, makeDayItem(day, now))
		l.rows = append(l.rows, s.dayRow(day, now))
		l.records = append(l.records, dayRecord(day, now))
	}
	l.items = items
	return l
}

func (s *session) dayRow(day forecast.Day, now time.Time) []string {
	style := s.app.style
	rows := ""
	if day.Partition.Generation != "" {
		rows = strconv.FormatInt(day.Partition.Rows, 10)
	}
	attempts := ""
	if day.Attempts > 0 {
		attempts = strconv.Itoa(day.Attempts)
	}
	row := []string{
		day.Date.Weekday().String()[:3] + " " + day.Date.String(),
		style.state(dayMark(day.State), string(day.State)),
		style.steps(day.Steps),
		took(day.Last.Took(now)),
		measure(day.Evaluated(), "wape"),
		measure(day.Evaluated(), "mase"),
		rows,
		attempts,
		flagWords(day),
		dayReason(day),
	}
	if s.machines() {
		row = slices.Insert(row, costColumn, amount(day.Last.Cost))
	}
	return row
}

// costColumn is where the cost of a day stands, where there is one: after the time
// that it took.
const costColumn = 4

// flagWords shows the flags with what they say.
func flagWords(day forecast.Day) string {
	var words []string
	if day.Late > 0 {
		words = append(words, "Late "+ago(day.Late))
	}
	if day.Stale {
		words = append(words, "Stale")
	}
	if source := day.Fallback(); !source.IsZero() {
		words = append(words, fallbackWords(day.Partition))
	}
	return strings.Join(words, " ")
}

// fallbackWords says what fills a date.
func fallbackWords(p forecast.Partition) string {
	if p.FallbackModel != "" {
		return "Fallback data of " + p.FallbackOf.String()
	}
	return fmt.Sprintf("Fallback %s (%dd)", p.FallbackOf, p.Age())
}

// dayReason is why a day is not good, or no longer.
func dayReason(day forecast.Day) string {
	if day.State == forecast.DaySucceeded && !day.Stale || day.State == forecast.DayNotDue {
		return ""
	}
	return firstLine(day.Reason.Text)
}

func dayFields() []string {
	return []string{
		"date", "state", "flags", "attempts", "execution", "started", "duration_s", "wape", "mase", "smape", "bias",
		"coverage_80", "coverage_95", "rows", "bytes", "generation", "failed_step", "reason_class", "reason",
		"start_up_s", "cost_usd",
	}
}

func dayRecord(day forecast.Day, now time.Time) []string {
	duration, failed := "", ""
	if !day.Last.Started.IsZero() {
		duration = strconv.FormatFloat(day.Last.Took(now).Seconds(), 'f', 3, 64)
	}
	if step, ok := day.FailedStep(); ok {
		failed = string(step.Name)
	}
	record := []string{
		day.Date.String(), string(day.State), strings.Join(flagsOf(day), " "), strconv.Itoa(day.Attempts),
		string(day.Last.ID), stamp(day.Last.Started), duration,
	}
	for _, name := range []string{"wape", "mase", "smape", "bias", "coverage_80", "coverage_95"} {
		record = append(record, recorded(day.Evaluated(), name))
	}
	return append(record,
		strconv.FormatInt(day.Partition.Rows, 10), strconv.FormatInt(day.Partition.Bytes, 10), day.Partition.Generation,
		failed, string(day.Reason.Class), day.Reason.Text,
		strconv.FormatFloat(day.StartUp(now).Seconds(), 'f', 3, 64), amount(day.Last.Cost),
	)
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// fallbackOptions are those of the verb fallback.
type fallbackOptions struct {
	app    *app
	args   []string
	dryRun bool
}

func newFallback(a *app) *cobra.Command {
	opts := fallbackOptions{app: a}
	cmd := &cobra.Command{
		Use:   "fallback DATE",
		Short: "Fill a date with the last good forecast",
		Long: `Fill a date that has no forecast of its own with the last good one, shifted onto
it: what that has for the days after DATE stays, and the days at the end are filled
with the same weekday one week earlier. If there is none of the last days
(limits.fallback_days), it is the same weekdays of the latest data.

Every row says what it is (forecast_kind, made_for, forecast_age), and so does
every screen. The date is still owed and still late; its own forecast replaces the
fallback when it comes. With on_missing: fallback in the project this happens by
itself when a date failed or was gated, and at late_after.

` + askHelp + "\n\n" + dateHelp,
		Example: `  daybatch fallback 2026-01-15 --dry-run
  daybatch fallback latest --yes`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.args = args
			return runFallback(cmd.Context(), opts)
		},
	}
	cmd.Flags().BoolVar(&opts.dryRun, "dry-run", false, "only show with what it would be filled")
	return cmd
}

func runFallback(ctx context.Context, opts fallbackOptions) error {
	return opts.app.with(ctx, changing, func(s *session) error {
		date, err := s.date(opts.args)
		if err != nil {
			return err
		}
		p, err := s.engine.PlanFallback(ctx, date)
		if err != nil {
			return err //nolint:wrapcheck // the engine names the date
		}
		if opts.dryRun {
			return s.app.print(fallbackListing(p))
		}
		if err := s.app.printTable(s.app.env.Stderr, fallbackListing(p)); err != nil {
			return err
		}
		if p.Action != forecast.ActionRun {
			return s.notFilled(ctx, date)
		}
		if err := s.confirm(ctx, fmt.Sprintf("Fill %s with %s?", date, fallbackSource(p)), 1); err != nil {
			return err
		}
		filled, err := s.record.fallback(ctx, forecast.FallbackRequest{Date: date, Source: p.Source.Generation, Actor: s.actor})
		if errors.Is(err, forecast.ErrNotFound) {
			return &hintError{err, fmt.Sprintf("`daybatch steps %s` shows what became of it, `daybatch backfill` makes the dates before it", date)}
		}
		if err != nil {
			return err //nolint:wrapcheck // the engine names the date
		}
		return s.app.print(s.partitionListing([]forecast.Partition{filled}))
	})
}

// notFilled says that nothing was done, which is fine if readers see something.
func (s *session) notFilled(ctx context.Context, date calendar.Date) error {
	fmt.Fprintln(s.app.env.Stderr, "nothing to do")
	day, err := s.day(ctx, date)
	if err != nil {
		return err
	}
	if day.Partition.Generation == "" {
		return statusError(exitUsage)
	}
	return nil
}

// fallbackSource names what a date is filled with.
func fallbackSource(p forecast.FallbackPlan) string {
	if p.Model != "" {
		return "the same weekdays of the latest data"
	}
	return "the forecast of " + p.Of.String()
}

func fallbackListing(p forecast.FallbackPlan) listing {
	of, age := "", ""
	if !p.Of.IsZero() {
		of, age = p.Of.String(), strconv.Itoa(p.Age)
	}
	return listing{
		header:  []string{"DATE", "ACTION", "OF", "AGE ", "REASON"},
		rows:    [][]string{{p.Date.String(), string(p.Action), of, age, p.Reason}},
		items:   []forecast.FallbackPlan{p},
		fields:  []string{"date", "action", "reason", "of", "age", "source", "model", "replaces"},
		records: [][]string{{p.Date.String(), string(p.Action), p.Reason, of, age, p.Source.Generation, p.Model, p.Replaces}},
	}
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/forecast"
)

// rowComparison is how a row of a staged plan changes its date.
type rowComparison struct {
	Row        forecast.PlanRow    `json:"row"`
	Comparison forecast.Comparison `json:"comparison"`
}

func newPlanDiff(a *app) *cobra.Command {
	opts := planOptions{app: a}
	return &cobra.Command{
		Use:   "diff [ID]",
		Short: "Compare what a staged plan built with what readers see",
		Long: `Compare, date by date, what a staged plan built with what readers see (or saw
before, if it has been published): rows, totals over all series and days, and what
the gate saw. Without ID it is the only plan that has not ended. partition diff
shows the series of one date.`,
		Example: "  daybatch backfill diff\n  daybatch backfill diff bf-3f9a -o json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.id = strings.Join(args, "")
			return opts.app.with(cmd.Context(), reading, func(s *session) error {
				plan, err := s.plan(cmd.Context(), opts.id)
				if err != nil {
					return err
				}
				rows, err := s.compareRows(cmd.Context(), plan)
				if err != nil {
					return err
				}
				return a.print(diffListing(rows))
			})
		},
	}
}

// compareRows compares the rows of a plan that have built a generation.
func (s *session) compareRows(ctx context.Context, plan forecast.Plan) ([]rowComparison, error) {
	if plan.Request.Publish != forecast.PublishStaged {
		return nil, &hintError{usagef("plan %s is not staged: it publishes each date when it is done", plan.ID), "`daybatch partition diff DATE` compares the generations of one date"}
	}
	rows := []rowComparison{}
	for _, row := range plan.Rows {
		if row.Generation == "" {
			continue
		}
		query := forecast.CompareQuery{Date: row.Date, From: row.ExpectedGeneration, To: row.Generation}
		if row.State == forecast.RowSucceeded {
			query.From = row.Replaced
		}
		c, err := s.engine.Compare(ctx, query)
		if errors.Is(err, forecast.ErrNotFound) {
			continue // retention has taken one of the two
		}
		if err != nil {
			return nil, err //nolint:wrapcheck // the engine names the date
		}
		rows = append(rows, rowComparison{Row: row, Comparison: c})
	}
	return rows, nil
}

func diffListing(rows []rowComparison) listing {
	l := listing{
		header: []string{"DATE", "STATE", "ROWS ", "WAS ", "TOTAL ", "WAS ", "CHANGE ", "WAPE ", "WAS ", "SERIES "},
		empty:  "the plan has built nothing that is still there",
		fields: []string{"date", "state", "rows_from", "rows_to", "total_from", "total_to", "wape_from", "wape_to", "changed"},
		items:  rows,
	}
	for _, r := range rows {
		c := r.Comparison
		from := &c.TotalFrom
		if c.From.Generation == "" {
			from = nil
		}
		l.rows = append(l.rows, []string{
			r.Row.Date.String(), string(r.Row.State), strconv.FormatInt(c.To.Rows, 10), strconv.FormatInt(c.From.Rows, 10),
			sumText(c.TotalTo), optional(from, sumText), relative(from, &c.TotalTo),
			measure(c.MetricsTo, "wape"), measure(c.MetricsFrom, "wape"), strconv.Itoa(c.Changed),
		})
		l.records = append(l.records, []string{
			r.Row.Date.String(), string(r.Row.State), strconv.FormatInt(c.From.Rows, 10), strconv.FormatInt(c.To.Rows, 10),
			optional(from, exact), exact(c.TotalTo), recorded(c.MetricsFrom, "wape"), recorded(c.MetricsTo, "wape"), strconv.Itoa(c.Changed),
		})
	}
	return l
}

// rollbackable returns the newest ended plan that published staged dates.
func (s *session) rollbackable(ctx context.Context) (forecast.Plan, error) {
	plans, err := s.engine.Plans(ctx)
	if err != nil {
		return forecast.Plan{}, fmt.Errorf("read plans: %w", err)
	}
	for _, plan := range plans {
		for _, row := range plan.Rows {
			if plan.State == forecast.PlanEnded && row.State == forecast.RowSucceeded && row.Generation != "" {
				return plan, nil
			}
		}
	}
	return forecast.Plan{}, fmt.Errorf("no staged plan has published anything: %w", forecast.ErrNotFound)
}

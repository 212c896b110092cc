// Package policy carries on_missing out for an engine: it fills the dates for
// which package fallback says that it is time to.
package policy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/fallback"
)

// Actor is who fills dates by the policy.
const Actor = "on_missing"

// recent is how many of the newest dates a server looks at.
const recent = 14

// Policy fills dates of one engine. It holds no state, and several processes may
// carry it out at once: each date is filled by one.
type Policy struct {
	// On says that the project wants it.
	On bool
	// Days reads days, newest first.
	Days func(context.Context, forecast.DayQuery) ([]forecast.Day, error)
	// Plan says with what a date would be filled.
	Plan func(context.Context, calendar.Date) (forecast.FallbackPlan, error)
	// Fill carries that out. ErrConflict: the date was made or filled meanwhile;
	// ErrNotFound: there is nothing to fill it with.
	Fill func(ctx context.Context, p forecast.FallbackPlan, actor string) (forecast.Partition, error)
	// Deadline returns when a date is late, zero if never.
	Deadline func(calendar.Date) time.Time
	// Now is the engine's clock.
	Now func() time.Time
}

// Newest fills the newest dates that need it, the older ones first. A date that
// can't be filled does not keep the others from it.
func (p Policy) Newest(ctx context.Context) error {
	if !p.On {
		return nil
	}
	days, err := p.Days(ctx, forecast.DayQuery{Last: recent})
	if err != nil {
		return err
	}
	var errs []error
	for _, day := range slices.Backward(days) {
		errs = append(errs, p.day(ctx, day))
	}
	return errors.Join(errs...)
}

// Dates fills those of the dates that need it.
func (p Policy) Dates(ctx context.Context, dates ...calendar.Date) error {
	if !p.On {
		return nil
	}
	var errs []error
	for _, date := range dates {
		days, err := p.Days(ctx, forecast.DayQuery{Range: calendar.Range{From: date, To: date}})
		if err == nil {
			err = p.day(ctx, days[0])
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// day fills a day if it is time to, and if there is something better than what
// readers see.
func (p Policy) day(ctx context.Context, day forecast.Day) error {
	if !fallback.Due(day, p.Deadline(day.Date), p.Now()) {
		return nil
	}
	plan, err := p.Plan(ctx, day.Date)
	if err != nil {
		return fmt.Errorf("plan a fallback for %s: %w", day.Date, err)
	}
	if !fallback.Better(plan) {
		return nil
	}
	_, err = p.Fill(ctx, plan, Actor)
	if errors.Is(err, forecast.ErrConflict) || errors.Is(err, forecast.ErrNotFound) {
		return nil
	}
	return err
}

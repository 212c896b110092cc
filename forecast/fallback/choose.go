package fallback

import (
	"fmt"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// week is the season by which a forecast is carried on.
const week = 7

// standardAge is how old a forecast may be that fills another date, in days,
// unless the project says otherwise.
const standardAge = 7

// MaxAge returns how many days old a forecast may be that fills another date.
func MaxAge(d forecast.Definition) int {
	if d.Limits.FallbackDays > 0 {
		return d.Limits.FallbackDays
	}
	return standardAge
}

// Sources returns the dates whose forecasts may fill a date.
func Sources(date calendar.Date, maxAge int) calendar.Range {
	return calendar.Range{From: date - calendar.Date(maxAge), To: date - 1}
}

// Plan says what fills a date, by its day as it is now and the current
// generations of the dates before it. Whether there are data for a naive forecast
// is for the engine to find out.
func Plan(day forecast.Day, before []forecast.Partition, def forecast.Definition) forecast.FallbackPlan {
	p := forecast.FallbackPlan{Date: day.Date, Action: forecast.ActionSkip}
	current := day.Partition
	switch {
	case own(current):
		p.Reason = "it has a forecast of its own, generation " + current.Generation
		return p
	case day.Due.IsZero():
		p.Reason = day.Reason.Text // not owed
		return p
	case day.State == forecast.DayNotDue:
		p.Reason = "it is not due yet: " + day.Reason.Text
		return p
	}
	if current.Generation != "" {
		p.Replaces = current.Generation
	}
	maxAge := MaxAge(def)
	source, found := choose(day.Date, before, maxAge)
	if !found || def.Forecast.Horizon < week {
		p.Action, p.Model = forecast.ActionRun, forecast.Naive
		p.Reason = fmt.Sprintf("no good forecast of the %d days before it: the same weekdays of the latest data", maxAge)
		if found {
			p.Reason = "a forecast of less than a week can't be carried on: the same weekdays of the latest data"
		}
		return p
	}
	p.Of, p.Age, p.Source = source.Date, int(day.Date-source.Date), source
	if current.Generation != "" && current.FallbackModel == "" && current.FallbackOf >= source.Date {
		p.Reason = "it is filled with the forecast of " + current.FallbackOf.String() + " already, and there is no younger one"
		return p
	}
	p.Action = forecast.ActionRun
	p.Reason = fmt.Sprintf("the forecast of %s, %s old: generation %s", source.Date, days(p.Age), source.Generation)
	return p
}

// Admit checks that a plan fills a date in the way that a request asks for: one
// that doesn't is ErrConflict.
func Admit(p forecast.FallbackPlan, request forecast.FallbackRequest) error {
	switch {
	case p.Action != forecast.ActionRun:
		return fmt.Errorf("%w: %s", forecast.ErrConflict, p.Reason)
	case request.Source != "" && request.Source != p.Source.Generation:
		return fmt.Errorf("%w: the forecast to take is generation %q by now, not %q", forecast.ErrConflict, p.Source.Generation, request.Source)
	default:
		return nil
	}
}

// Due reports whether the policy fills a day now: its last attempt failed or was
// refused by the gate, or its deadline has passed without a forecast of its own.
// An attempt that was interrupted goes on by itself, and what was stopped or waits
// for its source is left alone until the deadline.
func Due(day forecast.Day, deadline, now time.Time) bool {
	switch {
	case own(day.Partition) || day.State == forecast.DayNotDue:
		return false
	case day.State == forecast.DayGated, day.State == forecast.DayFailed && day.Reason.Class != forecast.ReasonLost:
		return true
	default:
		return !deadline.IsZero() && !now.Before(deadline)
	}
}

// Better reports whether a plan is worth carrying out without being asked to: a
// fallback makes way only for a younger forecast, not for another naive one.
func Better(p forecast.FallbackPlan) bool {
	return p.Action == forecast.ActionRun && (p.Replaces == "" || p.Model == "")
}

// own reports whether a generation is a forecast of its date's own.
func own(p forecast.Partition) bool {
	return p.Generation != "" && p.Kind != forecast.GenerationFallback
}

// choose returns the youngest good forecast among the current generations of
// other dates.
func choose(date calendar.Date, before []forecast.Partition, maxAge int) (forecast.Partition, bool) {
	var best forecast.Partition
	window := Sources(date, maxAge)
	for _, p := range before {
		if p.Current && own(p) && window.Contains(p.Date) && p.Date > best.Date {
			best = p
		}
	}
	return best, best.Generation != ""
}

func days(n int) string {
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}

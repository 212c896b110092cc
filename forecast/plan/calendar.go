package plan

import (
	"fmt"
	"slices"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// lookBack bounds how far Newest searches a pipeline without a first date.
const lookBack = 3660

// Calendar says which dates a pipeline owes, when they become due, and when
// they become late. It depends on the definition alone, never on what happened:
// sleep, lost ticks and clock jumps can't change what is owed.
type Calendar struct {
	zone     *time.Location
	start    calendar.Date
	end      calendar.Date
	lag      int
	deadline clock
	closed   forecast.Closed
	holidays calendar.Holidays // of closed; zero: none
	schedule calendar.Schedule // zero: every date, as soon as its lag is over
}

// clock is a time of the day.
type clock struct {
	set          bool
	hour, minute int
}

// NewCalendar returns the calendar of a definition. Its errors wrap
// forecast.ErrInvalid and name the key and its value.
func NewCalendar(def forecast.Definition) (Calendar, error) {
	zone, err := def.Zone()
	if err != nil {
		return Calendar{}, err
	}
	if def.LagDays < 0 {
		return Calendar{}, fmt.Errorf("%w: lag_days %d: a date is due after it began, so give 0 or more", forecast.ErrInvalid, def.LagDays)
	}
	if !def.End.IsZero() && def.End < def.Start {
		return Calendar{}, fmt.Errorf("%w: end %s lies before start %s: swap them or leave end out", forecast.ErrInvalid, def.End, def.Start)
	}
	deadline, err := parseClock(def.LateAfter)
	if err != nil {
		return Calendar{}, err
	}
	c := Calendar{zone: zone, start: def.Start, end: def.End, lag: def.LagDays, deadline: deadline, closed: def.Closed}
	if country := def.Closed.Holidays; country != "" {
		if c.holidays, err = calendar.HolidaysFor(country); err != nil {
			return Calendar{}, fmt.Errorf("%w: closed.holidays: %w", forecast.ErrInvalid, err)
		}
	}
	if def.Schedule == "" {
		return c, nil
	}
	schedule, err := calendar.ParseSchedule(def.Schedule)
	if err != nil {
		return Calendar{}, fmt.Errorf("%w: %w", forecast.ErrInvalid, err)
	}
	// A rate counts from the firing for the first date, so that this is owed.
	c.schedule = schedule.Anchored(def.Start + calendar.Date(def.LagDays))
	return c, nil
}

func parseClock(text string) (clock, error) {
	if text == "" {
		return clock{}, nil
	}
	t, err := time.Parse("15:04", text)
	if err != nil {
		return clock{}, fmt.Errorf("%w: late_after %q is no time of the day: write it as HH:MM, for example 09:00", forecast.ErrInvalid, text)
	}
	return clock{set: true, hour: t.Hour(), minute: t.Minute()}, nil
}

// Zone returns the pipeline's time zone.
func (c Calendar) Zone() *time.Location { return c.zone }

// Start returns the first date that is owed; zero: no first date.
func (c Calendar) Start() calendar.Date { return c.start }

// End returns the last date that is owed; zero: no last date.
func (c Calendar) End() calendar.Date { return c.end }

// Due returns when date d becomes due, and false if it is not owed.
func (c Calendar) Due(d calendar.Date) (time.Time, bool) {
	due, why := c.due(d)
	return due, why == ""
}

// Deadline returns when date d becomes late: the first time that clocks show
// late_after once it is due. It is zero if d is not owed or never becomes late.
func (c Calendar) Deadline(d calendar.Date) time.Time {
	due, owed := c.Due(d)
	if !owed || !c.deadline.set {
		return time.Time{}
	}
	deadline := c.at(calendar.In(due, c.zone))
	if deadline.Before(due) {
		deadline = c.at(calendar.In(due, c.zone) + 1)
	}
	return deadline
}

func (c Calendar) at(d calendar.Date) time.Time {
	year, month, day := d.Civil()
	return time.Date(year, month, day, c.deadline.hour, c.deadline.minute, 0, 0, c.zone)
}

// Newest returns the newest date that is due at now, zero if none is.
func (c Calendar) Newest(now time.Time) calendar.Date {
	newest := calendar.In(now, c.zone) - calendar.Date(c.lag)
	if !c.end.IsZero() {
		newest = min(newest, c.end)
	}
	for d := newest; d >= max(c.start, newest-lookBack); d-- {
		if due, owed := c.Due(d); owed && !due.After(now) {
			return d
		}
	}
	return 0
}

// NextDue returns the first instant after now at which a date becomes due, and
// that date; zero if none does within a year.
func (c Calendar) NextDue(now time.Time) (time.Time, calendar.Date) {
	const horizon = 366
	from := calendar.In(now, c.zone) - calendar.Date(c.lag) - 1
	for d := max(c.start, from); d <= from+horizon && (c.end.IsZero() || d <= c.end); d++ {
		if due, owed := c.Due(d); owed && due.After(now) {
			return due, d
		}
	}
	return time.Time{}, 0
}

// closedOn returns why nothing is forecast for d, empty if it is no closed day.
func (c Calendar) closedOn(d calendar.Date) string {
	if slices.Contains(c.closed.Weekdays, d.Weekday()) {
		return d.Weekday().String() + "s are closed"
	}
	if slices.Contains(c.closed.Dates, d) {
		return "it is a closed date of the project"
	}
	if c.closed.Holidays != "" {
		if name, ok := c.holidays.Name(d); ok {
			return fmt.Sprintf("%s (%s) is closed", name, c.closed.Holidays)
		}
	}
	return ""
}

// Facts returns what the calendar knows of date d: Date, Owed, Due, NotOwed and
// Deadline. The rest is the engine's to fill in.
func (c Calendar) Facts(d calendar.Date) Facts {
	f := Facts{Date: d}
	f.Due, f.NotOwed = c.due(d)
	f.Owed = f.NotOwed == ""
	f.Deadline = c.Deadline(d)
	return f
}

// due returns when d becomes due, or why it is not owed.
func (c Calendar) due(d calendar.Date) (due time.Time, notOwed string) {
	switch {
	case d < c.start:
		return time.Time{}, "not owed: the pipeline starts at " + c.start.String()
	case !c.end.IsZero() && d > c.end:
		return time.Time{}, "not owed: the pipeline ended with " + c.end.String()
	case !d.Exists(c.zone):
		return time.Time{}, fmt.Sprintf("not owed: %s never had this date", c.zone)
	}
	if why := c.closedOn(d); why != "" {
		return time.Time{}, "not owed: " + why
	}
	if c.schedule.IsZero() {
		return (d + calendar.Date(c.lag)).Start(c.zone), ""
	}
	due, owed := c.schedule.Due(d, c.zone, c.lag)
	if !owed {
		return time.Time{}, "not owed: the schedule never fires for it"
	}
	return due, ""
}

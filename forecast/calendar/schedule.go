package calendar

import (
	"fmt"
	"time"
)

// Schedule is when a pipeline fires: an EventBridge cron or rate expression,
// read in a time zone that its methods are given. Schedules are values and
// compare with ==; the zero Schedule never fires. [ParseSchedule] makes one.
//
// A firing belongs to the civil date on which the expression puts it. If clocks
// skip its time, it counts at the end of the gap; if they show it twice, it
// fires once, at the first. So each date that an expression names has its
// firing, whatever the clocks do.
type Schedule struct {
	expression string
	cron       cron
	rate       rate
}

// Next returns the first firing after the given instant in zone loc, and
// whether there is one.
func (s Schedule) Next(after time.Time, loc *time.Location) (firing time.Time, ok bool) {
	if s.rate.n > 0 {
		return s.rate.next(after, loc), true
	}
	return s.cron.next(after, loc)
}

// Due returns the instant at which date d is due, and whether d is owed: d
// exists in zone loc, and a firing belongs to the date lagDays later. It is due
// at the first such firing.
func (s Schedule) Due(d Date, loc *time.Location, lagDays int) (due time.Time, owed bool) {
	if due, owed = s.first(d+Date(lagDays), loc); !owed || !d.Exists(loc) {
		return time.Time{}, false
	}
	return due, true
}

// first returns the first firing that belongs to date d.
func (s Schedule) first(d Date, loc *time.Location) (firing time.Time, ok bool) {
	if s.rate.n > 0 {
		return s.rate.first(d, loc)
	}
	if !s.cron.fires(d) {
		return time.Time{}, false
	}
	return d.at(s.cron.hours.first(), s.cron.minutes.first(), loc), true
}

// Anchored returns s with its rate counted from the start of date d, and no
// firing before. A rate that was not anchored counts from 1970-01-01. A cron
// expression is not changed.
func (s Schedule) Anchored(d Date) Schedule {
	if s.rate.n > 0 {
		s.rate.anchor = d
	}
	return s
}

// IsZero reports whether s is the zero Schedule.
func (s Schedule) IsZero() bool { return s == Schedule{} }

// String returns the expression that s was parsed from.
func (s Schedule) String() string { return s.expression }

// MarshalText writes the expression that s was parsed from, without the anchor.
func (s Schedule) MarshalText() ([]byte, error) { return []byte(s.expression), nil }

// UnmarshalText reads an expression as [ParseSchedule] does; empty text is the
// zero Schedule.
func (s *Schedule) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*s = Schedule{}
		return nil
	}
	parsed, err := ParseSchedule(string(text))
	if err != nil {
		return err
	}
	*s = parsed
	return nil
}

// Window returns the instants of date d in zone loc: from the first whose civil
// date is d up to the first whose civil date is later, which is outside. It is
// empty if the zone skipped d.
func Window(d Date, loc *time.Location) (from, to time.Time) {
	return d.Start(loc), (d + 1).Start(loc)
}

// ScheduleError says what is wrong with a schedule expression, and where.
type ScheduleError struct {
	Expression string
	Field      string // "hours"; empty if the expression as a whole is wrong
	Value      string // the part that is wrong
	Column     int    // where Value starts in Expression, from 1, in bytes
	Problem    string // what is wrong and what to write
}

// Error returns all of e: `schedule "cron(0 25 * * ? *)", column 8: hours "25":
// must be from 0 to 23`.
func (e *ScheduleError) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("schedule %q, column %d: %s", e.Expression, e.Column, e.Problem)
	}
	return fmt.Sprintf("schedule %q, column %d: %s %q: %s", e.Expression, e.Column, e.Field, e.Value, e.Problem)
}

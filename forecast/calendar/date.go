// Package calendar holds business dates, date ranges, the schedules that make
// dates due, and the calendars of holidays that forecasts depend on.
//
// A business day is a [Date], never a [time.Time]: it has no clock time and no
// zone. Instants become dates only through a named zone ([In]).
//
// Zones come from the system's time zone database. A program that must run
// where there is none imports time/tzdata.
package calendar

import (
	"fmt"
	"time"
)

// Date is a civil date in the proleptic Gregorian calendar, counted in days
// since 0001-01-01. Dates compare with <, d+7 is a week later, and the zero
// Date is the day of the zero [time.Time], which is never an observation.
type Date int32

// Layout is the only text form of a Date: YYYY-MM-DD.
const Layout = time.DateOnly

// unixDay is the Date of 1970-01-01.
const unixDay = 719162

const secondsPerDay = 86400

// Of returns the date of a civil year, month and day. Values outside their
// range are normalised as by [time.Date]: Of(2026, 2, 30) is 2026-03-02.
func Of(year int, month time.Month, day int) Date {
	return Date(floorDiv(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix(), secondsPerDay) + unixDay)
}

// In returns the civil date that clocks in zone loc show at instant t.
func In(t time.Time, loc *time.Location) Date {
	year, month, day := t.In(loc).Date()
	return Of(year, month, day)
}

// Parse reads a date in the form YYYY-MM-DD. A date that does not exist, such
// as 2026-02-30, is an error.
func Parse(s string) (Date, error) {
	t, err := time.Parse(Layout, s)
	if err != nil {
		return 0, fmt.Errorf("date %q is not a day of the calendar: write it as YYYY-MM-DD", s)
	}
	return In(t, time.UTC), nil
}

// IsZero reports whether d is the zero Date, which stands for "no date".
func (d Date) IsZero() bool { return d == 0 }

// UTC returns the instant 00:00 UTC of d.
func (d Date) UTC() time.Time { return time.Unix(d.seconds(), 0).UTC() }

// seconds returns the Unix time of 00:00 UTC of d.
func (d Date) seconds() int64 { return (int64(d) - unixDay) * secondsPerDay }

// Start returns the first instant whose civil date in loc is d. Where clocks
// skip midnight that is the first instant after the gap, where they show it
// twice the first of the two; where the zone skipped the whole day it is the
// first instant of the next day that exists.
func (d Date) Start(loc *time.Location) time.Time { return d.at(0, 0, loc) }

// Exists reports whether clocks in zone loc ever showed d. A zone that moves to
// the other side of the date line skips a day: Pacific/Apia had no 2011-12-30.
func (d Date) Exists(loc *time.Location) bool { return In(d.Start(loc), loc) == d }

// at returns the instant at which clocks in zone loc show hour:minute of d: the
// first one if they show it twice, and the end of the gap if they skip it. It
// does not decrease as the clock time grows.
func (d Date) at(hour, minute int, loc *time.Location) time.Time {
	wanted := d.seconds() + int64(hour)*3600 + int64(minute)*60
	year, month, day := d.Civil()
	t := time.Date(year, month, day, hour, minute, 0, 0, loc)
	start, end := t.ZoneBounds()
	_, offset := t.Zone()
	switch shown := t.Unix() + int64(offset); {
	case shown > wanted: // in a gap, read with the offset before it
		return start
	case shown < wanted: // in a gap, read with the offset after it
		return end
	case start.IsZero():
		return t
	}
	_, before := start.Add(-time.Second).Zone()
	if first := time.Unix(wanted-int64(before), 0); first.Before(start) {
		return first.In(loc)
	}
	return t
}

// Civil returns the year, month and day of d.
func (d Date) Civil() (year int, month time.Month, day int) { return d.UTC().Date() }

// Weekday returns the day of the week of d.
func (d Date) Weekday() time.Weekday { return time.Weekday(floorMod(int64(d)+1, 7)) }

// YearDay returns the day of the year of d, 1 to 366.
func (d Date) YearDay() int { return d.UTC().YearDay() }

// String returns d in the form YYYY-MM-DD.
func (d Date) String() string { return d.UTC().Format(Layout) }

// MarshalText writes d in the form YYYY-MM-DD; the zero Date is empty text.
func (d Date) MarshalText() ([]byte, error) {
	if d.IsZero() {
		return nil, nil
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads the form that MarshalText writes.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = 0
		return nil
	}
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }

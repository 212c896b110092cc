// Package calendar holds business dates, date ranges, the schedules that make
// dates due, and the calendars of holidays that forecasts depend on.
//
// A business day is a [Date], never a [time.Time]: it has no clock time and no
// zone. Instants become dates only through a named zone ([In]).
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
func (d Date) UTC() time.Time {
	return time.Unix((int64(d)-unixDay)*secondsPerDay, 0).UTC()
}

// Start returns the first instant whose civil date in loc is d. Where clocks
// skip midnight that is the first instant after the gap; where the zone skipped
// the whole day it is the first instant of the next day that exists.
func (d Date) Start(loc *time.Location) time.Time {
	year, month, day := d.Civil()
	// Noon is never more than a day away from the boundary sought, whatever the
	// zone did at midnight.
	t := time.Date(year, month, day, 0, 0, 0, 0, loc)
	if In(t, loc) >= d && In(t.Add(-time.Nanosecond), loc) < d {
		return t
	}
	low, high := t.Add(-36*time.Hour), t.Add(36*time.Hour)
	for high.Sub(low) > time.Nanosecond {
		mid := low.Add(high.Sub(low) / 2)
		if In(mid, loc) >= d {
			high = mid
		} else {
			low = mid
		}
	}
	return high
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

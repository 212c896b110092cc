package forecast

import (
	"fmt"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// Standing is how a pipeline stands, by its newest days: what its operator asks of
// each of several pipelines in the morning.
type Standing struct {
	// Newest is the newest day that is due; its Date is zero if none is.
	Newest Day
	// Good is the newest date with a forecast of its own, whatever became of attempts
	// since; zero if none of the days has one. Of a pipeline whose partitions only
	// another team knows it is the newest that succeeded.
	Good calendar.Date
	// Bad counts the days that need a person.
	Bad int
}

// StandingOf returns how a pipeline stands by days, which are newest first.
func StandingOf(days []Day) Standing {
	var s Standing
	for _, day := range days {
		if day.State == DayNotDue {
			continue
		}
		if s.Newest.Date.IsZero() {
			s.Newest = day
		}
		own := day.Partition.Generation != "" && day.Fallback().IsZero()
		if s.Good.IsZero() && (own || day.State == DaySucceeded && day.Partition.Generation == "") {
			s.Good = day.Date
		}
		if day.State.Bad() {
			s.Bad++
		}
	}
	return s
}

// Fresh reports whether the newest day that is due has its own forecast: what a
// dashboard shows is of today.
func (s Standing) Fresh() bool { return !s.Newest.Date.IsZero() && s.Good == s.Newest.Date }

// String says in two words how new the forecast is: "fresh", "2d behind".
func (s Standing) String() string {
	switch {
	case s.Newest.Date.IsZero():
		return "none due"
	case s.Fresh():
		return "fresh"
	case s.Good.IsZero():
		return "no forecast"
	default:
		return fmt.Sprintf("%dd behind", int(s.Newest.Date-s.Good))
	}
}

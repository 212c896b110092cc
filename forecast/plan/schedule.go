package plan

import (
	"slices"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Schedule is what the decisions of whoever serves a pipeline depend on.
type Schedule struct {
	Calendar Calendar
	Policy   forecast.CatchUp // empty is CatchUpLatest
	// Since is when the pipeline was served for the first time. Dates that were
	// due before are nobody's but the operator's.
	Since time.Time
	// Up is since when this server runs without a break.
	Up    time.Time
	Rules Rules
	// Facts are those of the dates of Candidates.
	Facts map[calendar.Date]Facts
}

// catchUpDays bounds how far back a server looks for dates to start.
const catchUpDays = 366

// Candidates returns the dates that a server may have to start at now, newest
// first: those that became due since it was first served, of the last year.
func (s Schedule) Candidates(now time.Time) []calendar.Date {
	var dates []calendar.Date
	newest := s.Calendar.Newest(now)
	for d := newest; !newest.IsZero() && d >= s.Calendar.start; d-- {
		due, owed := s.Calendar.Due(d)
		if owed && due.Before(s.Since) {
			break
		}
		if owed {
			dates = append(dates, d)
		}
		if newest-d >= catchUpDays {
			break
		}
	}
	return dates
}

// Start is a date that a server starts.
type Start struct {
	Date calendar.Date
	// Cause is CauseSchedule of the newest date, CauseCatchUp of an older one,
	// and CauseRetry of one whose source has got its rows at last.
	Cause forecast.Cause
	// Attempt is the number of the attempt: a date is started by the schedule at
	// most once for each number, whoever serves.
	Attempt int
}

// Starts returns the dates to start at now, newest first. A date that failed,
// was gated or was stopped is left to the operator; one that waits for its source
// is started when that has changed.
func (s Schedule) Starts(now time.Time) []Start {
	var starts []Start
	candidates := s.Candidates(now)
	for i, d := range candidates {
		f, ok := s.Facts[d]
		if !ok || f.Holder != "" {
			continue
		}
		start := Start{Date: d, Cause: forecast.CauseCatchUp, Attempt: f.Last.Attempt + 1}
		if i == 0 {
			start.Cause = forecast.CauseSchedule
		}
		switch Day(f, s.Rules, now).State {
		case forecast.DayMissing:
			if f.Last.Attempt > 0 || !s.wanted(i, f) {
				continue
			}
		case forecast.DayWaiting:
			if f.Arrived == "" {
				continue
			}
			start.Cause = forecast.CauseRetry
		default:
			continue
		}
		starts = append(starts, start)
	}
	return starts
}

// wanted reports whether the policy starts the i-th newest candidate.
func (s Schedule) wanted(i int, f Facts) bool {
	if !f.Due.Before(s.Up) {
		return true
	}
	switch s.Policy {
	case forecast.CatchUpAll:
		return true
	case forecast.CatchUpNone:
		return false
	default:
		return i == 0
	}
}

// Wake returns the first instant after now at which a server has to look again
// though nothing changes: a date becomes due or late. It is zero if nothing will.
func (s Schedule) Wake(now time.Time) time.Time {
	wake, next := s.Calendar.NextDue(now)
	for d, f := range s.Facts {
		if d != next && f.Deadline.After(now) && (wake.IsZero() || f.Deadline.Before(wake)) {
			wake = f.Deadline
		}
	}
	return wake
}

// Checks returns the dates whose source is to be looked at, newest first, at
// most stale of them that have a forecast: those that wait for rows or are due
// without an attempt, and the newest that succeeded, of which it is not known
// whether their inputs are still the same.
func Checks(days []forecast.Day, stale int) []calendar.Date {
	var dates []calendar.Date
	days = slices.SortedFunc(slices.Values(days), func(a, b forecast.Day) int { return int(b.Date - a.Date) })
	for _, day := range days {
		switch {
		case day.State == forecast.DayMissing && day.Attempts == 0, day.State == forecast.DayWaiting:
			dates = append(dates, day.Date)
		case day.State == forecast.DaySucceeded && stale > 0 && day.Fallback().IsZero():
			stale--
			dates = append(dates, day.Date)
		}
	}
	return dates
}

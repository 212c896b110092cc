package plan

import (
	"fmt"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// defaultDays is how many dates a query without a beginning selects.
const defaultDays = 30

// Window returns the dates that a query selects at now. It is empty if nothing
// is due yet. A range with its end before its beginning, and a negative Last,
// wrap forecast.ErrInvalid.
func Window(query forecast.DayQuery, c Calendar, now time.Time) (calendar.Range, error) {
	window, last := query.Range, query.Last
	if last < 0 {
		return calendar.Range{}, fmt.Errorf("%w: last %d: give a number of dates", forecast.ErrInvalid, last)
	}
	if !window.From.IsZero() && !window.To.IsZero() && window.To < window.From {
		return calendar.Range{}, errBackwards(window)
	}
	if window.To.IsZero() {
		window.To = c.Newest(now)
		if window.To.IsZero() {
			return calendar.Range{From: 1, To: 0}, nil
		}
	}
	if window.From.IsZero() {
		window.From = c.start
		if last == 0 {
			last = defaultDays
		}
	}
	if last > 0 {
		window.From = max(window.From, window.To-calendar.Date(last)+1)
	}
	return window, nil
}

func errBackwards(r calendar.Range) error {
	return fmt.Errorf("%w: the range ends with %s, before it begins with %s: swap them", forecast.ErrInvalid, r.To, r.From)
}

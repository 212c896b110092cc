package realised

import (
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// longestGap is how much older than the newest evaluation one may be, in days, to speak
// for its weekday.
const longestGap = 4 * daysOfWeek

// Week collects the errors that evaluations let expect: the newest of each weekday, newest
// first. The origins of one lie whole weeks before it, so that one alone knows what to
// expect so many days ahead of a single weekday.
type Week struct {
	newest   calendar.Date
	weekdays map[time.Weekday]bool
	errors   []forecast.OriginErrors
}

// NewWeek returns an empty one.
func NewWeek() *Week { return &Week{weekdays: make(map[time.Weekday]bool)} }

// Wants reports whether the evaluation of a date would tell something more.
func (w *Week) Wants(date calendar.Date) bool {
	return !w.weekdays[date.Weekday()] && (w.newest.IsZero() || w.newest-date <= longestGap)
}

// Add takes in an evaluation that is wanted. One that lets expect nothing leaves its
// weekday to an older one.
func (w *Week) Add(e forecast.Evaluation) {
	if len(e.Expected) == 0 {
		return
	}
	if w.newest.IsZero() {
		w.newest = e.Date
	}
	w.weekdays[e.Date.Weekday()] = true
	w.errors = append(w.errors, e.Expected...)
}

// Errors returns what was collected, nil if nothing.
func (w *Week) Errors() []forecast.OriginErrors { return w.errors }

// Package dashboard decides when a data set that dashboards read is refreshed,
// and says how far it is. It makes no calls.
//
// A refresh is owed for what readers see of a date if it changed after the newest
// refresh began. That follows from the records of dates and from the list of
// refreshes alone: there is nothing that could be forgotten when a process dies,
// and any process may do what another one has not. The name of a refresh follows
// from what it is owed for, so that two who ask at once get one.
package dashboard

import (
	"fmt"
	"strings"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

const (
	// Daily is how many refreshes a day QuickSight's Enterprise edition allows. The
	// Standard edition, which allows 8, says so itself.
	Daily = 32
	// tries is how many refreshes for the same change may fail.
	tries = 3
	// day is the time over which refreshes are counted.
	day = 24 * time.Hour
)

// Change is the newest change of what readers see of a date.
type Change struct {
	Date calendar.Date
	At   time.Time
	Run  string // of the job that published it; empty: nobody's
}

// Status is how far a refresh is.
type Status int

// Statuses.
const (
	Running Status = iota // or waits for its turn
	Done
	Failed // or was cancelled
)

// Refresh is one reading of the data.
type Refresh struct {
	ID      string
	Created time.Time
	Status  Status
	Reason  string // of a failure
}

// OfJob returns the name of the refresh that a job asks for after it published a
// date.
func OfJob(d calendar.Date, run string) string { return "daybatch-" + d.String() + "-" + run }

// ofChange returns the name of the n-th refresh for a change.
func ofChange(c Change, n int) string {
	name := prefix + strings.ReplaceAll(c.At.UTC().Format("20060102T150405.000"), ".", "-")
	if n > 0 {
		name += fmt.Sprintf("-%d", n+1)
	}
	return name
}

const prefix = "daybatch-at-"

// covers reports whether a refresh that ends well shows a change. Its time may
// have come without the fraction of a second.
func (r Refresh) covers(c Change) bool {
	return !r.Created.Before(c.At.Truncate(time.Second)) || c.Run != "" && r.ID == OfJob(c.Date, c.Run) || r.ID == ofChange(c, 0)
}

// owed returns the changes that no refresh shows or is about to show, and the
// newest of them.
func owed(changes []Change, refreshes []Refresh) (open []Change, newest Change) {
	for _, c := range changes {
		shown := false
		for _, r := range refreshes {
			shown = shown || r.Status != Failed && r.covers(c)
		}
		if !shown {
			open = append(open, c)
			if newest.At.Before(c.At) {
				newest = c
			}
		}
	}
	return open, newest
}

// Next returns the name of the refresh that is to be asked for now, empty if none
// is. One runs at a time: what changes meanwhile is in the next. When the day's
// refreshes are used up it is owed until there is one again.
func Next(changes []Change, refreshes []Refresh, now time.Time) string {
	open, newest := owed(changes, refreshes)
	failures, today := 0, 0
	for _, r := range refreshes {
		if now.Sub(r.Created) < day {
			today++
		}
		switch {
		case r.Status == Running:
			return ""
		case r.Status == Failed && strings.HasPrefix(r.ID, ofChange(newest, 0)):
			failures++
		}
	}
	if len(open) == 0 || today >= Daily || failures >= tries {
		return ""
	}
	return ofChange(newest, failures)
}

// State says how far a data set is.
func State(name string, changes []Change, refreshes []Refresh, now time.Time) forecast.Dashboard {
	d := forecast.Dashboard{Name: name}
	today := 0
	var last Refresh
	for _, r := range refreshes {
		if now.Sub(r.Created) < day {
			today++
		}
		if r.Status == Done && d.Read.Before(r.Created) {
			d.Read = r.Created
		}
		if last.Created.Before(r.Created) {
			last = r
		}
		d.Refreshing = d.Refreshing || r.Status == Running
	}
	var done []Refresh
	for _, r := range refreshes {
		if r.Status == Done {
			done = append(done, r)
		}
	}
	open, _ := owed(changes, done)
	if d.Behind = len(open); d.Behind == 0 {
		return d
	}
	switch {
	case d.Refreshing:
	case last.Status == Failed:
		d.Reason = "its last refresh failed: " + last.Reason
	case today >= Daily:
		d.Reason = fmt.Sprintf("it was refreshed %d times in 24 hours, which is all that QuickSight allows", today)
	}
	return d
}

package foreign

import (
	"maps"
	"time"

	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Dating says how the date of an execution is found.
type Dating struct {
	settings.Foreign

	Zone *time.Location
	Lag  int // days from the business date to the civil date of the firing
}

// Named returns the date that a display name tells, and false if it tells none:
// then the parameters of the execution are needed.
func (d Dating) Named(name string) (calendar.Date, bool) {
	if own, ok := naming.ParseName(name); ok && own.First == own.Last {
		return own.First, true
	}
	if d.DisplayName == "" {
		return 0, false
	}
	return d.DisplayName.Read(name)
}

// Asks reports whether parameters can tell a date at all.
func (d Dating) Asks() bool { return d.DateParameter != "" || d.TimeParameter != "" }

// Of returns the date that an execution is for, by what tells it best: its name,
// the parameter of the date, the one of the time. What is left is when it was
// started; then assumed says so.
func (d Dating) Of(name string, started time.Time, given map[string]string) (date calendar.Date, assumed string) {
	if date, ok := d.Named(name); ok {
		return date, ""
	}
	if date, ok := d.DateFormat.Read(given[d.DateParameter]); ok && d.DateParameter != "" {
		return date, ""
	}
	if at, ok := d.Fired(given); ok {
		return d.before(at), ""
	}
	return d.before(started), "its date is assumed: nothing names it, and it was started at " + started.In(d.Zone).Format("2006-01-02 15:04 MST")
}

// Fired returns when the schedule fired that started an execution, and false if
// its parameters don't say that.
func (d Dating) Fired(given map[string]string) (time.Time, bool) {
	at, err := time.Parse(time.RFC3339, given[d.TimeParameter])
	return at, d.TimeParameter != "" && err == nil
}

// before is the date that a firing is for.
func (d Dating) before(at time.Time) calendar.Date {
	return calendar.In(at, d.Zone) - calendar.Date(d.Lag)
}

// Parameters are what an execution for a date is started with.
func (d Dating) Parameters(date calendar.Date) map[string]string {
	all := make(map[string]string, len(d.Foreign.Parameters)+1)
	maps.Copy(all, d.Foreign.Parameters)
	all[d.DateParameter] = d.DateFormat.Write(date)
	return all
}

package realised

import (
	"slices"

	"github.com/daybatch/daybatch/forecast"
)

// calmDates is how many target dates a drift has to be gone to have passed: near
// its limits it comes and goes with single days.
const calmDates = 3

// Follow returns the newest drift after a report of all series, over the standard
// target dates up to the newest. A report of earlier dates than were seen, or one
// that nothing is expected of, changes nothing.
func Follow(before forecast.Drift, r forecast.Realised) forecast.Drift {
	newest := r.Targets.To
	judged := slices.ContainsFunc(r.Horizons, func(h forecast.HorizonAccuracy) bool { return h.Expected != nil && h.Model.Rows > 0 })
	if !judged || newest < max(before.Last, before.Until) {
		return before
	}
	switch after := before; {
	case r.Drift == "" && before.Lasts() && newest-before.Last >= calmDates:
		after.Until = newest
		return after
	case r.Drift == "":
		return before
	case before.Lasts():
		after.Last, after.Reason = newest, r.Drift
		return after
	case newest == before.Until:
		return before // a correction of the date that ended it: the next one decides
	default:
		return forecast.Drift{Since: newest, Last: newest, Reason: r.Drift}
	}
}

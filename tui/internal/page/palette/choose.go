package palette

import (
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// chosen reads the dates of a rerun: those that are named, or those of a range that are
// in the states that are.
func (r *reader) chosen(around calendar.Date) []calendar.Date {
	_, failed := r.option("failed")
	_, gated := r.option("gated")
	_, stale := r.option("stale")
	_, from := r.option("from")
	_, to := r.option("to")
	switch selecting := failed || gated || stale; {
	case !selecting && (from || to):
		r.fail("--from and --to go with --failed, --gated or --stale: rerun FROM..TO repeats all dates of a range")
		return nil
	case !selecting:
		return r.dates(around)
	case len(r.w.alone) > 0:
		r.fail("name the dates, or use --failed, --gated or --stale, not both")
		r.w.alone = nil
		return nil
	}
	span := r.span()
	var found []calendar.Date
	for date := span.To; date >= span.From && r.err == nil; date-- {
		day, ok := r.env.Known(date)
		if !ok {
			r.fail("%s is not among the days that were read: run the line in a shell", date)
		}
		ended := day.State == forecast.DayFailed || day.State == forecast.DayStopped
		if failed && ended || gated && day.State == forecast.DayGated || stale && day.Stale {
			found = append(found, date)
		}
	}
	if len(found) == 0 {
		r.fail("nothing to do: no date from %s to %s needs it", span.From, span.To)
	}
	return found
}

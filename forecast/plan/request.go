package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// maxDates bounds a plan, so that a mistyped year is refused and not planned.
const maxDates = 36600

// Dates returns the dates that a request means, oldest first and each once. A
// range without a beginning starts with the pipeline, one without an end ends
// with the newest date that is due. A request that makes no sense wraps
// forecast.ErrInvalid and says what to do.
func Dates(request forecast.PlanRequest, c Calendar, now time.Time) ([]calendar.Date, error) {
	if len(request.Dates) == 0 && request.Range != (calendar.Range{}) {
		if request.Range.From.IsZero() {
			request.Range.From = c.start
		}
		if request.Range.To.IsZero() {
			request.Range.To = c.Newest(now)
		}
	}
	if err := check(request, calendar.In(now, c.zone)); err != nil {
		return nil, err
	}
	return requested(request), nil
}

// requested returns the dates of a request that was checked.
func requested(request forecast.PlanRequest) []calendar.Date {
	if len(request.Dates) == 0 {
		return slices.Collect(request.Range.Dates())
	}
	dates := slices.Clone(request.Dates)
	slices.Sort(dates)
	return slices.Compact(dates)
}

// check refuses a request that makes no sense.
func check(request forecast.PlanRequest, today calendar.Date) error {
	if err := checkWords(request); err != nil {
		return err
	}
	if err := checkDates(request, today); err != nil {
		return err
	}
	if request.MaxActive < 0 {
		return fmt.Errorf("%w: max_active %d: give the number of dates that may run at once", forecast.ErrInvalid, request.MaxActive)
	}
	if request.Chunk < 0 {
		return fmt.Errorf("%w: chunk %d: give the number of dates that one step process works through", forecast.ErrInvalid, request.Chunk)
	}
	if request.MaxFailures < 0 {
		return fmt.Errorf("%w: max_failures %d: give the number of failed dates to pause at", forecast.ErrInvalid, request.MaxFailures)
	}
	return nil
}

func checkWords(request forecast.PlanRequest) error {
	kinds := []forecast.PlanKind{forecast.PlanRun, forecast.PlanRerun, forecast.PlanBackfill}
	modes := []forecast.Mode{"", forecast.ModeMissing, forecast.ModeMissingAndFailed, forecast.ModeAll}
	orders := []forecast.Order{"", forecast.NewestFirst, forecast.OldestFirst}
	selections := []forecast.Selection{forecast.SelectNone, forecast.SelectFailed, forecast.SelectGated, forecast.SelectStale}
	publishes := []forecast.PublishMode{forecast.PublishEach, forecast.PublishStaged}
	switch {
	case !slices.Contains(kinds, request.Kind):
		return errWord("kind of plan", request.Kind, kinds)
	case !slices.Contains(modes, request.Mode):
		return errWord("mode", request.Mode, modes)
	case !slices.Contains(orders, request.Order):
		return errWord("order", request.Order, orders)
	case !slices.Contains(selections, request.Select):
		return errWord("selection", request.Select, selections)
	case request.Select != forecast.SelectNone && len(request.Dates) > 0:
		return fmt.Errorf("%w: the selection %s picks dates of a range: give a range, or leave the selection out", forecast.ErrInvalid, request.Select)
	case !slices.Contains(publishes, request.Publish):
		return errWord("publish mode", request.Publish, publishes)
	case request.Publish == forecast.PublishStaged && request.Kind != forecast.PlanBackfill:
		return fmt.Errorf("%w: only a backfill can be staged, not a %s", forecast.ErrInvalid, request.Kind)
	default:
		return nil
	}
}

// checkStart refuses a start that is no step of the pipeline.
func checkStart(from forecast.StartFrom, rules Rules) error {
	starts := []forecast.StartFrom{forecast.StartWhole, forecast.StartFailedStep}
	for _, step := range rules.steps() {
		starts = append(starts, forecast.StartFrom(step))
	}
	if !slices.Contains(starts, from) {
		return errWord("start", from, starts)
	}
	return nil
}

func errWord[W ~string](what string, word W, known []W) error {
	var words []string
	for _, w := range known {
		if w != "" {
			words = append(words, string(w))
		}
	}
	return fmt.Errorf("%w: %s %q is unknown: choose one of %s", forecast.ErrInvalid, what, word, strings.Join(words, ", "))
}

func checkDates(request forecast.PlanRequest, today calendar.Date) error {
	r := request.Range
	switch {
	case len(request.Dates) > 0:
		r = calendar.Range{From: slices.Min(request.Dates), To: slices.Max(request.Dates)}
	case r == calendar.Range{}:
		return fmt.Errorf("%w: the %s names no dates: give a date or a range", forecast.ErrInvalid, request.Kind)
	case r.To.IsZero():
		return fmt.Errorf("%w: the range has no end, and no date is due yet: give its last date", forecast.ErrInvalid)
	case r.To < r.From:
		return errBackwards(r)
	}
	switch {
	case r.To > today:
		return fmt.Errorf("%w: %s lies in the future: today is %s", forecast.ErrInvalid, r.To, today)
	case r.From.IsZero():
		return fmt.Errorf("%w: the first date is missing: give it", forecast.ErrInvalid)
	case len(request.Dates) == 0 && r.Len() > maxDates, len(request.Dates) > maxDates:
		return fmt.Errorf("%w: %s: a plan has at most %d dates, so check the years", forecast.ErrInvalid, r, maxDates)
	case request.Kind == forecast.PlanRun && r.Len() != 1:
		return fmt.Errorf("%w: a run is of one date, not of %s: use a backfill", forecast.ErrInvalid, r)
	default:
		return nil
	}
}

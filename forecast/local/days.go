//go:build unix

package local

import (
	"context"
	"slices"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/local/internal/store"
	"github.com/daybatch/daybatch/forecast/plan"
)

// Days returns the selected days, newest first. The number of queries does not
// depend on how many they are.
func (e *Engine) Days(ctx context.Context, query forecast.DayQuery) ([]forecast.Day, error) {
	now := e.options.Now()
	window, err := plan.Window(query, e.calendar, now)
	if err != nil || window.Len() == 0 {
		return nil, err //nolint:wrapcheck // it says what is wrong with the query
	}
	records, err := e.store.Dates(ctx, window)
	if err != nil {
		return nil, err //nolint:wrapcheck // the store says what was read
	}
	days := make([]forecast.Day, 0, window.Len())
	rules, seen := e.rules(), e.look()
	for d := window.To; d >= window.From; d-- {
		facts, err := e.merge(ctx, d, records[d], seen)
		if err != nil {
			return nil, err
		}
		days = append(days, plan.Day(facts, rules, now))
	}
	return days, nil
}

// rules are what decisions depend on, without the history's durations.
func (e *Engine) rules() plan.Rules {
	return plan.Rules{
		Zone: e.calendar.Zone(), Definition: e.hash, Pipeline: e.definition.Pipeline,
		MaxActive: max(1, e.definition.Limits.MaxActive), MaxFailures: e.definition.Limits.MaxFailures,
		Reserved: e.definition.Limits.Reserved, Chunk: e.definition.Limits.Chunk,
	}
}

// withTypical adds the history's durations.
func withTypical(rules plan.Rules, typical store.Typical) plan.Rules {
	rules.Typical, rules.TypicalDays = typical.Own, typical.OwnDays
	rules.TypicalShared, rules.TypicalSharedDays = typical.Shared, typical.SharedDays
	rules.Work = plan.WorkOf(typical.Steps)
	return rules
}

// merge joins what the calendar, the records and a look at the source know of a
// date.
func (e *Engine) merge(ctx context.Context, d calendar.Date, record *store.DateRecord, seen *look) (plan.Facts, error) {
	facts := e.calendar.Facts(d)
	if record == nil {
		return facts, nil
	}
	facts.Last, facts.Current, facts.FirstOwn = record.Last, record.Current, record.FirstOwn
	facts.Metrics = record.Metrics
	if record.Lease != nil {
		facts.Holder = record.Lease.Holder.String()
		e.doubt(&facts.Last, *record.Lease)
	}
	if err := seen.compare(ctx, &facts, record); err != nil {
		return facts, err
	}
	seen.judge(&facts, record)
	return facts, nil
}

// doubt marks an open attempt whose holder is gone as unknown, until somebody
// reconciles it.
func (e *Engine) doubt(last *forecast.Execution, lease store.Lease) {
	if last.Status.Open() && last.UnknownSince.IsZero() && e.gone(lease.Fence, lease.Holder, lease.Expires) {
		last.UnknownSince = lease.Expires.Add(-leaseTime) // its last sign of life
	}
}

// facts gathers the facts of dates, with one set of queries for each run of
// dates that lie close together.
func (e *Engine) facts(ctx context.Context, dates []calendar.Date, seen *look) (map[calendar.Date]plan.Facts, error) {
	const near = 31
	facts := make(map[calendar.Date]plan.Facts, len(dates))
	dates = slices.Sorted(slices.Values(dates))
	for len(dates) > 0 {
		n := 1
		for n < len(dates) && dates[n]-dates[n-1] <= near {
			n++
		}
		records, err := e.store.Dates(ctx, calendar.Range{From: dates[0], To: dates[n-1]})
		if err != nil {
			return nil, err //nolint:wrapcheck // the store says what was read
		}
		for _, d := range dates[:n] {
			if facts[d], err = e.merge(ctx, d, records[d], seen); err != nil {
				return nil, err
			}
		}
		dates = dates[n:]
	}
	return facts, nil
}

// Executions returns the attempts of a date, oldest first.
func (e *Engine) Executions(ctx context.Context, date calendar.Date) ([]forecast.Execution, error) {
	return e.store.Executions(ctx, date) //nolint:wrapcheck // the store says what was read
}

// Definition returns what attempts ran under, as forecast.DefinitionReader says.
func (e *Engine) Definition(ctx context.Context, hash string) (forecast.Definition, error) {
	return e.store.Definition(ctx, hash) //nolint:wrapcheck // the store says what was read
}

// Execution returns one attempt, or an error wrapping forecast.ErrNotFound.
func (e *Engine) Execution(ctx context.Context, id forecast.ExecutionID) (forecast.Execution, error) {
	return e.store.Execution(ctx, id) //nolint:wrapcheck // the store says what was read
}

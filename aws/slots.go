package aws

import (
	"context"
	"slices"

	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
)

// reserve takes a slot for a start. Other drivers, of other plans, may have started
// something since this one looked: it is counted again after the start is written
// down where all of them look. What the account's own schedule starts asks nobody,
// and is counted once it shows.
func (e *Engine) reserve(ctx context.Context, s plan.StartRow) error {
	if s.MaxOpen <= 0 {
		return nil
	}
	id := naming.ExecutionID(s.Row.Date, s.Attempt)
	_, err := e.slots.Change(ctx, naming.Slots, func(slots record.Slots) (record.Slots, error) {
		usage, err := e.usage(ctx)
		if err != nil {
			return slots, err
		}
		return slots.Reserve(id, s.MaxOpen, e.options.Wall(), usage)
	})
	return err //nolint:wrapcheck // it names the attempt
}

// giveBack gives the slot of a start back that came too late.
func (e *Engine) giveBack(ctx context.Context, s plan.StartRow) error {
	id := naming.ExecutionID(s.Row.Date, s.Attempt)
	_, err := e.slots.Change(ctx, naming.Slots, func(slots record.Slots) (record.Slots, error) { return slots.Release(id) })
	return err //nolint:wrapcheck // it names the object
}

// usage counts what is open.
func (e *Engine) usage(ctx context.Context) (record.Usage, error) {
	usage := record.Usage{Lost: e.options.Wall().Add(-startTime)}
	records, err := e.records(ctx, everything())
	if err != nil {
		return usage, err
	}
	plans, err := e.plans.List(ctx, "", "")
	if err != nil {
		return usage, err //nolint:wrapcheck // it names the objects
	}
	carried, err := e.carried(ctx, plans, records)
	if err != nil {
		return usage, err
	}
	usage.Open = carried.idle
	for _, r := range records {
		if r.Open() {
			usage.Open++
		}
	}
	usage.Seen = func(id forecast.ExecutionID) bool { return shows(id, records, plans) }
	return usage, nil
}

// shows reports whether a start has come into the record of its date, or into a
// plan as a carrier's.
func shows(id forecast.ExecutionID, records map[calendar.Date]record.Date, plans map[string]record.Plan) bool {
	d, n, err := naming.ParseExecutionID(id)
	if err != nil || records[d].Last().Attempt >= n {
		return true
	}
	for _, p := range plans {
		if slices.ContainsFunc(p.Carriers, func(c record.Carrier) bool { return slices.Contains(c.Dates, id) }) {
			return true
		}
	}
	return false
}

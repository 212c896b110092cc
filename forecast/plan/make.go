package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Make returns the draft that answers a request: for each date what would be
// done and why, in the order in which it would be done. Facts are those of the
// dates that [Dates] returned for the request, in any order; those of other
// dates are left aside, and it is an error if one is missing. The draft's
// request is the given one with its defaults filled in.
//
// Errors wrap forecast.ErrInvalid if the request makes no sense.
func Make(request forecast.PlanRequest, facts []Facts, rules Rules, now time.Time) (forecast.Plan, error) {
	request, err := complete(request, facts, rules, now)
	if err != nil {
		return forecast.Plan{}, err
	}
	p := forecast.Plan{
		Pipeline:    rules.Pipeline,
		Definition:  rules.Definition,
		Request:     request,
		MaxActive:   request.MaxActive,
		MaxFailures: request.MaxFailures,
		Created:     now,
		State:       forecast.PlanDraft,
	}
	known := make(map[calendar.Date]Facts, len(facts))
	for _, f := range facts {
		known[f.Date] = f
	}
	for _, d := range requested(request) {
		f, ok := known[d]
		if !ok {
			return forecast.Plan{}, fmt.Errorf("plan %s: nothing is known about the date", d)
		}
		if selected(request.Select, f, rules, now) {
			p.Rows = append(p.Rows, makeRow(request, f, rules, now))
		}
	}
	if request.Order == forecast.NewestFirst {
		slices.Reverse(p.Rows)
	}
	if p.Chunk = min(request.Chunk, p.Count(forecast.ActionRun)); p.Chunk <= 1 {
		p.Chunk = 0
	}
	p = expected(p, rules)
	if p.Request.Kind == forecast.PlanBackfill && p.Count(forecast.ActionRun) > 1 {
		p.Choices = Choices(rules, p.Count(forecast.ActionRun), p.MaxActive, p.Chunk)
	}
	p.ID, err = identify(p)
	return p, err
}

// complete checks a request and fills in its defaults.
func complete(request forecast.PlanRequest, facts []Facts, rules Rules, now time.Time) (forecast.PlanRequest, error) {
	if len(request.Dates) == 0 && request.Range != (calendar.Range{}) && len(facts) > 0 {
		if request.Range.From.IsZero() {
			request.Range.From = slices.MinFunc(facts, byDate).Date
		}
		if request.Range.To.IsZero() {
			request.Range.To = slices.MaxFunc(facts, byDate).Date
		}
	}
	if err := check(request, calendar.In(now, rules.zone())); err != nil {
		return request, err
	}
	if err := checkStart(request.Start, rules); err != nil {
		return request, err
	}
	limit := max(1, rules.MaxActive)
	if request.MaxActive > limit {
		return request, fmt.Errorf("%w: max_active %d is above the pipeline's limit of %d: lower it, or raise limits.max_active", forecast.ErrInvalid, request.MaxActive, limit)
	}
	if request.MaxActive == 0 {
		request.MaxActive = limit
	}
	if request.MaxFailures == 0 {
		request.MaxFailures = rules.MaxFailures
	}
	if request.Chunk == 0 {
		request.Chunk = rules.Chunk
	}
	if request.Order == "" {
		request.Order = forecast.NewestFirst
	}
	request.Dates = slices.Clone(request.Dates)
	switch {
	case named(request):
		request.Mode = ""
	case request.Mode == "":
		request.Mode = forecast.ModeMissing
	}
	return request, nil
}

func byDate(a, b Facts) int { return int(a.Date - b.Date) }

// steps returns the steps of the pipeline in their order.
func (r Rules) steps() []forecast.StepName {
	if len(r.Steps) == 0 {
		return forecast.StepNames()
	}
	return r.Steps
}

func (r Rules) zone() *time.Location {
	if r.Zone == nil {
		return time.UTC
	}
	return r.Zone
}

func makeRow(request forecast.PlanRequest, f Facts, rules Rules, now time.Time) forecast.PlanRow {
	action, reason := decide(request, f, rules, now)
	row := forecast.PlanRow{Date: f.Date, Action: action, Reason: reason, State: forecast.RowPlanned}
	row = expect(row, f)
	switch action {
	case forecast.ActionRun:
		start := startOf(request.Start, f)
		row.StartStep, row.Reused, row.Reopens = start.Step, start.Reused, start.Reopens
		if start.Why != "" {
			row.Reason += "; " + start.Why
		}
	case forecast.ActionJoin:
		row.Execution = f.Last.ID
	case forecast.ActionSkip, forecast.ActionBlock:
	}
	return row
}

// expect notes the state of the date that a row is decided on.
func expect(row forecast.PlanRow, f Facts) forecast.PlanRow {
	row.ExpectedAttempt = f.Last.Attempt
	row.ExpectedGeneration = f.ownGeneration()
	return row
}

// identify returns the id of a plan: what it is for and a hash of all of it, the
// time of its making too.
func identify(p forecast.Plan) (forecast.PlanID, error) {
	text, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("identify plan: %w", err)
	}
	sum := sha256.Sum256(text)
	prefix := map[forecast.PlanKind]string{
		forecast.PlanRun: "rn-", forecast.PlanRerun: "rr-", forecast.PlanBackfill: "bf-",
	}[p.Request.Kind]
	return forecast.PlanID(prefix + hex.EncodeToString(sum[:4])), nil
}

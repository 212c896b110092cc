package aws

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"github.com/daybatch/daybatch/aws/internal/definition"
	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/aws/internal/runs"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/logkey"
	"github.com/daybatch/daybatch/forecast/plan"
)

// Several dates of a plan can share a machine, which takes longer to start than
// most dates take to run: see record.Carrier for who does what. A slot is a
// machine, so a carrier counts as one from when it is asked for until it has come
// to its last date.

// batch is what a driver may start at once.
type batch struct {
	// rows can start, in the plan's order; those behind the slots as the company of
	// those before.
	rows []plan.StartRow
	// share is how many dates a machine gets: all get as many, so that none stands
	// idle while others have dates that wait, and no more start than that takes.
	share int
	// carries is whether a date without company has a carrier as well: what was
	// planned is a job for its steps, and alone it would have one for each.
	carries bool
}

// newBatch gathers what can be started with the decisions that Next made.
func (d *driver) newBatch(s plan.Snapshot, decisions []plan.Decision) *batch {
	b, slots := &batch{}, 0
	var first plan.StartRow
	for _, decision := range decisions {
		if start, ok := decision.(plan.StartRow); ok {
			first = start
			slots++
		}
	}
	for _, row := range s.Plan.Rows {
		f, ok := s.Facts[row.Date]
		if slots == 0 || row.State != forecast.RowQueued || !ok || f.Holder != "" || f.Last.Status.Open() || plan.Drift(row, f) != "" {
			continue
		}
		start := first
		start.Row, start.Attempt, start.Last = row, f.Last.Attempt+1, f.Last
		b.rows = append(b.rows, start)
	}
	most, name := d.most(s), d.engine.definition.Pipeline
	b.share = min(most, (len(b.rows)+slots-1)/max(1, slots))
	b.carries = most > 1 && len(s.Plan.Rows) > 1 && d.engine.options.Settings.RangePipeline(name) != name
	return b
}

// most returns how many dates of a plan may share a machine: no more than end
// well before its time is up.
func (d *driver) most(s plan.Snapshot) int {
	most := max(1, s.Plan.Chunk)
	each := max(s.Rules.TypicalShared, s.Rules.Typical-s.Rules.StartUp)
	if limit := d.engine.options.Settings.Machine.MaxRuntime; limit > 0 && each > 0 {
		most = max(1, min(most, int(limit*3/4/each)))
	}
	return most
}

// take returns the dates for the next slot, the given one first.
func (b *batch) take(first plan.StartRow) []plan.StartRow {
	at := slices.IndexFunc(b.rows, func(s plan.StartRow) bool { return s.Row.Date == first.Row.Date })
	if at < 0 {
		return nil // it has company already
	}
	n := 1
	if whole(first) {
		names := []naming.Name{nameOf(first)}
		for n < min(b.share, len(b.rows)-at) && whole(b.rows[at+n]) {
			if names = append(names, nameOf(b.rows[at+n])); len(naming.List(names)) > naming.MaxDates {
				break
			}
			n++
		}
	}
	taken := slices.Clone(b.rows[at : at+n])
	b.rows = slices.Delete(b.rows, at, at+n)
	return taken
}

// whole reports whether a row runs all steps: others take over what is another
// run's, which is one for each.
func whole(s plan.StartRow) bool {
	return len(s.Row.Reused) == 0 && (s.Row.StartStep == "" || s.Row.StartStep == forecast.Extract)
}

func nameOf(s plan.StartRow) naming.Name {
	return naming.Name{First: s.Row.Date, Last: s.Row.Date, Attempt: s.Attempt}
}

// begin starts a row, with as many others as share its machine.
func (d *driver) begin(ctx context.Context, b *batch, first plan.StartRow) error {
	rows := b.take(first)
	if len(rows) == 0 {
		return nil
	}
	if err := d.engine.reserve(ctx, rows[0]); err != nil {
		return err
	}
	do := func() error { return d.carry(ctx, rows) }
	if len(rows) == 1 && (!b.carries || !whole(first)) {
		do = func() error { return d.start(ctx, first) }
	}
	err := do()
	if errors.Is(err, forecast.ErrConflict) || errors.Is(err, forecast.ErrNotFound) {
		return errors.Join(err, d.engine.giveBack(ctx, rows[0]))
	}
	return err
}

// carry starts one execution for rows. It is written down before it is started,
// and its token with it: whoever drives after this one starts the same.
func (d *driver) carry(ctx context.Context, rows []plan.StartRow) error {
	e := d.engine
	if err := e.putProject(ctx); err != nil {
		return err
	}
	stored, err := e.plans.Change(ctx, string(d.id), func(p record.Plan) (record.Plan, error) {
		if err := p.Holds(d.fence); err != nil {
			return p, err //nolint:wrapcheck // it names the plan
		}
		return p.Carry(rows, e.options.Now())
	})
	if err != nil {
		return err //nolint:wrapcheck // it names the plan
	}
	return e.launchCarrier(ctx, stored, stored.Carriers[len(stored.Carriers)-1])
}

// launchCarrier starts the execution of a carrier, and records which it is. If
// SageMaker refuses, its first date has failed, and the others are started anew.
func (e *Engine) launchCarrier(ctx context.Context, p record.Plan, c record.Carrier) error {
	arn, err := e.shared().Start(ctx, runs.Start{Name: c.Name, Token: c.Token, Parameters: parametersOf(p, c)})
	if err != nil {
		if !refused(err) {
			return err //nolint:wrapcheck // it names the execution
		}
		return e.refuse(ctx, p, c, err)
	}
	e.options.Log.InfoContext(ctx, "carrier started", slog.String(logkey.Plan, string(p.Plan.ID)), slog.String(logkey.Execution, c.Name), slog.Int(logkey.Rows, len(c.Dates)))
	return e.changeCarrier(ctx, p.Plan.ID, func(p record.Plan) (record.Plan, error) { return p.Carried(c.Number, arn) })
}

// changeCarrier changes what a plan says of a carrier.
func (e *Engine) changeCarrier(ctx context.Context, id forecast.PlanID, change func(record.Plan) (record.Plan, error)) error {
	_, err := e.plans.Change(ctx, string(id), change)
	e.stale()
	e.pulse.Beat()
	return err //nolint:wrapcheck // it names the plan
}

// shared are the executions that carry several dates. Under the layout steps they
// are of another pipeline.
func (e *Engine) shared() runs.Runs {
	r := e.runs
	r.Pipeline = e.options.Settings.RangePipeline(e.definition.Pipeline)
	return r
}

// parametersOf are the parameters of a carrier: always the same.
func parametersOf(p record.Plan, c record.Carrier) map[string]string {
	var names []naming.Name
	for _, id := range c.Dates {
		if name, ok := naming.ParseName(string(id)); ok {
			names = append(names, name)
		}
	}
	publish := definition.Each
	if p.Plan.Request.Publish == forecast.PublishStaged {
		publish = definition.Staged
	}
	return map[string]string{
		definition.ParameterDate: definition.Auto, definition.ParameterAttempt: definition.Auto, definition.ParameterDates: naming.List(names),
		definition.ParameterCarrier: naming.Carrier(p.Plan.ID, c.Number), definition.ParameterProject: p.Plan.Definition,
		definition.ParameterStart: string(forecast.Extract), definition.ParameterParent: definition.None, definition.ParameterPublish: publish,
	}
}

// refuse ends a carrier that SageMaker does not start.
func (e *Engine) refuse(ctx context.Context, p record.Plan, c record.Carrier, why error) error {
	if a, ok := e.firstOf(p, c); ok {
		if err := e.end(ctx, a.Date, a, view{execution: fail(a.Execution, "", refusal(why), e.options.Now())}); err != nil && !errors.Is(err, forecast.ErrConflict) {
			return err
		}
	}
	return e.changeCarrier(ctx, p.Plan.ID, func(p record.Plan) (record.Plan, error) {
		return p.Release(c.Number, nothing, e.options.Now())
	})
}

// nothing says of each attempt that it was not made.
func nothing(forecast.ExecutionID) bool { return false }

// firstOf returns the attempt of the first date that waits in a carrier, for a
// carrier that can't begin: so each that fails ends the wait of a date at least,
// and the plan pauses at its limit of failures.
func (e *Engine) firstOf(p record.Plan, c record.Carrier) (record.Attempt, bool) {
	start, ok := p.First(c)
	if !ok {
		return record.Attempt{}, false
	}
	x := start.Execution(naming.ExecutionID(start.Row.Date, start.Attempt), "sagemaker", e.options.Now())
	for i := range x.Steps {
		x.Steps[i].Command = e.definition.Steps[x.Steps[i].Name].Command
	}
	return record.Attempt{Execution: x, ARN: c.ARN, Carrier: c.Name, Token: c.Token, Staged: start.Staged}, true
}

// tend brings the carriers of the plan up to what became of them, and reports
// whether it changed anything.
func (d *driver) tend(ctx context.Context, p record.Plan, all map[calendar.Date]record.Date) (bool, error) {
	e := d.engine
	for _, c := range p.Carriers {
		if !c.Open() {
			continue
		}
		if c.ARN == "" { // its driver died
			return true, e.launchCarrier(ctx, p, c)
		}
		run, err := e.run(ctx, c.ARN)
		if err != nil {
			return false, err
		}
		switch {
		case terminal(run):
			return true, e.release(ctx, p, c, all)
		case p.Plan.State != forecast.PlanActive && c.Waits() && !p.Works(c):
			return true, e.dismiss(ctx, p, c)
		}
	}
	return false, nil
}

// release ends a carrier whose execution has ended. If it never came to a date,
// its first one has failed with it, as settle will find.
func (e *Engine) release(ctx context.Context, p record.Plan, c record.Carrier, all map[calendar.Date]record.Date) error {
	if a, ok := e.firstOf(p, c); ok && c.Began.IsZero() {
		_, err := e.dates.Change(ctx, a.Date.String(), func(r record.Date) (record.Date, error) { return r.Take(a, e.holder(), e.options.Now()) })
		if err != nil && !errors.Is(err, forecast.ErrConflict) {
			return err //nolint:wrapcheck // it names the date
		}
	}
	made := func(id forecast.ExecutionID) bool {
		date, n, err := naming.ParseExecutionID(id)
		if err != nil {
			return false
		}
		a, err := all[date].Attempt(n)
		return err == nil && a.Token == c.Token
	}
	return e.changeCarrier(ctx, p.Plan.ID, func(p record.Plan) (record.Plan, error) {
		return p.Release(c.Number, made, e.options.Now())
	})
}

// dismiss stops a carrier that has no date and will get none, as its plan is not
// active any more. Whether its machine comes before the stop does not matter: it
// would find nothing to do.
func (e *Engine) dismiss(ctx context.Context, p record.Plan, c record.Carrier) error {
	run, err := e.runs.Describe(ctx, c.ARN)
	if err == nil && run.Status == forecast.Executing {
		err = e.runs.Stop(ctx, run)
	}
	if err != nil {
		return err //nolint:wrapcheck // it names the execution
	}
	return e.changeCarrier(ctx, p.Plan.ID, func(p record.Plan) (record.Plan, error) {
		return p.Release(c.Number, func(forecast.ExecutionID) bool { return true }, e.options.Now())
	})
}

// carried is what the carriers of all plans keep from others.
type carried struct {
	idle    int                      // machines that work at no date
	holders map[calendar.Date]string // of dates that wait
}

// carried looks at the carriers of plans.
func (e *Engine) carried(ctx context.Context, plans map[string]record.Plan, all map[calendar.Date]record.Date) (carried, error) {
	now, working := carried{holders: make(map[calendar.Date]string)}, openTokens(all)
	for _, p := range plans {
		for _, c := range p.Carriers {
			alive, err := e.alive(ctx, c)
			if err != nil {
				return now, err
			}
			if !alive {
				continue
			}
			if !working[c.Token] {
				now.idle++
			}
			for _, id := range c.Waiting {
				if name, ok := naming.ParseName(string(id)); ok {
					now.holders[name.First] = c.Name
				}
			}
		}
	}
	return now, nil
}

// openTokens are the tokens of the runs that work at dates.
func openTokens(all map[calendar.Date]record.Date) map[string]bool {
	tokens := make(map[string]bool)
	for _, r := range all {
		if r.Claim != nil {
			tokens[r.Last().Token] = true
		}
	}
	return tokens
}

// alive reports whether a carrier may come to the dates that wait in it. One of
// another plan may have died without anybody who drives that plan.
func (e *Engine) alive(ctx context.Context, c record.Carrier) (bool, error) {
	switch {
	case !c.Waits():
		return false, nil
	case c.ARN == "":
		return e.options.Now().Sub(c.Created) < startTime, nil
	}
	run, err := e.run(ctx, c.ARN)
	if errors.Is(err, forecast.ErrNotFound) {
		return false, nil
	}
	return err == nil && !terminal(run), err
}

// alone reports whether the run of an attempt comes to no other date.
func (e *Engine) alone(ctx context.Context, a record.Attempt) (bool, error) {
	if !a.Shared() {
		return true, nil
	}
	p, err := e.plans.Load(ctx, string(a.Plan))
	if err != nil {
		return false, err //nolint:wrapcheck // it names the plan
	}
	i := slices.IndexFunc(p.Carriers, func(c record.Carrier) bool { return c.Token == a.Token })
	return i >= 0 && (p.Plan.State != forecast.PlanActive || !p.Carriers[i].Waits()), nil
}

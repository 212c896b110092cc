package plan

import (
	"fmt"
	"slices"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Snapshot is what the next decisions about a plan depend on.
type Snapshot struct {
	Plan forecast.Plan
	// Facts are those of the dates of OpenDates. A row without facts is left as
	// it is.
	Facts map[calendar.Date]Facts
	// Executions are the attempts that running and joined rows name, as far as
	// they are not the last ones of their dates.
	Executions map[forecast.ExecutionID]forecast.Execution
	// Open is the number of open attempts of the pipeline, those of this plan
	// among them.
	Open int
	// Idle is how many slots of this plan are taken by what works at no date: a
	// machine that was asked for and has not come. Open counts them too.
	Idle int
	// OpenDaily is how many of Open the schedule started, and QueuedDaily how many
	// rows of plans that the schedule made wait for a slot.
	OpenDaily, QueuedDaily int
	// NextDue is when the next date becomes due; zero: none does.
	NextDue time.Time
	Rules   Rules
}

// OpenDates returns the dates of p's rows that may still change: the ones whose
// facts Next looks at.
func OpenDates(p forecast.Plan) []calendar.Date {
	var dates []calendar.Date
	for _, row := range p.Rows {
		if row.State.Open() || p.State == forecast.PlanRollingBack && published(row) {
			dates = append(dates, row.Date)
		}
	}
	return dates
}

// Rests reports whether a driver has nothing left to do for p until somebody
// changes it: it has ended, waits for its review, or is paused and nothing of it runs.
func Rests(p forecast.Plan) bool {
	running := slices.ContainsFunc(p.Rows, func(row forecast.PlanRow) bool { return row.State == forecast.RowRunning })
	return p.State == forecast.PlanEnded || p.State == forecast.PlanReview || p.State == forecast.PlanPaused && !running
}

// Next returns what a driver of the plan has to do at now, in order; nothing if
// it has to wait for a change. It never starts more rows than the plan and the
// pipeline have slots for, never a date that somebody holds, and leaves no slot
// free while a row could run. A draft and an ended plan have nothing to do.
func Next(s Snapshot, now time.Time) []Decision {
	if s.Plan.State == forecast.PlanDraft || s.Plan.State == forecast.PlanEnded {
		return nil
	}
	d := newDecider(s, now)
	d.adopt()
	d.settle()
	switch d.Plan.State {
	case forecast.PlanActive:
		d.unblock()
		d.start()
		d.giveUpWaiting()
	case forecast.PlanStopping:
		d.cancel("the plan was stopped")
		d.stopRunning()
	case forecast.PlanDraining:
		d.drain()
	case forecast.PlanPublishing:
		d.publish()
	case forecast.PlanRollingBack:
		d.rollBack()
	default:
	}
	d.review()
	d.end()
	return d.decisions
}

// Ended returns what follows for the plan from attempts that have ended, and
// starts nothing: the rows end, and the plan pauses at its limit of failures. It
// is what a program does that works through dates of a plan by itself, before it
// goes on to the next one.
func Ended(s Snapshot, now time.Time) []Decision {
	d := newDecider(s, now)
	d.settle()
	return d.decisions
}

func newDecider(s Snapshot, now time.Time) *decider {
	s.Plan.Rows = slices.Clone(s.Plan.Rows)
	return &decider{Snapshot: s, now: now}
}

// decider makes the decisions one after the other; its plan is as it will be
// once those so far are carried out.
type decider struct {
	Snapshot
	now       time.Time
	decisions []Decision
	starting  int // rows to start by the decisions so far
}

func (d *decider) move(i int, row forecast.PlanRow) {
	d.decisions = append(d.decisions, MoveRow{From: d.Plan.Rows[i].State, Row: row})
	d.Plan.Rows[i] = row
}

func (d *decider) movePlan(to forecast.PlanState, outcome forecast.Outcome, reason string) MovePlan {
	m := MovePlan{From: d.Plan.State, To: to, Outcome: outcome, Reason: reason, At: d.now}
	d.Plan.State = to
	return m
}

func (d *decider) any(states ...forecast.RowState) bool {
	return slices.ContainsFunc(d.Plan.Rows, func(row forecast.PlanRow) bool {
		return slices.Contains(states, row.State)
	})
}

func (d *decider) count(state forecast.RowState) int {
	n := 0
	for _, row := range d.Plan.Rows {
		if row.State == state {
			n++
		}
	}
	return n
}

// adopt runs the rows whose attempts of this plan were made by a driver that died
// before it could move the row. They are the plan's own, to be stopped with it,
// and not another's that it joins.
func (d *decider) adopt() {
	for i, row := range d.Plan.Rows {
		f, ok := d.Facts[row.Date]
		if row.State != forecast.RowQueued || !ok || f.Last.Plan == "" || f.Last.Plan != d.Plan.ID || !begun(row, f.Last) {
			continue
		}
		row.State, row.Execution, row.Outcome = forecast.RowRunning, f.Last.ID, ""
		d.move(i, row)
	}
}

// begun reports whether an attempt of the plan is the one that a queued row asks
// for.
func begun(row forecast.PlanRow, last forecast.Execution) bool {
	if row.Reopens != "" {
		return last.ID == row.Reopens && last.Status.Open()
	}
	return last.Attempt > row.ExpectedAttempt
}

// settle ends the rows whose attempts have ended, and pauses the plan at each
// max_failures-th failure. The pause comes first: if the driver is killed
// between the two, the failure still can't be followed by another start.
func (d *decider) settle() {
	before := d.count(forecast.RowFailed)
	for i, row := range d.Plan.Rows {
		if row.State != forecast.RowRunning && row.State != forecast.RowJoined {
			continue
		}
		if e, ok := d.execution(row); ok && !e.Status.Open() {
			d.move(i, d.ended(row, e))
		}
	}
	after, limit := d.count(forecast.RowFailed), d.Plan.MaxFailures
	if limit > 0 && after/limit > before/limit && d.Plan.State == forecast.PlanActive && len(OpenDates(d.Plan)) > 0 {
		reason := fmt.Sprintf("%d of %d dates failed: resume it, or stop it", after, len(d.Plan.Rows))
		d.decisions = slices.Insert(d.decisions, 0, Decision(d.movePlan(forecast.PlanPaused, "", reason)))
	}
}

// execution returns the attempt of a row.
func (d *decider) execution(row forecast.PlanRow) (forecast.Execution, bool) {
	if f, ok := d.Facts[row.Date]; ok && f.Last.Attempt > 0 && f.Last.ID == row.Execution {
		return f.Last, true
	}
	e, ok := d.Executions[row.Execution]
	return e, ok
}

// ended returns a row as it is now that its attempt e has ended.
func (d *decider) ended(row forecast.PlanRow, e forecast.Execution) forecast.PlanRow {
	f := d.Facts[row.Date]
	published := f.own() && f.Current.Execution == e.ID
	if Interrupted(e) && !published {
		return d.requeue(row, e)
	}
	row.State, row.Outcome = rowState(e), fmt.Sprintf("a%d: %s", e.Attempt, failure(e).Text)
	if !published && row.State == forecast.RowSucceeded && d.staged() {
		return stage(row, e)
	}
	if published || row.State == forecast.RowSucceeded {
		row.State, row.Outcome = forecast.RowSucceeded, fmt.Sprintf("succeeded (a%d)", e.Attempt)
	}
	return row
}

func rowState(e forecast.Execution) forecast.RowState {
	switch {
	case e.Status == forecast.Succeeded:
		return forecast.RowSucceeded
	case e.Status == forecast.Stopped:
		return forecast.RowStopped
	case e.Reason.Class == forecast.ReasonGate:
		return forecast.RowGated
	case e.Reason.Class == forecast.ReasonUpstream:
		return forecast.RowWaiting
	default:
		return forecast.RowFailed
	}
}

// requeue returns the row of an interrupted attempt e as it is to start again,
// where e was if its outputs prove good.
func (d *decider) requeue(row forecast.PlanRow, e forecast.Execution) forecast.PlanRow {
	row.State, row.Execution = forecast.RowQueued, ""
	row.Outcome = fmt.Sprintf("a%d: %s", e.Attempt, e.Reason.Text)
	row.ExpectedAttempt = e.Attempt
	row.StartStep, row.Reused, row.Reopens = d.Rules.steps()[0], nil, ""
	if f, ok := d.Facts[row.Date]; ok && f.Last.ID == e.ID {
		row = expect(row, f)
		again := startOf(forecast.StartFailedStep, f)
		row.StartStep, row.Reused, row.Reopens = again.Step, again.Reused, again.Reopens
	}
	return row
}

// unblock looks again at the rows that could not run.
func (d *decider) unblock() {
	for i, row := range d.Plan.Rows {
		f, ok := d.Facts[row.Date]
		if row.State != forecast.RowBlocked || !ok {
			continue
		}
		if d.Rules.Definition != d.Plan.Definition {
			d.move(i, drifted(row, redefined(d.Plan, d.Rules)))
			continue
		}
		if next := d.unblocked(row, f); next.State != forecast.RowBlocked {
			d.move(i, next)
		}
	}
}

// unblocked returns a blocked row as it is on the facts of now.
func (d *decider) unblocked(row forecast.PlanRow, f Facts) forecast.PlanRow {
	action, reason := decide(d.Plan.Request, f, d.Rules, d.now)
	switch action {
	case forecast.ActionRun:
		own := f.Last.Attempt > 0 && f.Current.Execution == f.Last.ID // the attempt that it waited for published
		if why := Drift(row, f); why != "" && (f.Last.Attempt != row.ExpectedAttempt || !own) {
			return drifted(row, why)
		}
		row = expect(row, f)
		begin := startOf(d.Plan.Request.Start, f)
		row.State, row.StartStep, row.Reused, row.Reopens = forecast.RowQueued, begin.Step, begin.Reused, begin.Reopens
	case forecast.ActionJoin:
		row.State, row.Execution = forecast.RowJoined, f.Last.ID
	case forecast.ActionSkip:
		row.State, row.Outcome = forecast.RowSkipped, reason
	case forecast.ActionBlock:
	}
	return row
}

// start gives the free slots to queued rows, in the plan's order.
func (d *decider) start() {
	limit := d.limit()
	free := min(max(1, d.Plan.MaxActive)-d.count(forecast.RowRunning)-d.Idle, limit-d.Open)
	for i, row := range d.Plan.Rows {
		if row.State != forecast.RowQueued {
			continue
		}
		if d.Rules.Definition != d.Plan.Definition {
			d.move(i, drifted(row, redefined(d.Plan, d.Rules)))
			continue
		}
		f, ok := d.Facts[row.Date]
		if d.starting >= free || !ok {
			continue
		}
		d.startRow(i, row, f, limit)
	}
}

// limit returns how many attempts of the pipeline may be open for this plan to
// start another. While a date of the schedule waits for a slot, or becomes due
// within the time that a date takes, the reserved slots are kept from all other
// plans: nothing is ever pre-empted, so the daily run would wait for theirs. At
// other times no slot stands idle.
func (d *decider) limit() int {
	limit := max(1, d.Rules.MaxActive)
	if Daily(d.Plan.Request.Cause) {
		return limit
	}
	soon := !d.NextDue.IsZero() && d.NextDue.Sub(d.now) <= max(d.Rules.Typical, d.Rules.TypicalShared)
	if d.QueuedDaily == 0 && !soon {
		return limit
	}
	return limit - max(0, min(d.Rules.Reserved, limit)-d.OpenDaily)
}

// Daily reports whether a cause is that of the daily run.
func Daily(cause forecast.Cause) bool { return cause == forecast.CauseSchedule }

func (d *decider) startRow(i int, row forecast.PlanRow, f Facts, limit int) {
	if f.Last.Status.Open() {
		d.overtaken(i, row, f)
		return
	}
	if f.Holder != "" {
		return // somebody is about to run it: look again when they have
	}
	if why := Drift(row, f); why != "" {
		d.move(i, drifted(row, why))
		return
	}
	attempt := f.Last.Attempt + 1
	if row.Reopens != "" {
		attempt = f.Last.Attempt
	}
	d.starting++
	d.decisions = append(d.decisions, StartRow{
		Plan: d.Plan.ID, Pipeline: d.Plan.Pipeline, Definition: d.Plan.Definition,
		Cause: d.Plan.Request.Cause, Actor: d.Plan.Request.Actor,
		Row: row, Attempt: attempt, Last: f.Last, MaxOpen: limit, Staged: d.staged(),
	})
}

// overtaken is about a queued row whose date somebody else has begun to run. If
// that attempt does the same, it serves both. Otherwise the row waits, to be
// Drifted when it has ended.
func (d *decider) overtaken(i int, row forecast.PlanRow, f Facts) {
	running := f.Last.Status == forecast.Executing && f.Last.UnknownSince.IsZero()
	if !running || f.Last.Definition != d.Plan.Definition {
		return
	}
	row.State, row.Execution = forecast.RowJoined, f.Last.ID
	row.Outcome = fmt.Sprintf("a%d by %s serves it too", f.Last.Attempt, who(f))
	d.move(i, row)
}

// Drift returns how a date differs from what its queued row expects, empty if it
// does not. An engine asks again in the transaction that takes the date.
func Drift(row forecast.PlanRow, f Facts) string {
	switch {
	case f.Last.Attempt != row.ExpectedAttempt:
		return since(f)
	case f.ownGeneration() == row.ExpectedGeneration:
		return ""
	case f.ownGeneration() == "":
		return fmt.Sprintf("generation %s was withdrawn after the plan was made", row.ExpectedGeneration)
	default:
		return fmt.Sprintf("generation %s was published after the plan was made", f.Current.Generation)
	}
}

// since says what was done to a date after its row was planned.
func since(f Facts) string {
	if f.Last.Attempt == 0 {
		return "its attempts are gone"
	}
	return fmt.Sprintf("a%d by %s came after the plan was made and is %s", f.Last.Attempt, who(f), f.Last.Status)
}

func redefined(p forecast.Plan, r Rules) string {
	return fmt.Sprintf("the definition changed from %s to %s after the plan was made", p.Definition, r.Definition)
}

func drifted(row forecast.PlanRow, why string) forecast.PlanRow {
	row.State, row.Outcome = forecast.RowDrifted, why
	return row
}

// giveUpWaiting cancels the rows that wait for their source once nothing else
// keeps the plan open.
func (d *decider) giveUpWaiting() {
	if d.starting > 0 || d.any(forecast.RowQueued, forecast.RowRunning, forecast.RowJoined) {
		return
	}
	var waiting []int
	for i, row := range d.Plan.Rows {
		if row.State != forecast.RowBlocked {
			continue
		}
		f, ok := d.Facts[row.Date]
		if !ok || Day(f, d.Rules, d.now).State != forecast.DayWaiting {
			return
		}
		waiting = append(waiting, i)
	}
	for _, i := range waiting {
		day := Day(d.Facts[d.Plan.Rows[i].Date], d.Rules, d.now)
		d.cancelRow(i, "the source still lacks the date: "+day.Reason.Text)
	}
}

// drain cancels at once what waits to be started, and what runs for another too once
// nothing of the plan's own does.
func (d *decider) drain() {
	const why = "the plan was drained"
	d.cancel(why, forecast.RowStaged, forecast.RowJoined)
	if !d.any(forecast.RowRunning) {
		d.cancel(why, forecast.RowStaged)
	}
}

// cancel cancels the open rows that have no attempt of this plan, but those in
// the given states.
func (d *decider) cancel(why string, but ...forecast.RowState) {
	for i, row := range d.Plan.Rows {
		if row.State.Open() && row.State != forecast.RowRunning && !slices.Contains(but, row.State) {
			d.cancelRow(i, why)
		}
	}
}

func (d *decider) cancelRow(i int, why string) {
	row := d.Plan.Rows[i]
	row.State, row.Outcome = forecast.RowCancelled, why
	d.move(i, row)
}

// stopRunning stops the attempts that run.
func (d *decider) stopRunning() {
	for _, row := range d.Plan.Rows {
		if row.State != forecast.RowRunning {
			continue
		}
		if e, ok := d.execution(row); ok && e.Status == forecast.Executing {
			d.decisions = append(d.decisions, StopRow{Date: row.Date, Execution: row.Execution})
		}
	}
}

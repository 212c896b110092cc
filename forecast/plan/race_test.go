package plan_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
)

// TestRace lets drivers that decided on what they saw some time ago act in any
// interleaving on plans over the same dates, and take the plans from each other.
// Whatever happens a date that is to run has one attempt, and one more for each
// time that it was interrupted; the rows of all plans tell of it; and what was
// done once can't be done again.
func TestRace(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		w := newRace(t, r)
		for range rapid.IntRange(0, 80).Draw(r, "steps") {
			w.act()
		}
		w.rest()
		w.check()
	})
}

// race is what an engine keeps, with the checks that it makes in its transactions.
type race struct {
	*rapid.T

	rules       plan.Rules
	now         time.Time
	facts       map[calendar.Date]plan.Facts
	first       map[calendar.Date]int // number of the last attempt when the plans were made
	interrupted map[calendar.Date]int
	plans       []forecast.Plan
	fences      []int // of the plans' drivers
	ended       map[forecast.ExecutionID]forecast.Execution
	drivers     []raceDriver
}

// raceDriver carries out what it decided on an earlier view, one by one.
type raceDriver struct {
	plan, fence int
	pending     []plan.Decision
}

func newRace(t *testing.T, r *rapid.T) *race {
	t.Helper()
	w := &race{
		T: r, rules: rulesFor(t), now: noon(t), facts: map[calendar.Date]plan.Facts{},
		first: map[calendar.Date]int{}, interrupted: map[calendar.Date]int{}, ended: map[forecast.ExecutionID]forecast.Execution{},
	}
	w.rules.MaxActive = rapid.IntRange(1, 3).Draw(r, "pipeline's slots")
	n := rapid.IntRange(1, 5).Draw(r, "dates")
	states := slices.DeleteFunc(forecast.DayStates(), func(s forecast.DayState) bool {
		return s == forecast.DayWaiting // only its source's files end that
	})
	var facts []plan.Facts
	for i := range n {
		f := inState(t, jan(1+i), rapid.SampledFrom(states).Draw(r, "state"))
		w.facts[f.Date], w.first[f.Date] = f, f.Last.Attempt
		facts = append(facts, f)
	}
	for i := range rapid.IntRange(1, 3).Draw(r, "plans") {
		p, err := plan.Make(forecast.PlanRequest{
			Kind: forecast.PlanBackfill, Range: calendar.Range{From: jan(1), To: jan(n)}, MaxFailures: 100,
			Mode:  rapid.SampledFrom([]forecast.Mode{forecast.ModeMissing, forecast.ModeMissingAndFailed, forecast.ModeAll}).Draw(r, "mode"),
			Order: rapid.SampledFrom([]forecast.Order{forecast.NewestFirst, forecast.OldestFirst}).Draw(r, "order"),
		}, facts, w.rules, w.now.Add(time.Duration(i)))
		if err != nil {
			r.Fatal(err)
		}
		w.plans, w.fences = append(w.plans, plan.Activate(p)), append(w.fences, 0)
	}
	w.drivers = make([]raceDriver, rapid.IntRange(2, 4).Draw(r, "drivers"))
	return w
}

// act does one thing that may happen.
func (w *race) act() {
	d := &w.drivers[rapid.IntRange(0, len(w.drivers)-1).Draw(w.T, "driver")]
	switch rapid.SampledFrom([]string{"take", "work", "work", "work", "work", "end"}).Draw(w.T, "act") {
	case "take":
		i := rapid.IntRange(0, len(w.plans)-1).Draw(w.T, "plan")
		w.fences[i]++
		*d = raceDriver{plan: i, fence: w.fences[i]}
	case "work":
		w.work(d)
	case "end":
		date := jan(1 + rapid.IntRange(0, len(w.facts)-1).Draw(w.T, "date"))
		w.end(date, rapid.SampledFrom([]string{"good", "bad", "interrupt"}).Draw(w.T, "as"))
	}
}

// work has a driver look, or carry out the next of what it decided.
func (w *race) work(d *raceDriver) {
	if d.fence == 0 {
		return
	}
	if len(d.pending) == 0 {
		d.pending = plan.Next(w.snapshot(d.plan), w.now)
		return
	}
	next := d.pending[0]
	d.pending = d.pending[1:]
	if d.fence != w.fences[d.plan] {
		*d = raceDriver{} // its plan was taken over
		return
	}
	w.carryOut(d.plan, next)
	once := fmt.Sprint(w.plans[d.plan], w.facts)
	w.carryOut(d.plan, next)
	if diff := cmp.Diff(once, fmt.Sprint(w.plans[d.plan], w.facts)); diff != "" {
		w.Fatalf("doing %+v again changed something: %s", next, diff)
	}
}

func (w *race) snapshot(i int) plan.Snapshot {
	s := plan.Snapshot{Plan: w.plans[i], Facts: map[calendar.Date]plan.Facts{}, Executions: maps.Clone(w.ended), Open: w.open(), Rules: w.rules}
	for _, d := range plan.OpenDates(w.plans[i]) {
		s.Facts[d] = w.facts[d]
	}
	return s
}

func (w *race) open() int {
	n := 0
	for _, f := range w.facts {
		if isOpen(f) {
			n++
		}
	}
	return n
}

// carryOut does what a decision says, unless it came too late.
func (w *race) carryOut(i int, decision plan.Decision) {
	switch d := decision.(type) {
	case plan.StartRow:
		f := w.facts[d.Row.Date]
		row, _ := w.plans[i].Row(d.Row.Date)
		if isOpen(f) || plan.Drift(d.Row, f) != "" || w.open() >= d.MaxOpen || row.State != d.Row.State {
			return
		}
		id := forecast.ExecutionID(fmt.Sprintf("%s-%d", d.Row.Date, d.Attempt))
		w.ended[f.Last.ID] = f.Last
		f.Last, f.Reusable = d.Execution(id, "forge", w.now), nil
		w.facts[f.Date] = f
		decision = d.Started(id)
	case plan.StopRow, plan.PublishRow, plan.RollbackRow:
		w.Fatalf("nobody asked for %T", d)
	case plan.MoveRow, plan.MovePlan:
	}
	if p, err := plan.Settle(w.plans[i], decision); err == nil {
		w.plans[i] = p
	}
}

// end ends the open attempt of a date.
func (w *race) end(date calendar.Date, how string) {
	f := w.facts[date]
	if !isOpen(f) {
		return
	}
	status, reason := forecast.Failed, forecast.Reason{Class: forecast.ReasonStep, Text: how}
	switch {
	case f.Last.Status == forecast.Stopping:
		status, reason.Class = forecast.Stopped, forecast.ReasonStopped
	case how == "good":
		status, reason = forecast.Succeeded, forecast.Reason{}
		f.Current = generation(f.Last)
	}
	if how == "interrupt" && status == forecast.Failed && f.Last.Attempt > w.first[date] {
		w.interrupted[date]++
		f.Last = plan.Interrupt(f.Last, "gone", w.now)
	} else {
		f.Last = plan.End(f.Last, status, reason, w.now)
	}
	f.Holder, f.Last.UnknownSince = "", time.Time{}
	w.facts[date] = f
}

// rest lets everything end: each plan has a driver that nobody disturbs.
func (w *race) rest() {
	for range 100 {
		over := true
		for i := range w.plans {
			w.fences[i]++
			d := raceDriver{plan: i, fence: w.fences[i]}
			for w.work(&d); len(d.pending) > 0; {
				w.work(&d)
			}
			over = over && w.plans[i].State == forecast.PlanEnded
		}
		if over {
			return
		}
		for date := range w.facts {
			w.end(date, "good")
		}
	}
	w.Fatalf("plans never end: %+v", w.plans)
}

// check counts the attempts, once all plans have ended.
func (w *race) check() {
	for date, f := range w.facts {
		made, runs := f.Last.Attempt-w.first[date], 0
		for _, p := range w.plans {
			row, _ := p.Row(date)
			switch row.Action {
			case forecast.ActionRun:
				runs++
			case forecast.ActionSkip:
				if row.State != forecast.RowSkipped {
					w.Fatalf("row %s of %s was to be skipped and is %s", date, p.ID, row.State)
				}
			case forecast.ActionJoin, forecast.ActionBlock:
			}
			if row.State == forecast.RowRunning || row.State.Open() {
				w.Fatalf("row %s of ended plan %s is %s", date, p.ID, row.State)
			}
		}
		if most := 1 + w.interrupted[date]; made > most || runs > 0 && made < most {
			w.Fatalf("%s has %d attempts that %d plans made, and was interrupted %d times; want one attempt and one for each interruption", date, made, runs, w.interrupted[date])
		}
	}
}

package plan_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
)

// TestDrivers lets plans over the same dates be driven in any interleaving,
// while attempts end in any way, people press any key, others hold dates and
// drivers die; then it lets everything come to rest.
func TestDrivers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		m := newModel(t, r)
		for range rapid.IntRange(0, 60).Draw(r, "steps") {
			m.act(r)
			m.check(r)
		}
		m.rest(r)
	})
}

// model is an engine without anything real in it.
type model struct {
	t      *testing.T
	rules  plan.Rules
	now    time.Time
	facts  map[calendar.Date]plan.Facts
	plans  []forecast.Plan
	ended  map[forecast.ExecutionID]forecast.Execution
	holds  map[calendar.Date]bool
	driven bool // the last act drove a plan to where it can't go on
	last   int  // that plan
}

func newModel(t *testing.T, r *rapid.T) *model {
	t.Helper()
	m := &model{
		t: t, rules: rulesFor(t), now: noon(t), facts: map[calendar.Date]plan.Facts{},
		ended: map[forecast.ExecutionID]forecast.Execution{}, holds: map[calendar.Date]bool{},
	}
	m.rules.MaxActive = rapid.IntRange(1, 4).Draw(r, "pipeline's slots")
	n := rapid.IntRange(1, 8).Draw(r, "dates")
	var facts []plan.Facts
	for i := range n {
		f := inState(t, jan(1+i), rapid.SampledFrom(forecast.DayStates()).Draw(r, "state"))
		f.Last.Definition = "d1"
		m.facts[f.Date] = f
		facts = append(facts, f)
	}
	for i := range rapid.IntRange(1, 3).Draw(r, "plans") {
		request := forecast.PlanRequest{
			Kind: forecast.PlanBackfill, Range: calendar.Range{From: jan(1), To: jan(n)},
			Mode:        rapid.SampledFrom([]forecast.Mode{forecast.ModeMissing, forecast.ModeMissingAndFailed, forecast.ModeAll}).Draw(r, "mode"),
			Order:       rapid.SampledFrom([]forecast.Order{forecast.NewestFirst, forecast.OldestFirst}).Draw(r, "order"),
			MaxActive:   rapid.IntRange(0, m.rules.MaxActive).Draw(r, "slots"),
			MaxFailures: rapid.IntRange(0, 3).Draw(r, "max_failures"),
		}
		p, err := plan.Make(request, facts, m.rules, m.now.Add(time.Duration(i)))
		if err != nil {
			r.Fatal(err)
		}
		m.plans = append(m.plans, plan.Activate(p))
	}
	return m
}

// act does one thing that may happen.
func (m *model) act(r *rapid.T) {
	m.driven = false
	d := jan(1 + rapid.IntRange(0, len(m.facts)-1).Draw(r, "date"))
	i := rapid.IntRange(0, len(m.plans)-1).Draw(r, "plan")
	switch rapid.SampledFrom([]string{"drive", "drive", "drive", "end", "end", "person", "hold"}).Draw(r, "act") {
	case "drive":
		m.drive(r, i, rapid.IntRange(0, 9).Draw(r, "decisions before the driver dies"))
	case "end":
		m.end(d, rapid.SampledFrom([]string{"good", "bad", "gate", "upstream", "stop", "interrupt"}).Draw(r, "as"))
	case "person":
		verb := rapid.SampledFrom([]forecast.PlanVerb{forecast.VerbPause, forecast.VerbResume, forecast.VerbResume, forecast.VerbDrain, forecast.VerbStop}).Draw(r, "verb")
		if p, err := plan.Control(m.plans[i], verb, "aki"); err == nil {
			m.plans[i] = p
		}
	case "hold":
		m.holds[d] = !m.holds[d]
	}
}

func (m *model) open() int {
	n := 0
	for _, f := range m.facts {
		if isOpen(f) {
			n++
		}
	}
	return n
}

func isOpen(f plan.Facts) bool { return f.Last.Attempt > 0 && f.Last.Status.Open() }

func (m *model) snapshot(i int) plan.Snapshot {
	s := plan.Snapshot{Plan: m.plans[i], Facts: map[calendar.Date]plan.Facts{}, Executions: m.ended, Open: m.open(), Rules: m.rules}
	for _, d := range plan.OpenDates(m.plans[i]) {
		f := m.facts[d]
		if m.holds[d] && !isOpen(f) {
			f.Holder = "kei@anvil"
		}
		s.Facts[d] = f
	}
	return s
}

// drive carries out the decisions about a plan until there are none, or the
// driver dies after so many of them.
func (m *model) drive(r *rapid.T, i, life int) {
	m.last = i
	for round := 0; ; round++ {
		decisions := plan.Next(m.snapshot(i), m.now)
		if len(decisions) == 0 {
			m.driven = true
			return
		}
		if round > 100 {
			r.Fatalf("plan %s never rests: %+v", m.plans[i].ID, decisions)
		}
		for _, d := range decisions {
			if life--; life < 0 {
				return
			}
			m.carryOut(r, i, d)
		}
	}
}

func (m *model) carryOut(r *rapid.T, i int, d plan.Decision) {
	switch d := d.(type) {
	case plan.StartRow:
		f := m.facts[d.Row.Date]
		switch {
		case isOpen(f), m.holds[d.Row.Date]:
			r.Fatalf("%s is started while somebody holds it", d.Row.Date)
		case m.plans[i].State != forecast.PlanActive:
			r.Fatalf("%s is started by a plan that is %s", d.Row.Date, m.plans[i].State)
		case m.open() >= m.rules.MaxActive:
			r.Fatalf("%s is started beside %d open dates; the pipeline has %d slots", d.Row.Date, m.open(), m.rules.MaxActive)
		case plan.Drift(d.Row, f) != "":
			r.Fatalf("%s is started though it drifted: %s", d.Row.Date, plan.Drift(d.Row, f))
		}
		id := forecast.ExecutionID(fmt.Sprintf("%s-%d", d.Row.Date, d.Attempt))
		if f.Last.Attempt > 0 {
			m.ended[f.Last.ID] = f.Last
		}
		f.Last = d.Execution(id, "forge", m.now)
		f.Last.Actor = "aki"
		f.Reusable = nil
		m.facts[d.Row.Date] = f
		m.settle(r, i, d.Started(id))
	case plan.StopRow:
		f := m.facts[d.Date]
		f.Last.Status = forecast.Stopping
		m.facts[d.Date] = f
	case plan.PublishRow, plan.RollbackRow:
		r.Fatalf("a plan that is not staged asks for %T", d)
	case plan.MoveRow, plan.MovePlan:
		m.settle(r, i, d)
	}
}

func (m *model) settle(r *rapid.T, i int, d plan.Decision) {
	p, err := plan.Settle(m.plans[i], d)
	if err != nil {
		r.Fatal(err)
	}
	m.plans[i] = p
}

// end ends the open attempt of a date.
func (m *model) end(d calendar.Date, how string) {
	f := m.facts[d]
	if !isOpen(f) {
		return
	}
	if f.Last.Status == forecast.Stopping {
		how = "stop"
	}
	status, class := forecast.Failed, forecast.ReasonClass("")
	switch how {
	case "good":
		status = forecast.Succeeded
		f.Current = generation(f.Last)
	case "bad":
		class = forecast.ReasonStep
	case "gate":
		class = forecast.ReasonGate
	case "upstream":
		class = forecast.ReasonUpstream
	case "stop":
		status, class = forecast.Stopped, forecast.ReasonStopped
	case "interrupt":
		class = forecast.ReasonLost
	}
	f.Last = plan.End(f.Last, status, forecast.Reason{Class: class, Text: how}, m.now)
	f.Holder = ""
	m.facts[d] = f
}

// check checks what must always hold.
func (m *model) check(r *rapid.T) {
	for _, p := range m.plans {
		running := 0
		seen := map[calendar.Date]bool{}
		for _, row := range p.Rows {
			if seen[row.Date] {
				r.Fatalf("plan %s has %s twice", p.ID, row.Date)
			}
			seen[row.Date] = true
			if row.State == forecast.RowRunning && isOpen(m.facts[row.Date]) && m.facts[row.Date].Last.ID == row.Execution {
				running++
			}
			if p.State == forecast.PlanEnded && row.State.Open() {
				r.Fatalf("row %s of ended plan %s is %s", row.Date, p.ID, row.State)
			}
		}
		if running > p.MaxActive {
			r.Fatalf("plan %s runs %d dates at once; want at most %d", p.ID, running, p.MaxActive)
		}
	}
	if m.driven {
		m.checkBusy(r)
	}
}

// checkBusy checks that the plan that was driven left no slot free while a row
// of it could run.
func (m *model) checkBusy(r *rapid.T) {
	p := m.plans[m.last]
	running := 0
	for _, row := range p.Rows {
		if row.State == forecast.RowRunning {
			running++
		}
	}
	if p.State != forecast.PlanActive || running >= p.MaxActive || m.open() >= m.rules.MaxActive {
		return
	}
	for _, row := range p.Rows {
		if row.State == forecast.RowQueued && !isOpen(m.facts[row.Date]) && !m.holds[row.Date] {
			r.Fatalf("plan %s leaves a slot free while %s could run: %d of %d run", p.ID, row.Date, running, p.MaxActive)
		}
	}
}

// rest lets everything end, and checks that all plans do.
func (m *model) rest(r *rapid.T) {
	clear(m.holds)
	for range 200 {
		for i := range m.plans {
			if p, err := plan.Control(m.plans[i], forecast.VerbResume, "aki"); err == nil {
				m.plans[i] = p
			}
			m.drive(r, i, 1000)
			m.check(r)
		}
		for d, f := range m.facts {
			f.Last.UnknownSince = time.Time{}
			m.facts[d] = f
			m.end(d, "good")
		}
		if !slices.ContainsFunc(m.plans, func(p forecast.Plan) bool { return p.State != forecast.PlanEnded }) {
			return
		}
	}
	r.Fatalf("plans never end: %+v", m.plans)
}

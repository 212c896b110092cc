package enginetest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
	"github.com/daybatch/daybatch/forecast/series"
)

// world is the state that all engines over it share. Methods other than those
// of Fake expect the lock to be held.
type world struct {
	def      forecast.Definition
	notes    []string
	mark     string
	board    forecast.Dashboard
	rights   []forecast.Right
	vitals   []forecast.Vital
	drift    forecast.Drift
	machine  Machine
	hash     string
	cal      plan.Calendar
	keys     []series.Key
	clock    func() time.Time // nil: virtual
	auto     bool
	stopTook time.Duration
	retain   int

	faults faults

	mu      sync.Mutex
	virtual time.Time
	// instant is the time of the event that is being carried out; zero: now.
	instant time.Time
	changed chan struct{} // closed and replaced at every change
	script  Script

	attempts map[calendar.Date][]forecast.Execution // oldest first
	dates    map[forecast.ExecutionID]calendar.Date // of the attempts
	running  []*progress
	logs     map[forecast.ExecutionID][]forecast.LogLine
	scores   map[forecast.ExecutionID]forecast.Evaluation

	generations map[calendar.Date][]forecast.Partition // oldest first
	published   map[calendar.Date][]string             // what became current, oldest first; empty: nothing
	forecasts   map[calendar.Date][]forecast.SeriesForecast
	stale       map[calendar.Date]string // the generation whose inputs changed since
	arrived     map[calendar.Date]arrival
	broken      map[calendar.Date]map[forecast.StepName]string
	tables      map[string]forecast.Table
	definitions map[string]forecast.Definition // by hash

	plans   map[forecast.PlanID]forecast.Plan
	applied []forecast.PlanID // oldest first
	drivers []*driver
	// served is when somebody served for the first time, and scheduled what servers
	// have started.
	served    time.Time
	scheduled []plan.Start
	driving   map[forecast.PlanID]*driver

	findings []forecast.Finding

	events []record
	seq    int64 // of the newest event
}

// arrival is what came to the source since an attempt looked at it.
type arrival struct {
	attempt int
	text    string
}

func newWorld(o FakeOptions) *world {
	def := o.Definition
	if def.Pipeline == "" {
		def = DemoDefinition()
	}
	hash, err := def.Hash()
	if err != nil {
		panic("enginetest: " + err.Error())
	}
	w := &world{
		def: def, notes: o.Notes, mark: o.Mark, board: o.Dashboard, rights: slices.Clone(o.Rights), vitals: slices.Clone(o.Vitals), drift: o.Drift, machine: o.Machine, hash: hash, cal: mustCalendar(def), keys: o.Series,
		clock: o.Now, auto: o.Auto, stopTook: o.StopTook, retain: o.Retain,
		virtual:     o.Start,
		changed:     make(chan struct{}),
		script:      Script{},
		attempts:    map[calendar.Date][]forecast.Execution{},
		dates:       map[forecast.ExecutionID]calendar.Date{},
		logs:        map[forecast.ExecutionID][]forecast.LogLine{},
		scores:      map[forecast.ExecutionID]forecast.Evaluation{},
		generations: map[calendar.Date][]forecast.Partition{},
		published:   map[calendar.Date][]string{},
		forecasts:   map[calendar.Date][]forecast.SeriesForecast{},
		stale:       map[calendar.Date]string{},
		arrived:     map[calendar.Date]arrival{},
		broken:      map[calendar.Date]map[forecast.StepName]string{},
		tables:      map[string]forecast.Table{},
		definitions: map[string]forecast.Definition{hash: def},
		plans:       map[forecast.PlanID]forecast.Plan{},
		driving:     map[forecast.PlanID]*driver{},
	}
	for d, steps := range o.Script {
		for step, behaviours := range steps {
			w.setScript(d, step, behaviours)
		}
	}
	if w.keys == nil {
		w.keys = demoSeries(len(def.Source.Series))
	}
	if w.virtual.IsZero() {
		w.virtual = time.Date(2026, time.January, 21, 0, 30, 0, 0, time.UTC)
	}
	if w.stopTook <= 0 {
		w.stopTook = time.Second
	}
	if w.retain <= 0 {
		w.retain = 10_000
	}
	return w
}

func (w *world) setScript(d calendar.Date, step forecast.StepName, behaviours []Behaviour) {
	if w.script[d] == nil {
		w.script[d] = map[forecast.StepName][]Behaviour{}
	}
	w.script[d][step] = slices.Clone(behaviours)
}

// now returns the time of the event that is being carried out, else the clock's.
func (w *world) now() time.Time {
	switch {
	case !w.instant.IsZero():
		return w.instant
	case w.clock != nil:
		return w.clock()
	default:
		return w.virtual
	}
}

// last returns the last attempt of a date to change it; nil if there is none.
func (w *world) last(d calendar.Date) *forecast.Execution {
	if n := len(w.attempts[d]); n > 0 {
		return &w.attempts[d][n-1]
	}
	return nil
}

// find returns an attempt to change it; nil if there is none.
func (w *world) find(id forecast.ExecutionID) *forecast.Execution {
	attempts := w.attempts[w.dates[id]]
	for i := range attempts {
		if attempts[i].ID == id {
			return &attempts[i]
		}
	}
	return nil
}

// facts gathers what is known about a date. The result shares memory with w.
func (w *world) facts(d calendar.Date) plan.Facts {
	f := w.cal.Facts(d)
	for _, g := range w.generations[d] {
		if g.Current {
			f.Current = g
		}
		if g.Kind != forecast.GenerationFallback && !g.Published.IsZero() && (f.FirstOwn.IsZero() || g.Published.Before(f.FirstOwn)) {
			f.FirstOwn = g.Published
		}
	}
	f.Stale = w.changedUnder(d, f.Current.Generation)
	for _, e := range w.attempts[d] {
		if score, ok := w.scores[e.ID]; ok {
			f.Metrics = score.Measures
		}
	}
	last := w.last(d)
	if last == nil {
		return f
	}
	f.Last = *last
	f.Arrived = w.arrivedSince(last)
	if last.Status.Open() && last.UnknownSince.IsZero() {
		f.Holder = last.Actor + "@" + last.Host
	}
	for _, step := range last.Steps {
		if step.Status.Done() {
			why := w.broken[d][step.Name]
			if step.Name == forecast.Extract && why == "" {
				why = f.Arrived
			}
			f.Reusable = append(f.Reusable, plan.StepProof{Step: step.Name, Good: why == "", Why: why})
		}
	}
	return f
}

// changedUnder reports whether the inputs of a date's generation changed since.
func (w *world) changedUnder(d calendar.Date, generation string) bool {
	id, told := w.stale[d]
	return told && id == generation
}

// arrivedSince says what came to the source since an attempt failed.
func (w *world) arrivedSince(e *forecast.Execution) string {
	news := w.arrived[e.Date]
	if e.Status != forecast.Failed || news.attempt != e.Attempt {
		return ""
	}
	return news.text
}

// day returns what an operator sees of a date. It shares memory with w.
func (w *world) day(d calendar.Date) forecast.Day {
	return plan.Day(w.facts(d), w.rules(), w.now())
}

func (w *world) rules() plan.Rules {
	return plan.Rules{
		Zone: w.cal.Zone(), Definition: w.hash, Pipeline: w.def.Pipeline,
		MaxActive: w.def.Limits.MaxActive, MaxFailures: w.def.Limits.MaxFailures,
		Reserved: w.def.Limits.Reserved, Chunk: w.def.Limits.Chunk,
	}
}

// rulesOfPlan adds how long good days took, which only plans need.
func (w *world) rulesOfPlan() plan.Rules {
	rules := w.rules()
	var took []time.Duration
	var costs []float64
	for _, attempts := range w.attempts {
		for _, e := range attempts {
			if e.Status == forecast.Succeeded && e.StartStep == forecast.Extract {
				took, costs = append(took, e.Took(w.now())), append(costs, e.Cost)
			}
		}
	}
	if len(took) > 0 {
		slices.Sort(took)
		slices.Sort(costs)
		rules.Typical, rules.TypicalDays = took[len(took)/2], len(took)
		rules.TypicalCost = costs[len(costs)/2]
	}
	return w.machine.expect(rules)
}

// publish makes the generation of an attempt the current one.
func (w *world) publish(e *forecast.Execution) {
	g := w.build(e)
	g.Published = w.now()
	w.makeCurrent(g)
}

// build returns the generation of an attempt, which nobody sees yet.
func (w *world) build(e *forecast.Execution) forecast.Partition {
	id := w.name("generation", e.Date, e.Attempt)
	e.Generation = id
	rows := int64(len(w.keys) * w.def.Forecast.Horizon)
	return forecast.Partition{
		Date: e.Date, Table: w.def.Target.Table, Generation: id, Kind: forecast.GenerationOwn,
		Execution: e.ID, Attempt: e.Attempt, Rows: rows, Bytes: 4096 + 31*rows, Series: len(w.keys),
		Path:    fmt.Sprintf("%s/_generations/%s/dt=%s/%s", w.def.Target.Path, w.def.Target.Table, e.Date, id),
		Written: w.now(),
	}
}

func (w *world) makeCurrent(g forecast.Partition) {
	w.generations[g.Date] = append(w.generations[g.Date], g)
	published := g.Published
	w.point(g.Date, g.Generation)
	w.generations[g.Date][len(w.generations[g.Date])-1].Published = published
}

// point makes a generation that is there the current one, or none if the id is
// empty.
func (w *world) point(d calendar.Date, id string) {
	for i := range w.generations[d] {
		g := &w.generations[d][i]
		g.Current = g.Generation == id
		if g.Current {
			g.Published = w.now()
		}
	}
	w.published[d] = append(w.published[d], id)
	w.note(d, "")
}

// current returns the id of a date's current generation, empty if it has none.
func (w *world) current(d calendar.Date) string {
	for _, g := range w.generations[d] {
		if g.Current {
			return g.Generation
		}
	}
	return ""
}

// name returns a short opaque name that depends on its arguments alone.
func (w *world) name(kind string, d calendar.Date, n int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %s %d", w.def.Pipeline, kind, d, n))
	return hex.EncodeToString(sum[:4])
}

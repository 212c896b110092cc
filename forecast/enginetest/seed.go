package enginetest

import (
	"fmt"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
)

// Past is an attempt that has been made before a test begins.
type Past struct {
	// At is when it began; zero: when its date was due, or five minutes after the
	// attempt before. One that still runs began so that it is in the middle of
	// its step now.
	At time.Time
	// Steps say how steps behave; those that are missing succeed.
	Steps map[forecast.StepName]Behaviour
	// Until is the step at which it still runs; empty: it has ended.
	Until forecast.StepName
	// As is what became of it at Until: Executing if empty, else Stopping or
	// Stopped.
	As forecast.Status
	// Unknown says that nobody is known to run it any more at Until.
	Unknown bool
	// From is the step that it started from, with those before it taken over
	// from the attempt before; empty: all were run.
	From forecast.StepName
	// Note is what a reader has to know of it.
	Note  string
	Cause forecast.Cause // empty: schedule
	Actor string         // empty: serve
	Plan  forecast.PlanID
	// Definition is what it ran under; nil: that of the Fake.
	Definition *forecast.Definition
}

// Made is an attempt that succeeded and published.
func Made() Past { return Past{} }

// FailedAt is an attempt whose step failed.
func FailedAt(step forecast.StepName, text string) Past {
	return Past{Steps: map[forecast.StepName]Behaviour{step: Fails(text)}}
}

// Refused is an attempt that the gate refused; measures may be nil.
func Refused(text string, measures forecast.Measures) Past {
	gate := Gates(text)
	gate.Measures = measures
	return Past{Steps: map[forecast.StepName]Behaviour{forecast.TrainEvaluation: gate}}
}

// Lacked is an attempt whose source had no rows yet.
func Lacked(text string) Past {
	return Past{Steps: map[forecast.StepName]Behaviour{forecast.Extract: Lacks(text)}}
}

// StoppedAt is an attempt that was stopped in a step.
func StoppedAt(step forecast.StepName) Past { return Past{Until: step, As: forecast.Stopped} }

// StoppingAt is an attempt that is being stopped in a step.
func StoppingAt(step forecast.StepName) Past { return Past{Until: step, As: forecast.Stopping} }

// RunningAt is an attempt that runs and is in the middle of a step. It goes on as
// the clock moves.
func RunningAt(step forecast.StepName) Past { return Past{Until: step} }

// LostAt is an open attempt that nobody is known to run any more.
func LostAt(step forecast.StepName) Past { return Past{Until: step, Unknown: true} }

// Seed adds attempts to a date, oldest first, as if they had been made before.
func (f *Fake) Seed(d calendar.Date, attempts ...Past) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, past := range attempts {
		f.seed(d, past)
	}
}

func (w *world) seed(d calendar.Date, past Past) {
	facts := w.facts(d)
	script := w.script[d]
	w.script[d] = map[forecast.StepName][]Behaviour{}
	for step, behaviour := range past.Steps {
		w.script[d][step] = []Behaviour{behaviour}
	}
	w.instant = w.seedStart(facts, past)
	row := forecast.PlanRow{Date: d, StartStep: forecast.Extract, State: forecast.RowQueued}
	if past.From != "" {
		row.StartStep, row.Reused = past.From, before(past.From)
	}
	start := plan.StartRow{
		Plan: past.Plan, Pipeline: w.def.Pipeline, Definition: w.define(past.Definition),
		Cause: past.Cause, Actor: past.Actor, Row: row, Attempt: facts.Last.Attempt + 1, Last: facts.Last,
	}
	if start.Cause == "" {
		start.Cause = forecast.CauseSchedule
	}
	if start.Actor == "" {
		start.Actor = "serve"
	}
	id := forecast.ExecutionID(fmt.Sprintf("%s-%d", d, start.Attempt))
	e := start.Execution(id, "forge", w.instant)
	e.Note = past.Note
	p := w.begin(e, nil)
	w.instant = time.Time{}
	w.live(p, past)
	w.script[d] = script
}

// define keeps a definition and returns its hash; nil is that of the pipeline.
func (w *world) define(def *forecast.Definition) string {
	if def == nil {
		return w.hash
	}
	hash, err := def.Hash()
	if err != nil {
		panic(err) // of a test's own making
	}
	w.definitions[hash] = *def
	return hash
}

// before returns the steps before a step.
func before(step forecast.StepName) []forecast.StepName {
	var names []forecast.StepName
	for _, name := range forecast.StepNames() {
		if name == step {
			break
		}
		names = append(names, name)
	}
	return names
}

// seedStart returns when an attempt of the past began.
func (w *world) seedStart(facts plan.Facts, past Past) time.Time {
	switch {
	case !past.At.IsZero():
		return past.At
	case past.Until != "" && past.As != forecast.Stopped:
		ago := past.Steps[past.Until].took(past.Until) / 2
		for _, step := range before(past.Until) {
			ago += past.Steps[step].took(step)
		}
		return w.now().Add(-ago)
	case !facts.Last.Ended.IsZero():
		return facts.Last.Ended.Add(5 * time.Minute)
	case facts.Owed:
		return facts.Due
	default:
		return w.now().Add(-time.Hour)
	}
}

// live lets an attempt of the past happen, to its end or to where it is now.
func (w *world) live(p *progress, past Past) {
	for w.last(p.date).Status.Open() {
		e := w.find(p.id)
		step := e.Steps[p.step]
		if step.Name != past.Until {
			if p.next().IsZero() {
				panic(fmt.Sprintf("enginetest: the past of %s hangs at %s: say Until", p.date, step.Name))
			}
			w.happen(p)
			continue
		}
		middle := step.Started.Add(past.Steps[step.Name].took(step.Name) / 2)
		for len(p.lines) > 0 && !p.lines[0].at.After(middle) {
			w.happen(p)
		}
		w.become(p, past, middle)
		return
	}
}

// become makes p what the past says of it at the given time.
func (w *world) become(p *progress, past Past, at time.Time) {
	e := w.find(p.id)
	switch {
	case past.Unknown:
		e.UnknownSince = at
		w.forget(p)
	case past.As == forecast.Stopped:
		w.instant = at
		w.stop(p.date, "aki")
		w.instant = time.Time{}
		w.happen(p)
	case past.As == forecast.Stopping:
		w.stop(p.date, "aki")
	default:
	}
}

// SeedFallback fills a date with the forecast of an earlier one.
func (f *Fake) SeedFallback(d, of calendar.Date) {
	f.mu.Lock()
	defer f.mu.Unlock()
	rows := int64(len(f.keys) * f.def.Forecast.Horizon)
	at := f.now()
	if facts := f.facts(d); !facts.Deadline.IsZero() && facts.Deadline.Before(at) {
		at = facts.Deadline
	}
	f.makeCurrent(forecast.Partition{
		Date: d, Table: f.def.Target.Table, Generation: f.name("fallback", d, 0), Kind: forecast.GenerationFallback,
		FallbackOf: of, Rows: rows, Bytes: 4096 + 31*rows, Series: len(f.keys), Written: at, Published: at,
	})
}

// SetStale says that the inputs of a date changed after its current generation was
// made. Of another generation it says nothing.
func (f *Fake) SetStale(d calendar.Date) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stale[d] = f.current(d)
	f.note(d, "")
}

// SetArrived says what came to the source since the last attempt of a date failed
// for want of rows, or was refused: "orders.csv arrived since".
func (f *Fake) SetArrived(d calendar.Date, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if last := f.last(d); last != nil {
		f.arrived[d] = arrival{attempt: last.Attempt, text: text}
		f.note(d, "")
	}
}

// Break says that the outputs of a step of a date's last attempt can't be reused,
// and why.
func (f *Fake) Break(d calendar.Date, step forecast.StepName, why string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.broken[d] == nil {
		f.broken[d] = map[forecast.StepName]string{}
	}
	f.broken[d][step] = why
}

// SetScript says what a step of a date does from now on, by attempt.
func (f *Fake) SetScript(d calendar.Date, step forecast.StepName, behaviours ...Behaviour) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.setScript(d, step, behaviours)
}

// SetEvaluation replaces what an execution's gate saw.
func (f *Fake) SetEvaluation(e forecast.Evaluation) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.scores[e.Execution] = cloneEvaluation(e)
	f.note(e.Date, "")
}

// SetForecasts replaces the published forecasts of a date.
func (f *Fake) SetForecasts(d calendar.Date, forecasts ...forecast.SeriesForecast) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.forecasts[d] = nil
	for _, s := range forecasts {
		f.forecasts[d] = append(f.forecasts[d], cloneForecast(s))
	}
	f.note(d, "")
}

// SetTable says what Query answers to a statement.
func (f *Fake) SetTable(sql string, table forecast.Table) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tables[sql] = cloneTable(table)
}

// Advance moves Fake's own clock and carries out what happens meanwhile.
func (f *Fake) Advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pass(f.now().Add(d))
	f.wake()
}

// Tick carries out what has happened by a clock that isn't Fake's own.
func (f *Fake) Tick() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pass(f.now())
}

// Time returns what the clock shows.
func (f *Fake) Time() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now()
}

// Release lets a hanging step of a date go on.
func (f *Fake) Release(d calendar.Date, step forecast.StepName) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.running {
		e := f.find(p.id)
		if p.date == d && e.Steps[p.step].Name == step && p.ends.IsZero() {
			p.ends = f.now()
		}
	}
	f.pass(f.now())
	f.wake()
}

package enginetest

import (
	"slices"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
)

// progress is an attempt that runs: what happens to it next and when.
type progress struct {
	date    calendar.Date
	id      forecast.ExecutionID
	driver  *driver
	step    int // index of the step at work
	acts    Behaviour
	starts  time.Time // when it has its machine; zero: it has one, or needs none
	lines   []pending // what the step will still write
	ends    time.Time // zero: it hangs
	stopped time.Time // when a stop will have ended it; zero: nobody stops it
	// published says that the current generation is this attempt's.
	published bool
	// staged says that it builds its generation and does not publish it.
	staged bool
}

// pending is a line of log that a step will write.
type pending struct {
	at   time.Time
	text string
}

// next returns when something happens, zero: nothing will by itself.
func (p *progress) next() time.Time {
	if !p.stopped.IsZero() {
		return p.stopped
	}
	if !p.starts.IsZero() {
		return p.starts
	}
	if len(p.lines) > 0 && (p.ends.IsZero() || !p.lines[0].at.After(p.ends)) {
		return p.lines[0].at
	}
	return p.ends
}

// begin makes an attempt and starts its first step.
func (w *world) begin(e forecast.Execution, by *driver) *progress {
	for i := range e.Steps {
		e.Steps[i].Command = slices.Clone(w.def.Steps[e.Steps[i].Name].Command)
	}
	w.attempts[e.Date] = append(w.attempts[e.Date], e)
	w.dates[e.ID] = e.Date
	p := &progress{date: e.Date, id: e.ID, driver: by}
	w.running = append(w.running, p)
	p.step = slices.IndexFunc(e.Steps, func(s forecast.Step) bool { return s.Status == forecast.StepWaiting })
	if w.machine.Start <= 0 {
		w.startStep(p)
		return p
	}
	p.starts = w.now().Add(w.machine.Start)
	step := &w.find(p.id).Steps[p.step]
	step.Status, step.Created = forecast.StepStarting, w.now()
	w.note(p.date, "")
	return p
}

func (w *world) startStep(p *progress) {
	e := w.find(p.id)
	step := &e.Steps[p.step]
	p.acts = w.script.At(p.date, step.Name, e.Attempt)
	now := w.now()
	if step.Status != forecast.StepStarting {
		step.Created = now
	}
	step.Status, step.Started = forecast.StepExecuting, now
	step.Tries = max(1, p.acts.Tries)
	took := p.acts.took(step.Name)
	p.ends = now.Add(took)
	if p.acts.End == Hang {
		p.ends = time.Time{}
	}
	p.lines = nil
	lines := p.acts.Log
	if lines == nil {
		lines = demoLog(step.Name, p.date)
	}
	for i, text := range lines {
		at := now.Add(took * time.Duration(i) / time.Duration(len(lines)))
		p.lines = append(p.lines, pending{at: at, text: text})
	}
	if p.acts.End == Fail {
		p.lines = append(p.lines, pending{at: now.Add(took), text: "error: " + p.acts.Text})
	}
	w.note(p.date, "")
}

// happen carries out what happens next to p, at its time.
func (w *world) happen(p *progress) {
	w.instant = p.next()
	defer func() { w.instant = time.Time{} }()
	switch {
	case !p.stopped.IsZero():
		w.endStopped(p)
	case !p.starts.IsZero():
		p.starts = time.Time{}
		w.startStep(p)
	case len(p.lines) > 0 && !p.lines[0].at.After(w.instant):
		w.write(p, p.lines[0].text)
		p.lines = p.lines[1:]
	default:
		w.endStep(p)
	}
}

func (w *world) write(p *progress, text string) {
	e := w.find(p.id)
	step := e.Steps[p.step].Name
	var seq int64
	for _, line := range w.logs[p.id] {
		if line.Step == step {
			seq = line.Seq + 1
		}
	}
	w.logs[p.id] = append(w.logs[p.id], forecast.LogLine{At: w.now(), Step: step, Stream: "try-1", Seq: seq, Text: text})
	w.wake()
}

func (w *world) endStopped(p *progress) {
	e := w.find(p.id)
	reason := e.Reason
	if p.published {
		w.finish(p, e)
		return
	}
	*e = plan.End(*e, forecast.Stopped, reason, w.now())
	w.forget(p)
}

func (w *world) endStep(p *progress) {
	e := w.find(p.id)
	step := &e.Steps[p.step]
	if p.acts.End == HangAfter && !p.published && !p.staged {
		w.publish(e)
		p.published, p.ends = true, time.Time{}
		w.note(p.date, "")
		return
	}
	step.Ended = w.now()
	if step.Name == forecast.TrainEvaluation {
		w.scores[e.ID] = w.evaluation(*e, p.acts)
	}
	if p.acts.End == Fail {
		step.Status, step.Reason = forecast.StepFailed, p.acts.reason()
		*e = plan.End(*e, forecast.Failed, step.Reason, w.now())
		w.forget(p)
		if !p.staged {
			w.fillIfDue(p.date)
		}
		return
	}
	step.Status, step.Reason = forecast.StepSucceeded, forecast.Reason{Text: p.acts.Text}
	if p.step+1 < len(e.Steps) {
		p.step++
		w.startStep(p)
		return
	}
	switch {
	case p.staged:
		w.generations[e.Date] = append(w.generations[e.Date], w.build(e))
	case !p.published:
		w.publish(e)
	}
	w.finish(p, e)
}

// finish ends an attempt that published.
func (w *world) finish(p *progress, e *forecast.Execution) {
	step := &e.Steps[p.step]
	step.Status, step.Reason, step.Ended = forecast.StepSucceeded, forecast.Reason{Text: p.acts.Text}, w.now()
	e.Status, e.Reason, e.Ended = forecast.Succeeded, forecast.Reason{}, w.now()
	w.forget(p)
}

func (w *world) forget(p *progress) {
	e := w.find(p.id)
	for _, step := range e.Steps {
		if step.Status != forecast.StepReused {
			e.Cost += step.Took(w.now()).Hours() * w.machine.Price
		}
	}
	w.running = slices.DeleteFunc(w.running, func(q *progress) bool { return q == p })
	w.note(p.date, "")
}

// interrupt ends the attempts of a driver that is gone.
func (w *world) interrupt(by *driver) {
	for _, p := range slices.Clone(w.running) {
		if p.driver != by {
			continue
		}
		e := w.find(p.id)
		if p.published {
			w.finish(p, e)
			continue
		}
		*e = plan.Interrupt(*e, "interrupted: "+by.name+" ended", w.now())
		w.forget(p)
	}
}

// upcoming returns what happens next of all, nil if nothing will by itself.
func (w *world) upcoming() *progress {
	var first *progress
	for _, p := range w.running {
		at := p.next()
		if at.IsZero() {
			continue
		}
		if first == nil || at.Before(first.next()) || at.Equal(first.next()) && p.date < first.date {
			first = p
		}
	}
	return first
}

// pass carries out everything up to the given time, in order, and what drivers
// decide on it.
func (w *world) pass(until time.Time) {
	w.decide()
	for p := w.upcoming(); p != nil && !p.next().After(until); p = w.upcoming() {
		if w.clock == nil && p.next().After(w.virtual) {
			w.virtual = p.next()
		}
		at := p.next()
		w.happen(p)
		w.instant = at
		w.decide()
		w.instant = time.Time{}
	}
	if w.clock == nil && until.After(w.virtual) {
		w.virtual = until
	}
}

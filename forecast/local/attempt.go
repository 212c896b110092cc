//go:build unix

package local

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/local/internal/process"
	"github.com/daybatch/daybatch/forecast/local/internal/store"
	"github.com/daybatch/daybatch/forecast/local/internal/worker"
	"github.com/daybatch/daybatch/forecast/logkey"
	"github.com/daybatch/daybatch/forecast/plan"
	"github.com/daybatch/daybatch/forecast/pulse"
	"github.com/daybatch/daybatch/forecast/step"
)

// Causes with which the context of an attempt ends, besides that of its drive.
var (
	errStopRequested = errors.New("a stop was requested")
	errTakenOver     = errors.New("the date was taken over")
)

// begin takes a date and makes its attempt for a row of a plan that is driven. The
// steps that the row reuses are verified once more.
func (e *Engine) begin(ctx context.Context, drive store.Drive, d plan.StartRow) (store.Claim, error) {
	seen := e.look()
	records, err := e.reused(ctx, d, seen)
	if err != nil {
		return store.Claim{}, err
	}
	var parent int
	steps := make([]store.NewStep, 0, len(forecast.StepNames()))
	for _, name := range forecast.StepNames() {
		st := store.NewStep{Name: name, Command: e.definition.Steps[name].Command}
		if i := slices.IndexFunc(records, func(r store.StepRecord) bool { return r.Name == name }); i >= 0 {
			st.Reuse, parent = &records[i].Outputs, d.Last.Attempt
		}
		steps = append(steps, st)
	}
	now := e.options.Now()
	return e.store.Begin(ctx, store.NewAttempt{ //nolint:wrapcheck // the store names the date
		Date: d.Row.Date, Cause: d.Cause, Actor: d.Actor, Definition: e.hash, Zone: e.definition.Timezone,
		Generation: newGeneration(), Parent: parent, Steps: steps,
		Drive: drive, Row: d.Started("").Row, From: d.Row.State,
		Expected: &store.Expected{Attempt: d.Row.ExpectedAttempt, Generation: d.Row.ExpectedGeneration},
		Holder:   e.holder, Expires: now.Add(leaseTime), MaxActive: d.MaxOpen,
		Source: seen.files(),
	})
}

// reused returns the records of the steps that the row takes over, as far as
// their outputs still prove good: what was verified when the plan was made may
// have gone since.
func (e *Engine) reused(ctx context.Context, d plan.StartRow, seen *look) ([]store.StepRecord, error) {
	if len(d.Row.Reused) == 0 {
		return nil, nil
	}
	proofs, err := e.proofs(ctx, d.Last.ID, seen)
	if err != nil {
		return nil, err
	}
	records, err := e.store.Records(ctx, d.Last.ID)
	if err != nil {
		return nil, err //nolint:wrapcheck // the store names the execution
	}
	n := 0
	for n < len(records) && proofs[n].Good && slices.Contains(d.Row.Reused, records[n].Name) {
		n++
	}
	return records[:n], nil
}

// newGeneration returns an id that no other generation has: the lake may hold
// generations of a state that is no more.
func newGeneration() string {
	id := make([]byte, 6)
	_, _ = rand.Read(id) // it never fails
	return hex.EncodeToString(id)
}

// attempt runs one attempt whose date is held.
type attempt struct {
	engine       *Engine
	claim        store.Claim
	dirs         map[forecast.StepName]string // of the tries whose outputs count, relative to the state
	fingerprints map[forecast.StepName]string
	records      []store.StepRecord // of its steps, with the outputs so far
	former       []store.StepRecord // steps that may be taken over if their inputs are the same again
	staged       bool               // it builds its generation and does not publish it
	shared       *dateRange         // process for its steps; nil: each has its own
	drive        context.Context    //nolint:containedctx // of the drive: once it has ended, nothing is waited for
	tail         context.Context    //nolint:containedctx // outlives the drive: the end of the attempt is still written
}

// run carries an attempt that begun to its end. When ctx ends its step is
// terminated and the attempt ends as interrupted. An error says that the end
// could not be recorded: the attempt is left to whoever reconciles next.
func (a *attempt) run(ctx context.Context) error {
	e, claim := a.engine, a.claim
	a.drive, a.tail = ctx, context.WithoutCancel(ctx)
	a.dirs, a.fingerprints = make(map[forecast.StepName]string), make(map[forecast.StepName]string)
	ctx, cancel := context.WithCancelCause(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		a.watch(ctx, cancel)
	}()
	err := a.steps(ctx)
	cause := context.Cause(ctx)
	cancel(nil)
	<-watched
	log := e.options.Log.With(slog.String(logkey.Execution, string(claim.Execution())))
	if err == nil {
		log.InfoContext(a.tail, "attempt succeeded") //nolint:contextcheck // the end is written although ctx has ended
		return nil
	}
	// That a date failed is an ordinary outcome, and its day says why.
	log.InfoContext(a.tail, "attempt ended", slog.String(logkey.Reason, err.Error())) //nolint:contextcheck // as above
	if err := a.end(cause, err); err != nil {
		e.giveUp(claim.Fence)
		return err
	}
	return nil
}

// giveUp notes that this process runs an attempt, or drives a plan, no more,
// though the records say that it does.
func (e *Engine) giveUp(fence int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.givenUp[fence] = true
}

// watch renews the lease, and ends the attempt's context when somebody stops
// the attempt or has taken over its date.
func (a *attempt) watch(ctx context.Context, cancel context.CancelCauseFunc) {
	renewed := time.Now //nolint:forbidigo // durations only: the injected clock may stand still
	last := renewed()
	for {
		beat := a.engine.pulse.Wait()
		lease, err := a.engine.store.Held(ctx, a.claim)
		if err == nil && renewed().Sub(last) > renewTime {
			last = renewed()
			lease, err = a.engine.store.Renew(ctx, a.claim, a.engine.options.Now().Add(leaseTime))
		}
		switch {
		case errors.Is(err, store.ErrFenced):
			cancel(errTakenOver)
			return
		case err == nil && !lease.Stop.IsZero():
			cancel(errStopRequested)
			return
		}
		if pulse.Pause(ctx, beat, a.engine.options.Poll) != nil {
			return
		}
	}
}

// end writes how an attempt that published nothing ended.
func (a *attempt) end(cause, err error) error {
	end := store.End{Status: forecast.Failed, Reason: reasonOf(err)}
	switch {
	case errors.Is(cause, errTakenOver) || errors.Is(err, store.ErrFenced):
		return nil // it is another's to end
	case errors.Is(cause, errStopRequested), cause == nil:
		// The store turns the end of an attempt that has a stop mark to Stopped.
	default:
		end.Interrupted = true
		end.Reason = forecast.Reason{
			Class: forecast.ReasonLost,
			Text:  fmt.Sprintf("interrupted: %s ended daybatch (pid %d)", a.engine.holder, a.engine.holder.Pid),
		}
	}
	return a.insist(func() error { return a.engine.store.EndAttempt(a.tail, a.claim, end) })
}

// failure is the failure of a step with its reason.
type failure struct{ reason forecast.Reason }

// Error returns the reason's text.
func (f *failure) Error() string { return f.reason.Text }

// reasonOf returns the reason of an error: that of a step's failure, or a fault
// of the machine.
func reasonOf(err error) forecast.Reason {
	if f, ok := errors.AsType[*failure](err); ok {
		return f.reason
	}
	if refused, ok := errors.AsType[*lake.Error](err); ok {
		return forecast.Reason{Class: refused.Class, Text: err.Error()}
	}
	if errors.Is(err, forecast.ErrConflict) {
		return forecast.Reason{Class: forecast.ReasonConflict, Text: err.Error()}
	}
	return forecast.Reason{Class: forecast.ReasonInfrastructure, Text: err.Error()}
}

// steps runs the steps that are not reused, in order, and publishes.
func (a *attempt) steps(ctx context.Context) error {
	var err error
	if a.records, err = a.engine.store.Records(ctx, a.claim.Execution()); err != nil {
		return err //nolint:wrapcheck // the store names the execution
	}
	for seq, record := range a.records {
		if a.fingerprints[record.Name], err = a.engine.fingerprint(record.Name, a.fingerprints); err != nil {
			return err
		}
		if record.Status == forecast.StepReused {
			a.dirs[record.Name] = record.Outputs.Dir
			continue
		}
		taken, err := a.takeOver(ctx, seq, record.Name)
		if err == nil && !taken {
			err = a.step(ctx, seq, record.Name)
		}
		if err != nil {
			return err
		}
	}
	return a.publish()
}

// step runs a step until a try succeeds or none is left.
func (a *attempt) step(ctx context.Context, seq int, name forecast.StepName) error {
	options := a.engine.definition.Steps[name]
	for k := 1; ; k++ {
		if ctx.Err() != nil {
			return context.Cause(ctx) //nolint:wrapcheck // end tells the causes apart
		}
		result, err := a.try(ctx, seq, k, name)
		if err != nil {
			return err
		}
		if ctx.Err() != nil && result.Reason.Class != forecast.ReasonNone {
			return context.Cause(ctx) //nolint:wrapcheck // end tells the causes apart
		}
		end := store.TryEnd{Seq: seq, K: k, ExitCode: result.Code, Reason: result.Reason}
		wait := time.Duration(0)
		if further := plan.Retries(result.Reason.Class, options); k <= further {
			wait = plan.Backoff(options, k, a.engine.options.Jitter())
			end.Again, end.Wait = a.engine.options.Now().Add(wait), waitText(result.Reason, k, further+1, wait)
		}
		if err := a.collect(name, &end); err != nil {
			return err
		}
		if err := a.insist(func() error { return a.engine.store.EndTry(a.tail, a.claim, end) }); err != nil {
			return err
		}
		switch {
		case result.Reason.Class == forecast.ReasonNone:
			a.records[seq].Outputs = end.Outputs
			return nil
		case end.Again.IsZero():
			return &failure{reason: result.Reason}
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// try runs one process of a step.
func (a *attempt) try(ctx context.Context, seq, k int, name forecast.StepName) (worker.Result, error) {
	e := a.engine
	dir := filepath.Join(a.dir(), string(name), "t"+strconv.Itoa(k))
	inputs := make(map[string]string)
	for input, maker := range step.Inputs(name) {
		inputs[input] = e.outputDir(maker, a.dirs[maker])
	}
	options, grace := e.definition.Steps[name], e.definition.Limits.StopGrace
	if grace <= 0 {
		grace = defaultGrace
	}
	run := worker.Run
	if a.shared != nil && e.shares(name) {
		run = a.shared.Run
	}
	result, err := run(ctx, worker.Request{
		Root: filepath.Join(e.dir, StateDir, dir), Inputs: inputs, Dir: e.dir, Environ: e.options.Environ, Host: e.options.Host,
		Command: e.options.StepCommand, Timeout: options.Timeout, Memory: options.Memory, Grace: grace,
		Spec: step.Spec{
			Step: name, Date: a.claim.Date, Execution: a.claim.Execution(), Attempt: a.claim.N, Fence: a.claim.Fence,
			Generation: a.claim.Generation, Project: e.dir, Definition: e.definition, Command: options.Command,
		},
		Started: func(ctx context.Context, id process.ID) error {
			return a.insist(func() error {
				return e.store.StartTry(ctx, a.claim, store.Try{Seq: seq, K: k, Process: id, Dir: dir})
			})
		},
	})
	if err == nil && result.Reason.Class == forecast.ReasonNone {
		a.dirs[name] = dir
	}
	return result, err //nolint:wrapcheck // the worker names the step
}

// dir returns the directory of the attempt relative to the state.
func (a *attempt) dir() string {
	return filepath.Join(runsDir, url.PathEscape(a.engine.definition.Pipeline), a.claim.Date.String(), "a"+strconv.Itoa(a.claim.N))
}

// collect adds what a try made to the record of its end: outputs of a success,
// metrics of an evaluation also if the gate refused.
func (a *attempt) collect(name forecast.StepName, end *store.TryEnd) error {
	dir := filepath.Join(a.dir(), string(name), "t"+strconv.Itoa(end.K))
	if end.Reason.Class == forecast.ReasonNone {
		files, err := step.Files(a.engine.outputDir(name, dir))
		if err != nil {
			return err
		}
		end.Outputs = store.Outputs{Dir: dir, Fingerprint: a.fingerprints[name], Files: files}
	}
	if name == forecast.TrainEvaluation {
		evaluation, err := readEvaluation(a.engine.outputDir(name, dir))
		if err == nil {
			end.Metrics = evaluation.Measures
		}
	}
	return nil
}

// readEvaluation reads what a TrainEvaluation left.
func readEvaluation(dir string) (forecast.Evaluation, error) {
	var evaluation forecast.Evaluation
	text, err := os.ReadFile(filepath.Join(dir, "metrics.json")) //nolint:gosec // a try's own directory
	if err != nil {
		return evaluation, err //nolint:wrapcheck // callers wrap
	}
	return evaluation, json.Unmarshal(text, &evaluation) //nolint:wrapcheck // as above
}

package aws

import (
	"context"
	"sync"
	"time"

	"github.com/daybatch/daybatch/aws/internal/runs"
	"github.com/daybatch/daybatch/forecast"
)

// recent is how far back the list of executions is read at each look. Runs that
// are open for longer are described one by one.
const recent = 48 * time.Hour

// live is what SageMaker said last about executions, for as long as it counts as
// fresh: several readers within that time cost one call.
type live struct {
	age time.Duration

	mu     sync.Mutex
	at     time.Time // of the last list
	listed []runs.Run
	single map[string]seen // of runs that are not in the list, by id
	steps  map[string]reached
}

// reached are the steps that an execution had reached when it was seen in a
// status.
type reached struct {
	at     time.Time
	status forecast.Status
	steps  []runs.Step
}

type seen struct {
	at  time.Time
	run runs.Run
}

// list returns the recent executions.
func (e *Engine) list(ctx context.Context) ([]runs.Run, error) {
	e.live.mu.Lock()
	defer e.live.mu.Unlock()
	now := e.options.Wall()
	if e.fresh(e.live.at) {
		return e.live.listed, nil
	}
	listed, err := e.runs.List(ctx, e.options.Now().Add(-recent))
	if err != nil {
		return nil, err //nolint:wrapcheck // it says what was read
	}
	e.live.at, e.live.listed = now, listed
	return listed, nil
}

// run returns what SageMaker says about an execution.
func (e *Engine) run(ctx context.Context, arn string) (runs.Run, error) {
	id := runs.Run{ARN: arn}.ID()
	if r, ok, err := e.listed(ctx, id); ok || err != nil {
		return r, err
	}
	e.live.mu.Lock()
	defer e.live.mu.Unlock()
	now := e.options.Wall()
	if s, ok := e.live.single[id]; ok && (e.fresh(s.at) || !s.run.Status.Open()) {
		return s.run, nil
	}
	r, err := e.runs.Describe(ctx, arn)
	if err != nil {
		return runs.Run{}, err //nolint:wrapcheck // it names the execution
	}
	if e.live.single == nil {
		e.live.single = make(map[string]seen)
	}
	e.live.single[id] = seen{at: now, run: r}
	return r, nil
}

// listed returns what the list of executions says about one, and false if it is
// not in it. No call is made for it alone.
func (e *Engine) listed(ctx context.Context, id string) (runs.Run, bool, error) {
	listed, err := e.list(ctx)
	if err != nil {
		return runs.Run{}, false, err
	}
	for _, r := range listed {
		if r.ID() == id {
			return r, true, nil
		}
	}
	return runs.Run{}, false, nil
}

// steps returns the steps that an execution has reached, at least those that it
// had when it was seen as it is in run.
func (e *Engine) steps(ctx context.Context, run runs.Run) ([]runs.Step, error) {
	e.live.mu.Lock()
	defer e.live.mu.Unlock()
	now := e.options.Wall()
	if known, ok := e.live.steps[run.ID()]; ok && known.status == run.Status && e.fresh(known.at) {
		return known.steps, nil
	}
	steps, err := e.runs.Steps(ctx, run.ARN)
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the execution
	}
	if e.live.steps == nil {
		e.live.steps = make(map[string]reached)
	}
	for id, known := range e.live.steps {
		if !e.fresh(known.at) {
			delete(e.live.steps, id)
		}
	}
	e.live.steps[run.ID()] = reached{at: now, status: run.Status, steps: steps}
	return steps, nil
}

// fresh reports whether what was seen at an instant counts as fresh. It is one of the
// people's time: where the account's flies, each look would ask anew otherwise, and
// wait for its turn below the quotas.
func (e *Engine) fresh(at time.Time) bool {
	return !at.IsZero() && e.options.Wall().Sub(at).Abs() < e.live.age
}

// stale makes the next look ask SageMaker.
func (e *Engine) stale() {
	if e.theirs != nil {
		e.theirs.stale()
	}
	e.live.mu.Lock()
	defer e.live.mu.Unlock()
	e.live.at = time.Time{}
	clear(e.live.steps)
	for id, s := range e.live.single {
		if s.run.Status.Open() {
			delete(e.live.single, id)
		}
	}
}

// terminal reports whether a run has ended.
func terminal(r runs.Run) bool {
	return r.ARN != "" && !r.Status.Open() && r.Status != forecast.Status("")
}

//go:build unix

package local

import (
	"context"
	"slices"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/local/internal/store"
	"github.com/daybatch/daybatch/forecast/plan"
)

// A rerun from a later step reads the source again if any file of it is new. If
// what Extract makes of it is the same to the byte, as after a delivery for other
// dates, the steps that the rerun was to start behind still stand.

// former returns the steps of the attempt before that the row was to take over,
// had the source not changed; none if it takes over what it was to, or runs the
// whole date.
func (e *Engine) former(ctx context.Context, d plan.StartRow) ([]store.StepRecord, error) {
	if d.Last.Attempt == 0 || d.Plan == "" {
		return nil, nil
	}
	request, err := e.store.Request(ctx, d.Plan)
	if err != nil || request.Start == forecast.StartWhole {
		return nil, err //nolint:wrapcheck // the store names the plan
	}
	records, err := e.store.Records(ctx, d.Last.ID)
	if err != nil {
		return nil, err //nolint:wrapcheck // the store names the execution
	}
	end := slices.IndexFunc(records, func(r store.StepRecord) bool {
		return !r.Status.Done() || forecast.StartFrom(r.Name) == request.Start
	})
	return records[:max(0, end)], nil
}

// takeOver lets a step take over the outputs of the attempt before if its inputs
// are those of then, and reports whether it did.
func (a *attempt) takeOver(ctx context.Context, seq int, name forecast.StepName) (bool, error) {
	if seq == 0 || seq >= len(a.former) {
		return false, nil
	}
	for i := range seq {
		if a.records[i].Outputs.Fingerprint != a.former[i].Outputs.Fingerprint || !slices.Equal(a.records[i].Outputs.Files, a.former[i].Outputs.Files) {
			return false, nil
		}
	}
	before := a.former[seq]
	if a.engine.unusable(before, a.fingerprints[name]) != "" {
		return false, nil
	}
	if err := a.insist(func() error { return a.engine.store.ReuseStep(ctx, a.claim, seq, before.Outputs) }); err != nil {
		return false, err
	}
	a.dirs[name], a.records[seq].Outputs = before.Outputs.Dir, before.Outputs
	return true, nil
}

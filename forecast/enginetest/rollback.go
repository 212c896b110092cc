package enginetest

import (
	"context"
	"fmt"
	"slices"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/plan"
)

// Rollback makes an older generation current, as forecast.Publisher says.
func (f *Fake) Rollback(ctx context.Context, request forecast.RollbackRequest) (forecast.Partition, error) {
	if err := f.enterToChange(ctx, "Rollback"); err != nil {
		return forecast.Partition{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pass(f.now())
	p, err := f.rollBack(request)
	if err != nil {
		return forecast.Partition{}, fmt.Errorf("roll back %s: %w", request.Date, err)
	}
	return p, nil
}

func (w *world) rollBack(request forecast.RollbackRequest) (forecast.Partition, error) {
	current := w.current(request.Date)
	if request.Expected != "" && request.Expected != current {
		return forecast.Partition{}, fmt.Errorf("%w: the current generation is %q, not %q", forecast.ErrConflict, current, request.Expected)
	}
	if last := w.last(request.Date); last != nil && last.Status.Open() {
		return forecast.Partition{}, &forecast.HeldError{
			Date: request.Date, Attempt: last.Attempt, Holder: last.Actor + "@" + last.Host, Since: last.Created,
		}
	}
	wanted := request.Generation
	if wanted == "" {
		wanted = w.before(request)
	}
	i := slices.IndexFunc(w.generations[request.Date], func(g forecast.Partition) bool { return g.Generation == wanted })
	if i < 0 {
		return forecast.Partition{}, fmt.Errorf("generation %q: %w", wanted, forecast.ErrNotFound)
	}
	w.point(request.Date, wanted)
	return w.generations[request.Date][i], nil
}

// before returns the generation that was current before the current one, empty if
// there is none.
func (w *world) before(request forecast.RollbackRequest) string {
	for _, id := range plan.Before(w.published[request.Date]) {
		if slices.ContainsFunc(w.generations[request.Date], func(g forecast.Partition) bool { return g.Generation == id }) {
			return id
		}
	}
	return ""
}

package enginetest

import (
	"context"
	"errors"
	"testing"

	"github.com/daybatch/daybatch/forecast"
)

// serveCases are about engines that serve.
func serveCases() []exercise {
	return []exercise{
		{"a healthy engine", nil, func(t *testing.T, x *bench) {
			x.run(t, runOf(jan(10)))
			for _, examine := range []func() ([]forecast.Finding, error){
				func() ([]forecast.Finding, error) { return x.Engine.Examine(within(t)) },
				func() ([]forecast.Finding, error) { return x.Engine.Mend(within(t), "aki") },
			} {
				if found, err := examine(); err != nil || len(found) > 0 {
					t.Errorf("findings = %+v, %v; want none", found, err)
				}
			}
		}},
		{"serve carries out what is applied", nil, checkServe},
		{"select and retry", Script{
			jan(11): {forecast.Train: {Fails("boom"), {}}},
			jan(12): {forecast.TrainEvaluation: {Gates("wape 0.4 > 0.3"), {}}},
		}, checkSelections},
	}
}

// checkServe lets two engines serve: a plan that somebody else applied is carried
// out, once, and dates that were due before anybody served are left alone.
func checkServe(t *testing.T, x *bench) {
	ctx, cancel := context.WithCancel(within(t))
	defer cancel()
	engines := []forecast.Engine{x.Engine}
	if x.Peer != nil {
		engines = append(engines, x.Peer(t))
	}
	ended := make(chan error)
	for _, e := range engines {
		go func() { ended <- e.Serve(ctx) }()
	}
	p := x.apply(t, x.plan(t, backfillOf(jan(10), jan(12), forecast.ModeMissing)).ID)
	if p = x.drive(t, p.ID); p.Outcome != forecast.OutcomeSucceeded {
		t.Errorf("plan = %s, %s; want it carried out", p.State, p.Outcome)
	}
	cancel()
	for range engines {
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Serve = %v; want Canceled", err)
		}
	}
	for d := jan(9); d <= jan(13); d++ {
		want := 0
		if d >= jan(10) && d <= jan(12) {
			want = 1
		}
		if got := len(x.attempts(t, d)); got != want {
			t.Errorf("%s has %d attempts; want %d", d, got, want)
		}
	}
}

// checkSelections runs a backfill with a failed and a gated date, and then those
// by selection, and by retry of the plan.
func checkSelections(t *testing.T, x *bench) {
	first := x.run(t, backfillOf(jan(10), jan(12), forecast.ModeMissing))
	if first.Outcome != forecast.OutcomePartly {
		t.Fatalf("plan ended %s; want partly", first.Outcome)
	}
	request := backfillOf(jan(9), jan(13), "")
	request.Select = forecast.SelectGated
	gated := x.run(t, request)
	if len(gated.Rows) != 1 || gated.Rows[0].Date != jan(12) || gated.Outcome != forecast.OutcomeSucceeded {
		t.Errorf("the selection gated ran %+v, %s; want %s", gated.Rows, gated.Outcome, jan(12))
	}
	request, err := first.Retry()
	if err != nil {
		t.Fatalf("Retry = %v; want a request", err)
	}
	again := x.run(t, request)
	for _, want := range []struct {
		action forecast.Action
		n      int
	}{{forecast.ActionRun, 1}, {forecast.ActionSkip, 1}} {
		if got := again.Count(want.action); got != want.n {
			t.Errorf("the retry has %d rows %s; want %d: %s succeeded since", got, want.action, want.n, jan(12))
		}
	}
	if again.Outcome != forecast.OutcomeSucceeded {
		t.Errorf("the retry ended %s; want succeeded", again.Outcome)
	}
	if _, err := again.Retry(); !errors.Is(err, forecast.ErrInvalid) {
		t.Errorf("Retry of a plan that succeeded = %v; want ErrInvalid", err)
	}
}

package aws_test

import (
	"context"
	"errors"
	"testing"

	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/forecast"
)

// TestTheirMessages: whoever serves tells of failures of what others started, and
// that they have passed. What is published is not known, so that no dashboard is told
// of anything.
func TestTheirMessages(t *testing.T) {
	t.Parallel()
	a := newTheirAccount(t, theirOptions{})
	a.def.LateAfter = ""
	a.plan("Ingest 2026-01-18", awssim.Play{Exit: awssim.Exit{Code: 1, Message: "no rows"}})
	box := newMailbox(t)
	e := a.open(t, box.tells)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- e.Serve(ctx) }()
	a.begin(t, "", map[string]string{"ProcessDate": "2026-01-18"})
	box.awaitSubjects(t, "FAILED  revenue 2026-01-18 at Ingest")
	a.plan("Ingest 2026-01-18", awssim.Play{})
	_, err := carry(t.Context(), a.open(t, nil), ofDates(forecast.PlanRerun, forecast.StartFailedStep, day(18)))
	must(t, err)
	box.awaitSubjects(t, "FAILED  revenue 2026-01-18 at Ingest", "RECOVERED  revenue 2026-01-18")
	cancel()
	if err := <-served; !errors.Is(err, context.Canceled) {
		t.Errorf("Serve = %v; want that it was ended", err)
	}
	if _, refreshes := box.subjects(); refreshes != 0 {
		t.Errorf("%d dashboards were told of what is published; want none", refreshes)
	}
	if all := a.sim.Executions(theirPipeline); len(all) != 1 {
		t.Errorf("%d executions; want that serving starts none", len(all))
	}
}

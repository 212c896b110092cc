package enginetest

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// kindCases are about errors and about the values that an engine hands out.
func kindCases() []exercise {
	return []exercise{
		{"kinds of errors", nil, checkKinds},
		{"requests without sense", nil, checkRequests},
		{"contexts that ended", nil, checkContexts},
		{"values are the caller's", nil, checkValues},
		{"opened for reading", nil, checkReadOnly},
	}
}

// attempt is a call that has to fail.
type attempt struct {
	name string
	call func(ctx context.Context, e forecast.Engine) error
	want error
}

func checkKinds(t *testing.T, x *bench) {
	for _, a := range []attempt{
		{"Execution", func(ctx context.Context, e forecast.Engine) error {
			_, err := e.Execution(ctx, "nobody")
			return err
		}, forecast.ErrNotFound},
		{"Evaluation", func(ctx context.Context, e forecast.Engine) error {
			_, err := e.Evaluation(ctx, "nobody")
			return err
		}, forecast.ErrNotFound},
		{"Forecasts", func(ctx context.Context, e forecast.Engine) error {
			_, err := e.Forecasts(ctx, forecast.SeriesQuery{Date: jan(10)})
			return err
		}, forecast.ErrNotFound},
		{"PlanByID", func(ctx context.Context, e forecast.Engine) error {
			_, err := e.PlanByID(ctx, "bf-none")
			return err
		}, forecast.ErrNotFound},
		{"Apply", func(ctx context.Context, e forecast.Engine) error {
			_, err := e.Apply(ctx, "bf-none")
			return err
		}, forecast.ErrNotFound},
		{"Control", func(ctx context.Context, e forecast.Engine) error {
			_, err := e.Control(ctx, "bf-none", forecast.VerbPause, "aki")
			return err
		}, forecast.ErrNotFound},
		{"Drive", func(ctx context.Context, e forecast.Engine) error { return e.Drive(ctx, "bf-none") }, forecast.ErrNotFound},
		{"Stop", func(ctx context.Context, e forecast.Engine) error {
			_, err := e.Stop(ctx, jan(10), "aki")
			return err
		}, forecast.ErrNotFound},
		{"Query", func(ctx context.Context, e forecast.Engine) error {
			_, err := e.Query(ctx, forecast.TableQuery{SQL: "DROP TABLE orders_forecast"})
			return err
		}, forecast.ErrInvalid},
	} {
		if err := a.call(within(t), x.Engine); !errors.Is(err, a.want) {
			t.Errorf("%s = %v; want %v", a.name, err, a.want)
		}
	}
	p := x.plan(t, runOf(jan(10)))
	if _, err := x.Engine.Control(within(t), p.ID, forecast.VerbPause, "aki"); !errors.Is(err, forecast.ErrConflict) {
		t.Errorf("Control of a draft = %v; want ErrConflict", err)
	}
	x.apply(t, p.ID)
	if _, err := x.Engine.Control(within(t), p.ID, "dance", "aki"); !errors.Is(err, forecast.ErrInvalid) {
		t.Errorf("Control with an unknown verb = %v; want ErrInvalid", err)
	}
	x.control(t, p.ID, forecast.VerbStop)
	wantPlan(t, x.drive(t, p.ID), forecast.PlanEnded, forecast.OutcomeStopped)
}

func checkRequests(t *testing.T, x *bench) {
	change := func(change func(*forecast.PlanRequest)) forecast.PlanRequest {
		request := backfillOf(jan(10), jan(12), forecast.ModeMissing)
		change(&request)
		return request
	}
	for name, request := range map[string]forecast.PlanRequest{
		"no dates":         change(func(r *forecast.PlanRequest) { r.Range = calendar.Range{} }),
		"from after to":    change(func(r *forecast.PlanRequest) { r.Range = calendar.Range{From: jan(12), To: jan(10)} }),
		"in the future":    change(func(r *forecast.PlanRequest) { r.Range.To = calendar.Of(9000, 1, 1) }),
		"unknown kind":     change(func(r *forecast.PlanRequest) { r.Kind = "dance" }),
		"unknown mode":     change(func(r *forecast.PlanRequest) { r.Mode = "some" }),
		"unknown order":    change(func(r *forecast.PlanRequest) { r.Order = "random" }),
		"unknown step":     change(func(r *forecast.PlanRequest) { r.Start = "Deploy" }),
		"negative slots":   change(func(r *forecast.PlanRequest) { r.MaxActive = -1 }),
		"too many slots":   change(func(r *forecast.PlanRequest) { r.MaxActive = 99 }),
		"run of many days": change(func(r *forecast.PlanRequest) { r.Kind = forecast.PlanRun }),
	} {
		if _, err := x.Engine.Plan(within(t), request); !errors.Is(err, forecast.ErrInvalid) {
			t.Errorf("%s: Plan = %v; want ErrInvalid", name, err)
		}
	}
}

func checkContexts(t *testing.T, x *bench) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range map[string]func() error{
		"Days": func() error { _, err := x.Engine.Days(ctx, forecast.DayQuery{}); return err },
		"Plan": func() error { _, err := x.Engine.Plan(ctx, runOf(jan(10))); return err },
		"Executions": func() error {
			_, err := x.Engine.Executions(ctx, jan(10))
			return err
		},
	} {
		if err := call(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s with a context that ended = %v; want context.Canceled", name, err)
		}
	}
}

// checkValues changes all that the engine hands out, and reads again.
func checkValues(t *testing.T, x *bench) {
	d := jan(10)
	p := x.run(t, runOf(d))
	read := func() []any {
		return []any{x.day(t, d), x.attempts(t, d), x.partitions(t, d), x.planByID(t, p.ID)}
	}
	before := read()
	day := x.day(t, d)
	day.Steps[0].Status = forecast.StepFailed
	for name := range day.Metrics {
		day.Metrics[name] = -1
	}
	x.attempts(t, d)[0].Steps[0].Status = forecast.StepFailed
	x.partitions(t, d)[0].Current = false
	p.Rows[0].State = forecast.RowFailed
	request := backfillOf(0, 0, "")
	request.Dates = []calendar.Date{jan(11), jan(12)}
	draft := x.plan(t, request)
	request.Dates[0] = jan(20)
	draft.Rows[0].State = forecast.RowFailed
	if got := x.planByID(t, draft.ID); got.Request.Dates[0] != jan(11) || got.Rows[0].State != forecast.RowPlanned {
		t.Errorf("the draft changed with the values of its caller: %+v", got)
	}
	if diff := cmp.Diff(before, read()); diff != "" {
		t.Errorf("what the engine holds changed with what it handed out: %s", diff)
	}
}

func checkReadOnly(t *testing.T, x *bench) {
	if x.ReadOnly == nil {
		t.Skip("the engine can't be opened for reading")
	}
	p := x.plan(t, runOf(jan(10)))
	reader := x.ReadOnly(t)
	for _, a := range []attempt{
		{"Apply", func(ctx context.Context, e forecast.Engine) error {
			_, err := e.Apply(ctx, p.ID)
			return err
		}, forecast.ErrReadOnly},
		{"Control", func(ctx context.Context, e forecast.Engine) error {
			_, err := e.Control(ctx, p.ID, forecast.VerbStop, "aki")
			return err
		}, forecast.ErrReadOnly},
		{"Stop", func(ctx context.Context, e forecast.Engine) error {
			_, err := e.Stop(ctx, jan(10), "aki")
			return err
		}, forecast.ErrReadOnly},
		{"Drive", func(ctx context.Context, e forecast.Engine) error { return e.Drive(ctx, p.ID) }, forecast.ErrReadOnly},
		{"Mend", func(ctx context.Context, e forecast.Engine) error { _, err := e.Mend(ctx, "aki"); return err }, forecast.ErrReadOnly},
		{"Rollback", func(ctx context.Context, e forecast.Engine) error {
			_, err := e.Rollback(ctx, forecast.RollbackRequest{Date: jan(10)})
			return err
		}, forecast.ErrReadOnly},
		{"Fallback", func(ctx context.Context, e forecast.Engine) error {
			_, err := e.Fallback(ctx, forecast.FallbackRequest{Date: jan(10)})
			return err
		}, forecast.ErrReadOnly},
		{"Serve", func(ctx context.Context, e forecast.Engine) error { return e.Serve(ctx) }, forecast.ErrReadOnly},
	} {
		if err := a.call(within(t), reader); !errors.Is(err, a.want) {
			t.Errorf("%s = %v; want %v", a.name, err, a.want)
		}
	}
	if _, err := reader.Plan(within(t), runOf(jan(11))); err != nil {
		t.Errorf("Plan = %v; want a plan also when reading", err)
	}
	days, err := reader.Days(within(t), forecast.DayQuery{})
	if err != nil || len(days) != 30 {
		t.Errorf("Days = %d, %v; want 30", len(days), err)
	}
	pipeline, err := reader.Pipeline(within(t))
	if err != nil || !pipeline.ReadOnly {
		t.Errorf("Pipeline = %+v, %v; want it read-only", pipeline, err)
	}
	x.wantState(t, jan(10), forecast.DayMissing)
}

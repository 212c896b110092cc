package aws_test

import (
	"context"
	"errors"
	"runtime"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// patient is an engine whose caller asks again when it was unavailable, as a
// screen does. What it asks again are reads, and changes that may be made twice.
type patient struct{ *aws.Engine }

// again asks until there is an answer.
func again[T any](ctx context.Context, ask func() (T, error)) (T, error) {
	for {
		answer, err := ask()
		if !errors.Is(err, forecast.ErrUnavailable) || ctx.Err() != nil {
			return answer, err
		}
		runtime.Gosched()
	}
}

func (p patient) Days(ctx context.Context, query forecast.DayQuery) ([]forecast.Day, error) {
	return again(ctx, func() ([]forecast.Day, error) { return p.Engine.Days(ctx, query) })
}

func (p patient) Executions(ctx context.Context, date calendar.Date) ([]forecast.Execution, error) {
	return again(ctx, func() ([]forecast.Execution, error) { return p.Engine.Executions(ctx, date) })
}

func (p patient) Execution(ctx context.Context, id forecast.ExecutionID) (forecast.Execution, error) {
	return again(ctx, func() (forecast.Execution, error) { return p.Engine.Execution(ctx, id) })
}

func (p patient) Partitions(ctx context.Context, query forecast.PartitionQuery) ([]forecast.Partition, error) {
	return again(ctx, func() ([]forecast.Partition, error) { return p.Engine.Partitions(ctx, query) })
}

func (p patient) Plan(ctx context.Context, request forecast.PlanRequest) (forecast.Plan, error) {
	return again(ctx, func() (forecast.Plan, error) { return p.Engine.Plan(ctx, request) })
}

func (p patient) Apply(ctx context.Context, id forecast.PlanID) (forecast.Plan, error) {
	return again(ctx, func() (forecast.Plan, error) { return p.Engine.Apply(ctx, id) })
}

func (p patient) PlanByID(ctx context.Context, id forecast.PlanID) (forecast.Plan, error) {
	return again(ctx, func() (forecast.Plan, error) { return p.Engine.PlanByID(ctx, id) })
}

func (p patient) Stop(ctx context.Context, date calendar.Date, actor string) (forecast.StopAnswer, error) {
	return again(ctx, func() (forecast.StopAnswer, error) { return p.Engine.Stop(ctx, date, actor) })
}

func (p patient) Drive(ctx context.Context, id forecast.PlanID) error {
	_, err := again(ctx, func() (struct{}, error) { return struct{}{}, p.Engine.Drive(ctx, id) })
	return err
}

func (p patient) Watch(ctx context.Context, after forecast.Cursor) (forecast.Subscription, error) {
	s, err := again(ctx, func() (forecast.Subscription, error) { return p.Engine.Watch(ctx, after) })
	if err != nil {
		return nil, err
	}
	return patientSubscription{s}, nil
}

type patientSubscription struct{ forecast.Subscription }

func (s patientSubscription) Next(ctx context.Context) (forecast.Event, error) {
	return again(ctx, func() (forecast.Event, error) { return s.Subscription.Next(ctx) })
}

package aws_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/forecast"
)

// patience returns a context for what has to come; it bounds how long a broken
// engine hangs.
func patience(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// applied plans and applies a request.
func applied(t *testing.T, e *aws.Engine, request forecast.PlanRequest) forecast.Plan {
	t.Helper()
	p, err := e.Plan(patience(t), request)
	if err == nil {
		p, err = e.Apply(patience(t), p.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// driven drives a plan to its end.
func driven(t *testing.T, e *aws.Engine, id forecast.PlanID) forecast.Plan {
	t.Helper()
	err := e.Drive(patience(t), id)
	p, err2 := e.PlanByID(patience(t), id)
	if err := errors.Join(err, err2); err != nil {
		t.Fatalf("drive: %v", err)
	}
	return p
}

// beside drives a plan beside the test. The answer waits for its end.
func beside(t *testing.T, e *aws.Engine, id forecast.PlanID) (wait func() forecast.Plan) {
	t.Helper()
	done := make(chan error, 1)
	ctx := patience(t)
	go func() { done <- e.Drive(ctx, id) }()
	return func() forecast.Plan {
		t.Helper()
		err := <-done
		p, err2 := e.PlanByID(patience(t), id)
		if err := errors.Join(err, err2); err != nil {
			t.Fatalf("drive: %v", err)
		}
		return p
	}
}

// until waits until the days are as ok wants them.
func until(t *testing.T, e *aws.Engine, what string, ok func() bool) {
	t.Helper()
	ctx := patience(t)
	news, err := e.Watch(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	defer news.Close()
	for !ok() {
		// What SageMaker has started is no event until it shows in a record.
		look, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		_, err := news.Next(look)
		cancel()
		if err != nil && !errors.Is(err, forecast.ErrLagged) && (ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded)) {
			t.Fatalf("wait until %s: %v", what, err)
		}
	}
}

// last returns the last attempt of a date.
func last(t *testing.T, e *aws.Engine, n int) forecast.Execution {
	t.Helper()
	all, err := e.Executions(patience(t), jan(n))
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		return forecast.Execution{}
	}
	return all[len(all)-1]
}

// at reports whether a step of a date executes.
func at(t *testing.T, e *aws.Engine, n int, name forecast.StepName) bool {
	t.Helper()
	for _, s := range last(t, e, n).Steps {
		if s.Name == name && s.Status == forecast.StepExecuting {
			return true
		}
	}
	return false
}

// rows returns the states of a plan's rows in order.
func rows(p forecast.Plan) string {
	words := make([]string, 0, len(p.Rows))
	for _, row := range p.Rows {
		words = append(words, string(row.State))
	}
	return strings.Join(words, ",")
}

// attempts returns the numbers and statuses of the attempts of the dates from
// 5 January on.
func attempts(t *testing.T, e *aws.Engine, to int) string {
	t.Helper()
	var words []string
	for n := 5; n <= to; n++ {
		all, err := e.Executions(patience(t), jan(n))
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range all {
			words = append(words, fmt.Sprintf("%d-a%d:%s", n, x.Attempt, x.Status))
		}
	}
	return strings.Join(words, " ")
}

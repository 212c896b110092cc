package aws_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// run plans, applies and drives a run of a date.
func run(ctx context.Context, e *aws.Engine, d calendar.Date) error {
	p, err := e.Plan(ctx, forecast.PlanRequest{Kind: forecast.PlanRun, Dates: []calendar.Date{d}, Cause: forecast.CauseManual, Actor: "aki"})
	if err == nil {
		_, err = e.Apply(ctx, p.ID)
	}
	if err == nil {
		err = e.Drive(ctx, p.ID)
	}
	return err
}

// wantOne checks that a date has one attempt, which succeeded and is published
// once.
func wantOne(t *testing.T, a *account, d calendar.Date) {
	t.Helper()
	r := recordsOf(t, a)[d.String()+".json"]
	if len(r.Attempts) != 1 || r.Attempts[0].Status != forecast.Succeeded || len(r.Publications) != 1 || r.Claim != nil {
		t.Errorf("%s has the attempts %+v and the publications %+v; want one that succeeded", d, r.Attempts, r.Publications)
	}
}

// executions counts the executions of a date's attempts by their status, once
// all have ended: SageMaker sees the end of a job after its record has.
func executions(t *testing.T, a *account, d calendar.Date) map[string]int {
	t.Helper()
	var found map[string]int
	await(t, "all executions to end", func() (map[string]int, error) {
		found = executionStatuses(a, d)
		return found, nil
	}, func(found map[string]int) bool { return found["Executing"]+found["Stopping"] == 0 })
	return found
}

func executionStatuses(a *account, d calendar.Date) map[string]int {
	found := make(map[string]int)
	for _, x := range a.sim.Executions(a.def.Pipeline) {
		if len(x.Name) > 10 && x.Name[:10] == d.String() {
			found[x.Status]++
		}
	}
	return found
}

// TestTwoOperators lets two engines run one date at the same time, date after
// date, while replies get lost and lists lag.
func TestTwoOperators(t *testing.T) {
	t.Parallel()
	def := enginetest.Definition()
	def.Limits.MaxActive = 10
	a := newAccount(t, def, enginetest.Script{}, accountOptions{
		speed: 50, quirks: awssim.Quirks{Lists: awssim.ListQuirks{Lag: 2 * time.Second}},
		faults: []awssim.Fault{{Operation: "*.*", Of: changing, When: awssim.Chance(0.1, 7), Effect: awssim.Effect{DropReply: true}}},
	})
	operators := []*aws.Engine{a.open(t, nil), a.open(t, func(o *aws.Options) { o.Actor = "kei" })}
	rounds := 12
	if *everyCall {
		rounds = 31
	}
	for n := 1; n <= rounds; n++ {
		var group sync.WaitGroup
		for i, e := range operators {
			group.Go(func() {
				if err := run(t.Context(), e, day(n)); err != nil && !errors.Is(err, forecast.ErrUnavailable) {
					t.Errorf("round %d, operator %d: %v", n, i, err)
				}
			})
		}
		group.Wait()
		wantOne(t, a, day(n))
		if found := executions(t, a, day(n)); found["Succeeded"] != 1 || len(found) != 1 {
			t.Errorf("round %d: executions %v; want one that succeeded", n, found)
		}
	}
}

// TestLostStart loses every reply to the start of an execution, those to the
// SDK's repetitions too: the execution is found by its name.
func TestLostStart(t *testing.T) {
	t.Parallel()
	for name, quirks := range map[string]awssim.ListQuirks{
		"at once": {}, "while lists lag": {Lag: 5 * time.Second},
	} {
		t.Run("found "+name, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, enginetest.Definition(), enginetest.Script{}, accountOptions{
				speed: 20, quirks: awssim.Quirks{Lists: quirks},
				faults: []awssim.Fault{{Operation: "sagemaker.StartPipelineExecution", When: awssim.First(5), Effect: awssim.Effect{DropReply: true}}},
			})
			must(t, run(t.Context(), a.open(t, nil), day(10)))
			wantOne(t, a, day(10))
			if found := executions(t, a, day(10)); found["Succeeded"] != 1 || len(found) != 1 {
				t.Errorf("executions %v; want one that succeeded", found)
			}
		})
	}
}

// TestForgottenToken loses the reply to a start whose token the account has
// forgotten when it is repeated: of the executions that come of it one is the
// attempt's, and the others do nothing.
func TestForgottenToken(t *testing.T) {
	t.Parallel()
	a := newAccount(t, enginetest.Definition(), enginetest.Script{}, accountOptions{
		speed: 20, quirks: awssim.Quirks{Lists: awssim.ListQuirks{TokenMemory: time.Nanosecond, Lag: 3 * time.Second}},
		faults: []awssim.Fault{{Operation: "sagemaker.StartPipelineExecution", When: awssim.First(2), Effect: awssim.Effect{DropReply: true}}},
	})
	e := a.open(t, nil)
	must(t, run(t.Context(), e, day(10)))
	found := executions(t, a, day(10))
	wantOne(t, a, day(10))
	if found["Succeeded"] != 1 || found["Failed"] != 2 {
		t.Errorf("executions %v; want one that succeeded, and two that were refused the date", found)
	}
	days, err := e.Days(t.Context(), forecast.DayQuery{Range: calendar.Range{From: day(10), To: day(10)}})
	if err != nil || days[0].State != forecast.DaySucceeded || days[0].Last.Attempt != 1 {
		t.Errorf("Days = %+v, %v; want that a1 succeeded", days, err)
	}
}

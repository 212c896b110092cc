package aws_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// spent counts kei's calls by operation, from the n-th call of the account on.
func spent(a *account, n int) map[string]int {
	calls := make(map[string]int)
	for _, c := range a.sim.Log()[n:] {
		if c.Caller == dyingCaller {
			calls[c.Operation]++
		}
	}
	return calls
}

// sum adds up the calls to a service.
func sum(calls map[string]int, service string) int {
	n := 0
	for operation, count := range calls {
		if strings.HasPrefix(operation, service+".") {
			n += count
		}
	}
	return n
}

// TestBudgetOfADrive counts the calls of a drive over an hour of its own clock,
// which moves by the time between two looks with each look.
func TestBudgetOfADrive(t *testing.T) {
	t.Parallel()
	const (
		poll    = 5 * time.Millisecond
		looks   = 360 // an hour at the default of ten seconds
		allowed = 3 * 60
	)
	d := day(10)
	a := newAccount(t, enginetest.Definition(), enginetest.Script{d: {forecast.Train: {enginetest.Hangs()}}}, accountOptions{speed: 20})
	var looked atomic.Int64
	begun := a.sim.Now()
	e := a.open(t, func(o *aws.Options) {
		o.Settings.Profile, o.Poll = dyingProfile, poll
		o.Now = func() time.Time { return begun.Add(time.Duration(looked.Load()) * poll) }
	})
	_, driven := begin(t, e, forecast.PlanRequest{Kind: forecast.PlanRun, Dates: []calendar.Date{d}})
	others := a.open(t, nil)
	await(t, "Train", func() ([]forecast.Day, error) {
		return others.Days(t.Context(), forecast.DayQuery{Range: calendar.Range{From: d, To: d}})
	}, func(days []forecast.Day) bool {
		return len(days[0].Steps) > 2 && days[0].Steps[2].Status == forecast.StepExecuting
	})

	before := len(a.sim.Log())
	enough := make(chan struct{})
	count := a.sim.Inject(awssim.Fault{Operation: "s3.ListObjectsV2", Of: func(r awssim.Request) bool {
		if r.Caller == dyingCaller && looked.Add(1) == looks {
			close(enough)
		}
		return false
	}})
	<-enough
	calls := spent(a, before)
	count()
	a.release(d, forecast.Train)
	if err := <-driven; err != nil {
		t.Fatal(err)
	}
	t.Logf("an hour of one active execution: %v", calls)
	if n := sum(calls, "sagemaker"); n > allowed+2 || n < allowed/2 {
		t.Errorf("%d calls to SageMaker in an hour of one active execution; want at most %d, and not far fewer: is it counted?", n, allowed)
	}
	if n := sum(calls, "glue") + sum(calls, "logs") + sum(calls, "athena"); n != 0 {
		t.Errorf("%d calls to other services: %v; want none", n, calls)
	}
}

// TestBudgetOfAGrid reads 90 days with an engine that has just been opened, and
// again.
func TestBudgetOfAGrid(t *testing.T) {
	t.Parallel()
	const dates = 90
	def := enginetest.Definition()
	first := calendar.Of(2025, time.November, 1)
	def.Start, def.End = first, first+dates-1
	a := newAccount(t, def, enginetest.Script{}, accountOptions{speed: 10})
	for i := range dates {
		a.putHistory(t, first+calendar.Date(i))
	}
	cache := t.TempDir()
	open := func() *aws.Engine {
		return a.open(t, func(o *aws.Options) { o.Settings.Profile, o.Poll, o.Cache = dyingProfile, time.Hour, cache })
	}
	e := open()
	for _, want := range []struct {
		control, objects int
		another          bool // process
	}{{4, dates, false}, {2, 0, false}, {4, 0, true}} {
		before := len(a.sim.Log())
		if want.another {
			e = open()
		}
		days, err := e.Days(t.Context(), forecast.DayQuery{Range: calendar.Range{From: first, To: first + dates - 1}})
		must(t, err)
		for _, day := range days {
			if day.State != forecast.DaySucceeded {
				t.Fatalf("%s is %s %q; want Succeeded", day.Date, day.State, day.Reason.Text)
			}
		}
		calls := spent(a, before)
		objects := calls["s3.GetObject"]
		delete(calls, "s3.GetObject")
		control := 0
		for _, n := range calls {
			control += n
		}
		t.Logf("%d days: %v and %d objects read", len(days), calls, objects)
		if len(days) != dates || control > want.control || objects != want.objects {
			t.Errorf("%d days cost %v and %d objects; want at most %d calls and %d objects", len(days), calls, objects, want.control, want.objects)
		}
	}
}

// putHistory writes the record of a date that was made.
func (a *account) putHistory(t *testing.T, d calendar.Date) {
	t.Helper()
	at := time.Date(2026, time.January, 20, 3, 0, 0, 0, time.UTC).Add(time.Duration(d-day(20)) * 24 * time.Hour)
	x := forecast.Execution{
		ID: naming.ExecutionID(d, 1), Pipeline: a.def.Pipeline, Date: d, Attempt: 1, Status: forecast.Executing,
		Cause: forecast.CauseSchedule, Actor: "schedule", StartStep: forecast.Extract, Created: at, Started: at,
	}
	for _, name := range forecast.StepNames() {
		x.Steps = append(x.Steps, forecast.Step{Name: name, Status: forecast.StepSucceeded, Created: at, Started: at, Ended: at.Add(time.Minute)})
	}
	arn := fmt.Sprintf("arn:aws:sagemaker:ap-northeast-1:123456789012:pipeline/exercise/execution/%012d", d)
	r, err := record.Date{Date: d}.Take(record.Attempt{Execution: x, Carrier: string(x.ID), Token: string(x.ID), ARN: arn}, "schedule", at)
	must(t, err)
	g := record.Generation{Partition: forecast.Partition{
		Date: d, Generation: "g" + d.String(), Kind: forecast.GenerationOwn, Execution: x.ID, Attempt: 1, Written: at, Rows: 14,
	}}
	r, err = r.Commit(1, r.Fence, g, at)
	must(t, err)
	x.Status, x.Ended = forecast.Succeeded, at.Add(time.Minute)
	r, err = r.End(1, x)
	must(t, err)
	text, err := json.Marshal(map[string]any{"body": r})
	must(t, err)
	must(t, a.sim.PutObject("bucket", a.settings.Prefix+"/"+naming.Dates+d.String()+".json", text))
}

// TestFinishedExecutionsAreKnown opens an engine after dates have run: of what
// has ended SageMaker is asked nothing.
func TestFinishedExecutionsAreKnown(t *testing.T) {
	t.Parallel()
	a := newAccount(t, enginetest.Definition(), enginetest.Script{day(11): {forecast.Train: {enginetest.Fails("flaky")}}}, accountOptions{speed: 10})
	_, driven := begin(t, a.open(t, nil), forecast.PlanRequest{Kind: forecast.PlanRun, Dates: []calendar.Date{day(10)}})
	must(t, <-driven)
	second := a.open(t, nil)
	_, driven = begin(t, second, forecast.PlanRequest{Kind: forecast.PlanRun, Dates: []calendar.Date{day(11)}})
	must(t, <-driven)
	// A record says that an attempt has ended before SageMaker says it of its execution.
	until(t, second, "the executions have ended", func() bool {
		return !slices.ContainsFunc(a.sim.Executions("exercise"), func(x awssim.Execution) bool { return x.Status == "Executing" })
	})
	before := len(a.sim.Log())
	e := a.open(t, func(o *aws.Options) { o.Settings.Profile = dyingProfile })
	for range 5 {
		days, err := e.Days(t.Context(), forecast.DayQuery{})
		must(t, err)
		for _, day := range days {
			if day.Last.ID == "" {
				continue
			}
			_, err := e.Execution(t.Context(), day.Last.ID)
			must(t, err)
			_, err = e.Executions(t.Context(), day.Date)
			must(t, err)
		}
	}
	calls := spent(a, before)
	t.Logf("%v", calls)
	for operation, n := range calls {
		switch operation {
		case "sagemaker.ListPipelineExecutions", "s3.ListObjectsV2":
		case "s3.GetObject":
			if n > 2 {
				t.Errorf("%d objects were read; want the 2 records, once", n)
			}
		case "sagemaker.ListPipelineExecutionSteps", "sagemaker.DescribeProcessingJob":
			if n > 1 { // what the last one was billed, until a driver books it
				t.Errorf("%s was called %d times; want once", operation, n)
			}
		default:
			t.Errorf("%s was called %d times; want never", operation, n)
		}
	}
}

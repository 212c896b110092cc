package aws_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// run runs dates with an engine until they have ended.
func runDates(t *testing.T, e forecast.Engine, dates ...calendar.Date) {
	t.Helper()
	p, err := e.Plan(t.Context(), forecast.PlanRequest{Kind: forecast.PlanBackfill, Dates: dates, Chunk: 1, Cause: forecast.CauseBackfill, Actor: "aki"})
	if err == nil {
		_, err = e.Apply(t.Context(), p.ID)
	}
	if err == nil {
		err = e.Drive(t.Context(), p.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func dateDay(t *testing.T, e forecast.Engine, d calendar.Date) forecast.Day {
	t.Helper()
	days, err := e.Days(t.Context(), forecast.DayQuery{Range: calendar.Range{From: d, To: d}})
	if err != nil || len(days) != 1 {
		t.Fatalf("Days(%s) = %v, %v", d, days, err)
	}
	return days[0]
}

// TestCost runs dates on machines with a price: what was billed is read once, kept
// in the record, and priced at each look; the start of the machine is told apart.
func TestCost(t *testing.T) {
	t.Parallel()
	a := newAccount(t, enginetest.DemoDefinition(), enginetest.Script{}, accountOptions{})
	a.settings.Prices = map[string]float64{"ml.m5.xlarge": 3600}
	e := a.open(t, nil)
	first := calendar.Of(2026, time.January, 10)
	runDates(t, e, first)
	runDates(t, e, first+1) // whoever drives next books what has ended
	all, err := e.Executions(t.Context(), first)
	if err != nil || len(all) != 1 {
		t.Fatalf("Executions = %v, %v", all, err)
	}
	got := all[0]
	took := got.Ended.Sub(got.Steps[0].Started)
	if got.Cost < took.Seconds() || got.Cost > 60 {
		t.Errorf("cost = %g; want the seconds that the job worked, at least %g", got.Cost, took.Seconds())
	}
	if waited := got.Steps[0].StartUp(a.sim.Now()); waited < 5*time.Millisecond {
		t.Errorf("Extract waited %s for its machine; want the 5 ms of the account or more", waited)
	}
	p, err := e.Plan(t.Context(), forecast.PlanRequest{Kind: forecast.PlanBackfill, Mode: forecast.ModeAll, Dates: []calendar.Date{first, first + 1}, Chunk: 2, Cause: forecast.CauseBackfill})
	if err != nil {
		t.Fatal(err)
	}
	if p.Estimate.Hours < took.Hours() || p.Estimate.Hours > 1 || p.Calls != "2 StartPipelineExecution" {
		t.Errorf("plan = %g instance-hours, %s; want at least the %s that a job worked, and a call for each date", p.Estimate.Hours, p.Calls, took)
	}
	if p.Estimate.Cost <= 0 || len(p.Choices) != 3 || p.Choices[0].Needs == "" || p.Choices[1].Starts != 2 || p.Estimate.Assumed != "" {
		t.Errorf("plan = %+v, choices %+v; want a cost and three ways", p.Estimate, p.Choices)
	}
	described := a.sim.Calls()["sagemaker.DescribeProcessingJob"]
	dearer := a.open(t, func(o *aws.Options) { o.Settings.Prices = map[string]float64{"ml.m5.xlarge": 7200}; o.ReadOnly = true })
	if twice := dateDay(t, dearer, first).Last.Cost; twice != 2*got.Cost {
		t.Errorf("cost at twice the price = %g; want %g", twice, 2*got.Cost)
	}
	if n := a.sim.Calls()["sagemaker.DescribeProcessingJob"]; n != described {
		t.Errorf("what is in the record was read again: %d calls", n-described)
	}
	free := a.open(t, func(o *aws.Options) { o.Settings.Prices = nil })
	if c := dateDay(t, free, first).Last.Cost; c != 0 {
		t.Errorf("cost without a price = %g; want 0, which is unknown", c)
	}
}

// TestCostOfCarriers has two dates share a machine and its bill, also where their
// execution is of another pipeline than those of dates alone.
func TestCostOfCarriers(t *testing.T) {
	t.Parallel()
	for layout, pipeline := range map[settings.Layout]string{settings.LayoutFused: "exercise", settings.LayoutSteps: "exercise-range"} {
		t.Run(string(layout), func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, sharing(2, 1), nil, accountOptions{layout: layout})
			a.settings.Prices = map[string]float64{"ml.m5.xlarge": 3600}
			e := a.open(t, nil)
			if p := driven(t, e, applied(t, e, backfill(5, 6, 2)).ID); p.Outcome != forecast.OutcomeSucceeded {
				t.Fatalf("plan ended %s (%s)", p.Outcome, p.Reason)
			}
			if jobs, executions := a.machines(pipeline); jobs != 1 || executions != 1 {
				t.Fatalf("%d jobs in %d executions; want one", jobs, executions)
			}
			cost := func(n int) float64 { return dateDay(t, e, jan(n)).Last.Cost }
			until(t, e, "the job has ended, which is later than its dates", func() bool { return cost(5) > 0 && cost(6) > 0 })
			costs := [2]float64{cost(5), cost(6)}
			driven(t, e, applied(t, e, backfill(7, 8, 2)).ID) // books what has ended
			for i, cost := range costs {
				booked := recordsOf(t, a)[jan(5+i).String()+".json"].Attempts[0]
				if len(booked.Jobs) != 1 || booked.SharedBy != 2 || booked.Jobs[0].Billed <= 0 {
					t.Fatalf("booked for %s: %+v by %d; want a job by 2", jan(5+i), booked.Jobs, booked.SharedBy)
				}
				if want := booked.Jobs[0].Billed.Seconds() / 2; math.Abs(cost-want) > 1e-9 { // a dollar for each second
					t.Errorf("%s cost %g; want half of the job, %g", jan(5+i), cost, want)
				}
			}
		})
	}
}

// TestChoicesOfSteps plans dates whose steps have a machine each, and tells what
// sharing one saves: the starts between the steps too.
func TestChoicesOfSteps(t *testing.T) {
	t.Parallel()
	const startUp = time.Second
	a := newAccount(t, enginetest.DemoDefinition(), enginetest.Script{}, accountOptions{layout: settings.LayoutSteps, speed: 20, startUp: startUp})
	e := a.open(t, nil)
	first := calendar.Of(2026, time.January, 10)
	runDates(t, e, first, first+1)
	p, err := e.Plan(t.Context(), forecast.PlanRequest{Kind: forecast.PlanBackfill, Mode: forecast.ModeAll, Dates: []calendar.Date{first, first + 1}, Cause: forecast.CauseBackfill})
	must(t, err)
	if len(p.Choices) != 3 || p.Choices[1].Needs != "layout: fused" {
		t.Fatalf("choices = %+v; want three", p.Choices)
	}
	own, shared := p.Choices[0], p.Choices[2]
	if own.Starts != 12 || own.Machines != 6 || shared.Starts != 2 || shared.Machines != 0 {
		t.Errorf("choices = %+v; want 12 machines, one for each step, and 2", p.Choices)
	}
	if saved := own.Wall - shared.Wall; saved < 5*startUp || shared.Wall < startUp {
		t.Errorf("%s and %s; want 5 starts of %s or more between them", own.Wall, shared.Wall, startUp)
	}
}

// TestCostDenied says that days are shown to those who may not look at jobs.
func TestCostDenied(t *testing.T) {
	t.Parallel()
	a := newAccount(t, enginetest.DemoDefinition(), enginetest.Script{}, accountOptions{faults: []awssim.Fault{
		{Operation: "sagemaker.DescribeProcessingJob", Effect: awssim.Effect{Code: "AccessDeniedException", Message: "no"}},
	}})
	a.settings.Prices = map[string]float64{"ml.m5.xlarge": 3600}
	e := a.open(t, nil)
	first := calendar.Of(2026, time.January, 10)
	runDates(t, e, first)
	runDates(t, e, first+1)
	if got := dateDay(t, e, first); got.State != forecast.DaySucceeded || got.Last.Cost != 0 {
		t.Errorf("day = %s, cost %g; want Succeeded without a cost", got.State, got.Last.Cost)
	}
}

// TestForgottenExecution deletes what SageMaker knows, as an account that begins
// anew does: the attempt that was open ends as lost, and no look at it fails.
func TestForgottenExecution(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, time.January, 10)
	a := newAccount(t, enginetest.DemoDefinition(), enginetest.Script{d: {forecast.Train: {{End: enginetest.Hang}}}}, accountOptions{})
	e := a.open(t, nil)
	p, err := e.Plan(t.Context(), forecast.PlanRequest{Kind: forecast.PlanRun, Dates: []calendar.Date{d}, Cause: forecast.CauseManual})
	if err == nil {
		_, err = e.Apply(t.Context(), p.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	driven := make(chan error, 1)
	go func() { driven <- e.Drive(t.Context(), p.ID) }()
	for dateDay(t, e, d).State != forecast.DayRunning {
		continue
	}
	for dateDay(t, e, d).Steps[2].Status != forecast.StepExecuting {
		continue
	}
	defer a.sim.Inject(awssim.Fault{Operation: "sagemaker.DescribePipelineExecution", Effect: awssim.Effect{Code: "ResourceNotFound", Message: "gone"}})()
	defer a.sim.Inject(awssim.Fault{Operation: "sagemaker.ListPipelineExecutionSteps", Effect: awssim.Effect{Code: "ResourceNotFound", Message: "gone"}})()
	now := a.sim.Now
	later := a.open(t, func(o *aws.Options) { o.Now = func() time.Time { return now().Add(72 * time.Hour) } }) // out of the list
	if got := dateDay(t, later, d); got.State != forecast.DayFailed || got.Reason.Class != forecast.ReasonLost {
		t.Errorf("day = %s, %+v; want Failed, lost", got.State, got.Reason)
	}
	stream, err := later.Logs(t.Context(), forecast.LogQuery{Execution: dateDay(t, later, d).Last.ID})
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Close(); err != nil && !errors.Is(err, forecast.ErrNotFound) {
		t.Error(err)
	}
	a.release(d, forecast.Train)
	<-driven
}

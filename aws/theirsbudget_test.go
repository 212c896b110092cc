package aws_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// callsOf counts a user's calls by operation, from the n-th call of the account on.
func (a *theirAccount) callsOf(user string, n int) map[string]int {
	calls := make(map[string]int)
	for _, c := range a.sim.Log()[n:] {
		if strings.HasSuffix(c.Caller, ":user/"+user) {
			calls[c.Operation]++
		}
	}
	return calls
}

// as opens an engine for a user, with a clock that stands still unless it is moved.
func (a *theirAccount) as(t *testing.T, user string, change func(*aws.Options)) *aws.Engine {
	t.Helper()
	must(t, login(user, user))
	return a.open(t, func(o *aws.Options) {
		o.Settings.Profile, o.Poll = user, time.Hour
		if change != nil {
			change(o)
		}
	})
}

// fill makes dates, as their schedule does, and waits until they are there.
func (a *theirAccount) fill(t *testing.T, dates ...calendar.Date) {
	t.Helper()
	for _, d := range dates {
		a.begin(t, "", map[string]string{"ProcessDate": d.String()})
	}
	await(t, "the dates", func() ([]awssim.Execution, error) {
		return a.sim.Executions(theirPipeline), nil
	}, func(all []awssim.Execution) bool {
		return !slices.ContainsFunc(all, func(x awssim.Execution) bool { return x.Status == "Executing" })
	})
}

// TestTheirBudgetOfAGrid looks at dates for the first time ever, again, and with an
// engine of another day: what has ended is asked for once.
func TestTheirBudgetOfAGrid(t *testing.T) {
	t.Parallel()
	a := newTheirAccount(t, theirOptions{speed: 1200})
	const dates = 10
	var all []calendar.Date
	for i := range dates {
		all = append(all, day(i+5))
	}
	a.fill(t, all...)
	look := func(e forecast.Engine) {
		t.Helper()
		days, err := e.Days(t.Context(), forecast.DayQuery{Range: calendar.Range{From: day(5), To: day(5 + dates - 1)}})
		must(t, err)
		for _, d := range days {
			if d.State != forecast.DaySucceeded || d.Last.Cost == 0 {
				t.Errorf("%s is %s %q, USD %g; want it made and paid", d.Date, d.State, d.Reason.Text, d.Last.Cost)
			}
		}
	}
	first := map[string]int{
		"sagemaker.ListPipelineExecutions": 1, "sagemaker.DescribePipeline": 1, "sagemaker.ListPipelineParametersForExecution": dates,
		"sagemaker.DescribePipelineExecution": dates, "sagemaker.DescribePipelineDefinitionForExecution": dates,
		"sagemaker.ListPipelineExecutionSteps": dates, "sagemaker.DescribeProcessingJob": 3 * dates, "sagemaker.DescribeTrainingJob": dates,
		"s3.GetObject": dates, "s3.ListObjectsV2": 1,
	}
	again := map[string]int{"s3.ListObjectsV2": 1}
	another := map[string]int{"sagemaker.ListPipelineExecutions": 1, "sagemaker.DescribePipeline": 1, "s3.ListObjectsV2": 1}
	e := a.as(t, "grid", nil)
	for i, want := range []map[string]int{first, again, another} {
		if i == 2 {
			e = a.as(t, "grid", nil)
		}
		before := len(a.sim.Log())
		look(e)
		if calls := a.callsOf("grid", before); !maps.Equal(calls, want) {
			t.Errorf("look %d at %d dates cost %v; want %v", i+1, dates, calls, want)
		}
	}
}

// TestTheirBudgetOfAPoll: while an execution runs, a look costs a list, its steps and
// the job that is at work.
func TestTheirBudgetOfAPoll(t *testing.T) {
	t.Parallel()
	a := newTheirAccount(t, theirOptions{})
	a.plan("Evaluate", awssim.Play{Duration: 240 * time.Hour})
	d := day(19)
	a.begin(t, "", map[string]string{"ProcessDate": d.String()})
	now := a.sim.Now()
	e := a.as(t, "poll", func(o *aws.Options) {
		o.Poll, o.Now = time.Minute, func() time.Time { return now }
	})
	look := func() forecast.Day {
		t.Helper()
		now = now.Add(5 * time.Minute)
		days, err := e.Days(t.Context(), forecast.DayQuery{Range: calendar.Range{From: d, To: d}})
		must(t, err)
		return days[0]
	}
	await(t, "Evaluate", func() (forecast.Day, error) { return look(), nil }, func(got forecast.Day) bool {
		return len(got.Steps) > 2 && got.Steps[2].Status == forecast.StepExecuting
	})
	before := len(a.sim.Log())
	const looks = 20
	for range looks {
		look()
	}
	want := map[string]int{
		"sagemaker.ListPipelineExecutions": looks, "sagemaker.DescribePipeline": looks, "sagemaker.ListPipelineExecutionSteps": looks,
		"sagemaker.DescribeProcessingJob": looks, "s3.ListObjectsV2": looks,
	}
	if calls := a.callsOf("poll", before); !maps.Equal(calls, want) {
		t.Errorf("%d looks cost %v; want %v", looks, calls, want)
	}
}

// TestTheirRights: what is called is what the rights that deploy prints allow.
func TestTheirRights(t *testing.T) {
	t.Parallel()
	a := newTheirAccount(t, theirOptions{})
	a.plan("Ingest 2026-01-18", awssim.Play{Exit: awssim.Exit{Code: 1}})
	e := a.as(t, "rights", func(o *aws.Options) { o.Poll = 10 * time.Millisecond })
	d := day(18)
	_, err := carry(t.Context(), e, ofDates(forecast.PlanRun, "", d))
	must(t, err)
	a.plan("Ingest 2026-01-18", awssim.Play{})
	_, err = carry(t.Context(), e, ofDates(forecast.PlanRerun, forecast.StartFailedStep, d))
	must(t, err)
	stream, err := e.Logs(t.Context(), forecast.LogQuery{Execution: "2026-01-18-a1"})
	must(t, err)
	readAll(t, stream)
	a.plan("Ingest 2026-01-17", awssim.Play{Duration: 240 * time.Hour})
	a.begin(t, "", map[string]string{"ProcessDate": "2026-01-17"})
	dayOf(t, e, day(17), forecast.DayRunning)
	_, err = e.Stop(t.Context(), day(17), "rights")
	must(t, err)

	documents, err := aws.DeployDocuments(aws.DeployOptions{Settings: a.set, Definition: a.def})
	must(t, err)
	allowed := allowedBy(t, documents)
	calls := a.callsOf("rights", 0)
	for operation := range calls {
		if name := map[string]string{"s3.ListObjectsV2": "s3.ListBucket"}[operation]; name != "" {
			operation = name
		}
		if !allowed[strings.Replace(operation, ".", ":", 1)] {
			t.Errorf("%s was called, and the rights don't allow it", operation)
		}
	}
	for _, need := range []string{"sagemaker.RetryPipelineExecution", "sagemaker.StopPipelineExecution", "sagemaker.StartPipelineExecution"} {
		if calls[need] == 0 {
			t.Errorf("%s was not called: is it tested?", need)
		}
	}
}

// TestTheirWire operates the pipeline with wirecheck between: every request and
// every answer is legal by AWS's own models.
func TestTheirWire(t *testing.T) {
	t.Parallel()
	a := newTheirAccount(t, theirOptions{front: checked, speed: 200})
	a.auc = 0.6
	a.plan("Ingest 2026-01-17", awssim.Play{Exit: awssim.Exit{Code: 1}})
	e := a.open(t, func(o *aws.Options) { o.Poll = 50 * time.Millisecond })
	a.begin(t, "", map[string]string{"ScheduledTime": "2026-01-20T05:00:00Z"})
	dayOf(t, e, day(19), forecast.DayGated)
	p, err := carry(t.Context(), e, forecast.PlanRequest{
		Kind: forecast.PlanBackfill, Range: calendar.Range{From: day(17), To: day(18)}, Mode: forecast.ModeMissing, Cause: forecast.CauseBackfill,
	})
	must(t, err)
	if p.Outcome != forecast.OutcomeFailed {
		t.Errorf("plan %s; want a gated and a failed date", p.Outcome)
	}
	a.mu.Lock()
	a.auc = 0.9
	a.mu.Unlock()
	a.plan("Ingest 2026-01-17", awssim.Play{})
	p, err = carry(t.Context(), e, forecast.PlanRequest{
		Kind: forecast.PlanRerun, Dates: []calendar.Date{day(17), day(18), day(19)}, Start: forecast.StartFailedStep, Cause: forecast.CauseRerun,
	})
	must(t, err)
	if p.Outcome != forecast.OutcomeSucceeded {
		t.Errorf("plan %s %+v; want all dates made", p.Outcome, p.Rows)
	}
	a.plan("Train", awssim.Play{Duration: 240 * time.Hour})
	a.begin(t, "by-hand", map[string]string{"ProcessDate": "2026-01-16"})
	dayOf(t, e, day(16), forecast.DayRunning)
	_, err = e.Stop(t.Context(), day(16), "aki")
	must(t, err)
	dayOf(t, e, day(16), forecast.DayStopped)
	stream, err := e.Logs(t.Context(), forecast.LogQuery{Execution: "2026-01-19-a1"})
	must(t, err)
	if lines := readAll(t, stream); len(lines) == 0 {
		t.Error("the log is empty")
	}
}

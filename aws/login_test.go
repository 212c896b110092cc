package aws_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

func day(n int) calendar.Date { return calendar.Of(2026, time.January, n) }

// begin applies a request and drives it beside the test.
func begin(t *testing.T, e *aws.Engine, r forecast.PlanRequest) (forecast.PlanID, <-chan error) {
	t.Helper()
	r.Actor, r.Cause = "aki", forecast.CauseManual
	p, err := e.Plan(t.Context(), r)
	must(t, err)
	_, err = e.Apply(t.Context(), p.ID)
	must(t, err)
	driven := make(chan error, 1)
	go func() { driven <- e.Drive(t.Context(), p.ID) }()
	return p.ID, driven
}

// askTime is how often it is asked for what is waited for.
const askTime = 5 * time.Millisecond

// await asks until an answer is as wanted.
func await[T any](t *testing.T, what string, ask func() (T, error), ok func(T) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		answer, err := ask()
		if err == nil && ok(answer) {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("wait for %s: it is %+v, %v", what, answer, err)
		case <-time.After(askTime):
		}
	}
}

// TestLoginExpires lets a login expire while an attempt runs: the run goes on,
// nothing of the state changes, reads say what is wrong, and the drive goes on by
// itself once its user has logged in again.
func TestLoginExpires(t *testing.T) {
	t.Parallel()
	must(t, login("expiring", "old"))
	d := day(10)
	a := newAccount(t, enginetest.Definition(), enginetest.Script{d: {forecast.Train: {enginetest.Hangs()}}}, accountOptions{speed: 10})
	e := a.open(t, func(o *aws.Options) { o.Settings.Profile = "expiring" })
	id, driven := begin(t, e, forecast.PlanRequest{Kind: forecast.PlanBackfill, Mode: forecast.ModeMissing, Range: calendar.Range{From: d, To: d + 1}, MaxActive: 1, Chunk: 1, Order: forecast.OldestFirst})
	days := func() ([]forecast.Day, error) {
		return e.Days(t.Context(), forecast.DayQuery{Range: calendar.Range{From: d, To: d}})
	}
	await(t, "Train", days, func(days []forecast.Day) bool {
		return len(days[0].Steps) > 2 && days[0].Steps[2].Status == forecast.StepExecuting
	})
	a.sim.Inject(awssim.Fault{
		Operation: "*.*", Of: func(r awssim.Request) bool { return strings.HasSuffix(r.Caller, "user/old") },
		Effect: awssim.Effect{Code: "ExpiredTokenException", Message: "The security token included in the request is expired"},
	})
	_, err := days()
	if !errors.Is(err, forecast.ErrUnauthorised) || !strings.Contains(err.Error(), "ExpiredToken") {
		t.Errorf("Days = %v; want that the token has expired", err)
	}
	before := a.sim.Calls()["s3.ListObjectsV2"]
	a.release(d, forecast.Train)
	watcher := a.open(t, nil)
	await(t, "the end of the run", func() ([]forecast.Day, error) {
		return watcher.Days(t.Context(), forecast.DayQuery{Range: calendar.Range{From: d, To: d}})
	}, func(days []forecast.Day) bool { return days[0].State == forecast.DaySucceeded })
	p, err := watcher.PlanByID(t.Context(), id)
	must(t, err)
	if row, _ := p.Row(d); p.State != forecast.PlanActive || row.State != forecast.RowRunning {
		t.Errorf("without a login the plan is %s, its row %s; want them as they were", p.State, row.State)
	}
	await(t, "the drive to look again", func() (int, error) { return a.sim.Calls()["s3.GetObject"], nil }, func(n int) bool { return n > before })
	must(t, login("expiring", "new"))
	if err := <-driven; err != nil {
		t.Errorf("Drive = %v; want that it goes on after the login", err)
	}
	p, err = e.PlanByID(t.Context(), id)
	if err != nil || p.Outcome != forecast.OutcomeSucceeded {
		t.Errorf("the plan is %s %q, %v; want that it succeeded", p.State, p.Outcome, err)
	}
}

// denied makes calls of kei's be refused.
func denied(a *account, operation string) {
	service, action, _ := strings.Cut(operation, ".")
	effect := awssim.Effect{
		Code: "AccessDeniedException", Status: http.StatusBadRequest,
		Message: "User: " + dyingCaller + " is not authorized to perform: " + service + ":" + action + " because no identity-based policy allows the action",
	}
	if service == "s3" {
		effect = awssim.Effect{Code: "AccessDenied", Status: http.StatusForbidden, Message: "Access Denied"}
	}
	a.sim.Inject(awssim.Fault{Operation: operation, Of: func(r awssim.Request) bool { return r.Caller == dyingCaller }, Effect: effect})
}

// TestMissingRights takes single rights away from who operates: what needs them
// names the action, the rest works.
func TestMissingRights(t *testing.T) {
	t.Parallel()
	d := day(10)
	a := newAccount(t, enginetest.Definition(), enginetest.Script{}, accountOptions{speed: 10})
	e := a.open(t, func(o *aws.Options) { o.Settings.Profile = dyingProfile })
	names := func(err error, action string) {
		t.Helper()
		if !errors.Is(err, forecast.ErrUnauthorised) || !strings.Contains(err.Error(), action) {
			t.Errorf("%v; want one that wraps ErrUnauthorised and names %s", err, action)
		}
	}
	for _, operation := range []string{"glue.*", "logs.*", "athena.*"} {
		denied(a, operation)
	}
	_, driven := begin(t, e, forecast.PlanRequest{Kind: forecast.PlanRun, Dates: []calendar.Date{d}})
	must(t, <-driven)
	days, err := e.Days(t.Context(), forecast.DayQuery{Range: calendar.Range{From: d, To: d}})
	must(t, err)
	if days[0].State != forecast.DaySucceeded {
		t.Errorf("the day is %s %q; want Succeeded", days[0].State, days[0].Reason.Text)
	}
	partitions, err := e.Partitions(t.Context(), forecast.PartitionQuery{Range: calendar.Range{From: d, To: d}})
	if err != nil || len(partitions) != 1 {
		t.Errorf("Partitions = %+v, %v; want one", partitions, err)
	}
	found, err := e.Examine(t.Context())
	if err != nil || !slices.ContainsFunc(found, func(f forecast.Finding) bool {
		return f.Kind == "permission" && strings.Contains(f.Text, "GetPartitions")
	}) {
		t.Errorf("Examine = %+v, %v; want a finding that names GetPartitions", found, err)
	}
	stream, err := e.Logs(t.Context(), forecast.LogQuery{Execution: days[0].Last.ID})
	if err == nil {
		_, err = stream.Next(t.Context())
		_ = stream.Close()
	}
	names(err, "FilterLogEvents")
}

// TestNoRightToStart starts a date without the right to: the attempt has failed
// and says why, the date is free, and whoever has the right may run it.
func TestNoRightToStart(t *testing.T) {
	t.Parallel()
	d := day(10)
	a := newAccount(t, enginetest.Definition(), enginetest.Script{}, accountOptions{speed: 10})
	e := a.open(t, func(o *aws.Options) { o.Settings.Profile = dyingProfile })
	denied(a, "sagemaker.StartPipelineExecution")
	_, driven := begin(t, e, forecast.PlanRequest{Kind: forecast.PlanRun, Dates: []calendar.Date{d}})
	must(t, <-driven)
	attempts, err := e.Executions(t.Context(), d)
	must(t, err)
	if len(attempts) != 1 || attempts[0].Reason.Class != forecast.ReasonRefused || !strings.Contains(attempts[0].Reason.Text, "StartPipelineExecution") {
		t.Fatalf("attempts = %+v; want one that failed and names the action", attempts)
	}
	_, driven = begin(t, a.open(t, nil), forecast.PlanRequest{Kind: forecast.PlanRerun, Dates: []calendar.Date{d}})
	must(t, <-driven)
	if attempts, err = e.Executions(t.Context(), d); err != nil || len(attempts) != 2 || attempts[1].Status != forecast.Succeeded {
		t.Errorf("attempts = %+v, %v; want that the second succeeded", attempts, err)
	}

	// A rerun that is refused fails too, and takes nothing away: nothing of it ran.
	id, driven := begin(t, e, forecast.PlanRequest{Kind: forecast.PlanRerun, Dates: []calendar.Date{d}, Start: forecast.StartWhole})
	must(t, <-driven)
	p, err := e.PlanByID(t.Context(), id)
	must(t, err)
	if row, _ := p.Row(d); row.State != forecast.RowFailed || !strings.Contains(row.Outcome, "StartPipelineExecution") {
		t.Errorf("the row is %s, %q; want it Failed, and which right is missing", row.State, row.Outcome)
	}
	day := wantDay(t, e, d, forecast.DaySucceeded, "")
	if day.Attempts != 3 || day.Partition.Attempt != 2 || !day.Partition.Current {
		t.Errorf("the day has %d attempts and partition %+v; want 3, and that of a2", day.Attempts, day.Partition)
	}
}

// TestQuota starts dates where the account has no room for them: they wait, without an
// attempt of their own, and are started once there is room.
func TestQuota(t *testing.T) {
	t.Parallel()
	const full = 3
	a := newAccount(t, enginetest.Definition(), enginetest.Script{}, accountOptions{speed: 10, faults: []awssim.Fault{{
		Operation: "sagemaker.StartPipelineExecution", When: awssim.First(full),
		Effect: awssim.Effect{Code: "ResourceLimitExceeded", Message: "The account-level service limit 'executions' is 1"},
	}}})
	e := a.open(t, nil)
	id, driven := begin(t, e, forecast.PlanRequest{
		Kind: forecast.PlanBackfill, Mode: forecast.ModeMissing, Range: calendar.Range{From: day(10), To: day(11)}, MaxActive: 2, Chunk: 1, Order: forecast.OldestFirst,
	})
	must(t, <-driven)
	if p, err := e.PlanByID(t.Context(), id); err != nil || p.Outcome != forecast.OutcomeSucceeded {
		t.Errorf("the plan is %s %q, %v: %s; want that it succeeded", p.State, p.Outcome, err, rows(p))
	}
	for _, d := range []calendar.Date{day(10), day(11)} {
		if day := wantDay(t, e, d, forecast.DaySucceeded, ""); day.Attempts != 1 {
			t.Errorf("%s has %d attempts; want one", d, day.Attempts)
		}
	}
	if calls := a.sim.Calls()["sagemaker.StartPipelineExecution"]; calls != full+2 {
		t.Errorf("it was started %d times; want %d refused starts and one of each date", calls, full)
	}
}

// TestNoRightToRead drives without a right that every look needs: the drive ends
// and names the action, and what needs no such look works.
func TestNoRightToRead(t *testing.T) {
	t.Parallel()
	a := newAccount(t, enginetest.Definition(), enginetest.Script{}, accountOptions{speed: 10})
	other := a.open(t, nil)
	p, err := other.Plan(t.Context(), forecast.PlanRequest{Kind: forecast.PlanRun, Dates: []calendar.Date{day(10)}, Cause: forecast.CauseManual, Actor: "aki"})
	must(t, err)
	_, err = other.Apply(t.Context(), p.ID)
	must(t, err)
	e := a.open(t, func(o *aws.Options) { o.Settings.Profile = dyingProfile })
	denied(a, "sagemaker.ListPipelineExecutions")
	if err := e.Drive(t.Context(), p.ID); !errors.Is(err, forecast.ErrUnauthorised) || !strings.Contains(err.Error(), "ListPipelineExecutions") {
		t.Errorf("Drive = %v; want one that names the action", err)
	}
	if p, err = e.PlanByID(t.Context(), p.ID); err != nil || p.State != forecast.PlanActive || p.Driver != "" {
		t.Errorf("the plan is %s, driven by %q, %v; want that others may drive it", p.State, p.Driver, err)
	}
}

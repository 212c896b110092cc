package aws_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// board waits until the dashboard is as ok wants it.
func board(t *testing.T, e *aws.Engine, what string, ok func(forecast.Dashboard) bool) {
	t.Helper()
	ctx := patience(t)
	await(t, what, func() (forecast.Dashboard, error) { return e.Dashboard(ctx) }, ok)
}

func isFresh(d forecast.Dashboard) bool { return d.Behind == 0 && !d.Refreshing && !d.Read.IsZero() }

// TestDashboard refreshes once after a run, after a backfill of several dates,
// after a staged one that is published, and after a rollback.
func TestDashboard(t *testing.T) {
	t.Parallel()
	a := newAccount(t, enginetest.Definition(), enginetest.Script{}, accountOptions{speed: 300, dataSet: awssim.DataSet{ID: "demand"}})
	e := a.open(t, nil)
	board(t, e, "a dashboard without refreshes", func(d forecast.Dashboard) bool {
		return d.Name == "demand" && d.Behind == 0 && d.Read.IsZero()
	})
	count := func(what string, want int) {
		t.Helper()
		if ids := a.sim.Ingestions("demand"); len(ids) != want {
			t.Fatalf("refreshes after %s: %q; want %d", what, ids, want)
		}
		board(t, e, "the dashboard to show "+what, isFresh)
	}
	must(t, run(t.Context(), e, day(10)))
	count("a run", 1)
	dates := []calendar.Date{day(11), day(12), day(13)}
	request := forecast.PlanRequest{Kind: forecast.PlanBackfill, Mode: forecast.ModeAll, Dates: dates, Actor: "aki"}
	driven(t, e, applied(t, e, request).ID)
	count("a backfill", 2)

	request.Publish = forecast.PublishStaged
	staged := driven(t, e, applied(t, e, request).ID)
	count("a backfill that was built", 2)
	if _, err := e.Control(t.Context(), staged.ID, forecast.VerbPublish, "aki"); err != nil {
		t.Fatal(err)
	}
	driven(t, e, staged.ID)
	count("a backfill that was published", 3)

	if _, err := e.Rollback(t.Context(), forecast.RollbackRequest{Date: day(11), Actor: "aki"}); err != nil {
		t.Fatal(err)
	}
	count("a rollback", 4)
	if found, err := e.Examine(t.Context()); err != nil || len(found) != 0 {
		t.Errorf("Examine = %+v, %v; want nothing", found, err)
	}
}

// TestDashboardAfterDeath: whoever published is gone before it refreshed, and two
// servers do it, once.
func TestDashboardAfterDeath(t *testing.T) {
	t.Parallel()
	d := day(10)
	a := newAccount(t, enginetest.Definition(), enginetest.Script{d: {forecast.PostProc: {enginetest.Hangs()}}}, accountOptions{
		speed: 300, dataSet: awssim.DataSet{ID: "demand"},
	})
	ctx, die := context.WithCancel(t.Context())
	dying := a.open(t, nil)
	p := applied(t, dying, forecast.PlanRequest{Kind: forecast.PlanRun, Dates: []calendar.Date{d}, Actor: "aki"})
	gone := make(chan error, 1)
	go func() { gone <- dying.Drive(ctx, p.ID) }()
	e := a.open(t, nil)
	until(t, e, "the date is at PostProc", func() bool {
		days, err := e.Days(t.Context(), forecast.DayQuery{Range: calendar.Range{From: d, To: d}})
		return err == nil && len(days[0].Steps) == 6 && days[0].Steps[5].Status == forecast.StepExecuting
	})
	die()
	<-gone
	a.release(d, forecast.PostProc)
	board(t, e, "the dashboard to be behind", func(d forecast.Dashboard) bool { return d.Behind == 1 })
	found, err := e.Examine(t.Context())
	if err != nil || len(found) == 0 || !strings.Contains(kinds(found), "dashboard-behind") {
		t.Errorf("Examine = %+v, %v; want dashboard-behind", found, err)
	}
	for _, actor := range []string{"kei", "mio"} {
		server := a.open(t, func(o *aws.Options) { o.Actor = actor })
		go func() { _ = server.Serve(t.Context()) }()
	}
	board(t, e, "a server to refresh", isFresh)
	if ids := a.sim.Ingestions("demand"); len(ids) != 1 {
		t.Errorf("refreshes %q; want one", ids)
	}
}

func kinds(found []forecast.Finding) string {
	var text strings.Builder
	for _, f := range found {
		text.WriteString(f.Kind + " ")
	}
	return text.String()
}

// TestDashboardRefuses: a quota that is used up and a refresh that fails are told,
// and what was published stays so.
func TestDashboardRefuses(t *testing.T) {
	t.Parallel()
	a := newAccount(t, enginetest.Definition(), enginetest.Script{}, accountOptions{
		speed: 300, dataSet: awssim.DataSet{ID: "demand", PerDay: 1, Fails: "the source does not answer"},
	})
	e := a.open(t, nil)
	must(t, run(t.Context(), e, day(10)))
	board(t, e, "the refresh to fail", func(d forecast.Dashboard) bool {
		return d.Behind == 1 && strings.Contains(d.Reason, "the source does not answer")
	})
	must(t, run(t.Context(), e, day(11))) // its refresh is refused
	found, err := e.Examine(t.Context())
	if err != nil || kinds(found) != "dashboard-behind " || !strings.Contains(found[0].Text, "the source does not answer") {
		t.Errorf("Examine = %+v, %v; want the reason why the dashboard is behind", found, err)
	}
	wantOne(t, a, day(11))

	remove := a.sim.Inject(awssim.Fault{Operation: "quicksight.*", Effect: awssim.Effect{Code: "AccessDeniedException", Status: 401}})
	defer remove()
	if _, err := e.Dashboard(t.Context()); err == nil || !strings.Contains(err.Error(), "demand") {
		t.Errorf("Dashboard without the right = %v; want its name", err)
	}
	if found, err := e.Examine(t.Context()); err != nil || kinds(found) != "dashboard-unknown " {
		t.Errorf("Examine = %+v, %v; want dashboard-unknown", found, err)
	}
	read := a.open(t, func(o *aws.Options) { o.Settings.Dashboard.DataSet = "" })
	if _, err := read.Dashboard(t.Context()); err == nil {
		t.Error("Dashboard without one = nil; want an error")
	}
}

// TestDashboardOfAJob: what a job publishes that no plan asked for is refreshed by
// the job, and no server does it again.
func TestDashboardOfAJob(t *testing.T) {
	t.Parallel()
	def := enginetest.Definition()
	def.Schedule, def.End = "cron(0 6 * * ? *)", calendar.Of(2026, time.December, 31)
	a := newAccount(t, def, enginetest.Script{}, accountOptions{
		start: time.Date(2026, time.February, 10, 20, 57, 0, 0, time.UTC), speed: 50, dataSet: awssim.DataSet{ID: "demand"},
	})
	e := a.open(t, nil)
	board(t, e, "the job to refresh", isFresh)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	looked := make(chan error, 1)
	go func() { looked <- e.Serve(ctx) }()
	await(t, "the server to look", func() (int, error) { return a.sim.Calls()["quicksight.ListIngestions"], nil }, func(n int) bool { return n > 3 })
	cancel()
	<-looked
	if ids := a.sim.Ingestions("demand"); len(ids) != 1 || !strings.HasPrefix(ids[0], "daybatch-2026-02-10-") {
		t.Errorf("refreshes %q; want the job's", ids)
	}
}

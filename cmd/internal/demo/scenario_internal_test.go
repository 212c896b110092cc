package demo

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// recorder is an engine that only remembers which dates it was asked to run,
// and what the orders of each looked like then.
type recorder struct {
	project Project
	ran     map[calendar.Date]string
	plans   []forecast.Plan
	stop    func() error // called when a plan is to be driven; nil: nothing stops it
}

func (r *recorder) Days(_ context.Context, query forecast.DayQuery) ([]forecast.Day, error) {
	day := forecast.Day{Date: query.Range.From, State: forecast.DayMissing}
	if found, ok := r.ran[day.Date]; ok {
		day.State, day.Attempts = forecast.DaySucceeded, 1
		if found == "nothing" {
			day.State = forecast.DayWaiting
		}
	}
	return []forecast.Day{day}, nil
}

func (r *recorder) Plan(_ context.Context, request forecast.PlanRequest) (forecast.Plan, error) {
	d := request.Dates[0]
	plan := forecast.Plan{
		ID: forecast.PlanID(d.String()), Request: request, State: forecast.PlanDraft,
		Rows: []forecast.PlanRow{{Date: d, Action: forecast.ActionRun, State: forecast.RowPlanned}},
	}
	r.plans = append(r.plans, plan)
	return plan, nil
}

func (r *recorder) Apply(_ context.Context, id forecast.PlanID) (forecast.Plan, error) {
	for i, plan := range r.plans {
		if plan.ID == id {
			r.plans[i].State = forecast.PlanActive
			return r.plans[i], nil
		}
	}
	return forecast.Plan{}, forecast.ErrNotFound
}

func (r *recorder) Plans(context.Context) ([]forecast.Plan, error) { return r.plans, nil }

func (r *recorder) Drive(_ context.Context, id forecast.PlanID) error {
	if r.stop != nil {
		if err := r.stop(); err != nil {
			return err
		}
	}
	for i, plan := range r.plans {
		if plan.ID != id {
			continue
		}
		r.plans[i].State = forecast.PlanEnded
		d := plan.Rows[0].Date
		r.ran[d] = r.look(d)
	}
	return nil
}

// look says what a step would find on the disk for date d.
func (r *recorder) look(d calendar.Date) string {
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(r.project.Dir, name))
		if err != nil {
			return ""
		}
		return string(text)
	}
	orders, feed := read("data/orders/"+d.String()+".csv"), read("promotions/"+d.String()+".csv")
	lines := strings.Split(strings.TrimSpace(feed), "\n")
	switch {
	case orders == "":
		return "no orders"
	case strings.Count(lines[len(lines)-1], ",") != 2:
		return "broken feed"
	case strings.Contains(orders, "aozora,kanto") && strings.HasSuffix(field(orders, "aozora,kanto,"), "00"):
		return "wrong unit"
	default:
		return "good"
	}
}

func field(text, prefix string) string {
	_, rest, _ := strings.Cut(text, prefix)
	value, _, _ := strings.Cut(rest, "\n")
	return value
}

func newRecorder(t *testing.T) *recorder {
	t.Helper()
	p, err := Open(filepath.Join(t.TempDir(), "demo"), calendar.Of(2026, 10, 18), Local)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Create(); err != nil {
		t.Fatal(err)
	}
	return &recorder{project: p, ran: map[calendar.Date]string{}}
}

func TestPlayDeliversEachIncidentOnItsDateAndMendsItLater(t *testing.T) {
	t.Parallel()
	r := newRecorder(t)
	p := r.project
	days := 0
	if err := p.Play(t.Context(), r, func(forecast.Day) { days++ }); err != nil {
		t.Fatal(err)
	}
	if days != Dates {
		t.Errorf("Play reported %d days; want %d", days, Dates)
	}
	want := map[calendar.Date]string{}
	for d := p.First(); d <= p.Last; d++ {
		want[d] = "good"
	}
	want[p.Last-15], want[p.Last-10], want[p.Last-6] = "no orders", "broken feed", "wrong unit"
	delete(want, p.Last-3)
	if diff := cmp.Diff(want, r.ran); diff != "" {
		t.Errorf("what the dates found when they ran (-want +got):\n%s", diff)
	}
	for d := p.First(); d <= p.Last; d++ {
		if got := r.look(d); got != "good" {
			t.Errorf("after Play the files of %s are %q; want them mended", d, got)
		}
	}
}

func TestPlayGoesOnWhereItWasInterrupted(t *testing.T) {
	t.Parallel()
	r := newRecorder(t)
	p := r.project
	first, err := r.Plan(t.Context(), forecast.PlanRequest{Kind: forecast.PlanRun, Dates: []calendar.Date{p.First()}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Apply(t.Context(), first.ID); err != nil {
		t.Fatal(err)
	}
	r.ran[p.First()+1] = "by hand"
	early := []calendar.Date{p.First() + 2, p.Last - 15, p.Last - 3, p.Last} // a person ran them before their files were there
	for _, d := range early {
		r.ran[d] = "nothing"
	}
	if err := p.Play(t.Context(), r, func(forecast.Day) {}); err != nil {
		t.Fatal(err)
	}
	if got := r.ran[p.First()+1]; got != "by hand" {
		t.Errorf("a date that had been run was run again and found %q", got)
	}
	for i, want := range []string{"good", "no orders", "nothing", "good"} {
		if got := r.ran[early[i]]; got != want {
			t.Errorf("%s, which was run too early, found %q; want %q", early[i], got, want)
		}
		if got := r.look(early[i]); got != "good" {
			t.Errorf("the files of %s, which was run too early, are %q; want them delivered", early[i], got)
		}
	}
	before := len(r.plans)
	if err := p.Play(t.Context(), r, func(forecast.Day) {}); err != nil || len(r.plans) != before {
		t.Errorf("played again it made %d plans, %v; want none", len(r.plans)-before, err)
	}
	ids := map[forecast.PlanID]int{}
	for _, plan := range r.plans {
		ids[plan.ID]++
	}
	if ids[first.ID] != 1 {
		t.Errorf("the interrupted plan was made %d times; want its first taken up again", ids[first.ID])
	}
}

func TestCreateRefusesAForeignDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "thesis.tex"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := Open(dir, calendar.Of(2026, 10, 18), Local)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Create(); err == nil || !strings.Contains(err.Error(), "thesis.tex") {
		t.Errorf("Create in a foreign directory = %v; want an error that names thesis.tex", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "daybatch.yaml")); err == nil {
		t.Error("Create wrote daybatch.yaml into a foreign directory")
	}
}

func TestOpenRefusesAProjectOfTheUsersOwn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "daybatch.yaml"), []byte("pipeline: mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, calendar.Of(2026, 10, 18), Local); err == nil || !strings.Contains(err.Error(), "not a demo") {
		t.Errorf("Open of somebody's project = %v; want a refusal", err)
	}
}

func TestOpenKeepsTheDateOfAnExistingDemo(t *testing.T) {
	t.Parallel()
	r := newRecorder(t)
	again, err := Open(r.project.Dir, r.project.Last+30, Local)
	if err != nil {
		t.Fatal(err)
	}
	if again.Last != r.project.Last {
		t.Errorf("Open a month later: last date %s; want %s", again.Last, r.project.Last)
	}
}

// A demonstration that was left is known by what is missing of it, until it has been
// played to its end.
func TestLeft(t *testing.T) {
	t.Parallel()
	r := newRecorder(t)
	p := r.project
	if _, ok := Left(t.TempDir()); ok {
		t.Error("an empty directory has a demonstration that was left")
	}
	ctx, leave := context.WithCancel(t.Context())
	days := 0
	r.stop = func() error {
		if days++; days == 9 {
			leave()
			return context.Canceled
		}
		return nil
	}
	if err := p.Play(ctx, r, func(forecast.Day) {}); err == nil {
		t.Fatal("Play = nil; want that it was left")
	}
	left, ok := Left(p.Dir)
	if !ok || left.Last != p.Last || left.Engine != Local || left.Coming() != Dates-9 {
		t.Fatalf("Left = %+v, %v with %d dates to come; want the same project with %d", left, ok, left.Coming(), Dates-9)
	}
	r.stop = nil
	if err := left.Play(t.Context(), r, func(forecast.Day) {}); err != nil {
		t.Fatal(err)
	}
	if _, ok := Left(p.Dir); ok {
		t.Error("a demonstration that was played to its end counts as left")
	}
	if again, err := Open(p.Dir, p.Last+7, Local); err != nil || again.Last != p.Last {
		t.Errorf("Open = %+v, %v; want the project as it was", again, err)
	}
}

// Two processes that play one demonstration take turns: the second finds all done.
func TestPlayInTurns(t *testing.T) {
	t.Parallel()
	r := newRecorder(t)
	p := r.project
	end, err := p.alone(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer leave()
	if err := p.Play(ctx, r, func(forecast.Day) {}); !errors.Is(err, context.DeadlineExceeded) || len(r.ran) > 0 {
		t.Errorf("Play = %v with %d dates run while another plays; want it to wait", err, len(r.ran))
	}
	played := make(chan error, 1)
	go func() { played <- p.Play(t.Context(), r, func(forecast.Day) {}) }()
	end()
	if err := <-played; err != nil || len(r.ran) != Dates-1 {
		t.Errorf("Play = %v with %d dates run once it is alone; want %d", err, len(r.ran), Dates-1)
	}
}

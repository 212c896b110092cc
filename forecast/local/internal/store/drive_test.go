package store_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/local/internal/process"
	"github.com/daybatch/daybatch/forecast/local/internal/store"
)

// Several leases are taken over at once; of those that another process took, or
// whose attempts have ended, there is no claim.
func TestAdoptSeveral(t *testing.T) {
	t.Parallel()
	s := empty(t)
	kei := store.Holder{Actor: "kei", ID: process.ID{Host: "forge", Pid: 7}}
	var begun []store.Claim
	for i, generation := range []string{"g1", "g2", "g3", "g4"} {
		claim := begin(t, s, newAttempt(day(10+i), generation))
		if err := s.StartTry(t.Context(), claim, store.Try{K: 1, Process: process.ID{Pid: 100 + i, Start: "1", Boot: "b"}}); err != nil {
			t.Fatal(err)
		}
		begun = append(begun, claim)
	}
	leases, err := s.Leases(t.Context())
	if err != nil || len(leases) != 4 {
		t.Fatalf("Leases = %v, %v; want four", leases, err)
	}
	faster, err := s.Adopt(t.Context(), leases[1:2], kei, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.EndAttempt(t.Context(), begun[2], store.End{Status: forecast.Stopped}); err != nil {
		t.Fatal(err)
	}
	claims, err := s.Adopt(t.Context(), leases, kei, time.Time{})
	if err != nil || len(claims) != 4 || claims[1] != (store.Claim{}) || claims[2] != (store.Claim{}) {
		t.Fatalf("Adopt = %+v, %v; want no claim of the second and the third", claims, err)
	}
	tries, err := s.OpenTries(t.Context(), calendar.Range{From: day(10), To: day(12)})
	want := map[int64][]process.ID{
		claims[0].ID: {{Host: "forge", Pid: 100, Start: "1", Boot: "b"}}, faster[0].ID: {{Host: "forge", Pid: 101, Start: "1", Boot: "b"}},
	}
	if diff := cmp.Diff(want, tries); err != nil || diff != "" {
		t.Errorf("OpenTries = %v, -want +got:\n%s", err, diff)
	}
	lost := store.End{Status: forecast.Failed, Reason: forecast.Reason{Class: forecast.ReasonLost, Text: "gone"}, Interrupted: true}
	// The old fence of one voids the end of both.
	if err := s.EndAttempts(t.Context(), []store.Claim{claims[0], begun[3]}, []store.End{lost, lost}); !errors.Is(err, store.ErrFenced) {
		t.Errorf("EndAttempts with an old fence = %v; want ErrFenced", err)
	}
	if err := s.EndAttempts(t.Context(), []store.Claim{claims[0], claims[3]}, []store.End{lost, lost}); err != nil {
		t.Errorf("EndAttempts = %v; want nil", err)
	}
	leases, err = s.Leases(t.Context())
	if err != nil || len(leases) != 1 || leases[0].Fence != faster[0].Fence {
		t.Errorf("Leases = %+v, %v; want the one that another holds", leases, err)
	}
}

// Steps that begin and end stir nothing; an end of an attempt does, and so does a
// gap in the events.
func TestStirred(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state.db")
	s := open(t, options(path))
	if err := s.PutDefinition(t.Context(), "d1", forecast.Definition{Pipeline: "demand"}); err != nil {
		t.Fatal(err)
	}
	claim := begin(t, s, newAttempt(day(10), "g1"))
	want := func(after int64, want bool) int64 {
		t.Helper()
		stirred, last, err := s.Stirred(t.Context(), after)
		if err != nil || stirred != want {
			t.Errorf("Stirred(%d) = %t, %v; want %t", after, stirred, err, want)
		}
		return last
	}
	begun := want(0, true)
	want(begun, false)
	if err := s.StartTry(t.Context(), claim, store.Try{K: 1}); err != nil {
		t.Fatal(err)
	}
	if err := s.EndTry(t.Context(), claim, store.TryEnd{K: 1}); err != nil {
		t.Fatal(err)
	}
	stepped := want(begun, false)
	if stepped != begun+2 {
		t.Errorf("last event = %d; want the second after %d", stepped, begun)
	}
	if err := s.EndAttempt(t.Context(), claim, store.End{Status: forecast.Stopped}); err != nil {
		t.Fatal(err)
	}
	if want(stepped, true) != stepped+1 {
		t.Errorf("the end of the attempt is not the event after %d", stepped)
	}
	want(-1, true)
}

// A plan that is read again has the rows that changed, and leaves those alone that
// were handed out before.
func TestRefresh(t *testing.T) {
	t.Parallel()
	s := empty(t)
	p := forecast.Plan{ID: "p1", State: forecast.PlanActive}
	for n := range 3 {
		p.Rows = append(p.Rows, forecast.PlanRow{Date: day(10 + n), State: forecast.RowQueued})
	}
	if err := s.PutPlan(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	var view store.PlanView
	refresh := func() {
		t.Helper()
		if err := s.Refresh(t.Context(), "p1", &view); err != nil {
			t.Fatal(err)
		}
		want, err := s.Plan(t.Context(), "p1")
		if diff := cmp.Diff(want, view.Plan); err != nil || diff != "" {
			t.Errorf("Plan = %v, -Plan +Refresh:\n%s", err, diff)
		}
	}
	refresh()
	before := view.Rows
	if _, err := s.ChangePlan(t.Context(), "p1", func(p forecast.Plan) (forecast.Plan, error) {
		p.State, p.Rows[1].State, p.Rows[1].Outcome = forecast.PlanDraining, forecast.RowCancelled, "drained"
		return p, nil
	}); err != nil {
		t.Fatal(err)
	}
	refresh()
	if view.State != forecast.PlanDraining || view.Rows[1].Outcome != "drained" || before[1].State != forecast.RowQueued {
		t.Errorf("rows = %+v, before %+v; want the second changed in the new ones only", view.Rows, before)
	}
	if err := s.Refresh(t.Context(), "p2", &view); !errors.Is(err, forecast.ErrNotFound) {
		t.Errorf("Refresh of no plan = %v; want ErrNotFound", err)
	}
}

// Commits are noticed once, whoever makes them; reading is none.
func TestCommits(t *testing.T) {
	t.Parallel()
	s := empty(t)
	other := open(t, s.Options)
	commits, err := s.Commits(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := func(what string, want bool) {
		t.Helper()
		if got := commits.Any(t.Context()); got != want {
			t.Errorf("%s: Any = %t; want %t", what, got, want)
		}
	}
	want("at first", true)
	want("nothing", false)
	begin(t, s, newAttempt(day(10), "g1"))
	want("own commit", true)
	want("nothing since", false)
	begin(t, other, newAttempt(day(11), "g2"))
	want("commit of another", true)
	if _, err := s.Leases(t.Context()); err != nil {
		t.Fatal(err)
	}
	want("a look", false)
	if err := commits.Close(); err != nil {
		t.Fatal(err)
	}
	want("a call that can't tell", true)
}

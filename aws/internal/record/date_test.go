package record_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/aws/internal/bucket"
	"github.com/daybatch/daybatch/aws/internal/bucket/buckettest"
	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

var day = calendar.Of(2026, time.January, 15)

func attempt(n int, token string) record.Attempt {
	return record.Attempt{
		Execution: forecast.Execution{
			ID: naming.ExecutionID(day, n), Date: day, Attempt: n, Status: forecast.Executing, Actor: "aki", Plan: "rn-1",
		},
		Token: token,
	}
}

func generation(id string, n int) record.Generation {
	return record.Generation{Partition: forecast.Partition{Date: day, Generation: id, Attempt: n, Kind: forecast.GenerationOwn}}
}

// TestDateHistories takes, stops, publishes, ends and rolls back a date in random
// orders, by attempts that may be old ones, and checks what must hold.
func TestDateHistories(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var r record.Date
		r.Date = day
		now := time.Unix(0, 0).UTC()
		stopped := map[int]bool{}
		fences := map[int]int64{}
		built := 0
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Second)
			before, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			var next record.Date
			n := rapid.IntRange(1, len(r.Attempts)+1).Draw(t, "attempt")
			op := rapid.SampledFrom([]string{"take", "stop", "commit", "end", "rollback", "withdraw", "reopen", "fill"}).Draw(t, "op")
			published := len(r.Publications)
			switch op {
			case "take":
				a := attempt(n, "t"+strconv.Itoa(n))
				a.Staged = rapid.Bool().Draw(t, "staged")
				next, err = r.Take(a, "aki@host", now)
			case "stop":
				var answer forecast.StopAnswer
				next, answer, err = r.Stop("kei", now)
				if err == nil && !answer.TooLate {
					stopped[r.Claim.Attempt] = true
				}
			case "commit":
				built++
				next, err = r.Commit(n, fences[n], generation("g"+strconv.Itoa(built), n), now)
				if err == nil && stopped[n] && len(next.Publications) > published {
					t.Fatalf("a%d published after its stop was acknowledged", n)
				}
			case "end":
				next, err = r.End(n, forecast.Execution{Status: forecast.Failed, Attempt: n, Date: day, ID: naming.ExecutionID(day, n)})
			case "rollback":
				to, ok := r.Before()
				if !ok {
					continue
				}
				next, err = r.Replace(to, r.Current, record.KindRollback, "aki", now)
			case "withdraw":
				next, err = r.Replace("", r.Current, record.KindRollback, "aki", now)
			case "fill":
				built++
				g := generation("f"+strconv.Itoa(built), 0)
				g.Kind = forecast.GenerationFallback
				if next, err = r.Fill(g, r.Current, "aki", now); err == nil && r.Own() != "" {
					t.Fatalf("a fallback took the place of %s, which is the date's own", r.Own())
				}
			case "reopen":
				if next, err = r.Reopen(n, "aki@host", now); err == nil {
					stopped[n] = false
				}
			}
			if after, _ := json.Marshal(r); string(after) != string(before) {
				t.Fatalf("%s changed the record it was given:\n%s\n%s", op, before, after)
			}
			if err != nil {
				continue
			}
			r = next
			if r.Claim != nil {
				fences[r.Claim.Attempt] = r.Claim.Fence
			}
			check(t, r)
		}
	})
}

// check checks what must hold of any record.
func check(t *rapid.T, r record.Date) {
	current := ""
	for i, p := range r.Publications {
		if p.From != current {
			t.Fatalf("publication %d replaces %q; want %q: they are a chain", i, p.From, current)
		}
		current = p.To
	}
	if current != r.Current {
		t.Fatalf("%q is current, the last publication was of %q", r.Current, current)
	}
	open := 0
	for i, a := range r.Attempts {
		if a.Attempt != i+1 {
			t.Fatalf("attempt %d stands at %d", a.Attempt, i+1)
		}
		if a.Status.Open() {
			open++
			if r.Claim == nil || r.Claim.Attempt != i+1 || r.Claim.Fence != a.Fence {
				t.Fatalf("a%d is open and holds no date: %+v", i+1, r.Claim)
			}
		}
	}
	if open > 1 || open == 0 != (r.Claim == nil) {
		t.Fatalf("%d attempts are open, the claim is %+v", open, r.Claim)
	}
	if before, ok := r.Before(); ok && (before == r.Current || r.Generations[before] == nil) {
		t.Fatalf("the generation before %q is %q", r.Current, before)
	}
}

// TestRollbackGoesBack checks that rolling back again and again never comes to a
// generation that was rolled back from.
// TestRetried ends an attempt and takes it up again: what it has not done waits.
func TestRetried(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0).UTC()
	r, err := record.Date{Date: day}.Take(attempt(1, "t"), "aki@host", now)
	if err != nil {
		t.Fatal(err)
	}
	x := r.Last().Execution
	x.Status, x.Reason, x.Ended = forecast.Failed, forecast.Reason{Class: forecast.ReasonStep, Text: "disk"}, now.Add(time.Hour)
	x.Steps = []forecast.Step{
		{Name: forecast.Extract, Status: forecast.StepReused, ReusedFrom: "2026-01-15-a0", Ended: now},
		{Name: forecast.PreProc, Status: forecast.StepFailed, Tries: 2, Reason: x.Reason, Started: now, Ended: now},
		{Name: forecast.Train, Status: forecast.StepSkipped, Command: []string{"fit"}},
	}
	ended, err := r.End(1, x)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ended.Reopen(1, "kei@host", now.Add(2*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	a := again.Last()
	want := []forecast.Step{
		x.Steps[0],
		{Name: forecast.PreProc, Status: forecast.StepWaiting, Tries: 2},
		{Name: forecast.Train, Status: forecast.StepWaiting, Command: []string{"fit"}},
	}
	if diff := cmp.Diff(want, a.Steps); diff != "" || a.Status != forecast.Executing || !a.Ended.IsZero() || again.Claim == nil || again.Claim.Fence != a.Fence || a.Fence != 2 {
		t.Errorf("reopened, it is %s with fence %d, steps (-want +got): %s", a.Status, a.Fence, diff)
	}
	if ended.Last().Steps[1].Status != forecast.StepFailed {
		t.Error("Reopen changed the record that it was asked of")
	}
}

// TestRevise changes an attempt that waits to be started, and no other.
func TestRevise(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0).UTC()
	first := attempt(1, "t")
	first.StartStep, first.Source, first.Selected = forecast.Train, "run0", []string{"Train"}
	r, err := record.Date{Date: day}.Take(first, "aki@host", now)
	if err != nil {
		t.Fatal(err)
	}
	whole := first
	whole.StartStep, whole.Source, whole.Selected, whole.Token, whole.Fence = forecast.Extract, "", nil, "other", 9
	revised, err := r.Revise(whole)
	if err != nil {
		t.Fatal(err)
	}
	if a := revised.Last(); a.StartStep != forecast.Extract || a.Source != "" || a.Token != "t" || a.Fence != 1 {
		t.Errorf("revised, it is %+v; want the whole date with its token and fence", a)
	}
	started, err := r.Started(1, "arn:x/execution/run1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := started.Revise(whole); !errors.Is(err, record.ErrUnchanged) {
		t.Errorf("Revise of one that was started = %v; want ErrUnchanged", err)
	}
	second := whole
	second.Attempt = 2
	if _, err := r.Revise(second); !errors.Is(err, forecast.ErrNotFound) {
		t.Errorf("Revise of one that is not there = %v; want ErrNotFound", err)
	}
}

func TestRollbackGoesBack(t *testing.T) {
	t.Parallel()
	r := record.Date{Date: day}
	var err error
	for n := 1; n <= 3; n++ {
		r, err = r.Take(attempt(n, "t"), "aki@host", time.Time{})
		if err == nil {
			r, err = r.Commit(n, r.Fence, generation("g"+strconv.Itoa(n), n), time.Unix(int64(n), 0))
		}
		if err == nil {
			r, err = r.End(n, forecast.Execution{Status: forecast.Succeeded})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"g2", "g1"} {
		got, ok := r.Before()
		if !ok || got != want {
			t.Fatalf("before %s is %q, %t; want %s", r.Current, got, ok, want)
		}
		if r, err = r.Replace(got, r.Current, record.KindRollback, "aki", time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	if got, ok := r.Before(); ok {
		t.Errorf("before g1 is %q; want nothing", got)
	}
}

func documents(api bucket.API) *record.Documents[record.Date] {
	var mu sync.Mutex
	n := 0
	return &record.Documents[record.Date]{
		Bucket: bucket.Bucket{API: api, Name: "b", Prefix: "p/"}, Prefix: naming.Dates,
		Pause: func(ctx context.Context, _ int) error { return ctx.Err() },
		NewID: func() string {
			mu.Lock()
			defer mu.Unlock()
			n++
			return fmt.Sprintf("%p-%d", &n, n)
		},
	}
}

// TestOneTakes lets many take a date at once: one does.
func TestOneTakes(t *testing.T) {
	t.Parallel()
	store := &buckettest.S3{}
	const operators = 8
	for round := range 20 {
		name := (day + calendar.Date(round)).String()
		var group sync.WaitGroup
		results := make([]error, operators)
		for i := range operators {
			group.Go(func() {
				_, results[i] = documents(store).Change(t.Context(), name, func(r record.Date) (record.Date, error) {
					return r.Take(attempt(1, "t"+strconv.Itoa(i)), "op"+strconv.Itoa(i), time.Time{})
				})
			})
		}
		group.Wait()
		taken := 0
		for i, err := range results {
			var held *forecast.HeldError
			switch {
			case err == nil:
				taken++
			case !errors.As(err, &held):
				t.Errorf("operator %d: %v; want that it is held", i, err)
			}
		}
		if taken != 1 {
			t.Errorf("round %d: %d took the date; want 1", round, taken)
		}
	}
}

// TestLostReplies loses the request or the reply of each call of a change, and
// checks that it is done once.
func TestLostReplies(t *testing.T) {
	t.Parallel()
	for k := 1; k <= 4; k++ {
		for _, after := range []bool{false, true} {
			store := &buckettest.S3{}
			lost := &smithy.GenericAPIError{Code: "ServiceUnavailable", Fault: smithy.FaultServer}
			store.Fault = func(call buckettest.Call) buckettest.Fault {
				switch {
				case call.N != k:
					return buckettest.Fault{}
				case after:
					return buckettest.Fault{After: lost}
				default:
					return buckettest.Fault{Before: lost}
				}
			}
			docs := documents(store)
			for n := 1; n <= 2; n++ {
				_, err := docs.Change(t.Context(), day.String(), func(r record.Date) (record.Date, error) {
					r.Date = day
					if r.Last().Status.Open() {
						return r.End(r.Last().Attempt, forecast.Execution{Status: forecast.Failed, Attempt: 1})
					}
					return r.Take(attempt(1, "t"), "aki@host", time.Time{})
				})
				if err != nil && !errors.Is(err, forecast.ErrUnavailable) {
					t.Errorf("call %d lost (after %t): change %d = %v; want nil, or that it is unavailable", k, after, n, err)
				}
			}
			r, err := docs.Load(t.Context(), day.String())
			if err != nil || len(r.Attempts) != 1 {
				t.Errorf("call %d lost (after %t): %d attempts, %v; want one", k, after, len(r.Attempts), err)
			}
		}
	}
}

// TestLostReplyThenAnother loses the reply of a change, on which another builds
// before its writer looks again: it was done, and is not done twice.
func TestLostReplyThenAnother(t *testing.T) {
	t.Parallel()
	store := &buckettest.S3{}
	mine, other := documents(store), documents(store)
	take := func(docs *record.Documents[record.Date], actor string) error {
		_, err := docs.Change(t.Context(), day.String(), func(r record.Date) (record.Date, error) {
			if r.Claim != nil {
				return r, forecast.ErrConflict
			}
			return r.Take(attempt(1, "t"), actor, time.Time{})
		})
		return err
	}
	var once sync.Once
	mine.Pause = func(ctx context.Context, _ int) error {
		var err error
		once.Do(func() {
			_, err = other.Change(ctx, day.String(), func(r record.Date) (record.Date, error) {
				next, _, err := r.Stop("kei", time.Time{})
				return next, err
			})
		})
		return err
	}
	store.Fault = func(call buckettest.Call) buckettest.Fault {
		if call.Write == 1 {
			return buckettest.Fault{After: &smithy.GenericAPIError{Code: "ServiceUnavailable", Fault: smithy.FaultServer}}
		}
		return buckettest.Fault{}
	}
	if err := take(mine, "aki"); err != nil {
		t.Errorf("the change whose reply was lost = %v; want nil", err)
	}
	if err := take(mine, "aki"); !errors.Is(err, forecast.ErrConflict) {
		t.Errorf("another change = %v; want that it is refused", err)
	}
}

// TestListReadsWhatChanged checks that a second listing reads changed documents
// alone.
func TestListReadsWhatChanged(t *testing.T) {
	t.Parallel()
	store := &buckettest.S3{}
	docs := documents(store)
	take := func(docs *record.Documents[record.Date], d calendar.Date) {
		t.Helper()
		_, err := docs.Change(t.Context(), d.String(), func(r record.Date) (record.Date, error) {
			r.Date = d
			a := attempt(1, "t")
			a.Date = d
			return r.Take(a, "aki@host", time.Time{})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := range 30 {
		take(documents(store), day+calendar.Date(i))
	}
	found, err := docs.List(t.Context(), (day + 2).String(), (day + 9).String())
	if err != nil || len(found) != 8 {
		t.Fatalf("List = %d, %v; want 8 documents", len(found), err)
	}
	names := slices.Sorted(maps.Keys(found))
	if names[0] != (day+2).String() || names[7] != (day+9).String() {
		t.Errorf("List = %v; want both bounds", names)
	}
	for want := range 2 {
		if want == 1 {
			take(documents(store), day+40)
		}
		calls := store.Calls()
		if found, err = docs.List(t.Context(), (day + 2).String(), ""); err != nil || len(found) != 28+want {
			t.Fatalf("List = %d, %v; want %d documents", len(found), err, 28+want)
		}
		if read := store.Calls() - calls - 1; want == 1 && read != 1 {
			t.Errorf("the listing read %d documents; want the new one", read)
		}
	}
}

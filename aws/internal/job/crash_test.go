package job_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/daybatch/daybatch/aws/internal/bucket/buckettest"
	"github.com/daybatch/daybatch/forecast"
)

// Every write of a job is numbered, those to the bucket and those to the
// catalogue. For each number a job is killed there, before the write or after it,
// whose reply is then lost; what must hold is checked, and the job is started
// again.

// errDead is what every call of a job that was killed ends with.
var errDead = errors.New("the job was killed")

// killer kills a job at a write.
type killer struct {
	mu    sync.Mutex
	n, at int // writes so far; the one to be killed at, 0: none
	after bool
	dead  bool
}

// next returns the errors of a call, before and after it is carried out.
func (k *killer) next(writes int) (before, after error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.dead {
		return errDead, nil
	}
	k.n += writes
	if writes == 0 || k.n != k.at {
		return nil, nil
	}
	k.dead = true
	if k.after {
		return nil, errDead
	}
	return errDead, nil
}

// install makes a world's calls die by the killer.
func (k *killer) install(w *world) {
	w.s3.Fault = func(c buckettest.Call) buckettest.Fault {
		before, after := k.next(min(c.Write, 1))
		return buckettest.Fault{Before: before, After: after}
	}
	w.table.fault = func(int) error {
		before, after := k.next(1)
		return errors.Join(before, after) // a lost reply is repeated like a lost request
	}
}

func (w *world) heal() { w.s3.Fault, w.table.fault = nil, nil }

// settled checks a date whose job went to its end.
func (w *world) settled(what string) {
	w.t.Helper()
	w.heal()
	if err := w.check(day()); err != nil {
		w.t.Errorf("%s: %v", what, err)
	}
	r := w.record(day())
	if len(r.Attempts) != 1 || r.Last().Status != forecast.Succeeded || len(r.Publications) != 1 || r.Claim != nil {
		w.t.Errorf("%s: %d attempts, the last %s, %d publications; want one that succeeded", what, len(r.Attempts), r.Last().Status, len(r.Publications))
	}
	if r.Current == "" || w.table.at[day()] != r.Generations[r.Current].Path {
		w.t.Errorf("%s: the catalogue says %q, the record %q", what, w.table.at[day()], r.Current)
	}
	for _, s := range r.Last().Steps {
		if s.Status != forecast.StepSucceeded {
			w.t.Errorf("%s: step %s is %s", what, s.Name, s.Status)
		}
	}
}

func TestCrashes(t *testing.T) {
	t.Parallel()
	count := &killer{}
	w := newWorld(t, t.TempDir())
	count.install(w)
	if err := w.run(t.Context(), w.config("run1")); err != nil {
		t.Fatalf("Run = %v", err)
	}
	w.settled("nothing killed")
	if count.n < 20 {
		t.Fatalf("%d writes; want dozens: are they numbered?", count.n)
	}
	for k := 1; k <= count.n; k++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d/%t", k, after), func(t *testing.T) {
				t.Parallel()
				crash(t, k, after)
			})
		}
	}
}

// crash kills a job at its k-th write, the one after it at another, and lets a
// third go to its end.
func crash(t *testing.T, k int, after bool) {
	t.Helper()
	w := newWorld(t, t.TempDir())
	config := w.config("run1")
	killed := &killer{at: k, after: after}
	killed.install(w)
	err := w.run(context.Background(), config)
	w.heal()
	if !killed.dead {
		t.Fatalf("it was not killed, and ended with %v", err)
	}
	if err := w.check(day()); err != nil {
		t.Errorf("after the kill: %v", err)
	}
	second := &killer{at: 1 + k*7%11, after: !after}
	second.install(w)
	_ = w.run(context.Background(), config)
	w.heal()
	if err := w.check(day()); err != nil {
		t.Errorf("after the second kill: %v", err)
	}
	if err := w.run(context.Background(), config); err != nil {
		t.Errorf("Run = %v\n%s", err, w.log.String())
	}
	w.settled("killed twice")
}

// A stop that was answered holds whatever was killed before it, and whatever is
// started after it.
func TestCrashThenStop(t *testing.T) {
	t.Parallel()
	for k := 2; k < 40; k++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d/%t", k, after), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, t.TempDir())
				killed := &killer{at: k, after: after}
				killed.install(w)
				_ = w.run(context.Background(), w.config("run1"))
				w.heal()
				if w.record(day()).Claim == nil { // it had ended
					return
				}
				answer := w.stop()
				_ = w.run(context.Background(), w.config("run1"))
				r := w.record(day())
				published := len(r.Publications) > 0
				if answer.TooLate != published || r.Claim != nil {
					t.Errorf("the stop was answered with %+v, then %d publications; claim %+v", answer, len(r.Publications), r.Claim)
				}
				if err := w.check(day()); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// A reply that is lost once, or a service that is away for a moment, is no reason
// for a job to fail: only a lost output costs a try.
func TestLostReplies(t *testing.T) {
	t.Parallel()
	for k := 1; k < 32; k++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d/%t", k, after), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, t.TempDir())
				w.s3.Fault = func(c buckettest.Call) buckettest.Fault {
					err := fmt.Errorf("timeout: %w", forecast.ErrUnavailable)
					switch {
					case c.Write != k:
						return buckettest.Fault{}
					case after:
						return buckettest.Fault{After: err}
					default:
						return buckettest.Fault{Before: err}
					}
				}
				if err := w.run(context.Background(), w.config("run1")); err != nil {
					// A step without retries may fail by it, and is retried as a whole.
					if r := w.record(day()); r.Last().Reason.Class != forecast.ReasonInfrastructure {
						t.Errorf("Run = %v, ended as %+v", err, r.Last().Reason)
					}
					w.heal()
					if err := w.run(context.Background(), w.config("run1")); err != nil {
						t.Errorf("again = %v", err)
					}
				}
				w.settled("a write was lost")
			})
		}
	}
}

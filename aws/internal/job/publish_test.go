package job_test

import (
	"context"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/aws/internal/bucket/buckettest"
	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/step"
)

func (w *world) stop() forecast.StopAnswer {
	w.t.Helper()
	var answer forecast.StopAnswer
	w.change(day(), func(d record.Date) (record.Date, error) {
		stopped, a, err := d.Stop("yuki", w.clock())
		answer = a
		return stopped, err
	})
	return answer
}

func TestStop(t *testing.T) {
	t.Parallel()
	for _, during := range forecast.StepNames() {
		for _, signal := range []string{"mark", "mark and signal", "signal"} {
			t.Run(string(during)+" "+signal, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, t.TempDir())
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				w.script = func(_ context.Context, spec step.Spec, _ string) (step.Exit, bool) {
					if spec.Step == during {
						if signal != "signal" {
							w.stop() //nolint:contextcheck // an operator's own
						}
						if signal != "mark" {
							cancel(step.ErrStopped)
						}
					}
					return step.Exit{}, false
				}
				if err := w.run(ctx, w.config("run1")); err == nil {
					t.Error("Run = nil; want why it ended")
				}
				r := w.record(day())
				status, class := forecast.Stopped, forecast.ReasonStopped
				if signal == "signal" {
					status, class = forecast.Failed, forecast.ReasonLost
				}
				if a := r.Last(); a.Status != status || a.Reason.Class != class || r.Current != "" || r.Claim != nil || len(w.table.at) != 0 {
					t.Errorf("ended as %s %+v, published %q; want %s", a.Status, a.Reason, r.Current, status)
				}
				if err := w.check(day()); err != nil {
					t.Error(err)
				}
				// One that was stopped does not begin again by itself.
				w.script = nil
				err := w.run(t.Context(), w.config("run1"))
				if (err == nil) != (signal == "signal") {
					t.Errorf("again = %v", err)
				}
			})
		}
	}
}

func TestStaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	config := w.config("run1")
	config.Staged = true
	if err := w.run(t.Context(), config); err != nil {
		t.Fatalf("Run = %v", err)
	}
	r := w.record(day())
	if a := r.Last(); a.Status != forecast.Succeeded || a.Generation == "" || r.Generations[a.Generation] == nil || r.Current != "" || w.table.calls != 0 {
		t.Errorf("record = %+v; want a generation that is not published", r)
	}
}

func TestDashboard(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	w.refusal = forecast.ErrUnavailable // the date is published all the same
	if err := w.run(t.Context(), w.config("run1")); err != nil || len(w.refreshed) != 1 || w.refreshed[0] != "daybatch-2026-01-15-run1" {
		t.Errorf("Run = %v, refreshed %q", err, w.refreshed)
	}
	// A plan refreshes at its end, and a date that failed shows nothing new.
	w.refreshed = nil
	w.change(day()+1, func(d record.Date) (record.Date, error) {
		return d.Take(record.Attempt{Execution: forecast.Execution{
			ID: "2026-01-16-a1", Date: day() + 1, Attempt: 1, Status: forecast.Executing, Plan: "p1",
		}}, "aki@forge", w.clock())
	})
	config := w.config("run2")
	config.Date, config.Attempt = day()+1, 1
	if err := w.run(t.Context(), config); err != nil || len(w.refreshed) != 0 {
		t.Errorf("Run = %v, refreshed %q; want none", err, w.refreshed)
	}
	w.script = failing(forecast.Extract, forecast.ReasonData, 1)
	config.Date, config.Attempt, config.ARN = day()+2, 0, arnPrefix+"run3"
	if err := w.run(t.Context(), config); err == nil || len(w.refreshed) != 0 {
		t.Errorf("Run = %v, refreshed %q; want none", err, w.refreshed)
	}
}

// A staged attempt that was stopped after its commit is Stopped all the same:
// what it built is not for readers yet.
func TestStagedAndStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	w.s3.Fault = func(c buckettest.Call) buckettest.Fault {
		if c.IfThen && len(w.s3.Keys("p/generations/")) > 0 {
			w.s3.Fault = nil // right after the commit
			defer func() { w.s3.Fault = stopOnce(w) }()
		}
		return buckettest.Fault{}
	}
	config := w.config("run1")
	config.Staged = true
	if err := w.run(t.Context(), config); err == nil {
		t.Error("Run = nil; want that it was stopped")
	}
	if a := w.record(day()).Last(); a.Status != forecast.Stopped {
		t.Errorf("ended as %s %+v", a.Status, a.Reason)
	}
}

// stopOnce stops the date at the next call.
func stopOnce(w *world) func(buckettest.Call) buckettest.Fault {
	return func(buckettest.Call) buckettest.Fault {
		w.s3.Fault = nil
		w.stop()
		return buckettest.Fault{}
	}
}

func TestCatalogueFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	w.table.fault = func(call int) error {
		if call <= 2 {
			return forecast.ErrUnavailable
		}
		return nil
	}
	if err := w.run(t.Context(), w.config("run1")); err != nil || len(w.table.at) != 1 {
		t.Errorf("Run = %v; want the catalogue told in the end", err)
	}
	w.table.fault = func(int) error { return forecast.ErrUnauthorised }
	config := w.config("run2")
	config.Scheduled = config.Scheduled.AddDate(0, 0, 1)
	if err := w.run(t.Context(), config); err == nil || !strings.Contains(err.Error(), "it is published") {
		t.Errorf("Run = %v; want that it is published but not in the catalogue", err)
	}
	if r := w.record(day() + 1); r.Current == "" || r.Last().Status != forecast.Succeeded {
		t.Errorf("record = %+v; want the attempt to have succeeded", r)
	}
}

// While the catalogue is told, an operator rolls back: it ends up with what the
// record says.
func TestRecordMovesWhileTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	if err := w.run(t.Context(), w.config("run1")); err != nil {
		t.Fatalf("Run = %v", err)
	}
	first := w.record(day()).Current
	w.take(day(), 2)
	moved := false
	w.table.fault = func(int) error {
		if moved {
			return nil
		}
		moved = true
		// As if another had ended the attempt and rolled back.
		w.change(day(), func(d record.Date) (record.Date, error) { return d.End(2, d.Last().Execution) })
		w.change(day(), func(d record.Date) (record.Date, error) {
			return d.Replace(first, d.Current, record.KindRollback, "aki", w.clock())
		})
		return nil
	}
	config := w.config("run2")
	config.Date, config.Attempt = day(), 2
	if err := w.run(t.Context(), config); err != nil {
		t.Errorf("Run = %v", err)
	}
	if got := w.table.at[day()]; !strings.Contains(got, first) {
		t.Errorf("the catalogue says %s; want generation %s", got, first)
	}
}

// The reply to the commit is lost, and for a moment the record can't be read:
// nobody knows whether it is published until the end is written.
func TestCommitInDoubt(t *testing.T) {
	t.Parallel()
	for name, retries := range map[string]int{"no try is left": 0, "tried again": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, t.TempDir())
			d := definition()
			d.Steps = map[forecast.StepName]forecast.StepOptions{forecast.PostProc: {Retries: retries}}
			w.put(d)
			changes, doubt := 0, false
			w.s3.Fault = func(c buckettest.Call) buckettest.Fault {
				switch {
				case c.IfThen:
					if changes++; changes == 2 { // the first one takes the date
						doubt = true
						return buckettest.Fault{After: forecast.ErrUnavailable}
					}
				case doubt && c.Key == "p/"+naming.DateKey(day()):
					doubt = false
					return buckettest.Fault{Before: forecast.ErrUnavailable}
				}
				return buckettest.Fault{}
			}
			if err := w.run(t.Context(), w.config("run1")); err != nil || changes < 3 || doubt {
				t.Errorf("Run = %v after %d changes", err, changes)
			}
			w.s3.Fault = nil
			r := w.record(day())
			if a := r.Last(); a.Status != forecast.Succeeded || a.Steps[5].Status != forecast.StepSucceeded || len(r.Publications) != 1 || len(w.table.at) != 1 || !strings.Contains(w.table.at[day()], r.Current) {
				t.Errorf("record = %+v, the catalogue says %v; want one publication that both know", r, w.table.at)
			}
			if err := w.check(day()); err != nil {
				t.Error(err)
			}
		})
	}
}

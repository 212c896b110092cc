package aws_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// Every call of an engine that changes something is numbered. For each number an
// engine dies there, in the middle of all that an operator may do, once before
// and once after the account has done what was asked for; another engine then
// goes on, and what must hold is checked. Jobs live on. Some of the numbers are
// tried unless the flag -everycall is given.

// crashStride shares no factor with the number of calls that a date takes.
const crashStride = 13

// Dates of the scenario.
const (
	crashRun     = iota // a run, run again whole, and rolled back
	crashFailed         // fails at Train, and is rerun from there
	crashStopped        // hangs at Predict, and is stopped
	crashStaged         // two dates of a staged plan
)

func crashDay(i int) calendar.Date { return calendar.Of(2026, time.January, 10) + calendar.Date(i) }

// The engine that dies has a login of its own: kei's.
const (
	dyingProfile = "kei"
	dyingCaller  = "arn:aws:iam::123456789012:user/kei"
)

// crash is an account with an engine that dies in it.
type crash struct {
	*account

	n atomic.Int64 // calls of the engine that changed something
}

func newCrash(t *testing.T) *crash {
	t.Helper()
	def := enginetest.Definition()
	def.Limits.Keep = 1
	script := enginetest.Script{
		crashDay(crashFailed):  {forecast.Train: {enginetest.Fails("flaky"), {}}},
		crashDay(crashStopped): {forecast.Predict: {enginetest.Hangs()}},
	}
	return &crash{account: newAccount(t, def, script, accountOptions{speed: 50})}
}

// dieAt does the scenario with an engine that dies at its k-th call that changes
// something; with k = 0 it does all of it. It returns how many calls there were.
func (c *crash) dieAt(t *testing.T, k int, after bool) int {
	t.Helper()
	ctx, die := context.WithCancel(t.Context())
	defer die()
	c.n.Store(0)
	var dead atomic.Bool
	mine := func(r awssim.Request) bool { return r.Caller == dyingCaller }
	last := c.sim.Inject(awssim.Fault{
		Operation: "*.*",
		Of: func(r awssim.Request) bool {
			return mine(r) && changes(path.Base(r.Operation)) && int(c.n.Add(1)) == k
		},
		When: func(int, time.Time) bool {
			dead.Store(true)
			die()
			return true
		},
		Effect: awssim.Effect{DropReply: after, DropRequest: !after},
	})
	defer last()
	// What the dead still ask for is not done. The fault above comes first, and
	// decides about the last call.
	silent := c.sim.Inject(awssim.Fault{
		Operation: "*.*", Of: func(r awssim.Request) bool { return mine(r) && dead.Load() },
		Effect: awssim.Effect{Code: "ExpiredToken", Message: "The engine is dead."},
	})
	defer silent()
	e := c.open(t, func(o *aws.Options) {
		o.Settings.Profile, o.Actor, o.Jitter = dyingProfile, "kei", func() float64 { return 0 }
		if k > 0 {
			o.Log = nil
		}
	})
	err := c.scenario(ctx, e)
	if k == 0 {
		must(t, err)
	} else if err == nil && !dead.Load() {
		t.Logf("there was no call %d", k)
	}
	return int(c.n.Load())
}

// changes reports whether an operation changes something.
func changes(operation string) bool {
	_, name, _ := strings.Cut(operation, ".")
	for _, verb := range []string{"Put", "Delete", "Start", "Stop", "Create", "Update", "Retry"} {
		if strings.HasPrefix(name, verb) {
			return name != "StartQueryExecution"
		}
	}
	return false
}

// scenario does what an operator may do. It is written so that it can be done
// again from the beginning by whoever finds it half done.
func (c *crash) scenario(ctx context.Context, e *aws.Engine) error {
	run := func(kind forecast.PlanKind, start forecast.StartFrom, dates ...calendar.Date) error {
		return c.request(ctx, e, forecast.PlanRequest{Kind: kind, Start: start, Dates: dates})
	}
	for _, do := range []func() error{
		func() error { return c.finish(ctx, e) },
		func() error { return run(forecast.PlanRun, forecast.StartWhole, crashDay(crashRun)) },
		func() error { return run(forecast.PlanRerun, forecast.StartWhole, crashDay(crashRun)) },
		func() error {
			_, err := e.Rollback(ctx, forecast.RollbackRequest{Date: crashDay(crashRun), Actor: "aki"})
			if errors.Is(err, forecast.ErrNotFound) {
				return nil // it was rolled back to the last one
			}
			return err
		},
		func() error { return run(forecast.PlanRun, forecast.StartWhole, crashDay(crashFailed)) },
		func() error { return run(forecast.PlanRerun, forecast.StartFailedStep, crashDay(crashFailed)) },
		func() error { return c.stopped(ctx, e) },
		func() error {
			return c.request(ctx, e, forecast.PlanRequest{
				Kind: forecast.PlanBackfill, Mode: forecast.ModeAll, Publish: forecast.PublishStaged,
				Range: calendar.Range{From: crashDay(crashStaged), To: crashDay(crashStaged) + 1},
			})
		},
		func() error { return c.finish(ctx, e) },
	} {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

func (c *crash) request(ctx context.Context, e *aws.Engine, r forecast.PlanRequest) error {
	r.Actor, r.Cause = "aki", forecast.CauseManual
	p, err := e.Plan(ctx, r)
	if err == nil {
		_, err = e.Apply(ctx, p.ID)
	}
	if err == nil {
		err = e.Drive(ctx, p.ID)
	}
	return err
}

// stopped runs the date that hangs, and stops it.
func (c *crash) stopped(ctx context.Context, e *aws.Engine) error {
	d := crashDay(crashStopped)
	driven := make(chan error, 1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		driven <- c.request(ctx, e, forecast.PlanRequest{Kind: forecast.PlanRerun, Dates: []calendar.Date{d}})
	}()
	if err := c.stop(ctx, e); err != nil {
		cancel()
		return errors.Join(err, <-driven)
	}
	return <-driven
}

// stop stops the date that hangs once an attempt of it is open.
func (c *crash) stop(ctx context.Context, e *aws.Engine) error {
	for {
		_, err := e.Stop(ctx, crashDay(crashStopped), "aki")
		if !errors.Is(err, forecast.ErrNotFound) {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// finish carries every plan to its end: staged ones are published and taken
// back, and the date that hangs is stopped.
func (c *crash) finish(ctx context.Context, e *aws.Engine) error {
	for {
		plans, err := e.Plans(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(plans, func(p forecast.Plan) bool { return p.State != forecast.PlanEnded })
		if i < 0 {
			if i = slices.IndexFunc(plans, rollable); i < 0 {
				return nil
			}
			if _, err := e.Control(ctx, plans[i].ID, forecast.VerbRollback, "aki"); err != nil {
				return err
			}
		}
		p := plans[i]
		if p.State == forecast.PlanReview {
			if _, err := e.Control(ctx, p.ID, forecast.VerbPublish, "aki"); err != nil {
				return err
			}
		}
		if err := c.drive(ctx, e, p); err != nil {
			return err
		}
	}
}

func rollable(p forecast.Plan) bool {
	return p.Request.Publish == forecast.PublishStaged && slices.ContainsFunc(p.Rows, func(r forecast.PlanRow) bool {
		return r.State == forecast.RowSucceeded && r.Generation != ""
	})
}

// drive drives a plan. That of the date that hangs is driven while it is stopped.
func (c *crash) drive(ctx context.Context, e *aws.Engine, p forecast.Plan) error {
	if _, hangs := p.Row(crashDay(crashStopped)); !hangs {
		return e.Drive(ctx, p.ID)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	driven := make(chan error, 1)
	go func() {
		driven <- e.Drive(ctx, p.ID)
		cancel() // nothing is left to stop
	}()
	err := c.stop(ctx, e)
	if ctx.Err() != nil {
		err = nil
	}
	return errors.Join(err, <-driven)
}

// check checks what must hold after all is done, whoever died.
func (c *crash) check(t *testing.T, e *aws.Engine) {
	t.Helper()
	records := recordsOf(t, c.account)
	var names map[string]int
	await(t, "all executions to end", func() (open int, _ error) { // which is after their records have
		names = map[string]int{}
		for _, x := range c.sim.Executions(c.def.Pipeline) {
			names[x.Name]++
			if x.Status == "Executing" || x.Status == "Stopping" {
				open++
			}
		}
		return open, nil
	}, func(open int) bool { return open == 0 })
	for _, r := range records {
		checkRecord(t, r)
		for _, a := range r.Attempts {
			if names[a.Carrier] != 1 {
				t.Errorf("attempt %s has %d executions; want one", a.ID, names[a.Carrier])
			}
			delete(names, a.Carrier)
		}
	}
	for name := range names {
		t.Errorf("execution %s is no attempt's", name)
	}
	found, err := e.Examine(t.Context())
	must(t, err)
	for _, f := range found {
		if f.Severity != forecast.SeverityNote {
			t.Errorf("%s %s %s", f.Kind, f.Date, f.Text)
		}
	}
	days, err := e.Days(t.Context(), forecast.DayQuery{Range: calendar.Range{From: crashDay(0), To: crashDay(crashStaged) + 1}})
	must(t, err)
	for i, want := range []forecast.DayState{
		forecast.DaySucceeded, forecast.DaySucceeded, forecast.DayStopped, forecast.DayMissing, forecast.DayMissing,
	} {
		if day := days[len(days)-1-i]; day.State != want {
			t.Errorf("day %s = %s %q; want %s", day.Date, day.State, day.Reason.Text, want)
		}
	}
}

// recordsOf reads the records of all dates of an account.
func recordsOf(t *testing.T, a *account) map[string]record.Date {
	t.Helper()
	keys, err := a.sim.Objects("bucket", a.settings.Prefix+"/state/dates/")
	must(t, err)
	records := make(map[string]record.Date)
	for _, key := range keys {
		text, err := a.sim.Object("bucket", key)
		must(t, err)
		var stored struct{ Body record.Date }
		must(t, json.Unmarshal(text, &stored))
		records[path.Base(key)] = stored.Body
	}
	return records
}

// checkRecord checks that attempts follow each other and have ended, and that
// publications form a chain of whole generations.
func checkRecord(t *testing.T, r record.Date) {
	t.Helper()
	if r.Claim != nil {
		t.Errorf("%s is held by a%d still", r.Date, r.Claim.Attempt)
	}
	arns := map[string]bool{}
	for i, a := range r.Attempts {
		if a.Attempt != i+1 || a.Status.Open() || a.Ended.IsZero() || arns[a.ARN] {
			t.Errorf("%s: attempt %d is a%d, %s, ended %s, execution %s", r.Date, i+1, a.Attempt, a.Status, a.Ended, a.ARN)
		}
		arns[a.ARN] = true
	}
	current := ""
	for _, p := range r.Publications {
		if p.From != current || p.To != "" && r.Generations[p.To] == nil {
			t.Errorf("%s: publication from %q to %q after %q, of %v", r.Date, p.From, p.To, current, slices.Collect(maps.Keys(r.Generations)))
		}
		current = p.To
	}
	if r.Current != current {
		t.Errorf("%s: %q is current; the last publication made it %q", r.Date, r.Current, current)
	}
}

// recoverAll does the scenario with an engine that lives, and whose clock says
// that the dead one's leases have run out.
func (c *crash) recoverAll(t *testing.T) *aws.Engine {
	t.Helper()
	e := c.open(t, func(o *aws.Options) {
		o.Now = func() time.Time { return c.sim.Now().Add(5 * time.Minute) }
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := c.scenario(ctx, e); err != nil {
		t.Fatalf("the engine that goes on: %v", err)
	}
	return e
}

// TestCrashes lets engines die at their numbered calls, and at calls of the
// recovery.
func TestCrashes(t *testing.T) {
	t.Parallel()
	whole := newCrash(t)
	calls := whole.dieAt(t, 0, false)
	whole.check(t, whole.open(t, nil))
	if calls < 60 {
		t.Fatalf("the scenario has %d calls that change something; want more: are they numbered?", calls)
	}
	stride := crashStride
	if *everyCall {
		stride = 1
	}
	t.Logf("%d calls, every %d-th is tried", calls, stride)
	for k := 1; k <= calls; k += stride {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d/%s", k, map[bool]string{false: "before", true: "after"}[after]), func(t *testing.T) {
				t.Parallel()
				c := newCrash(t)
				c.dieAt(t, k, after)
				if *everyCall || k%3 == 0 {
					c.dieAt(t, 1+k*7%40, !after) // while it recovers
				}
				c.check(t, c.recoverAll(t))
			})
		}
	}
}

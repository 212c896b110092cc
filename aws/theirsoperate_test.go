package aws_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// TestTheirStop stops what somebody else started, and says what that does not do.
func TestTheirStop(t *testing.T) {
	t.Parallel()
	a := newTheirAccount(t, theirOptions{})
	a.plan("Train", awssim.Play{Duration: 24 * time.Hour})
	e := a.open(t, nil)
	d := day(18)
	a.begin(t, "by-hand", map[string]string{"ProcessDate": "2026-01-18"})
	dayOf(t, e, d, forecast.DayRunning)
	answer, err := e.Stop(t.Context(), d, "aki")
	must(t, err)
	if answer.Execution != "2026-01-18-a1" || !strings.Contains(answer.Note, "what its steps have published already stays") {
		t.Errorf("answer = %+v; want a1, and that what is published stays", answer)
	}
	got := dayOf(t, e, d, forecast.DayStopped)
	if !strings.Contains(got.Reason.Text, "stopped") || got.Last.Reason.Text != "stopped by aki" {
		t.Errorf("day = %+v; want that aki stopped it", got)
	}
	if _, err := e.Stop(t.Context(), d, "aki"); !errors.Is(err, forecast.ErrNotFound) {
		t.Errorf("a second stop: %v; want that nothing is open", err)
	}
	a.plan("Train", awssim.Play{})
	p, err := carry(t.Context(), e, ofDates(forecast.PlanRerun, forecast.StartFailedStep, d))
	must(t, err)
	if row := p.Rows[0]; row.State != forecast.RowSucceeded || row.Execution != "2026-01-18-a2" ||
		!strings.Contains(row.Reason, "fresh execution of all steps with ProcessDate=2026-01-18, as a1 was stopped, and SageMaker takes nothing over from it") {
		t.Errorf("row = %+v; want a fresh second attempt", row)
	}
}

// TestTheirOldRetry reruns dates that failed days ago, and are in no list that is read
// at each look: what becomes of them, well or again badly, is seen as it is.
func TestTheirOldRetry(t *testing.T) {
	t.Parallel()
	begun := time.Date(2026, time.January, 12, 5, 0, 0, 0, time.UTC)
	a := newTheirAccount(t, theirOptions{start: begun, speed: 200_000})
	a.plan("Train", awssim.Play{Exit: awssim.Exit{Code: 1, Message: "too few rows"}})
	e := a.open(t, func(o *aws.Options) { o.Wall = time.Now }) //nolint:forbidigo // people's time does not fly
	for _, d := range []calendar.Date{day(10), day(11)} {
		a.begin(t, "", map[string]string{"ProcessDate": d.String()})
		dayOf(t, e, d, forecast.DayFailed)
	}
	await(t, "five days later", func() (time.Time, error) { return a.sim.Now(), nil }, func(now time.Time) bool { return now.Sub(begun) > 5*24*time.Hour })
	for _, tt := range []struct {
		date  calendar.Date
		train awssim.Play
		want  forecast.RowState
		why   string
	}{
		{day(10), awssim.Play{}, forecast.RowSucceeded, ""},
		{day(11), awssim.Play{Exit: awssim.Exit{Code: 2, Message: "no memory"}}, forecast.RowFailed, "no memory"},
	} {
		_, err := e.Days(t.Context(), forecast.DayQuery{Range: calendar.Range{From: tt.date, To: tt.date}})
		must(t, err)
		a.plan("Train", tt.train)
		p, err := carry(t.Context(), e, ofDates(forecast.PlanRerun, forecast.StartFailedStep, tt.date))
		must(t, err)
		x, err := e.Execution(t.Context(), forecast.ExecutionID(tt.date.String()+"-a1"))
		must(t, err)
		if row := p.Rows[0]; row.State != tt.want || !strings.Contains(x.Reason.Text, tt.why) || x.Status.Open() || x.Steps[1].Tries == 0 {
			t.Errorf("%s: row %+v, attempt %+v; want it %s, %q", tt.date, row, x, tt.want, tt.why)
		}
		days, err := e.Days(t.Context(), forecast.DayQuery{Range: calendar.Range{From: tt.date, To: tt.date}})
		must(t, err)
		if good := tt.want == forecast.RowSucceeded; good != (days[0].State == forecast.DaySucceeded) {
			t.Errorf("%s is %s %q", tt.date, days[0].State, days[0].Reason.Text)
		}
	}
}

// TestTheirTwoOperators: two press at once, and one execution is started.
func TestTheirTwoOperators(t *testing.T) {
	t.Parallel()
	a := newTheirAccount(t, theirOptions{})
	d := day(18)
	var both sync.WaitGroup
	states := make([]forecast.RowState, 2)
	for i, actor := range []string{"aki", "kei"} {
		e := a.open(t, func(o *aws.Options) { o.Actor, o.Cache = actor, filepath.Join(a.dir, actor) })
		both.Go(func() {
			p, err := carry(t.Context(), e, ofDates(forecast.PlanRun, "", d))
			if err != nil {
				t.Errorf("%s: %v", actor, err)
				return
			}
			states[i] = p.Rows[0].State
		})
	}
	both.Wait()
	if all := a.sim.Executions(theirPipeline); len(all) != 1 {
		t.Errorf("%d executions were started; want one, of rows %v", len(all), states)
	}
	for _, state := range states {
		if state != forecast.RowSucceeded && state != forecast.RowSkipped && state != forecast.RowDrifted {
			t.Errorf("rows are %v; want them to have ended with that execution", states)
		}
	}
}

// gatekeeper stands in front of an account. It asks before a call of a user goes on
// to it; what is not let through fails, as if the caller's process had died.
func gatekeeper(pass func(operation string) bool) func(t *testing.T, endpoint string) string {
	return func(t *testing.T, endpoint string) string {
		t.Helper()
		target, err := url.Parse(endpoint)
		must(t, err)
		proxy := httputil.NewSingleHostReverseProxy(target)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
			if strings.Contains(r.Header.Get("Authorization"), "Credential=aki/") && !pass(operation) {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			proxy.ServeHTTP(w, r)
		}))
		t.Cleanup(server.Close)
		return server.URL
	}
}

// TestTheirSchedule: their own schedule starts a date in the moment in which daybatch
// does. The later of the two gives way, and is no attempt.
func TestTheirSchedule(t *testing.T) {
	t.Parallel()
	begun, release := make(chan struct{}), make(chan struct{})
	once := sync.OnceFunc(func() { close(begun) })
	a := newTheirAccount(t, theirOptions{speed: 100, front: gatekeeper(func(operation string) bool {
		if operation == "StartPipelineExecution" {
			once()
			<-release
		}
		return true
	})})
	d := day(19)
	e := a.open(t, nil)
	p, err := e.Plan(t.Context(), ofDates(forecast.PlanRun, "", d))
	must(t, err)
	_, err = e.Apply(t.Context(), p.ID)
	must(t, err)
	driven := make(chan error, 1)
	go func() { driven <- e.Drive(t.Context(), p.ID) }()
	<-begun // daybatch has looked, taken the date and asks
	theirs := a.begin(t, "", map[string]string{"ScheduledTime": "2026-01-20T05:00:00Z"})
	close(release)
	must(t, <-driven)
	got := dayOf(t, e, d, forecast.DaySucceeded)
	if got.Attempts != 1 || got.Last.Cause != forecast.CauseSchedule {
		t.Errorf("day = %+v; want the schedule's attempt alone", got.Last)
	}
	p, err = e.PlanByID(t.Context(), p.ID)
	if row := p.Rows[0]; err != nil || row.State != forecast.RowSucceeded && row.State != forecast.RowDrifted || row.Execution != got.Last.ID && row.State == forecast.RowSucceeded {
		t.Errorf("row = %+v, %v; want it to have joined the schedule's attempt", row, err)
	}
	for _, x := range a.sim.Executions(theirPipeline) {
		if want := map[bool]string{true: "Succeeded", false: "Stopped"}[strings.HasSuffix(theirs, x.ID)]; x.Status != want {
			t.Errorf("execution %s is %s; want %s", x.ID, x.Status, want)
		}
	}
}

// TestTheirBackfill fills a range: at most three dates at once, and those that are
// there already are left alone.
func TestTheirBackfill(t *testing.T) {
	t.Parallel()
	a := newTheirAccount(t, theirOptions{})
	a.begin(t, "", map[string]string{"ProcessDate": "2026-01-14"})
	e := a.open(t, nil)
	dayOf(t, e, day(14), forecast.DaySucceeded)
	p, err := carry(t.Context(), e, forecast.PlanRequest{
		Kind: forecast.PlanBackfill, Range: calendar.Range{From: day(10), To: day(16)}, Mode: forecast.ModeMissing, Cause: forecast.CauseBackfill,
	})
	must(t, err)
	if p.Outcome != forecast.OutcomeSucceeded || p.Count(forecast.ActionRun) != 6 || p.Estimate.Wall == 0 || p.Estimate.Cost == 0 || p.Choices != nil {
		t.Errorf("plan = %+v; want six dates run, with an estimate from the one that is there", p)
	}
	row, _ := p.Row(day(14))
	if row.State != forecast.RowSkipped || row.Reason != "already succeeded (a1)" {
		t.Errorf("row = %+v; want it skipped", row)
	}
	days, err := e.Days(t.Context(), forecast.DayQuery{Range: calendar.Range{From: day(10), To: day(16)}})
	must(t, err)
	most := 0
	for _, one := range days {
		open := 0
		for _, other := range days {
			if !other.Last.Created.After(one.Last.Created) && other.Last.Ended.After(one.Last.Created) {
				open++
			}
		}
		most = max(most, open)
	}
	if most > 3 {
		t.Errorf("%d executions were open at once; want at most 3", most)
	}
}

// TestTheirStarterDies: whoever takes a date, or reopens its attempt, writes a note,
// and dies before SageMaker is asked. The next driver does that very thing.
func TestTheirStarterDies(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"StartPipelineExecution", "RetryPipelineExecution"} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			ctx, die := context.WithCancel(t.Context())
			a := newTheirAccount(t, theirOptions{front: gatekeeper(func(called string) bool {
				if called == operation && ctx.Err() == nil {
					die()
					return false
				}
				return true
			})})
			d := day(18)
			start := forecast.StartWhole
			if operation == "RetryPipelineExecution" {
				start = forecast.StartFailedStep
				a.plan("Train", awssim.Play{Exit: awssim.Exit{Code: 1}})
				a.begin(t, "", map[string]string{"ProcessDate": "2026-01-18"})
			}
			e := a.open(t, nil)
			if start != forecast.StartWhole {
				dayOf(t, e, d, forecast.DayFailed)
				a.plan("Train", awssim.Play{})
			}
			p, err := e.Plan(t.Context(), ofDates(forecast.PlanRerun, start, d))
			must(t, err)
			_, err = e.Apply(t.Context(), p.ID)
			must(t, err)
			if err := e.Drive(ctx, p.ID); !errors.Is(err, context.Canceled) {
				t.Fatalf("the first driver: %v; want that it died", err)
			}
			if n := len(a.sim.Executions(theirPipeline)); n != len(start)/len(forecast.StartFailedStep) {
				t.Fatalf("%d executions before the second driver", n)
			}
			next := a.open(t, func(o *aws.Options) { o.Cache = filepath.Join(a.dir, "next") })
			must(t, next.Drive(t.Context(), p.ID))
			if got := dayOf(t, next, d, forecast.DaySucceeded); got.Attempts != 1 || got.Last.Plan != p.ID || got.Last.Actor != "aki" {
				t.Errorf("day = %+v; want one attempt of the plan", got.Last)
			}
		})
	}
}

// TestTheirSlowDriver: a driver that is about to have an attempt reopened finds that
// another one did, and that it has ended since. It is not begun again.
func TestTheirSlowDriver(t *testing.T) {
	t.Parallel()
	var armed atomic.Bool
	reached, release := make(chan struct{}), make(chan struct{})
	a := newTheirAccount(t, theirOptions{front: gatekeeper(func(operation string) bool {
		if operation == "DescribePipelineExecution" && armed.CompareAndSwap(true, false) {
			close(reached)
			<-release
		}
		return true
	})})
	d := day(18)
	a.plan("Train", awssim.Play{Exit: awssim.Exit{Code: 1}})
	a.begin(t, "", map[string]string{"ProcessDate": "2026-01-18"})
	slow := a.open(t, nil)
	dayOf(t, slow, d, forecast.DayFailed)
	a.plan("Train", awssim.Play{})
	p, err := slow.Plan(t.Context(), ofDates(forecast.PlanRerun, forecast.StartFailedStep, d))
	must(t, err)
	_, err = slow.Apply(t.Context(), p.ID)
	must(t, err)
	armed.Store(true)
	driven := make(chan error, 1)
	go func() { driven <- slow.Drive(t.Context(), p.ID) }()
	<-reached
	fast := a.open(t, func(o *aws.Options) { o.Cache, o.Settings.Profile = filepath.Join(a.dir, "fast"), "kei" })
	must(t, fast.Drive(t.Context(), p.ID))
	close(release)
	must(t, <-driven)
	if n := len(a.sim.Executions(theirPipeline)); n != 1 {
		t.Errorf("%d executions; want the one that was reopened", n)
	}
	for name, e := range map[string]forecast.Engine{"fast": fast, "slow": slow} {
		if got := dayOf(t, e, d, forecast.DaySucceeded); got.Attempts != 1 || got.Last.Plan != p.ID || !strings.Contains(got.Last.Note, "retried by aki@forge") {
			t.Errorf("day of the %s one = %+v; want one attempt of the plan, retried", name, got.Last)
		}
	}
	p, err = fast.PlanByID(t.Context(), p.ID)
	must(t, err)
	if row := p.Rows[0]; row.State != forecast.RowSucceeded {
		t.Errorf("row = %+v; want it succeeded", row)
	}
}

// TestTheirRefusals: what can't be known of that pipeline, or done with it, is said.
func TestTheirRefusals(t *testing.T) {
	t.Parallel()
	a := newTheirAccount(t, theirOptions{})
	e := a.open(t, nil)
	d := day(18)
	window := calendar.Range{From: d, To: d}
	backfill := func(change func(*forecast.PlanRequest)) error {
		request := forecast.PlanRequest{Kind: forecast.PlanBackfill, Range: window, Cause: forecast.CauseBackfill}
		change(&request)
		_, err := e.Plan(t.Context(), request)
		return err
	}
	for doing, try := range map[string]func() error{
		"partitions": func() error { _, err := e.Partitions(t.Context(), forecast.PartitionQuery{Range: window}); return err },
		"forecasts":  func() error { _, err := e.Forecasts(t.Context(), forecast.SeriesQuery{Date: d}); return err },
		"export": func() error {
			_, err := e.Export(t.Context(), forecast.ExportQuery{Date: d, Format: forecast.FormatCSV}, io.Discard)
			return err
		},
		"comparison": func() error { _, err := e.Compare(t.Context(), forecast.CompareQuery{Date: d}); return err },
		"rollback":   func() error { _, err := e.Rollback(t.Context(), forecast.RollbackRequest{Date: d}); return err },
		"staged":     func() error { return backfill(func(r *forecast.PlanRequest) { r.Publish = forecast.PublishStaged }) },
		"chunk":      func() error { return backfill(func(r *forecast.PlanRequest) { r.Chunk = 7 }) },
		"stale":      func() error { return backfill(func(r *forecast.PlanRequest) { r.Select = forecast.SelectStale }) },
	} {
		if err := try(); !errors.Is(err, forecast.ErrUnsupported) || !strings.Contains(err.Error(), theirPipeline+" is another team's pipeline") {
			t.Errorf("%s: %v; want that it is not available, and why", doing, err)
		}
	}
	if _, err := e.Evaluation(t.Context(), "2026-01-18-a1"); !errors.Is(err, forecast.ErrNotFound) {
		t.Errorf("evaluation of no attempt: %v; want not found", err)
	}
	_, err := aws.Deploy(t.Context(), aws.DeployOptions{Settings: a.set, Definition: a.def, Salt: "test"})
	if !errors.Is(err, forecast.ErrInvalid) || !strings.Contains(err.Error(), "another team's") {
		t.Errorf("deploy: %v; want it refused", err)
	}
	wrong := a.open(t, func(o *aws.Options) { o.Settings.Foreign.DateParameter = "Day" })
	_, err = wrong.Plan(t.Context(), ofDates(forecast.PlanRun, "", d))
	if !errors.Is(err, forecast.ErrInvalid) || !strings.Contains(err.Error(), "it has no parameter Day, it has ProcessDate") {
		t.Errorf("plan with a parameter that is not there: %v; want that, and those that are", err)
	}
	found, err := wrong.Examine(t.Context())
	if err != nil || len(found) != 1 || found[0].Kind != "foreign-parameter" {
		t.Errorf("doctor = %+v, %v; want the parameter", found, err)
	}
	reader := a.open(t, func(o *aws.Options) { o.ReadOnly = true })
	if _, err := reader.Plan(t.Context(), ofDates(forecast.PlanRun, "", d)); err != nil {
		t.Errorf("a read-only engine plans: %v", err)
	}
	if _, err := reader.Stop(t.Context(), d, "aki"); !errors.Is(err, forecast.ErrReadOnly) {
		t.Errorf("a read-only engine stops: %v; want that it is read-only", err)
	}
}

// TestTheirOutsideRetry: somebody retries in the console what was seen as failed
// before, and it fails again between two looks: what is opened is as it is now.
func TestTheirOutsideRetry(t *testing.T) {
	t.Parallel()
	a := newTheirAccount(t, theirOptions{})
	a.plan("Train", awssim.Play{Exit: awssim.Exit{Code: 1}})
	e := a.open(t, nil)
	d := day(18)
	arn := a.begin(t, "", map[string]string{"ProcessDate": "2026-01-18"})
	before := dayOf(t, e, d, forecast.DayFailed)
	a.plan("Train", awssim.Play{})
	a.plan("Evaluate", awssim.Play{Exit: awssim.Exit{Code: 1, Message: "no labels"}})
	_, err := a.client.RetryPipelineExecution(t.Context(), &sagemaker.RetryPipelineExecutionInput{
		PipelineExecutionArn: &arn, ClientRequestToken: awssdk.String(strings.Repeat("r", 40)),
	})
	must(t, err)
	await(t, "the retry to fail", func() (string, error) {
		return a.sim.Executions(theirPipeline)[0].Status, nil
	}, func(status string) bool { return status == "Failed" })
	x, err := e.Execution(t.Context(), before.Last.ID)
	must(t, err)
	if words := stepWords(x.Steps); !strings.HasPrefix(words, "Ingest Succeeded, Train Succeeded, Evaluate Failed") || !strings.HasPrefix(x.Reason.Text, "Evaluate: no labels") {
		t.Errorf("steps = %s, reason %q; want that Evaluate failed, in the words of its container", words, x.Reason.Text)
	}
}

// TestTheirDates: names, parameters and starts tell dates; what is assumed says so.
func TestTheirDates(t *testing.T) {
	t.Parallel()
	a := newTheirAccount(t, theirOptions{})
	a.set.Foreign.DisplayName = "nightly-YYYYMMDD-*"
	a.begin(t, "nightly-20260112-x", nil)
	a.begin(t, "", map[string]string{"ProcessDate": "2026-01-13"})
	a.begin(t, "", map[string]string{"ScheduledTime": "2026-01-15T05:00:00Z"})
	a.begin(t, "by-hand", nil)
	e := a.open(t, nil)
	for d, assumed := range map[calendar.Date]bool{day(12): false, day(13): false, day(14): false, day(19): true} {
		got := dayOf(t, e, d, forecast.DaySucceeded, forecast.DayRunning)
		if got.Attempts != 1 || strings.Contains(got.Last.Note, "its date is assumed") != assumed {
			t.Errorf("%s = %+v; want one attempt, its date assumed: %t", d, got.Last, assumed)
		}
	}
	found, err := e.Examine(t.Context())
	if err != nil || len(found) != 1 || found[0].Kind != "foreign-date" || !strings.Contains(found[0].Text, "of 4 executions 1") {
		t.Errorf("doctor = %+v, %v; want a note on the assumed one", found, err)
	}
}

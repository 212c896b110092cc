package cli_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// killedAfter is how long after the signal SageMaker kills a container.
const killedAfter = 2 * time.Minute

// jobAccount is a simulated account whose containers are processes of this
// program, each on a tree of /opt/ml of its own.
type jobAccount struct {
	sim     *awssim.Sim
	engine  *aws.Engine
	project string
	// terminate ends the container by a signal that nobody in the account knows of.
	terminate chan struct{}
	ended     chan ended
}

// ended is how a container ended.
type ended struct {
	code    int
	killed  bool
	message string
}

func newJobAccount(t *testing.T, steps map[forecast.StepName]forecast.StepOptions, grace time.Duration) *jobAccount {
	t.Helper()
	a := &jobAccount{project: t.TempDir(), terminate: make(chan struct{}), ended: make(chan ended, 9)}
	var err error
	a.sim, err = awssim.New(awssim.Options{
		Dir: t.TempDir(), Now: time.Now, StartUp: time.Millisecond, Overhead: time.Millisecond, Container: a.container, //nolint:forbidigo // the account's time is the host's
		Query: func(ctx context.Context, _ awssim.Query) (awssim.Result, error) { // it would run for hours
			<-ctx.Done()
			return awssim.Result{}, ctx.Err()
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.sim.Close() })
	endpoint, err := a.sim.Start(t.Context())
	if err == nil {
		err = a.sim.CreateBucket("forecasts")
	}
	if err != nil {
		t.Fatal(err)
	}
	d := enginetest.Definition()
	d.Steps, d.Limits.StopGrace = steps, grace
	account := settings.Settings{
		Region: "ap-northeast-1", Endpoint: endpoint, Bucket: "forecasts", Prefix: "p", Role: "arn:aws:iam::123456789012:role/job", Image: "1.dkr/daybatch:1",
		Layout: settings.LayoutFused, Machine: settings.Machine{Instance: "ml.m5.xlarge", VolumeGB: 30, Instances: 1, MaxRuntime: time.Hour},
		Database: "lake", Workgroup: "primary",
	}
	deployment, err := aws.Deploy(t.Context(), aws.DeployOptions{Settings: account, Definition: d, Salt: "test"})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := deployment.Plan(t.Context())
	if err == nil {
		err = deployment.Apply(t.Context(), plan, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	ids := 0
	a.engine, err = aws.Open(t.Context(), aws.Options{
		Definition: d, Settings: account, Actor: "aki", Host: "forge", Now: a.sim.Now, Version: "test", Log: slog.New(slog.DiscardHandler),
		Cache: t.TempDir(), Poll: 20 * time.Millisecond, LogSettle: 20 * time.Millisecond, Jitter: func() float64 { return 0 }, Unlimited: true,
		NewID: func() string {
			ids++
			return fmt.Sprintf("id%06d", ids)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.engine.Close() })
	return a
}

// container runs the program as the container of a job. When the job is to stop it
// does what SageMaker does: it sends SIGTERM, and kills what is left in the end.
func (a *jobAccount) container(ctx context.Context, j awssim.Job) awssim.Exit {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-a.terminate:
			cancel()
		case <-ctx.Done():
		}
	}()
	root := filepath.Join(j.Root, "opt", "ml")
	command := exec.CommandContext(ctx, "daybatch", "job", "--root", root)
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = killedAfter
	command.Dir, command.Stdout, command.Stderr = a.project, j.Stdout, j.Stdout
	command.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+j.Endpoint)
	for name, value := range j.Environment {
		command.Env = append(command.Env, name+"="+value)
	}
	_ = command.Run() // its exit says how it ended
	text, _ := os.ReadFile(filepath.Join(root, "output", "message"))
	exit := ended{code: command.ProcessState.ExitCode(), message: string(text)}
	if status, ok := command.ProcessState.Sys().(syscall.WaitStatus); ok {
		exit.killed = status.Signaled()
	}
	a.ended <- exit
	return awssim.Exit{Code: max(1, exit.code)}
}

// begin starts a date; the channel closes when it has ended.
func (a *jobAccount) begin(t *testing.T, d calendar.Date) <-chan struct{} {
	t.Helper()
	p, err := a.engine.Plan(t.Context(), forecast.PlanRequest{Kind: forecast.PlanRun, Dates: []calendar.Date{d}, Cause: forecast.CauseManual, Actor: "aki"})
	if err == nil {
		_, err = a.engine.Apply(t.Context(), p.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := a.engine.Drive(t.Context(), p.ID); err != nil && t.Context().Err() == nil {
			t.Errorf("Drive = %v", err)
		}
	}()
	return done
}

// until waits until a line with a text is in the jobs' log.
func (a *jobAccount) until(t *testing.T, text string, ready func() bool) {
	t.Helper()
	for ctx := t.Context(); !ready(); {
		select {
		case <-ctx.Done():
			t.Fatalf("the job does not come to %s: %q", text, a.log())
		case exit := <-a.ended:
			t.Fatalf("the job has ended with %+v before %s: %q", exit, text, a.log())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (a *jobAccount) log() []string { return a.sim.LogLines("/aws/sagemaker/ProcessingJobs") }

func (a *jobAccount) logged(text string) func() bool {
	return func() bool {
		return slices.ContainsFunc(a.log(), func(line string) bool { return strings.Contains(line, text) })
	}
}

// published returns what there is of a partition.
func (a *jobAccount) published(t *testing.T) []string {
	t.Helper()
	keys, err := a.sim.Objects("forecasts", "p/generations/")
	if err != nil {
		t.Fatal(err)
	}
	for value := range a.sim.Locations("lake", "orders_forecast") {
		keys = append(keys, "partition "+value)
	}
	return keys
}

// shell is a step that says that it works, and goes on until it is ended.
func shell(onTerm string) map[forecast.StepName]forecast.StepOptions {
	return map[forecast.StepName]forecast.StepOptions{
		forecast.Extract: {Command: []string{"sh", "-c", "trap '" + onTerm + "' TERM; echo at work; while :; do sleep 0.02; done"}},
	}
}

// TestJobIsTerminated ends the program in the container by SIGTERM: it ends its
// step, says why in the file that SageMaker reads, keeps the record of the attempt,
// and publishes nothing.
func TestJobIsTerminated(t *testing.T) { //nolint:paralleltest // it sets the environment
	credentials(t)
	d := calendar.Of(2026, time.January, 10)
	const lost = "interrupted: the job was told to end, and nobody has stopped the date"
	for _, tt := range []struct { //nolint:paralleltest // as above
		name   string
		steps  map[forecast.StepName]forecast.StepOptions
		ready  func(a *jobAccount) func() bool
		deaf   bool // to the signal
		stop   bool // by an operator; else SageMaker ends it for reasons of its own
		status forecast.Status
		class  forecast.ReasonClass
		reason string
		log    string
	}{
		{"a command, by an operator", shell("echo told; exit 3"), at("at work"), false, true, forecast.Stopped, forecast.ReasonStopped, "stopped by aki", "told"},
		{"a command, by SageMaker", shell("echo told; exit 3"), at("at work"), false, false, forecast.Failed, forecast.ReasonLost, lost, "told"},
		{"a command that does not listen", shell(""), at("at work"), true, true, forecast.Stopped, forecast.ReasonStopped, "stopped by aki", "at work"},
		{"a built-in step", nil, func(a *jobAccount) func() bool {
			return func() bool { return a.sim.Calls()["athena.GetQueryExecution"] > 0 }
		}, false, false, forecast.Failed, forecast.ReasonLost, lost, "attempt ended"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			grace := time.Minute
			if tt.deaf {
				grace = 50 * time.Millisecond
			}
			a := newJobAccount(t, tt.steps, grace)
			done := a.begin(t, d)
			a.until(t, "its step", tt.ready(a))
			if tt.stop {
				if _, err := a.engine.Stop(t.Context(), d, "aki"); err != nil {
					t.Fatal(err)
				}
			} else {
				close(a.terminate)
			}
			exit := <-a.ended
			<-done
			if exit.code != 1 || exit.killed || !strings.HasPrefix(exit.message, tt.reason) {
				t.Errorf("the program ended with %+v; want code 1 and the message %q\n%s", exit, tt.reason, strings.Join(a.log(), "\n"))
			}
			all, err := a.engine.Executions(t.Context(), d)
			if err != nil || len(all) != 1 {
				t.Fatalf("Executions = %+v, %v", all, err)
			}
			x := all[0]
			if x.Status != tt.status || x.Reason.Class != tt.class || !strings.HasPrefix(x.Reason.Text, tt.reason) {
				t.Errorf("the attempt is %s %+v; want %s, %s: %s", x.Status, x.Reason, tt.status, tt.class, tt.reason)
			}
			for i, s := range x.Steps {
				if want := map[bool]forecast.StepStatus{true: forecast.StepStatus(tt.status), false: forecast.StepSkipped}[i == 0]; s.Status != want {
					t.Errorf("%s is %s; want %s", s.Name, s.Status, want)
				}
			}
			if !a.logged(tt.log)() {
				t.Errorf("the log has no %q:\n%s", tt.log, strings.Join(a.log(), "\n"))
			}
			if keys := a.published(t); len(keys) > 0 {
				t.Errorf("published: %v", keys)
			}
			if tt.steps == nil && a.sim.Calls()["athena.StopQueryExecution"] != 1 {
				t.Error("the query goes on, and is paid for")
			}
		})
	}
}

func at(text string) func(a *jobAccount) func() bool {
	return func(a *jobAccount) func() bool { return a.logged(text) }
}

// TestJobMessage ends a job for a reason that is longer than SageMaker reads, in
// characters of several bytes: half of one would be no UTF-8, which fails the job
// for another reason.
func TestJobMessage(t *testing.T) { //nolint:paralleltest // it sets the environment
	credentials(t)
	a := newJobAccount(t, map[forecast.StepName]forecast.StepOptions{
		forecast.Extract: {Command: []string{"sh", "-c", `i=0; while [ $i -lt 500 ]; do printf '需要' >>"$DAYBATCH_ROOT/message"; i=$((i+1)); done; exit 7`}},
	}, time.Minute)
	d := calendar.Of(2026, time.January, 10)
	done := a.begin(t, d)
	exit := <-a.ended
	<-done
	if n := len(exit.message); n > 1024 || n < 1000 || !utf8.ValidString(exit.message) || !strings.HasPrefix(exit.message, "需要需要") || !strings.HasSuffix(exit.message, "…") {
		t.Errorf("the message has %d bytes: %q", n, exit.message)
	}
	all, err := a.engine.Executions(t.Context(), d)
	if err != nil || len(all) != 1 || all[0].Status != forecast.Failed || all[0].Reason.Class != forecast.ReasonStep {
		t.Errorf("Executions = %+v, %v; want one that failed by its step", all, err)
	}
}

// credentials are those of the simulated account, for this process and its jobs.
func credentials(t *testing.T) {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "aki", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_EC2_METADATA_DISABLED": "true", "AWS_CA_BUNDLE": "",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	} {
		t.Setenv(name, value)
	}
}

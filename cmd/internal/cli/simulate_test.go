package cli_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/cmd/internal/cli"
	"github.com/daybatch/daybatch/cmd/internal/demo"
	"github.com/daybatch/daybatch/cmd/internal/simulation"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/tui"
)

// TestSimulatedClock opens the screen of a project whose simulated account is a month
// ahead: how long things take there is told by the account's time, and what a person
// waits for by theirs.
func TestSimulatedClock(t *testing.T) {
	t.Parallel()
	_, tty := openTerminal(t)
	e, _, stderr := env(t, nil)
	e.Stdin, e.Stdout, e.Open = tty, tty, nil
	ahead := e.Now().AddDate(0, 1, 0)
	serveAccount(t, e.Dir, ahead, e.Now())
	shown := false
	e.Screen = func(_ context.Context, _ forecast.Engine, options tui.Options) (tui.Next, error) {
		shown = true
		if got := options.Now(); !got.Equal(ahead) {
			t.Errorf("by the records' clock it is %s; want %s", got, ahead)
		}
		if got := options.Wall(); !got.Equal(e.Now()) {
			t.Errorf("by the person's clock it is %s; want %s", got, e.Now())
		}
		return tui.Next{}, nil
	}
	if code := cli.Run(t.Context(), e); code != 0 || !shown {
		t.Errorf("daybatch on a terminal = %d, screen shown: %v; want 0 and true\n%s", code, shown, stderr)
	}
}

// serveAccount makes a project one with a simulated account, and serves that in this
// process, where it is the given time when the host has another.
func serveAccount(t *testing.T, dir string, at, host time.Time) *awssim.Sim {
	t.Helper()
	account := filepath.Join(dir, ".simulation")
	sim, err := awssim.New(awssim.Options{Dir: t.TempDir(), Now: func() time.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	if err := sim.CreateBucket("forecasts"); err != nil {
		t.Fatal(err)
	}
	told := map[string]any{"pid": os.Getpid(), "dir": account}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/_simulation" {
			_ = json.NewEncoder(w).Encode(told)
			return
		}
		sim.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	told["endpoint"] = server.URL
	writeJSON(t, filepath.Join(account, "address.json"), told)
	writeJSON(t, filepath.Join(account, "clock.json"), map[string]any{"at": at, "host": host, "speed": 1})
	writeAccount(t, dir, server.URL)
	file := filepath.Join(dir, "daybatch.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	simulated := strings.Replace(string(text), "profile: acme,", "simulation: .simulation,", 1)
	if err := os.WriteFile(file, []byte(simulated), 0o600); err != nil {
		t.Fatal(err)
	}
	return sim
}

func writeJSON(t *testing.T, path string, value any) {
	t.Helper()
	text, err := json.Marshal(value)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o700)
	}
	if err == nil {
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestCompleteSimulated asks for words of a project whose account is not served: it is
// not started for that, and nothing else is said.
func TestCompleteSimulated(t *testing.T) {
	t.Parallel()
	e, stdout, stderr := env(t, nil, "__complete", "backfill", "show", "")
	e.Open = nil
	serveAccount(t, e.Dir, e.Now(), e.Now())
	account := filepath.Join(e.Dir, ".simulation")
	if err := os.Remove(filepath.Join(account, "address.json")); err != nil {
		t.Fatal(err)
	}
	if code := cli.Run(t.Context(), e); code != 0 || strings.Contains(stdout.String(), "bf-") || strings.Contains(stderr.String(), "SIMULATED") {
		t.Errorf("completion = %d; want 0\n%s%s", code, stdout, stderr)
	}
	if _, err := os.Stat(filepath.Join(account, "serve.log")); err == nil {
		t.Error("the account was started")
	}
}

// TestSimulatedStep runs a built-in step as a project's own command does in a
// container: its log has the account's time.
func TestSimulatedStep(t *testing.T) {
	t.Parallel()
	root, account := t.TempDir(), t.TempDir()
	writeJSON(t, filepath.Join(root, "step.json"), map[string]any{"step": "none"})
	e, stdout, _ := env(t, nil, "step", "--root", root)
	ahead := e.Now().AddDate(0, 1, 0)
	writeJSON(t, filepath.Join(account, "clock.json"), map[string]any{"at": ahead, "host": e.Now(), "speed": 1})
	e.Environ = append(e.Environ, simulation.ClockVariable+"="+account)
	_ = cli.Run(t.Context(), e) // there is no such step, which is told
	if want := ahead.Format("2006-01-02T15:04:05"); !strings.HasPrefix(stdout.String(), want) {
		t.Errorf("its log is\n%swant the time %s", stdout, want)
	}
}

// TestDeniedStart runs a date that may not be started: the right that is missing is
// named, instead of a log that nobody has written.
func TestDeniedStart(t *testing.T) {
	t.Parallel()
	refused := enginetest.Behaviour{
		End: enginetest.Fail, Class: forecast.ReasonConfig,
		Text: "SageMaker refused to start it: not authorised: SageMaker StartPipelineExecution: aki is not authorized to perform: sagemaker:StartPipelineExecution",
	}
	fake := enginetest.NewFake(enginetest.FakeOptions{Auto: true, Script: enginetest.Script{newest: {forecast.Extract: {refused}}}})
	e, _, stderr := env(t, fake, "run", newest.String())
	if code := cli.Run(t.Context(), e); code != 3 {
		t.Errorf("daybatch run = %d; want 3", code)
	}
	want := "hint: somebody has to allow sagemaker:StartPipelineExecution; `daybatch deploy --print`"
	if !strings.Contains(stderr.String(), want) || strings.Contains(stderr.String(), "daybatch logs") {
		t.Errorf("standard error is\n%swant %s, and no log", stderr, want)
	}
}

// TestDemoScreen leaves the screen of a demo: where its project lies is told, as the
// verbs are to be called there.
func TestDemoScreen(t *testing.T) {
	t.Parallel()
	_, tty := openTerminal(t)
	dir := filepath.Join(t.TempDir(), "demo")
	e, _, stderr := env(t, enginetest.NewFake(enginetest.FakeOptions{}), "demo", "--engine", "sagemaker", "--dir", dir)
	e.Stdin, e.Stdout = tty, tty
	e.Screen = func(context.Context, forecast.Engine, tui.Options) (tui.Next, error) { return tui.Next{}, nil }
	if code := cli.Run(t.Context(), e); code != 0 || !strings.Contains(stderr.String(), "the demo is in "+dir+"; `daybatch --project "+dir+"` opens it") {
		t.Errorf("daybatch demo = %d; want 0 and where it is:\n%s", code, stderr)
	}
}

// TestLeftDemo opens the screen of a demonstration that was made and left: it goes on
// behind it, and that is said. Where nothing may be changed it does not.
func TestLeftDemo(t *testing.T) {
	t.Parallel()
	project, err := demo.Open(filepath.Join(t.TempDir(), "demo"), calendar.Of(2026, time.January, 20), demo.Local)
	if err == nil {
		err = project.Create()
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args, notice string
		plays        bool
	}{
		{"--project " + project.Dir + " --read-only", "", false},
		{"--project " + project.Dir, "the demo goes on where it was left: 21 dates to come", true},
	} {
		_, tty := openTerminal(t)
		fake := enginetest.NewFake(enginetest.FakeOptions{Auto: true, ReadOnly: strings.Contains(tt.args, "read-only")})
		e, _, stderr := env(t, fake, strings.Fields(tt.args)...)
		e.Stdin, e.Stdout = tty, tty
		e.Screen = func(ctx context.Context, _ forecast.Engine, options tui.Options) (tui.Next, error) {
			if options.Notice != tt.notice || (options.OnStart != nil) != tt.plays {
				t.Errorf("daybatch %s says %q, plays: %v; want %q, %v", tt.args, options.Notice, options.OnStart != nil, tt.notice, tt.plays)
			}
			if tt.plays {
				if err := options.OnStart(ctx); err != nil {
					t.Errorf("the demo goes on = %v", err)
				}
			}
			return tui.Next{}, nil
		}
		if code := cli.Run(t.Context(), e); code != 0 {
			t.Errorf("daybatch %s = %d\n%s", tt.args, code, stderr)
		}
		if plans, err := fake.Plans(t.Context()); err != nil || (len(plans) > 0) != tt.plays {
			t.Errorf("daybatch %s made %d plans, %v", tt.args, len(plans), err)
		}
	}
	if _, left := demo.Left(project.Dir); left {
		t.Error("the demo counts as left after it was played to its end")
	}
}

// shared is a demonstration in a simulated account, beside the project of another team's
// pipeline: clock is the time at which its processes begin.
type shared struct {
	demo.Project

	clock string
}

func newShared(t *testing.T) shared {
	t.Helper()
	project, err := demo.Open(filepath.Join(t.TempDir(), "demo"), calendar.Of(2026, time.November, 27), demo.SageMaker)
	if err == nil {
		err = project.Create()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = simulation.Stop(context.Background(), filepath.Join(project.Dir, ".simulation")) })
	return shared{project, "TEST_NOW=2026-11-29T06:00:00Z"}
}

// run runs the program for the other team's pipeline, and checks how it ends and that
// it says something.
func (s shared) run(t *testing.T, code int, want string, args ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "daybatch", append([]string{"--project", s.Theirs()}, args...)...)
	command.Env = append(os.Environ(), s.clock, "GORACE=atexit_sleep_ms=0")
	text, err := command.CombinedOutput()
	if got := command.ProcessState.ExitCode(); got != code || !strings.Contains(string(text), want) {
		t.Errorf("daybatch %s = %d, %v; want %d and %q:\n%s", strings.Join(args, " "), got, err, code, want, text)
	}
}

// TestDemoTheirs operates the pipeline that another team has in the demonstration's
// account: the account is started for it, and goes on where it was when it comes again.
func TestDemoTheirs(t *testing.T) {
	t.Parallel()
	s := newShared(t)
	s.run(t, 0, "analytics.subscriptions has no rows for dt=2026-11-23", "days")
	s.run(t, 0, "ValueError", "logs", "2026-11-23")
	s.run(t, 0, "it came out true: classification_metrics.auc.value >= {MinAuc}", "logs", "2026-11-28", "--step", "QualityGate")
	s.run(t, 0, "Lambda function announce-churn-scores", "logs", "2026-11-28", "--step", "Announce")
	s.run(t, 2, "is another team's", "deploy")
	s.run(t, 0, "fresh execution of all steps with ProcessDate=2026-11-19", "rerun", "2026-11-19", "--whole", "--dry-run")
	s.run(t, 0, "Succeeded", "rerun", "2026-11-23")
	s.run(t, 2, "is that of the project in "+s.Dir, "simulate")
	s.run(t, 0, "", "simulate", "--stop")
	s.run(t, 0, "37 features", "logs", "2026-11-23", "--step", "Ingest")
	s.run(t, 0, "attempt 1, Succeeded", "steps", "2026-11-23")
}

// TestThrottledAccount opens the screen of another team's pipeline while the simulated
// account throttles: it says so, the days come late, with their ages, and changes are
// heard of again.
func TestThrottledAccount(t *testing.T) {
	t.Parallel()
	s := newShared(t)
	s.run(t, 0, "until", "simulate", "--fault", "throttling")
	screen := startTerminal(t, pty.Winsize{Cols: 150, Rows: 45}, fastTerminal, s.Theirs(), s.clock)
	screen.expect("churn", "throttled")
	screen.until("21 days", func(text string) bool {
		return strings.Count(text, "Succeeded") > 10 && strings.Contains(text, "owed for") && strings.Contains(text, "Failed")
	})
	screen.expect("live, read ")
}

package aws_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/enginetest/scripted"
	"github.com/daybatch/daybatch/forecast/step"
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	// Every job reads the settings anew; a machine's bundle of authorities, parsed each
	// time for endpoints that have no TLS, would be a tenth of the work.
	for name, value := range map[string]string{
		"AWS_CA_BUNDLE": "", "AWS_ACCESS_KEY_ID": "aki", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(dir, "credentials"),
	} {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	if err := login("kei", "kei"); err != nil {
		panic(err)
	}
	// These tests wait for the account's time more than they compute.
	flag.Parse()
	if err := flag.Set("test.parallel", strconv.Itoa(max(4, runtime.GOMAXPROCS(0)))); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code) //nolint:forbidigo // this is a main
}

var logins = struct {
	sync.Mutex

	keys map[string]string
}{keys: make(map[string]string)}

// login gives a profile of the shared configuration another access key, as a
// person does who logs in again.
func login(profile, key string) error {
	logins.Lock()
	defer logins.Unlock()
	logins.keys[profile] = key
	var text strings.Builder
	for profile, key := range logins.keys {
		fmt.Fprintf(&text, "[%s]\naws_access_key_id = %s\naws_secret_access_key = secret\n", profile, key)
	}
	path := os.Getenv("AWS_SHARED_CREDENTIALS_FILE") //nolint:forbidigo // TestMain has set it
	if err := os.WriteFile(path+".new", []byte(text.String()), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// account is a simulated account with a project deployed in it, whose steps play
// a script.
type account struct {
	sim      *awssim.Sim
	settings settings.Settings
	def      forecast.Definition
	script   enginetest.Script
	dir      string
	guard    *guard // nil where something else stands before the account
	address  string // of the account, for those who are not of the project
	deploys  string // its address for who deploys; empty: that of all
	before   func(spec step.Spec)

	real    bool // steps are the built-in ones
	speed   float64
	skipped atomic.Int64 // of the host's time, in nanoseconds

	fixed atomic.Bool // steps succeed, whatever the script says
	// corrected says that Extracts find other rows than before, and found how many
	// rows Athena counts, in accounts whose source the contract changes.
	corrected atomic.Bool
	found     atomic.Int64
	broken    func(j awssim.Job) (awssim.Exit, bool)
	gates
}

// accountOptions change what an account is.
type accountOptions struct {
	layout settings.Layout
	steps  map[forecast.StepName]settings.Machine
	train  settings.TrainAs
	real   bool // steps are the built-in ones, and play no script
	bare   bool // the definition is used as it is
	quirks awssim.Quirks
	faults []awssim.Fault // from the end of the deployment on
	speed  float64        // of the account's time; 0: that of the host's
	play   func(j awssim.Job) awssim.Play
	broken func(j awssim.Job) (awssim.Exit, bool) // containers that do nothing but exit
	// start is the account's time at the beginning; zero: noon of 2026-02-10 in
	// Tokyo, when January's dates are due.
	start   time.Time
	startUp time.Duration // until a job has its machine; 0: at once
	// before is called before a step, in the place of the process that runs it.
	before func(spec step.Spec)
	// front returns the address under which everybody finds an account that is at
	// another; nil: that.
	front func(t *testing.T, endpoint string) string
	// dataSet is one of QuickSight, which publications refresh; its ID empty: none.
	dataSet awssim.DataSet
	topic   string // that is told of failures; empty: none
	// tables are those of the source by their names in the query; nil: it has none.
	tables   map[string]string
	liveTail bool
	// count answers Athena's counts; nil: no rows.
	count func() int
	// source says that the contract changes the account's source.
	source bool
	// cases are those of the contract that are run; nil: all.
	cases []string
	// identity is the ARN of everybody; empty: each access key is a user.
	identity string
	// patient repeats what is unavailable, as a screen does that is looked at.
	patient bool
}

func newAccount(t *testing.T, def forecast.Definition, script enginetest.Script, o accountOptions) *account {
	t.Helper()
	if o.layout == "" {
		o.layout = settings.LayoutFused
	}
	if !o.bare {
		def.Source.Files = o.tables
	}
	if o.layout == settings.LayoutSteps && !o.bare {
		def.Gate.WAPE = 50 // so that the pipeline has one; what a script's step refuses is 99
	}
	if o.start.IsZero() {
		o.start = time.Date(2026, time.February, 10, 3, 0, 0, 0, time.UTC)
	}
	a := &account{def: def, script: script, dir: t.TempDir(), real: o.real, broken: o.broken, before: o.before, speed: cmp.Or(o.speed, 1)}
	sim, err := awssim.New(awssim.Options{
		Dir: filepath.Join(a.dir, "s3"), Now: a.host, Speed: a.speed, Script: o.play,
		Start: o.start, StartUp: max(o.startUp, 5*time.Millisecond), Overhead: 5 * time.Millisecond,
		Container: a.container, Quirks: o.quirks, Identity: o.who(), Query: counting(o.count), QueryTime: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	a.sim = sim
	t.Cleanup(func() { _ = sim.Close() })
	endpoint, err := sim.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	a.address = endpoint
	if o.front != nil {
		endpoint = o.front(t, endpoint)
		sim.SetEndpoint(endpoint)
	} else {
		a.guard = newGuard(t, sim)
		a.deploys = a.guard.door(t, "deploy")
		endpoint = a.guard.door(t, "view", "operate", "source", "data", "rights")
		sim.SetEndpoint(a.guard.door(t, "job", "data"))
	}
	if err := sim.CreateBucket("bucket"); err != nil {
		t.Fatal(err)
	}
	a.settings = settings.Settings{
		Region: "ap-northeast-1", Endpoint: endpoint, Bucket: "bucket", Prefix: "daybatch/" + def.Pipeline,
		Role: "arn:aws:iam::123456789012:role/jobs", SchedulerRole: "arn:aws:iam::123456789012:role/schedule", Image: "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/daybatch:1", Layout: o.layout,
		Machine:  settings.Machine{Instance: "ml.m5.xlarge", VolumeGB: 30, Instances: 1, MaxRuntime: time.Hour},
		Database: "forecasts", Workgroup: "primary", Steps: o.steps, TrainAs: o.train, RunsDays: 90, LiveTail: o.liveTail, Topic: o.topic,
	}
	if o.dataSet.ID != "" {
		a.settings.Dashboard = settings.Dashboard{Account: "123456789012", DataSet: o.dataSet.ID}
		sim.AddDataSet(o.dataSet)
	}
	a.deploy(t)
	for _, f := range o.faults {
		sim.Inject(f)
	}
	return a
}

// who returns who everybody is; nil: each access key is a user.
func (o accountOptions) who() func(string) string {
	if o.identity == "" {
		return nil
	}
	return func(string) string { return o.identity }
}

// host is the host's time, from which the account's is made.
func (a *account) host() time.Time {
	return time.Now().Add(time.Duration(a.skipped.Load())) //nolint:forbidigo // the account's time runs as the host's
}

// skip moves the account's time.
func (a *account) skip(d time.Duration) { a.skipped.Add(int64(float64(d) / a.speed)) }

func (a *account) deploy(t *testing.T) {
	t.Helper()
	if a.guard != nil {
		a.guard.learn(t, aws.DeployOptions{Settings: a.settings, Definition: a.def})
	}
	s := a.settings
	s.Endpoint = cmp.Or(a.deploys, s.Endpoint)
	d, err := aws.Deploy(t.Context(), aws.DeployOptions{Settings: s, Definition: a.def, Salt: "test"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := d.Plan(t.Context())
	if err == nil {
		err = d.Apply(t.Context(), p, nil)
	}
	if err != nil {
		t.Fatalf("deploy: %v", err)
	}
}

// open opens an engine in the account.
func (a *account) open(t *testing.T, change func(*aws.Options)) *aws.Engine {
	t.Helper()
	o := aws.Options{
		Definition: a.def, Settings: a.settings, Actor: "aki", Host: "forge", Now: a.sim.Now, Version: "test",
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Cache: filepath.Join(a.dir, "cache"), Poll: 50 * time.Millisecond,
		LogSettle: 50 * time.Millisecond, Jitter: func() float64 { return 0.5 }, NewID: newID, Unlimited: true,
		Backoff: 10 * time.Millisecond,
	}
	if change != nil {
		change(&o)
	}
	e, err := aws.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func newID() string {
	id := make([]byte, 6)
	_, _ = rand.Read(id)
	return hex.EncodeToString(id)
}

// container runs a job of the account: the real one, with steps that play the
// script.
func (a *account) container(ctx context.Context, j awssim.Job) (exit awssim.Exit) {
	defer func() {
		switch killed := recover(); killed {
		case nil:
		case errKilled: // nothing that follows in the process is done
			exit = awssim.Exit{Code: 137}
		default:
			panic(killed)
		}
	}()
	if a.broken != nil {
		if exit, ok := a.broken(j); ok {
			return exit
		}
	}
	environ := []string{"AWS_ENDPOINT_URL=" + j.Endpoint, "AWS_REGION=ap-northeast-1"}
	for name, value := range j.Environment {
		environ = append(environ, name+"="+value)
	}
	play := a.play
	if a.real {
		play = step.Run
	}
	err := aws.RunJob(ctx, aws.JobOptions{
		Environ: environ, Root: filepath.Join(j.Root, "opt", "ml"), Scratch: filepath.Join(j.Root, "tmp"), Project: a.dir,
		Host: j.Name, Version: "test", Log: j.Stdout, Now: a.sim.Now, Jitter: func() float64 { return 0 }, NewID: newID, RunStep: play,
		Watch: 20 * time.Millisecond, Unlimited: true,
	})
	if err != nil {
		return awssim.Exit{Code: 1}
	}
	return awssim.Exit{}
}

// errKilled is what kills the process of a job when a step panics with it.
var errKilled = errors.New("killed")

// play does what the script says for a step, and leaves the files of the
// contract.
func (a *account) play(ctx context.Context, o step.Options) (step.Exit, error) {
	spec, err := step.ReadSpec(o.Root)
	if err != nil || o.Share.Machine > 0 { // the first machine plays for all
		return step.Exit{}, err
	}
	if a.before != nil {
		a.before(spec)
	}
	acts := a.script.At(spec.Date, spec.Step, spec.Attempt)
	if a.fixed.Load() {
		acts = enginetest.Behaviour{}
	}
	exit := scripted.Exit(acts, a.sim.Now())
	for _, line := range acts.Log {
		fmt.Fprintln(o.Log, line)
	}
	fmt.Fprintln(o.Log, "step", spec.Step)
	if acts.End == enginetest.Hang {
		select {
		case <-a.gate(spec.Date, spec.Step):
		case <-ctx.Done():
			exit.Code, exit.Class, exit.Reason = 1, forecast.ReasonLost, "the job was ended"
			return exit, a.writeExit(o.Root, &exit)
		}
	}
	data, err := files()
	if a.corrected.Load() {
		data.Rows = data.Corrected
	}
	if err == nil {
		err = scripted.Output(o.Root, spec, acts, data)
	}
	if err != nil {
		return exit, err
	}
	return exit, a.writeExit(o.Root, &exit)
}

func (a *account) writeExit(root string, exit *step.Exit) error {
	exit.Ended = a.sim.Now()
	return scripted.WriteJSON(filepath.Join(root, step.ExitFile), exit)
}

// counting answers counts as told, and else as query does.
func counting(count func() int) func(context.Context, awssim.Query) (awssim.Result, error) {
	return func(ctx context.Context, q awssim.Query) (awssim.Result, error) {
		if count == nil || q.Unload != "" {
			return query(ctx, q)
		}
		n := strconv.Itoa(count())
		return awssim.Result{Columns: []awssim.Column{{Name: "found", Type: "bigint"}}, Rows: [][]*string{{&n}}}, nil
	}
}

// query answers an UNLOAD with the rows of the fixture.
func query(_ context.Context, q awssim.Query) (awssim.Result, error) {
	data, err := files()
	if err == nil && q.Unload != "" {
		err = os.WriteFile(filepath.Join(q.Dir, "rows.parquet"), data.Rows, 0o600)
	}
	return awssim.Result{}, err
}

// files are what scripted steps make.
var files = sync.OnceValues(func() (scripted.Files, error) { return scripted.MakeFiles(context.Background()) })

func exercise(t *testing.T, o accountOptions) {
	t.Helper()
	enginetest.Exercise(t, func(t *testing.T, def forecast.Definition, script enginetest.Script) enginetest.Harness {
		t.Helper()
		var a *account
		if o.source {
			o := o
			o.count = func() int { return int(a.found.Load()) }
			a = withSource(t, def, script, o)
		} else {
			a = newAccount(t, def, script, o)
		}
		open := func(t *testing.T, change func(*aws.Options)) forecast.Engine {
			t.Helper()
			if o.patient {
				return patient{a.open(t, change)}
			}
			return a.open(t, change)
		}
		harness := enginetest.Harness{
			Engine:  open(t, nil),
			Release: a.release,
			Peer: func(t *testing.T) forecast.Engine {
				t.Helper()
				return open(t, func(o *aws.Options) { o.Actor = "kei" })
			},
			ReadOnly: func(t *testing.T) forecast.Engine {
				t.Helper()
				return open(t, func(o *aws.Options) {
					o.ReadOnly = true
					if a.guard != nil {
						o.Settings.Endpoint = a.guard.door(t, "view")
					}
				})
			},
			Outlives: true,
		}
		if o.source {
			harness.Source = a.contractSource(a.open(t, nil))
		}
		return harness
	}, o.cases...)
}

// TestContract runs the contract on a simulated account.
func TestContract(t *testing.T) {
	t.Parallel()
	exercise(t, accountOptions{})
}

// TestContractSteps runs the contract on an account with a job for each step.
func TestContractSteps(t *testing.T) {
	t.Parallel()
	exercise(t, accountOptions{layout: settings.LayoutSteps})
}

// TestContractProcessing runs what a Training job does otherwise on an account all of
// whose jobs are Processing jobs.
func TestContractProcessing(t *testing.T) {
	t.Parallel()
	exercise(t, accountOptions{
		layout: settings.LayoutSteps, train: settings.TrainAsProcessing,
		cases: []string{
			"run succeeds", "gate refuses", "rerun from the failed step", "rerun replaces the generation", "stop at Train", "logs are complete",
			"follow a log", "two engines run one date", "select and retry",
		},
	})
}

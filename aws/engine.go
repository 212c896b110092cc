package aws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"

	"github.com/daybatch/daybatch/aws/internal/arrival"
	"github.com/daybatch/daybatch/aws/internal/bucket"
	"github.com/daybatch/daybatch/aws/internal/calls"
	"github.com/daybatch/daybatch/aws/internal/catalogue"
	"github.com/daybatch/daybatch/aws/internal/cloud"
	"github.com/daybatch/daybatch/aws/internal/deploy"
	"github.com/daybatch/daybatch/aws/internal/logs"
	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/aws/internal/runs"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/alert"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/plan"
	"github.com/daybatch/daybatch/forecast/pulse"
)

const (
	// defaultPoll is how often changes are looked for while somebody waits.
	defaultPoll = 10 * time.Second
	// leaseTime is how long a plan is another's without a sign of life.
	leaseTime = 2 * time.Minute
	// startTime is how long SageMaker may take to know of an execution that it was
	// asked for.
	startTime = 2 * time.Minute
	// renewals is how many signs of life are given in that time.
	renewals = 8
	// liveLooks is how many looks what SageMaker said last serves: jobs tell of their
	// progress and their end themselves, so that all that shows late is a job that
	// was killed. One execution costs three calls a minute.
	liveLooks = 2
)

// Options set up an engine.
type Options struct {
	// Definition is the pipeline, complete.
	Definition forecast.Definition
	// Settings say which account and resources are used.
	Settings settings.Settings
	// Actor and Host say who operates, from where.
	Actor, Host string
	Log         *slog.Logger // nil: nothing is logged
	Now         func() time.Time
	// Wall is the clock by which a plan is given up whose driver is gone. It is
	// another one than Now in an account that is simulated, where time may fly and
	// stand still; nil: Now.
	Wall func() time.Time
	// Clock is that of this machine, which is compared with the service's; nil: it is
	// not.
	Clock func() time.Time
	// ReadOnly opens for reading: nothing in the account changes.
	ReadOnly bool
	// Version identifies the program in the jobs' image.
	Version string
	// Cache is the directory for files of generations, records and logs of jobs that are
	// over; it may be removed at any time.
	Cache string
	// Poll is how often changes are looked for; 0: ten seconds.
	Poll time.Duration
	// Look is how often a server looks around; 0: a minute.
	Look time.Duration
	// LogSettle is how long after the end of a job its last lines may take to
	// arrive; 0: ten seconds.
	LogSettle time.Duration
	// Jitter returns a random number from 0 to 1.
	Jitter func() float64
	// NewID returns an id that nobody else has used.
	NewID func() string
	// Unlimited lets as many calls be made as there are, in an account that is
	// simulated.
	Unlimited bool
	// Backoff is the longest wait before a call that failed is made again; 0: as the
	// SDK does, so that a throttled account gets the time that it needs.
	Backoff time.Duration
	// Alerts says who is told what. Commands run in Dir, with Environ.
	Alerts  alert.Audience
	Dir     string
	Environ []string
	// Speed is how many times as fast as the host's the clock Now may run, in an
	// account that is simulated, for people; 0: it is the host's.
	Speed float64
	// Again is the program, with its arguments, that logs in again to an account that
	// is simulated. Empty: the configuration of the SDK says which does.
	Again []string
}

// Engine is the engine of one project.
type Engine struct {
	options    Options
	definition forecast.Definition
	hash       string
	id         string // of this engine, among those that were ever open
	calendar   plan.Calendar
	bucket     bucket.Bucket
	dates      *record.Documents[record.Date]
	plans      *record.Documents[record.Plan]
	runs       runs.Runs
	live       live
	logs       *logs.Reader
	slots      *record.Documents[record.Slots]
	mail       mail
	catalogue  projection
	board      *catalogue.Dashboard // nil: there is none
	origin     origin
	deployed   deploy.Clients // for a look at what is deployed
	people     *calls.IAM
	elsewhere  []string // where calls go that do not go to AWS
	data       *lake.DB // starts DuckDB with the first use
	pulse      *pulse.Pulse
	hub        *hub
	clock      *cloud.Clock // nil: it is not compared

	// theirs is what is known of a pipeline that another team defined; nil: it is
	// daybatch's own, with records of its dates.
	theirs *theirs

	mu     sync.Mutex
	drafts map[forecast.PlanID]forecast.Plan // of a read-only engine
	quota  quota
	// projectWritten says that jobs will find this definition.
	projectWritten bool
	given          map[string]map[string]string // parameters of runs, by id
	bills          map[string]bill              // of runs that have ended, by id
}

var (
	_ forecast.Engine          = (*Engine)(nil)
	_ forecast.DashboardReader = (*Engine)(nil)
)

// Open opens the engine. No call is made.
func Open(ctx context.Context, options Options) (*Engine, error) {
	e, err := newEngine(ctx, options)
	if err != nil {
		return nil, fmt.Errorf("open pipeline %s: %w", options.Definition.Pipeline, err)
	}
	return e, nil
}

func newEngine(ctx context.Context, options Options) (*Engine, error) {
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	if options.Poll <= 0 {
		options.Poll = defaultPoll
	}
	if options.Look <= 0 {
		options.Look = lookTime
	}
	if options.Jitter == nil {
		options.Jitter = func() float64 { return 1 }
	}
	if options.Wall == nil {
		options.Wall = options.Now
	}
	e := &Engine{
		options: options, definition: options.Definition, id: options.NewID(), pulse: pulse.New(), drafts: make(map[forecast.PlanID]forecast.Plan),
		given: make(map[string]map[string]string),
	}
	var err error
	if e.hash, err = e.definition.Hash(); err != nil {
		return nil, err
	}
	if e.calendar, err = plan.NewCalendar(e.definition); err != nil {
		return nil, err
	}
	if e.data, err = lake.Open(ctx, lake.Options{}); err != nil {
		return nil, err
	}
	if err := e.connect(ctx); err != nil {
		return nil, errors.Join(err, e.data.Close())
	}
	if !options.Settings.Foreign.IsZero() {
		e.theirs = newTheirs(e)
	}
	e.hub = newHub(e)
	return e, nil
}

// keptBelow is the directory of the cache for what the bucket has below a prefix; empty
// without a cache.
func (e *Engine) keptBelow(prefix string) string {
	if e.options.Cache == "" {
		return ""
	}
	return filepath.Join(e.options.Cache, e.bucket.Name, filepath.FromSlash(e.bucket.Prefix+prefix))
}

// connect makes the clients.
func (e *Engine) connect(ctx context.Context) error {
	o := e.options
	limits := cloud.DefaultLimits()
	if o.Unlimited {
		limits = &cloud.Limits{}
	}
	limits.Backoff = o.Backoff
	of := account(o.Settings)
	of.Limits = limits
	if o.Clock != nil {
		e.clock = &cloud.Clock{Now: o.Clock}
		of.Clock = e.clock
	}
	loaded, err := cloud.Load(ctx, of)
	if err != nil {
		return err //nolint:wrapcheck // it says what it read
	}
	objects := s3.NewFromConfig(loaded, pathStyle)
	e.bucket = bucket.Bucket{API: objects, Name: o.Settings.Bucket, Prefix: strings.Trim(o.Settings.Prefix, "/") + "/"}
	pause := record.Wait(sleep, o.Jitter)
	e.dates = &record.Documents[record.Date]{Bucket: e.bucket, Prefix: naming.Dates, Pause: pause, NewID: o.NewID, Dir: e.keptBelow(naming.Dates)}
	e.plans = &record.Documents[record.Plan]{Bucket: e.bucket, Prefix: naming.Plans, Pause: pause, NewID: o.NewID, Dir: e.keptBelow(naming.Plans)}
	e.slots = &record.Documents[record.Slots]{Bucket: e.bucket, Prefix: naming.Starts, Pause: pause, NewID: o.NewID}
	e.mail = mail{now: o.Wall, documents: &record.Documents[record.Outbox]{Bucket: e.bucket, Prefix: naming.Messages, Pause: pause, NewID: o.NewID}}
	client := sagemaker.NewFromConfig(loaded)
	made := calls.OfSageMaker(client)
	e.runs = runs.Runs{API: made, Jobs: made, Pipelines: made, Pipeline: cmp.Or(o.Settings.Foreign.Pipeline, e.definition.Pipeline)}
	e.elsewhere = elsewhere(o.Settings, loaded)
	e.live.age = liveLooks * o.Poll
	lines := cloudwatchlogs.NewFromConfig(loaded)
	reading := logs.Options{Now: o.Now, Sleep: sleep, Error: cloud.Error, Poll: min(o.Poll, 2*time.Second), Settle: o.LogSettle, Kept: e.keptLogs()}
	if o.Settings.LiveTail {
		reading.Tail = &logs.Tail{Client: lines}
	}
	e.logs = logs.New(lines, reading)
	e.catalogue = e.newProjection(loaded)
	e.deployed = deployClients(loaded)
	e.people = people(loaded)
	e.origin = origin{
		tables: arrival.Tables{Glue: calls.OfGlue(glue.NewFromConfig(loaded)), Objects: objects, Names: tables(e.definition)},
		lately: make(map[comparison]outcome),
	}
	if d := o.Settings.Dashboard; d.DataSet != "" && o.Settings.Foreign.IsZero() {
		e.board = catalogue.NewDashboard(calls.OfQuickSight(quicksight.NewFromConfig(loaded)), d.Account, d.DataSet)
	}
	return nil
}

// Close ends the engine. Drives are to be ended before, by their contexts. What
// runs in the account goes on.
func (e *Engine) Close() error {
	e.hub.end()
	return e.data.Close() //nolint:wrapcheck // the lake says what failed
}

// holder is who this engine takes dates and plans for.
func (e *Engine) holder() string { return e.options.Actor + "@" + e.options.Host }

// Pipeline describes the pipeline.
func (e *Engine) Pipeline(ctx context.Context) (forecast.Pipeline, error) {
	d := e.definition
	due, next := e.calendar.NextDue(e.options.Now())
	p := forecast.Pipeline{
		Name: d.Pipeline, Engine: "sagemaker", Place: strings.TrimSpace(e.options.Settings.Region + " " + e.options.Settings.Account()), Timezone: d.Timezone, Schedule: d.Schedule,
		LateAfter: d.LateAfter, Start: d.Start, End: d.End, Newest: e.calendar.Newest(e.options.Now()), Next: next, NextDue: due, Production: d.Production,
		ReadOnly: e.options.ReadOnly, MaxActive: d.Limits.MaxActive, Mark: e.mark(), Notes: e.notes(),
	}
	if e.theirs != nil {
		return e.theirs.describe(ctx, p)
	}
	p.Steps, p.Table, p.Chunk = forecast.StepNames(), d.Target.Table, d.Limits.Chunk
	p.Series, p.Horizon, p.Levels, p.Gate = slices.Clone(d.Source.Series), d.Forecast.Horizon, slices.Clone(d.Forecast.Levels), d.Gate
	return p, nil
}

// mark is the word for what answers in the place of AWS, empty if AWS does.
func (e *Engine) mark() string {
	switch {
	case e.options.Settings.Simulation != "":
		return "SIMULATED"
	case len(e.elsewhere) > 0:
		return "NOT AWS"
	default:
		return ""
	}
}

// notes say what is meant by the mark.
func (e *Engine) notes() []string {
	said := notes(e.options.Settings, e.elsewhere)
	if speed := e.options.Speed; e.options.Settings.Simulation != "" && speed > 1 {
		said[0] += fmt.Sprintf("; while jobs run the account's time passes %.0f times as fast", speed)
	}
	return said
}

// rules are what decisions depend on, without the history's durations.
func (e *Engine) rules(ctx context.Context) (plan.Rules, error) {
	limits := e.definition.Limits
	r := plan.Rules{
		Zone: e.calendar.Zone(), Definition: e.hash, Pipeline: e.definition.Pipeline, MaxActive: max(1, limits.MaxActive),
		MaxFailures: limits.MaxFailures, Reserved: limits.Reserved, Chunk: limits.Chunk,
	}
	if e.theirs != nil {
		return e.theirs.rules(ctx, r)
	}
	return r, nil
}

// sleep waits for a time, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err() //nolint:wrapcheck // callers say what for
	case <-timer.C:
		return nil
	}
}

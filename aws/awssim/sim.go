package awssim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/daybatch/daybatch/aws/awssim/internal/athena"
	"github.com/daybatch/daybatch/aws/awssim/internal/clock"
	"github.com/daybatch/daybatch/aws/awssim/internal/events"
	"github.com/daybatch/daybatch/aws/awssim/internal/glue"
	"github.com/daybatch/daybatch/aws/awssim/internal/logs"
	"github.com/daybatch/daybatch/aws/awssim/internal/quicksight"
	"github.com/daybatch/daybatch/aws/awssim/internal/s3"
	"github.com/daybatch/daybatch/aws/awssim/internal/sagemaker"
	"github.com/daybatch/daybatch/aws/awssim/internal/scheduler"
	"github.com/daybatch/daybatch/aws/awssim/internal/sns"
	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

type (
	// Job is a job as its container, or its script, sees it.
	Job = sagemaker.Job
	// Exit is how a container ended.
	Exit = sagemaker.Exit
	// Play says how a job goes.
	Play = sagemaker.Play
	// Line is a line of a scripted job's log.
	Line = sagemaker.Line
	// Query is an Athena statement to be executed.
	Query = athena.Query
	// Result are the rows of a query.
	Result = athena.Result
	// Column is a column of a result.
	Column = athena.Column
	// DataSet is a QuickSight data set.
	DataSet = quicksight.DataSet
)

// Quirks are the account's bad habits; the zero value has none.
type Quirks struct {
	Lists     ListQuirks
	SageMaker SageMakerQuirks
	Logs      LogQuirks
	Athena    AthenaQuirks
	Events    EventQuirks
}

type (
	// ListQuirks bend pages and request tokens of all services.
	ListQuirks = wire.Quirks
	// SageMakerQuirks bend what SageMaker answers.
	SageMakerQuirks = sagemaker.Quirks
	// LogQuirks make logs hard to read.
	LogQuirks = logs.Quirks
	// AthenaQuirks bend the states of queries.
	AthenaQuirks = athena.Quirks
	// EventQuirks repeat events and change their order.
	EventQuirks = events.Quirks
)

// Options for [New]; only Dir is needed.
type Options struct {
	Dir string // S3 objects are the files <Dir>/<bucket>/<key>
	// Kept is where logs, pipelines, and executions that have ended, with their jobs,
	// are kept for the account that comes after this one; empty: nowhere.
	Kept    string
	Account string // 123456789012 by default
	Region  string // ap-northeast-1 by default

	// Now is the host's clock. Without it simulated time stands still until
	// Advance moves it; with it time runs Speed times as fast as the host's.
	Now   func() time.Time
	Speed float64
	Start time.Time // simulated time at the beginning; zero: the host's, or 2026-01-01 UTC

	// Seed is what the identifiers of executions, jobs and queries come from. Accounts
	// that follow each other over the same objects, which name such identifiers, need
	// seeds that lie apart.
	Seed uint64

	StartUp  time.Duration // simulated time until a job has its machine; 0: five minutes
	Overhead time.Duration // simulated time that the pipeline takes before a job and after it; 0: a second

	// Container runs a job's container and returns when it has exited. Its
	// context ends when the job is to stop, as by a signal. Nil: jobs are
	// scripted only.
	Container func(ctx context.Context, job Job) Exit
	// Script says how a job goes; with a Container it adds start-up times, a
	// shortest duration and failures of the infrastructure. It must not call
	// the simulation. Nil: a job takes a minute and succeeds.
	Script func(job Job) Play
	// Query executes a statement of Athena, over the files in Dir for example.
	// Nil: every query succeeds and gives no rows, every UNLOAD no files.
	Query func(ctx context.Context, q Query) (Result, error)
	// Syntax returns the byte at which a SELECT can't be read, and false if it can.
	// Nil: every one can.
	Syntax    func(ctx context.Context, sql string) (at int, wrong bool)
	QueryTime time.Duration // the shortest simulated time of a query; 0: two seconds

	// Identity is the ARN of the user with an access key; nil: the IAM user
	// of the same name as the key.
	Identity func(accessKey string) string

	Faults []Fault
	Quirks Quirks
}

// Sim is a simulated account. It is an [http.Handler].
type Sim struct {
	o        Options
	clock    *clock.Clock
	services map[string]service
	quirks   atomic.Pointer[Quirks]
	endpoint atomic.Pointer[string]
	rights   atomic.Pointer[Rights]
	journal  journal
	faults   faults

	store     *s3.Store
	logs      *logs.Service
	sagemaker *sagemaker.Service
	athena    *athena.Service
	glue      *glue.Service
	scheduler *scheduler.Service
	events    *events.Service
	sns       *sns.Service
	quick     *quicksight.Service

	stop    context.CancelFunc
	running sync.WaitGroup
	server  *http.Server
}

// New makes an account without anything in it but the objects that Dir holds, and what
// an earlier one has kept.
// [Sim.Close] ends it.
func New(o Options) (*Sim, error) {
	o = o.withDefaults()
	s := &Sim{o: o, clock: clock.New(clock.Options{Host: o.Now, Speed: o.Speed, Start: o.Start})}
	s.SetQuirks(o.Quirks)
	s.SetEndpoint("")
	s.SetRights(Rights{})
	s.faults.now = o.Now
	if o.Now == nil {
		s.faults.now = s.clock.Now
	}
	s.faults.simulated = s.clock.Now
	for _, f := range o.Faults {
		s.Inject(f)
	}
	if err := s.build(); err != nil {
		return nil, fmt.Errorf("simulate an account: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.running.Go(func() { s.clock.Run(ctx) })
	return s, nil
}

func (o Options) withDefaults() Options {
	if o.Account == "" {
		o.Account = "123456789012"
	}
	if o.Region == "" {
		o.Region = "ap-northeast-1"
	}
	if o.StartUp <= 0 {
		o.StartUp = 5 * time.Minute
	}
	if o.Overhead <= 0 {
		o.Overhead = time.Second
	}
	if o.QueryTime <= 0 {
		o.QueryTime = 2 * time.Second
	}
	if o.Identity == nil {
		account := o.Account
		o.Identity = func(accessKey string) string { return "arn:aws:iam::" + account + ":user/" + accessKey }
	}
	return o
}

// Start serves the account on a free port of the loopback interface and
// returns its address, an AWS_ENDPOINT_URL.
func (s *Sim) Start(ctx context.Context) (string, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listen: %w", err)
	}
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	s.running.Go(func() { _ = s.server.Serve(listener) }) // it ends with ErrServerClosed
	s.SetEndpoint("http://" + listener.Addr().String())
	return *s.endpoint.Load(), nil
}

// SetEndpoint says under which address containers find the account, when that
// is not where Start put it.
func (s *Sim) SetEndpoint(url string) { s.endpoint.Store(&url) }

// Close stops all containers and waits for everything to end. Files stay.
func (s *Sim) Close() error {
	var err error
	if s.server != nil {
		err = s.server.Close()
	}
	s.stop()
	s.sagemaker.Close()
	s.athena.Close()
	s.sns.Close()
	s.running.Wait()
	if err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("close the server: %w", err)
	}
	return nil
}

// Now is the simulated time.
func (s *Sim) Now() time.Time { return s.clock.Now() }

// Advance moves simulated time, if no host clock moves it. Containers, queries
// and deliveries run on in the meantime: [Sim.Settle] waits for them.
func (s *Sim) Advance(d time.Duration) { s.clock.Advance(d) }

// Settle waits until no container and no query runs and every message is
// delivered.
func (s *Sim) Settle() {
	s.sagemaker.Settle()
	s.athena.Settle()
	s.sns.Settle()
}

// SetQuirks replaces the account's bad habits.
func (s *Sim) SetQuirks(q Quirks) { s.quirks.Store(&q) }

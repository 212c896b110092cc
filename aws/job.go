package aws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"

	"github.com/daybatch/daybatch/aws/internal/bucket"
	"github.com/daybatch/daybatch/aws/internal/calls"
	"github.com/daybatch/daybatch/aws/internal/catalogue"
	"github.com/daybatch/daybatch/aws/internal/cloud"
	"github.com/daybatch/daybatch/aws/internal/definition"
	"github.com/daybatch/daybatch/aws/internal/job"
	"github.com/daybatch/daybatch/aws/internal/logs"
	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/step"
)

// JobOptions are what a job of the pipeline gets from its process.
type JobOptions struct {
	// Environ is the process' environment: DAYBATCH_* says what is to be done, and
	// commands inherit it.
	Environ []string
	// Root is /opt/ml, where SageMaker puts inputs and looks for outputs.
	Root string
	// Scratch is a directory that the job may fill; empty: one below Root.
	Scratch string
	// Project is the directory that commands and relative paths start from.
	Project string
	Host    string // name of the machine, for people, where nothing tells that of the job
	Version string
	Log     io.Writer
	// Executable is the path of the daybatch binary, for commands.
	Executable string
	Now        func() time.Time
	Jitter     func() float64 // a random number from 0 to 1
	NewID      func() string  // an id that nobody else has used
	// Watch is how often a job with several dates looks whether somebody stops the
	// one that it is at; 0: ten seconds.
	Watch time.Duration
	// Endpoint is that of a simulated account, for which nobody's credentials are
	// read; empty: that of the environment.
	Endpoint string
	// Sleep waits for a time or until ctx ends; nil: by the host's clock.
	Sleep func(ctx context.Context, d time.Duration) error
	// RunStep runs a step; nil: step.Run.
	RunStep func(ctx context.Context, options step.Options) (step.Exit, error)
	// Unlimited lets calls be made as fast as can be, in an account that is
	// simulated.
	Unlimited bool
}

// limits are those of a job. Nobody waits at a screen for it, and hours of work
// may hang on a call: it insists for longer than an engine.
func (o JobOptions) limits() *cloud.Limits {
	const attempts, deadline = 12, 3 * time.Minute
	if o.Unlimited || o.Endpoint != "" { // what makes it fail there is over at once
		return &cloud.Limits{Attempts: attempts, Deadline: deadline, Backoff: 10 * time.Millisecond}
	}
	return &cloud.Limits{
		Attempts: attempts, Deadline: deadline, PerSecond: 10,
		Of: map[string]float64{"GetObject": 0, "PutObject": 0, "ListObjectsV2": 0}, // S3 bears thousands
	}
}

// RunJob runs what a container of the pipeline is there for. Its error says why
// the job failed.
func RunJob(ctx context.Context, o JobOptions) error {
	options, err := o.internal(ctx)
	if err != nil {
		return errors.Join(err, job.Leave(o.message(), err.Error()))
	}
	return job.Run(ctx, options) //nolint:wrapcheck // it says why
}

// training reports whether the job is a Training job.
func (o JobOptions) training() bool {
	return environment(o.Environ)["DAYBATCH_JOB"] == definition.JobTraining
}

// message is the file for the reason why the job failed.
func (o JobOptions) message() string {
	if o.training() {
		return filepath.Join(o.Root, "output", "failure")
	}
	return filepath.Join(o.Root, "output", "message")
}

// dir is where the inputs and outputs are, and scratch where there is room: on the
// job's volume.
func (o JobOptions) dir() (dir, scratch string) {
	if o.training() {
		return o.Root, cmp.Or(o.Scratch, filepath.Join(o.Root, "daybatch"))
	}
	dir = filepath.Join(o.Root, "processing")
	return dir, cmp.Or(o.Scratch, filepath.Join(dir, "daybatch"))
}

// internal reads the environment and makes the clients.
func (o JobOptions) internal(ctx context.Context) (job.Options, error) {
	config, err := job.ReadConfig(o.Environ)
	if err != nil {
		return job.Options{}, fmt.Errorf("read the job's environment: %w", err)
	}
	hosts, err := job.ReadHosts(o.Root)
	if err != nil {
		return job.Options{}, err //nolint:wrapcheck // it says what it read
	}
	name := job.ReadName(o.Root, o.Environ)
	account := cloud.Account{Region: config.Region, Endpoint: environment(o.Environ)["AWS_ENDPOINT_URL"], Limits: o.limits()}
	if o.Endpoint != "" {
		account.Endpoint, account.Simulated = o.Endpoint, true
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	loaded, err := cloud.Load(ctx, account)
	if err != nil {
		return job.Options{}, err //nolint:wrapcheck // it says what it read
	}
	dir, scratch := o.dir()
	options := job.Options{
		Config: config,
		Bucket: bucket.Bucket{
			API:  s3.NewFromConfig(loaded, pathStyle),
			Name: config.Bucket, Prefix: config.Prefix,
		},
		Dir: dir, Training: o.training(), Message: o.message(), Scratch: scratch, Project: o.Project,
		Host: cmp.Or(name, o.Host), Name: name, Hosts: hosts, Version: o.Version, Log: o.Log, Environ: o.Environ, Executable: o.Executable, RunStep: o.RunStep,
		Now: o.Now, Sleep: o.Sleep, Jitter: o.Jitter, NewID: o.NewID, StepLog: stepLog,
		Watch: cmp.Or(o.Watch, defaultPoll),
	}
	if config.Database != "" {
		client := calls.OfGlue(glue.NewFromConfig(loaded))
		options.OpenTable = func(name string) job.Table { return catalogue.NewTable(client, config.Database, name) }
		options.Source = catalogue.NewAthena(calls.OfAthena(athena.NewFromConfig(loaded)), catalogue.AthenaOptions{
			Database: config.Database, Workgroup: config.Workgroup, Results: naming.URI(config.Bucket, config.Prefix, naming.Queries),
			Sleep: o.Sleep, NewID: o.NewID,
		})
	}
	executions := calls.OfSageMaker(sagemaker.NewFromConfig(loaded))
	options.Rename = func(ctx context.Context, arn, name string) error {
		_, err := executions.UpdatePipelineExecution(ctx, &sagemaker.UpdatePipelineExecutionInput{
			PipelineExecutionArn: &arn, PipelineExecutionDisplayName: &name,
		})
		return cloud.Error(err)
	}
	if config.Dashboard != "" {
		options.Dashboard = catalogue.NewDashboard(calls.OfQuickSight(quicksight.NewFromConfig(loaded)), config.DashboardAccount, config.Dashboard)
	}
	return options, nil
}

func environment(environ []string) map[string]string {
	values := make(map[string]string, len(environ))
	for _, pair := range environ {
		if name, value, ok := strings.Cut(pair, "="); ok {
			values[name] = value
		}
	}
	return values
}

// stepLog tags the lines of a step in the log of a job that runs several.
func stepLog(out io.Writer, run string, name forecast.StepName, date calendar.Date) io.WriteCloser {
	return logs.NewWriter(out, logs.Tag{Run: run, Step: name, Date: date})
}

package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/daybatch/daybatch/aws/internal/bucket"
	"github.com/daybatch/daybatch/aws/internal/catalogue"
	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/logkey"
	"github.com/daybatch/daybatch/forecast/step"
)

// Table is the catalogue's table of the partitions.
type Table interface {
	Point(ctx context.Context, date calendar.Date, location string, parameters map[string]string) error
	Drop(ctx context.Context, date calendar.Date) error
}

// Dashboard is what people look at.
type Dashboard interface {
	Refresh(ctx context.Context, id string) error
}

// Source is where the project's query runs.
type Source interface {
	Unload(ctx context.Context, request catalogue.UnloadRequest) error
}

// Options are what a job gets from its process.
type Options struct {
	Config Config
	Bucket bucket.Bucket
	// OpenTable opens the catalogue's table of a name; nil: there is no catalogue.
	OpenTable func(name string) Table
	// Dashboard is refreshed when a date is published that no plan asked for: a
	// plan does that once, at its end. nil: there is none.
	Dashboard Dashboard
	// Rename gives the pipeline's execution another name; nil: it keeps the one that
	// it has.
	Rename func(ctx context.Context, arn, name string) error
	// Source runs the project's query; nil: it is run over the project's files.
	Source Source

	// Dir holds the inputs and outputs of a step that has a job of its own: of a
	// Processing job /opt/ml/processing, of a Training job /opt/ml.
	Dir string
	// Training says that it is a Training job: see [Options.Dir].
	Training bool
	// Scratch is a directory that the job may fill.
	Scratch string
	// Message is the file for the reason why the job failed.
	Message string
	// Project is the directory that relative paths and commands start from.
	Project string

	Host    string // what holds the date, for people: the job's name
	Name    string // of the job, the same on all of its machines; empty: it is not known
	Hosts   Hosts  // the machines of the job
	Version string // of the program
	Log     io.Writer
	// StepLog opens the log of a step, from which its lines go to out with their
	// step and date; nil: as they are. It is not used if the job has one step.
	StepLog func(out io.Writer, run string, name forecast.StepName, date calendar.Date) io.WriteCloser
	// RunStep runs a step; nil: [step.Run].
	RunStep    func(ctx context.Context, options step.Options) (step.Exit, error)
	Environ    []string
	Executable string

	Now func() time.Time
	// Sleep waits, or returns the cause for which ctx ended.
	Sleep func(ctx context.Context, wait time.Duration) error
	// Watch is how often a job with dates that wait looks whether somebody stops the
	// one that it is at; 0: only before each step. It is also how often a machine
	// looks for what another one hands over.
	Watch time.Duration
	// Jitter returns a random number from 0 to 1.
	Jitter func() float64
	// NewID returns an id that nobody else has used, of letters and digits.
	NewID func() string
}

// Keys of log attributes that only jobs have; the others are in logkey.
const (
	keyGeneration = "generation"
	keyHash       = "hash"
	keyHost       = "host"
	keyName       = "name"
	keyPublished  = "published"
	keyRun        = "run"
)

// maxMessage is how much of the file message SageMaker reads.
const maxMessage = 1024

// Run does what the job's environment asks for. An error says why the job failed,
// and stands in the file message too. The refusal of a gate is none in a job that
// runs TrainEvaluation alone, since the pipeline looks at the metrics itself.
//
// When ctx ends, the step that runs is ended, and the attempt with it.
func Run(ctx context.Context, options Options) error {
	if options.RunStep == nil {
		options.RunStep = step.Run
	}
	j := &job{
		Options: options, log: slog.New(step.LogHandler(options.Log, options.Now)), run: naming.RunID(options.Config.ARN),
		dates: &record.Documents[record.Date]{
			Bucket: options.Bucket, Prefix: naming.Dates, Pause: record.Wait(options.Sleep, options.Jitter), NewID: options.NewID,
		},
		plans: &record.Documents[record.Plan]{
			Bucket: options.Bucket, Prefix: naming.Plans, Pause: record.Wait(options.Sleep, options.Jitter), NewID: options.NewID,
		},
	}
	var err error
	if j.Hosts.leads() {
		err = j.do(ctx)
		j.dismiss(ctx)
	} else {
		err = j.assist(ctx)
	}
	if err == nil {
		return nil
	}
	j.log.ErrorContext(ctx, "the job failed", slog.String(logkey.Reason, err.Error()))
	err = errors.Join(err, Leave(j.Message, err.Error()))
	if j.Config.Step == forecast.TrainEvaluation && reasonOf(err).Class == forecast.ReasonGate {
		return nil
	}
	return err
}

// job runs the steps of dates.
type job struct {
	Options

	log        *slog.Logger
	run        string // identity of the pipeline's execution
	dates      *record.Documents[record.Date]
	plans      *record.Documents[record.Plan]
	definition forecast.Definition
	table      Table // nil: there is none
	orders     int   // that other machines of the job were given
}

// Leave writes the file for the reason why a job failed. What SageMaker would not
// read is cut.
func Leave(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // SageMaker reads it
		return fmt.Errorf("write message: %w", err)
	}
	if err := os.WriteFile(path, []byte(short(text)), 0o644); err != nil { //nolint:gosec // as above
		return fmt.Errorf("write message: %w", err)
	}
	return nil
}

// short cuts a text to what fits in a message, between two characters.
func short(text string) string {
	text = strings.ToValidUTF8(text, "")
	if len(text) <= maxMessage {
		return text
	}
	const mark = "…"
	cut := maxMessage - len(mark)
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + mark
}

func (j *job) do(ctx context.Context) error {
	if err := j.load(ctx); err != nil {
		return err
	}
	if j.Config.Carrier.Number > 0 {
		return j.carry(ctx)
	}
	if len(j.Config.Dates) > 0 {
		return j.several(ctx)
	}
	date, err := j.date()
	if err != nil {
		return err
	}
	return j.one(ctx, date, j.Config.Attempt)
}

// load reads the definition.
func (j *job) load(ctx context.Context) error {
	text, _, err := j.Bucket.Get(ctx, naming.ProjectKey(j.Config.Project))
	if err != nil {
		return fmt.Errorf("read the project's definition: %w", err)
	}
	if err := json.Unmarshal(text, &j.definition); err != nil {
		return fmt.Errorf("read the project's definition: %w: %s", forecast.ErrInvalid, err.Error())
	}
	hash, err := j.definition.Hash()
	if err != nil {
		return err //nolint:wrapcheck // it says what it did
	}
	if hash != j.Config.Project {
		j.log.WarnContext(ctx, "the definition is not what its name says: the daybatch of the image may be older than the one that deployed it",
			slog.String(keyName, j.Config.Project), slog.String(keyHash, hash))
	}
	if j.OpenTable != nil {
		j.table = j.OpenTable(j.definition.Target.Table)
	}
	return nil
}

// date returns the date of a job with one: the one that it was given, else that
// of the schedule's firing.
func (j *job) date() (calendar.Date, error) {
	if !j.Config.Date.IsZero() {
		return j.Config.Date, nil
	}
	zone, err := j.definition.Zone()
	if err != nil {
		return 0, err //nolint:wrapcheck // it names the zone
	}
	return calendar.In(j.Config.Scheduled, zone) - calendar.Date(j.definition.LagDays), nil
}

// one runs a date.
func (j *job) one(ctx context.Context, date calendar.Date, attempt int) error {
	w := newWork(j, date, attempt)
	defer w.clean()
	if err := w.claim(ctx); err != nil {
		return err
	}
	return w.claimed(ctx)
}

// claimed runs the date that is taken.
func (w *work) claimed(ctx context.Context) error {
	if w.attempt.Status == forecast.Succeeded {
		w.log.InfoContext(ctx, "the attempt has succeeded before", slog.String(logkey.Execution, string(w.attempt.ID)))
		return w.project(ctx)
	}
	err := w.steps(ctx)
	switch {
	case w.generation != "":
		if err != nil { // what is committed has succeeded
			w.log.WarnContext(ctx, "after the commit", slog.String(logkey.Error, err.Error()))
		}
		err = errors.Join(w.project(ctx), w.end(ctx, nil))
		if err == nil {
			w.refresh(ctx)
		}
		return err
	case err != nil:
		return w.end(ctx, err)
	default:
		return nil // the next step's job goes on
	}
}

package job_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/daybatch/daybatch/aws/internal/bucket"
	"github.com/daybatch/daybatch/aws/internal/bucket/buckettest"
	"github.com/daybatch/daybatch/aws/internal/job"
	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/step"
)

const arnPrefix = "arn:aws:sagemaker:ap-northeast-1:123456789012:pipeline/demand-daily/execution/"

// fataler is what tests and properties share.
type fataler interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// world is a bucket with a project in it, and a catalogue.
type world struct {
	t    fataler
	s3   *buckettest.S3
	dir  string
	hash string
	// table is what readers of the catalogue see.
	table *table

	mu  sync.Mutex
	ids int
	// script runs a step in place of the scripted one; it returns false to leave
	// it to that.
	script func(ctx context.Context, spec step.Spec, root string) (step.Exit, bool)
	ran    []string // step names in the order in which they began
	now    time.Time
	// refreshed are the ids of refreshes; each is answered with refusal.
	refreshed []string
	refusal   error
	// renamed are the names that executions were given; each is answered with unnamed.
	renamed []string
	unnamed error
	log     strings.Builder
}

// table is a catalogue in memory.
type table struct {
	mu    sync.Mutex
	at    map[calendar.Date]string
	calls int
	fault func(call int) error
}

func (c *table) call() error {
	c.calls++
	if c.fault != nil {
		return c.fault(c.calls)
	}
	return nil
}

func (c *table) Point(_ context.Context, date calendar.Date, location string, parameters map[string]string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.call(); err != nil {
		return err
	}
	if parameters["daybatch.generation"] == "" || parameters["daybatch.rows"] == "" {
		return fmt.Errorf("parameters %v: %w", parameters, forecast.ErrInvalid)
	}
	c.at[date] = location
	return nil
}

func (c *table) Drop(_ context.Context, date calendar.Date) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.call(); err != nil {
		return err
	}
	delete(c.at, date)
	return nil
}

func day() calendar.Date { return calendar.Of(2026, time.January, 15) }

func definition() forecast.Definition {
	return forecast.Definition{
		Pipeline: "demand-daily", Timezone: "Asia/Tokyo", LagDays: 1,
		Source:   forecast.Source{Query: "SELECT 1", Time: "ds", Value: "orders"},
		Forecast: forecast.Settings{Horizon: 7, Levels: []int{80}, Models: []string{"auto"}},
		Target:   forecast.Target{Table: "demand_forecast"},
		Steps: map[forecast.StepName]forecast.StepOptions{
			forecast.Train: {Retries: 2}, forecast.PostProc: {Retries: 1},
		},
	}
}

func newWorld(t fataler, dir string) *world {
	t.Helper()
	w := &world{
		t: t, s3: &buckettest.S3{}, dir: dir, table: &table{at: make(map[calendar.Date]string)},
		now: time.Date(2026, time.January, 16, 6, 0, 0, 0, time.UTC),
	}
	w.put(definition())
	return w
}

// put deploys a definition.
func (w *world) put(d forecast.Definition) {
	w.t.Helper()
	hash, err := d.Hash()
	text, err2 := json.Marshal(d)
	if err != nil || err2 != nil {
		w.t.Fatalf("definition: %v, %v", err, err2)
	}
	w.hash = hash
	w.s3.Set("p/"+naming.ProjectKey(hash), text)
}

func (w *world) id() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ids++
	return fmt.Sprintf("id%06d", w.ids)
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(time.Second)
	return w.now
}

// Refresh notes that the dashboard is refreshed.
func (w *world) Refresh(_ context.Context, id string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refreshed = append(w.refreshed, id)
	return w.refusal
}

// Write collects the log.
func (w *world) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(p)
}

func nap(ctx context.Context, _ time.Duration) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// config is that of a run of all steps which the schedule started.
func (w *world) config(run string) job.Config {
	return job.Config{
		Pipeline: "demand-daily", Bucket: "b", Prefix: "p/", Project: w.hash, Run: run, ARN: arnPrefix + run,
		Scheduled: time.Date(2026, time.January, 15, 21, 0, 0, 0, time.UTC), Start: forecast.Extract, Database: "lake",
	}
}

func (w *world) options(config job.Config) job.Options {
	root := filepath.Join(w.dir, config.Run, w.id())
	return job.Options{
		Config: config, Bucket: bucket.Bucket{API: w.s3, Name: "b", Prefix: "p/"},
		OpenTable: func(string) job.Table { return w.table }, Dashboard: w, Rename: w.rename,
		Dir: filepath.Join(root, "processing"), Scratch: filepath.Join(root, "scratch"), Message: filepath.Join(root, "output", "message"),
		Project: w.dir, Host: "job-" + config.Run, Version: "1", Log: w, RunStep: w.runStep,
		Now: w.clock, Sleep: nap, Jitter: func() float64 { return 0.5 }, NewID: w.id,
	}
}

func (w *world) rename(_ context.Context, arn, name string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.renamed = append(w.renamed, naming.RunID(arn)+" "+name)
	return w.unnamed
}

// run runs a job.
func (w *world) run(ctx context.Context, config job.Config) error {
	return job.Run(ctx, w.options(config))
}

// runStep is a step that makes of its inputs what the contract says, without any
// forecasting: each output holds the checksum of the inputs.
func (w *world) runStep(ctx context.Context, options step.Options) (step.Exit, error) {
	spec, err := step.ReadSpec(options.Root)
	if err != nil {
		return step.Exit{}, err
	}
	w.mu.Lock()
	w.ran = append(w.ran, string(spec.Step))
	w.mu.Unlock()
	fmt.Fprintf(options.Log, "running %s\n", spec.Step)
	if w.script != nil {
		if exit, ok := w.script(ctx, spec, options.Root); ok {
			return exit, nil
		}
	}
	if ctx.Err() != nil {
		return step.Exit{Code: 1, Class: forecast.ReasonStopped, Reason: "stopped"}, nil //nolint:nilerr // that is the end of the step
	}
	return step.Exit{}, makeOutput(spec, options.Root)
}

func makeOutput(spec step.Spec, root string) error {
	sum := sha256.New()
	_, _ = io.WriteString(sum, spec.Date.String()+string(spec.Step))
	inputs := step.Inputs(spec.Step)
	for _, input := range slices.Sorted(maps.Keys(inputs)) {
		text, err := os.ReadFile(filepath.Join(root, step.InputDir, input, files(inputs[input])[0]))
		if err != nil {
			return err
		}
		_, _ = sum.Write(text)
	}
	content := hex.EncodeToString(sum.Sum(nil))
	dir := filepath.Join(root, step.OutputDir, step.Output(spec.Step))
	for _, name := range files(spec.Step) {
		text := content
		switch name {
		case "metrics.json":
			text = `{"measures":{"wape":0.25}}`
		case "manifest.json":
			part := sha256.Sum256([]byte(content))
			manifest, err := json.Marshal(step.Manifest{
				Generation: spec.Generation, Date: spec.Date, Execution: string(spec.Execution), Attempt: spec.Attempt, Rows: 7, Series: 1,
				Files: []step.File{{Path: "part-0.parquet", Bytes: int64(len(content)), SHA256: hex.EncodeToString(part[:])}},
			})
			if err != nil {
				return err
			}
			text = string(manifest)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// files are those that a scripted step makes, the one that others read first.
func files(name forecast.StepName) []string {
	switch name {
	case forecast.Extract:
		return []string{"rows.parquet"}
	case forecast.PreProc:
		return []string{"panel.parquet", "panel.json"}
	case forecast.Train:
		return []string{"models.json", "backtest.parquet"}
	case forecast.TrainEvaluation:
		return []string{"metrics.json", "evaluation.json"}
	case forecast.Predict:
		return []string{"forecast.parquet"}
	default:
		return []string{"part-0.parquet", "manifest.json"}
	}
}

// documents are the records as an operator has them, whose calls never fail.
func (w *world) documents() *record.Documents[record.Date] {
	return &record.Documents[record.Date]{
		Bucket: bucket.Bucket{API: w.s3, Name: "b", Prefix: "p/"}, Prefix: naming.Dates, NewID: w.id,
		Pause: func(ctx context.Context, _ int) error { return nap(ctx, 0) },
	}
}

func (w *world) record(d calendar.Date) record.Date {
	w.t.Helper()
	stored, err := w.documents().Load(context.Background(), d.String())
	if err != nil {
		w.t.Fatalf("record of %s: %v", d, err)
	}
	return stored
}

// change changes a record.
func (w *world) change(d calendar.Date, change func(record.Date) (record.Date, error)) {
	w.t.Helper()
	if _, err := w.documents().Change(context.Background(), d.String(), change); err != nil {
		w.t.Fatalf("change the record of %s: %v", d, err)
	}
}

// take takes a date as an operator's engine does before it starts an execution.
func (w *world) take(d calendar.Date, n int) {
	w.t.Helper()
	w.change(d, func(r record.Date) (record.Date, error) {
		return r.Take(record.Attempt{Execution: forecast.Execution{
			ID: naming.ExecutionID(d, n), Pipeline: "demand-daily", Date: d, Attempt: n, Status: forecast.Executing, Cause: forecast.CauseRerun, Actor: "aki",
			Created: w.clock(),
		}, Token: naming.Token("demand-daily", d, n), Carrier: naming.Attempt(d, n)}, "aki@forge", w.clock())
	})
}

func (w *world) progress(run string, d calendar.Date) record.Progress {
	w.t.Helper()
	var p record.Progress
	if err := json.Unmarshal(w.s3.Object("p/"+naming.ProgressKey(run, d)), &p); err != nil {
		w.t.Fatalf("progress of %s: %v", run, err)
	}
	return p
}

// began returns the steps that began since the last call.
func (w *world) began() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := strings.Join(w.ran, " ")
	w.ran = nil
	return text
}

// statuses returns those of an attempt's steps.
func statuses(steps []forecast.Step) string {
	var all []string
	for _, s := range steps {
		all = append(all, string(s.Status))
	}
	return strings.Join(all, ",")
}

const allSteps = "Extract PreProc Train TrainEvaluation Predict PostProc"

// check checks what must hold of a date at any time, whatever was killed.
func (w *world) check(d calendar.Date) error {
	r := w.record(d)
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	before, seen := "", map[string]bool{}
	for i, p := range r.Publications {
		if p.From != before {
			wrong("publication %d replaces %q, not %q", i, p.From, before)
		}
		if seen[p.To] {
			wrong("generation %s was published twice", p.To)
		}
		seen[p.To], before = true, p.To
	}
	if r.Current != before {
		wrong("current is %q, but %q was published last", r.Current, before)
	}
	byAttempt := map[int]int{}
	for id, g := range r.Generations {
		byAttempt[g.Attempt]++
		errs = append(errs, w.whole(r.Date, id))
	}
	open := 0
	for i, a := range r.Attempts {
		if a.Attempt != i+1 {
			wrong("attempt %d has number %d", i+1, a.Attempt)
		}
		if byAttempt[a.Attempt] > 1 {
			wrong("attempt %d committed %d generations", a.Attempt, byAttempt[a.Attempt])
		}
		if a.Status.Open() {
			open++
			continue
		}
		for _, s := range a.Steps {
			if s.Status.Open() {
				wrong("attempt %d ended, and its step %s is %s", a.Attempt, s.Name, s.Status)
			}
		}
		if a.Status == forecast.Stopped && byAttempt[a.Attempt] > 0 {
			wrong("attempt %d is Stopped, and published", a.Attempt)
		}
	}
	if (open == 1) != (r.Claim != nil) || open > 1 {
		wrong("%d attempts are open, the claim is %+v", open, r.Claim)
	}
	return errors.Join(errs...)
}

// whole returns what is wrong with the files of a generation.
func (w *world) whole(d calendar.Date, id string) error {
	prefix := "p/" + naming.GenerationPrefix("demand_forecast", d, id)
	var manifest step.Manifest
	if err := json.Unmarshal(w.s3.Object(prefix+"manifest.json"), &manifest); err != nil {
		return fmt.Errorf("manifest of generation %s: %w", id, err)
	}
	for _, file := range manifest.Files {
		sum := sha256.Sum256(w.s3.Object(prefix + file.Path))
		if hex.EncodeToString(sum[:]) != file.SHA256 {
			return fmt.Errorf("generation %s: %s is not whole", id, file.Path)
		}
	}
	return nil
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Errorf("read: %v", err)
	}
	return string(text)
}

package job_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/internal/bucket/buckettest"
	"github.com/daybatch/daybatch/aws/internal/job"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/step"
)

// blink is a short wait by the host's clock: machines of a job run at once here.
func blink(ctx context.Context, _ time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(time.Millisecond):
		return nil
	}
}

// hosts returns those of the machines of a job.
func hosts(count int) []string {
	all := make([]string, count)
	for i := range all {
		all[i] = fmt.Sprintf("algo-%d", i+1)
	}
	return all
}

// runHosts runs the job of a step on several machines as SageMaker does: each has
// all inputs, the first that fails ends the others, and what all of them leave is
// uploaded. It returns the errors by machine.
func runHosts(t *testing.T, w *world, config job.Config, count int, change func(machine int, o *job.Options)) []error {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	errs, uploads := make([]error, count), make([]func(), count)
	began := w.clock()
	var all sync.WaitGroup
	for i := range count {
		o := w.options(config)
		o.Sleep, o.RunStep, o.Name = blink, step.Run, "pipelines-"+config.Run+"-"+string(config.Step)
		o.Hosts = job.Hosts{Current: hosts(count)[i], All: hosts(count)}
		if i > 0 {
			o.Now = func() time.Time { return began } // its patience does not end
		}
		if change != nil {
			change(i, &o)
		}
		uploads[i] = mount(t, w, o)
		all.Go(func() {
			if errs[i] = job.Run(ctx, o); errs[i] != nil {
				cancel()
			}
		})
	}
	all.Wait()
	if errors.Join(errs...) == nil {
		for _, upload := range uploads {
			upload()
		}
	}
	return errs
}

// runDate runs the six jobs of a date, those that can be shared on several
// machines.
func runDate(t *testing.T, w *world, machines int) {
	t.Helper()
	source := &athena{w: w, rows: strings.ReplaceAll(rowsUntil("2026-01-15"), "('truck')", "('truck'), ('bike'), ('cart'), ('sled'), ('ship')")}
	for _, name := range forecast.StepNames() {
		config := w.config("run1")
		config.Step = name
		count := 1
		if realDefinition().Shareable(name) {
			count = machines
		}
		errs := runHosts(t, w, config, count, func(_ int, o *job.Options) { o.Source = source })
		if err := errors.Join(errs...); err != nil {
			t.Fatalf("%s on %d machines: %v\n%s", name, count, err, w.log.String())
		}
	}
}

// A date has the same partition, bit for bit, however many machines Train and
// Predict run on.
func TestStepsSharedByMachines(t *testing.T) {
	t.Parallel()
	d := realDefinition()
	d.Forecast.Models = []string{"seasonal_naive", "ets", "theta"}
	var want []string
	var outputs [][]record.File
	for i, machines := range []int{1, 2, 3} {
		w := newWorld(t, t.TempDir())
		w.put(d)
		runDate(t, w, machines)
		got := w.partition(t, day())
		p := w.progress("run1", day())
		train, _ := p.Step(forecast.Train)
		predict, _ := p.Step(forecast.Predict)
		outputs = append(outputs, append(train.Outputs, predict.Outputs...))
		if i == 0 {
			want = got
		}
		if diff := cmp.Diff(want, got); diff != "" || len(got) != 1+6*7 {
			t.Errorf("%d machines: %d rows (-one machine +several):\n%s", machines, len(got)-1, diff)
		}
		if diff := cmp.Diff(outputs[0], outputs[i]); diff != "" {
			t.Errorf("%d machines: outputs of Train and Predict (-one machine +several):\n%s", machines, diff)
		}
		if err := w.check(day()); err != nil {
			t.Error(err)
		}
		if r := w.record(day()); len(r.Attempts) != 1 || len(r.Publications) != 1 || r.Last().Status != forecast.Succeeded {
			t.Errorf("%d machines: record = %+v; want one attempt that published once", machines, r)
		}
		for _, key := range w.s3.Keys("p/runs/run1/") {
			if strings.HasSuffix(key, ".tables") {
				t.Errorf("%s is left, which nobody needs", key)
			}
		}
	}
}

// panelOnly runs what comes before Train, on one machine.
func panelOnly(t *testing.T, w *world) {
	t.Helper()
	for _, name := range forecast.StepNames()[:2] {
		config := w.config("run1")
		config.Step = name
		source := &athena{w: w, rows: rowsUntil("2026-01-15")}
		if err := errors.Join(runHosts(t, w, config, 1, func(_ int, o *job.Options) { o.Source = source })...); err != nil {
			t.Fatal(err)
		}
	}
}

// A share that fails is the step's failure, with its own reason, and is tried again
// as one: all machines do the next try together.
func TestShareFails(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		class    forecast.ReasonClass
		failures int // of the second machine's tries
		tries    int
		want     string // of the failure; empty: there is none
	}{
		"once, of the machine": {forecast.ReasonInfrastructure, 1, 2, ""},
		"always":               {forecast.ReasonInfrastructure, 9, 3, "algo-2: the disk is full"},
		"of the step":          {forecast.ReasonStep, 1, 1, "algo-2: the disk is full"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, t.TempDir())
			d := realDefinition()
			d.Steps = map[forecast.StepName]forecast.StepOptions{forecast.Train: {Retries: 2}}
			w.put(d)
			panelOnly(t, w)
			config, tries := w.config("run1"), 0
			config.Step = forecast.Train
			errs := runHosts(t, w, config, 3, func(machine int, o *job.Options) {
				if machine != 1 {
					return
				}
				o.RunStep = func(ctx context.Context, so step.Options) (step.Exit, error) {
					if tries++; tries <= tt.failures {
						return step.Exit{Code: 1, Class: tt.class, Reason: "the disk is full"}, nil
					}
					return step.Run(ctx, so)
				}
			})
			train, _ := w.progress("run1", day()).Step(forecast.Train)
			if train.Tries != tt.tries {
				t.Errorf("%d tries; want %d", train.Tries, tt.tries)
			}
			if tt.want == "" {
				if err := errors.Join(errs...); err != nil || train.Status != forecast.StepSucceeded {
					t.Errorf("Run = %v, Train %s", err, train.Status)
				}
				return
			}
			if errs[0] == nil || errs[0].Error() != tt.want || train.Status != forecast.StepFailed || train.Reason != (forecast.Reason{Class: tt.class, Text: tt.want}) {
				t.Errorf("Run = %v, Train %s %+v; want the first machine's failure: %s", errs, train.Status, train.Reason, tt.want)
			}
		})
	}
}

var errMachine = errors.New("out of memory")

// A machine that is ended while it waits for another one says so, and the record
// gets the end of the attempt from the first one alone.
func TestShareEndedBySageMaker(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	w.put(realDefinition())
	panelOnly(t, w)
	config := w.config("run1")
	config.Step = forecast.Train
	errs := runHosts(t, w, config, 2, func(machine int, o *job.Options) {
		if machine == 1 { // it has begun, and is killed
			began := make(chan struct{})
			o.RunStep = func(context.Context, step.Options) (step.Exit, error) {
				close(began)
				return step.Exit{}, nil
			}
			o.Sleep = func(ctx context.Context, d time.Duration) error {
				select {
				case <-began:
					return errMachine
				default:
					return blink(ctx, d)
				}
			}
		}
	})
	if errs[0] == nil || errs[1] == nil {
		t.Errorf("Run = %v; want that both ended", errs)
	}
	if a := w.record(day()).Last(); a.Status != forecast.Failed || a.Reason.Class != forecast.ReasonLost {
		t.Errorf("the attempt is %s %+v; want Failed, lost", a.Status, a.Reason)
	}
	if err := w.check(day()); err != nil {
		t.Error(err)
	}
}

// What is on other machines than the first is nothing in a job that can't be
// shared: two would publish one date.
func TestOneMachineWorks(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]func(*job.Config){
		"all steps": func(*job.Config) {},
		"PostProc":  func(c *job.Config) { c.Step = forecast.PostProc },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, t.TempDir())
			c := w.config("run1")
			config(&c)
			o := w.options(c)
			o.Name, o.Hosts = "job", job.Hosts{Current: "algo-2", All: hosts(2)}
			if err := job.Run(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			if ran, writes := w.began(), w.s3.Writes(); ran != "" || writes > 0 {
				t.Errorf("the second machine ran %q and wrote %d objects", ran, writes)
			}
		})
	}
}

// A machine that nobody tells what to do does not wait, and cost, for ever.
func TestNoOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	config := w.config("run1")
	config.Step = forecast.Train
	o := w.options(config)
	o.Name, o.Hosts = "job", job.Hosts{Current: "algo-2", All: hosts(2)}
	err := job.Run(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), "algo-1 has not said in 30m0s") {
		t.Errorf("Run = %v; want that its patience ends", err)
	}
}

func TestReadHosts(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		path, text string
		want       job.Hosts
		wrong      string
	}{
		"none": {"", "", job.Hosts{}, ""},
		"processing": {
			"config", `{"current_host":"algo-2","hosts":["algo-2","algo-1"]}`,
			job.Hosts{Current: "algo-2", All: []string{"algo-1", "algo-2"}},
			"",
		},
		"training": {
			"input/config", `{"current_host":"algo-1","current_instance_type":"ml.m5.xlarge","hosts":["algo-1"],"network_interface_name":"eth0"}`,
			job.Hosts{Current: "algo-1", All: []string{"algo-1"}},
			"",
		},
		"a stranger": {"config", `{"current_host":"algo-3","hosts":["algo-2","algo-1"]}`, job.Hosts{}, `"algo-3" is none of [algo-1 algo-2]`},
		"no JSON":    {"config", `{`, job.Hosts{}, "resourceconfig.json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			if tt.path != "" {
				write(t, filepath.Join(root, tt.path, "resourceconfig.json"), tt.text)
			}
			got, err := job.ReadHosts(root)
			if diff := cmp.Diff(tt.want, got); diff != "" || (err != nil) != (tt.wrong != "") || err != nil && !strings.Contains(err.Error(), tt.wrong) {
				t.Errorf("ReadHosts = %v, want an error with %q (-want +got):\n%s", err, tt.wrong, diff)
			}
		})
	}
}

func TestReadName(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	environ := []string{"A=b", "TRAINING_JOB_NAME=training-1"}
	if got := job.ReadName(root, environ); got != "training-1" {
		t.Errorf("ReadName = %q; want that of the environment", got)
	}
	write(t, filepath.Join(root, "config", "processingjobconfig.json"), `{"ProcessingJobName":"processing-1"}`)
	if got := job.ReadName(root, nil); got != "processing-1" {
		t.Errorf("ReadName = %q; want that of the file", got)
	}
	if got := job.ReadName(t.TempDir(), nil); got != "" {
		t.Errorf("ReadName = %q; want none", got)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// What the machines can't exchange is no fault of the step.
func TestShareNotHandedOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	w.put(realDefinition())
	panelOnly(t, w)
	config := w.config("run1")
	config.Step = forecast.Train
	w.s3.Fault = func(c buckettest.Call) buckettest.Fault {
		if strings.HasSuffix(c.Key, ".tables") {
			return buckettest.Fault{Before: errMachine}
		}
		return buckettest.Fault{}
	}
	errs := runHosts(t, w, config, 2, nil)
	train, _ := w.progress("run1", day()).Step(forecast.Train)
	if errs[0] == nil || train.Reason.Class != forecast.ReasonInfrastructure || !strings.HasPrefix(train.Reason.Text, "algo-2: ") {
		t.Errorf("Run = %v, Train %s %+v; want a failure of the infrastructure", errs, train.Status, train.Reason)
	}
}

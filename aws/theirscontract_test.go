package aws_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// scriptedTheirs is a pipeline of another team whose steps, by chance, have the names
// of the six, and play a script.
type scriptedTheirs struct {
	*theirAccount

	script enginetest.Script
	mu     sync.Mutex
	tries  map[string]int // jobs of a step and date
	gates
}

// line returns the definition of a pipeline of the six steps in a row, which is told
// its date by the parameter Day.
func line(t *testing.T) string {
	t.Helper()
	var steps []any
	before := []string{}
	for _, name := range forecast.StepNames() {
		steps = append(steps, map[string]any{
			"Name": name, "Type": "Processing", "DependsOn": before,
			"Arguments": map[string]any{
				"ProcessingResources": map[string]any{"ClusterConfig": map[string]any{"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}},
				"AppSpecification":    map[string]any{"ImageUri": "theirs:1", "ContainerEntrypoint": []any{"run", name}},
				"RoleArn":             "arn:aws:iam::123456789012:role/ops",
				"Environment":         map[string]any{"DAY": map[string]any{"Get": "Parameters.Day"}},
			},
		})
		before = []string{string(name)}
	}
	text, err := json.Marshal(map[string]any{
		"Version": "2020-12-01", "Parameters": []any{map[string]any{"Name": "Day", "Type": "String", "DefaultValue": "AUTO"}}, "Steps": steps,
	})
	must(t, err)
	return string(text)
}

// container plays the script of a step.
func (s *scriptedTheirs) container(ctx context.Context, j awssim.Job) awssim.Exit {
	d, err := calendar.Parse(j.Environment["DAY"])
	if err != nil {
		return awssim.Exit{Code: 1, Message: err.Error()}
	}
	name := forecast.StepName(j.Step)
	s.mu.Lock()
	s.tries[d.String()+j.Step]++
	n := s.tries[d.String()+j.Step]
	s.mu.Unlock()
	acts := s.script.At(d, name, n)
	for _, text := range acts.Log {
		fmt.Fprintln(j.Stdout, text)
	}
	if acts.End == enginetest.Hang {
		select {
		case <-s.gate(d, name):
		case <-ctx.Done():
			return awssim.Exit{Code: 1}
		}
	}
	if acts.End == enginetest.Fail {
		return awssim.Exit{Code: 1, Message: acts.Text}
	}
	return awssim.Exit{}
}

// TestTheirContract runs what applies of the contract on a pipeline of another team.
// Left out is what is about partitions, generations and gates of daybatch's own, and
// what a step tells its engine beyond its exit.
func TestTheirContract(t *testing.T) {
	t.Parallel()
	cases := []string{
		"empty pipeline", "days of a query", "run of a good day", "run before it is due",
		"rerun of a whole date", "interrupted driver", "requests without sense", "contexts that ended", "opened for reading",
		"backfill in order", "explicit dates", "joins a running date", "draft changes nothing", "applied twice", "drifted row is not run",
		"two engines run one date", "pause and resume", "drain", "stop a plan", "max_failures pauses", "stop at Extract", "stop at PreProc",
		"stop at Train", "stop at TrainEvaluation", "stop at Predict", "stop at PostProc", "logs are complete", "follow a log", "watch",
		"watch another engine", "a healthy engine", "serve carries out what is applied",
	}
	enginetest.Exercise(t, func(t *testing.T, def forecast.Definition, script enginetest.Script) enginetest.Harness {
		t.Helper()
		s := &scriptedTheirs{script: script, tries: make(map[string]int)}
		s.theirAccount = newTheirAccount(t, theirOptions{
			container: s.container, speed: 10, startUp: 5 * time.Millisecond, start: time.Date(2026, time.February, 10, 3, 0, 0, 0, time.UTC),
		})
		s.define(t, line(t))
		s.def = def
		s.set.Foreign = settings.Foreign{Pipeline: theirPipeline, DateParameter: "Day", DateFormat: settings.ISODate}
		open := func(t *testing.T, change func(*aws.Options)) forecast.Engine {
			t.Helper()
			return s.open(t, change)
		}
		return enginetest.Harness{
			Engine: open(t, nil), Release: s.release,
			Peer: func(t *testing.T) forecast.Engine {
				t.Helper()
				return open(t, func(o *aws.Options) { o.Actor = "kei" })
			},
			ReadOnly: func(t *testing.T) forecast.Engine {
				t.Helper()
				return open(t, func(o *aws.Options) { o.ReadOnly = true })
			},
			Outlives: true, Bare: true,
		}
	}, cases...)
}

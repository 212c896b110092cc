package config_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/cmd/internal/config"
	"github.com/daybatch/daybatch/forecast"
)

const jobRole = "arn:aws:iam::123456789012:role/daybatch-job"

// onSageMaker is a project on SageMaker that says no more than it has to; the
// section goes on.
const onSageMaker = `pipeline: demand-daily
engine: sagemaker
source: {files: {orders: raw.orders}, time: ds, value: orders}
sagemaker:
  region: ap-northeast-1
  bucket: example-forecast
  role: ` + jobRole + `
  image: registry.example.org/daybatch:1.0
`

func TestSageMakerDefaults(t *testing.T) {
	t.Parallel()
	got, err := load(t, onSageMaker)
	if err != nil {
		t.Fatal(err)
	}
	want := settings.Settings{
		Region: "ap-northeast-1", Bucket: "example-forecast", Prefix: "daybatch/demand-daily", Role: jobRole,
		Image: "registry.example.org/daybatch:1.0", Layout: settings.LayoutFused, TrainAs: settings.TrainAsTraining,
		Machine:  settings.Machine{Instance: "ml.m5.xlarge", VolumeGB: 30, MaxRuntime: 6 * time.Hour},
		Database: "daybatch", Workgroup: "primary", RunsDays: 90, SourceQueries: 6, Prices: settings.Prices(),
	}
	if diff := cmp.Diff(want, got.SageMaker); diff != "" || got.Engine != config.EngineSageMaker {
		t.Errorf("engine %s, account of the least project (-want +got):\n%s", got.Engine, diff)
	}
	i := slices.IndexFunc(got.Settings, func(s config.Setting) bool { return s.Key == "sagemaker.prefix" })
	if i < 0 || got.Settings[i].Value != "daybatch/demand-daily" || got.Settings[i].Source != "default" {
		t.Errorf("settings %v do not explain the prefix", got.Settings)
	}
	got, err = load(t, onSageMaker+"  dashboard: {data_set: demand}\n", "DAYBATCH_SAGEMAKER_REGION=eu-west-1", "DAYBATCH_SAGEMAKER_VOLUME_GB=5")
	if err != nil {
		t.Fatal(err)
	}
	if s := got.SageMaker; s.Region != "eu-west-1" || s.Machine.VolumeGB != 5 || s.Dashboard.Account != "123456789012" {
		t.Errorf("account = %+v; want the environment's region and volume, and the role's account for the dashboard", s)
	}
}

func TestSeveralMachines(t *testing.T) {
	t.Parallel()
	got, err := load(t, onSageMaker+"  layout: steps\n  steps: {train: {instances: 4}, predict: {instances: 2}, PreProc: {instances: 1}}\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[forecast.StepName]int{forecast.Train: 4, forecast.Predict: 2, forecast.PreProc: 1, forecast.Extract: 1} {
		if n := got.SageMaker.MachineOf(name).Instances; n != want {
			t.Errorf("%s runs on %d machines; want %d", name, n, want)
		}
	}
}

func TestStepsUnderFused(t *testing.T) {
	t.Parallel()
	got, err := load(t, onSageMaker+"  steps: {train: {instance: ml.m5.2xlarge}}\n")
	if err != nil {
		t.Fatal(err)
	}
	trained, err := load(t, onSageMaker+"  train_as: processing\n")
	if err != nil || len(trained.Warnings) != 1 || !strings.Contains(trained.Warnings[0], "sagemaker.train_as has no effect under layout fused") {
		t.Errorf("warnings = %q, %v; want one about sagemaker.train_as", trained.Warnings, err)
	}
	if len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0], "daybatch.yaml:9:") || !strings.Contains(got.Warnings[0], "sagemaker.steps has no effect under layout fused") {
		t.Errorf("warnings = %q; want one about sagemaker.steps, with its place", got.Warnings)
	}
}

func TestSageMakerProblems(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ add, want string }{
		"unknown key":    {"  regoin: x", "daybatch.yaml:9:3: sagemaker.regoin: unknown key; did you mean region?"},
		"layout":         {"  layout: fuse", `daybatch.yaml:9:11: sagemaker.layout: is "fuse"; did you mean fused?`},
		"instance":       {"  instance: m5.large", `sagemaker.instance: "m5.large" must be an instance type such as ml.m5.xlarge`},
		"volume":         {"  volume_gb: 0", "sagemaker.volume_gb: is 0, must be from 1 to 16384"},
		"runtime":        {"  max_runtime: 30s", "sagemaker.max_runtime: is 30s, must be from 1m to 216h0m0s"},
		"long runtime":   {"  max_runtime: 240h", "sagemaker.max_runtime: is 240h0m0s, must be from 1m"},
		"scheduler role": {"  scheduler_role: admin", `sagemaker.scheduler_role: "admin" must be the ARN of a role`},
		"role elsewhere": {"  scheduler_role: arn:aws:iam::999999999999:role/x", "sagemaker.scheduler_role: is in account 999999999999, and sagemaker.role in 123456789012"},
		"prefix":         {"  prefix: /a/", `sagemaker.prefix: "/a/" must be words of letters`},
		"endpoint":       {"  endpoint: localhost:4566", `sagemaker.endpoint: "localhost:4566" must be an http`},
		"topic":          {"  topic: arn:aws:sqs:eu-west-1:123456789012:q", "sagemaker.topic: "},
		"database":       {"  database: My-DB", `sagemaker.database: "My-DB" must be lower-case letters`},
		"account":        {"  dashboard: {account: 123, data_set: x}", `sagemaker.dashboard.account: "123" must be 12 digits`},
		"several":        {"  steps: {train: {instances: 400}}", "daybatch.yaml:9:30: sagemaker.steps.train.instances: is 400, must be from 1 to 100"},
		"several fused":  {"  steps: {train: {instances: 4}}", "daybatch.yaml:9:18: sagemaker.steps.train: is to run on 4 machines, but under layout fused"},
		"several of one": {"  layout: steps\n  steps: {extract: {instances: 4}}", "daybatch.yaml:10:20: sagemaker.steps.extract: is to run on 4 machines, but only train and predict can"},
		"several of own": {
			"  layout: steps\n  steps: {Predict: {instances: 2}}\nsteps: {predict: {command: [./predict]}}",
			"sagemaker.steps.Predict: is to run on 2 machines, but steps.Predict.command is a program of your own",
		},
		"step":            {"  steps: {trian: {}}", "sagemaker.steps.trian: unknown key; did you mean train?"},
		"step twice":      {"  steps: {train: {}, Train: {}}", "sagemaker.steps.Train: Train is there twice"},
		"step's key":      {"  steps: {train: {memory: 1}}", "sagemaker.steps.train.memory: unknown key; there are instance, volume_gb"},
		"step's instance": {"  steps: {train: {instance: big}}", `sagemaker.steps.train.instance: "big" must be an instance type`},
		"price":           {"  prices: {ml.m5.large: free}", `sagemaker.prices.ml.m5.large: is the text "free", must be a number`},
		"price of what":   {"  prices: {m5: 1}", `sagemaker.prices.m5: "m5" must be an instance type`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := load(t, onSageMaker+test.add+"\n")
			if !errors.Is(err, forecast.ErrInvalid) {
				t.Fatalf("load with %q: %v; want an invalid configuration", test.add, err)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("load with %q says\n%v\nwant in it\n%s", test.add, err, test.want)
			}
		})
	}
}

func TestSageMakerNeeds(t *testing.T) {
	t.Parallel()
	_, err := load(t, minimal+"engine: sagemaker\n")
	for _, want := range []string{
		"sagemaker.region: is missing", "sagemaker.bucket: is missing", "sagemaker.role: is missing", "sagemaker.image: is missing",
		`daybatch.yaml:2:26: source.files.orders: "data/*.csv" must be a table of the Glue catalogue, database.table`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("a local project on sagemaker says %v; want %s", err, want)
		}
	}
	_, err = load(t, strings.Replace(onSageMaker, "demand-daily", "d", 1))
	if err == nil || !strings.Contains(err.Error(), "must have at least 2 characters on SageMaker") {
		t.Errorf("a pipeline of one letter says %v; want that it is too short", err)
	}
	if _, err := load(t, "pipeline: x1\nengine: sagemaker\nsagemaker: {foreign: {pipeline: y, date_parameter: Date}}\n"); err == nil ||
		strings.Contains(err.Error(), "source") || strings.Contains(err.Error(), "role") {
		t.Errorf("another team's pipeline says %v; want only region and bucket", err)
	}
}

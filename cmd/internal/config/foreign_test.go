package config_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/cmd/internal/config"
	"github.com/daybatch/daybatch/forecast"
)

// onTheirs is a project for another team's pipeline: it needs neither source nor
// role. The section foreign goes on.
const onTheirs = `pipeline: revenue
engine: sagemaker
sagemaker:
  region: eu-west-1
  bucket: ops-bucket
  foreign:
    pipeline: RevenueDaily
`

func TestForeign(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		add  string
		want settings.Foreign
	}{
		"least": {"    date_parameter: Date\n", settings.Foreign{DateParameter: "Date", DateFormat: settings.ISODate}},
		"all": {`    date_parameter: ProcessDate
    date_format: YYYYMMDD
    time_parameter: ScheduledTime
    display_name: nightly-YYYYMMDD-*
    parameters: {InstanceType: ml.m5.large, TrainInstanceCount: 2}
    evaluation:
      step: Evaluate
      metrics: {auc: classification_metrics.auc.value}
`, settings.Foreign{
			DateParameter: "ProcessDate", DateFormat: "YYYYMMDD", TimeParameter: "ScheduledTime", DisplayName: "nightly-YYYYMMDD-*",
			Parameters: map[string]string{"InstanceType": "ml.m5.large", "TrainInstanceCount": "2"}, EvaluationStep: "Evaluate",
			Measures: map[string]string{"auc": "classification_metrics.auc.value"},
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := load(t, onTheirs+test.add)
			if err != nil {
				t.Fatal(err)
			}
			test.want.Pipeline = "RevenueDaily"
			if diff := cmp.Diff(test.want, got.SageMaker.Foreign); diff != "" || len(got.Warnings) > 0 {
				t.Errorf("foreign (-want +got):\n%s\nwarnings %q", diff, got.Warnings)
			}
		})
	}
}

func TestForeignProblems(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ add, want string }{
		"no date":        {"", "daybatch.yaml:7:15: sagemaker.foreign.pipeline: nothing says how the date of an execution is found"},
		"unknown key":    {"    date_parametre: x\n", "daybatch.yaml:8:5: sagemaker.foreign.date_parametre: unknown key; did you mean date_parameter?"},
		"date format":    {"    date_parameter: D\n    date_format: YYYY-MM\n", `daybatch.yaml:9:18: sagemaker.foreign.date_format: date format "YYYY-MM" must have YYYY, MM and DD once each`},
		"idle format":    {"    display_name: n-YYYYMMDD\n    date_format: YYYYMMDD\n", "daybatch.yaml:9:18: sagemaker.foreign.date_format: says nothing without date_parameter"},
		"display name":   {"    display_name: nightly\n", `daybatch.yaml:8:19: sagemaker.foreign.display_name: display name "nightly" must have YYYY, MM and DD once each`},
		"no such name":   {"    display_name: n_YYYYMMDD\n", "names of executions have letters, digits and hyphens alone"},
		"parameter":      {"    date_parameter: Process Date\n", `"Process Date" must be the name of a pipeline parameter`},
		"time is date":   {"    date_parameter: D\n    time_parameter: D\n", "daybatch.yaml:9:21: sagemaker.foreign.time_parameter: D is date_parameter too"},
		"date twice":     {"    date_parameter: D\n    parameters: {D: x}\n", "daybatch.yaml:9:17: sagemaker.foreign.parameters: D is the date"},
		"empty value":    {"    date_parameter: D\n    parameters: {E: ''}\n", "sagemaker.foreign.parameters.E: is empty"},
		"no text":        {"    date_parameter: D\n    parameters: {E: [1]}\n", "sagemaker.foreign.parameters.E: is "},
		"bad name":       {"    date_parameter: D\n    parameters: {E F: x}\n", `"E F" must be the name of a pipeline parameter`},
		"metrics alone":  {"    date_parameter: D\n    evaluation: {metrics: {auc: a.b}}\n", "sagemaker.foreign.evaluation.metrics: says nothing without evaluation.step"},
		"path":           {"    date_parameter: D\n    evaluation: {step: E, metrics: {auc: 'a b'}}\n", `"a b" must be the path of a number`},
		"unknown nested": {"    date_parameter: D\n    evaluation: {stp: E}\n", "sagemaker.foreign.evaluation.stp: unknown key; did you mean step?"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := load(t, onTheirs+test.add)
			if !errors.Is(err, forecast.ErrInvalid) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("load with %q says\n%v\nwant in it\n%s", test.add, err, test.want)
			}
		})
	}
	_, err := load(t, onSageMaker+"  foreign: {date_parameter: D}\n")
	if err == nil || !strings.Contains(err.Error(), "sagemaker.foreign.date_parameter: says nothing without sagemaker.foreign.pipeline") {
		t.Errorf("a parameter of no pipeline: %v; want that it says nothing", err)
	}
}

// TestForeignIdle: what has no effect there is said, with its place.
func TestForeignIdle(t *testing.T) {
	t.Parallel()
	got, err := load(t, onTheirs+"    date_parameter: D\ngate: {wape: 0.3}\nforecast: {horizon: 7}\n")
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0], "daybatch.yaml:10:21: no effect on another team's pipeline: forecast.horizon, gate.wape") {
		t.Errorf("warnings = %q; want one about the two keys", got.Warnings)
	}
	i := slices.IndexFunc(got.Settings, func(s config.Setting) bool { return s.Key == "sagemaker.foreign.date_parameter" })
	if i < 0 || got.Settings[i].Value != "D" || !strings.HasPrefix(got.Settings[i].Source, "daybatch.yaml") {
		t.Errorf("settings %v do not explain the parameter of the date", got.Settings)
	}
}

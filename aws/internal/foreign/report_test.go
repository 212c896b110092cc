package foreign_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/internal/foreign"
	"github.com/daybatch/daybatch/aws/internal/runs"
	"github.com/daybatch/daybatch/forecast"
)

func TestReadReport(t *testing.T) {
	t.Parallel()
	const report = `{"classification_metrics": {"auc": {"value": 0.81, "standard_deviation": "NaN"}}, "rows": 12, "folds": [0.8, 0.82], "model": "xgb", "ok": true}`
	tests := []struct {
		name  string
		text  string
		named map[string]string
		want  forecast.Measures
		fails error
	}{
		{"all numbers", report, nil, forecast.Measures{"classification_metrics.auc": 0.81, "rows": 12, "folds.0": 0.8, "folds.1": 0.82}, nil},
		{"named", report, map[string]string{"auc": "classification_metrics.auc.value"}, forecast.Measures{"auc": 0.81}, nil},
		{"one is not there", report, map[string]string{"auc": "classification_metrics.auc.value", "f1": "f1.value"}, forecast.Measures{"auc": 0.81}, forecast.ErrNotFound},
		{"not a number", report, map[string]string{"m": "model"}, forecast.Measures{}, forecast.ErrNotFound},
		{"no JSON", "auc = 0.81", nil, nil, forecast.ErrInvalid},
		{"nothing", "{}", nil, forecast.Measures{}, nil},
	}
	for _, tt := range tests {
		got, err := foreign.ReadReport([]byte(tt.text), tt.named)
		if diff := cmp.Diff(tt.want, got); diff != "" || !errors.Is(err, tt.fails) {
			t.Errorf("%s: %v, (-want +got):\n%s", tt.name, err, diff)
		}
	}
}

func TestReportKey(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string][2]string{
		"s3://ops/evaluation/abc":  {"ops", "evaluation/abc/e.json"},
		"s3://ops/evaluation/abc/": {"ops", "evaluation/abc/e.json"},
		"s3://ops":                 {"ops", "e.json"},
		"https://ops/x":            {"", ""},
	} {
		bucket, key, ok := foreign.ReportKey(runs.Detail{Outputs: map[string]string{"out": uri}}, "out", "/e.json")
		if bucket != want[0] || key != want[1] || ok != (want[0] != "") {
			t.Errorf("report below %s: %q, %q, %t; want %v", uri, bucket, key, ok, want)
		}
	}
}

// TestJobMeasures: two jobs that measure the same are told apart.
func TestJobMeasures(t *testing.T) {
	t.Parallel()
	got := foreign.JobMeasures(map[string]runs.Detail{
		"A": {Metrics: map[string]float64{"auc": 0.8, "loss": 1}}, "B": {Metrics: map[string]float64{"auc": 0.9}}, "C": {},
	})
	if diff := cmp.Diff(forecast.Measures{"A.auc": 0.8, "B.auc": 0.9, "loss": 1}, got); diff != "" {
		t.Errorf("measures (-want +got):\n%s", diff)
	}
}

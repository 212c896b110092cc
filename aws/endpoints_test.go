package aws_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/aws/settings"
)

// TestNotes says who answers in the place of AWS, in each of the ways in which the
// configuration of the SDK gives a service another address.
func TestNotes(t *testing.T) {
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "config"))
	const file = "[profile acme]\nservices = other\n\n[profile all]\nendpoint_url = http://localhost:1\n\n" +
		"[services other]\nglue =\n  endpoint_url = http://localhost:2\nsns =\n  endpoint_url = http://localhost:3\n"
	must(t, os.WriteFile(os.Getenv("AWS_CONFIG_FILE"), []byte(file), 0o600)) //nolint:forbidigo // set above
	tests := map[string]struct {
		environ  map[string]string
		settings settings.Settings
		want     string
	}{
		"AWS": {},
		"the project": {
			settings: settings.Settings{Endpoint: "http://localhost:9"},
			want:     "NOT AWS: calls go to http://localhost:9",
		},
		"a simulation": {
			settings: settings.Settings{Endpoint: "http://localhost:9", Simulation: "sim"},
			want:     "SIMULATED: this machine answers, not AWS",
		},
		"all of them": {
			environ: map[string]string{"AWS_ENDPOINT_URL": "http://localhost:4"},
			want:    "NOT AWS: calls go to http://localhost:4",
		},
		"a query": {
			environ: map[string]string{"AWS_ENDPOINT_URL_ATHENA": "http://localhost:5"},
			want:    "NOT AWS: calls go to http://localhost:5 (Athena)",
		},
		"two of them, one twice": {
			environ: map[string]string{
				"AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": "http://localhost:5", "AWS_ENDPOINT_URL_GLUE": "http://localhost:5", "AWS_ENDPOINT_URL_SCHEDULER": "http://localhost:6",
			},
			want: "NOT AWS: calls go to http://localhost:5 (CloudWatch Logs, Glue), http://localhost:6 (Scheduler)",
		},
		"a topic that there is not": {environ: map[string]string{"AWS_ENDPOINT_URL_SNS": "http://localhost:7"}},
		"a topic": {
			environ:  map[string]string{"AWS_ENDPOINT_URL_SNS": "http://localhost:7", "AWS_ENDPOINT_URL_EVENTBRIDGE": "http://localhost:8"},
			settings: settings.Settings{Topic: "alerts"},
			want:     "NOT AWS: calls go to http://localhost:8 (EventBridge), http://localhost:7 (SNS)",
		},
		"a dashboard": {
			environ:  map[string]string{"AWS_ENDPOINT_URL_QUICKSIGHT": "http://localhost:7"},
			settings: settings.Settings{Dashboard: settings.Dashboard{Account: "123456789012", DataSet: "demand"}},
			want:     "NOT AWS: calls go to http://localhost:7 (QuickSight)",
		},
		"the file": {settings: settings.Settings{Profile: "all"}, want: "NOT AWS: calls go to http://localhost:1"},
		"services of the file": {
			settings: settings.Settings{Profile: "acme", Topic: "alerts"},
			want:     "NOT AWS: calls go to http://localhost:2 (Glue), http://localhost:3 (SNS)",
		},
		"those that are not to be used": {
			environ:  map[string]string{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
			settings: settings.Settings{Profile: "acme"},
		},
		"a private link": {environ: map[string]string{"AWS_ENDPOINT_URL_S3": "https://bucket.vpce-1a2b.s3.eu-west-1.vpce.amazonaws.com"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for variable, value := range tt.environ {
				t.Setenv(variable, value)
			}
			tt.settings.Region, tt.settings.Database = "eu-west-1", "lake"
			got, err := aws.Notes(t.Context(), tt.settings)
			must(t, err)
			var want []string
			if tt.want != "" {
				want = []string{tt.want}
			}
			if !slices.Equal(got, want) {
				t.Errorf("Notes = %q; want %q", got, want)
			}
		})
	}
}

package deploy_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/internal/deploy"
	"github.com/daybatch/daybatch/aws/settings"
)

var update = flag.Bool("update", false, "write the golden files")

// TestPolicies compares the rights with those that were looked at.
func TestPolicies(t *testing.T) {
	t.Parallel()
	o := options()
	o.Settings.Dashboard = settings.Dashboard{Account: "123456789012", DataSet: "demand"}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(deploy.Policies(o)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "policies.json")
	if *update {
		if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; -update writes it", err)
	}
	if diff := cmp.Diff(string(want), text.String()); diff != "" {
		t.Errorf("policies (-want +got):\n%s", diff)
	}
}

// TestLeast: no right is about more than the project's own things, except where
// an action is about none.
func TestLeast(t *testing.T) {
	t.Parallel()
	mixed := options()
	mixed.Definition.Pipeline, mixed.Settings.Image, mixed.Settings.Topic = "Demand", "registry.example.org/daybatch:1", ""
	for _, o := range []deploy.Options{options(), mixed} {
		for _, p := range deploy.Policies(o) {
			for _, s := range p.Document.Statement {
				for _, action := range s.Action {
					if strings.Contains(action, "*") {
						t.Errorf("%s, %s: %s is more than one action", p.Name, s.Sid, action)
					}
				}
				if slices.Contains(s.Resource, "*") && s.Action[0] != "ecr:GetAuthorizationToken" && s.Condition["StringEquals"]["cloudwatch:namespace"] == "" {
					t.Errorf("%s, %s is about everything", p.Name, s.Sid)
				}
				if len(s.Resource) == 0 && s.Principal == nil {
					t.Errorf("%s, %s is about nothing", p.Name, s.Sid)
				}
				if s.Action[0] == "iam:PassRole" && s.Condition["StringEquals"]["iam:PassedToService"] == "" {
					t.Errorf("%s, %s passes a role to any service", p.Name, s.Sid)
				}
			}
		}
	}
	// Rights about Training jobs are for those who have some.
	for _, change := range []func(*settings.Settings){
		func(s *settings.Settings) { s.TrainAs = settings.TrainAsProcessing },
		func(s *settings.Settings) { s.Layout = settings.LayoutFused },
	} {
		o := options()
		change(&o.Settings)
		text, err := json.Marshal(deploy.Policies(o))
		if err != nil || bytes.Contains(text, []byte("Training")) || bytes.Contains(text, []byte("training")) || bytes.Contains(text, []byte("PutMetricData")) {
			t.Errorf("without Training jobs the policies are %s, %v", text, err)
		}
	}
	// SageMaker writes names in small letters.
	i := slices.IndexFunc(deploy.Policies(mixed), func(p deploy.Policy) bool { return p.Name == "scheduler" })
	got := deploy.Policies(mixed)[i].Document.Statement[0].Resource
	if !slices.Contains(got, "arn:aws:sagemaker:ap-northeast-1:123456789012:pipeline/demand") || !slices.Contains(got, "arn:aws:sagemaker:ap-northeast-1:123456789012:pipeline/Demand") {
		t.Errorf("the schedule may start %v; want Demand in either case", got)
	}
}

package awssim_test

import (
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/awssim"
)

// TestDefinitionsAreChecked has each refused for its reason.
func TestDefinitionsAreChecked(t *testing.T) {
	t.Parallel()
	a := open(t, awssim.Options{})
	fail := `{"Name":"F","Type":"Fail","Arguments":{"ErrorMessage":"no"}}`
	step := func(name, more string) string { return `{"Name":"` + name + `","Type":"Lambda"` + more + `}` }
	for definition, want := range map[string]string{
		`{`: "not valid JSON",
		`{"Version":"2019-01-01","Steps":[` + fail + `]}`:                                                                    "version",
		`{"Version":"2020-12-01","Steps":[]}`:                                                                                "no steps",
		`{"Version":"2020-12-01","Steps":[` + step("A", "") + `,` + step("A", "") + `]}`:                                     "not unique",
		`{"Version":"2020-12-01","Steps":[` + step("A", `,"DependsOn":["B"]`) + `]}`:                                         `unknown step "B"`,
		`{"Version":"2020-12-01","Steps":[` + step("A", `,"DependsOn":["B"]`) + `,` + step("B", `,"DependsOn":["A"]`) + `]}`: "cycle",
		`{"Version":"2020-12-01","Steps":[` + fail + `,` + step("A", `,"DependsOn":["F"]`) + `]}`:                            "Fail step",
		`{"Version":"2020-12-01","Steps":[` + step("A", `,"Arguments":{"x":{"Get":"Parameters.Date"}}`) + `]}`:               "unknown parameter",
		`{"Version":"2020-12-01","Steps":[` + step("A", `,"RetryPolicies":[{"MaxAttempts":2,"ExpireAfterMin":3}]`) + `]}`:    "not both",
		`{"Version":"2020-12-01","Steps":[` + strings.Replace(fail, `"Fail"`, `"Fail","RetryPolicies":[{}]`, 1) + `]}`:       "no retry policy",
		`{"Version":"2020-12-01","Steps":[{"Name":"C","Type":"Condition","Arguments":{"Conditions":[],"IfSteps":[` +
			`{"Name":"D","Type":"Condition","Arguments":{"Conditions":[]}}],"ElseSteps":[]}}]}`: "inside another",
	} {
		_, err := a.sagemaker.CreatePipeline(t.Context(), &sagemaker.CreatePipelineInput{
			PipelineName: awssdk.String("broken"), PipelineDefinition: &definition, ClientRequestToken: awssdk.String(token),
			RoleArn: awssdk.String("arn:aws:iam::123456789012:role/daybatch-pipeline"),
		})
		wantCode(t, definition, err, "ValidationException")
		if err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q in it", definition, err, want)
		}
	}
}

// TestVersionsAndTags deploys twice: an execution keeps the definition that it
// began with.
func TestVersionsAndTags(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	a := open(t, awssim.Options{Script: script(0.3, nil)})
	a.checked(t)
	a.pipeline(ctx, t, six())
	first := a.start(ctx, t, "2026-01-15")
	stricter := strings.Replace(six(), "0.35", "0.25", 1)
	updated, err := a.sagemaker.UpdatePipeline(ctx, &sagemaker.UpdatePipelineInput{PipelineName: awssdk.String(demand), PipelineDefinition: &stricter})
	if err != nil || *updated.PipelineVersionId != 2 {
		t.Fatalf("update: %+v, %v", updated, err)
	}
	a.start(ctx, t, "2026-01-16")
	if _, err := a.sagemaker.StartPipelineExecution(ctx, &sagemaker.StartPipelineExecutionInput{
		PipelineName: awssdk.String(demand), ClientRequestToken: awssdk.String(token + "old"), PipelineVersionId: awssdk.Int64(1),
	}); err != nil {
		t.Fatal(err)
	}
	a.advanceTo(t, a.ended)
	ended := map[string]int{}
	for _, e := range a.Executions(demand) {
		ended[e.Status]++
	}
	if diff := cmp.Diff(map[string]int{"Succeeded": 2, "Failed": 1}, ended); diff != "" {
		t.Errorf("only the stricter version fails (-want +got):\n%s", diff)
	}
	d, err := a.sagemaker.DescribePipelineDefinitionForExecution(ctx, &sagemaker.DescribePipelineDefinitionForExecutionInput{PipelineExecutionArn: &first})
	if err != nil || *d.PipelineDefinition != six() {
		t.Errorf("the first execution's definition: %v, %v", d, err)
	}
	versions, err := a.sagemaker.ListPipelineVersions(ctx, &sagemaker.ListPipelineVersionsInput{PipelineName: awssdk.String(demand)})
	if err != nil || len(versions.PipelineVersionSummaries) != 2 || *versions.PipelineVersionSummaries[0].PipelineVersionId != 2 {
		t.Errorf("versions %+v, %v", versions, err)
	}
	arn := updated.PipelineArn
	for _, owner := range []string{"someone", "daybatch"} {
		if _, err := a.sagemaker.AddTags(ctx, &sagemaker.AddTagsInput{ResourceArn: arn, Tags: []types.Tag{{Key: awssdk.String("owner"), Value: &owner}}}); err != nil {
			t.Fatal(err)
		}
	}
	tags, err := a.sagemaker.ListTags(ctx, &sagemaker.ListTagsInput{ResourceArn: arn})
	if err != nil || len(tags.Tags) != 1 || *tags.Tags[0].Value != "daybatch" {
		t.Errorf("tags %+v, %v", tags, err)
	}
	parameters, err := a.sagemaker.ListPipelineParametersForExecution(ctx, &sagemaker.ListPipelineParametersForExecutionInput{PipelineExecutionArn: &first})
	if err != nil || len(parameters.PipelineParameters) != 0 {
		t.Errorf("parameters %+v, %v; want none, for all had their defaults", parameters, err)
	}
	if _, err := a.sagemaker.UpdatePipelineExecution(ctx, &sagemaker.UpdatePipelineExecutionInput{
		PipelineExecutionArn: &first, PipelineExecutionDisplayName: awssdk.String("2026-01-15-a2"),
	}); err != nil || a.Executions(demand)[0].Name != "2026-01-15-a2" {
		t.Errorf("rename: %v, %s", err, a.Executions(demand)[0].Name)
	}
	list, err := a.sagemaker.ListPipelines(ctx, &sagemaker.ListPipelinesInput{PipelineNamePrefix: awssdk.String("dem")})
	if err != nil || len(list.PipelineSummaries) != 1 {
		t.Errorf("pipelines %+v, %v", list, err)
	}
}

// TestFaultsPickRequests breaks one user's writes of one object.
func TestFaultsPickRequests(t *testing.T) {
	t.Parallel()
	a := open(t, awssim.Options{})
	if err := a.CreateBucket(bucket); err != nil {
		t.Fatal(err)
	}
	a.Inject(awssim.Fault{
		Operation: "s3.Put*", When: awssim.Nth(2), Effect: awssim.Effect{Code: "ConditionalRequestConflict", Status: 409},
		Of: func(r awssim.Request) bool {
			return strings.HasSuffix(r.Path, "/_current.json") && strings.HasSuffix(r.Caller, "/aki")
		},
	})
	var got []string
	for _, key := range []string{"x/_current.json", "other", "x/_current.json", "x/_current.json"} {
		outcome := "ok"
		if _, err := a.put(t, key, "1"); err != nil {
			outcome = "refused"
			wantCode(t, key, err, "ConditionalRequestConflict")
		}
		got = append(got, outcome)
	}
	if diff := cmp.Diff([]string{"ok", "ok", "refused", "ok"}, got); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	log := a.Log()
	want := awssim.Call{Operation: "s3.PutObject", Caller: "arn:aws:iam::123456789012:user/aki", Path: "/" + bucket + "/x/_current.json", Outcome: "ConditionalRequestConflict"}
	if diff := cmp.Diff(want, log[2]); diff != "" {
		t.Errorf("journal (-want +got):\n%s", diff)
	}
}

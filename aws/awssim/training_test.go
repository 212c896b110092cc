package awssim_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/awssim"
)

// training is a Processing step on two machines that share the input, and a
// Training step that reads what they wrote.
func training() string {
	split := processing("Split")
	arguments := split["Arguments"].(map[string]any)
	arguments["ProcessingResources"] = map[string]any{"ClusterConfig": map[string]any{"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 30}}
	arguments["ProcessingInputs"] = []any{map[string]any{"InputName": "in", "S3Input": map[string]any{
		"S3Uri": "s3://example-forecast/in", "LocalPath": "/opt/ml/processing/input/in", "S3DataType": "S3Prefix", "S3DataDistributionType": "ShardedByS3Key",
	}}}
	train := map[string]any{"Name": "Train", "Type": "Training", "Arguments": map[string]any{
		"AlgorithmSpecification": map[string]any{
			"TrainingImage": "daybatch:1.0", "TrainingInputMode": "File",
			"MetricDefinitions": []any{map[string]any{"Name": "wape", "Regex": `wape=([0-9.]+)`}},
		},
		"RoleArn":           "arn:aws:iam::123456789012:role/daybatch-job",
		"OutputDataConfig":  map[string]any{"S3OutputPath": "s3://example-forecast/models"},
		"ResourceConfig":    map[string]any{"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30},
		"StoppingCondition": map[string]any{"MaxRuntimeInSeconds": 3600},
		"HyperParameters":   map[string]any{"depth": "3"},
		"InputDataConfig": []any{map[string]any{"ChannelName": "rows", "DataSource": map[string]any{"S3DataSource": map[string]any{
			"S3DataType": "S3Prefix", "S3Uri": get("Steps.Split.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri"),
		}}}},
	}}
	text, err := json.Marshal(map[string]any{
		"Version": "2020-12-01", "Steps": []any{split, train},
		"Parameters": []any{map[string]any{"Name": "Date", "Type": "String", "DefaultValue": "auto"}},
	})
	if err != nil {
		panic(err)
	}
	return string(text)
}

func TestTrainingAndShards(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	var mu sync.Mutex
	shards := map[string][]string{}
	a := open(t, awssim.Options{Container: func(_ context.Context, j awssim.Job) awssim.Exit {
		if j.Type == "Training" {
			return train(j)
		}
		files, err := os.ReadDir(filepath.Join(j.Root, "opt/ml/processing/input/in"))
		if err != nil {
			return awssim.Exit{Code: 2, Message: err.Error()}
		}
		mu.Lock()
		defer mu.Unlock()
		for _, f := range files {
			shards[j.Host] = append(shards[j.Host], f.Name())
		}
		name := filepath.Join(j.Root, "opt/ml/processing/output/out", j.Host+".txt")
		return awssim.Exit{Code: map[bool]int{false: 2}[os.WriteFile(name, []byte(j.Host), 0o600) == nil]}
	}})
	a.checked(t)
	a.pipeline(ctx, t, training())
	for _, name := range []string{"a", "b", "c"} {
		if err := a.PutObject(bucket, "in/"+name, []byte(name)); err != nil {
			t.Fatal(err)
		}
	}
	a.start(ctx, t, "2026-01-15")
	a.advanceTo(t, a.ended)
	e := a.Executions(demand)[0]
	if e.Status != "Succeeded" {
		t.Fatalf("%s: %+v", e.Status, e.Steps)
	}
	if diff := cmp.Diff(map[string][]string{"algo-1": {"a", "c"}, "algo-2": {"b"}}, shards); diff != "" {
		t.Errorf("shards (-want +got):\n%s", diff)
	}
	job, err := a.sagemaker.DescribeTrainingJob(ctx, &sagemaker.DescribeTrainingJobInput{TrainingJobName: &e.Steps[1].Job})
	if err != nil {
		t.Fatal(err)
	}
	if m := job.FinalMetricDataList; len(m) != 1 || *m[0].MetricName != "wape" || *m[0].Value != 0.25 {
		t.Errorf("metrics %+v; want the last wape, 0.25", m)
	}
	var phases []string
	for _, s := range job.SecondaryStatusTransitions {
		phases = append(phases, string(s.Status))
	}
	if diff := cmp.Diff([]string{"Starting", "Downloading", "Training", "Uploading", "Completed"}, phases); diff != "" {
		t.Errorf("phases (-want +got):\n%s", diff)
	}
	artifact := strings.TrimPrefix(*job.ModelArtifacts.S3ModelArtifacts, "s3://"+bucket+"/")
	content, err := a.Object(bucket, artifact)
	if err != nil {
		t.Fatal(err)
	}
	if got := untar(t, content)["model.json"]; got != `{"hosts":["algo-1.txt","algo-2.txt"],"depth":"3"}` {
		t.Errorf("the model holds %s", got)
	}
}

// TestOneInstanceFails ends the job, and the other instance with it.
func TestOneInstanceFails(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	a := open(t, awssim.Options{Container: func(ctx context.Context, j awssim.Job) awssim.Exit {
		if j.Host == "algo-2" {
			return awssim.Exit{Code: 7, Message: "no memory"}
		}
		<-ctx.Done()
		return awssim.Exit{Code: 143}
	}})
	a.pipeline(ctx, t, training())
	if err := a.PutObject(bucket, "in/a", nil); err != nil {
		t.Fatal(err)
	}
	a.start(ctx, t, "2026-01-15")
	a.advanceTo(t, a.ended)
	e := a.Executions(demand)[0]
	if e.Status != "Failed" || !strings.Contains(e.Steps[0].Reason, "exit code: 7") {
		t.Errorf("%s: %q; want the exit code of the instance that failed", e.Status, e.Steps[0].Reason)
	}
}

// train is a container that writes down what it was given.
func train(j awssim.Job) awssim.Exit {
	fmt.Fprintln(j.Stdout, "epoch 1 wape=0.40")
	fmt.Fprintln(j.Stdout, "epoch 2 wape=0.25")
	files, err := filepath.Glob(filepath.Join(j.Root, "opt/ml/input/data/rows/*"))
	if err != nil {
		return awssim.Exit{Code: 2}
	}
	slices.Sort(files)
	text, err := os.ReadFile(filepath.Join(j.Root, "opt/ml/input/config/hyperparameters.json"))
	if err != nil {
		return awssim.Exit{Code: 2, Message: err.Error()}
	}
	var hyper map[string]string
	if json.Unmarshal(text, &hyper) != nil || len(files) != 2 {
		return awssim.Exit{Code: 2, Message: string(text)}
	}
	model := fmt.Sprintf(`{"hosts":[%q,%q],"depth":%q}`, filepath.Base(files[0]), filepath.Base(files[1]), hyper["depth"])
	if err := os.WriteFile(filepath.Join(j.Root, "opt/ml/model/model.json"), []byte(model), 0o600); err != nil {
		return awssim.Exit{Code: 2, Message: err.Error()}
	}
	return awssim.Exit{}
}

func untar(t *testing.T, content []byte) map[string]string {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err != nil {
			return files
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[h.Name] = string(text)
	}
}

// TestJobsThatFail are the ways in which a job ends badly, and what is said.
func TestJobsThatFail(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 257)
	tests := []struct {
		name, reason string
		play         awssim.Play
		parameters   []types.Parameter
		metrics      string
	}{
		{name: "runs too long", reason: "MaxRuntimeInSeconds", play: awssim.Play{Duration: 2 * time.Hour}},
		{name: "long environment value", reason: "length less than or equal to 256", parameters: []types.Parameter{{Name: awssdk.String("Date"), Value: &long}}},
		{name: "metric missing", reason: "nothing at \"wape\"", metrics: `{"gate":{}}`},
		{name: "metrics broken", reason: "read property file", metrics: `{`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			a := open(t, awssim.Options{Script: func(j awssim.Job) awssim.Play {
				if j.Step == "Extract" && tt.play.Duration > 0 {
					return tt.play
				}
				if tt.metrics != "" {
					return awssim.Play{Outputs: map[string]map[string]string{"out": {"metrics.json": tt.metrics}}}
				}
				return awssim.Play{}
			}})
			a.pipeline(ctx, t, six())
			if _, err := a.sagemaker.StartPipelineExecution(ctx, &sagemaker.StartPipelineExecutionInput{
				PipelineName: awssdk.String(demand), ClientRequestToken: awssdk.String(token), PipelineParameters: tt.parameters,
			}); err != nil {
				t.Fatal(err)
			}
			a.advanceTo(t, a.ended)
			e := a.Executions(demand)[0]
			last := e.Steps[len(e.Steps)-1]
			if e.Status != "Failed" || !strings.Contains(last.Reason, tt.reason) {
				t.Errorf("%s, %s: %q; want %q in it", e.Status, last.Name, last.Reason, tt.reason)
			}
		})
	}
}

// TestMissingInputs has a container's input prefix without objects.
func TestMissingInputs(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	a := open(t, awssim.Options{Container: func(context.Context, awssim.Job) awssim.Exit { return awssim.Exit{} }})
	a.pipeline(ctx, t, six())
	a.start(ctx, t, "2026-01-15")
	a.advanceTo(t, a.ended)
	e := a.Executions(demand)[0]
	if statuses(e) != "Extract Succeeded, PreProc Failed" || !strings.Contains(e.Steps[1].Reason, "no S3 objects") {
		t.Errorf("%s: %s", statuses(e), e.Steps[1].Reason)
	}
}

// TestExampleDefinitions runs the pipelines of the shared examples: another
// team's, with a Training step, among them.
func TestExampleDefinitions(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"pipeline-definition.json":         "Extract PreProc Train TrainEvaluation Gate Predict PostProc",
		"pipeline-definition-foreign.json": "Ingest Train Evaluate QualityGate Publish",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(shared(t, "examples/"+name))
			if err != nil {
				t.Fatal(err)
			}
			a := open(t, awssim.Options{Script: func(awssim.Job) awssim.Play {
				return awssim.Play{Outputs: map[string]map[string]string{"evaluation": {
					"metrics.json":    `{"gate":{"wape":0.2,"mase":0.8,"versus_baseline":0.9}}`,
					"evaluation.json": `{"classification_metrics":{"auc":{"value":0.8}}}`,
				}}}
			}})
			a.checked(t)
			if err := a.CreateBucket("ops-bucket"); err != nil {
				t.Fatal(err)
			}
			a.pipeline(t.Context(), t, string(text))
			arn := a.start(t.Context(), t, "2026-01-15")
			a.advanceTo(t, a.ended)
			var ran []string
			for _, st := range a.Executions(demand)[0].Steps {
				ran = append(ran, st.Name)
			}
			if got := strings.Join(ran, " "); got != want {
				t.Errorf("ran %s; want %s", got, want)
			}
			if _, err := a.sagemaker.ListPipelineExecutionSteps(t.Context(), &sagemaker.ListPipelineExecutionStepsInput{PipelineExecutionArn: &arn}); err != nil {
				t.Error(err)
			}
			for _, st := range a.Executions(demand)[0].Steps {
				if st.Job == "" {
					continue
				}
				_, processing := a.sagemaker.DescribeProcessingJob(t.Context(), &sagemaker.DescribeProcessingJobInput{ProcessingJobName: &st.Job})
				_, training := a.sagemaker.DescribeTrainingJob(t.Context(), &sagemaker.DescribeTrainingJobInput{TrainingJobName: &st.Job})
				if (processing == nil) == (training == nil) {
					t.Errorf("job of %s: %v, %v", st.Name, processing, training)
				}
			}
		})
	}
}

package runs_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"

	"github.com/daybatch/daybatch/aws/internal/runs"
)

// tuned is a tuning job of so many trials, in pages of ten. The n-th takes 100+n
// seconds, on spare capacity that is billed for half of that.
type tuned struct {
	runs.JobAPI

	trials int
	define types.HyperParameterTrainingJobDefinition
	ended  bool
	asked  *[]int
}

var began = time.Date(2026, time.January, 20, 6, 0, 0, 0, time.UTC)

func (u tuned) DescribeHyperParameterTuningJob(
	context.Context, *sagemaker.DescribeHyperParameterTuningJobInput, ...func(*sagemaker.Options),
) (*sagemaker.DescribeHyperParameterTuningJobOutput, error) {
	out := &sagemaker.DescribeHyperParameterTuningJobOutput{CreationTime: &began, TrainingJobDefinition: &u.define}
	if u.ended {
		out.HyperParameterTuningEndTime = awssdk.Time(began.Add(time.Hour))
	}
	return out, nil
}

func took(n int) time.Duration { return time.Duration(100+n) * time.Second }

func (u tuned) ListTrainingJobsForHyperParameterTuningJob(
	_ context.Context, in *sagemaker.ListTrainingJobsForHyperParameterTuningJobInput, _ ...func(*sagemaker.Options),
) (*sagemaker.ListTrainingJobsForHyperParameterTuningJobOutput, error) {
	const page = 10
	first, _ := strconv.Atoi(awssdk.ToString(in.NextToken))
	out := &sagemaker.ListTrainingJobsForHyperParameterTuningJobOutput{}
	for n := first; n < min(first+page, u.trials); n++ {
		at := began.Add(time.Duration(n) * time.Second)
		out.TrainingJobSummaries = append(out.TrainingJobSummaries, types.HyperParameterTrainingJobSummary{
			TrainingJobName: awssdk.String(fmt.Sprintf("trial-%03d", n)), CreationTime: &at, TrainingStartTime: &at, TrainingEndTime: awssdk.Time(at.Add(took(n))),
		})
	}
	if first+page < u.trials {
		out.NextToken = awssdk.String(strconv.Itoa(first + page))
	}
	return out, nil
}

func (u tuned) DescribeTrainingJob(
	_ context.Context, in *sagemaker.DescribeTrainingJobInput, _ ...func(*sagemaker.Options),
) (*sagemaker.DescribeTrainingJobOutput, error) {
	var n int
	if _, err := fmt.Sscanf(*in.TrainingJobName, "trial-%d", &n); err != nil {
		return nil, err
	}
	*u.asked = append(*u.asked, n)
	at := began.Add(time.Duration(n) * time.Second)
	return &sagemaker.DescribeTrainingJobOutput{
		TrainingJobName: in.TrainingJobName, CreationTime: &at, TrainingStartTime: &at, TrainingEndTime: awssdk.Time(at.Add(took(n))),
		ResourceConfig:        &types.ResourceConfig{InstanceType: types.TrainingInstanceTypeMlM5Xlarge, InstanceCount: awssdk.Int32(2)},
		BillableTimeInSeconds: awssdk.Int32(int32(took(n).Seconds() / 2)),
	}, nil
}

// TestBillOfSpareCapacity: training jobs whose list does not tell their bill are asked,
// some of them if they are many, and then the bill is close and said to be estimated.
func TestBillOfSpareCapacity(t *testing.T) {
	t.Parallel()
	one := &types.ResourceConfig{InstanceType: types.TrainingInstanceTypeMlM5Xlarge, InstanceCount: awssdk.Int32(2)}
	spare := types.HyperParameterTrainingJobDefinition{ResourceConfig: one, EnableManagedSpotTraining: awssdk.Bool(true)}
	several := types.HyperParameterTrainingJobDefinition{HyperParameterTuningResourceConfig: &types.HyperParameterTuningResourceConfig{
		InstanceConfigs: []types.HyperParameterTuningInstanceConfig{{InstanceType: types.TrainingInstanceTypeMlM5Xlarge}, {InstanceType: types.TrainingInstanceTypeMlM5Large}},
	}}
	for name, tt := range map[string]struct {
		define    types.HyperParameterTrainingJobDefinition
		trials    int
		running   bool
		asked     int
		estimated int
		instances int // training jobs whose machine is known
		share     float64
	}{
		"few":                    {define: spare, trials: 15, asked: 15, instances: 15, share: 0.5},
		"as many as are asked":   {define: spare, trials: 20, asked: 20, instances: 20, share: 0.5},
		"many":                   {define: spare, trials: 250, asked: 20, estimated: 230, instances: 250, share: 0.5},
		"while they run":         {define: spare, trials: 250, running: true, instances: 250, share: 1},
		"the list tells":         {define: types.HyperParameterTrainingJobDefinition{ResourceConfig: one}, trials: 250, instances: 250, share: 1},
		"of unknown machines":    {define: several, trials: 250, asked: 20, instances: 20, share: 0.96},
		"no training job at all": {define: spare},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked []int
			r := runs.Runs{Jobs: tuned{trials: tt.trials, define: tt.define, ended: !tt.running, asked: &asked}}
			job, err := r.Detail(t.Context(), runs.Step{Name: "Tune", Kind: runs.Tuning, Job: "tune"})
			if err != nil {
				t.Fatalf("Detail = %v", err)
			}
			if len(asked) != tt.asked || job.Estimated != tt.estimated || len(job.Parts) != tt.trials {
				t.Errorf("%d of %d were asked, %d estimated; want %d, %d, %d", len(asked), len(job.Parts), job.Estimated, tt.asked, tt.trials, tt.estimated)
			}
			if tt.trials > len(asked) && len(asked) > 0 && (asked[0] > 20 || asked[len(asked)-1] < tt.trials-20) {
				t.Errorf("asked were %v; want some of all", asked)
			}
			var billed, whole time.Duration
			known := 0
			for n, part := range job.Parts {
				billed, whole = billed+part.Billed, whole+took(n)
				if part.Instance == "ml.m5.xlarge" && part.Instances == 2 {
					known++
				}
			}
			if known != tt.instances {
				t.Errorf("machines of %d are known; want %d", known, tt.instances)
			}
			if want := whole.Seconds() * tt.share; billed.Seconds() < 0.99*want || billed.Seconds() > 1.01*want {
				t.Errorf("billed are %s; want %gs", billed, want)
			}
		})
	}
}

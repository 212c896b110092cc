package runs

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
)

// TuningAPI are the calls about hyperparameter tuning jobs.
type TuningAPI interface {
	DescribeHyperParameterTuningJob(ctx context.Context, in *sagemaker.DescribeHyperParameterTuningJobInput, options ...func(*sagemaker.Options)) (*sagemaker.DescribeHyperParameterTuningJobOutput, error)
	ListTrainingJobsForHyperParameterTuningJob(ctx context.Context, in *sagemaker.ListTrainingJobsForHyperParameterTuningJobInput, options ...func(*sagemaker.Options)) (*sagemaker.ListTrainingJobsForHyperParameterTuningJobOutput, error)
}

// mostAsked is how many training jobs of a tuning job are asked what they were billed,
// where their list does not tell: it has up to hundreds.
const mostAsked = 20

// machines are what training jobs of a tuning job run on. Without an instance it
// differs from job to job. Spare capacity is billed for less time than they take.
type machines struct {
	instance string
	count    int
	spare    bool
}

// told says that the list of training jobs tells what they are billed.
func (m machines) told() bool { return m.instance != "" && !m.spare }

// tuning reads a tuning job and its training jobs, which have the machines, the
// logs and the bill. It has started when the first of them had its machine.
func (r Runs) tuning(ctx context.Context, job *Detail) error {
	out, err := r.Jobs.DescribeHyperParameterTuningJob(ctx, &sagemaker.DescribeHyperParameterTuningJobInput{HyperParameterTuningJobName: &job.Name})
	if err != nil {
		return err //nolint:wrapcheck // Detail wraps it
	}
	job.Created, job.Ended, job.Reason = utc(out.CreationTime), utc(out.HyperParameterTuningEndTime), said(out.FailureReason)
	if best := out.BestTrainingJob; best != nil && best.FinalHyperParameterTuningJobObjectiveMetric != nil {
		objective := best.FinalHyperParameterTuningJobObjectiveMetric
		measure(job, objective.MetricName, objective.Value)
	}
	on := map[string]machines{}
	definitions := out.TrainingJobDefinitions
	if out.TrainingJobDefinition != nil {
		definitions = append(definitions, *out.TrainingJobDefinition)
	}
	for _, d := range definitions {
		on[awssdk.ToString(d.DefinitionName)] = machinesOf(d)
	}
	var ask []int // of job.Parts, when all of them have ended
	for summary, err := range r.trials(ctx, job.Name) {
		if err != nil {
			return err
		}
		ran := on[awssdk.ToString(summary.TrainingJobDefinitionName)]
		part := Job{
			Name: awssdk.ToString(summary.TrainingJobName), Step: job.Step, Instance: ran.instance, Instances: ran.count,
			Created: utc(summary.CreationTime), Started: utc(summary.TrainingStartTime), Ended: utc(summary.TrainingEndTime),
		}
		part.Billed = worked(part).Round(time.Second)
		if !ran.told() && !job.Ended.IsZero() && !part.Started.IsZero() {
			ask = append(ask, len(job.Parts))
		}
		job.Parts = append(job.Parts, part)
		if !part.Started.IsZero() && (job.Started.IsZero() || part.Started.Before(job.Started)) {
			job.Started = part.Started
		}
	}
	if err := r.askParts(ctx, job, ask); err != nil {
		return err
	}
	slices.SortStableFunc(job.Parts, func(a, b Job) int { return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.Name, b.Name)) })
	return nil
}

// trials are the training jobs of a tuning job. After an error there are no more.
func (r Runs) trials(ctx context.Context, name string) iter.Seq2[types.HyperParameterTrainingJobSummary, error] {
	return func(yield func(types.HyperParameterTrainingJobSummary, error) bool) {
		in := &sagemaker.ListTrainingJobsForHyperParameterTuningJobInput{
			HyperParameterTuningJobName: &name, MaxResults: awssdk.Int32(100),
			SortBy: types.TrainingJobSortByOptionsCreationTime, SortOrder: types.SortOrderAscending,
		}
		for {
			page, err := r.Jobs.ListTrainingJobsForHyperParameterTuningJob(ctx, in)
			if err != nil {
				yield(types.HyperParameterTrainingJobSummary{}, err)
				return
			}
			for _, summary := range page.TrainingJobSummaries {
				if !yield(summary, nil) {
					return
				}
			}
			if in.NextToken = page.NextToken; awssdk.ToString(page.NextToken) == "" {
				return
			}
		}
	}
}

// askParts asks training jobs what they were billed: all of them, or mostAsked evenly
// among them. The others are taken to have been billed as large a part of their time.
func (r Runs) askParts(ctx context.Context, job *Detail, ask []int) error {
	asked := make(map[int]bool, mostAsked)
	var billed, took time.Duration
	for k := range min(len(ask), mostAsked) {
		i := ask[k*len(ask)/min(len(ask), mostAsked)]
		answer := Detail{Job: Job{Name: job.Parts[i].Name, Step: job.Step}}
		if err := r.training(ctx, &answer); err != nil {
			return err
		}
		job.Parts[i], asked[i] = answer.Job, true
		billed, took = billed+answer.Billed, took+worked(answer.Job)
	}
	for _, i := range ask {
		part := &job.Parts[i]
		if asked[i] || part.Instance == "" { // of an unknown machine there is no price either
			continue
		}
		job.Estimated++
		if took > 0 {
			part.Billed = time.Duration(float64(part.Billed) * float64(billed) / float64(took)).Round(time.Second)
		}
	}
	return nil
}

func machinesOf(d types.HyperParameterTrainingJobDefinition) machines {
	on := machines{spare: awssdk.ToBool(d.EnableManagedSpotTraining)}
	switch c, several := d.ResourceConfig, d.HyperParameterTuningResourceConfig; {
	case several != nil:
		if len(several.InstanceConfigs) == 0 {
			on.instance, on.count = string(several.InstanceType), int(awssdk.ToInt32(several.InstanceCount))
		}
	case c != nil && len(c.InstanceGroups) == 0:
		on.instance, on.count = string(c.InstanceType), int(awssdk.ToInt32(c.InstanceCount))
	}
	return on
}

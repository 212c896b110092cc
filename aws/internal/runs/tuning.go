package runs

import (
	"cmp"
	"context"
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

// machines are what training jobs of a tuning job run on. Zero: it differs from job
// to job, or spare capacity is billed for less time than they take, so that each job
// has to be asked.
type machines struct {
	instance string
	count    int
}

// tuning reads a tuning job and its training jobs, which have the machines, the
// logs and the bill. It has started when the first of them had its machine.
func (r Runs) tuning(ctx context.Context, job *Detail) error {
	out, err := r.Jobs.DescribeHyperParameterTuningJob(ctx, &sagemaker.DescribeHyperParameterTuningJobInput{HyperParameterTuningJobName: &job.Name})
	if err != nil {
		return err //nolint:wrapcheck // Detail wraps it
	}
	job.Created, job.Ended, job.Reason = utc(out.CreationTime), utc(out.HyperParameterTuningEndTime), awssdk.ToString(out.FailureReason)
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
	in := &sagemaker.ListTrainingJobsForHyperParameterTuningJobInput{
		HyperParameterTuningJobName: &job.Name, MaxResults: awssdk.Int32(100),
		SortBy: types.TrainingJobSortByOptionsCreationTime, SortOrder: types.SortOrderAscending,
	}
	for {
		page, err := r.Jobs.ListTrainingJobsForHyperParameterTuningJob(ctx, in)
		if err != nil {
			return err //nolint:wrapcheck // as above
		}
		for _, summary := range page.TrainingJobSummaries {
			part, err := r.part(ctx, *job, summary, on[awssdk.ToString(summary.TrainingJobDefinitionName)])
			if err != nil {
				return err
			}
			job.Parts = append(job.Parts, part)
			if !part.Started.IsZero() && (job.Started.IsZero() || part.Started.Before(job.Started)) {
				job.Started = part.Started
			}
		}
		if in.NextToken = page.NextToken; awssdk.ToString(page.NextToken) == "" {
			break
		}
	}
	slices.SortStableFunc(job.Parts, func(a, b Job) int { return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.Name, b.Name)) })
	return nil
}

func machinesOf(d types.HyperParameterTrainingJobDefinition) machines {
	switch c, several := d.ResourceConfig, d.HyperParameterTuningResourceConfig; {
	case awssdk.ToBool(d.EnableManagedSpotTraining):
	case several != nil:
		if len(several.InstanceConfigs) == 0 {
			return machines{string(several.InstanceType), int(awssdk.ToInt32(several.InstanceCount))}
		}
	case c != nil && len(c.InstanceGroups) == 0:
		return machines{string(c.InstanceType), int(awssdk.ToInt32(c.InstanceCount))}
	}
	return machines{}
}

// part returns a training job of a tuning job. It is billed for the time that it has
// its machines; where that is not all, or the machines are not known, the job itself
// is asked once all of them have ended.
func (r Runs) part(ctx context.Context, tuning Detail, s types.HyperParameterTrainingJobSummary, on machines) (Job, error) {
	part := Job{
		Name: awssdk.ToString(s.TrainingJobName), Step: tuning.Step, Instance: on.instance, Instances: on.count,
		Created: utc(s.CreationTime), Started: utc(s.TrainingStartTime), Ended: utc(s.TrainingEndTime),
	}
	if part.Billed = worked(part).Round(time.Second); on.instance != "" || tuning.Ended.IsZero() || part.Started.IsZero() {
		return part, nil
	}
	asked := Detail{Job: Job{Name: part.Name, Step: part.Step}}
	if err := r.training(ctx, &asked); err != nil {
		return part, err
	}
	return asked.Job, nil
}

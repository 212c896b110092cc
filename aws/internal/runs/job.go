package runs

import (
	"context"
	"fmt"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"

	"github.com/daybatch/daybatch/aws/internal/cloud"
)

// JobAPI are the calls about jobs.
type JobAPI interface {
	DescribeProcessingJob(ctx context.Context, in *sagemaker.DescribeProcessingJobInput, options ...func(*sagemaker.Options)) (*sagemaker.DescribeProcessingJobOutput, error)
	DescribeTrainingJob(ctx context.Context, in *sagemaker.DescribeTrainingJobInput, options ...func(*sagemaker.Options)) (*sagemaker.DescribeTrainingJobOutput, error)
}

// Job is a job of a step and the machines it ran on.
type Job struct {
	Name      string        `json:"name"`
	Step      string        `json:"step"`
	Instance  string        `json:"instance,omitempty"`  // for example ml.m5.xlarge
	Instances int           `json:"instances,omitempty"` // machines
	Created   time.Time     `json:"created,omitzero"`
	Started   time.Time     `json:"started,omitzero"` // when it had its machines; zero: it never had
	Ended     time.Time     `json:"ended,omitzero"`
	Billed    time.Duration `json:"billed,omitempty"` // of one machine
}

// StartUp is how long the job waited for its machines; 0 if it never had any.
func (j Job) StartUp() time.Duration {
	if j.Started.IsZero() {
		return 0
	}
	return max(0, j.Started.Sub(j.Created))
}

// Job reads the job of a step. It is the zero value for one that has none, or one
// of a kind that is not looked at.
func (r Runs) Job(ctx context.Context, s Step) (Job, error) {
	job := Job{Name: s.Job, Step: s.Name}
	var err error
	switch s.Kind {
	case Processing:
		err = r.processing(ctx, &job)
	case Training:
		err = r.training(ctx, &job)
	case NoJob, Transform:
		return Job{}, nil
	}
	if err != nil {
		return Job{}, fmt.Errorf("read job %s: %w", s.Job, cloud.Error(err))
	}
	return job, nil
}

// processing reads a Processing job, which tells no billed time: it is from the
// start to the end of its container.
func (r Runs) processing(ctx context.Context, job *Job) error {
	out, err := r.Jobs.DescribeProcessingJob(ctx, &sagemaker.DescribeProcessingJobInput{ProcessingJobName: &job.Name})
	if err != nil {
		return err //nolint:wrapcheck // Job wraps it
	}
	job.Created, job.Started, job.Ended = utc(out.CreationTime), utc(out.ProcessingStartTime), utc(out.ProcessingEndTime)
	if out.ProcessingResources != nil && out.ProcessingResources.ClusterConfig != nil {
		cluster := out.ProcessingResources.ClusterConfig
		job.Instance, job.Instances = string(cluster.InstanceType), int(awssdk.ToInt32(cluster.InstanceCount))
	}
	if !job.Started.IsZero() && !job.Ended.IsZero() {
		job.Billed = max(0, job.Ended.Sub(job.Started))
	}
	return nil
}

func (r Runs) training(ctx context.Context, job *Job) error {
	out, err := r.Jobs.DescribeTrainingJob(ctx, &sagemaker.DescribeTrainingJobInput{TrainingJobName: &job.Name})
	if err != nil {
		return err //nolint:wrapcheck // Job wraps it
	}
	job.Created, job.Started, job.Ended = utc(out.CreationTime), utc(out.TrainingStartTime), utc(out.TrainingEndTime)
	if out.ResourceConfig != nil {
		job.Instance, job.Instances = string(out.ResourceConfig.InstanceType), int(awssdk.ToInt32(out.ResourceConfig.InstanceCount))
	}
	job.Billed = time.Duration(awssdk.ToInt32(out.BillableTimeInSeconds)) * time.Second
	return nil
}

// Message returns what the container of a Processing job has left to say why it
// failed; empty if it did not come to that.
func (r Runs) Message(ctx context.Context, job string) (string, error) {
	out, err := r.Jobs.DescribeProcessingJob(ctx, &sagemaker.DescribeProcessingJobInput{ProcessingJobName: &job})
	if err != nil {
		return "", r.fail("read job "+job, cloud.Error(err))
	}
	return awssdk.ToString(out.ExitMessage), nil
}

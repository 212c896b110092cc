package runs

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"

	"github.com/daybatch/daybatch/aws/internal/cloud"
)

// JobAPI are the calls about jobs.
type JobAPI interface {
	DescribeProcessingJob(ctx context.Context, in *sagemaker.DescribeProcessingJobInput, options ...func(*sagemaker.Options)) (*sagemaker.DescribeProcessingJobOutput, error)
	DescribeTrainingJob(ctx context.Context, in *sagemaker.DescribeTrainingJobInput, options ...func(*sagemaker.Options)) (*sagemaker.DescribeTrainingJobOutput, error)
	DescribeTransformJob(ctx context.Context, in *sagemaker.DescribeTransformJobInput, options ...func(*sagemaker.Options)) (*sagemaker.DescribeTransformJobOutput, error)
	TuningAPI
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

// Detail is a job with what it says of its work.
type Detail struct {
	Job

	// Reason is why it failed, in SageMaker's words, and Message what its container
	// left to say; both may be empty.
	Reason, Message string
	// Outputs are the addresses of the outputs of a Processing job, by name.
	Outputs map[string]string
	// Metrics are the last values of a Training job's metrics, by name; of a Tuning
	// job, the objective that its best training job came to.
	Metrics map[string]float64
	// Parts are the training jobs of a Tuning job, oldest first: they have the
	// machines, the logs and the bill.
	Parts []Job `json:",omitempty"`
	// Estimated is of how many of Parts the bill is not SageMaker's, but one like that
	// of the others.
	Estimated int `json:",omitempty"`
}

// Bill returns the jobs that are paid for: the job, or those that it is made of.
func (d Detail) Bill() []Job {
	if d.Parts != nil {
		return d.Parts
	}
	return []Job{d.Job}
}

// measure adds a metric to those of a job. One without a value is absent.
func measure(d *Detail, name *string, single *float32) {
	value, err := strconv.ParseFloat(strconv.FormatFloat(float64(awssdk.ToFloat32(single)), 'g', -1, 32), 64)
	if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
		return
	}
	if d.Metrics == nil {
		d.Metrics = make(map[string]float64)
	}
	d.Metrics[awssdk.ToString(name)] = value
}

// Job reads the job of a step. It is the zero value for one that has none.
func (r Runs) Job(ctx context.Context, s Step) (Job, error) {
	detail, err := r.Detail(ctx, s)
	return detail.Job, err
}

// Detail reads the job of a step, as Job does, and what it says.
func (r Runs) Detail(ctx context.Context, s Step) (Detail, error) {
	detail := Detail{Job: Job{Name: s.Job, Step: s.Name}}
	var err error
	switch s.Kind {
	case Processing:
		err = r.processing(ctx, &detail)
	case Training:
		err = r.training(ctx, &detail)
	case Transform:
		err = r.transform(ctx, &detail)
	case Tuning:
		err = r.tuning(ctx, &detail)
	case NoJob:
		return Detail{}, nil
	}
	if err != nil {
		return Detail{}, fmt.Errorf("read job %s: %w", s.Job, cloud.Error(err))
	}
	return detail, nil
}

// processing reads a Processing job, which tells no billed time: it is from the
// start to the end of its container.
func (r Runs) processing(ctx context.Context, job *Detail) error {
	out, err := r.Jobs.DescribeProcessingJob(ctx, &sagemaker.DescribeProcessingJobInput{ProcessingJobName: &job.Name})
	if err != nil {
		return err //nolint:wrapcheck // Detail wraps it
	}
	job.Created, job.Started, job.Ended = utc(out.CreationTime), utc(out.ProcessingStartTime), utc(out.ProcessingEndTime)
	if out.ProcessingResources != nil && out.ProcessingResources.ClusterConfig != nil {
		cluster := out.ProcessingResources.ClusterConfig
		job.Instance, job.Instances = string(cluster.InstanceType), int(awssdk.ToInt32(cluster.InstanceCount))
	}
	job.Billed = worked(job.Job)
	job.Reason, job.Message = said(out.FailureReason), said(out.ExitMessage)
	if out.ProcessingOutputConfig != nil {
		job.Outputs = make(map[string]string)
		for _, output := range out.ProcessingOutputConfig.Outputs {
			if output.S3Output != nil {
				job.Outputs[awssdk.ToString(output.OutputName)] = awssdk.ToString(output.S3Output.S3Uri)
			}
		}
	}
	return nil
}

// worked is how long a job had its machines.
func worked(job Job) time.Duration {
	if job.Started.IsZero() || job.Ended.IsZero() {
		return 0
	}
	return max(0, job.Ended.Sub(job.Started))
}

func (r Runs) training(ctx context.Context, job *Detail) error {
	out, err := r.Jobs.DescribeTrainingJob(ctx, &sagemaker.DescribeTrainingJobInput{TrainingJobName: &job.Name})
	if err != nil {
		return err //nolint:wrapcheck // Detail wraps it
	}
	job.Created, job.Started, job.Ended = utc(out.CreationTime), utc(out.TrainingStartTime), utc(out.TrainingEndTime)
	if out.ResourceConfig != nil {
		job.Instance, job.Instances = string(out.ResourceConfig.InstanceType), int(awssdk.ToInt32(out.ResourceConfig.InstanceCount))
	}
	job.Billed = time.Duration(awssdk.ToInt32(out.BillableTimeInSeconds)) * time.Second
	job.Reason = said(out.FailureReason)
	for _, metric := range out.FinalMetricDataList {
		measure(job, metric.MetricName, metric.Value)
	}
	return nil
}

// transform reads a Transform job, which tells no billed time either.
func (r Runs) transform(ctx context.Context, job *Detail) error {
	out, err := r.Jobs.DescribeTransformJob(ctx, &sagemaker.DescribeTransformJobInput{TransformJobName: &job.Name})
	if err != nil {
		return err //nolint:wrapcheck // Detail wraps it
	}
	job.Created, job.Started, job.Ended = utc(out.CreationTime), utc(out.TransformStartTime), utc(out.TransformEndTime)
	if out.TransformResources != nil {
		job.Instance, job.Instances = string(out.TransformResources.InstanceType), int(awssdk.ToInt32(out.TransformResources.InstanceCount))
	}
	job.Billed = worked(job.Job)
	job.Reason = said(out.FailureReason)
	return nil
}

// Message returns what the container of a step's Processing or Training job has
// left to say why it failed; empty if it did not come to that.
func (r Runs) Message(ctx context.Context, s Step) (string, error) {
	detail, err := r.Detail(ctx, s)
	if err != nil || s.Kind != Training {
		return detail.Message, err
	}
	// SageMaker puts what the container says in the place of the dots.
	found := regexp.MustCompile(`^(?s:AlgorithmError: (.*), exit code: \d+)$`).FindStringSubmatch(strings.TrimSpace(detail.Reason))
	if found == nil {
		return "", nil
	}
	return found[1], nil
}

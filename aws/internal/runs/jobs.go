package runs

import (
	"context"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"

	"github.com/daybatch/daybatch/aws/internal/cloud"
)

// JobAPI are the calls about the jobs of steps.
type JobAPI interface {
	DescribeProcessingJob(ctx context.Context, in *sagemaker.DescribeProcessingJobInput, options ...func(*sagemaker.Options)) (*sagemaker.DescribeProcessingJobOutput, error)
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

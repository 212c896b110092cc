package console_test

import (
	"testing"

	"github.com/daybatch/daybatch/aws/internal/console"
)

func TestAddresses(t *testing.T) {
	t.Parallel()
	tokyo, china := console.Console{Partition: "aws", Region: "ap-northeast-1"}, console.Console{Partition: "aws-cn", Region: "cn-north-1"}
	for _, tt := range []struct{ got, want string }{
		{tokyo.Job(console.Processing, "pipelines-x1-Train-abc"), "https://ap-northeast-1.console.aws.amazon.com/sagemaker/home?region=ap-northeast-1#/processing-jobs/pipelines-x1-Train-abc"},
		{china.Job(console.Training, "t"), "https://cn-north-1.console.amazonaws.cn/sagemaker/home?region=cn-north-1#/jobs/t"},
		{tokyo.Studio(), "https://ap-northeast-1.console.aws.amazon.com/sagemaker/home?region=ap-northeast-1#/studio-landing"},
		{
			tokyo.Log("/aws/sagemaker/ProcessingJobs", "job-1/"),
			"https://ap-northeast-1.console.aws.amazon.com/cloudwatch/home?region=ap-northeast-1#logsV2:log-groups/log-group/$252Faws$252Fsagemaker$252FProcessingJobs$3FlogStreamNameFilter$3Djob-1$252F",
		},
		{tokyo.Objects("b", "p/dt=2026-01-15/g 1/"), "https://ap-northeast-1.console.aws.amazon.com/s3/buckets/b?region=ap-northeast-1&prefix=p%2Fdt%3D2026-01-15%2Fg+1%2F"},
	} {
		if tt.got != tt.want {
			t.Errorf("address = %s; want %s", tt.got, tt.want)
		}
	}
}

package runs

import (
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/scrub"
)

// ClassOf returns the class of SageMaker's reason for a failure. It is a text with
// the names of exceptions in it; the last line names the one that a retry policy
// would have to name.
func ClassOf(reason string, otherwise forecast.ReasonClass) forecast.ReasonClass {
	for _, known := range []struct {
		word  string
		class forecast.ReasonClass
	}{
		{"SAGEMAKER_RESOURCE_LIMIT", forecast.ReasonInfrastructure},
		{"SAGEMAKER_CAPACITY_ERROR", forecast.ReasonInfrastructure},
		{"SAGEMAKER_JOB_INTERNAL_ERROR", forecast.ReasonInfrastructure},
		{"STEP_SERVICE_FAULT", forecast.ReasonInfrastructure},
		{"STEP_THROTTLING", forecast.ReasonInfrastructure},
		{"MaxRuntimeInSeconds", forecast.ReasonTimeout},
		{"AccessDenied", forecast.ReasonConfig},
		{"ValidationException", forecast.ReasonConfig},
	} {
		if strings.Contains(reason, known.word) {
			return known.class
		}
	}
	return otherwise
}

// said is what SageMaker passes on of what a program said, without the credentials that
// may be in it.
func said(text *string) string { return scrub.Redact(awssdk.ToString(text)) }

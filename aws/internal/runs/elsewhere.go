package runs

import (
	"cmp"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"

	"github.com/daybatch/daybatch/aws/internal/naming"
)

// jobIn returns the job that a step's metadata name, if it is of a kind that has
// logs. A check of quality or bias is a Processing job.
func jobIn(m *types.PipelineExecutionStepMetadata) (JobKind, string) {
	kind, arn := NoJob, (*string)(nil)
	switch {
	case m.TuningJob != nil:
		kind, arn = Tuning, m.TuningJob.Arn
	case m.ProcessingJob != nil:
		kind, arn = Processing, m.ProcessingJob.Arn
	case m.TrainingJob != nil:
		kind, arn = Training, m.TrainingJob.Arn
	case m.TransformJob != nil:
		kind, arn = Transform, m.TransformJob.Arn
	case m.QualityCheck != nil:
		kind, arn = Processing, m.QualityCheck.CheckJobArn
	case m.ClarifyCheck != nil:
		kind, arn = Processing, m.ClarifyCheck.CheckJobArn
	}
	name := naming.RunID(awssdk.ToString(arn))
	if name == "" {
		return NoJob, "" // none was made, or the check was skipped
	}
	return kind, name
}

// noteOf returns what a step's metadata say of what it made, or of where it works if
// not in a job; empty if that is nothing.
func noteOf(m *types.PipelineExecutionStepMetadata, more newer, open bool) string {
	text := awssdk.ToString
	switch {
	case m.QualityCheck != nil:
		return checkNote(m.QualityCheck.SkipCheck, m.QualityCheck.ViolationReport)
	case m.ClarifyCheck != nil:
		return checkNote(m.ClarifyCheck.SkipCheck, m.ClarifyCheck.ViolationReport)
	case m.EMR != nil:
		return logged(named("step", cmp.Or(text(m.EMR.StepName), text(m.EMR.StepId)))+named(" of EMR cluster", text(m.EMR.ClusterId)), text(m.EMR.LogFilePath))
	case more.EMRServerless != nil:
		e := more.EMRServerless
		return logged(named("run", cmp.Or(e.JobRunName, e.JobRunID))+named(" of EMR Serverless application", e.ApplicationID), e.LogFilePath)
	case m.Callback != nil && open:
		return strings.TrimSpace("waits for the answer to its message" + named(" in queue", naming.RunID(text(m.Callback.SqsQueueUrl))))
	case m.Lambda != nil:
		arn := text(m.Lambda.Arn)
		return named("Lambda function", arn[strings.LastIndexByte(arn, ':')+1:])
	case m.AutoMLJob != nil:
		return named("AutoML job", naming.RunID(text(m.AutoMLJob.Arn)))
	case m.Model != nil:
		return named("model", naming.RunID(text(m.Model.Arn)))
	case m.RegisterModel != nil:
		_, name, _ := strings.Cut(text(m.RegisterModel.Arn), "/")
		return named("model package", name) // group/version
	case more.Athena != nil:
		return named("Athena query", more.Athena.QueryExecutionID)
	case m.Endpoint != nil:
		return named("endpoint", naming.RunID(text(m.Endpoint.Arn)))
	case m.EndpointConfig != nil:
		return named("endpoint configuration", naming.RunID(text(m.EndpointConfig.Arn)))
	default:
		return ""
	}
}

// named returns a name behind what it is the name of, nothing if it has none.
func named(what, name string) string {
	if name == "" {
		return ""
	}
	return what + " " + name
}

func logged(what, log string) string {
	what = strings.TrimSpace(what)
	if log == "" {
		return what
	}
	return strings.TrimPrefix(what+", its log in "+log, ", ")
}

func checkNote(skipped *bool, report *string) string {
	if awssdk.ToBool(skipped) {
		return "the check was skipped"
	}
	return named("violation report", awssdk.ToString(report))
}

// billedElsewhere reports whether a step costs what no job of SageMaker's that can
// be read here tells.
func billedElsewhere(m *types.PipelineExecutionStepMetadata, more newer) bool {
	return m.EMR != nil || more.EMRServerless != nil || m.AutoMLJob != nil || more.Athena != nil || m.Job != nil ||
		m.BedrockCustomModel != nil || m.BedrockCustomModelDeployment != nil || m.BedrockModelImport != nil || m.BedrockProvisionedModelThroughput != nil
}

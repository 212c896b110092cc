package deploy

import (
	"cmp"
	"slices"
	"strings"
)

// foreignPolicies returns the least rights of people who look at a pipeline that
// another team defined, and who operate it. Its jobs and its schedule have rights
// of their own, and nobody may change the pipeline.
func foreignPolicies(o Options) []Policy {
	w := theirRights{rights{o.Settings, o}}
	return []Policy{
		policy("view", "rights of a person who looks at the pipeline of another team", w.view()...),
		policy("operate", "rights of a person who runs, stops and retries it, besides those to look", w.operate()...),
		policy("rights", optionalRights, w.rights.rights()...),
	}
}

// theirRights writes the statements about a pipeline that another team defined.
type theirRights struct{ rights }

// arn returns the ARN of something of the account: of any, where the project does
// not say which it is by sagemaker.role.
func (w theirRights) arn(service, resource string) string {
	return strings.Join([]string{"arn", w.Partition(), service, w.Region, cmp.Or(w.Account(), "*"), resource}, ":")
}

// pipeline returns the ARNs of the pipeline with endings, in the two cases in which
// SageMaker writes it.
func (w theirRights) pipeline(endings ...string) []string {
	var arns []string
	for _, name := range []string{w.Foreign.Pipeline, strings.ToLower(w.Foreign.Pipeline)} {
		for _, ending := range endings {
			arns = append(arns, w.arn("sagemaker", "pipeline/"+name+ending))
		}
	}
	slices.Sort(arns)
	return slices.Compact(arns)
}

func (w theirRights) view() []Statement {
	var jobs, logs, groups []string
	for _, kind := range []string{"processing", "training", "transform"} {
		jobs = append(jobs, w.arn("sagemaker", kind+"-job/pipelines-*"))
	}
	for _, group := range []string{"ProcessingJobs", "TrainingJobs", "TransformJobs"} {
		group = w.arn("logs", "log-group:/aws/sagemaker/"+group)
		logs, groups = append(logs, group+":*"), append(groups, group)
	}
	all := []Statement{
		allow("Pipeline", "sagemaker", []string{
			"DescribePipeline", "ListPipelineExecutions", "DescribePipelineExecution", "ListPipelineExecutionSteps",
			"ListPipelineParametersForExecution", "DescribePipelineDefinitionForExecution",
		}, w.pipeline("", "/execution/*")),
		allow("Jobs", "sagemaker", []string{"DescribeProcessingJob", "DescribeTrainingJob", "DescribeTransformJob"}, jobs),
		// What SageMaker calls the job of a Tuning step is written down nowhere, so that
		// all are readable, and the training jobs that they begin.
		allow("Tuning", "sagemaker", []string{"DescribeHyperParameterTuningJob", "ListTrainingJobsForHyperParameterTuningJob", "DescribeTrainingJob"},
			[]string{w.arn("sagemaker", "hyper-parameter-tuning-job/*"), w.arn("sagemaker", "training-job/*")}),
		allow("Logs", "logs", []string{"DescribeLogStreams", "GetLogEvents", "FilterLogEvents"}, logs),
		w.list(),
		allow("Notes", "s3", []string{"GetObject"}, w.objects("state/")),
	}
	if w.LiveTail {
		all = append(all, allow("LiveTail", "logs", []string{"StartLiveTail"}, groups))
	}
	if w.Foreign.EvaluationStep != "" {
		// Where the report is stands in the job alone: narrow it to that prefix.
		all = append(all, allow("Report", "s3", []string{"GetObject"}, []string{"arn:" + w.Partition() + ":s3:::*/*"}))
	}
	return all
}

func (w theirRights) operate() []Statement {
	return []Statement{
		allow("Executions", "sagemaker", []string{"StartPipelineExecution", "StopPipelineExecution", "RetryPipelineExecution"}, w.pipeline("", "/execution/*")),
		allow("Notes", "s3", []string{"PutObject"}, w.objects("state/")),
		allow("Drafts", "s3", []string{"DeleteObject"}, w.objects("state/plans/")),
	}
}

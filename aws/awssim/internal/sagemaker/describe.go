package sagemaker

import (
	"context"
	"maps"
	"sort"
	"strings"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

type processingInput struct {
	ProcessingJobName string
}

func (s *Service) describeProcessing(_ context.Context, in *processingInput) (*map[string]any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.jobs[processing+"/"+in.ProcessingJobName]
	if j == nil {
		return nil, notFoundf("Could not find requested job with name: %s", in.ProcessingJobName)
	}
	out := j.properties()
	out["CreationTime"], out["LastModifiedTime"] = wire.At(j.created), wire.At(j.modified)
	j.times(out, "ProcessingStartTime", "ProcessingEndTime")
	return &out, nil
}

// times adds the start, which a job without a machine does not have, and the
// end.
func (j *job) times(out map[string]any, start, end string) {
	if !j.started.IsZero() {
		out[start] = wire.At(j.started)
	}
	if !j.ended.IsZero() {
		out[end] = wire.At(j.ended)
	}
}

// properties are the members of the Describe answer that expressions can
// refer to.
func (j *job) properties() map[string]any {
	out := maps.Clone(j.arguments)
	delete(out, "Tags")
	title := j.kind.title + "Job"
	out[title+"Name"], out[title+"Arn"], out[title+"Status"] = j.name, j.arn, j.status
	switch {
	case j.search != nil:
		j.tuned(out)
	case j.kind.arn == processing && j.message != "":
		out["ExitMessage"] = j.message
	case j.kind.arn == training && j.status == completed:
		out["ModelArtifacts"] = map[string]any{"S3ModelArtifacts": j.artifact()}
	}
	if j.trial != nil {
		out["TuningJobArn"] = j.trial.of.arn
	}
	if j.reason != "" {
		out["FailureReason"] = j.reason
	}
	return out
}

// artifact is where a training job's model lies.
func (j *job) artifact() string {
	return strings.TrimSuffix(j.spec.outputs[0].uri, "/") + "/" + j.name + "/output/model.tar.gz"
}

type trainingInput struct {
	TrainingJobName string
}

func (s *Service) describeTraining(_ context.Context, in *trainingInput) (*map[string]any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.jobs[training+"/"+in.TrainingJobName]
	if j == nil {
		return nil, wire.Invalidf("Requested resource not found.") // as it is answered, whatever the model says
	}
	out := j.properties()
	out["CreationTime"], out["LastModifiedTime"] = wire.At(j.created), wire.At(j.modified)
	if out["ModelArtifacts"] == nil {
		out["ModelArtifacts"] = map[string]any{"S3ModelArtifacts": j.artifact()}
	}
	j.times(out, "TrainingStartTime", "TrainingEndTime")
	out["SecondaryStatus"] = j.transitions[len(j.transitions)-1].Status
	out["SecondaryStatusTransitions"] = j.transitions
	var metrics []metric
	for _, m := range j.metrics {
		metrics = append(metrics, m)
	}
	sort.Slice(metrics, func(a, b int) bool { return metrics[a].MetricName < metrics[b].MetricName })
	if metrics != nil {
		out["FinalMetricDataList"] = metrics
	}
	if !j.ended.IsZero() && !j.started.IsZero() {
		seconds := int64(j.ended.Sub(j.started).Seconds())
		out["TrainingTimeInSeconds"], out["BillableTimeInSeconds"] = max(seconds, 1), max(seconds, 1)
		if spot, _ := j.arguments["EnableManagedSpotTraining"].(bool); spot {
			const saved = 3 // a third is billed
			out["BillableTimeInSeconds"] = max(seconds/saved, 1)
		}
	}
	return &out, nil
}

type transformInput struct {
	TransformJobName string
}

func (s *Service) describeTransform(_ context.Context, in *transformInput) (*map[string]any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.jobs[transform+"/"+in.TransformJobName]
	if j == nil {
		return nil, notFoundf("Could not find requested job with name: %s", in.TransformJobName)
	}
	out := j.properties()
	out["CreationTime"] = wire.At(j.created)
	j.times(out, "TransformStartTime", "TransformEndTime")
	return &out, nil
}

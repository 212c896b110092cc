package sagemaker

import (
	"fmt"
	"hash/fnv"
	"maps"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

// The kinds of jobs, as in their ARNs.
const (
	processing = "processing-job"
	training   = "training-job"
	transform  = "transform-job"
	tuning     = "hyper-parameter-tuning-job"
)

// kind is what the jobs of a kind are called.
type kind struct {
	arn    string
	title  string // before JobName, JobArn and JobStatus
	group  string // of their logs
	member string // of a step's metadata
}

// kindOf is the kind of the job that a step of a type makes. The zero value: none. A
// check of quality or bias is a processing job.
func kindOf(stepType string) kind {
	switch stepType {
	case "Processing", "QualityCheck", "ClarifyCheck":
		return kind{processing, "Processing", "/aws/sagemaker/ProcessingJobs", "ProcessingJob"}
	case "Training":
		return kind{training, "Training", "/aws/sagemaker/TrainingJobs", "TrainingJob"}
	case "Transform":
		return kind{transform, "Transform", "/aws/sagemaker/TransformJobs", "TransformJob"}
	case "Tuning":
		return kind{tuning, "HyperParameterTuning", "", "TuningJob"}
	default:
		return kind{}
	}
}

// contained says whether a job's container can be a function of the caller's.
func (j *job) contained() bool { return j.kind.arn == processing || j.kind.arn == training }

// stream is the log stream of the n-th instance.
func (j *job) stream(n int) string {
	if j.kind.arn == transform { // [transform-job-name]/[instance-id]-[epoch_timestamp]
		h := fnv.New64a()
		_, _ = fmt.Fprint(h, j.name, n) // a hash takes anything
		return fmt.Sprintf("%s/i-0%016x-%d", j.name, h.Sum64(), j.started.Unix())
	}
	return fmt.Sprintf("%s/algo-%d-%d", j.name, n, j.started.Unix())
}

// metadata has one member that tells the type, or none: then no job was made.
func (st *step) metadata() map[string]any {
	switch check := st.node.Type == "QualityCheck" || st.node.Type == "ClarifyCheck"; {
	case st.job != nil && check:
		facts, _ := st.job.play.Metadata[st.node.Type].(map[string]any)
		all := map[string]any{"CheckJobArn": st.job.arn}
		maps.Copy(all, facts)
		return map[string]any{st.node.Type: all}
	case st.job != nil:
		return map[string]any{st.job.kind.member: map[string]any{"Arn": st.job.arn}}
	case st.outcome != "":
		return map[string]any{"Condition": map[string]any{"Outcome": st.outcome}}
	case st.message != "":
		const longest = 3072
		return map[string]any{"Fail": map[string]any{"ErrorMessage": wire.Cut(st.message, longest)}}
	case st.metadataGiven != nil:
		return st.metadataGiven
	case st.node.Type == "Lambda" && st.properties != nil:
		return map[string]any{"Lambda": st.properties}
	default:
		return map[string]any{}
	}
}

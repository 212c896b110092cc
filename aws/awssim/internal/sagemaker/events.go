package sagemaker

import (
	"strings"
	"time"
)

// changed tells EventBridge of an execution's new status. The lock is held.
func (s *Service) changed(e *execution, old string) {
	p := s.arn("pipeline/" + e.pipeline.name)
	arn := p + "/execution/" + e.id
	detail := map[string]any{
		"pipelineExecutionDisplayName": e.display, "pipelineExecutionDescription": e.description,
		"currentPipelineExecutionStatus": e.status, "previousPipelineExecutionStatus": old,
		"executionStartTime": iso(e.created), "executionEndTime": "", "pipelineArn": p, "pipelineExecutionArn": arn,
	}
	if terminal(e.status) {
		detail["executionEndTime"] = iso(e.ended)
	}
	if old == "" {
		delete(detail, "previousPipelineExecutionStatus")
	}
	s.o.Emit(Event{
		DetailType: "SageMaker Model Building Pipeline Execution Status Change", Resources: []string{p, arn}, Detail: detail,
	})
}

// stepChanged tells EventBridge of a step's new status. The lock is held.
func (s *Service) stepChanged(e *execution, st *step, old string) {
	p := s.arn("pipeline/" + e.pipeline.name)
	arn := p + "/execution/" + e.id
	metadata := map[string]any{}
	for name, value := range st.metadata() {
		inner := map[string]any{}
		if object, ok := value.(map[string]any); ok {
			for key, v := range object {
				inner[camel(key)] = v
			}
		}
		metadata[camel(name)] = inner
	}
	detail := map[string]any{
		"metadata": metadata, "stepName": st.node.Name, "stepType": st.node.Type, "stepStartTime": iso(st.began),
		"currentStepStatus": st.status, "pipelineArn": p, "pipelineExecutionArn": arn,
	}
	if old != "" {
		detail["previousStepStatus"] = old
	}
	if terminal(st.status) {
		detail["stepEndTime"] = iso(st.ended)
	}
	if st.reason != "" {
		detail["failureReason"] = st.reason
	}
	s.o.Emit(Event{
		DetailType: "SageMaker Model Building Pipeline Execution Step Status Change", Resources: []string{p, arn}, Detail: detail,
	})
}

func iso(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func camel(name string) string { return strings.ToLower(name[:1]) + name[1:] }

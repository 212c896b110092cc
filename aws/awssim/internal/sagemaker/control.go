package sagemaker

import (
	"context"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

type controlInput struct {
	PipelineExecutionArn     string
	ClientRequestToken       string
	ParallelismConfiguration *parallelism
}

// retry reopens a failed or stopped execution: the same ARN, the same
// parameters, and the steps that succeeded stay.
func (s *Service) retry(_ context.Context, call *wire.Call, in *controlInput) (*executionOutput, error) {
	if err := token(in.ClientRequestToken); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e, err := s.findExecution(in.PipelineExecutionArn)
	if err != nil {
		return nil, err
	}
	arn, err := s.recall("RetryPipelineExecution", in.ClientRequestToken, e.id)
	if err != nil || arn != "" {
		return &executionOutput{PipelineExecutionArn: arn}, err
	}
	switch {
	case e.failStep:
		return nil, wire.Invalidf("Pipeline execution '%s' can't be retried: it ended in a Fail step.", in.PipelineExecutionArn)
	case e.status == stopped && s.o.Quirks().NoRetryWhenStopped,
		e.status != failed && e.status != stopped:
		return nil, wire.Errorf("ConflictException", "Pipeline execution '%s' can't be retried while its status is %s.", in.PipelineExecutionArn, e.status)
	}
	for name, st := range e.steps {
		if st.status != succeeded {
			delete(e.steps, name)
		}
	}
	old := e.status
	e.status, e.reason = executing, ""
	e.modified, e.modifiedBy = s.now(), call.Caller
	if in.ParallelismConfiguration != nil {
		e.parallelism = in.ParallelismConfiguration
	}
	s.changed(e, old)
	s.remember("RetryPipelineExecution", in.ClientRequestToken, e.id, s.arn("pipeline/"+e.pipeline.name+"/execution/"+e.id))
	s.after(0, func() { s.advance(e) }) //nolint:contextcheck // containers outlive the request
	return &executionOutput{PipelineExecutionArn: s.executionARN(e)}, nil
}

// stop ends an execution: first it is Stopping, and Stopped once nothing runs.
func (s *Service) stop(_ context.Context, call *wire.Call, in *controlInput) (*executionOutput, error) {
	if err := token(in.ClientRequestToken); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e, err := s.findExecution(in.PipelineExecutionArn)
	if err != nil {
		return nil, err
	}
	arn, err := s.recall("StopPipelineExecution", in.ClientRequestToken, e.id)
	if err != nil || arn != "" {
		return &executionOutput{PipelineExecutionArn: arn}, err
	}
	if e.status != executing {
		return nil, wire.Errorf("ConflictException", "Pipeline execution with ARN %s is in status %s and can't be stopped.", in.PipelineExecutionArn, e.status)
	}
	e.status = stopping
	e.modified, e.modifiedBy = s.now(), call.Caller
	s.changed(e, executing)
	for _, st := range e.steps {
		s.stopStep(e, st)
	}
	s.remember("StopPipelineExecution", in.ClientRequestToken, e.id, s.arn("pipeline/"+e.pipeline.name+"/execution/"+e.id))
	s.after(0, func() { s.advance(e) }) //nolint:contextcheck // containers outlive the request
	return &executionOutput{PipelineExecutionArn: s.executionARN(e)}, nil
}

func (s *Service) stopStep(e *execution, st *step) {
	if terminal(st.status) || st.node.Type == "Lambda" {
		return // a running function is waited for
	}
	old := st.status
	st.status = stopping
	s.stepChanged(e, st, old)
	if st.job != nil && !st.job.over() {
		s.stopJob(st.job)
		return
	}
	if st.cancel != nil {
		st.cancel()
	}
	st.cancel = s.after(s.takes.halting, func() { s.endStep(e, st, stopped, "") })
}

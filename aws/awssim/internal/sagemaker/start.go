package sagemaker

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/daybatch/daybatch/aws/awssim/internal/definition"
	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

type parameter struct {
	Name, Value string
}

type startInput struct {
	PipelineName                 string
	PipelineExecutionDisplayName *string
	PipelineExecutionDescription *string
	PipelineParameters           []parameter
	ClientRequestToken           string
	ParallelismConfiguration     *parallelism
	SelectiveExecutionConfig     *selectiveConfig
	PipelineVersionID            *int64 `json:"PipelineVersionId"`
}

type executionOutput struct {
	PipelineExecutionArn string
}

// Add makes a pipeline for somebody of the account, unless it is there.
func (s *Service) Add(caller, name, text string) error {
	s.mu.Lock()
	_, err := s.findPipeline(name)
	in := &pipelineInput{
		PipelineName: name, PipelineDefinition: text, ClientRequestToken: s.identifier(36), RoleArn: "arn:aws:iam::" + s.o.Account + ":role/" + name,
	}
	s.mu.Unlock()
	if err == nil {
		return nil
	}
	_, err = s.createPipeline(context.Background(), &wire.Call{Caller: caller}, in)
	return err
}

// Start carries out a StartPipelineExecution that another service makes.
func (s *Service) Start(caller string, input []byte) error {
	var in startInput
	if err := json.Unmarshal(input, &in); err != nil {
		return wire.Errorf("SerializationException", "%v", err)
	}
	if in.ClientRequestToken == "" {
		s.mu.Lock()
		in.ClientRequestToken = s.identifier(36) // as the scheduler's own client does
		s.mu.Unlock()
	}
	_, err := s.start(context.Background(), &wire.Call{Caller: caller, Body: input}, &in)
	return err
}

func (s *Service) start(_ context.Context, call *wire.Call, in *startInput) (*executionOutput, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.findPipeline(in.PipelineName)
	if err != nil {
		return nil, err
	}
	body := in.canonical()
	arn, err := s.recall("StartPipelineExecution "+p.name, in.ClientRequestToken, body)
	if err != nil || arn != "" {
		return &executionOutput{PipelineExecutionArn: arn}, err
	}
	v, number, err := p.version(in.PipelineVersionID)
	if err != nil {
		return nil, err
	}
	e := s.newExecution(p, v, in)
	e.version = number
	e.createdBy, e.modifiedBy = call.Caller, call.Caller
	if err := e.checkParameters(); err != nil {
		return nil, err
	}
	if err := s.chooseSteps(e, in.SelectiveExecutionConfig); err != nil {
		return nil, err
	}
	s.executions[e.id] = e
	p.ran = e.created
	v.lastRun = s.arn("pipeline/" + p.name + "/execution/" + e.id)
	s.remember("StartPipelineExecution "+p.name, in.ClientRequestToken, body, v.lastRun)
	s.keepPipeline(p)
	s.changed(e, "")
	s.after(0, func() { s.advance(e) }) //nolint:contextcheck // containers outlive the request
	return &executionOutput{PipelineExecutionArn: s.executionARN(e)}, nil
}

func (s *Service) newExecution(p *pipeline, v *version, in *startInput) *execution {
	now := s.now()
	e := &execution{
		id: s.identifier(12), number: len(s.executions), pipeline: p, def: v.parsed, text: v.text, status: executing,
		created: now, modified: now, visible: now.Add(s.o.Pages().Lag), steps: map[string]*step{}, given: in.PipelineParameters,
		display: "execution-" + strconv.FormatInt(now.UnixMilli(), 10),
	}
	if in.PipelineExecutionDisplayName != nil {
		e.display = *in.PipelineExecutionDisplayName
	}
	if in.PipelineExecutionDescription != nil {
		e.description = *in.PipelineExecutionDescription
	}
	e.parallelism = in.ParallelismConfiguration
	if e.parallelism == nil {
		e.parallelism = p.parallelism
	}
	return e
}

func (in *startInput) check() error {
	if err := token(in.ClientRequestToken); err != nil {
		return err
	}
	if d := in.PipelineExecutionDisplayName; d != nil {
		if err := named("pipelineExecutionDisplayName", *d, longestDisplay); err != nil {
			return err
		}
	}
	if d := in.PipelineExecutionDescription; d != nil {
		if strings.ContainsAny(*d, "\r\n") {
			return wire.Invalidf("1 validation error detected: Value at 'pipelineExecutionDescription' failed to satisfy constraint: " +
				"Member must satisfy regular expression pattern: .*")
		}
		if err := length("pipelineExecutionDescription", *d, 3072); err != nil {
			return err
		}
	}
	const most = 200
	if len(in.PipelineParameters) > most {
		return wire.Invalidf("1 validation error detected: Value at 'pipelineParameters' failed to satisfy constraint: "+
			"Member must have length less than or equal to %d", most)
	}
	for _, p := range in.PipelineParameters {
		if err := plain("pipelineParameters.name", p.Name); err != nil {
			return err
		}
		if err := length("pipelineParameters.value", p.Value, 1024); err != nil {
			return err
		}
	}
	return nil
}

// canonical is the request without its token, to tell one body from another.
func (in *startInput) canonical() string {
	same := *in
	same.ClientRequestToken = ""
	text, err := json.Marshal(same)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// checkParameters compares what was given with what the definition wants.
func (e *execution) checkParameters() error {
	for _, given := range e.given {
		p := declared(e.def, given.Name)
		if p == nil {
			return wire.Invalidf("Unknown parameter '%s'", given.Name)
		}
		if given.Value == "" {
			return wire.Invalidf("Parameter %s value \"\" is too short (length: 0, required minimum: 1).", given.Name)
		}
		if _, err := typed(p, given.Value); err != nil {
			return wire.Invalidf("%v", err)
		}
	}
	for _, p := range e.def.Parameters {
		if _, ok := e.parameter(p.Name); !ok && p.DefaultValue == nil {
			return wire.Invalidf("Parameter '%s' is undefined.", p.Name)
		}
	}
	return nil
}

func declared(d *definition.Definition, name string) *definition.Parameter {
	for i := range d.Parameters {
		if d.Parameters[i].Name == name {
			return &d.Parameters[i]
		}
	}
	return nil
}

// parameter is the value that was given for a parameter.
func (e *execution) parameter(name string) (string, bool) {
	for _, p := range e.given {
		if p.Name == name {
			return p.Value, true
		}
	}
	return "", false
}

// typed turns the text of a parameter into its type.
func typed(p *definition.Parameter, text string) (any, error) {
	switch p.Type {
	case "Integer":
		if _, err := strconv.ParseInt(text, 10, 64); err != nil {
			return nil, fmt.Errorf("parameter '%s' value %q is not an Integer", p.Name, text)
		}
		return json.Number(text), nil
	case "Float":
		if _, err := strconv.ParseFloat(text, 64); err != nil {
			return nil, fmt.Errorf("parameter '%s' value %q is not a Float", p.Name, text)
		}
		return json.Number(text), nil
	case "Boolean":
		switch strings.ToLower(text) {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
		return nil, fmt.Errorf("parameter '%s' value %q is not a Boolean", p.Name, text)
	default:
		return text, nil
	}
}

// between says whether t is after one bound and before the other.
func between(t time.Time, after, before *wire.Seconds) bool {
	return (after == nil || t.After(after.Time())) && (before == nil || t.Before(before.Time()))
}

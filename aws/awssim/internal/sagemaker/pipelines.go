package sagemaker

import (
	"context"
	"strings"
	"time"

	"github.com/daybatch/daybatch/aws/awssim/internal/definition"
	"github.com/daybatch/daybatch/aws/awssim/internal/sts"
	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

type pipeline struct {
	name, display, description, role string
	created, modified, ran           time.Time
	createdBy, modifiedBy            string
	parallelism                      *parallelism
	versions                         []version
}

// version is one definition that a pipeline has had; they count from 1.
type version struct {
	text     string
	parsed   *definition.Definition
	created  time.Time
	display  string
	describe string
	lastRun  string
}

func (p *pipeline) current() *version { return &p.versions[len(p.versions)-1] }

type parallelism struct {
	MaxParallelExecutionSteps int
}

type definitionLocation struct {
	Bucket, ObjectKey string
}

type pipelineInput struct {
	PipelineName                 string
	PipelineDisplayName          string
	PipelineDefinition           string
	PipelineDefinitionS3Location *definitionLocation
	PipelineDescription          string
	ClientRequestToken           string
	RoleArn                      string
	Tags                         []tag
	ParallelismConfiguration     *parallelism
}

type pipelineOutput struct {
	PipelineArn       string
	PipelineVersionID int64 `json:"PipelineVersionId,omitempty"`
}

func (s *Service) createPipeline(_ context.Context, call *wire.Call, in *pipelineInput) (*pipelineOutput, error) {
	if err := named("pipelineName", in.PipelineName, longestName); err != nil {
		return nil, err
	}
	if err := token(in.ClientRequestToken); err != nil {
		return nil, err
	}
	if err := constraint("roleArn", in.RoleArn, rolePattern); err != nil {
		return nil, err
	}
	v, err := s.version(in)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if arn, err := s.recall("CreatePipeline", in.ClientRequestToken, in.PipelineName); err != nil || arn != "" {
		return &pipelineOutput{PipelineArn: arn}, err
	}
	if s.pipelines[strings.ToLower(in.PipelineName)] != nil {
		return nil, wire.Invalidf("Pipeline names must be unique within an AWS account and region. Pipeline with name (%s) already exists.", in.PipelineName)
	}
	p := &pipeline{
		name: in.PipelineName, display: in.PipelineDisplayName, description: in.PipelineDescription, role: in.RoleArn,
		created: s.now(), modified: s.now(), createdBy: call.Caller, modifiedBy: call.Caller,
		parallelism: in.ParallelismConfiguration, versions: []version{v},
	}
	s.pipelines[strings.ToLower(in.PipelineName)] = p
	arn := s.arn("pipeline/" + p.name)
	s.tags[strings.ToLower(arn)] = in.Tags
	s.keepPipeline(p)
	s.remember("CreatePipeline", in.ClientRequestToken, in.PipelineName, arn)
	return &pipelineOutput{PipelineArn: s.pipelineARN(p)}, nil
}

// version reads and checks the definition that a request brings.
func (s *Service) version(in *pipelineInput) (version, error) {
	text := in.PipelineDefinition
	if at := in.PipelineDefinitionS3Location; at != nil {
		content, _, err := s.o.Store.Get(at.Bucket, at.ObjectKey)
		if err != nil {
			return version{}, wire.Invalidf("Unable to read the pipeline definition: %v", err)
		}
		text = string(content)
	}
	const largest = 1 << 20
	if text == "" || len(text) > largest {
		return version{}, wire.Invalidf("A pipeline definition has 1 to %d characters.", largest)
	}
	parsed, err := definition.Parse(text)
	if err != nil {
		return version{}, wire.Invalidf("Unable to parse pipeline definition. Details: %v", err)
	}
	return version{text: text, parsed: parsed, created: s.now()}, nil
}

func (s *Service) updatePipeline(_ context.Context, call *wire.Call, in *pipelineInput) (*pipelineOutput, error) {
	var fresh *version
	if in.PipelineDefinition != "" || in.PipelineDefinitionS3Location != nil {
		v, err := s.version(in)
		if err != nil {
			return nil, err
		}
		fresh = &v
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.findPipeline(in.PipelineName)
	if err != nil {
		return nil, err
	}
	if fresh != nil {
		p.versions = append(p.versions, *fresh)
	}
	replace(&p.display, in.PipelineDisplayName)
	replace(&p.description, in.PipelineDescription)
	replace(&p.role, in.RoleArn)
	if in.ParallelismConfiguration != nil {
		p.parallelism = in.ParallelismConfiguration
	}
	p.modified, p.modifiedBy = s.now(), call.Caller
	s.keepPipeline(p)
	return &pipelineOutput{PipelineArn: s.pipelineARN(p), PipelineVersionID: int64(len(p.versions))}, nil
}

func replace(member *string, value string) {
	if value != "" {
		*member = value
	}
}

func (s *Service) deletePipeline(_ context.Context, in *pipelineInput) (*pipelineOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.findPipeline(in.PipelineName)
	if err != nil {
		return nil, err
	}
	for _, e := range s.executions {
		if e.pipeline == p && !terminal(e.status) {
			return nil, wire.Errorf("ConflictException", "The pipeline has an execution that has not ended.")
		}
	}
	delete(s.pipelines, strings.ToLower(p.name))
	s.forget(p)
	return &pipelineOutput{PipelineArn: s.pipelineARN(p)}, nil
}

// context is who did something.
type userContext struct {
	IamIdentity iamIdentity
}

type iamIdentity struct {
	Arn         string
	PrincipalID string `json:"PrincipalId"`
}

func user(arn string) *userContext {
	return &userContext{IamIdentity: iamIdentity{Arn: arn, PrincipalID: sts.PrincipalID(arn)}}
}

type describePipelineInput struct {
	PipelineName      string
	PipelineVersionID *int64 `json:"PipelineVersionId"`
}

type describePipelineOutput struct {
	PipelineArn                string
	PipelineName               string
	PipelineDisplayName        string `json:",omitempty"`
	PipelineDefinition         string
	PipelineDescription        string `json:",omitempty"`
	RoleArn                    string
	PipelineStatus             string
	CreationTime               *wire.Seconds
	LastModifiedTime           *wire.Seconds
	LastRunTime                *wire.Seconds `json:",omitempty"`
	CreatedBy                  *userContext
	LastModifiedBy             *userContext
	ParallelismConfiguration   *parallelism `json:",omitempty"`
	PipelineVersionDisplayName string       `json:",omitempty"`
	PipelineVersionDescription string       `json:",omitempty"`
}

func (s *Service) describePipeline(_ context.Context, in *describePipelineInput) (*describePipelineOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.findPipeline(in.PipelineName)
	if err != nil {
		return nil, err
	}
	v, _, err := p.version(in.PipelineVersionID)
	if err != nil {
		return nil, err
	}
	return &describePipelineOutput{
		PipelineArn: s.pipelineARN(p), PipelineName: p.name, PipelineDisplayName: p.display, PipelineDefinition: v.text,
		PipelineDescription: p.description, RoleArn: p.role, PipelineStatus: "Active",
		CreationTime: wire.At(p.created), LastModifiedTime: wire.At(p.modified), LastRunTime: wire.At(p.ran),
		CreatedBy: user(p.createdBy), LastModifiedBy: user(p.modifiedBy), ParallelismConfiguration: p.parallelism,
		PipelineVersionDisplayName: v.display, PipelineVersionDescription: v.describe,
	}, nil
}

// version is the version asked for, the newest by default, and its number.
func (p *pipeline) version(id *int64) (*version, int64, error) {
	newest := int64(len(p.versions))
	if id == nil {
		return p.current(), newest, nil
	}
	if *id < 1 || *id > newest {
		return nil, 0, notFoundf("Pipeline version %d of '%s' does not exist.", *id, p.name)
	}
	return &p.versions[*id-1], *id, nil
}

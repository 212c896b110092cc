package sagemaker

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

type listPipelinesInput struct {
	PipelineNamePrefix string
	CreatedAfter       *wire.Seconds
	CreatedBefore      *wire.Seconds
	SortBy             string
	SortOrder          string
	NextToken          *string
	MaxResults         *int
}

type pipelineSummary struct {
	PipelineArn         string
	PipelineName        string
	PipelineDisplayName string `json:",omitempty"`
	PipelineDescription string `json:",omitempty"`
	RoleArn             string
	CreationTime        *wire.Seconds
	LastModifiedTime    *wire.Seconds
	LastExecutionTime   *wire.Seconds `json:",omitempty"`
}

type listPipelinesOutput struct {
	PipelineSummaries []pipelineSummary
	NextToken         *string `json:",omitempty"`
}

func (s *Service) listPipelines(_ context.Context, in *listPipelinesInput) (*listPipelinesOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	size, err := pageSize(in.MaxResults)
	if err != nil {
		return nil, err
	}
	var found []*pipeline
	for _, p := range s.pipelines {
		if strings.HasPrefix(p.name, in.PipelineNamePrefix) && between(p.created, in.CreatedAfter, in.CreatedBefore) {
			found = append(found, p)
		}
	}
	arrange(found, in.SortOrder, func(a, b *pipeline) int {
		if in.SortBy == "Name" {
			return cmp.Compare(a.name, b.name)
		}
		return cmp.Or(a.created.Compare(b.created), cmp.Compare(a.name, b.name))
	})
	page, err := wire.Paginate(s.pager, found, func(p *pipeline) string { return p.name }, size, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &listPipelinesOutput{PipelineSummaries: []pipelineSummary{}, NextToken: page.Next}
	for _, p := range page.Items {
		out.PipelineSummaries = append(out.PipelineSummaries, pipelineSummary{
			PipelineArn: s.pipelineARN(p), PipelineName: p.name, PipelineDisplayName: p.display, PipelineDescription: p.description,
			RoleArn: p.role, CreationTime: wire.At(p.created), LastModifiedTime: wire.At(p.modified), LastExecutionTime: wire.At(p.ran),
		})
	}
	return out, nil
}

type listVersionsInput struct {
	PipelineName string
	SortOrder    string
	NextToken    *string
	MaxResults   *int
}

type versionSummary struct {
	PipelineArn                       string
	PipelineVersionID                 int64 `json:"PipelineVersionId"`
	CreationTime                      *wire.Seconds
	LastExecutionPipelineExecutionArn string `json:",omitempty"`
	PipelineVersionDisplayName        string `json:",omitempty"`
	PipelineVersionDescription        string `json:",omitempty"`
}

type listVersionsOutput struct {
	PipelineVersionSummaries []versionSummary
	NextToken                *string `json:",omitempty"`
}

func (s *Service) listVersions(_ context.Context, in *listVersionsInput) (*listVersionsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.findPipeline(in.PipelineName)
	if err != nil {
		return nil, err
	}
	size, err := pageSize(in.MaxResults)
	if err != nil {
		return nil, err
	}
	all := make([]versionSummary, len(p.versions))
	for i, v := range p.versions {
		at := i
		if in.SortOrder != ascending {
			at = len(all) - 1 - i
		}
		all[at] = versionSummary{
			PipelineArn: s.pipelineARN(p), PipelineVersionID: int64(i + 1), CreationTime: wire.At(v.created),
			LastExecutionPipelineExecutionArn: v.lastRun, PipelineVersionDisplayName: v.display, PipelineVersionDescription: v.describe,
		}
	}
	key := func(v versionSummary) string { return strconv.FormatInt(v.PipelineVersionID, 10) }
	page, err := wire.Paginate(s.pager, all, key, size, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &listVersionsOutput{PipelineVersionSummaries: page.Items, NextToken: page.Next}, nil
}

type tag struct {
	Key, Value string
}

type tagsInput struct {
	ResourceArn string
	Tags        []tag
	NextToken   *string
	MaxResults  *int
}

type tagsOutput struct {
	Tags      []tag
	NextToken *string `json:",omitempty"`
}

func (s *Service) addTags(_ context.Context, in *tagsInput) (*tagsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.findPipeline(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	key := strings.ToLower(in.ResourceArn)
	all := map[string]string{}
	for _, t := range append(s.tags[key], in.Tags...) {
		all[t.Key] = t.Value
	}
	tags := make([]tag, 0, len(all))
	for name, value := range all {
		tags = append(tags, tag{Key: name, Value: value})
	}
	slices.SortFunc(tags, func(a, b tag) int { return cmp.Compare(a.Key, b.Key) })
	s.tags[key] = tags
	s.keepPipeline(p)
	return &tagsOutput{Tags: tags}, nil
}

func (s *Service) listTags(_ context.Context, in *tagsInput) (*tagsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.findPipeline(in.ResourceArn); err != nil {
		return nil, err
	}
	page, err := wire.Paginate(s.pager, s.tags[strings.ToLower(in.ResourceArn)], func(t tag) string { return t.Key }, 50, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &tagsOutput{Tags: []tag{}, NextToken: page.Next}
	out.Tags = append(out.Tags, page.Items...)
	return out, nil
}

package sagemaker

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/daybatch/daybatch/aws/awssim/internal/definition"
	"github.com/daybatch/daybatch/aws/awssim/internal/s3"
)

// scope answers the references in a step's arguments. The lock is held.
type scope struct {
	service   *Service
	execution *execution
	step      *step
}

// Parameter is what the start gave, or the default.
func (c *scope) Parameter(name string) (any, error) {
	p := declared(c.execution.def, name)
	if p == nil {
		return nil, fmt.Errorf("unknown parameter %q", name)
	}
	if text, ok := c.execution.parameter(name); ok {
		return typed(p, text)
	}
	return p.DefaultValue, nil
}

// Execution is a property of the execution.
func (c *scope) Execution(name string) (any, error) {
	e := c.execution
	switch name {
	case "PipelineExecutionId":
		return e.id, nil
	case "PipelineName":
		return e.pipeline.name, nil
	case "PipelineArn":
		return c.service.arn("pipeline/" + e.pipeline.name), nil
	case "PipelineExecutionArn":
		return c.service.arn("pipeline/" + e.pipeline.name + "/execution/" + e.id), nil
	case "StartDateTime":
		return e.created.UTC().Format(time.RFC3339), nil
	case "CurrentDateTime":
		return c.service.now().UTC().Format(time.RFC3339), nil
	case "ProcessingJobName", "TrainingJobName":
		if c.step.job != nil {
			return c.step.job.name, nil
		}
	}
	return nil, fmt.Errorf("unknown property %q of an execution", name)
}

// Step is a property of another step, as its Describe call gives it.
func (c *scope) Step(name, path string) (any, error) {
	st := c.execution.steps[name]
	if st == nil {
		return nil, fmt.Errorf("step %q has not run", name)
	}
	if st.job != nil {
		return definition.Lookup(st.job.properties(), path)
	}
	found, err := definition.Lookup(st.properties, path)
	if output, ok := found.(map[string]any); ok && output["Value"] != nil {
		return output["Value"], err // OutputParameters['name'] is its value
	}
	return found, err
}

// PropertyFile reads a property file of a step from S3.
func (c *scope) PropertyFile(name, file string) (any, error) {
	st := c.execution.steps[name]
	if st == nil {
		return nil, fmt.Errorf("step %q has not run", name)
	}
	for _, f := range st.node.PropertyFiles {
		if f.PropertyFileName != file {
			continue
		}
		at, err := c.Step(name, "ProcessingOutputConfig.Outputs['"+f.OutputName+"'].S3Output.S3Uri")
		if err != nil {
			return nil, err
		}
		return c.read(strings.TrimSuffix(definition.Text(at), "/") + "/" + f.FilePath)
	}
	return nil, fmt.Errorf("step %q has no property file %q", name, file)
}

func (c *scope) read(uri string) (any, error) {
	bucket, key, ok := s3.SplitURI(uri)
	if !ok {
		return nil, fmt.Errorf("property file %q is not in S3", uri)
	}
	content, _, err := c.service.o.Store.Get(bucket, key)
	if err != nil {
		return nil, fmt.Errorf("read property file %s: %w", uri, err)
	}
	var v any
	d := json.NewDecoder(strings.NewReader(string(content)))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("read property file %s: %w", uri, err)
	}
	return v, nil
}

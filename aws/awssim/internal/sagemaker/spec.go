package sagemaker

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

// spec is what a Create call asks for, in one form for both kinds of jobs.
type spec struct {
	image       string
	entrypoint  []string
	arguments   []string
	environment map[string]string
	hyper       map[string]string
	instances   int
	maxRuntime  time.Duration
	inputs      []input
	outputs     []output
	metrics     []metricDefinition

	longestValue int // of Environment
}

// input is a directory that is filled from S3 before the container starts.
type input struct {
	name, uri, local string
	sharded          bool
}

// output is a directory that goes to S3 when the container has exited.
type output struct {
	name, uri, local string
	continuous       bool
	archive          bool // as one model.tar.gz
}

type metricDefinition struct {
	Name, Regex string
	pattern     *regexp.Regexp
}

type metric struct {
	MetricName string
	Value      float64
	Timestamp  *wire.Seconds
}

// find is the value that a line gives for the metric.
func (d metricDefinition) find(line string) (float64, bool) {
	found := d.pattern.FindStringSubmatch(line)
	if len(found) < 2 {
		return 0, false
	}
	value, err := strconv.ParseFloat(found[1], 64)
	return value, err == nil
}

type stoppingCondition struct {
	MaxRuntimeInSeconds int64
}

type processingArguments struct {
	ProcessingResources struct {
		ClusterConfig struct {
			InstanceCount  int
			InstanceType   string
			VolumeSizeInGB int
		}
	}
	AppSpecification struct {
		ImageURI            string `json:"ImageUri"`
		ContainerEntrypoint []string
		ContainerArguments  []string
	}
	RoleArn          string
	Environment      map[string]string
	ProcessingInputs []struct {
		InputName string
		S3Input   struct {
			S3Uri, LocalPath, S3DataDistributionType string
		}
	}
	ProcessingOutputConfig struct {
		Outputs []struct {
			OutputName string
			S3Output   struct {
				S3Uri, LocalPath, S3UploadMode string
			}
		}
	}
	StoppingCondition stoppingCondition
}

type trainingArguments struct {
	AlgorithmSpecification struct {
		TrainingImage       string
		ContainerEntrypoint []string
		ContainerArguments  []string
		MetricDefinitions   []metricDefinition
	}
	RoleArn         string
	Environment     map[string]string
	HyperParameters map[string]string
	InputDataConfig []struct {
		ChannelName string
		DataSource  struct {
			S3DataSource struct {
				S3Uri, S3DataDistributionType string
			}
		}
	}
	OutputDataConfig struct {
		S3OutputPath string
	}
	ResourceConfig struct {
		InstanceCount  int
		InstanceType   string
		VolumeSizeInGB int
	}
	StoppingCondition stoppingCondition
}

func readProcessing(text []byte) (*spec, error) {
	var a processingArguments
	if err := json.Unmarshal(text, &a); err != nil {
		return nil, fmt.Errorf("ValidationException: %w", err)
	}
	s := &spec{
		image: a.AppSpecification.ImageURI, entrypoint: a.AppSpecification.ContainerEntrypoint, arguments: a.AppSpecification.ContainerArguments,
		environment: a.Environment, instances: a.ProcessingResources.ClusterConfig.InstanceCount,
		maxRuntime: time.Duration(a.StoppingCondition.MaxRuntimeInSeconds) * time.Second, longestValue: 256,
	}
	for _, in := range a.ProcessingInputs {
		s.inputs = append(s.inputs, input{
			name: in.InputName, uri: in.S3Input.S3Uri, local: in.S3Input.LocalPath, sharded: in.S3Input.S3DataDistributionType == "ShardedByS3Key",
		})
	}
	for _, out := range a.ProcessingOutputConfig.Outputs {
		s.outputs = append(s.outputs, output{
			name: out.OutputName, uri: out.S3Output.S3Uri, local: out.S3Output.LocalPath, continuous: out.S3Output.S3UploadMode == "Continuous",
		})
	}
	if err := s.checkPaths(); err != nil {
		return nil, err
	}
	return s, s.check(a.RoleArn, a.ProcessingResources.ClusterConfig.InstanceType)
}

func readTraining(text []byte) (*spec, error) {
	var a trainingArguments
	if err := json.Unmarshal(text, &a); err != nil {
		return nil, fmt.Errorf("ValidationException: %w", err)
	}
	s := &spec{
		image: a.AlgorithmSpecification.TrainingImage, entrypoint: a.AlgorithmSpecification.ContainerEntrypoint,
		arguments: a.AlgorithmSpecification.ContainerArguments, environment: a.Environment, hyper: a.HyperParameters,
		instances: a.ResourceConfig.InstanceCount, maxRuntime: time.Duration(a.StoppingCondition.MaxRuntimeInSeconds) * time.Second,
		longestValue: 512,
	}
	for _, c := range a.InputDataConfig {
		s.inputs = append(s.inputs, input{
			name: c.ChannelName, uri: c.DataSource.S3DataSource.S3Uri, local: "/opt/ml/input/data/" + c.ChannelName,
			sharded: c.DataSource.S3DataSource.S3DataDistributionType == "ShardedByS3Key",
		})
	}
	if a.OutputDataConfig.S3OutputPath == "" {
		return nil, errors.New("ValidationException: OutputDataConfig is missing")
	}
	s.outputs = []output{{
		name: "model", uri: strings.TrimSuffix(a.OutputDataConfig.S3OutputPath, "/"), local: "/opt/ml/model", archive: true,
	}}
	for _, d := range a.AlgorithmSpecification.MetricDefinitions {
		pattern, err := regexp.Compile(d.Regex)
		if err != nil {
			return nil, fmt.Errorf("ValidationException: metric %s: %w", d.Name, err)
		}
		d.pattern = pattern
		s.metrics = append(s.metrics, d)
	}
	return s, s.check(a.RoleArn, a.ResourceConfig.InstanceType)
}

func readTransform(text []byte) (*spec, error) {
	var a struct {
		ModelName      string
		Environment    map[string]string
		TransformInput struct {
			DataSource struct{ S3DataSource struct{ S3Uri string } }
		}
		TransformOutput struct{ S3OutputPath string }

		TransformResources struct {
			InstanceCount int
			InstanceType  string
		}
	}
	if err := json.Unmarshal(text, &a); err != nil {
		return nil, fmt.Errorf("ValidationException: %w", err)
	}
	s := &spec{
		image: a.ModelName, environment: a.Environment, instances: a.TransformResources.InstanceCount, longestValue: 10240,
		outputs: []output{{name: "transform", uri: a.TransformOutput.S3OutputPath}},
	}
	for _, uri := range []string{a.TransformInput.DataSource.S3DataSource.S3Uri, a.TransformOutput.S3OutputPath} {
		if !strings.HasPrefix(uri, "s3://") {
			return nil, fmt.Errorf("ValidationException: %q is no S3 address", uri)
		}
	}
	return s, s.check("the model's", a.TransformResources.InstanceType)
}

// check refuses what the Create call would refuse.
func (s *spec) check(role, instanceType string) error {
	switch {
	case s.image == "":
		return errors.New("ValidationException: the image is missing")
	case role == "":
		return errors.New("ValidationException: the role is missing")
	case s.instances < 1 || s.instances > 100:
		return fmt.Errorf("ValidationException: %d is no number of instances", s.instances)
	case !strings.HasPrefix(instanceType, "ml."):
		return fmt.Errorf("ValidationException: %q is no instance type", instanceType)
	case len(s.environment) > 100:
		return errors.New("ValidationException: Environment has more than 100 members")
	}
	for name, value := range s.environment {
		if len(value) > s.longestValue {
			return fmt.Errorf("ValidationException: 1 validation error detected: Value at 'environment' (%s) failed to satisfy constraint: "+
				"Map value must satisfy constraint: [Member must have length less than or equal to %d]", name, s.longestValue)
		}
	}
	const longest = 256
	for _, argument := range append(append([]string{}, s.entrypoint...), s.arguments...) {
		if len(argument) > longest {
			return fmt.Errorf("ValidationException: 1 validation error detected: a container argument failed to satisfy constraint: "+
				"Member must have length less than or equal to %d", longest)
		}
	}
	return nil
}

// checkPaths holds a processing job to its directories.
func (s *spec) checkPaths() error {
	const most = 10
	if len(s.inputs) > most || len(s.outputs) > most {
		return fmt.Errorf("ValidationException: at most %d inputs and outputs", most)
	}
	const base = "/opt/ml/processing/"
	for _, in := range s.inputs {
		if !strings.HasPrefix(in.local, base) || !strings.HasPrefix(in.uri, "s3://") {
			return fmt.Errorf("ValidationException: input %s needs an S3 address and a path below %s", in.name, base)
		}
	}
	for _, out := range s.outputs {
		if !strings.HasPrefix(out.local, base) || !strings.HasPrefix(out.uri, "s3://") {
			return fmt.Errorf("ValidationException: output %s needs an S3 address and a path below %s", out.name, base)
		}
	}
	return nil
}

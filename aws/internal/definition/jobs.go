package definition

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/step"
)

const (
	// containerRoot is where a Processing job has its inputs and outputs: the
	// root directory of the step contract.
	containerRoot = "/opt/ml/processing/"
	program       = "/usr/local/bin/daybatch"
	verb          = "job"

	// metrics is the property file that the gate reads.
	metrics = "Metrics"
)

// steps returns the pipeline of a job per step.
func (w writer) steps(name string) named {
	all := []pipelineStep{
		w.step(forecast.Extract, "Run the extract query for the date"),
		w.step(forecast.PreProc, "Fill gaps, find outliers and special days"),
		w.train("Fit the models and choose one for each series"),
		w.step(forecast.TrainEvaluation, "Measure the accuracy and judge it"),
	}
	predict := w.step(forecast.Predict, "Forecast the horizon")
	postProc := w.step(forecast.PostProc, "Write the partition of the date and make it current")
	if comparisons := w.comparisons(); len(comparisons) > 0 {
		all = append(all, w.gate(comparisons, predict, postProc))
	} else {
		// Without a gate, only this edge says that nothing is published before it
		// is evaluated.
		predict.DependsOn = []string{string(forecast.TrainEvaluation)}
		all = append(all, predict, postProc)
	}
	return named{name, w.document(settings.LayoutSteps, all, w.parameters()...)}
}

// step returns the Processing step that runs one of the six.
func (w writer) step(name forecast.StepName, description string) pipelineStep {
	job := w.job(w.Settings.MachineOf(name), string(name))
	job.ProcessingInputs = w.inputs(name)
	if name != forecast.PostProc { // it uploads by itself, because it commits
		job.ProcessingOutputConfig = w.outputs(name)
	}
	s := pipelineStep{
		Name: string(name), Type: typeProcessing, Description: description,
		Arguments: job, RetryPolicies: retryPolicies(),
	}
	if name == forecast.TrainEvaluation {
		s.PropertyFiles = []propertyFile{{PropertyFileName: metrics, OutputName: step.Output(name), FilePath: step.MetricsFile}}
	}
	return s
}

// train returns the step that runs Train: a Processing step as the others are, or
// a Training step, whose model SageMaker packs into one archive.
func (w writer) train(description string) pipelineStep {
	if !w.Settings.Trains() {
		return w.step(forecast.Train, description)
	}
	machine := w.Settings.MachineOf(forecast.Train)
	environment := w.environment(string(forecast.Train))
	environment["DAYBATCH_JOB"] = JobTraining
	job := training{
		AlgorithmSpecification: algorithm{
			TrainingImage: w.Settings.Image, TrainingInputMode: "File", ContainerEntrypoint: []string{program, verb},
			MetricDefinitions: trainMetrics(),
		},
		RoleArn: w.Settings.Role, OutputDataConfig: artifacts{w.prefix(forecast.Train, "artifacts")},
		ResourceConfig: cluster{machine.Instance, machine.Instances, machine.VolumeGB}, StoppingCondition: stopping{int(machine.MaxRuntime / time.Second)},
		Environment: environment,
	}
	for _, in := range w.inputs(forecast.Train) {
		job.InputDataConfig = append(job.InputDataConfig, channel{ChannelName: in.InputName, CompressionType: "None", DataSource: dataSource{s3Source{
			S3DataType: in.S3Input.S3DataType, S3URI: in.S3Input.S3URI, S3DataDistributionType: in.S3Input.S3DataDistributionType,
		}}})
	}
	return pipelineStep{
		Name: string(forecast.Train), Type: typeTraining, Description: description, Arguments: job, RetryPolicies: retryPolicies(),
	}
}

// JobTraining is what the environment of a Training job says that it is: it has
// other directories.
const JobTraining = "training"

// trainMetrics finds in the log of Train what it measures: see step.TrainMetrics.
func trainMetrics() []metricDefinition {
	var all []metricDefinition
	for _, m := range step.TrainMetrics() {
		all = append(all, metricDefinition{Name: m.Name, Regex: m.Pattern})
	}
	return all
}

// job returns the request that makes a job that runs one step or all, for one
// date.
func (w writer) job(machine settings.Machine, what string) processing {
	return processing{
		ProcessingResources: resources{cluster{machine.Instance, machine.Instances, machine.VolumeGB}},
		AppSpecification:    application{ImageURI: w.Settings.Image, ContainerEntrypoint: []string{program, verb}},
		RoleArn:             w.Settings.Role,
		StoppingCondition:   stopping{int(machine.MaxRuntime / time.Second)},
		Environment:         w.environment(what),
	}
}

// environment returns what a job is told. No value is empty.
func (w writer) environment(what string) map[string]any {
	environment := map[string]any{
		"DAYBATCH_PIPELINE":       w.Definition.Pipeline,
		"DAYBATCH_BUCKET":         w.Settings.Bucket,
		"DAYBATCH_PREFIX":         w.Settings.Prefix,
		"DAYBATCH_REGION":         w.Settings.Region,
		"DAYBATCH_DATABASE":       w.Settings.Database,
		"DAYBATCH_WORKGROUP":      w.Settings.Workgroup,
		"DAYBATCH_PROJECT":        get("Parameters." + ParameterProject),
		"DAYBATCH_RUN":            get("Execution.PipelineExecutionId"),
		"DAYBATCH_DATE":           get("Parameters." + ParameterDate),
		"DAYBATCH_DATES":          None,
		"DAYBATCH_CARRIER":        None,
		"DAYBATCH_ATTEMPT":        get("Parameters." + ParameterAttempt),
		"DAYBATCH_ARN":            get("Execution.PipelineExecutionArn"),
		"DAYBATCH_SCHEDULED_TIME": get("Parameters." + ParameterScheduledTime),
		"DAYBATCH_STEP":           what,
		"DAYBATCH_START":          get("Parameters." + ParameterStart),
		"DAYBATCH_PARENT":         get("Parameters." + ParameterParent),
		"DAYBATCH_PUBLISH":        get("Parameters." + ParameterPublish),
	}
	if dashboard := w.Settings.Dashboard; dashboard.DataSet != "" {
		environment["DAYBATCH_DASHBOARD_ACCOUNT"] = dashboard.Account
		environment["DAYBATCH_DASHBOARD_DATA_SET"] = dashboard.DataSet
	}
	return environment
}

// inputs returns the outputs that a step reads. They are references to the steps
// that made them: under selective execution those of the source.
func (w writer) inputs(name forecast.StepName) []input {
	from := step.Inputs(name)
	var all []input
	for _, what := range slices.Sorted(maps.Keys(from)) {
		all = append(all, input{InputName: what, S3Input: s3Input{
			S3URI:     w.made(from[what], what),
			LocalPath: containerRoot + step.InputDir + "/" + what, S3DataType: "S3Prefix", S3InputMode: "File",
			S3DataDistributionType: "FullyReplicated", S3CompressionType: "None",
		}})
	}
	return all
}

// made refers to the output of a step.
func (w writer) made(maker forecast.StepName, output string) reference {
	if maker == forecast.Train && w.Settings.Trains() {
		return get("Steps." + string(maker) + ".ModelArtifacts.S3ModelArtifacts") // an archive, which the job unpacks
	}
	return get(fmt.Sprintf("Steps.%s.ProcessingOutputConfig.Outputs['%s'].S3Output.S3Uri", maker, output))
}

// prefix is where something of a step goes that has a job of its own.
func (w writer) prefix(name forecast.StepName, what string) join {
	runs := "s3://" + w.Settings.Bucket + "/" + w.Settings.Prefix + "/runs"
	return joined("/", runs, get("Execution.PipelineExecutionId"), string(name), what)
}

// outputs returns where the output of a step goes.
func (w writer) outputs(name forecast.StepName) *outputs {
	what := step.Output(name)
	return &outputs{[]output{{OutputName: what, S3Output: s3Output{
		S3URI:     w.prefix(name, what),
		LocalPath: containerRoot + step.OutputDir + "/" + what, S3UploadMode: "EndOfJob",
	}}}}
}

// gate returns the Condition that lets only a good model predict.
func (w writer) gate(comparisons []comparison, then ...pipelineStep) pipelineStep {
	return pipelineStep{
		Name: StepGate, Type: typeCondition, Description: "Do the metrics meet the criteria?",
		Arguments: condition{
			Conditions: comparisons,
			IfSteps:    then,
			ElseSteps:  []pipelineStep{{Name: StepGateFailed, Type: typeFail, Arguments: failure{w.refusal()}}},
		},
	}
}

// comparisons returns what the gate compares, none if the project has no
// criteria. A metric without a value is a large number in the file; so is, with
// gate.strict, one that can't be judged.
func (w writer) comparisons() []comparison {
	var all []comparison
	for _, limit := range w.limits() {
		all = append(all, comparison{
			Type:       "LessThanOrEqualTo",
			LeftValue:  numberAt("Steps."+string(forecast.TrainEvaluation)+".PropertyFiles."+metrics, "gate."+limit.metric),
			RightValue: limit.most,
		})
	}
	return all
}

// limit is the most that a metric may be.
type limit struct {
	metric string
	most   float64
}

func (w writer) limits() []limit {
	gate := w.Definition.Gate
	var all []limit
	if gate.WAPE > 0 {
		all = append(all, limit{"wape", gate.WAPE})
	}
	if gate.MASE > 0 {
		all = append(all, limit{"mase", gate.MASE})
	}
	if gate.Versus != "" {
		all = append(all, limit{"versus_baseline", 1})
	}
	return all
}

// refusal is the text of a failed gate. The numbers are in the metrics file.
func (w writer) refusal() string {
	var words []string
	for _, l := range w.limits() {
		words = append(words, l.metric+" at most "+strconv.FormatFloat(l.most, 'g', -1, 64))
	}
	return "gate not met: " + strings.Join(words, ", ")
}

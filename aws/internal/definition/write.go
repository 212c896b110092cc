package definition

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
)

// Names of pipeline parameters. All are texts, and none may be empty.
const (
	ParameterDate          = "Date"          // a date, or auto: that of the scheduled time
	ParameterDates         = "Dates"         // attempts with commas, 2026-11-01-to-2026-11-07-a1,2026-11-09-a3, or none
	ParameterCarrier       = "Carrier"       // the plan whose dates they are and the number of its carrier, or none
	ParameterAttempt       = "Attempt"       // number of the date's attempt, or auto: the next one
	ParameterScheduledTime = "ScheduledTime" // 2026-11-21T21:00:00Z, or none
	ParameterProject       = "Project"       // hash of the definition that is run
	ParameterStart         = "Start"         // step to start at; those before are taken over from the parent
	ParameterParent        = "Parent"        // id of an earlier execution, or none
	ParameterPublish       = "Publish"       // each or staged
)

// What parameters say where there is nothing to say.
const (
	Auto = "auto"
	None = "none"
	Each = "each"
	// Staged builds the partition and does not publish it.
	Staged = "staged"
)

// Names of steps that are not of the six.
const (
	StepRun        = "Run"        // of the layout fused: all six
	StepGate       = "Gate"       // the Condition
	StepGateFailed = "GateFailed" // the Fail step in its other branch
)

// Options are what a definition is written from.
type Options struct {
	Settings   settings.Settings
	Definition forecast.Definition
}

// Pipeline is a pipeline to be.
type Pipeline struct {
	Name        string
	Description string
	Definition  []byte // JSON
}

// Write returns the pipelines of a project, the one of single dates last: what
// is deployed in this order is never asked for something that is not there.
func Write(o Options) ([]Pipeline, error) {
	hash, err := o.Definition.Hash()
	if err != nil {
		return nil, err //nolint:wrapcheck // it says what it did
	}
	w := writer{Options: o, hash: hash}
	name := o.Definition.Pipeline
	switch o.Settings.Layout {
	case settings.LayoutFused:
		return w.pipelines(w.fused(name))
	case settings.LayoutSteps:
		return w.pipelines(w.fused(o.Settings.RangePipeline(name)), w.steps(name))
	default:
		return nil, fmt.Errorf("%w: layout %q is not known", forecast.ErrInvalid, o.Settings.Layout)
	}
}

// writer writes the documents of one project.
type writer struct {
	Options
	hash string
}

// named is a document with the name of its pipeline.
type named struct {
	name     string
	document document
}

func (w writer) pipelines(all ...named) ([]Pipeline, error) {
	pipelines := make([]Pipeline, 0, len(all))
	for _, one := range all {
		text, err := encode(one.document)
		if err != nil {
			return nil, fmt.Errorf("write definition of %s: %w", one.name, err)
		}
		pipelines = append(pipelines, Pipeline{Name: one.name, Description: w.description(one.name), Definition: text})
	}
	return pipelines, nil
}

func (w writer) description(name string) string {
	what := "each date"
	if name != w.Definition.Pipeline {
		what = "ranges of dates"
	}
	return fmt.Sprintf("daybatch: forecasts of %s for %s", w.Definition.Pipeline, what)
}

// encode writes a document: the same each time, and indented, because people
// read it in the console.
func encode(d document) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(d); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return text.Bytes(), nil
}

func (w writer) document(layout settings.Layout, steps []pipelineStep, parameters ...parameter) document {
	return document{
		Version: "2020-12-01",
		Metadata: map[string]string{
			"made-by": "daybatch", "pipeline": w.Definition.Pipeline, "layout": string(layout),
		},
		Parameters: parameters,
		Steps:      steps,
	}
}

// parameters returns those that both layouts have.
func (w writer) parameters() []parameter {
	return []parameter{
		text(ParameterDate, Auto), text(ParameterAttempt, Auto), text(ParameterScheduledTime, None), text(ParameterProject, w.hash),
		text(ParameterStart, string(forecast.Extract)), text(ParameterParent, None), text(ParameterPublish, Each),
	}
}

// fused returns the pipeline of one job.
func (w writer) fused(name string) named {
	job := w.job(w.Settings.SharedMachine(), StepAll)
	job.Environment["DAYBATCH_DATES"] = get("Parameters." + ParameterDates)
	job.Environment["DAYBATCH_CARRIER"] = get("Parameters." + ParameterCarrier)
	run := pipelineStep{
		Name: StepRun, Type: typeProcessing, Description: "Run the six steps of the dates",
		Arguments: job, RetryPolicies: retryPolicies(),
	}
	parameters := append(w.parameters(), text(ParameterDates, None), text(ParameterCarrier, None))
	return named{name, w.document(settings.LayoutFused, []pipelineStep{run}, parameters...)}
}

// StepAll is what the environment of a job says that runs all six steps.
const StepAll = "all"

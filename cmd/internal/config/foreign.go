package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
)

// foreignKeys are the keys of a pipeline that another team defined.
func foreignKeys() []key {
	return []key{
		{
			path: "sagemaker.foreign.pipeline", doc: "another team's pipeline, to operate and not to define",
			read: func(c *Config, v value) { c.SageMaker.Foreign.Pipeline = v.matching(foreignPipeline()) },
		},
		{
			path: "sagemaker.foreign.date_parameter", doc: "the parameter of that pipeline that takes the date; without it dates are looked at, stopped and not started",
			read: func(c *Config, v value) { c.SageMaker.Foreign.DateParameter = v.matching(parameter()) },
		},
		{
			path: "sagemaker.foreign.date_format", standard: string(settings.ISODate), doc: "how that parameter is written, with YYYY, MM and DD",
			read: func(c *Config, v value) {
				c.SageMaker.Foreign.DateFormat = settings.DateFormat(v.checked(func(text string) error { return settings.DateFormat(text).Check() }))
			},
		},
		{
			path: "sagemaker.foreign.time_parameter", doc: "the parameter with the time at which that team's schedule fired, for executions that name no date",
			read: func(c *Config, v value) { c.SageMaker.Foreign.TimeParameter = v.matching(parameter()) },
		},
		{
			path: "sagemaker.foreign.display_name", doc: "how executions are called whose names tell the date, for example nightly-YYYYMMDD-*",
			read: func(c *Config, v value) {
				c.SageMaker.Foreign.DisplayName = settings.NamePattern(v.checked(func(text string) error { return settings.NamePattern(text).Check() }))
			},
		},
		{
			path: "sagemaker.foreign.parameters", doc: "parameters that are sent with each start, besides the date: {InstanceType: ml.m5.large}",
			read: func(c *Config, v value) { c.SageMaker.Foreign.Parameters = v.parameters() },
		},
		{
			path: "sagemaker.foreign.evaluation.step", doc: "the step whose report in S3, a property file, holds metrics; those of training jobs are shown without it",
			read: func(c *Config, v value) { c.SageMaker.Foreign.EvaluationStep = v.matching(theirStep()) },
		},
		{
			path: "sagemaker.foreign.evaluation.metrics", doc: "which numbers of that report are shown, by their paths: {auc: classification_metrics.auc.value}; without it all",
			read: func(c *Config, v value) { c.SageMaker.Foreign.Measures = v.measures() },
		},
	}
}

func foreignPipeline() form {
	return form{`[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}`, "the name of a SageMaker pipeline: letters and digits with hyphens between them"}
}

func parameter() form { return form{`[A-Za-z0-9_-]{1,256}`, "the name of a pipeline parameter"} }

func theirStep() form {
	return form{`[A-Za-z0-9_-]{1,64}`, "the name of a step: letters, digits, hyphens and underscores"}
}

// longestParameter is how long the value of a parameter may be.
const longestParameter = 1024

// checked reads a text that a check accepts.
func (v value) checked(check func(string) error) string {
	text := v.text()
	if err := check(text); text != "" && err != nil {
		v.fail("%s", strings.TrimPrefix(err.Error(), forecast.ErrInvalid.Error()+": "))
	}
	return text
}

// parameters reads values of pipeline parameters: all are texts to SageMaker.
func (v value) parameters() map[string]string {
	all := map[string]string{}
	for _, e := range v.entries() {
		if !regexp.MustCompile(`^` + parameter().pattern + `$`).MatchString(e.name) {
			e.at.fail("%q must be %s", e.name, parameter().want)
		}
		if all[e.name] = e.text(); len(all[e.name]) > longestParameter {
			e.fail("has %d bytes, and SageMaker takes %d", len(all[e.name]), longestParameter)
		}
	}
	return all
}

// measures reads where the metrics of a report are.
func (v value) measures() map[string]string {
	all := map[string]string{}
	for _, e := range v.entries() {
		all[e.name] = e.matching(form{`[^.\s]+(\.[^.\s]+)*`, "the path of a number, with dots between the names"})
	}
	return all
}

// foreign reports whether the project is for another team's pipeline, which has
// neither source nor query.
func (l *loader) foreign() bool {
	return l.config.Engine == EngineSageMaker && !l.config.SageMaker.Foreign.IsZero()
}

// checkForeign looks at what the keys of another team's pipeline say together. If
// there is no such pipeline, none of them says anything.
func (l *loader) checkForeign() {
	f := &l.config.SageMaker.Foreign
	if f.IsZero() {
		for _, k := range foreignKeys() {
			if _, given := l.found[k.path]; given {
				l.problem(k.path, "says nothing without sagemaker.foreign.pipeline: give the name of the pipeline")
			}
		}
		*f = settings.Foreign{}
		return
	}
	if f.DateParameter == "" && f.DisplayName == "" && f.TimeParameter == "" {
		l.problem("sagemaker.foreign.pipeline", "nothing says how the date of an execution is found: set date_parameter, or display_name, or time_parameter")
	}
	if f.DateParameter == "" {
		if _, given := l.found["sagemaker.foreign.date_format"]; given {
			l.problem("sagemaker.foreign.date_format", "says nothing without date_parameter")
		}
	}
	if f.TimeParameter != "" && f.TimeParameter == f.DateParameter {
		l.problem("sagemaker.foreign.time_parameter", "%s is date_parameter too", f.TimeParameter)
	}
	if _, clash := f.Parameters[f.DateParameter]; clash && f.DateParameter != "" {
		l.problem("sagemaker.foreign.parameters", "%s is the date, which differs with each execution: leave it out", f.DateParameter)
	}
	if f.EvaluationStep == "" && f.Measures != nil {
		l.problem("sagemaker.foreign.evaluation.metrics", "says nothing without evaluation.step")
	}
	l.warnForeign()
}

// warnForeign tells of keys that another team's pipeline leaves without effect.
func (l *loader) warnForeign() {
	var idle []string
	for _, prefix := range []string{"source.", "forecast.", "gate.", "target.", "steps", "sagemaker.layout", "sagemaker.train_as", "sagemaker.image", "sagemaker.steps", "sagemaker.dashboard"} {
		for key, v := range l.found {
			if strings.HasPrefix(key, prefix) && v.source == FileName {
				idle = append(idle, key)
			}
		}
	}
	slices.Sort(idle)
	if idle = slices.Compact(idle); len(idle) > 0 {
		l.config.Warnings = append(l.config.Warnings, fmt.Sprintf("%s: no effect on another team's pipeline: %s", l.found[idle[0]].where(), strings.Join(idle, ", ")))
	}
}

package sagemaker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

// search is what a tuning job does: it tries values in training jobs, some at once.
//
//	tuning job  InProgress --no machine of its own--> ... --all trials over--> Completed | Failed | Stopped
//	trial       a training job, with a script, a log and metrics of its own
//
// It is good if one trial is. How values are chosen is AWS's secret; here the n-th
// trial has the n-th of ten steps of each range.
type search struct {
	most, atOnce int
	objective    struct{ Type, MetricName string }
	definitions  []map[string]any
	trials       []*job
}

// trial is what a training job is to the tuning job that began it.
type trial struct {
	of         *job
	definition string
	values     map[string]any
}

func readTuning(text []byte) (*search, error) {
	var a struct {
		HyperParameterTuningJobConfig struct {
			ResourceLimits struct {
				MaxNumberOfTrainingJobs, MaxParallelTrainingJobs int
			}
			HyperParameterTuningJobObjective struct{ Type, MetricName string }
		}
		TrainingJobDefinition  map[string]any
		TrainingJobDefinitions []map[string]any
	}
	if err := json.Unmarshal(text, &a); err != nil {
		return nil, fmt.Errorf("ValidationException: %w", err)
	}
	limits := a.HyperParameterTuningJobConfig.ResourceLimits
	s := &search{most: max(1, limits.MaxNumberOfTrainingJobs), atOnce: limits.MaxParallelTrainingJobs, definitions: a.TrainingJobDefinitions}
	s.objective = a.HyperParameterTuningJobConfig.HyperParameterTuningJobObjective
	if a.TrainingJobDefinition != nil {
		s.definitions = append(s.definitions, a.TrainingJobDefinition)
	}
	switch {
	case len(s.definitions) == 0:
		return nil, errors.New("ValidationException: TrainingJobDefinition is missing")
	case s.atOnce < 1:
		return nil, errors.New("ValidationException: MaxParallelTrainingJobs is missing")
	}
	return s, nil
}

// search begins trials, and ends the tuning job when all are over. The lock is held.
func (s *Service) search(j *job) {
	if j.over() {
		return
	}
	running, good := 0, 0
	for _, t := range j.search.trials {
		switch {
		case !t.over():
			running++
		case t.status == completed:
			good++
		}
	}
	for ; running < j.search.atOnce && len(j.search.trials) < j.search.most && j.status == inProgress; running++ {
		if err := s.try(j); err != nil {
			s.jobOver(j, failed, "ClientError: "+err.Error())
			return
		}
	}
	switch {
	case running > 0:
	case j.status == stopping:
		s.jobOver(j, stopped, "")
	case good == 0:
		s.jobOver(j, failed, "ClientError: No training job succeeded. Please take a look at the failures to get more details.")
	default:
		s.jobOver(j, completed, "")
	}
}

// try begins a trial.
func (s *Service) try(j *job) error {
	n := len(j.search.trials)
	d := j.search.definitions[n%len(j.search.definitions)]
	arguments := maps.Clone(d)
	for _, name := range []string{"DefinitionName", "TuningObjective", "HyperParameterRanges", "StaticHyperParameters", "HyperParameterTuningResourceConfig"} {
		delete(arguments, name)
	}
	if c, ok := d["HyperParameterTuningResourceConfig"].(map[string]any); ok && arguments["ResourceConfig"] == nil {
		arguments["ResourceConfig"] = c
	}
	ranges := d["HyperParameterRanges"]
	if ranges == nil {
		config, _ := j.arguments["HyperParameterTuningJobConfig"].(map[string]any)
		ranges = config["ParameterRanges"]
	}
	values := nth(ranges, n)
	hyper := map[string]any{}
	if static, ok := d["StaticHyperParameters"].(map[string]any); ok {
		maps.Copy(hyper, static)
	}
	maps.Copy(hyper, values)
	arguments["HyperParameters"] = hyper
	name := fmt.Sprintf("%s-%03d-%s", j.name, n+1, s.identifier(8))
	definition, _ := d["DefinitionName"].(string)
	t := &job{
		kind: kindOf("Training"), name: name, arn: s.arn(training + "/" + name), execution: j.execution, step: j.step, status: inProgress,
		created: s.now(), modified: s.now(), metrics: map[string]metric{}, trial: &trial{of: j, definition: definition, values: values},
	}
	if err := t.take(arguments); err != nil {
		return err
	}
	t.play = s.play(t.public())
	s.jobs[training+"/"+name] = t
	j.search.trials = append(j.search.trials, t)
	t.enter(s.now(), "Starting")
	t.next(s.after(t.play.StartUp, func() { s.machine(t) }))
	return nil
}

// nth gives the values of the n-th trial, each of its range.
func nth(ranges any, n int) map[string]any {
	const steps = 10
	values := map[string]any{}
	all, _ := ranges.(map[string]any)
	for _, kind := range []string{"IntegerParameterRanges", "ContinuousParameterRanges", "CategoricalParameterRanges"} {
		list, _ := all[kind].([]any)
		for _, item := range list {
			r, _ := item.(map[string]any)
			name, _ := r["Name"].(string)
			if words, ok := r["Values"].([]any); ok && len(words) > 0 {
				values[name] = words[n%len(words)]
				continue
			}
			low, high := number(r["MinValue"]), number(r["MaxValue"])
			value := low + (high-low)*float64(n%steps)/steps
			values[name] = fmt.Sprint(value)
			if kind == "IntegerParameterRanges" {
				values[name] = strconv.Itoa(int(value))
			}
		}
	}
	return values
}

// number reads a bound of a range, which is a string.
func number(v any) float64 {
	var f float64
	if _, err := fmt.Sscan(fmt.Sprint(v), &f); err != nil {
		return 0
	}
	return f
}

// best is the trial that came closest to the objective, nil if none has a value.
func (s *search) best() *job {
	var best *job
	for _, t := range s.trials {
		m, ok := t.metrics[s.objective.MetricName]
		if !ok || t.status != completed {
			continue
		}
		if best == nil || (m.Value > best.metrics[s.objective.MetricName].Value) == (s.objective.Type != "Minimize") {
			best = t
		}
	}
	return best
}

// summary is a trial in a list.
func (j *job) summary() map[string]any {
	out := map[string]any{
		"TrainingJobName": j.name, "TrainingJobArn": j.arn, "TrainingJobStatus": j.status, "CreationTime": wire.At(j.created),
		"TunedHyperParameters": j.trial.values, "ObjectiveStatus": "Pending",
	}
	if j.trial.definition != "" {
		out["TrainingJobDefinitionName"] = j.trial.definition
	}
	j.times(out, "TrainingStartTime", "TrainingEndTime")
	if j.reason != "" {
		out["FailureReason"] = j.reason
	}
	objective := j.trial.of.search.objective
	switch m, ok := j.metrics[objective.MetricName]; {
	case ok && j.status == completed:
		out["ObjectiveStatus"] = "Succeeded"
		out["FinalHyperParameterTuningJobObjectiveMetric"] = map[string]any{"Type": objective.Type, "MetricName": m.MetricName, "Value": m.Value}
	case j.over():
		out["ObjectiveStatus"] = "Failed"
	}
	return out
}

type tuningInput struct {
	HyperParameterTuningJobName string
	MaxResults                  *int
	NextToken                   *string
	SortBy, SortOrder           string
	StatusEquals                string
}

func (s *Service) findTuning(name string) (*job, error) {
	j := s.jobs[tuning+"/"+name]
	if j == nil {
		return nil, notFoundf("Could not find requested job with name: %s", name)
	}
	return j, nil
}

func (s *Service) describeTuning(_ context.Context, in *tuningInput) (*map[string]any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j, err := s.findTuning(in.HyperParameterTuningJobName)
	if err != nil {
		return nil, err
	}
	out := j.properties()
	out["CreationTime"], out["LastModifiedTime"] = wire.At(j.created), wire.At(j.modified)
	if !j.ended.IsZero() {
		out["HyperParameterTuningEndTime"] = wire.At(j.ended)
	}
	return &out, nil
}

// tuned adds what the trials came to.
func (j *job) tuned(out map[string]any) {
	jobs := map[string]int{"Completed": 0, "InProgress": 0, "NonRetryableError": 0, "RetryableError": 0, "Stopped": 0}
	objectives := map[string]int{"Succeeded": 0, "Pending": 0, "Failed": 0}
	for _, t := range j.search.trials {
		switch t.status {
		case completed, stopped:
			jobs[t.status]++
		case failed:
			jobs["NonRetryableError"]++
		default:
			jobs["InProgress"]++
		}
		status, _ := t.summary()["ObjectiveStatus"].(string)
		objectives[status]++
	}
	out["TrainingJobStatusCounters"], out["ObjectiveStatusCounters"] = jobs, objectives
	if best := j.search.best(); best != nil {
		out["BestTrainingJob"] = best.summary()
	}
}

type tuningJobsOutput struct {
	TrainingJobSummaries []map[string]any
	NextToken            *string `json:",omitempty"`
}

// listTrials gives the training jobs of a tuning job, by name unless something else
// is asked for.
func (s *Service) listTrials(_ context.Context, in *tuningInput) (*tuningJobsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j, err := s.findTuning(in.HyperParameterTuningJobName)
	if err != nil {
		return nil, err
	}
	size, err := pageSize(in.MaxResults)
	if err != nil {
		return nil, err
	}
	const usual = 10
	if in.MaxResults == nil {
		size = usual
	}
	var found []*job
	for _, t := range j.search.trials { // in the order of both names and times
		if in.StatusEquals == "" || in.StatusEquals == t.status {
			found = append(found, t)
		}
	}
	if in.SortBy == "Status" {
		slices.SortStableFunc(found, func(a, b *job) int { return strings.Compare(a.status, b.status) })
	}
	if in.SortOrder == "Descending" {
		slices.Reverse(found)
	}
	page, err := wire.Paginate(s.pager, found, func(t *job) string { return t.name }, size, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &tuningJobsOutput{TrainingJobSummaries: []map[string]any{}, NextToken: page.Next}
	for _, t := range page.Items {
		out.TrainingJobSummaries = append(out.TrainingJobSummaries, t.summary())
	}
	return out, nil
}

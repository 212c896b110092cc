package sagemaker

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/daybatch/daybatch/aws/awssim/internal/definition"
)

// What a service keeps for the one after it: a file for each pipeline, and one for
// each execution that has ended. One that was open is gone with its containers.

const (
	keptPipelines  = "pipelines"
	keptExecutions = "executions"
)

type keptPipeline struct {
	Name, Display, Description, Role string
	Created, Modified, Ran           time.Time
	CreatedBy, ModifiedBy            string
	Parallelism                      *parallelism
	Versions                         []keptVersion
	Tags                             []tag
}

type keptVersion struct {
	Text     string
	Created  time.Time
	Display  string
	Describe string
	LastRun  string
}

type keptExecution struct {
	ID                       string
	Number                   int
	Pipeline                 string
	Version                  int64
	Definition               string
	Display, Description     string
	Given                    []parameter
	Parallelism              *parallelism
	Selective                *selectiveConfig
	Selected                 map[string]bool
	Status, Reason           string
	Created, Modified, Ended time.Time
	CreatedBy, ModifiedBy    string
	FailStep                 bool
	Steps                    []keptStep
}

type keptStep struct {
	Name, Status             string
	Began, Ended             time.Time
	Attempts                 int
	Reason, Outcome, Message string
	Job                      *keptJob
	Properties, Metadata     map[string]any
	ReusedFrom               string
}

type keptJob struct {
	Type, Name, ARN                   string
	Arguments                         map[string]any
	Facts                             map[string]any // of a check, beside its job
	Status                            string
	Created, Started, Ended, Modified time.Time
	Message, Reason, Lost             string
	TimedOut                          bool
	Transitions                       []transition
	Metrics                           map[string]metric
}

// keep writes a value. What can't be written is missed by the next service alone, which
// does well without.
func (s *Service) keep(kind, name string, value any) {
	if s.o.Kept == "" {
		return
	}
	path := filepath.Join(s.o.Kept, kind, name+".json")
	text, err := json.Marshal(value)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o750)
	}
	if err == nil {
		err = os.WriteFile(path+".new", text, 0o600)
	}
	if err == nil {
		_ = os.Rename(path+".new", path)
	}
}

// keepPipeline keeps a pipeline as it is now. The lock is held.
func (s *Service) keepPipeline(p *pipeline) {
	kept := keptPipeline{
		Name: p.name, Display: p.display, Description: p.description, Role: p.role, Created: p.created, Modified: p.modified, Ran: p.ran,
		CreatedBy: p.createdBy, ModifiedBy: p.modifiedBy, Parallelism: p.parallelism, Tags: s.tags[strings.ToLower(s.arn("pipeline/"+p.name))],
	}
	for _, v := range p.versions {
		kept.Versions = append(kept.Versions, keptVersion{Text: v.text, Created: v.created, Display: v.display, Describe: v.describe, LastRun: v.lastRun})
	}
	s.keep(keptPipelines, strings.ToLower(p.name), kept)
}

// forget removes a pipeline from what is kept, and its executions with it.
func (s *Service) forget(p *pipeline) {
	if s.o.Kept == "" {
		return
	}
	_ = os.Remove(filepath.Join(s.o.Kept, keptPipelines, strings.ToLower(p.name)+".json"))
	for _, e := range s.executions {
		if e.pipeline == p {
			_ = os.Remove(filepath.Join(s.o.Kept, keptExecutions, e.id+".json"))
		}
	}
}

// keepExecution keeps an execution that has ended. The lock is held.
func (s *Service) keepExecution(e *execution) {
	kept := keptExecution{
		ID: e.id, Number: e.number, Pipeline: e.pipeline.name, Version: e.version, Definition: e.text, Display: e.display, Description: e.description,
		Given: e.given, Parallelism: e.parallelism, Selective: e.selective, Selected: e.selected, Status: e.status, Reason: e.reason,
		Created: e.created, Modified: e.modified, Ended: e.ended, CreatedBy: e.createdBy, ModifiedBy: e.modifiedBy, FailStep: e.failStep,
	}
	for _, st := range e.steps {
		k := keptStep{
			Name: st.node.Name, Status: st.status, Began: st.began, Ended: st.ended, Attempts: st.attempts, Reason: st.reason, Outcome: st.outcome,
			Message: st.message, Properties: st.properties, Metadata: st.metadataGiven, ReusedFrom: st.reusedFrom,
		}
		if j := st.job; j != nil && j.search == nil { // of a search the step's metadata is all that is left
			k.Job = &keptJob{
				Type: st.node.Type, Name: j.name, ARN: j.arn, Arguments: j.arguments, Facts: j.play.Metadata, Status: j.status, Created: j.created,
				Started: j.started, Ended: j.ended, Modified: j.modified, Message: j.message, Reason: j.reason, Lost: j.lost, TimedOut: j.timedOut,
				Transitions: j.transitions, Metrics: j.metrics,
			}
		} else if j != nil {
			k.Metadata = st.metadata()
		}
		kept.Steps = append(kept.Steps, k)
	}
	s.keep(keptExecutions, e.id, kept)
}

// restore takes over what an earlier service has kept.
func (s *Service) restore() error {
	if s.o.Kept == "" {
		return nil
	}
	err := eachKept(filepath.Join(s.o.Kept, keptPipelines), func(k keptPipeline) error {
		p := &pipeline{
			name: k.Name, display: k.Display, description: k.Description, role: k.Role, created: k.Created, modified: k.Modified, ran: k.Ran,
			createdBy: k.CreatedBy, modifiedBy: k.ModifiedBy, parallelism: k.Parallelism,
		}
		for _, v := range k.Versions {
			parsed, err := definition.Parse(v.Text)
			if err != nil {
				return err
			}
			p.versions = append(p.versions, version{text: v.Text, parsed: parsed, created: v.Created, display: v.Display, describe: v.Describe, lastRun: v.LastRun})
		}
		s.pipelines[strings.ToLower(p.name)] = p
		s.tags[strings.ToLower(s.arn("pipeline/"+p.name))] = k.Tags
		return nil
	})
	if err != nil {
		return err
	}
	return eachKept(filepath.Join(s.o.Kept, keptExecutions), s.restoreExecution)
}

func (s *Service) restoreExecution(k keptExecution) error {
	p := s.pipelines[strings.ToLower(k.Pipeline)]
	if p == nil {
		return nil
	}
	parsed, err := definition.Parse(k.Definition)
	if err != nil {
		return err
	}
	e := &execution{
		id: k.ID, number: k.Number, pipeline: p, version: k.Version, def: parsed, text: k.Definition, display: k.Display, description: k.Description,
		given: k.Given, parallelism: k.Parallelism, selective: k.Selective, selected: k.Selected, status: k.Status, reason: k.Reason,
		created: k.Created, modified: k.Modified, ended: k.Ended, createdBy: k.CreatedBy, modifiedBy: k.ModifiedBy, failStep: k.FailStep,
		steps: map[string]*step{},
	}
	for _, ks := range k.Steps {
		node := parsed.Node(ks.Name)
		if node == nil {
			continue
		}
		st := &step{
			node: node, status: ks.Status, began: ks.Began, ended: ks.Ended, attempts: ks.Attempts, tries: map[int]int{}, reason: ks.Reason,
			outcome: ks.Outcome, message: ks.Message, properties: ks.Properties, metadataGiven: ks.Metadata, reusedFrom: ks.ReusedFrom,
		}
		if ks.Job != nil {
			if err := s.restoreJob(e, st, ks.Job); err != nil {
				return err
			}
		}
		e.steps[ks.Name] = st
	}
	s.executions[e.id] = e
	return nil
}

// restoreJob makes a step's job again; that of another execution may be known from it.
func (s *Service) restoreJob(e *execution, st *step, k *keptJob) error {
	key := kindOf(k.Type).arn + "/" + k.Name
	if known := s.jobs[key]; known != nil {
		st.job = known
		return nil
	}
	j := &job{
		kind: kindOf(k.Type), name: k.Name, arn: k.ARN, execution: e, step: st, play: Play{Metadata: k.Facts}, status: k.Status, created: k.Created,
		started: k.Started, ended: k.Ended, modified: k.Modified, message: k.Message, reason: k.Reason, lost: k.Lost, timedOut: k.TimedOut,
		transitions: k.Transitions, metrics: k.Metrics,
	}
	if err := j.take(k.Arguments); err != nil {
		return err
	}
	s.jobs[key], st.job = j, j
	return nil
}

// eachKept gives the values of the files in a directory, in the order of their names.
func eachKept[T any](dir string, take func(T) error) error {
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return fmt.Errorf("read what was kept: %w", err)
	}
	slices.Sort(names)
	for _, name := range names {
		text, err := os.ReadFile(name) //nolint:gosec // the service's own file
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		var value T
		if err == nil {
			err = json.Unmarshal(text, &value)
		}
		if err == nil {
			err = take(value)
		}
		if err != nil {
			return fmt.Errorf("read what was kept in %s: %w", name, err)
		}
	}
	return nil
}

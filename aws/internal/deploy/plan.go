package deploy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/daybatch/daybatch/aws/internal/definition"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
)

// Kind is a kind of thing in the account.
type Kind string

// Kinds, in the order in which they are made.
const (
	KindBucket    Kind = "bucket"
	KindLifecycle Kind = "lifecycle"
	KindProject   Kind = "project"
	KindDatabase  Kind = "database"
	KindTable     Kind = "table"
	KindPipeline  Kind = "pipeline"
	KindTopic     Kind = "topic"
	KindRule      Kind = "rule"
	KindSchedule  Kind = "schedule"
)

// Action is what is done about a thing.
type Action string

// Actions.
const (
	ActionCreate Action = "create"
	ActionUpdate Action = "update"
	ActionKeep   Action = "keep"   // it is as wanted
	ActionRefuse Action = "refuse" // it can't be made so, or is somebody else's
)

// Change is what is done about one thing, and why.
type Change struct {
	Kind   Kind    `json:"kind"`
	Name   string  `json:"name"`
	Action Action  `json:"action"`
	Fields []Field `json:"fields"` // that differ, of an update
	Reason string  `json:"reason"` // of a refusal, or what to know
	// Wrong says that Reason is about something that somebody has set in the account,
	// which no deployment changes and which does harm.
	Wrong bool `json:"-"`
}

// Field is a field that differs.
type Field struct {
	Name string `json:"name"`
	From string `json:"from"` // empty: it is not there
	To   string `json:"to"`   // empty: it goes
}

// Plan is what a deployment would do.
type Plan struct {
	Changes []Change `json:"changes"` // in the order in which they are made
}

// Count returns how many changes have an action.
func (p Plan) Count(action Action) int {
	n := 0
	for _, c := range p.Changes {
		if c.Action == action {
			n++
		}
	}
	return n
}

// Refused returns an error that wraps [forecast.ErrConflict] if something is
// refused: then nothing is done at all.
func (p Plan) Refused() error {
	for _, c := range p.Changes {
		if c.Action == ActionRefuse {
			return fmt.Errorf("%w: %s %s: %s", forecast.ErrConflict, c.Kind, c.Name, c.Reason)
		}
	}
	return nil
}

// Options say what is deployed.
type Options struct {
	Settings   settings.Settings
	Definition forecast.Definition
	// Salt sets the client tokens of this deployment apart from those of others:
	// a service that remembers a token would do nothing for what was deleted since.
	Salt string
}

// Clients are the services that a deployment calls.
type Clients struct {
	S3        objectClient
	Lifecycle lifecycleClient
	Glue      catalogueClient
	SageMaker pipelineClient
	SNS       topicClient
	Events    ruleClient
	Scheduler scheduleClient
}

// Deployment brings an account to what a project wants.
type Deployment struct {
	resources []resource
}

// resource is one thing in the account.
type resource interface {
	// read compares what there is with what is wanted.
	read(ctx context.Context) (Change, error)
	// apply does what the last read found to be done.
	apply(ctx context.Context) error
}

// resourceTime is the most that the calls about one thing may take together.
const resourceTime = time.Minute

// New returns a deployment of a project. Another team's pipeline is refused.
func New(o Options, c Clients) (*Deployment, error) {
	if !o.Settings.Foreign.IsZero() {
		return nil, fmt.Errorf("%w: the pipeline %s is another team's (sagemaker.foreign): there is nothing to deploy", forecast.ErrInvalid, o.Settings.Foreign.Pipeline)
	}
	pipelines, err := definition.Write(definition.Options{Settings: o.Settings, Definition: o.Definition})
	if err != nil {
		return nil, err //nolint:wrapcheck // it says what it did
	}
	project, err := newProject(c.S3, o)
	if err != nil {
		return nil, err
	}
	table, err := newTable(c.Glue, o)
	if err != nil {
		return nil, err
	}
	resources := []resource{&bucket{client: c.S3, name: o.Settings.Bucket}}
	if o.Settings.RunsDays > 0 {
		resources = append(resources, &lifecycle{client: c.Lifecycle, options: o})
	}
	resources = append(resources, project, &database{client: c.Glue, name: o.Settings.Database}, table)
	for _, p := range pipelines {
		resources = append(resources, &pipeline{client: c.SageMaker, options: o, wanted: p})
	}
	if o.Settings.Topic != "" {
		resources = append(resources, newTopic(c.SNS, o), newRule(c.Events, o))
	}
	return &Deployment{resources: append(resources, newSchedule(c.Scheduler, o))}, nil
}

// Plan reads what there is and returns what would be done.
func (d *Deployment) Plan(ctx context.Context) (Plan, error) {
	var plan Plan
	for _, r := range d.resources {
		change, err := look(ctx, r)
		if err != nil {
			return Plan{}, err
		}
		plan.Changes = append(plan.Changes, change)
	}
	return plan, nil
}

// Compare is Plan for somebody who only looks: what the login may not look at is
// told as errors beside the plan of the rest, each wrapping
// [forecast.ErrUnauthorised].
func (d *Deployment) Compare(ctx context.Context) (plan Plan, unseen []error, err error) {
	for _, r := range d.resources {
		change, err := look(ctx, r)
		switch {
		case errors.Is(err, forecast.ErrUnauthorised) && !errors.Is(err, forecast.ErrLogin):
			unseen = append(unseen, err)
		case err != nil:
			return Plan{}, nil, err
		default:
			plan.Changes = append(plan.Changes, change)
		}
	}
	return plan, unseen, nil
}

// Apply does what a plan says, in its order, and stops at the first thing that
// fails: those before it are done, and the next deployment goes on from there.
// It calls told, unless that is nil, with each change that was done. What is not
// as the plan found it wraps [forecast.ErrConflict].
func (d *Deployment) Apply(ctx context.Context, plan Plan, told func(Change)) error {
	if err := plan.Refused(); err != nil {
		return err
	}
	for _, r := range d.resources {
		change, err := look(ctx, r)
		if err != nil {
			return err
		}
		if change.Action == ActionKeep {
			continue
		}
		if !plan.has(change) {
			return fmt.Errorf("%w: %s %s was changed since the plan was made: look at it again", forecast.ErrConflict, change.Kind, change.Name)
		}
		if err := carryOut(ctx, r, change); err != nil {
			return err
		}
		if told != nil {
			told(change)
		}
	}
	return nil
}

// has reports whether the plan says this very change.
func (p Plan) has(change Change) bool {
	return slices.ContainsFunc(p.Changes, func(c Change) bool {
		return c.Kind == change.Kind && c.Name == change.Name && c.Action == change.Action && slices.Equal(c.Fields, change.Fields)
	})
}

func look(ctx context.Context, r resource) (Change, error) {
	ctx, cancel := context.WithTimeout(ctx, resourceTime)
	defer cancel()
	return r.read(ctx)
}

// carryOut makes a change. After an error it looks again: the answer may have
// been lost, or somebody else may have done the same.
func carryOut(ctx context.Context, r resource, change Change) error {
	err := func() error {
		ctx, cancel := context.WithTimeout(ctx, resourceTime)
		defer cancel()
		return r.apply(ctx)
	}()
	if err == nil {
		return nil
	}
	if again, lookErr := look(ctx, r); lookErr == nil && again.Action == ActionKeep {
		return nil
	}
	return fmt.Errorf("%s %s %s: %w", change.Action, change.Kind, change.Name, err)
}

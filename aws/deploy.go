package aws

import (
	"context"
	"encoding/json"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/daybatch/daybatch/aws/internal/calls"
	"github.com/daybatch/daybatch/aws/internal/cloud"
	"github.com/daybatch/daybatch/aws/internal/definition"
	"github.com/daybatch/daybatch/aws/internal/deploy"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
)

// DeployOptions say what is deployed.
type DeployOptions struct {
	Settings   settings.Settings
	Definition forecast.Definition
	// Salt differs for each deployment. Client tokens are made with it: a service
	// that remembers one would not make again what was deleted since.
	Salt string
}

// Deployment brings an AWS account to what a project wants.
type Deployment = deploy.Deployment

// What a deployment would do: see [Deployment].
type (
	// DeployPlan is what would be done, in its order.
	DeployPlan = deploy.Plan
	// DeployChange is what is done about one thing.
	DeployChange = deploy.Change
	// DeployField is a field that differs.
	DeployField = deploy.Field
	// DeployGist is a part of what an update changes: a value, or a whole item.
	DeployGist = deploy.Gist
	// DeployAction is what is done about a thing.
	DeployAction = deploy.Action
)

// Actions of a deployment.
const (
	DeployCreate = deploy.ActionCreate
	DeployUpdate = deploy.ActionUpdate
	DeployDelete = deploy.ActionDelete // of a part
	DeployKeep   = deploy.ActionKeep
	DeployRefuse = deploy.ActionRefuse
)

// Deploy opens the account of a project for a deployment. It calls nothing yet.
func Deploy(ctx context.Context, o DeployOptions) (*Deployment, error) {
	var limits *cloud.Limits
	if o.Settings.Simulation != "" {
		limits = &cloud.Limits{}
	}
	loaded, err := load(ctx, o.Settings, limits)
	if err != nil {
		return nil, err
	}
	return deploy.New(o.internal(), deployClients(loaded)) //nolint:wrapcheck // it says what is wrong
}

// deployClients are the services that a deployment calls.
func deployClients(loaded awssdk.Config) deploy.Clients {
	objects := s3.NewFromConfig(loaded, pathStyle)
	return deploy.Clients{
		S3:        objects,
		Lifecycle: objects,
		Glue:      calls.OfGlue(glue.NewFromConfig(loaded)),
		SageMaker: calls.OfSageMaker(sagemaker.NewFromConfig(loaded)),
		SNS:       calls.OfSNS(sns.NewFromConfig(loaded)),
		Events:    calls.OfEventBridge(eventbridge.NewFromConfig(loaded)),
		Scheduler: scheduler.NewFromConfig(loaded),
	}
}

// pathStyle puts the bucket into the path where something stands in the place of
// AWS, whoever said so: its name would be no host there.
func pathStyle(options *s3.Options) { options.UsePathStyle = options.BaseEndpoint != nil }

func (o DeployOptions) internal() deploy.Options {
	return deploy.Options{Settings: o.Settings, Definition: o.Definition, Salt: o.Salt}
}

// load reads the configuration of AWS with what the project says.
func load(ctx context.Context, s settings.Settings, limits *cloud.Limits) (awssdk.Config, error) {
	of := account(s)
	of.Limits = limits
	return cloud.Load(ctx, of) //nolint:wrapcheck // it says what it read
}

// account is the account of a project.
func account(s settings.Settings) cloud.Account {
	return cloud.Account{Region: s.Region, Profile: s.Profile, Endpoint: s.Endpoint, Simulated: s.Simulation != ""}
}

// Document is something that deploy prints for people to use elsewhere.
type Document struct {
	Kind     string `json:"kind"` // pipeline or policy
	Name     string `json:"name"`
	About    string `json:"about"`
	Document any    `json:"document"`
}

// DeployDocuments returns the definitions of a project's pipelines and the least
// rights that it needs: of another team's pipeline the rights of people alone. It
// calls nothing.
func DeployDocuments(o DeployOptions) ([]Document, error) {
	if !o.Settings.Foreign.IsZero() {
		return documents(nil, deploy.Policies(o.internal())), nil
	}
	pipelines, err := definition.Write(definition.Options{Settings: o.Settings, Definition: o.Definition})
	if err != nil {
		return nil, err //nolint:wrapcheck // it says what it did
	}
	return documents(pipelines, deploy.Policies(o.internal())), nil
}

func documents(pipelines []definition.Pipeline, policies []deploy.Policy) []Document {
	var all []Document
	for _, p := range pipelines {
		all = append(all, Document{Kind: "pipeline", Name: p.Name, About: p.Description, Document: json.RawMessage(p.Definition)})
	}
	for _, p := range policies {
		all = append(all, Document{Kind: "policy", Name: p.Name, About: p.About, Document: p.Document})
	}
	return all
}

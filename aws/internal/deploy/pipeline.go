package deploy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"

	"github.com/daybatch/daybatch/aws/internal/definition"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
)

type pipelineClient interface {
	DescribePipeline(ctx context.Context, in *sagemaker.DescribePipelineInput, options ...func(*sagemaker.Options)) (*sagemaker.DescribePipelineOutput, error)
	ListTags(ctx context.Context, in *sagemaker.ListTagsInput, options ...func(*sagemaker.Options)) (*sagemaker.ListTagsOutput, error)
	CreatePipeline(ctx context.Context, in *sagemaker.CreatePipelineInput, options ...func(*sagemaker.Options)) (*sagemaker.CreatePipelineOutput, error)
	UpdatePipeline(ctx context.Context, in *sagemaker.UpdatePipelineInput, options ...func(*sagemaker.Options)) (*sagemaker.UpdatePipelineOutput, error)
}

// ownerTag says whose a pipeline is. One without it is never changed.
const ownerTag = "daybatch:pipeline"

// pipeline is a SageMaker pipeline.
type pipeline struct {
	client  pipelineClient
	options Options
	wanted  definition.Pipeline

	found *sagemaker.DescribePipelineOutput // by the last read; nil: none
}

func (p *pipeline) read(ctx context.Context) (Change, error) {
	change := Change{Kind: KindPipeline, Name: p.wanted.Name, Action: ActionKeep, Reason: p.doubts()}
	out, err := p.client.DescribePipeline(ctx, &sagemaker.DescribePipelineInput{PipelineName: &p.wanted.Name})
	// A name that the service does not know is, for some, not valid; ours is.
	if absent(err) || code(err) == "ValidationException" {
		p.found, change.Action = nil, ActionCreate
		if p.wanted.Name != p.options.Definition.Pipeline {
			change.Reason = joined("it runs the dates of a backfill that share a job", change.Reason)
		}
		return change, nil
	}
	if err != nil {
		return Change{}, failed(err, "look at pipeline %s", p.wanted.Name)
	}
	p.found = out
	if out.PipelineStatus == types.PipelineStatusDeleting {
		change.Action, change.Reason = ActionRefuse, "it is being deleted: wait until it is gone"
		return change, nil
	}
	owner, err := p.owner(ctx, out.PipelineArn)
	if err != nil {
		return Change{}, err
	}
	if owner != p.options.Definition.Pipeline {
		change.Action = ActionRefuse
		change.Reason = "daybatch did not make it (it has no tag " + ownerTag + " that names this project): choose another name, or set sagemaker.foreign to operate it as it is"
		return change, nil
	}
	if change.Fields = p.differences(); len(change.Fields) > 0 {
		change.Action = ActionUpdate
		change.Reason = joined(p.left(change.Fields), change.Reason)
	}
	return change, nil
}

// left says what a change of the layout leaves behind, empty if nothing.
func (p *pipeline) left(fields []Field) string {
	if !slices.Contains(fields, Field{Name: "Metadata.layout", From: string(settings.LayoutSteps), To: string(settings.LayoutFused)}) {
		return ""
	}
	before := p.options.Settings
	before.Layout = settings.LayoutSteps
	return "from then on it runs the dates of a backfill that share a job too: " + before.RangePipeline(p.wanted.Name) + " is used no more, and stays until somebody deletes it"
}

// joined joins what there is to say.
func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), "; ")
}

// doubts says which instance types the service may not know: a job with one fails
// only when it is started, the next morning. There may be newer ones.
func (p *pipeline) doubts() string {
	var processing, training []string
	for _, step := range forecast.StepNames() {
		// Train's machine may be that of the jobs of ranges, which are Processing jobs.
		name := p.options.Settings.MachineOf(step).Instance
		if !slices.Contains(types.ProcessingInstanceType("").Values(), types.ProcessingInstanceType(name)) && !slices.Contains(processing, name) {
			processing = append(processing, name)
		}
		if step == forecast.Train && p.options.Settings.Trains() && !slices.Contains(types.TrainingInstanceType("").Values(), types.TrainingInstanceType(name)) {
			training = append(training, name)
		}
	}
	var doubts []string
	for _, unknown := range []struct {
		kind  string
		names []string
	}{{"processing", processing}, {"training", training}} {
		if len(unknown.names) > 0 {
			doubts = append(doubts, "not known as instance types of "+unknown.kind+" jobs: "+strings.Join(unknown.names, ", "))
		}
	}
	return strings.Join(doubts, "; ")
}

func (p *pipeline) differences() []Field {
	fields := difference("role", awssdk.ToString(p.found.RoleArn), p.options.Settings.Role)
	fields = append(fields, difference("description", awssdk.ToString(p.found.PipelineDescription), p.wanted.Description)...)
	return append(fields, differences("", awssdk.ToString(p.found.PipelineDefinition), string(p.wanted.Definition))...)
}

// owner returns the project that a pipeline was made for, empty if it is none of
// daybatch's.
func (p *pipeline) owner(ctx context.Context, arn *string) (string, error) {
	pages := sagemaker.NewListTagsPaginator(p.client, &sagemaker.ListTagsInput{ResourceArn: arn})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", failed(err, "read the tags of pipeline %s", p.wanted.Name)
		}
		for _, tag := range page.Tags {
			if awssdk.ToString(tag.Key) == ownerTag {
				return awssdk.ToString(tag.Value), nil
			}
		}
	}
	return "", nil
}

func (p *pipeline) apply(ctx context.Context) error {
	text := awssdk.String(string(p.wanted.Definition))
	if p.found == nil {
		_, err := p.client.CreatePipeline(ctx, &sagemaker.CreatePipelineInput{
			PipelineName: &p.wanted.Name, PipelineDescription: &p.wanted.Description, PipelineDefinition: text,
			RoleArn: &p.options.Settings.Role, ClientRequestToken: awssdk.String(p.options.token("create", p.wanted.Name, *text)),
			Tags: []types.Tag{{Key: awssdk.String(ownerTag), Value: &p.options.Definition.Pipeline}},
		})
		if err != nil {
			return failed(err, "create pipeline %s", p.wanted.Name)
		}
		return nil
	}
	_, err := p.client.UpdatePipeline(ctx, &sagemaker.UpdatePipelineInput{
		PipelineName: &p.wanted.Name, PipelineDescription: &p.wanted.Description, PipelineDefinition: text,
		RoleArn: &p.options.Settings.Role, ParallelismConfiguration: p.found.ParallelismConfiguration,
	})
	if err != nil {
		return failed(err, "update pipeline %s", p.wanted.Name)
	}
	return nil
}

// token returns a client token: the same for the same request of this deployment.
// It has 49 characters, which is enough for SageMaker and not too many for
// EventBridge Scheduler.
func (o Options) token(parts ...string) string {
	const bytes = 20
	sum := sha256.Sum256([]byte(strings.Join(append([]string{o.Salt, o.Definition.Pipeline}, parts...), "\x00")))
	return "daybatch-" + hex.EncodeToString(sum[:bytes])
}

package deploy_test

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	events "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	gluetypes "github.com/aws/aws-sdk-go-v2/service/glue/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	sagemakertypes "github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/smithy-go"

	"github.com/daybatch/daybatch/aws/internal/cloud"
	"github.com/daybatch/daybatch/aws/internal/deploy"
)

// account is an AWS account in memory: what a deployment makes and changes in it.
type account struct {
	buckets   []string
	objects   map[string]string // by bucket and key
	databases map[string]*gluetypes.DatabaseInput
	tables    map[string]*gluetypes.TableInput
	pipelines map[string]*sagemaker.DescribePipelineOutput
	tags      map[string][]sagemakertypes.Tag // by ARN
	topics    map[string]map[string]string
	rules     map[string]*eventbridge.DescribeRuleOutput
	targets   map[string][]events.Target
	schedules map[string]*scheduler.GetScheduleOutput
	lifecycle *s3.GetBucketLifecycleConfigurationOutput // nil: none

	writes []string // operations that changed something, in their order
	// refuse is asked before a write: an error is the answer, and nothing is done.
	refuse func(operation string) error
	// look is asked before the bucket is looked at: an error is the answer.
	look func() error
	// lifecycleLook is the answer to who looks at the lifecycle; nil: what it is.
	lifecycleLook error
	// lose is asked after a write: an error is the answer although it was done.
	lose func(operation string) error
}

func newAccount() *account {
	return &account{
		buckets: []string{"example-forecast"}, objects: map[string]string{},
		databases: map[string]*gluetypes.DatabaseInput{}, tables: map[string]*gluetypes.TableInput{},
		pipelines: map[string]*sagemaker.DescribePipelineOutput{}, tags: map[string][]sagemakertypes.Tag{},
		topics: map[string]map[string]string{}, rules: map[string]*eventbridge.DescribeRuleOutput{}, targets: map[string][]events.Target{},
		schedules: map[string]*scheduler.GetScheduleOutput{},
	}
}

func (a *account) clients() deploy.Clients {
	return deploy.Clients{
		S3: objects{a}, Lifecycle: objects{a}, Glue: catalogue{a}, SageMaker: pipelines{a}, SNS: topics{a}, Events: rules{a}, Scheduler: schedules{a},
	}
}

// write does an operation, or what the test put in its place.
func (a *account) write(operation string, do func()) error {
	if a.refuse != nil {
		if err := a.refuse(operation); err != nil {
			return err
		}
	}
	a.writes = append(a.writes, operation)
	do()
	if a.lose != nil {
		return a.lose(operation)
	}
	return nil
}

// answer is an answer that is an error.
func answer(code string) error {
	return &smithy.GenericAPIError{Code: code, Message: "as the service words it"}
}

type objects struct{ *account }

func (o objects) ListObjectsV2(_ context.Context, in *s3.ListObjectsV2Input, _ ...func(*s3.Options)) (*s3.ListObjectsV2Output, error) {
	if o.look != nil {
		return nil, o.look()
	}
	if !slices.Contains(o.buckets, *in.Bucket) {
		return nil, answer("NotFound")
	}
	return &s3.ListObjectsV2Output{}, nil
}

func (o objects) HeadObject(_ context.Context, in *s3.HeadObjectInput, _ ...func(*s3.Options)) (*s3.HeadObjectOutput, error) {
	if _, ok := o.objects[*in.Bucket+"/"+*in.Key]; !ok {
		return nil, answer("NotFound")
	}
	return &s3.HeadObjectOutput{}, nil
}

func (o objects) PutObject(_ context.Context, in *s3.PutObjectInput, _ ...func(*s3.Options)) (*s3.PutObjectOutput, error) {
	key := *in.Bucket + "/" + *in.Key
	if _, ok := o.objects[key]; ok && awssdk.ToString(in.IfNoneMatch) == "*" {
		return nil, answer("PreconditionFailed")
	}
	return &s3.PutObjectOutput{}, o.write("PutObject", func() {
		body := make([]byte, 1<<20)
		n, _ := in.Body.Read(body)
		o.objects[key] = string(body[:n])
	})
}

func (o objects) GetBucketLifecycleConfiguration(_ context.Context, _ *s3.GetBucketLifecycleConfigurationInput, _ ...func(*s3.Options)) (*s3.GetBucketLifecycleConfigurationOutput, error) {
	switch {
	case o.lifecycleLook != nil:
		return nil, o.lifecycleLook
	case o.lifecycle == nil:
		return nil, answer("NoSuchLifecycleConfiguration")
	default:
		return o.lifecycle, nil
	}
}

func (o objects) PutBucketLifecycleConfiguration(_ context.Context, in *s3.PutBucketLifecycleConfigurationInput, _ ...func(*s3.Options)) (*s3.PutBucketLifecycleConfigurationOutput, error) {
	return &s3.PutBucketLifecycleConfigurationOutput{}, o.write("PutBucketLifecycleConfiguration", func() {
		o.lifecycle = &s3.GetBucketLifecycleConfigurationOutput{
			Rules: in.LifecycleConfiguration.Rules, TransitionDefaultMinimumObjectSize: in.TransitionDefaultMinimumObjectSize,
		}
	})
}

type catalogue struct{ *account }

func (c catalogue) GetDatabase(_ context.Context, in *glue.GetDatabaseInput, _ ...func(*glue.Options)) (*glue.GetDatabaseOutput, error) {
	if c.databases[*in.Name] == nil {
		return nil, answer("EntityNotFoundException")
	}
	return &glue.GetDatabaseOutput{}, nil
}

func (c catalogue) CreateDatabase(_ context.Context, in *glue.CreateDatabaseInput, _ ...func(*glue.Options)) (*glue.CreateDatabaseOutput, error) {
	if c.databases[*in.DatabaseInput.Name] != nil {
		return nil, answer("AlreadyExistsException")
	}
	return &glue.CreateDatabaseOutput{}, c.write("CreateDatabase", func() { c.databases[*in.DatabaseInput.Name] = in.DatabaseInput })
}

func (c catalogue) GetTable(_ context.Context, in *glue.GetTableInput, _ ...func(*glue.Options)) (*glue.GetTableOutput, error) {
	t := c.tables[*in.DatabaseName+"."+*in.Name]
	if t == nil {
		return nil, answer("EntityNotFoundException")
	}
	return &glue.GetTableOutput{Table: &gluetypes.Table{
		Name: t.Name, Description: t.Description, Owner: t.Owner, Retention: t.Retention, PartitionKeys: t.PartitionKeys,
		TableType: t.TableType, Parameters: maps.Clone(t.Parameters), StorageDescriptor: t.StorageDescriptor,
	}}, nil
}

func (c catalogue) CreateTable(_ context.Context, in *glue.CreateTableInput, _ ...func(*glue.Options)) (*glue.CreateTableOutput, error) {
	key := *in.DatabaseName + "." + *in.TableInput.Name
	if c.tables[key] != nil {
		return nil, answer("AlreadyExistsException")
	}
	return &glue.CreateTableOutput{}, c.write("CreateTable", func() { c.tables[key] = in.TableInput })
}

func (c catalogue) UpdateTable(_ context.Context, in *glue.UpdateTableInput, _ ...func(*glue.Options)) (*glue.UpdateTableOutput, error) {
	return &glue.UpdateTableOutput{}, c.write("UpdateTable", func() { c.tables[*in.DatabaseName+"."+*in.TableInput.Name] = in.TableInput })
}

type pipelines struct{ *account }

func (p pipelines) DescribePipeline(_ context.Context, in *sagemaker.DescribePipelineInput, _ ...func(*sagemaker.Options)) (*sagemaker.DescribePipelineOutput, error) {
	out := p.pipelines[*in.PipelineName]
	if out == nil {
		return nil, answer("ResourceNotFound")
	}
	return out, nil
}

func (p pipelines) ListTags(_ context.Context, in *sagemaker.ListTagsInput, _ ...func(*sagemaker.Options)) (*sagemaker.ListTagsOutput, error) {
	tags := p.tags[*in.ResourceArn]
	if in.NextToken == nil { // a first page without a tag, as the service may send it
		return &sagemaker.ListTagsOutput{NextToken: awssdk.String("more")}, nil
	}
	return &sagemaker.ListTagsOutput{Tags: tags}, nil
}

func (p pipelines) CreatePipeline(_ context.Context, in *sagemaker.CreatePipelineInput, _ ...func(*sagemaker.Options)) (*sagemaker.CreatePipelineOutput, error) {
	if p.pipelines[*in.PipelineName] != nil {
		return nil, answer("ConflictException")
	}
	arn := "arn:aws:sagemaker:ap-northeast-1:123456789012:pipeline/" + *in.PipelineName
	return &sagemaker.CreatePipelineOutput{PipelineArn: &arn}, p.write("CreatePipeline "+*in.PipelineName, func() {
		p.pipelines[*in.PipelineName] = &sagemaker.DescribePipelineOutput{
			PipelineArn: &arn, PipelineName: in.PipelineName, PipelineDefinition: in.PipelineDefinition, PipelineDescription: in.PipelineDescription,
			RoleArn: in.RoleArn, PipelineStatus: sagemakertypes.PipelineStatusActive,
		}
		p.tags[arn] = in.Tags
	})
}

func (p pipelines) UpdatePipeline(_ context.Context, in *sagemaker.UpdatePipelineInput, _ ...func(*sagemaker.Options)) (*sagemaker.UpdatePipelineOutput, error) {
	return &sagemaker.UpdatePipelineOutput{}, p.write("UpdatePipeline "+*in.PipelineName, func() {
		changed := *p.pipelines[*in.PipelineName]
		changed.PipelineDefinition, changed.PipelineDescription, changed.RoleArn = in.PipelineDefinition, in.PipelineDescription, in.RoleArn
		changed.ParallelismConfiguration = in.ParallelismConfiguration
		p.pipelines[*in.PipelineName] = &changed
	})
}

type topics struct{ *account }

func (t topics) GetTopicAttributes(_ context.Context, in *sns.GetTopicAttributesInput, _ ...func(*sns.Options)) (*sns.GetTopicAttributesOutput, error) {
	attributes, ok := t.topics[*in.TopicArn]
	if !ok {
		return nil, answer("NotFound")
	}
	return &sns.GetTopicAttributesOutput{Attributes: maps.Clone(attributes)}, nil
}

// ownPolicy is what a new topic has.
const ownPolicy = `{"Version":"2008-10-17","Statement":[{"Sid":"__default_statement_ID","Effect":"Allow"}]}`

func (t topics) CreateTopic(_ context.Context, in *sns.CreateTopicInput, _ ...func(*sns.Options)) (*sns.CreateTopicOutput, error) {
	return &sns.CreateTopicOutput{}, t.write("CreateTopic", func() {
		t.topics["arn:aws:sns:ap-northeast-1:123456789012:"+*in.Name] = map[string]string{"Policy": ownPolicy}
	})
}

func (t topics) SetTopicAttributes(_ context.Context, in *sns.SetTopicAttributesInput, _ ...func(*sns.Options)) (*sns.SetTopicAttributesOutput, error) {
	return &sns.SetTopicAttributesOutput{}, t.write("SetTopicAttributes", func() { t.topics[*in.TopicArn][*in.AttributeName] = *in.AttributeValue })
}

type rules struct{ *account }

func (r rules) DescribeRule(_ context.Context, in *eventbridge.DescribeRuleInput, _ ...func(*eventbridge.Options)) (*eventbridge.DescribeRuleOutput, error) {
	if r.rules[*in.Name] == nil {
		return nil, answer("ResourceNotFoundException")
	}
	return r.rules[*in.Name], nil
}

func (r rules) ListTargetsByRule(_ context.Context, in *eventbridge.ListTargetsByRuleInput, _ ...func(*eventbridge.Options)) (*eventbridge.ListTargetsByRuleOutput, error) {
	if in.NextToken == nil {
		return &eventbridge.ListTargetsByRuleOutput{NextToken: awssdk.String("more")}, nil
	}
	return &eventbridge.ListTargetsByRuleOutput{Targets: r.targets[*in.Rule]}, nil
}

func (r rules) PutRule(_ context.Context, in *eventbridge.PutRuleInput, _ ...func(*eventbridge.Options)) (*eventbridge.PutRuleOutput, error) {
	return &eventbridge.PutRuleOutput{}, r.write("PutRule", func() {
		r.rules[*in.Name] = &eventbridge.DescribeRuleOutput{Name: in.Name, Description: in.Description, EventPattern: in.EventPattern, State: in.State}
	})
}

func (r rules) PutTargets(_ context.Context, in *eventbridge.PutTargetsInput, _ ...func(*eventbridge.Options)) (*eventbridge.PutTargetsOutput, error) {
	if r.refuse != nil {
		if err := r.refuse("FailedEntry"); err != nil {
			return &eventbridge.PutTargetsOutput{FailedEntryCount: 1, FailedEntries: []events.PutTargetsResultEntry{
				{ErrorCode: awssdk.String(cloud.Code(err)), ErrorMessage: awssdk.String("no")},
			}}, nil
		}
	}
	return &eventbridge.PutTargetsOutput{}, r.write("PutTargets", func() {
		for _, target := range in.Targets {
			r.targets[*in.Rule] = append(slices.DeleteFunc(r.targets[*in.Rule], func(t events.Target) bool { return *t.Id == *target.Id }), target)
		}
	})
}

type schedules struct{ *account }

func (s schedules) GetSchedule(_ context.Context, in *scheduler.GetScheduleInput, _ ...func(*scheduler.Options)) (*scheduler.GetScheduleOutput, error) {
	if s.schedules[*in.Name] == nil {
		return nil, answer("ResourceNotFoundException")
	}
	return s.schedules[*in.Name], nil
}

func (s schedules) CreateSchedule(_ context.Context, in *scheduler.CreateScheduleInput, _ ...func(*scheduler.Options)) (*scheduler.CreateScheduleOutput, error) {
	if s.schedules[*in.Name] != nil {
		return nil, answer("ConflictException")
	}
	return &scheduler.CreateScheduleOutput{}, s.write("CreateSchedule", func() {
		s.schedules[*in.Name] = copied[scheduler.GetScheduleOutput](in)
	})
}

func (s schedules) UpdateSchedule(_ context.Context, in *scheduler.UpdateScheduleInput, _ ...func(*scheduler.Options)) (*scheduler.UpdateScheduleOutput, error) {
	return &scheduler.UpdateScheduleOutput{}, s.write("UpdateSchedule", func() {
		s.schedules[*in.Name] = copied[scheduler.GetScheduleOutput](in) // replaces everything
	})
}

// copied returns a value of another type with the fields of the same names.
func copied[T any](from any) *T {
	text, err := json.Marshal(from)
	if err != nil {
		panic(err)
	}
	to := new(T)
	if err := json.Unmarshal(text, to); err != nil {
		panic(err)
	}
	return to
}

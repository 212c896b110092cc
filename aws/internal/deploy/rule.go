package deploy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/smithy-go"

	"github.com/daybatch/daybatch/aws/internal/cloud"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
)

type ruleClient interface {
	DescribeRule(ctx context.Context, in *eventbridge.DescribeRuleInput, options ...func(*eventbridge.Options)) (*eventbridge.DescribeRuleOutput, error)
	ListTargetsByRule(ctx context.Context, in *eventbridge.ListTargetsByRuleInput, options ...func(*eventbridge.Options)) (*eventbridge.ListTargetsByRuleOutput, error)
	PutRule(ctx context.Context, in *eventbridge.PutRuleInput, options ...func(*eventbridge.Options)) (*eventbridge.PutRuleOutput, error)
	PutTargets(ctx context.Context, in *eventbridge.PutTargetsInput, options ...func(*eventbridge.Options)) (*eventbridge.PutTargetsOutput, error)
}

// targetID is our target's. Others of the rule are left alone.
const targetID = "daybatch"

// rule tells the topic when an execution has failed.
type rule struct {
	client      ruleClient
	name        string
	description string
	pattern     string
	target      types.Target

	found      *eventbridge.DescribeRuleOutput // by the last read; nil: none
	changeRule bool
}

func newRule(client ruleClient, o Options) *rule {
	name := o.Definition.Pipeline
	arns := []string{}
	for _, pipeline := range []string{name, o.Settings.RangePipeline(name)} {
		arn := o.Settings.ARN("sagemaker", "pipeline/"+pipeline)
		// Events carry the name in either case, and patterns tell them apart.
		arns = append(arns, arn, o.Settings.ARN("sagemaker", "pipeline/"+strings.ToLower(pipeline)))
	}
	slices.Sort(arns)
	r := &rule{
		client: client, name: settings.RuleName(name), description: "daybatch: tells of failed executions of " + name,
		pattern: compact(map[string]any{
			"source":      []string{"aws.sagemaker"},
			"detail-type": []string{"SageMaker Model Building Pipeline Execution Status Change"},
			"detail":      map[string]any{"currentPipelineExecutionStatus": []string{"Failed"}, "pipelineArn": slices.Compact(arns)},
		}),
	}
	r.target = types.Target{Id: awssdk.String(targetID), Arn: awssdk.String(o.Settings.TopicARN()), InputTransformer: &types.InputTransformer{
		InputPathsMap: map[string]string{
			"execution": "$.detail.pipelineExecutionDisplayName", "arn": "$.detail.pipelineExecutionArn",
			"started": "$.detail.executionStartTime", "ended": "$.detail.executionEndTime",
		},
		// A template of plain text is written in quotes; each line is a text. The name
		// tells the date and the attempt, unless no job of a run that the schedule
		// started came so far as to give it that: when it was started tells that.
		InputTemplate: awssdk.String(fmt.Sprintf("\"FAILED  %s <execution>, started <started>, ended <ended>\"\n\"What happened: daybatch days; daybatch logs. Again: daybatch rerun --failed\"\n\"<arn>\"", name)),
	}}
	return r
}

// compact returns JSON in which < and > stand for themselves.
func compact(v any) string {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return "" // texts, lists and maps of them always encode
	}
	return strings.TrimSpace(text.String())
}

func (r *rule) read(ctx context.Context) (Change, error) {
	change := Change{Kind: KindRule, Name: r.name, Action: ActionKeep}
	out, err := r.client.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: &r.name})
	if absent(err) {
		r.found, r.changeRule, change.Action = nil, true, ActionCreate
		return change, nil
	}
	if err != nil {
		return Change{}, failed(err, "look at rule %s", r.name)
	}
	r.found = out
	fields := difference("description", awssdk.ToString(out.Description), r.description)
	fields = append(fields, differences("pattern", awssdk.ToString(out.EventPattern), r.pattern)...)
	r.changeRule = len(fields) > 0
	target, err := r.currentTarget(ctx)
	if err != nil {
		return Change{}, err
	}
	change.Fields = append(fields, targetDifferences(target, r.target)...)
	if len(change.Fields) > 0 {
		change.Action = ActionUpdate
	}
	if out.State == types.RuleStateDisabled {
		change.Reason = "somebody disabled it: nobody is told until it is enabled again"
	}
	return change, nil
}

// currentTarget returns our target of the rule, a zero one if there is none.
func (r *rule) currentTarget(ctx context.Context) (types.Target, error) {
	in := &eventbridge.ListTargetsByRuleInput{Rule: &r.name}
	for {
		out, err := r.client.ListTargetsByRule(ctx, in)
		if err != nil {
			return types.Target{}, failed(err, "read the targets of rule %s", r.name)
		}
		for _, target := range out.Targets {
			if awssdk.ToString(target.Id) == targetID {
				return target, nil
			}
		}
		if in.NextToken = out.NextToken; awssdk.ToString(in.NextToken) == "" {
			return types.Target{}, nil
		}
	}
}

func targetDifferences(got, want types.Target) []Field {
	var message types.InputTransformer
	if got.InputTransformer != nil {
		message = *got.InputTransformer
	}
	fields := difference("target", awssdk.ToString(got.Arn), *want.Arn)
	fields = append(fields, difference("message", awssdk.ToString(message.InputTemplate), *want.InputTransformer.InputTemplate)...)
	if !maps.Equal(message.InputPathsMap, want.InputTransformer.InputPathsMap) {
		fields = append(fields, difference("message fields", compact(message.InputPathsMap), compact(want.InputTransformer.InputPathsMap))...)
	}
	return fields
}

func (r *rule) apply(ctx context.Context) error {
	if r.changeRule {
		in := &eventbridge.PutRuleInput{Name: &r.name, Description: &r.description, EventPattern: &r.pattern, State: types.RuleStateEnabled}
		if r.found != nil {
			in.State, in.RoleArn = r.found.State, r.found.RoleArn
		}
		if _, err := r.client.PutRule(ctx, in); err != nil {
			return failed(err, "put rule %s", r.name)
		}
	}
	out, err := r.client.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: &r.name, Targets: []types.Target{r.target}})
	if err != nil {
		return failed(err, "put the target of rule %s", r.name)
	}
	if out.FailedEntryCount > 0 { // the answer is a success all the same
		return fmt.Errorf("put the target of rule %s: %w", r.name, entryError(out.FailedEntries))
	}
	return nil
}

// entryError is the reason why a target was not put. Such answers are for too many
// calls at a time, which pass, unless the code says something else.
func entryError(entries []types.PutTargetsResultEntry) error {
	if len(entries) == 0 {
		return fmt.Errorf("%w: no reason given", forecast.ErrUnavailable)
	}
	code, message := awssdk.ToString(entries[0].ErrorCode), awssdk.ToString(entries[0].ErrorMessage)
	err := cloud.Error(&smithy.GenericAPIError{Code: code, Message: message})
	if errors.Is(err, forecast.ErrInvalid) || errors.Is(err, forecast.ErrUnauthorised) || errors.Is(err, forecast.ErrNotFound) {
		return err
	}
	return fmt.Errorf("%w: %s: %s", forecast.ErrUnavailable, code, message)
}

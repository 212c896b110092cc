package calls

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
)

// EventBridge are the calls of EventBridge that the program makes. OfEventBridge takes them from a client.
type EventBridge struct {
	describeRule      call[eventbridge.DescribeRuleInput, eventbridge.DescribeRuleOutput, eventbridge.Options]
	putRule           call[eventbridge.PutRuleInput, eventbridge.PutRuleOutput, eventbridge.Options]
	listTargetsByRule call[eventbridge.ListTargetsByRuleInput, eventbridge.ListTargetsByRuleOutput, eventbridge.Options]
	putTargets        call[eventbridge.PutTargetsInput, eventbridge.PutTargetsOutput, eventbridge.Options]
}

// OfEventBridge returns the calls of a client.
func OfEventBridge(client *eventbridge.Client) *EventBridge {
	return &EventBridge{
		describeRule:      client.DescribeRule,
		putRule:           client.PutRule,
		listTargetsByRule: client.ListTargetsByRule,
		putTargets:        client.PutTargets,
	}
}

// DescribeRule reads a rule.
func (c *EventBridge) DescribeRule(ctx context.Context, in *eventbridge.DescribeRuleInput, options ...func(*eventbridge.Options)) (*eventbridge.DescribeRuleOutput, error) {
	return c.describeRule(ctx, in, options...)
}

// PutRule makes or changes a rule.
func (c *EventBridge) PutRule(ctx context.Context, in *eventbridge.PutRuleInput, options ...func(*eventbridge.Options)) (*eventbridge.PutRuleOutput, error) {
	return c.putRule(ctx, in, options...)
}

// ListTargetsByRule lists what a rule calls.
func (c *EventBridge) ListTargetsByRule(ctx context.Context, in *eventbridge.ListTargetsByRuleInput, options ...func(*eventbridge.Options)) (*eventbridge.ListTargetsByRuleOutput, error) {
	return c.listTargetsByRule(ctx, in, options...)
}

// PutTargets sets what a rule calls.
func (c *EventBridge) PutTargets(ctx context.Context, in *eventbridge.PutTargetsInput, options ...func(*eventbridge.Options)) (*eventbridge.PutTargetsOutput, error) {
	return c.putTargets(ctx, in, options...)
}

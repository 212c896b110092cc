package calls

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// SNS are the calls of SNS that the program makes. OfSNS takes them from a client.
type SNS struct {
	createTopic        call[sns.CreateTopicInput, sns.CreateTopicOutput, sns.Options]
	getTopicAttributes call[sns.GetTopicAttributesInput, sns.GetTopicAttributesOutput, sns.Options]
	setTopicAttributes call[sns.SetTopicAttributesInput, sns.SetTopicAttributesOutput, sns.Options]
}

// OfSNS returns the calls of a client.
func OfSNS(client *sns.Client) *SNS {
	return &SNS{
		createTopic:        client.CreateTopic,
		getTopicAttributes: client.GetTopicAttributes,
		setTopicAttributes: client.SetTopicAttributes,
	}
}

// CreateTopic makes a topic.
func (c *SNS) CreateTopic(ctx context.Context, in *sns.CreateTopicInput, options ...func(*sns.Options)) (*sns.CreateTopicOutput, error) {
	return c.createTopic(ctx, in, options...)
}

// GetTopicAttributes reads what a topic is like.
func (c *SNS) GetTopicAttributes(ctx context.Context, in *sns.GetTopicAttributesInput, options ...func(*sns.Options)) (*sns.GetTopicAttributesOutput, error) {
	return c.getTopicAttributes(ctx, in, options...)
}

// SetTopicAttributes changes what a topic is like.
func (c *SNS) SetTopicAttributes(ctx context.Context, in *sns.SetTopicAttributesInput, options ...func(*sns.Options)) (*sns.SetTopicAttributesOutput, error) {
	return c.setTopicAttributes(ctx, in, options...)
}

package deploy

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
)

type topicClient interface {
	GetTopicAttributes(ctx context.Context, in *sns.GetTopicAttributesInput, options ...func(*sns.Options)) (*sns.GetTopicAttributesOutput, error)
	CreateTopic(ctx context.Context, in *sns.CreateTopicInput, options ...func(*sns.Options)) (*sns.CreateTopicOutput, error)
	SetTopicAttributes(ctx context.Context, in *sns.SetTopicAttributesInput, options ...func(*sns.Options)) (*sns.SetTopicAttributesOutput, error)
}

const (
	policyAttribute = "Policy"
	eventsService   = "events.amazonaws.com"
)

// topic is the SNS topic that is told of failures. It may be shared: only the
// statement that lets our rule publish is daybatch's.
type topic struct {
	client topicClient
	arn    string
	rule   string // ARN
	ours   bool   // it is in the project's account and region

	policy string // by the last read
	there  bool
}

func newTopic(client topicClient, o Options) *topic {
	arn := o.Settings.TopicARN()
	name := arn[strings.LastIndexByte(arn, ':')+1:]
	return &topic{client: client, arn: arn, rule: ruleARN(o), ours: arn == o.Settings.ARN("sns", name)}
}

func ruleARN(o Options) string {
	return o.Settings.ARN("events", "rule/"+settings.RuleName(o.Definition.Pipeline))
}

func (t *topic) name() string { return t.arn[strings.LastIndexByte(t.arn, ':')+1:] }

func (t *topic) read(ctx context.Context) (Change, error) {
	change := Change{Kind: KindTopic, Name: t.name(), Action: ActionKeep}
	out, err := t.client.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &t.arn})
	switch {
	case absent(err) && !t.ours:
		change.Action, change.Reason = ActionRefuse, fmt.Sprintf("there is no topic %s, and it is not in this account and region: it can't be made from here", t.arn)
		return change, nil
	case absent(err):
		t.there, t.policy, change.Action = false, "", ActionCreate
		return change, nil
	case err != nil:
		return Change{}, failed(err, "look at topic %s", t.arn)
	}
	t.there, t.policy = true, out.Attributes[policyAttribute]
	if _, changed, err := t.permitted(); err != nil {
		change.Action, change.Reason = ActionRefuse, err.Error()
	} else if changed {
		change.Action = ActionUpdate
		change.Fields = []Field{{Name: "policy", To: eventsService + " may publish for " + t.rule}}
	}
	return change, nil
}

// statement is what lets the rule publish.
func (t *topic) statement() map[string]any {
	return map[string]any{
		"Sid": t.sid(), "Effect": "Allow", "Principal": map[string]any{"Service": eventsService},
		"Action": "sns:Publish", "Resource": t.arn, "Condition": map[string]any{"ArnEquals": map[string]any{"aws:SourceArn": t.rule}},
	}
}

// sid names the statement, of letters and digits only.
func (t *topic) sid() string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, t.rule[strings.LastIndexByte(t.rule, '/')+1:])
}

// permitted returns the topic's policy with our statement in it, in the place of
// an older one, and whether that is a change.
func (t *topic) permitted() (policy string, changed bool, err error) {
	document := map[string]any{"Version": "2012-10-17"}
	if t.policy != "" {
		if err := json.Unmarshal([]byte(t.policy), &document); err != nil {
			return "", false, fmt.Errorf("%w: the policy of the topic can't be read: %s", forecast.ErrInvalid, err.Error())
		}
	}
	statements, ok := document["Statement"].([]any)
	if single, alone := document["Statement"].(map[string]any); alone { // one may stand for itself
		statements, ok = []any{single}, true
	}
	if !ok && document["Statement"] != nil {
		return "", false, fmt.Errorf("%w: the policy of the topic has no list of statements", forecast.ErrInvalid)
	}
	want, err := json.Marshal(t.statement())
	if err != nil {
		return "", false, fmt.Errorf("write policy: %w", err)
	}
	kept := []any{}
	for _, s := range statements {
		got, err := json.Marshal(s)
		if err == nil && strings.EqualFold(string(got), string(want)) { // sns:Publish is SNS:Publish too
			return t.policy, false, nil
		}
		if object, ok := s.(map[string]any); !ok || object["Sid"] != t.sid() {
			kept = append(kept, s)
		}
	}
	document["Statement"] = append(kept, t.statement())
	text, err := json.Marshal(document)
	if err != nil {
		return "", false, fmt.Errorf("write policy: %w", err)
	}
	return string(text), true, nil
}

// apply makes the topic and lets the rule publish to it. A new topic comes with a
// policy of its own, for its account: the statement is added to that.
func (t *topic) apply(ctx context.Context) error {
	if !t.there {
		if _, err := t.client.CreateTopic(ctx, &sns.CreateTopicInput{Name: awssdk.String(t.name())}); err != nil {
			return failed(err, "create topic %s", t.name())
		}
		out, err := t.client.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &t.arn})
		if err != nil {
			return failed(err, "look at topic %s", t.arn)
		}
		t.there, t.policy = true, out.Attributes[policyAttribute]
	}
	policy, changed, err := t.permitted()
	if err != nil || !changed {
		return err
	}
	_, err = t.client.SetTopicAttributes(ctx, &sns.SetTopicAttributesInput{
		TopicArn: &t.arn, AttributeName: awssdk.String(policyAttribute), AttributeValue: &policy,
	})
	if err != nil {
		return failed(err, "change the policy of topic %s", t.arn)
	}
	return nil
}

package deploy

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/daybatch/daybatch/aws/internal/naming"
)

type lifecycleClient interface {
	GetBucketLifecycleConfiguration(ctx context.Context, in *s3.GetBucketLifecycleConfigurationInput, options ...func(*s3.Options)) (*s3.GetBucketLifecycleConfigurationOutput, error)
	PutBucketLifecycleConfiguration(ctx context.Context, in *s3.PutBucketLifecycleConfigurationInput, options ...func(*s3.Options)) (*s3.PutBucketLifecycleConfigurationOutput, error)
}

// lifecycle is the rule of the bucket by which what runs have left expires. A bucket
// has one list of rules, which is written as a whole: those of others are written
// back as they were read.
type lifecycle struct {
	client  lifecycleClient
	options Options

	found *s3.GetBucketLifecycleConfigurationOutput // by the last read; nil: none
}

// id names the rule of a pipeline among those of the bucket.
func (l *lifecycle) id() string { return "daybatch-" + l.options.Definition.Pipeline + "-runs" }

func (l *lifecycle) prefix(part string) string { return l.options.Settings.Prefix + "/" + part }

func (l *lifecycle) wanted() types.LifecycleRule {
	return types.LifecycleRule{
		ID: awssdk.String(l.id()), Status: types.ExpirationStatusEnabled,
		Filter:                         &types.LifecycleRuleFilter{Prefix: awssdk.String(l.prefix(naming.Runs))},
		Expiration:                     &types.LifecycleExpiration{Days: awssdk.Int32(int32(l.options.Settings.RunsDays))},
		AbortIncompleteMultipartUpload: &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: awssdk.Int32(1)},
	}
}

func (l *lifecycle) read(ctx context.Context) (Change, error) {
	change := Change{Kind: KindLifecycle, Name: l.id(), Action: ActionKeep}
	bucket := l.options.Settings.Bucket
	out, err := l.client.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: &bucket})
	switch {
	case absent(err) || code(err) == "NoSuchLifecycleConfiguration":
		out = &s3.GetBucketLifecycleConfigurationOutput{}
	case code(err) == "AccessDenied":
		change.Action = ActionRefuse
		change.Reason = "s3:GetLifecycleConfiguration is not allowed on bucket " + bucket + ": allow it, or set sagemaker.runs_days: 0 and leave it to the bucket's owner to let " + l.prefix(naming.Runs) + " expire"
		return change, nil
	case err != nil:
		return Change{}, failed(err, "read the lifecycle of bucket %s", bucket)
	}
	l.found = out
	change.Reason = l.danger(out.Rules)
	change.Wrong = change.Reason != ""
	i := slices.IndexFunc(out.Rules, l.own)
	if i < 0 {
		change.Action = ActionCreate
		return change, nil
	}
	if change.Fields = l.differences(out.Rules[i]); len(change.Fields) > 0 {
		change.Action = ActionUpdate
	}
	return change, nil
}

func (l *lifecycle) own(rule types.LifecycleRule) bool { return awssdk.ToString(rule.ID) == l.id() }

func (l *lifecycle) differences(rule types.LifecycleRule) []Field {
	wanted, days := l.wanted(), int32(0)
	if rule.Expiration != nil {
		days = awssdk.ToInt32(rule.Expiration.Days)
	}
	fields := difference("status", string(rule.Status), string(wanted.Status))
	fields = append(fields, difference("prefix", prefixOf(rule), prefixOf(wanted))...)
	return append(fields, difference("days", strconv.Itoa(int(days)), strconv.Itoa(l.options.Settings.RunsDays))...)
}

// prefixOf returns the prefix of the objects that a rule is about; a rule may be
// about fewer of them than all.
func prefixOf(rule types.LifecycleRule) string {
	switch {
	case rule.Filter == nil:
		return awssdk.ToString(rule.Prefix) //nolint:staticcheck // old rules have it
	case rule.Filter.And != nil:
		return awssdk.ToString(rule.Filter.And.Prefix)
	default:
		return awssdk.ToString(rule.Filter.Prefix)
	}
}

// danger says which rule of others lets expire what readers see or what is known of
// the dates; empty if none does.
func (l *lifecycle) danger(rules []types.LifecycleRule) string {
	for _, rule := range rules {
		if l.own(rule) || rule.Status != types.ExpirationStatusEnabled || rule.Expiration == nil {
			continue
		}
		if rule.Expiration.Days == nil && rule.Expiration.Date == nil { // it does away with delete markers
			continue
		}
		for _, part := range []string{naming.Built, "state/"} {
			if strings.HasPrefix(l.prefix(part), prefixOf(rule)) {
				return fmt.Sprintf("rule %q of the bucket lets %s expire too: forecasts or their records go with it", awssdk.ToString(rule.ID), l.prefix(part))
			}
		}
	}
	return ""
}

// apply writes the rules that the last read found, with the project's own among them.
func (l *lifecycle) apply(ctx context.Context) error {
	rules := slices.DeleteFunc(slices.Clone(l.found.Rules), l.own)
	_, err := l.client.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{
		Bucket:                             &l.options.Settings.Bucket,
		LifecycleConfiguration:             &types.BucketLifecycleConfiguration{Rules: append(rules, l.wanted())},
		TransitionDefaultMinimumObjectSize: l.found.TransitionDefaultMinimumObjectSize,
	})
	if err != nil {
		return failed(err, "write the lifecycle of bucket %s", l.options.Settings.Bucket)
	}
	return nil
}

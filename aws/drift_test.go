package aws_test

import (
	"slices"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	schedulertypes "github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// TestExamineTheDeployment: what is deployed otherwise than the project says is a
// finding, with what differs and what to do.
func TestExamineTheDeployment(t *testing.T) {
	t.Parallel()
	def := enginetest.Definition()
	def.Schedule = "cron(0 6 * * ? *)"
	a := newAccount(t, def, nil, accountOptions{})
	wider := a.settings
	wider.Layout = settings.LayoutSteps // whose rights are about the pipeline of ranges too
	a.guard.learn(t, aws.DeployOptions{Settings: wider, Definition: def})
	// A thing is known by the beginning of its finding and a word of the rest.
	type thing struct {
		severity    forecast.Severity
		begin, word string
	}
	for name, tt := range map[string]struct {
		change func(*aws.Options)
		want   []thing
	}{
		"nothing":   {func(*aws.Options) {}, nil},
		"read-only": {func(o *aws.Options) { o.ReadOnly = true }, nil},
		"layout": {func(o *aws.Options) { o.Settings.Layout = settings.LayoutSteps }, []thing{
			{forecast.SeverityError, "pipeline exercise-range is not deployed", ""},
			{forecast.SeverityWarning, "pipeline exercise is deployed otherwise", "Metadata.layout fused -> steps"},
		}},
		"machine": {func(o *aws.Options) { o.Settings.Machine.Instance = "ml.m5.2xlarge" }, []thing{
			{forecast.SeverityWarning, "pipeline exercise is deployed otherwise", "InstanceType ml.m5.xlarge -> ml.m5.2xlarge"},
		}},
		"schedule": {func(o *aws.Options) { o.Definition.Schedule = "cron(30 7 * * ? *)" }, []thing{
			{forecast.SeverityWarning, "pipeline exercise is deployed otherwise", "Parameters.Project"},
			{forecast.SeverityWarning, "schedule daybatch-exercise is deployed otherwise", "expression cron(0 6 * * ? *) -> cron(30 7 * * ? *)"},
		}},
	} {
		found, err := a.open(t, tt.change).Examine(t.Context())
		must(t, err)
		ok := len(found) == len(tt.want)
		for i, w := range tt.want {
			ok = ok && found[i].Kind == "deployment-drift" && found[i].Severity == w.severity && strings.HasPrefix(found[i].Text, w.begin) &&
				strings.Contains(found[i].Text, w.word) && strings.Contains(found[i].Advice, "`daybatch deploy`") && !found[i].Mendable
		}
		if !ok {
			t.Errorf("%s: Examine = %+v; want %+v", name, found, tt.want)
		}
	}
}

// TestExamineADeploymentUnseen: what the login may not look at is told beside what
// it may, and costs a few calls.
func TestExamineADeploymentUnseen(t *testing.T) {
	t.Parallel()
	a := newAccount(t, enginetest.Definition(), nil, accountOptions{})
	a.sim.Inject(awssim.Fault{Operation: "scheduler.GetSchedule", Effect: awssim.Effect{
		Code: "AccessDeniedException", Message: "User aki is not authorized to perform: scheduler:GetSchedule", Status: 403,
	}})
	before := len(a.sim.Log())
	found, err := a.open(t, func(o *aws.Options) { o.Settings.Machine.Instance = "ml.m5.2xlarge" }).Examine(t.Context())
	must(t, err)
	if kinds(found) != "deployment-drift unseen-deployment " || !strings.Contains(found[1].Text, "scheduler:GetSchedule") || found[1].Severity != forecast.SeverityNote {
		t.Errorf("Examine = %+v; want what differs, and the action that is not allowed", found)
	}
	calls := a.sim.Log()[before:]
	if n := len(calls); n > 20 {
		t.Errorf("an examination made %d calls; want at most 20: %v", n, calls)
	}
	if i := slices.IndexFunc(calls, func(c awssim.Call) bool {
		return strings.Contains(c.Operation, ".Put") || strings.Contains(c.Operation, "Update")
	}); i >= 0 {
		t.Errorf("%s was called; want nothing that changes something", calls[i].Operation)
	}
}

// TestExamineWhatSomebodySet: a schedule that somebody disabled, and a rule of the
// bucket under which current forecasts expire, change nothing that a deployment would
// put right: they are findings of their own.
func TestExamineWhatSomebodySet(t *testing.T) {
	t.Parallel()
	def := enginetest.Definition()
	def.Schedule = "cron(0 6 * * ? *)"
	a := newAccount(t, def, nil, accountOptions{})
	loaded, err := config.LoadDefaultConfig(t.Context(), config.WithRegion(a.settings.Region), config.WithBaseEndpoint(a.address))
	must(t, err)
	schedules, buckets := scheduler.NewFromConfig(loaded), s3.NewFromConfig(loaded, func(o *s3.Options) { o.UsePathStyle = true })
	is, err := schedules.GetSchedule(t.Context(), &scheduler.GetScheduleInput{Name: awssdk.String("daybatch-exercise")})
	must(t, err)
	_, err = schedules.UpdateSchedule(t.Context(), &scheduler.UpdateScheduleInput{
		Name: is.Name, ScheduleExpression: is.ScheduleExpression, ScheduleExpressionTimezone: is.ScheduleExpressionTimezone,
		FlexibleTimeWindow: is.FlexibleTimeWindow, Target: is.Target, Description: is.Description, State: schedulertypes.ScheduleStateDisabled,
	})
	must(t, err)
	rules, err := buckets.GetBucketLifecycleConfiguration(t.Context(), &s3.GetBucketLifecycleConfigurationInput{Bucket: awssdk.String("bucket")})
	must(t, err)
	_, err = buckets.PutBucketLifecycleConfiguration(t.Context(), &s3.PutBucketLifecycleConfigurationInput{
		Bucket: awssdk.String("bucket"), LifecycleConfiguration: &s3types.BucketLifecycleConfiguration{Rules: append(rules.Rules, s3types.LifecycleRule{
			ID: awssdk.String("tidy"), Status: s3types.ExpirationStatusEnabled, Filter: &s3types.LifecycleRuleFilter{Prefix: awssdk.String("")},
			Expiration: &s3types.LifecycleExpiration{Days: awssdk.Int32(90)},
		})},
	})
	must(t, err)

	found, err := a.open(t, nil).Examine(t.Context())
	must(t, err)
	want := map[string]struct {
		severity     forecast.Severity
		text, advice string
	}{
		"schedule-disabled": {forecast.SeverityWarning, "schedule daybatch-exercise: somebody disabled it", "enable it"},
		"lifecycle-rule":    {forecast.SeverityError, `bucket lifecycle: rule "tidy" of the bucket lets`, "narrow that rule"},
	}
	for _, f := range found {
		w, ok := want[f.Kind]
		if !ok || f.Severity != w.severity || !strings.HasPrefix(f.Text, w.text) || !strings.Contains(f.Advice, w.advice) {
			t.Errorf("Examine found %+v; want %+v", f, w)
		}
		delete(want, f.Kind)
	}
	if len(want) > 0 {
		t.Errorf("Examine found nothing of %v", want)
	}
}

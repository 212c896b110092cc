package deploy_test

import (
	"errors"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/daybatch/daybatch/aws/internal/deploy"
	"github.com/daybatch/daybatch/forecast"
)

func rule(id, prefix string, days int32) types.LifecycleRule {
	return types.LifecycleRule{
		ID: &id, Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: &prefix},
		Expiration: &types.LifecycleExpiration{Days: &days},
	}
}

const ownRule = "daybatch-demand-daily-runs"

// The project's rule is put among those of others, which stay as they are, and is
// changed when the project says so.
func TestLifecycle(t *testing.T) {
	t.Parallel()
	a, o := newAccount(), options()
	o.Settings.RunsDays = 90
	others := []types.LifecycleRule{rule("logs", "logs/", 30), {
		ID: awssdk.String("cold"), Status: types.ExpirationStatusDisabled, Prefix: awssdk.String("old/"),
		Transitions: []types.Transition{{Days: awssdk.Int32(9), StorageClass: types.TransitionStorageClassGlacier}},
	}}
	a.lifecycle = &s3.GetBucketLifecycleConfigurationOutput{Rules: others, TransitionDefaultMinimumObjectSize: types.TransitionDefaultMinimumObjectSizeVariesByStorageClass}
	if c := change(t, plan(t, a, o), deploy.KindLifecycle); c.Action != deploy.ActionCreate || c.Name != ownRule || c.Reason != "" {
		t.Errorf("change = %+v; want the rule made", c)
	}
	apply(t, a, o)
	wantRules := func(days int32) {
		t.Helper()
		want := rule(ownRule, "daybatch/demand-daily/runs/", days)
		want.AbortIncompleteMultipartUpload = &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: awssdk.Int32(1)}
		if diff := cmp.Diff(append(others[:2:2], want), a.lifecycle.Rules, cmpopts.IgnoreUnexported(
			types.LifecycleRule{}, types.LifecycleRuleFilter{}, types.LifecycleExpiration{}, types.Transition{}, types.AbortIncompleteMultipartUpload{},
		)); diff != "" {
			t.Errorf("rules (-want +got):\n%s", diff)
		}
		if a.lifecycle.TransitionDefaultMinimumObjectSize != types.TransitionDefaultMinimumObjectSizeVariesByStorageClass {
			t.Error("the smallest size of transitions is not what it was")
		}
	}
	wantRules(90)
	if c := change(t, plan(t, a, o), deploy.KindLifecycle); c.Action != deploy.ActionKeep {
		t.Errorf("change afterwards = %+v; want none", c)
	}
	o.Settings.RunsDays = 30
	c := change(t, plan(t, a, o), deploy.KindLifecycle)
	if diff := cmp.Diff([]deploy.Field{{Name: "days", From: "90", To: "30"}}, c.Fields); diff != "" || c.Action != deploy.ActionUpdate {
		t.Errorf("change = %+v; want the days changed", c)
	}
	apply(t, a, o)
	wantRules(30)
}

func TestLifecycleOfOthers(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		rule types.LifecycleRule
		want string
	}{
		"all of the bucket":  {rule("all", "", 30), `rule "all" of the bucket lets daybatch/demand-daily/generations/ expire`},
		"all of the project": {rule("p", "daybatch/", 30), "expire too"},
		"the records":        {rule("p", "daybatch/demand-daily/state/", 30), "demand-daily/state/ expire"},
		"markers":            {types.LifecycleRule{Status: types.ExpirationStatusEnabled, Expiration: &types.LifecycleExpiration{ExpiredObjectDeleteMarker: awssdk.Bool(true)}}, ""},
		"other objects":      {rule("p", "raw/", 30), ""},
	} {
		a, o := newAccount(), options()
		o.Settings.RunsDays = 90
		a.lifecycle = &s3.GetBucketLifecycleConfigurationOutput{Rules: []types.LifecycleRule{tt.rule}}
		if c := change(t, plan(t, a, o), deploy.KindLifecycle); !strings.Contains(c.Reason, tt.want) || tt.want == "" && c.Reason != "" {
			t.Errorf("%s: reason = %q; want %q", name, c.Reason, tt.want)
		}
	}
}

// Who may not look at the rules is told what to do; nothing is changed.
func TestLifecycleIsNotAllowed(t *testing.T) {
	t.Parallel()
	a, o := newAccount(), options()
	o.Settings.RunsDays = 90
	a.lifecycleLook = &smithy.GenericAPIError{Code: "AccessDenied"}
	p := plan(t, a, o)
	if c := change(t, p, deploy.KindLifecycle); c.Action != deploy.ActionRefuse || !strings.Contains(c.Reason, "s3:GetLifecycleConfiguration") || !strings.Contains(c.Reason, "sagemaker.runs_days: 0") {
		t.Errorf("change = %+v; want it refused, with what to do", c)
	}
	if err := open(t, a, o).Apply(t.Context(), p, nil); !errors.Is(err, forecast.ErrConflict) || len(a.writes) > 0 {
		t.Errorf("Apply = %v after %v; want it refused", err, a.writes)
	}
	a.lifecycleLook = &smithy.GenericAPIError{Code: "InternalError"}
	if _, err := open(t, a, o).Plan(t.Context()); err == nil {
		t.Error("a plan was made without the rules")
	}
	o.Settings.RunsDays = 0
	apply(t, a, o)
}

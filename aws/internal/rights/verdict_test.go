package rights_test

import (
	"testing"

	"github.com/daybatch/daybatch/aws/internal/deploy"
	"github.com/daybatch/daybatch/aws/internal/rights"
	"github.com/daybatch/daybatch/forecast"
)

func TestPrincipal(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		caller, want, account string
		ok                    bool
	}{
		{"arn:aws:iam::123456789012:user/aki", "arn:aws:iam::123456789012:user/aki", "123456789012", true},
		{"arn:aws:iam::123456789012:user/ops/aki", "arn:aws:iam::123456789012:user/ops/aki", "123456789012", true},
		{"arn:aws:sts::123456789012:assumed-role/ops/aki@example.org", "arn:aws:iam::123456789012:role/ops", "123456789012", true},
		{"arn:aws-cn:sts::123456789012:assumed-role/ops/s", "arn:aws-cn:iam::123456789012:role/ops", "123456789012", true},
		{"arn:aws:iam::123456789012:root", "", "123456789012", false},
		{"arn:aws:sts::123456789012:federated-user/aki", "", "123456789012", false},
		{"nobody", "", "", false},
	} {
		arn, account, ok := rights.Principal(tt.caller)
		if arn != tt.want || account != tt.account || ok != tt.ok {
			t.Errorf("Principal(%q) = %q, %q, %t; want %q, %q, %t", tt.caller, arn, account, ok, tt.want, tt.account, tt.ok)
		}
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	put := deploy.Need{Action: "s3:PutObject", Resource: "arn:aws:s3:::bucket/state/x"}
	start := deploy.Need{Action: "sagemaker:StartPipelineExecution", Resource: "arn:aws:sagemaker:eu-west-1:123456789012:pipeline/demand"}
	ability := deploy.Ability{What: "start", Needs: []deploy.Need{put, start}}
	allowed := rights.Decision{Verdict: forecast.RightAllowed}
	denied := rights.Decision{Verdict: forecast.RightDenied, Reason: "implicitDeny"}
	unclear := rights.Decision{Verdict: forecast.RightUnknown, Reason: "a condition asks for aws:SourceIp"}
	for _, tt := range []struct {
		name        string
		put, start  rights.Decision
		want        forecast.RightVerdict
		wantReasons string
	}{
		{"all", allowed, allowed, forecast.RightAllowed, ""},
		{"one is denied", allowed, denied, forecast.RightDenied, "sagemaker:StartPipelineExecution on pipeline/demand (implicitDeny)"},
		{"both are", denied, denied, forecast.RightDenied, "s3:PutObject on bucket/state/x (implicitDeny) and 1 more"},
		{"a refusal says more than what is not known", unclear, denied, forecast.RightDenied, "sagemaker:StartPipelineExecution on pipeline/demand (implicitDeny)"},
		{"in either order", denied, unclear, forecast.RightDenied, "s3:PutObject on bucket/state/x (implicitDeny)"},
		{"not known", unclear, allowed, forecast.RightUnknown, "s3:PutObject on bucket/state/x (a condition asks for aws:SourceIp)"},
	} {
		got := rights.Judge(ability, map[deploy.Need]rights.Decision{put: tt.put, start: tt.start})
		if got.Verdict != tt.want || got.Reason != tt.wantReasons {
			t.Errorf("%s: Judge = %+v; want %s %q", tt.name, got, tt.want, tt.wantReasons)
		}
	}
	if got := rights.Judge(ability, map[deploy.Need]rights.Decision{put: allowed}); got.Verdict != forecast.RightUnknown {
		t.Errorf("Judge without an answer = %+v; want unknown", got)
	}
}

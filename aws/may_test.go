package aws_test

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// printed decides by the policies that `deploy --print` writes: users have those of
// names, and the roles of the project theirs.
func printed(t *testing.T, o aws.DeployOptions, names ...string) func(awssim.RightsQuestion) awssim.RightsDecision {
	t.Helper()
	all, err := aws.DeployDocuments(o)
	must(t, err)
	type conditional struct {
		statement

		Condition map[string]map[string]string
	}
	policies := make(map[string][]conditional)
	for _, d := range all {
		text, err := json.Marshal(d.Document)
		must(t, err)
		var document struct{ Statement []conditional }
		if d.Kind == "policy" {
			must(t, json.Unmarshal(text, &document))
			policies[d.Name] = document.Statement
		}
	}
	return func(q awssim.RightsQuestion) awssim.RightsDecision {
		whose := names
		switch q.Principal {
		case o.Settings.Role:
			whose = []string{"job"}
		case o.Settings.SchedulerRole:
			whose = []string{"scheduler"}
		}
		for _, name := range whose {
			for _, s := range policies[name] {
				met := true
				for key, want := range s.Condition["StringEquals"] {
					met = met && q.Context[key] == want
				}
				if met && slices.Contains(s.Action, q.Action) && slices.ContainsFunc(s.Resource, func(p string) bool { return matches(p, q.Resource) }) {
					return awssim.RightsDecision{Decision: "allowed"}
				}
			}
		}
		return awssim.RightsDecision{Decision: "implicitDeny"}
	}
}

// may returns the verdicts on what somebody does.
func may(rights []forecast.Right, who string) map[string]forecast.RightVerdict {
	all := make(map[string]forecast.RightVerdict)
	for _, r := range rights {
		if r.Who == who {
			all[r.What] = r.Verdict
		}
	}
	return all
}

// TestRights tells what somebody with the rights to operate may do, and that they may
// not deploy.
func TestRights(t *testing.T) {
	t.Parallel()
	a := newAccount(t, enginetest.Definition(), enginetest.Script{}, accountOptions{
		dataSet: awssim.DataSet{ID: "demand"}, quirks: awssim.Quirks{Lists: awssim.ListQuirks{PageSize: 17}},
	})
	e := a.open(t, nil)
	o := aws.DeployOptions{Settings: a.settings, Definition: a.def}
	for _, nested := range []bool{false, true} {
		before := a.sim.Calls()["iam.SimulatePrincipalPolicy"]
		a.sim.SetRights(awssim.Rights{Decide: printed(t, o, "view", "operate", "source"), Nested: nested})
		rights, err := e.Rights(t.Context())
		must(t, err)
		for what, verdict := range may(rights, "you") {
			want := forecast.RightAllowed
			if what == "deploy" {
				want = forecast.RightDenied
			}
			if verdict != want {
				t.Errorf("nested %t: you may %s: %s; want %s: %+v", nested, what, verdict, want, rights)
			}
		}
		if may(rights, "the jobs")["run the steps"] != forecast.RightAllowed || may(rights, "the schedule")["start"] != forecast.RightAllowed || len(may(rights, "you")) < 8 {
			t.Errorf("nested %t: rights are %+v; want that jobs and schedule may work", nested, rights)
		}
		i := slices.IndexFunc(rights, func(r forecast.Right) bool { return r.Verdict == forecast.RightDenied })
		if i < 0 || !strings.Contains(rights[i].Reason, "sagemaker:CreatePipeline on pipeline/") || !strings.Contains(rights[i].Reason, "(implicitDeny) and ") {
			t.Errorf("nested %t: rights are %+v; want the action, the thing and the decision", nested, rights)
		}
		if folded := forecast.FoldRights(rights); len(folded) != 4 {
			t.Errorf("nested %t: folded are %+v; want what you may, what not, the jobs and the schedule", nested, folded)
		}
		if calls := a.sim.Calls()["iam.SimulatePrincipalPolicy"] - before; calls < 4 {
			t.Errorf("nested %t: %d calls; want several pages", nested, calls)
		}
	}
}

// TestRightsInFewCalls asks in two calls about a person, for a role can be passed to
// two services, and in one about each role.
func TestRightsInFewCalls(t *testing.T) {
	t.Parallel()
	a := newAccount(t, enginetest.Definition(), enginetest.Script{}, accountOptions{})
	e := a.open(t, nil)
	a.sim.SetRights(awssim.Rights{Decide: printed(t, aws.DeployOptions{Settings: a.settings, Definition: a.def}, "deploy", "operate", "source")})
	rights, err := e.Rights(t.Context())
	must(t, err)
	for _, r := range rights {
		if r.Verdict != forecast.RightAllowed {
			t.Errorf("%+v; want that it is allowed", r)
		}
	}
	if calls := a.sim.Calls(); calls["iam.SimulatePrincipalPolicy"] != 4 || calls["iam.GetRole"] != 0 {
		t.Errorf("calls are %v; want 4 of SimulatePrincipalPolicy, and none for a path", calls)
	}
}

// TestRightsOf has decisions of other kinds, and people whose rights can't be told.
func TestRightsOf(t *testing.T) {
	t.Parallel()
	const path = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_ops_0123456789abcdef"
	const session = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_ops_0123456789abcdef/aki@example.org"
	stopped := func(d awssim.RightsDecision) func(awssim.RightsQuestion) awssim.RightsDecision {
		return func(q awssim.RightsQuestion) awssim.RightsDecision {
			if q.Action == "sagemaker:StopPipelineExecution" {
				return d
			}
			return awssim.RightsDecision{Decision: "allowed"}
		}
	}
	refused := func(operation string) awssim.Fault {
		return awssim.Fault{Operation: operation, Effect: awssim.Effect{Code: "AccessDenied", Status: http.StatusForbidden, Message: "User: x is not authorized to perform: " + operation}}
	}
	for _, tt := range []struct {
		name    string
		caller  string
		rights  awssim.Rights
		faults  []awssim.Fault
		verdict forecast.RightVerdict // on a stop
		reason  string
	}{
		{name: "explicit", rights: awssim.Rights{Decide: stopped(awssim.RightsDecision{Decision: "explicitDeny"})}, verdict: forecast.RightDenied, reason: "StopPipelineExecution on pipeline/exercise/execution/000000000000 (explicitDeny)"},
		{name: "organization", rights: awssim.Rights{Decide: stopped(awssim.RightsDecision{Decision: "implicitDeny", Organization: true})}, verdict: forecast.RightDenied, reason: "implicitDeny by the organization's policies"},
		{name: "boundary", rights: awssim.Rights{Decide: stopped(awssim.RightsDecision{Decision: "implicitDeny", Boundary: true}), Nested: true}, verdict: forecast.RightDenied, reason: "implicitDeny by the permissions boundary"},
		{name: "condition", rights: awssim.Rights{Decide: stopped(awssim.RightsDecision{Decision: "implicitDeny", Missing: []string{"aws:SourceIp"}})}, verdict: forecast.RightUnknown, reason: "a condition asks for aws:SourceIp"},
		{name: "may not ask", faults: []awssim.Fault{refused("iam.SimulatePrincipalPolicy")}, verdict: forecast.RightUnknown, reason: "iam:SimulatePrincipalPolicy is not allowed"},
		{name: "role", caller: "arn:aws:sts::123456789012:assumed-role/ops/aki", verdict: forecast.RightAllowed},
		{name: "path", caller: session, rights: awssim.Rights{Roles: []string{path}}, verdict: forecast.RightAllowed},
		{name: "path unknown", caller: session, rights: awssim.Rights{Roles: []string{path}}, faults: []awssim.Fault{refused("iam.GetRole")}, verdict: forecast.RightUnknown, reason: "iam:GetRole is not allowed"},
		{name: "root", caller: "arn:aws:iam::123456789012:root", verdict: forecast.RightUnknown, reason: "this login is neither"},
		{name: "no answer", faults: []awssim.Fault{{Operation: "iam.*", Effect: awssim.Effect{HTML: true}}}, verdict: forecast.RightUnknown, reason: "IAM"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, enginetest.Definition(), enginetest.Script{}, accountOptions{faults: tt.faults, identity: tt.caller})
			a.sim.SetRights(tt.rights)
			rights, err := a.open(t, func(o *aws.Options) { o.ReadOnly = true }).Rights(t.Context())
			must(t, err)
			i := slices.IndexFunc(rights, func(r forecast.Right) bool { return r.What == "stop" })
			if i < 0 || rights[i].Verdict != tt.verdict || !strings.Contains(rights[i].Reason, tt.reason) {
				t.Fatalf("Rights = %+v; want a stop that is %s: %s", rights, tt.verdict, tt.reason)
			}
			if tt.rights.Roles != nil && tt.verdict == forecast.RightAllowed && rights[i].As != path {
				t.Errorf("rights are of %s; want %s", rights[i].As, path)
			}
		})
	}
}

// TestRightsWithoutIAM asks once where IAM does not answer: each call takes its time.
func TestRightsWithoutIAM(t *testing.T) {
	t.Parallel()
	a := newAccount(t, enginetest.Definition(), enginetest.Script{}, accountOptions{
		faults: []awssim.Fault{{Operation: "iam.*", Effect: awssim.Effect{Code: "ServiceFailure", Status: http.StatusInternalServerError}}},
	})
	rights, err := a.open(t, nil).Rights(t.Context())
	must(t, err)
	folded := forecast.FoldRights(rights)
	if len(folded) != 3 {
		t.Errorf("rights are %+v; want you, the jobs and the schedule", folded)
	}
	for _, r := range folded {
		if r.Verdict != forecast.RightUnknown || !strings.Contains(r.Reason, "ServiceFailure") {
			t.Errorf("%+v; want that it is not known, and why", r)
		}
	}
	const once = 5 // with its repetitions
	if calls := a.sim.Calls()["iam.SimulatePrincipalPolicy"]; calls > once {
		t.Errorf("%d calls; want those about one of them", calls)
	}
}

// TestRightsToTheirs asks about a pipeline of another team in the operator's account, which
// the project does not name.
func TestRightsToTheirs(t *testing.T) {
	t.Parallel()
	a := newTheirAccount(t, theirOptions{})
	var about []string
	a.sim.SetRights(awssim.Rights{Decide: func(q awssim.RightsQuestion) awssim.RightsDecision {
		about = append(about, q.Resource) // one call at a time
		if q.Action == "sagemaker:RetryPipelineExecution" {
			return awssim.RightsDecision{Decision: "explicitDeny"}
		}
		return awssim.RightsDecision{Decision: "allowed"}
	}})
	rights, err := a.open(t, nil).Rights(t.Context())
	must(t, err)
	for what, want := range map[string]forecast.RightVerdict{"start": forecast.RightAllowed, "stop": forecast.RightAllowed, "retry": forecast.RightDenied} {
		if got := may(rights, "you")[what]; got != want {
			t.Errorf("you may %s: %s; want %s", what, got, want)
		}
	}
	if want := "arn:aws:sagemaker:eu-west-1:123456789012:pipeline/" + strings.ToLower(theirPipeline); len(rights) != 4 || !slices.Contains(about, want) {
		t.Errorf("rights are %+v, of %q; want four, and %s among them", rights, about, want)
	}
}

// TestRightsWire has wirecheck between: what is asked and answered is legal by IAM's
// own model, which is taken from an installed botocore.
func TestRightsWire(t *testing.T) {
	t.Parallel()
	script := shared(t, "wirecheck/wirecheck.py")
	models := filepath.Join(t.TempDir(), "models")
	if out, err := exec.CommandContext(t.Context(), "python3", script, "extract", "auto", models, "iam", "sts").CombinedOutput(); err != nil {
		t.Skipf("there is no model of IAM: %s", out)
	}
	for _, service := range []string{"sagemaker", "s3", "glue", "logs", "athena", "events", "sns", "scheduler", "quicksight"} {
		text, err := os.ReadFile(filepath.Join(filepath.Dir(script), "models", service+".json"))
		if err != nil {
			t.Skip(err)
		}
		must(t, os.WriteFile(filepath.Join(models, service+".json"), text, 0o600))
	}
	a := newAccount(t, enginetest.Definition(), enginetest.Script{}, accountOptions{
		identity: "arn:aws:sts::123456789012:assumed-role/ops/aki", speed: 10,
		front: func(t *testing.T, endpoint string) string {
			t.Helper()
			return checkedWith(t, endpoint, "--models", models)
		},
	})
	const path = "arn:aws:iam::123456789012:role/team/ops"
	denied := awssim.RightsDecision{Decision: "implicitDeny", Missing: []string{"aws:SourceIp"}, Organization: true, Boundary: true}
	for _, nested := range []bool{false, true} {
		a.sim.SetRights(awssim.Rights{Roles: []string{path}, Nested: nested, Decide: func(awssim.RightsQuestion) awssim.RightsDecision { return denied }})
		rights, err := a.open(t, nil).Rights(t.Context())
		if err != nil || len(rights) == 0 || rights[0].Verdict != forecast.RightUnknown || rights[0].As != path {
			t.Errorf("Rights = %+v, %v; want what depends on a condition", rights, err)
		}
	}
}

package deploy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/aws/internal/deploy"
	"github.com/daybatch/daybatch/aws/settings"
)

// TestAbilities: what doctor asks about is what `deploy --print` grants, neither more
// nor in other words, to operators, to the jobs and to the schedule.
func TestAbilities(t *testing.T) {
	t.Parallel()
	full := options()
	full.Settings.Dashboard = settings.Dashboard{Account: "123456789012", DataSet: "demand"}
	fused := options()
	fused.Definition.Pipeline, fused.Settings.Layout, fused.Settings.Topic = "Demand", settings.LayoutFused, ""
	for _, o := range []deploy.Options{full, fused} {
		granted := make(map[string][]deploy.Statement)
		for _, p := range deploy.Policies(o) {
			granted[p.Name] = p.Document.Statement
		}
		for _, a := range deploy.Abilities(o, "") {
			by := slices.Concat(granted["view"], granted["operate"], granted["source"])
			if a.What == "deploy" {
				by = granted["deploy"]
			}
			wantGranted(t, a, by)
		}
		workers := deploy.Workers(o)
		if len(workers) != 2 {
			t.Errorf("workers are %+v; want the jobs and the schedule", workers)
		}
		for i, w := range workers {
			wantGranted(t, w.Abilities[0], granted[[]string{"job", "scheduler"}[i]])
		}
	}
}

// TestTheirAbilities: of another team's pipeline there is no more to do than to start,
// stop and retry it, in the operator's account if the project names none.
func TestTheirAbilities(t *testing.T) {
	t.Parallel()
	o := options()
	o.Settings.Role, o.Settings.Foreign = "", settings.Foreign{Pipeline: "Revenue"}
	granted := make(map[string][]deploy.Statement)
	for _, p := range deploy.Policies(o) {
		granted[p.Name] = p.Document.Statement
	}
	var names []string
	for _, a := range deploy.Abilities(o, "210987654321") {
		names = append(names, a.What)
		wantGranted(t, a, granted["operate"])
		if arn := a.Needs[0].Resource; strings.Contains(arn, ":pipeline/") && !strings.Contains(arn, ":210987654321:pipeline/revenue") {
			t.Errorf("%s is about %s; want the pipeline in the operator's account", a.What, arn)
		}
	}
	if want := []string{"start", "retry", "stop", "discard a plan"}; !slices.Equal(names, want) || deploy.Workers(o) != nil {
		t.Errorf("abilities are %q, workers %+v; want %q and none", names, deploy.Workers(o), want)
	}
}

// wantGranted fails the test for each need that no statement grants.
func wantGranted(t *testing.T, a deploy.Ability, statements []deploy.Statement) {
	t.Helper()
	if len(a.Needs) == 0 {
		t.Errorf("%s needs nothing", a.What)
	}
	for _, n := range a.Needs {
		if !slices.ContainsFunc(statements, func(s deploy.Statement) bool { return grants(s, n) }) {
			t.Errorf("%s needs %+v, which no policy grants", a.What, n)
		}
	}
}

func grants(s deploy.Statement, n deploy.Need) bool {
	if given := s.Condition["StringEquals"]; given != nil && given[n.Key] != n.Value {
		return false
	}
	return slices.Contains(s.Action, n.Action) && slices.ContainsFunc(s.Resource, func(pattern string) bool { return like(pattern, n.Resource) })
}

// like reports whether a pattern, in which * is any text, is of a name.
func like(pattern, name string) bool {
	before, after, open := strings.Cut(pattern, "*")
	if !open {
		return pattern == name
	}
	rest, ok := strings.CutPrefix(name, before)
	for i := 0; ok && i <= len(rest); i++ {
		if like(after, rest[i:]) {
			return true
		}
	}
	return false
}

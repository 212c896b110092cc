package deploy_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	events "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	gluetypes "github.com/aws/aws-sdk-go-v2/service/glue/types"

	"github.com/daybatch/daybatch/aws/internal/deploy"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
)

func TestTable(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*gluetypes.TableInput)
		action deploy.Action
		want   string // in the reason or the first field
	}{
		"column of others": {func(in *gluetypes.TableInput) {
			in.StorageDescriptor.Columns = append(in.StorageDescriptor.Columns, gluetypes.Column{Name: awssdk.String("note"), Type: awssdk.String("string")})
		}, deploy.ActionKeep, ""},
		"column missing":   {func(in *gluetypes.TableInput) { in.StorageDescriptor.Columns = in.StorageDescriptor.Columns[1:] }, deploy.ActionUpdate, "column vehicle"},
		"moved":            {func(in *gluetypes.TableInput) { in.StorageDescriptor.Location = awssdk.String("s3://old/") }, deploy.ActionUpdate, "location"},
		"projection":       {func(in *gluetypes.TableInput) { in.Parameters["projection.enabled"] = "true" }, deploy.ActionUpdate, "projection.enabled"},
		"another serde":    {func(in *gluetypes.TableInput) { in.StorageDescriptor.SerdeInfo = nil }, deploy.ActionUpdate, "serde"},
		"type of a column": {func(in *gluetypes.TableInput) { in.StorageDescriptor.Columns[3].Type = awssdk.String("float") }, deploy.ActionRefuse, "yhat is a float and would be a double"},
		"keys":             {func(in *gluetypes.TableInput) { in.PartitionKeys[0].Type = awssdk.String("string") }, deploy.ActionRefuse, "partition keys"},
		"nobody's":         {func(in *gluetypes.TableInput) { in.Parameters = nil }, deploy.ActionRefuse, "daybatch did not make"},
		"another's":        {func(in *gluetypes.TableInput) { in.Parameters["daybatch.pipeline"] = "rentals" }, deploy.ActionRefuse, "the table of the pipeline rentals"},
		"a view": {func(in *gluetypes.TableInput) {
			in.StorageDescriptor = nil
		}, deploy.ActionUpdate, "column vehicle"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, o := newAccount(), options()
			apply(t, a, o)
			table := a.tables[tableName]
			table.Owner = awssdk.String("analytics")
			test.change(table)
			c := change(t, plan(t, a, o), deploy.KindTable)
			said := c.Reason
			if len(c.Fields) > 0 {
				said = c.Fields[0].Name
			}
			if c.Action != test.action || !strings.Contains(said, test.want) {
				t.Fatalf("change = %+v; want %s because of %q", c, test.action, test.want)
			}
			if c.Action == deploy.ActionRefuse {
				return
			}
			columns := len(a.tables[tableName].PartitionKeys)
			apply(t, a, o)
			if got := a.tables[tableName]; *got.Owner != "analytics" || len(got.PartitionKeys) != columns || len(got.StorageDescriptor.Columns) < 12 {
				t.Errorf("table afterwards = %+v; want all columns, its owner and its keys", got)
			}
			if c := change(t, plan(t, a, o), deploy.KindTable); c.Action != deploy.ActionKeep {
				t.Errorf("change afterwards = %+v; want none", c)
			}
		})
	}
}

func TestColumnsThatAreOne(t *testing.T) {
	t.Parallel()
	for _, series := range [][]string{{"region", "Region"}, {"DT"}, {"model"}} {
		o := options()
		o.Definition.Source.Series = series
		if _, err := deploy.New(o, newAccount().clients()); !errors.Is(err, forecast.ErrInvalid) {
			t.Errorf("series %v: %v; want invalid", series, err)
		}
	}
}

func TestTopic(t *testing.T) {
	t.Parallel()
	a, o := newAccount(), options()
	a.topics[topicARN] = map[string]string{"Policy": `{"Statement":{"Sid":"theirs"}}`}
	if c := change(t, plan(t, a, o), deploy.KindTopic); c.Action != deploy.ActionUpdate {
		t.Errorf("a topic of others: %+v; want its policy updated", c)
	}
	apply(t, a, o)
	if policy := a.topics[topicARN]["Policy"]; !strings.Contains(policy, "theirs") || slices.Contains(a.writes, "CreateTopic") {
		t.Errorf("policy = %s after %v; want their statement kept and no topic made", policy, a.writes)
	}
	for policy, want := range map[string]deploy.Action{"not json": deploy.ActionRefuse, `{"Statement":"x"}`: deploy.ActionRefuse, "": deploy.ActionUpdate} {
		a.topics[topicARN]["Policy"] = policy
		if c := change(t, plan(t, a, o), deploy.KindTopic); c.Action != want {
			t.Errorf("policy %q: %+v; want %s", policy, c, want)
		}
	}
	o.Settings.Topic = "arn:aws:sns:eu-west-1:999999999999:theirs"
	if c := change(t, plan(t, a, o), deploy.KindTopic); c.Action != deploy.ActionRefuse {
		t.Errorf("a topic elsewhere that is not there: %+v; want it refused", c)
	}
}

// TestRule: targets that others added stay, and so does what an operator
// switched off.
func TestRule(t *testing.T) {
	t.Parallel()
	a, o := newAccount(), options()
	apply(t, a, o)
	a.targets[ruleName] = []events.Target{{Id: awssdk.String("chat"), Arn: awssdk.String("arn:x")}}
	a.rules[ruleName].State = events.RuleStateDisabled
	a.rules[ruleName].EventPattern = awssdk.String(`{"source":["aws.sagemaker"]}`)
	apply(t, a, o)
	if got := a.targets[ruleName]; len(got) != 2 {
		t.Errorf("targets = %v; want theirs and ours", got)
	}
	if got := a.rules[ruleName]; got.State != events.RuleStateDisabled || !strings.Contains(*got.EventPattern, "Failed") {
		t.Errorf("rule = %+v; want the pattern, still disabled", got)
	}
}

func TestNoBucket(t *testing.T) {
	t.Parallel()
	a := newAccount()
	a.buckets = nil
	if c := change(t, plan(t, a, options()), deploy.KindBucket); c.Action != deploy.ActionRefuse || !strings.Contains(c.Reason, "aws s3 mb") {
		t.Errorf("without a bucket: %+v; want it refused with what to do", c)
	}
}

func TestForeign(t *testing.T) {
	t.Parallel()
	o := options()
	o.Settings.Foreign = settings.Foreign{Pipeline: "theirs"}
	if _, err := deploy.New(o, newAccount().clients()); !errors.Is(err, forecast.ErrInvalid) {
		t.Errorf("another team's pipeline: %v; want invalid", err)
	}
}

package awssim_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	gluetypes "github.com/aws/aws-sdk-go-v2/service/glue/types"
	"github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"

	"github.com/daybatch/daybatch/aws/awssim"
)

// check fails the test unless a call went well and answered as it should.
func check(t *testing.T, doing string, err error, ok func() bool) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v", doing, err)
	} else if !ok() {
		t.Errorf("%s: not the answer that was wanted", doing)
	}
}

func TestTables(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	_, client := catalogued(t, awssim.Options{})
	name, table := awssdk.String("forecast"), awssdk.String("demand")
	d, err := client.GetDatabase(ctx, &glue.GetDatabaseInput{Name: name})
	check(t, "get database", err, func() bool { return *d.Database.Name == "forecast" })
	got, err := client.GetTable(ctx, &glue.GetTableInput{DatabaseName: name, Name: table})
	check(t, "get table", err, func() bool {
		return *got.Table.StorageDescriptor.Location == "s3://example-forecast/empty/" && *got.Table.PartitionKeys[0].Name == "dt"
	})
	_, err = client.UpdateTable(ctx, &glue.UpdateTableInput{DatabaseName: name, TableInput: &gluetypes.TableInput{
		Name: table, PartitionKeys: []gluetypes.Column{{Name: awssdk.String("hour"), Type: awssdk.String("int")}}, StorageDescriptor: descriptor("s3://b/other/"),
	}})
	check(t, "update table", err, func() bool { return true })
	for _, hour := range []string{"9", "10"} {
		_, err := client.CreatePartition(ctx, &glue.CreatePartitionInput{DatabaseName: name, TableName: table, PartitionInput: partition(hour, "s3://b/"+hour)})
		check(t, "create partition", err, func() bool { return true })
	}
	numbers, err := client.GetPartitions(ctx, &glue.GetPartitionsInput{DatabaseName: name, TableName: table, Expression: awssdk.String("hour > 9")})
	check(t, "numbers compare as numbers", err, func() bool { return len(numbers.Partitions) == 1 && numbers.Partitions[0].Values[0] == "10" })
	batch, err := client.BatchGetPartition(ctx, &glue.BatchGetPartitionInput{
		DatabaseName: name, TableName: table, PartitionsToGet: []gluetypes.PartitionValueList{{Values: []string{"9"}}, {Values: []string{"11"}}},
	})
	check(t, "get some of which one is absent", err, func() bool { return len(batch.Partitions) == 1 })
	updated, err := client.BatchUpdatePartition(ctx, &glue.BatchUpdatePartitionInput{DatabaseName: name, TableName: table, Entries: []gluetypes.BatchUpdatePartitionRequestEntry{
		{PartitionValueList: []string{"9"}, PartitionInput: partition("9", "s3://b/new")}, {PartitionValueList: []string{"11"}, PartitionInput: partition("11", "s3://b/new")},
	}})
	check(t, "update some of which one is absent", err, func() bool { return len(updated.Errors) == 1 })
	deleted, err := client.BatchDeletePartition(ctx, &glue.BatchDeletePartitionInput{
		DatabaseName: name, TableName: table, PartitionsToDelete: []gluetypes.PartitionValueList{{Values: []string{"10"}}, {Values: []string{"11"}}},
	})
	check(t, "delete some of which one is absent", err, func() bool { return len(deleted.Errors) == 1 })
	remove := &glue.DeletePartitionInput{DatabaseName: name, TableName: table, PartitionValues: []string{"9"}}
	_, err = client.DeletePartition(ctx, remove)
	check(t, "delete partition", err, func() bool { return true })
	_, err = client.DeletePartition(ctx, remove)
	wantCode(t, "delete it again", err, "EntityNotFoundException")
	list, err := client.GetTables(ctx, &glue.GetTablesInput{DatabaseName: name})
	check(t, "get tables", err, func() bool { return len(list.TableList) == 1 })
	_, err = client.DeleteTable(ctx, &glue.DeleteTableInput{DatabaseName: name, Name: table})
	check(t, "delete table", err, func() bool { return true })
	_, err = client.GetTable(ctx, &glue.GetTableInput{DatabaseName: name, Name: table})
	wantCode(t, "a deleted table", err, "EntityNotFoundException")
}

func TestRules(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	a := open(t, awssim.Options{Script: script(0.1, nil)})
	a.checked(t)
	client := eventbridge.NewFromConfig(a.config)
	name := awssdk.String("steps")
	_, err := client.PutRule(ctx, &eventbridge.PutRuleInput{Name: name, EventPattern: awssdk.String(`{"detail-type":[{"prefix":"SageMaker"}]}`), Description: awssdk.String("all")})
	check(t, "put rule", err, func() bool { return true })
	_, err = client.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: name, Targets: []eventtypes.Target{
		{Id: awssdk.String("log"), Arn: awssdk.String("arn:aws:logs:ap-northeast-1:123456789012:log-group:/aws/events/steps"), InputPath: awssdk.String("$.detail")},
	}})
	check(t, "put targets", err, func() bool { return true })
	rule, err := client.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: name})
	check(t, "describe rule", err, func() bool { return rule.State == "ENABLED" && *rule.Description == "all" })
	targets, err := client.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: name})
	check(t, "list targets", err, func() bool { return len(targets.Targets) == 1 && *targets.Targets[0].InputPath == "$.detail" })
	a.pipeline(ctx, t, six())
	a.start(ctx, t, "2026-01-15")
	a.advanceTo(t, a.ended)
	events := a.LogLines("/aws/events/steps")
	steps := 0
	for _, text := range events {
		var detail struct{ StepName, StepType, CurrentStepStatus string }
		if err := json.Unmarshal([]byte(text), &detail); err != nil {
			t.Fatal(err)
		}
		if detail.CurrentStepStatus == "Succeeded" && detail.StepType != "" {
			steps++
		}
	}
	if steps != 7 || len(events) < 20 {
		t.Errorf("%d events, %d of steps that succeeded; want 7", len(events), steps)
	}
	_, err = client.DisableRule(ctx, &eventbridge.DisableRuleInput{Name: name})
	check(t, "disable", err, func() bool { return true })
	a.start(ctx, t, "2026-01-16")
	a.advanceTo(t, a.ended)
	if n := len(a.LogLines("/aws/events/steps")); n != len(events) {
		t.Errorf("a disabled rule delivered %d events", n-len(events))
	}
	_, err = client.DeleteRule(ctx, &eventbridge.DeleteRuleInput{Name: name})
	wantCode(t, "delete a rule with targets", err, "ValidationException")
	_, err = client.RemoveTargets(ctx, &eventbridge.RemoveTargetsInput{Rule: name, Ids: []string{"log"}})
	check(t, "remove targets", err, func() bool { return true })
	_, err = client.DeleteRule(ctx, &eventbridge.DeleteRuleInput{Name: name})
	check(t, "delete rule", err, func() bool { return true })
	rules, err := client.ListRules(ctx, &eventbridge.ListRulesInput{})
	check(t, "list rules", err, func() bool { return len(rules.Rules) == 0 })
}

// TestConditions decides by all kinds of conditions, over what a Lambda step
// answers and parameters of each type.
func TestConditions(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	definition := `{"Version":"2020-12-01","Parameters":[{"Name":"N","Type":"Integer","DefaultValue":3},{"Name":"On","Type":"Boolean","DefaultValue":true}],"Steps":[
		{"Name":"Look","Type":"Lambda","Arguments":{}},
		{"Name":"Which","Type":"Condition","Arguments":{"Conditions":[
			{"Type":"Or","Conditions":[
				{"Type":"Equals","LeftValue":{"Get":"Steps.Look.OutputParameters['state']"},"RightValue":"bad"},
				{"Type":"In","QueryValue":{"Get":"Steps.Look.OutputParameters['state']"},"Values":["fine","good"]}]},
			{"Type":"Not","Condition":{"Type":"GreaterThan","LeftValue":{"Get":"Parameters.N"},"RightValue":3}},
			{"Type":"Equals","LeftValue":{"Get":"Parameters.On"},"RightValue":true}],
		"IfSteps":[{"Name":"Yes","Type":"Lambda","Arguments":{}}],"ElseSteps":[{"Name":"No","Type":"Lambda","Arguments":{}}]}}]}`
	a := open(t, awssim.Options{Script: func(awssim.Job) awssim.Play { return awssim.Play{Parameters: map[string]string{"state": "good"}} }})
	a.checked(t)
	a.pipeline(ctx, t, definition)
	for n, want := range map[string]string{"3": "Yes", "4": "No"} {
		if _, err := a.sagemaker.StartPipelineExecution(ctx, &sagemaker.StartPipelineExecutionInput{
			PipelineName: awssdk.String(demand), ClientRequestToken: awssdk.String(token + n), PipelineParameters: []types.Parameter{{Name: awssdk.String("N"), Value: &n}},
		}); err != nil {
			t.Fatal(err)
		}
		a.advanceTo(t, a.ended)
		all := a.Executions(demand)
		if e := all[len(all)-1]; statuses(e) != "Look Succeeded, Which Succeeded, "+want+" Succeeded" {
			t.Errorf("N = %s: %s; want %s", n, statuses(e), want)
		}
	}
	d, err := a.sagemaker.DescribePipeline(ctx, &sagemaker.DescribePipelineInput{PipelineName: awssdk.String(demand)})
	check(t, "describe pipeline", err, func() bool { return *d.PipelineDefinition == definition && d.LastRunTime != nil })
	_, err = a.sagemaker.DeletePipeline(ctx, &sagemaker.DeletePipelineInput{PipelineName: awssdk.String(demand), ClientRequestToken: awssdk.String(token + "delete")})
	check(t, "delete pipeline", err, func() bool { return true })
	_, err = a.sagemaker.DescribePipeline(ctx, &sagemaker.DescribePipelineInput{PipelineName: awssdk.String(demand)})
	wantCode(t, "a deleted pipeline", err, "ResourceNotFound")
}

// TestRestart opens a directory in which an earlier account left its objects.
func TestRestart(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, bucket, "a"), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, bucket, "a", "b"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := open(t, awssim.Options{Dir: dir})
	a.checked(t)
	if content, err := a.Object(bucket, "a/b"); err != nil || string(content) != "x" {
		t.Errorf("the object holds %q, %v", content, err)
	}
	buckets, err := a.s3.ListBuckets(ctx, &s3.ListBucketsInput{})
	check(t, "list buckets", err, func() bool { return len(buckets.Buckets) == 1 })
	_, err = a.s3.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{
		Bucket: awssdk.String(bucket), LifecycleConfiguration: &s3types.BucketLifecycleConfiguration{Rules: []s3types.LifecycleRule{{
			ID: awssdk.String("runs"), Status: s3types.ExpirationStatusEnabled, Filter: &s3types.LifecycleRuleFilter{Prefix: awssdk.String("runs/")},
			Expiration: &s3types.LifecycleExpiration{Days: awssdk.Int32(30)},
		}}},
	})
	check(t, "put lifecycle", err, func() bool { return true })
	rules, err := a.s3.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: awssdk.String(bucket)})
	check(t, "get lifecycle", err, func() bool { return len(rules.Rules) == 1 && *rules.Rules[0].Expiration.Days == 30 })
	_, err = a.s3.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: awssdk.String(bucket)})
	wantCode(t, "delete a bucket with an object", err, "BucketNotEmpty")
}

func TestDataSets(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	a := open(t, awssim.Options{})
	a.checked(t)
	a.AddDataSet(awssim.DataSet{ID: "demand", Fails: "the source does not answer"})
	client := quicksight.NewFromConfig(a.config)
	account, set, id := awssdk.String("123456789012"), awssdk.String("demand"), awssdk.String("one")
	d, err := client.DescribeDataSet(ctx, &quicksight.DescribeDataSetInput{AwsAccountId: account, DataSetId: set})
	check(t, "describe data set", err, func() bool { return d.DataSet.ImportMode == "SPICE" })
	_, err = client.CreateIngestion(ctx, &quicksight.CreateIngestionInput{AwsAccountId: account, DataSetId: set, IngestionId: id})
	check(t, "create ingestion", err, func() bool { return true })
	a.Advance(time.Hour)
	list, err := client.ListIngestions(ctx, &quicksight.ListIngestionsInput{AwsAccountId: account, DataSetId: set})
	check(t, "a failed ingestion", err, func() bool {
		return len(list.Ingestions) == 1 && list.Ingestions[0].IngestionStatus == "FAILED" && strings.Contains(*list.Ingestions[0].ErrorInfo.Message, "does not answer")
	})
	if got := a.Ingestions("demand"); len(got) != 1 || got[0] != "one" {
		t.Errorf("ingestions %v", got)
	}
	_, err = client.DescribeDataSet(ctx, &quicksight.DescribeDataSetInput{AwsAccountId: awssdk.String("999999999999"), DataSetId: set})
	wantCode(t, "another account", err, "AccessDeniedException")
	group, err := athena.NewFromConfig(a.config).GetWorkGroup(ctx, &athena.GetWorkGroupInput{WorkGroup: awssdk.String("primary")})
	check(t, "get workgroup", err, func() bool { return group.WorkGroup.State == "ENABLED" })
}

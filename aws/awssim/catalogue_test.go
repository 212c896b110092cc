package awssim_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	athenatypes "github.com/aws/aws-sdk-go-v2/service/athena/types"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"
	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/awssim"
)

// catalogued is an account with a table that is partitioned by dt.
func catalogued(t *testing.T, o awssim.Options) (*account, *glue.Client) {
	t.Helper()
	a := open(t, o)
	a.checked(t)
	client := glue.NewFromConfig(a.config)
	if _, err := client.CreateDatabase(t.Context(), &glue.CreateDatabaseInput{DatabaseInput: &types.DatabaseInput{Name: awssdk.String("forecast")}}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.CreateTable(t.Context(), &glue.CreateTableInput{
		DatabaseName: awssdk.String("forecast"), TableInput: &types.TableInput{
			Name: awssdk.String("demand"), PartitionKeys: []types.Column{{Name: awssdk.String("dt"), Type: awssdk.String("string")}},
			StorageDescriptor: descriptor("s3://example-forecast/empty/"), Parameters: map[string]string{"classification": "parquet"},
		},
	}); err != nil {
		t.Fatal(err)
	}
	return a, client
}

func descriptor(location string) *types.StorageDescriptor {
	return &types.StorageDescriptor{Location: &location, Columns: []types.Column{{Name: awssdk.String("value"), Type: awssdk.String("double")}}}
}

func partition(date, location string) *types.PartitionInput {
	return &types.PartitionInput{Values: []string{date}, StorageDescriptor: descriptor(location), Parameters: map[string]string{"daybatch.rows": "7"}}
}

func TestPartitions(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	_, client := catalogued(t, awssim.Options{})
	name, table := awssdk.String("forecast"), awssdk.String("demand")
	for _, date := range []string{"2026-01-14", "2026-01-15", "2026-01-16"} {
		if _, err := client.CreatePartition(ctx, &glue.CreatePartitionInput{
			DatabaseName: name, TableName: table, PartitionInput: partition(date, "s3://example-forecast/g/"+date),
		}); err != nil {
			t.Fatal(err)
		}
	}
	again := &glue.CreatePartitionInput{DatabaseName: name, TableName: table, PartitionInput: partition("2026-01-15", "s3://b/x")}
	_, err := client.CreatePartition(ctx, again)
	wantCode(t, "create of a partition that is there", err, "AlreadyExistsException")
	again.PartitionInput.Values = []string{"2026-01-15", "JP"}
	_, err = client.CreatePartition(ctx, again)
	wantCode(t, "create with a value too many", err, "InvalidInputException")

	update := &glue.UpdatePartitionInput{
		DatabaseName: name, TableName: table, PartitionValueList: []string{"2026-01-15"}, PartitionInput: partition("2026-01-15", "s3://example-forecast/g/new"),
	}
	if _, err := client.UpdatePartition(ctx, update); err != nil {
		t.Fatal(err)
	}
	update.PartitionValueList = []string{"2026-02-01"}
	_, err = client.UpdatePartition(ctx, update)
	wantCode(t, "update of a partition that is not there", err, "EntityNotFoundException")

	got, err := client.GetPartition(ctx, &glue.GetPartitionInput{DatabaseName: name, TableName: table, PartitionValues: []string{"2026-01-15"}})
	if err != nil || *got.Partition.StorageDescriptor.Location != "s3://example-forecast/g/new" || got.Partition.Parameters["daybatch.rows"] != "7" {
		t.Errorf("partition %+v, %v", got, err)
	}
	for expression, want := range map[string]string{
		"": "14 15 16", "dt = '2026-01-15'": "15", "dt >= '2026-01-15' AND dt < '2026-02-01'": "15 16",
		"dt BETWEEN '2026-01-14' AND '2026-01-15'": "14 15", "dt IN ('2026-01-14', '2026-01-16')": "14 16",
		"dt < '2026-01-15' OR (dt > '2026-01-15')": "14 16", "NOT dt = '2026-01-15'": "14 16", "dt LIKE '%16'": "16",
	} {
		pages := glue.NewGetPartitionsPaginator(client, &glue.GetPartitionsInput{
			DatabaseName: name, TableName: table, Expression: &expression, MaxResults: awssdk.Int32(1), ExcludeColumnSchema: awssdk.Bool(true),
		})
		var days []string
		for pages.HasMorePages() {
			out, err := pages.NextPage(ctx)
			if err != nil {
				t.Fatalf("%s: %v", expression, err)
			}
			for _, p := range out.Partitions {
				days = append(days, strings.TrimPrefix(p.Values[0], "2026-01-"))
				if p.StorageDescriptor.Columns != nil {
					t.Errorf("%s: columns come although they were excluded", expression)
				}
			}
		}
		if got := strings.Join(days, " "); got != want {
			t.Errorf("%s gives %s; want %s", expression, got, want)
		}
	}
	_, err = client.GetPartitions(ctx, &glue.GetPartitionsInput{DatabaseName: name, TableName: table, Expression: awssdk.String("region = 'JP'")})
	wantCode(t, "an expression over no partition key", err, "InvalidInputException")

	batch, err := client.BatchCreatePartition(ctx, &glue.BatchCreatePartitionInput{
		DatabaseName: name, TableName: table, PartitionInputList: []types.PartitionInput{*partition("2026-01-16", "s3://b/x"), *partition("2026-01-17", "s3://b/y")},
	})
	if err != nil || len(batch.Errors) != 1 || *batch.Errors[0].ErrorDetail.ErrorCode != "AlreadyExistsException" {
		t.Errorf("batch %+v, %v; want one error", batch, err)
	}
}

// query waits for a query of the account.
func (a *account) query(t *testing.T, client *athena.Client, in *athena.StartQueryExecutionInput) *athenatypes.QueryExecution {
	t.Helper()
	in.ClientRequestToken = nil // the SDK leaves the one that it made up
	in.ResultConfiguration = &athenatypes.ResultConfiguration{OutputLocation: awssdk.String("s3://example-forecast/results/")}
	started, err := client.StartQueryExecution(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		a.Advance(time.Second)
		a.Settle()
		out, err := client.GetQueryExecution(t.Context(), &athena.GetQueryExecutionInput{QueryExecutionId: started.QueryExecutionId})
		if err != nil {
			t.Fatal(err)
		}
		if state := out.QueryExecution.Status.State; state != athenatypes.QueryExecutionStateQueued && state != athenatypes.QueryExecutionStateRunning {
			return out.QueryExecution
		}
	}
	t.Fatal("the query did not end")
	return nil
}

// TestSyntax starts statements that can't be read: none of them becomes a query.
func TestSyntax(t *testing.T) {
	t.Parallel()
	a, _ := catalogued(t, awssim.Options{Syntax: func(_ context.Context, sql string) (int, bool) {
		at := strings.Index(sql, "WHER ")
		return at, at >= 0
	}})
	client := athena.NewFromConfig(a.config)
	for sql, want := range map[string]string{
		"SELEC n FROM t":                     "line 1:1: mismatched input 'SELEC'",
		"-- SELECT\n  FORM t":                "line 2:3: mismatched input 'FORM'",
		"-- nothing":                         "line 1:11: mismatched input '<EOF>'",
		"SELECT '日本' AS x\nFROM t WHER x":    "line 2:8: mismatched input 'WHER'",
		"SELECT '日本' AS x FROM t WHER x = 1": "line 1:25: mismatched input 'WHER'",
		"UNLOAD (\nSELECT n\nFROM t WHER n > ?) TO 's3://example-forecast/rows/' WITH (format='PARQUET')": "line 3:8: mismatched input 'WHER'",
	} {
		_, err := client.StartQueryExecution(t.Context(), &athena.StartQueryExecutionInput{
			QueryString: &sql, ResultConfiguration: &athenatypes.ResultConfiguration{OutputLocation: awssdk.String("s3://example-forecast/results/")},
		})
		wantCode(t, sql, err, "InvalidRequestException")
		if err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s is answered by %v; want %s", sql, err, want)
		}
	}
}

func TestQueries(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	a, _ := catalogued(t, awssim.Options{Query: func(_ context.Context, q awssim.Query) (awssim.Result, error) {
		if strings.Contains(q.SQL, "nonsense") {
			return awssim.Result{}, errors.New("COLUMN_NOT_FOUND: line 1:8: Column 'nonsense' cannot be resolved")
		}
		if q.Unload != "" {
			return awssim.Result{}, os.WriteFile(filepath.Join(q.Dir, "part-0"), []byte(q.SQL+"|"+strings.Join(q.Parameters, "|")+"|"+q.Options["format"]), 0o600)
		}
		return awssim.Result{
			Columns: []awssim.Column{{Name: "n", Type: "bigint"}, {Name: "x", Type: "varchar"}},
			Rows:    [][]*string{{awssdk.String("42"), nil}}, Scanned: 4096,
		}, nil
	}})
	if err := a.CreateBucket(bucket); err != nil {
		t.Fatal(err)
	}
	client := athena.NewFromConfig(a.config)
	done := a.query(t, client, &athena.StartQueryExecutionInput{QueryString: awssdk.String("SELECT n, x FROM demand")})
	if done.Status.State != "SUCCEEDED" || *done.Statistics.DataScannedInBytes != 4096 {
		t.Errorf("query %+v", done)
	}
	rows, err := client.GetQueryResults(ctx, &athena.GetQueryResultsInput{QueryExecutionId: done.QueryExecutionId})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(rows.ResultSet.Rows); n != 2 || *rows.ResultSet.Rows[0].Data[0].VarCharValue != "n" || rows.ResultSet.Rows[1].Data[1].VarCharValue != nil {
		t.Errorf("rows %+v", rows.ResultSet.Rows)
	}

	unload := &athena.StartQueryExecutionInput{
		QueryString:         awssdk.String("UNLOAD (SELECT * FROM orders WHERE ds < ?) TO 's3://example-forecast/rows/' WITH (format='PARQUET', compression='SNAPPY')"),
		ExecutionParameters: []string{"DATE '2026-01-15'"},
	}
	if done := a.query(t, client, unload); done.Status.State != "SUCCEEDED" {
		t.Errorf("unload %+v", done.Status)
	}
	content, err := a.Object(bucket, "rows/part-0")
	if diff := cmp.Diff("SELECT * FROM orders WHERE ds < ?|DATE '2026-01-15'|PARQUET", string(content)); diff != "" || err != nil {
		t.Errorf("unloaded (-want +got):\n%s%v", diff, err)
	}
	if done := a.query(t, client, unload); done.Status.State != "FAILED" || !strings.Contains(*done.Status.StateChangeReason, "HIVE_PATH_ALREADY_EXISTS") {
		t.Errorf("unload into a prefix that is not empty: %+v", done.Status)
	}
	done = a.query(t, client, &athena.StartQueryExecutionInput{QueryString: awssdk.String("SELECT nonsense")})
	if done.Status.State != "FAILED" || *done.Status.AthenaError.ErrorCategory != 2 {
		t.Errorf("a wrong query: %+v", done.Status)
	}
	done = a.query(t, client, &athena.StartQueryExecutionInput{QueryString: awssdk.String("SELECT ? FROM x WHERE a = '?'")})
	if !strings.Contains(*done.Status.StateChangeReason, "expected 1 but found 0") {
		t.Errorf("a query without its parameter: %+v", done.Status)
	}
	_, err = client.StartQueryExecution(ctx, &athena.StartQueryExecutionInput{QueryString: awssdk.String("SELECT 1")})
	wantCode(t, "a query without an output location", err, "InvalidRequestException")
	_, err = client.GetQueryExecution(ctx, &athena.GetQueryExecutionInput{QueryExecutionId: awssdk.String("00000000-0000-4000-8000-000000000000")})
	wantCode(t, "an unknown query", err, "InvalidRequestException")
}

package aws_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	gluetypes "github.com/aws/aws-sdk-go-v2/service/glue/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/daybatch/daybatch/aws/internal/arrival"
	"github.com/daybatch/daybatch/aws/internal/bucket"
	"github.com/daybatch/daybatch/aws/internal/catalogue"
	"github.com/daybatch/daybatch/aws/internal/logs"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// TestOnMoto lets the parts of the engine that speak to one service do so with an
// implementation of it that is not ours, where that is faithful: S3's conditional
// writes, partitions of Glue, pages of CloudWatch's logs, results of Athena. Each
// request is checked against AWS's own models.
func TestOnMoto(t *testing.T) {
	t.Parallel()
	endpoint, moto := startServices(t)
	config := awssdk.Config{
		Region: region, BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}
	objects := s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true })
	_, err := objects.CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket: awssdk.String("example"), CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: region},
	})
	must(t, err)
	t.Cleanup(func() {
		if found := ask(t, endpoint+"/_wirecheck/violations?severity=error&dir=request"); string(found) != "[]" {
			t.Errorf("requests that AWS would refuse: %s", found)
		}
	})
	for name, check := range map[string]func(t *testing.T){
		"records": func(t *testing.T) {
			t.Helper()
			recordsOnMoto(t, bucket.Bucket{API: objects, Name: "example", Prefix: "daybatch/"})
		},
		"partitions": func(t *testing.T) {
			t.Helper()
			partitionsOnMoto(t, glue.NewFromConfig(config), objects)
		},
		"logs": func(t *testing.T) {
			t.Helper()
			logsOnMoto(t, cloudwatchlogs.NewFromConfig(config))
		},
		"queries": func(t *testing.T) {
			t.Helper()
			queriesOnMoto(t, moto, athena.NewFromConfig(config))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t)
		})
	}
}

// recordsOnMoto changes a record while another changes it, and makes one that another
// has made meanwhile: both changes are in it.
func recordsOnMoto(t *testing.T, in bucket.Bucket) {
	t.Helper()
	type tally struct{ By []string }
	writer := func() *record.Documents[tally] {
		return &record.Documents[tally]{Bucket: in, Prefix: "state/", Pause: func(context.Context, int) error { return nil }, NewID: newID}
	}
	add := func(name string) func(tally) (tally, error) {
		return func(now tally) (tally, error) { return tally{By: append(slices.Clone(now.By), name)}, nil }
	}
	for _, name := range []string{"aki", "mio"} { // the first makes the record
		tries := 0
		_, err := writer().Change(t.Context(), "2026-01-10", func(now tally) (tally, error) {
			if tries++; tries == 1 {
				_, err := writer().Change(t.Context(), "2026-01-10", add("before "+name))
				must(t, err)
			}
			return add(name)(now)
		})
		must(t, err)
		if tries != 2 {
			t.Errorf("%s changed it after %d tries; want 2, as another came before", name, tries)
		}
	}
	got, err := writer().Load(t.Context(), "2026-01-10")
	if want := []string{"before aki", "aki", "before mio", "mio"}; err != nil || !slices.Equal(got.By, want) {
		t.Errorf("record = %v, %v; want %v", got.By, err, want)
	}
	all, err := writer().List(t.Context(), "", "")
	if err != nil || len(all) != 1 {
		t.Errorf("List = %v, %v; want one record", all, err)
	}
}

// partitionsOnMoto points a date at one location and then at another, takes it back,
// and sees which files of a table came.
func partitionsOnMoto(t *testing.T, client *glue.Client, objects *s3.Client) {
	t.Helper()
	_, err := client.CreateDatabase(t.Context(), &glue.CreateDatabaseInput{DatabaseInput: &gluetypes.DatabaseInput{Name: awssdk.String("forecasts")}})
	must(t, err)
	_, err = client.CreateTable(t.Context(), &glue.CreateTableInput{DatabaseName: awssdk.String("forecasts"), TableInput: &gluetypes.TableInput{
		Name: awssdk.String("demand"), PartitionKeys: []gluetypes.Column{{Name: awssdk.String("dt"), Type: awssdk.String("date")}},
		StorageDescriptor: &gluetypes.StorageDescriptor{
			Location: awssdk.String("s3://example/tables/demand/"), Columns: []gluetypes.Column{{Name: awssdk.String("mean"), Type: awssdk.String("double")}},
		},
	}})
	must(t, err)
	table, d := catalogue.NewTable(client, "forecasts", "demand"), day(10)
	for _, location := range []string{"s3://example/generations/a/", "s3://example/generations/b/"} {
		must(t, table.Point(t.Context(), d, location, map[string]string{"daybatch.attempt": "1"}))
		must(t, table.Point(t.Context(), d+1, location, nil))
		got, err := table.Partitions(t.Context(), calendar.Range{From: d, To: d})
		if err != nil || len(got) != 1 || got[d].Location != location || got[d].Parameters["daybatch.attempt"] != "1" {
			t.Errorf("partitions of %s = %+v, %v; want %s", d, got, err, location)
		}
	}
	for range 2 {
		must(t, table.Drop(t.Context(), d))
	}
	if got, err := table.Partitions(t.Context(), calendar.Range{}); err != nil || len(got) != 1 || got[d+1].Date != d+1 {
		t.Errorf("partitions = %+v, %v; want that of %s alone", got, err, d+1)
	}

	put := func(key string) {
		_, err := objects.PutObject(t.Context(), &s3.PutObjectInput{Bucket: awssdk.String("example"), Key: &key, Body: strings.NewReader("rows")})
		must(t, err)
	}
	put("tables/demand/dt=2026-01-10/a.parquet")
	put("tables/demand/_temporary/b.parquet")
	look := arrival.Tables{Glue: client, Objects: objects, Names: []string{"forecasts.demand", "forecasts.none"}}.Look(t.Context(), time.Time{})
	if got := look.Since(time.Time{}); got != "forecasts.demand/dt=2026-01-10/a.parquet was written since" || len(look.Unknown) != 1 {
		t.Errorf("look = %q, unknown %q; want the file, and a table that is not there", got, look.Unknown)
	}
}

// logsOnMoto reads a log of more lines than a page has.
func logsOnMoto(t *testing.T, client *cloudwatchlogs.Client) {
	t.Helper()
	const lines, batch = 12_000, 6_000
	job := logs.Job{Name: "pipelines-abc-Train-1", Kind: logs.Training, Step: forecast.Train, Ended: true}
	group, stream := awssdk.String(logs.Training.Group()), awssdk.String(job.Name+"/algo-1-1768000000")
	_, err := client.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: group})
	must(t, err)
	_, err = client.CreateLogStream(t.Context(), &cloudwatchlogs.CreateLogStreamInput{LogGroupName: group, LogStreamName: stream})
	must(t, err)
	began := time.Now().Add(-time.Hour) //nolint:forbidigo // the service refuses events that are old
	for first := 0; first < lines; first += batch {
		in := &cloudwatchlogs.PutLogEventsInput{LogGroupName: group, LogStreamName: stream}
		for n := first; n < first+batch; n++ {
			in.LogEvents = append(in.LogEvents, logtypes.InputLogEvent{
				Timestamp: awssdk.Int64(began.Add(time.Duration(n) * time.Millisecond).UnixMilli()), Message: awssdk.String(fmt.Sprintf("line %d", n)),
			})
		}
		_, err = client.PutLogEvents(t.Context(), in)
		must(t, err)
	}
	job.Start, job.End = began, began.Add(time.Minute)
	reader := logs.New(client, logs.Options{
		Now: time.Now, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }, Settle: time.Millisecond, //nolint:forbidigo // as above
	})
	log := reader.Open(logs.Query{Jobs: func(context.Context) ([]logs.Job, bool, error) { return []logs.Job{job}, true, nil }, Date: day(10), Run: "abc"})
	defer func() { _ = log.Close() }()
	n := 0
	for {
		read, err := log.Next(t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		for _, line := range read {
			if want := fmt.Sprintf("line %d", n); line.Text != want {
				t.Fatalf("line %d is %q; want %q", n, line.Text, want)
			}
			n++
		}
	}
	if n != lines {
		t.Errorf("%d lines; want %d", n, lines)
	}
}

// queriesOnMoto reads the rows that moto was told to give.
func queriesOnMoto(t *testing.T, moto string, client *athena.Client) {
	t.Helper()
	const results = `{"account_id": "123456789012", "region": "` + region + `", "results": [{"rows": [{"Data": [{"VarCharValue": "region"}, {"VarCharValue": "mean"}]}, {"Data": [{"VarCharValue": "east"}, {"VarCharValue": "2.5"}]}],
		"column_info": [
			{"CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": "region", "Label": "region", "Type": "varchar", "Precision": 10, "Scale": 0, "Nullable": "UNKNOWN", "CaseSensitive": true},
			{"CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": "mean", "Label": "mean", "Type": "double", "Precision": 17, "Scale": 0, "Nullable": "UNKNOWN", "CaseSensitive": false}]}]}`
	response, err := http.Post(moto+"/moto-api/static/athena/query-results", "application/json", bytes.NewBufferString(results))
	must(t, err)
	defer response.Body.Close()
	if response.StatusCode != http.StatusCreated {
		t.Fatalf("moto answers %s", response.Status)
	}
	query := catalogue.NewAthena(client, catalogue.AthenaOptions{
		Database: "forecasts", Workgroup: "primary", Results: "s3://example/athena/", NewID: newID,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	table, err := query.Query(t.Context(), forecast.TableQuery{SQL: "SELECT region, mean FROM demand"})
	if err != nil || len(table.Columns) != 2 || len(table.Rows) != 1 || fmt.Sprint(table.Rows[0]) != "[east 2.5]" {
		t.Errorf("Query = %+v, %v; want a row of east", table, err)
	}
	if _, err := query.Query(t.Context(), forecast.TableQuery{SQL: "DROP TABLE demand"}); !errors.Is(err, forecast.ErrInvalid) {
		t.Errorf("Query of a DROP = %v; want ErrInvalid", err)
	}
}

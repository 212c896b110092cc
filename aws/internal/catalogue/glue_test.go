package catalogue_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"
	"github.com/aws/aws-sdk-go-v2/service/quicksight"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/internal/catalogue"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// fakeGlue is a table with partitions.
type fakeGlue struct {
	table      *types.Table
	partitions map[string]*types.PartitionInput
	// between is called between a refused creation and the update.
	between func()
	fail    error
	lists   []glue.GetPartitionsInput
	calls   []string
}

func answer(code string) error { return &smithy.GenericAPIError{Code: code} }

func (f *fakeGlue) call(name string) error {
	f.calls = append(f.calls, name)
	return f.fail
}

func (f *fakeGlue) GetTable(context.Context, *glue.GetTableInput, ...func(*glue.Options)) (*glue.GetTableOutput, error) {
	return &glue.GetTableOutput{Table: f.table}, f.call("table")
}

func (f *fakeGlue) CreatePartition(_ context.Context, in *glue.CreatePartitionInput, _ ...func(*glue.Options)) (*glue.CreatePartitionOutput, error) {
	if err := f.call("create"); err != nil {
		return nil, err
	}
	if f.partitions[in.PartitionInput.Values[0]] != nil {
		if f.between != nil {
			f.between()
			f.between = nil
		}
		return nil, answer("AlreadyExistsException")
	}
	f.partitions[in.PartitionInput.Values[0]] = in.PartitionInput
	return &glue.CreatePartitionOutput{}, nil
}

func (f *fakeGlue) UpdatePartition(_ context.Context, in *glue.UpdatePartitionInput, _ ...func(*glue.Options)) (*glue.UpdatePartitionOutput, error) {
	if err := f.call("update"); err != nil {
		return nil, err
	}
	if f.partitions[in.PartitionValueList[0]] == nil {
		return nil, answer("EntityNotFoundException")
	}
	f.partitions[in.PartitionValueList[0]] = in.PartitionInput
	return &glue.UpdatePartitionOutput{}, nil
}

func (f *fakeGlue) DeletePartition(_ context.Context, in *glue.DeletePartitionInput, _ ...func(*glue.Options)) (*glue.DeletePartitionOutput, error) {
	if err := f.call("delete"); err != nil {
		return nil, err
	}
	if f.partitions[in.PartitionValues[0]] == nil {
		return nil, answer("EntityNotFoundException")
	}
	delete(f.partitions, in.PartitionValues[0])
	return &glue.DeletePartitionOutput{}, nil
}

func (f *fakeGlue) GetPartitions(_ context.Context, in *glue.GetPartitionsInput, _ ...func(*glue.Options)) (*glue.GetPartitionsOutput, error) {
	f.lists = append(f.lists, *in)
	if err := f.call("list"); err != nil {
		return nil, err
	}
	page := func(value, location string) types.Partition {
		return types.Partition{Values: []string{value}, StorageDescriptor: &types.StorageDescriptor{Location: &location}, Parameters: map[string]string{"k": value}}
	}
	if in.NextToken == nil {
		return &glue.GetPartitionsOutput{NextToken: awssdk.String("2"), Partitions: []types.Partition{page("2026-01-15", "s3://b/x/"), page("__HIVE_DEFAULT_PARTITION__", "")}}, nil
	}
	return &glue.GetPartitionsOutput{Partitions: []types.Partition{page("2026-01-16", "s3://b/y/"), {Values: []string{"2026-01-17"}}}}, nil
}

func newGlue() *fakeGlue {
	return &fakeGlue{
		table: &types.Table{StorageDescriptor: &types.StorageDescriptor{
			Location: awssdk.String("s3://b/tables/demand/"), InputFormat: awssdk.String("parquet-in"),
			Columns: []types.Column{{Name: awssdk.String("yhat"), Type: awssdk.String("double")}},
		}},
		partitions: make(map[string]*types.PartitionInput),
	}
}

func TestPoint(t *testing.T) {
	t.Parallel()
	f := newGlue()
	table := catalogue.NewTable(f, "lake", "demand")
	d := calendar.Of(2026, time.January, 15)
	for i, location := range []string{"s3://b/g1/", "s3://b/g2/"} {
		if err := table.Point(t.Context(), d, location, map[string]string{"daybatch.rows": "7"}); err != nil {
			t.Fatalf("Point = %v", err)
		}
		p := f.partitions["2026-01-15"]
		if *p.StorageDescriptor.Location != location || *p.StorageDescriptor.InputFormat != "parquet-in" || len(p.StorageDescriptor.Columns) != 1 ||
			p.Parameters["daybatch.rows"] != "7" {
			t.Errorf("%d: partition = %+v", i, p)
		}
	}
	if *f.table.StorageDescriptor.Location != "s3://b/tables/demand/" {
		t.Error("the table's own location was changed")
	}
	// Dropped by another between the two calls: it is made again.
	f.between = func() { delete(f.partitions, "2026-01-15") }
	if err := table.Point(t.Context(), d, "s3://b/g3/", nil); err != nil || *f.partitions["2026-01-15"].StorageDescriptor.Location != "s3://b/g3/" {
		t.Errorf("Point = %v", err)
	}
	if got, want := strings.Join(f.calls, " "), "table create table create update table create update create"; got != want {
		t.Errorf("calls = %s; want %s", got, want)
	}
	if err := errors.Join(table.Drop(t.Context(), d), table.Drop(t.Context(), d)); err != nil || len(f.partitions) != 0 {
		t.Errorf("Drop = %v, left %v", err, f.partitions)
	}
}

func TestPointFails(t *testing.T) {
	t.Parallel()
	f := newGlue()
	table := catalogue.NewTable(f, "lake", "demand")
	for code, kind := range map[string]error{
		"EntityNotFoundException": forecast.ErrNotFound, "AccessDeniedException": forecast.ErrUnauthorised, "ThrottlingException": forecast.ErrUnavailable,
	} {
		f.fail = answer(code)
		err := table.Point(t.Context(), 1, "s3://b/g1/", nil)
		if !errors.Is(err, kind) || !strings.Contains(err.Error(), "lake.demand") {
			t.Errorf("Point with %s = %v; want %v", code, err, kind)
		}
	}
	f.fail = nil
	f.table.StorageDescriptor = nil
	if err := table.Point(t.Context(), 1, "s3://b/g1/", nil); !errors.Is(err, forecast.ErrInvalid) {
		t.Errorf("Point of a view = %v; want ErrInvalid", err)
	}
}

func TestPartitions(t *testing.T) {
	t.Parallel()
	f := newGlue()
	table := catalogue.NewTable(f, "lake", "demand")
	d := calendar.Of(2026, time.January, 15)
	got, err := table.Partitions(t.Context(), calendar.Range{From: d, To: d + 2})
	want := map[calendar.Date]catalogue.Partition{
		d:     {Date: d, Location: "s3://b/x/", Parameters: map[string]string{"k": "2026-01-15"}},
		d + 1: {Date: d + 1, Location: "s3://b/y/", Parameters: map[string]string{"k": "2026-01-16"}},
		d + 2: {Date: d + 2},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("Partitions = %v (-want +got):\n%s", err, diff)
	}
	if in := f.lists[0]; *in.Expression != "dt >= '2026-01-15' AND dt <= '2026-01-17'" || !*in.ExcludeColumnSchema || *in.MaxResults > 1000 {
		t.Errorf("asked %+v", in)
	}
	for dates, want := range map[calendar.Range]string{{From: d}: "dt >= '2026-01-15'", {To: d}: "dt <= '2026-01-15'", {}: ""} {
		f.lists = nil
		if _, err := table.Partitions(t.Context(), dates); err != nil || awssdk.ToString(f.lists[0].Expression) != want {
			t.Errorf("Partitions(%v) asked %q, %v; want %q", dates, awssdk.ToString(f.lists[0].Expression), err, want)
		}
	}
}

// fakeQuickSight answers with an error code.
type fakeQuickSight struct{ code string }

func (f fakeQuickSight) CreateIngestion(_ context.Context, in *quicksight.CreateIngestionInput, _ ...func(*quicksight.Options)) (*quicksight.CreateIngestionOutput, error) {
	if f.code == "" && *in.IngestionId == "daybatch-1" && *in.AwsAccountId == "123456789012" && *in.DataSetId == "set" {
		return &quicksight.CreateIngestionOutput{}, nil
	}
	return nil, answer(f.code)
}

func (fakeQuickSight) ListIngestions(context.Context, *quicksight.ListIngestionsInput, ...func(*quicksight.Options)) (*quicksight.ListIngestionsOutput, error) {
	panic("nobody asked for it")
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		code string
		kind error
		text string
	}{
		{"", nil, ""},
		{"ResourceExistsException", nil, ""},
		{"LimitExceededException", forecast.ErrUnavailable, "as often as a day allows"},
		{"AccessDeniedException", forecast.ErrUnauthorised, "set"},
		{"ResourceNotFoundException", forecast.ErrNotFound, "set"},
	} {
		err := catalogue.NewDashboard(fakeQuickSight{tt.code}, "123456789012", "set").Refresh(t.Context(), "daybatch-1")
		if !errors.Is(err, tt.kind) || tt.kind != nil && !strings.Contains(err.Error(), tt.text) {
			t.Errorf("Refresh with %q = %v; want %v", tt.code, err, tt.kind)
		}
	}
}

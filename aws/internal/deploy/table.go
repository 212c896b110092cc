package deploy

import (
	"context"
	"fmt"
	"maps"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/lake"
)

type catalogueClient interface {
	GetDatabase(ctx context.Context, in *glue.GetDatabaseInput, options ...func(*glue.Options)) (*glue.GetDatabaseOutput, error)
	CreateDatabase(ctx context.Context, in *glue.CreateDatabaseInput, options ...func(*glue.Options)) (*glue.CreateDatabaseOutput, error)
	GetTable(ctx context.Context, in *glue.GetTableInput, options ...func(*glue.Options)) (*glue.GetTableOutput, error)
	CreateTable(ctx context.Context, in *glue.CreateTableInput, options ...func(*glue.Options)) (*glue.CreateTableOutput, error)
	UpdateTable(ctx context.Context, in *glue.UpdateTableInput, options ...func(*glue.Options)) (*glue.UpdateTableOutput, error)
}

// database is the database that the table is in. It may be anybody's.
type database struct {
	client catalogueClient
	name   string
}

func (d *database) read(ctx context.Context) (Change, error) {
	change := Change{Kind: KindDatabase, Name: d.name, Action: ActionKeep}
	_, err := d.client.GetDatabase(ctx, &glue.GetDatabaseInput{Name: &d.name})
	switch {
	case absent(err):
		change.Action = ActionCreate
	case err != nil:
		return Change{}, failed(err, "look at database %s", d.name)
	}
	return change, nil
}

func (d *database) apply(ctx context.Context) error {
	_, err := d.client.CreateDatabase(ctx, &glue.CreateDatabaseInput{DatabaseInput: &types.DatabaseInput{
		Name: &d.name, Description: awssdk.String("forecasts that daybatch publishes"),
	}})
	if err != nil {
		return failed(err, "create database %s", d.name)
	}
	return nil
}

// ownerKey says in a table's parameters whose it is.
const ownerKey = "daybatch.pipeline"

// projectionKey switches the projection of partitions on. With it Athena does
// not look into the catalogue, and would see no generation or the wrong one.
const projectionKey = "projection.enabled"

// table is the table of the forecasts. It has no data of its own: each partition
// names the place of its current generation.
type table struct {
	client   catalogueClient
	pipeline string
	database string
	wanted   *types.TableInput

	found *types.Table // by the last read; nil: none
}

func newTable(client catalogueClient, o Options) (*table, error) {
	columns, err := columnsOf(o.Definition)
	if err != nil {
		return nil, err
	}
	t := &table{client: client, pipeline: o.Definition.Pipeline, database: o.Settings.Database}
	t.wanted = &types.TableInput{
		Name:        awssdk.String(o.Definition.Target.Table),
		Description: awssdk.String("daybatch: forecasts of " + o.Definition.Pipeline + ", a partition for each date"),
		TableType:   awssdk.String("EXTERNAL_TABLE"),
		Parameters:  map[string]string{ownerKey: o.Definition.Pipeline, "classification": "parquet", "EXTERNAL": "TRUE"},
		PartitionKeys: []types.Column{{
			Name: awssdk.String(lake.PartitionColumn), Type: awssdk.String("date"), Comment: awssdk.String("the date that the forecast was made for"),
		}},
		StorageDescriptor: &types.StorageDescriptor{
			Columns:      columns,
			Location:     awssdk.String(naming.URI(o.Settings.Bucket, o.Settings.Prefix, naming.Tables+o.Definition.Target.Table+"/")),
			InputFormat:  awssdk.String("org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"),
			OutputFormat: awssdk.String("org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"),
			SerdeInfo: &types.SerDeInfo{
				SerializationLibrary: awssdk.String("org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"),
				Parameters:           map[string]string{"serialization.format": "1"},
			},
		},
	}
	return t, nil
}

// columnsOf returns the columns of the partitions as the catalogue calls them: in
// small letters, by which Athena finds those of the files.
func columnsOf(d forecast.Definition) ([]types.Column, error) {
	layout := lake.Layout{Series: d.Source.Series, Levels: d.Forecast.Levels}
	var columns []types.Column
	seen := map[string]bool{lake.PartitionColumn: true}
	for i, name := range layout.Columns() {
		kind := "double"
		switch {
		case i < len(layout.Series), name == lake.ModelColumn, name == lake.KindColumn, name == lake.GenerationColumn:
			kind = "string"
		case name == lake.DateColumn, name == lake.MadeForColumn:
			kind = "date"
		case name == lake.HorizonColumn, name == lake.AgeColumn:
			kind = "bigint"
		}
		name = strings.ToLower(name)
		if seen[name] {
			return nil, fmt.Errorf("%w: two columns of the table are called %s, which are one in the Glue catalogue", forecast.ErrInvalid, name)
		}
		seen[name] = true
		columns = append(columns, types.Column{Name: &name, Type: &kind})
	}
	return columns, nil
}

func (t *table) name() string { return t.database + "." + *t.wanted.Name }

func (t *table) read(ctx context.Context) (Change, error) {
	change := Change{Kind: KindTable, Name: t.name(), Action: ActionKeep}
	out, err := t.client.GetTable(ctx, &glue.GetTableInput{DatabaseName: &t.database, Name: t.wanted.Name})
	if absent(err) {
		t.found, change.Action = nil, ActionCreate
		return change, nil
	}
	if err != nil {
		return Change{}, failed(err, "look at table %s", t.name())
	}
	t.found = out.Table
	if reason := t.refusal(); reason != "" {
		change.Action, change.Reason = ActionRefuse, reason
		return change, nil
	}
	if change.Fields = t.differences(); len(change.Fields) > 0 {
		change.Action = ActionUpdate
	}
	return change, nil
}

// refusal says why the table can't be made what is wanted; empty: it can.
func (t *table) refusal() string {
	switch owner := t.found.Parameters[ownerKey]; owner {
	case t.pipeline:
	case "":
		return "there is a table of that name that daybatch did not make: choose another target.table or sagemaker.database"
	default:
		return fmt.Sprintf("it is the table of the pipeline %s: choose another target.table or sagemaker.database", owner)
	}
	if keys := columnTypes(t.found.PartitionKeys); !maps.Equal(keys, columnTypes(t.wanted.PartitionKeys)) {
		return fmt.Sprintf("its partition keys are %v, and keys can't be changed", keys)
	}
	there := columnTypes(storage(t.found).Columns)
	for _, column := range t.wanted.StorageDescriptor.Columns {
		if kind, ok := there[*column.Name]; ok && kind != *column.Type {
			return fmt.Sprintf("its column %s is a %s and would be a %s: partitions that are there could not be read any more", *column.Name, kind, *column.Type)
		}
	}
	return ""
}

func columnTypes(columns []types.Column) map[string]string {
	kinds := make(map[string]string, len(columns))
	for _, column := range columns {
		kinds[awssdk.ToString(column.Name)] = awssdk.ToString(column.Type)
	}
	return kinds
}

// storage returns where and how a table's files are; a view has none.
func storage(t *types.Table) types.StorageDescriptor {
	if t.StorageDescriptor == nil {
		return types.StorageDescriptor{}
	}
	return *t.StorageDescriptor
}

func (t *table) differences() []Field {
	var fields []Field
	got, want := storage(t.found), t.wanted.StorageDescriptor
	there := columnTypes(got.Columns)
	for _, column := range want.Columns {
		fields = append(fields, difference("column "+*column.Name, there[*column.Name], *column.Type)...)
	}
	fields = append(fields, difference("location", awssdk.ToString(got.Location), *want.Location)...)
	fields = append(fields, difference("input format", awssdk.ToString(got.InputFormat), *want.InputFormat)...)
	fields = append(fields, difference("output format", awssdk.ToString(got.OutputFormat), *want.OutputFormat)...)
	var serde types.SerDeInfo
	if got.SerdeInfo != nil {
		serde = *got.SerdeInfo
	}
	fields = append(fields, difference("serde", awssdk.ToString(serde.SerializationLibrary), *want.SerdeInfo.SerializationLibrary)...)
	return append(fields, difference(projectionKey, t.found.Parameters[projectionKey], "")...)
}

func (t *table) apply(ctx context.Context) error {
	if t.found == nil {
		_, err := t.client.CreateTable(ctx, &glue.CreateTableInput{DatabaseName: &t.database, TableInput: t.wanted})
		if err != nil {
			return failed(err, "create table %s", t.name())
		}
		return nil
	}
	_, err := t.client.UpdateTable(ctx, &glue.UpdateTableInput{DatabaseName: &t.database, TableInput: t.merged()})
	if err != nil {
		return failed(err, "update table %s", t.name())
	}
	return nil
}

// merged returns the table with what is wanted in it. UpdateTable replaces all of
// it, so what others have put there goes back. Columns that are not wanted any
// more stay: old partitions have them.
func (t *table) merged() *types.TableInput {
	found := t.found
	merged := &types.TableInput{
		Name: t.wanted.Name, Description: found.Description, Owner: found.Owner, Retention: found.Retention,
		LastAccessTime: found.LastAccessTime, LastAnalyzedTime: found.LastAnalyzedTime,
		PartitionKeys: found.PartitionKeys, TableType: t.wanted.TableType, Parameters: maps.Clone(found.Parameters),
	}
	maps.Copy(merged.Parameters, t.wanted.Parameters)
	delete(merged.Parameters, projectionKey)
	descriptor := storage(found)
	there := columnTypes(descriptor.Columns)
	for _, column := range t.wanted.StorageDescriptor.Columns {
		if _, ok := there[*column.Name]; !ok {
			descriptor.Columns = append(descriptor.Columns, column)
		}
	}
	want := t.wanted.StorageDescriptor
	descriptor.Location, descriptor.InputFormat, descriptor.OutputFormat, descriptor.SerdeInfo = want.Location, want.InputFormat, want.OutputFormat, want.SerdeInfo
	merged.StorageDescriptor = &descriptor
	return merged
}

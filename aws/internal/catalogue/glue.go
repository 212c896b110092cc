package catalogue

import (
	"context"
	"errors"
	"fmt"
	"maps"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	"github.com/daybatch/daybatch/aws/internal/cloud"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// glueAPI are the calls about a table.
type glueAPI interface {
	GetTable(ctx context.Context, in *glue.GetTableInput, options ...func(*glue.Options)) (*glue.GetTableOutput, error)
	CreatePartition(ctx context.Context, in *glue.CreatePartitionInput, options ...func(*glue.Options)) (*glue.CreatePartitionOutput, error)
	UpdatePartition(ctx context.Context, in *glue.UpdatePartitionInput, options ...func(*glue.Options)) (*glue.UpdatePartitionOutput, error)
	DeletePartition(ctx context.Context, in *glue.DeletePartitionInput, options ...func(*glue.Options)) (*glue.DeletePartitionOutput, error)
	GetPartitions(ctx context.Context, in *glue.GetPartitionsInput, options ...func(*glue.Options)) (*glue.GetPartitionsOutput, error)
}

// Table is a Glue table that is partitioned by dt, a date. NewTable makes one.
type Table struct {
	api            glueAPI
	database, name string
}

// NewTable returns a table of a database.
func NewTable(api glueAPI, database, name string) *Table {
	return &Table{api: api, database: database, name: name}
}

// Partition is what the catalogue says of a date.
type Partition struct {
	Date       calendar.Date
	Location   string // s3://...
	Parameters map[string]string
}

const (
	// pointRounds is how often a partition is made and replaced in turn while
	// others do the opposite.
	pointRounds = 5
	// partitionPage is how many partitions a call returns at most.
	partitionPage = 1000
)

// Point makes readers of a date read a location, by a partition with the table's
// own columns and format. It replaces what the catalogue said of the date.
func (t *Table) Point(ctx context.Context, date calendar.Date, location string, parameters map[string]string) error {
	table, err := t.api.GetTable(ctx, &glue.GetTableInput{DatabaseName: &t.database, Name: &t.name})
	if err != nil {
		return t.fail("read", err)
	}
	if table.Table == nil || table.Table.StorageDescriptor == nil {
		return fmt.Errorf("read table %s.%s: %w: it has no storage descriptor: is it a view?", t.database, t.name, forecast.ErrInvalid)
	}
	storage := *table.Table.StorageDescriptor
	storage.Location = &location
	input := &types.PartitionInput{
		Values: []string{date.String()}, StorageDescriptor: &storage, Parameters: maps.Clone(parameters),
	}
	for range pointRounds {
		_, err = t.api.CreatePartition(ctx, &glue.CreatePartitionInput{DatabaseName: &t.database, TableName: &t.name, PartitionInput: input})
		if cloud.Code(err) != "AlreadyExistsException" {
			break
		}
		_, err = t.api.UpdatePartition(ctx, &glue.UpdatePartitionInput{
			DatabaseName: &t.database, TableName: &t.name, PartitionValueList: input.Values, PartitionInput: input,
		})
		if cloud.Code(err) != "EntityNotFoundException" { // dropped in between
			break
		}
	}
	if err != nil {
		return t.fail("point partition "+date.String()+" of", err)
	}
	return nil
}

// Drop takes a date out of the catalogue. One that is not there is no error.
func (t *Table) Drop(ctx context.Context, date calendar.Date) error {
	_, err := t.api.DeletePartition(ctx, &glue.DeletePartitionInput{
		DatabaseName: &t.database, TableName: &t.name, PartitionValues: []string{date.String()},
	})
	if err = t.fail("drop partition "+date.String()+" of", err); errors.Is(err, forecast.ErrNotFound) {
		return nil
	}
	return err
}

// Partitions returns what the catalogue says of the dates of a range, whose zero
// ends are open. Partitions that are no dates are left out.
func (t *Table) Partitions(ctx context.Context, dates calendar.Range) (map[calendar.Date]Partition, error) {
	in := &glue.GetPartitionsInput{
		DatabaseName: &t.database, TableName: &t.name, ExcludeColumnSchema: awssdk.Bool(true), MaxResults: awssdk.Int32(partitionPage),
	}
	if expression := expressionOf(dates); expression != "" {
		in.Expression = &expression
	}
	all := make(map[calendar.Date]Partition)
	for {
		out, err := t.api.GetPartitions(ctx, in)
		if err != nil {
			return nil, t.fail("list partitions of", err)
		}
		for _, p := range out.Partitions {
			if found, ok := partitionOf(p); ok {
				all[found.Date] = found
			}
		}
		if in.NextToken = out.NextToken; awssdk.ToString(out.NextToken) == "" {
			return all, nil
		}
	}
}

func expressionOf(dates calendar.Range) string {
	from, to := "dt >= '"+dates.From.String()+"'", "dt <= '"+dates.To.String()+"'"
	switch {
	case dates.From.IsZero() && dates.To.IsZero():
		return ""
	case dates.To.IsZero():
		return from
	case dates.From.IsZero():
		return to
	default:
		return from + " AND " + to
	}
}

func partitionOf(p types.Partition) (Partition, bool) {
	if len(p.Values) != 1 {
		return Partition{}, false
	}
	date, err := calendar.Parse(p.Values[0])
	if err != nil {
		return Partition{}, false
	}
	found := Partition{Date: date, Parameters: p.Parameters}
	if p.StorageDescriptor != nil {
		found.Location = awssdk.ToString(p.StorageDescriptor.Location)
	}
	return found, true
}

func (t *Table) fail(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s table %s.%s: %w", doing, t.database, t.name, cloud.Error(err))
}

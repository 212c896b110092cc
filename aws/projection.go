package aws

import (
	"context"
	"fmt"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/glue"

	"github.com/daybatch/daybatch/aws/internal/calls"
	"github.com/daybatch/daybatch/aws/internal/catalogue"
	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// projection is the catalogue, which shows readers what the records say.
type projection struct {
	table  *catalogue.Table // nil: there is no catalogue
	athena *catalogue.Athena
}

func (e *Engine) newProjection(config awssdk.Config) projection {
	s := e.options.Settings
	if s.Database == "" {
		return projection{}
	}
	return projection{
		table: catalogue.NewTable(calls.OfGlue(glue.NewFromConfig(config)), s.Database, e.definition.Target.Table),
		athena: catalogue.NewAthena(calls.OfAthena(athena.NewFromConfig(config)), catalogue.AthenaOptions{
			Database: s.Database, Workgroup: s.Workgroup, Results: naming.URI(e.bucket.Name, e.bucket.Prefix, naming.Queries),
			Sleep: sleep, NewID: e.options.NewID,
		}),
	}
}

// Point brings the catalogue's partition of a date up to its record.
func (p projection) Point(ctx context.Context, r record.Date) error {
	if p.table == nil {
		return nil
	}
	g := r.Generations[r.Current]
	if g == nil {
		return p.table.Drop(ctx, r.Date) //nolint:wrapcheck // it names the partition
	}
	return p.table.Point(ctx, r.Date, g.Path, g.Parameters()) //nolint:wrapcheck // it names the partition
}

// Shown returns the locations of the partitions that the catalogue has, and
// false if there is no catalogue.
func (p projection) Shown(ctx context.Context) (map[calendar.Date]string, bool, error) {
	if p.table == nil {
		return nil, false, nil
	}
	partitions, err := p.table.Partitions(ctx, calendar.Range{})
	if err != nil {
		return nil, false, err //nolint:wrapcheck // it names the table
	}
	shown := make(map[calendar.Date]string, len(partitions))
	for d, partition := range partitions {
		shown[d] = partition.Location
	}
	return shown, true, nil
}

// Query runs a read-only query over the catalogue's tables.
func (p projection) Query(ctx context.Context, query forecast.TableQuery) (forecast.Table, error) {
	if p.athena == nil {
		return forecast.Table{}, fmt.Errorf("query: %w: the project names no database: set sagemaker.database", forecast.ErrInvalid)
	}
	return p.athena.Query(ctx, query) //nolint:wrapcheck // it says what is wrong with the query
}

package aws

import (
	"context"

	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// projection is the catalogue, which shows readers what the records say.
type projection interface {
	// Point brings the catalogue's partition of a date up to its record.
	Point(ctx context.Context, r record.Date) error
	// Shown returns the locations of the partitions that the catalogue has.
	Shown(ctx context.Context) (map[calendar.Date]string, error)
	// Query runs a read-only query over the catalogue's tables.
	Query(ctx context.Context, query forecast.TableQuery) (forecast.Table, error)
}

func newProjection(e *Engine) projection { return nil }

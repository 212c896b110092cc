package effects

import (
	"context"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Kinds of requests for what executions made.
const (
	KindPartitions Kind = "partitions"
	KindForecasts  Kind = "forecasts"
	KindCompare    Kind = "compare"
	KindRollback   Kind = "rollback"
	KindRedefined  Kind = "redefined"
	KindQuery      Kind = "query"
)

// Partitions reads all generations of a date. It replies with
// []forecast.Partition, the current one first, then the newest.
func (s *Scope) Partitions(date calendar.Date) tea.Cmd {
	return s.generations("read generations of "+date.String(), calendar.Range{From: date, To: date})
}

// Generations reads all generations of the dates of a range, in one call. It replies
// with []forecast.Partition, newest date first.
func (s *Scope) Generations(span calendar.Range) tea.Cmd {
	return s.generations("read older generations", span)
}

func (s *Scope) generations(doing string, span calendar.Range) tea.Cmd {
	query := forecast.PartitionQuery{Range: span, All: true}
	return ask(s, call{KindPartitions, doing, deadline, patient}, func(ctx context.Context) ([]forecast.Partition, error) {
		return s.effects.engine.Partitions(ctx, query)
	})
}

// Forecasts reads what is published for a date, as a request of a kind, so that a
// page can have several. It replies with []forecast.SeriesForecast, by series.
func (s *Scope) Forecasts(kind Kind, query forecast.SeriesQuery) tea.Cmd {
	return ask(s, call{kind, "read forecasts of " + query.Date.String(), deadline, patient}, func(ctx context.Context) ([]forecast.SeriesForecast, error) {
		return s.effects.engine.Forecasts(ctx, query)
	})
}

// Query runs a query that only reads. It replies with a forecast.Table.
func (s *Scope) Query(query forecast.TableQuery) tea.Cmd {
	return ask(s, call{KindQuery, "query", changeDeadline, once}, func(ctx context.Context) (forecast.Table, error) {
		return s.effects.engine.Query(ctx, query)
	})
}

// Compare compares two generations. It replies with a forecast.Comparison.
func (s *Scope) Compare(query forecast.CompareQuery) tea.Cmd {
	return ask(s, call{KindCompare, "compare generations of " + query.Date.String(), deadline, patient}, func(ctx context.Context) (forecast.Comparison, error) {
		return s.effects.engine.Compare(ctx, query)
	})
}

// Rollback makes an older generation current. It replies with the
// forecast.Partition that readers see now.
func (s *Scope) Rollback(request forecast.RollbackRequest) tea.Cmd {
	change := ask(s, call{KindRollback, "roll back " + request.Date.String(), changeDeadline, lasting}, func(ctx context.Context) (forecast.Partition, error) {
		return s.effects.engine.Rollback(ctx, request)
	})
	command := "partition rollback " + request.Date.String()
	if request.Generation != "" {
		command += " --generation " + request.Generation
	}
	return s.noted(toDate("roll back "+request.Date.String(), command, request.Date), change)
}

// Redefined is what differs between two definitions.
type Redefined struct {
	From, To string   // hashes
	Changes  []string // nil: not known, or nothing
}

// Redefined reads what differs between the definitions of two hashes. It replies
// with a Redefined; an engine that keeps no definitions is no error.
func (s *Scope) Redefined(from, to string) tea.Cmd {
	return ask(s, call{KindRedefined, "compare definitions", deadline, patient}, func(ctx context.Context) (Redefined, error) {
		answer := Redefined{From: from, To: to}
		reader, ok := s.effects.engine.(forecast.DefinitionReader)
		if !ok {
			return answer, nil
		}
		then, err := reader.Definition(ctx, from)
		if err != nil {
			return answer, ignoreNotFound(err)
		}
		now, err := reader.Definition(ctx, to)
		if err != nil {
			return answer, ignoreNotFound(err)
		}
		answer.Changes, err = then.Changes(now)
		if err != nil {
			return answer, fmt.Errorf("compare definitions %s and %s: %w", from, to, err)
		}
		return answer, nil
	})
}

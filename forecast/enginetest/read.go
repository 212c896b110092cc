package enginetest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
)

// Days returns the selected days, newest first.
func (f *Fake) Days(ctx context.Context, query forecast.DayQuery) ([]forecast.Day, error) {
	if err := f.enter(ctx, "Days"); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	window, err := plan.Window(query, f.cal, f.now())
	if err != nil {
		return nil, fmt.Errorf("read days: %w", err)
	}
	days := make([]forecast.Day, 0, window.Len())
	for d := window.To; d >= window.From; d-- {
		days = append(days, cloneDay(f.day(d)))
	}
	return days, nil
}

// Executions returns the attempts of a date, oldest first.
func (f *Fake) Executions(ctx context.Context, date calendar.Date) ([]forecast.Execution, error) {
	if err := f.enter(ctx, "Executions"); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	attempts := make([]forecast.Execution, 0, len(f.attempts[date]))
	for _, e := range f.attempts[date] {
		attempts = append(attempts, cloneExecution(e))
	}
	return attempts, nil
}

// Execution returns one attempt.
func (f *Fake) Execution(ctx context.Context, id forecast.ExecutionID) (forecast.Execution, error) {
	if err := f.enter(ctx, "Execution"); err != nil {
		return forecast.Execution{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	e := f.find(id)
	if e == nil {
		return forecast.Execution{}, fmt.Errorf("read execution %s: %w", id, forecast.ErrNotFound)
	}
	return cloneExecution(*e), nil
}

// Definition returns what attempts ran under.
func (f *Fake) Definition(ctx context.Context, hash string) (forecast.Definition, error) {
	if err := f.enter(ctx, "Definition"); err != nil {
		return forecast.Definition{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	def, ok := f.definitions[hash]
	if !ok {
		return forecast.Definition{}, fmt.Errorf("read definition %s: %w", hash, forecast.ErrNotFound)
	}
	return def, nil
}

// Evaluation returns what the gate saw in an execution.
func (f *Fake) Evaluation(ctx context.Context, id forecast.ExecutionID) (forecast.Evaluation, error) {
	if err := f.enter(ctx, "Evaluation"); err != nil {
		return forecast.Evaluation{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	score, ok := f.scores[id]
	if !ok {
		return forecast.Evaluation{}, fmt.Errorf("read evaluation of %s: %w", id, forecast.ErrNotFound)
	}
	return cloneEvaluation(score), nil
}

// Forecasts returns the forecasts of a generation.
func (f *Fake) Forecasts(ctx context.Context, query forecast.SeriesQuery) ([]forecast.SeriesForecast, error) {
	if err := f.enter(ctx, "Forecasts"); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	p, err := f.named(query.Date, query.Generation)
	if err != nil {
		return nil, fmt.Errorf("read forecasts of %s: %w", query.Date, err)
	}
	found := f.forecastsOf(query, p)
	if len(found) == 0 {
		return nil, fmt.Errorf("read forecast of %s on %s: %w", query.Series, query.Date, forecast.ErrNotFound)
	}
	return found, nil
}

// Partitions returns generations, newest date first, current ones first.
func (f *Fake) Partitions(ctx context.Context, query forecast.PartitionQuery) ([]forecast.Partition, error) {
	if err := f.enter(ctx, "Partitions"); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	found := []forecast.Partition{}
	for d, generations := range f.generations {
		if d < query.Range.From || !query.Range.To.IsZero() && d > query.Range.To {
			continue
		}
		for _, g := range generations {
			if query.All || g.Current {
				found = append(found, g)
			}
		}
	}
	slices.SortFunc(found, func(a, b forecast.Partition) int {
		return cmp.Or(cmp.Compare(b.Date, a.Date), cmp.Compare(rank(a), rank(b)), b.Published.Compare(a.Published), cmp.Compare(b.Attempt, a.Attempt))
	})
	return found, nil
}

func rank(g forecast.Partition) int {
	if g.Current {
		return 0
	}
	return 1
}

// Query answers a statement that SetTable knows with its table, and any other
// with the current generations. It is no database.
func (f *Fake) Query(ctx context.Context, query forecast.TableQuery) (forecast.Table, error) {
	if err := f.enter(ctx, "Query"); err != nil {
		return forecast.Table{}, err
	}
	verb, _, _ := strings.Cut(strings.TrimSpace(query.SQL), " ")
	if !slices.Contains([]string{"select", "with", "from", "describe", "show", "summarize", "explain", "values"}, strings.ToLower(verb)) {
		return forecast.Table{}, fmt.Errorf("query: %w: %q is no statement that only reads", forecast.ErrInvalid, verb)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	table, ok := f.tables[strings.TrimSpace(query.SQL)]
	if !ok {
		table = f.catalogue()
	}
	table = cloneTable(table)
	limit := query.Limit
	if limit <= 0 {
		limit = 1000
	}
	if len(table.Rows) > limit {
		table.Rows, table.Truncated = table.Rows[:limit], true
	}
	return table, nil
}

// catalogue lists the current generations as a table.
func (w *world) catalogue() forecast.Table {
	table := forecast.Table{Columns: []forecast.Column{
		{Name: "dt", Type: "DATE"}, {Name: "generation", Type: "VARCHAR"}, {Name: "rows", Type: "BIGINT"},
	}}
	var dates []calendar.Date
	for d := range w.generations {
		dates = append(dates, d)
	}
	slices.Sort(dates)
	for _, d := range dates {
		g := w.facts(d).Current
		table.Rows = append(table.Rows, []any{d, g.Generation, g.Rows})
	}
	return table
}

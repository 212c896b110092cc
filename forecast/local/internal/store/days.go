package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// DateRecord is what is recorded of a date.
type DateRecord struct {
	Last     forecast.Execution // with its steps; Attempt is 0 if there is none
	Current  forecast.Partition
	FirstOwn time.Time
	Metrics  forecast.Measures // of the newest attempt that was evaluated
	Lease    *Lease            // nil if nobody holds the date
	// Source is the observation of the source that the rows of Last stem from; 0:
	// nobody looked.
	Source int64
	Check  *SourceCheck // nil: nobody looked at the source for the date
}

// Dates returns what is recorded of the dates of a range; dates of which
// nothing is are absent. The number of queries does not depend on the range.
func (s *Store) Dates(ctx context.Context, r calendar.Range) (map[calendar.Date]*DateRecord, error) {
	records := make(map[calendar.Date]*DateRecord)
	err := s.view(ctx, "read days", func(tx *sql.Tx) error {
		for _, load := range []func(context.Context, *sql.Tx, calendar.Range, map[calendar.Date]*DateRecord) error{
			s.loadLast, s.loadCurrent, s.loadLeases, s.loadChecks,
		} {
			if err := load(ctx, tx, r, records); err != nil {
				return err
			}
		}
		return nil
	})
	return records, err
}

func record(records map[calendar.Date]*DateRecord, d calendar.Date) *DateRecord {
	if records[d] == nil {
		records[d] = &DateRecord{}
	}
	return records[d]
}

const attemptColumns = `a.id, a.pipeline, a.date, a.n, a.status, a.unknown_since, a.reason_class, a.reason, a.cause, a.actor, a.host,
	a.definition, a.parent, a.start_step, a.plan, a.generation, a.created_at, a.started_at, a.ended_at, a.source, iif(a.steps <> '', a.steps, ` + stepsOf + `)`

// attemptRow is an execution with what is not for the engine's callers.
type attemptRow struct {
	forecast.Execution

	id     int64
	source int64 // observation
}

func scanAttempt(rows *sql.Rows, more ...any) (attemptRow, error) {
	var e attemptRow
	var steps string
	var unknown, created, started, ended int64
	var date dateText
	var parent int
	err := rows.Scan(append([]any{
		&e.id, &e.Pipeline, &date, &e.Attempt, &e.Status, &unknown, &e.Reason.Class, &e.Reason.Text, &e.Cause, &e.Actor, &e.Host,
		&e.Definition, &parent, &e.StartStep, &e.Plan, &e.Generation, &created, &started, &ended, &e.source, &steps,
	}, more...)...)
	if err != nil {
		return e, err
	}
	e.Date, e.Reason = calendar.Date(date), e.Reason.Redacted()
	e.ID, e.Parent = ExecutionID(e.Date, e.Attempt), ExecutionID(e.Date, parent)
	e.UnknownSince, e.Created, e.Started, e.Ended = instant(unknown), instant(created), instant(started), instant(ended)
	e.Steps, err = unpackSteps(steps, e.Date)
	return e, err
}

func (s *Store) loadLast(ctx context.Context, tx *sql.Tx, r calendar.Range, records map[calendar.Date]*DateRecord) error {
	return each(ctx, tx, func(rows *sql.Rows) error {
		var metrics string
		e, err := scanAttempt(rows, &metrics)
		if err != nil {
			return err
		}
		entry := record(records, e.Date)
		entry.Last, entry.Source = e.Execution, e.source
		if metrics == "" {
			return nil
		}
		return json.Unmarshal([]byte(metrics), &entry.Metrics)
	}, `SELECT `+attemptColumns+`, iif(a.metrics <> '', a.metrics, coalesce((SELECT metrics FROM attempt AS older
			WHERE older.pipeline = a.pipeline AND older.date = a.date AND older.metrics <> '' ORDER BY older.n DESC LIMIT 1), ''))
		FROM attempt AS a WHERE a.pipeline = ? AND a.last = 1 AND a.date BETWEEN ? AND ?`, s.Pipeline, r.From.String(), r.To.String())
}

const partitionColumns = `g.date, g.tbl, g.id, g.kind, a.n, g.rows, g.bytes, g.series, g.path, g.fallback_of, g.fallback_model, g.created_at`

func scanPartition(rows *sql.Rows, more ...any) (forecast.Partition, error) {
	var p forecast.Partition
	var date, fallback dateText
	var written int64
	err := rows.Scan(append([]any{&date, &p.Table, &p.Generation, &p.Kind, &p.Attempt, &p.Rows, &p.Bytes, &p.Series, &p.Path, &fallback, &p.FallbackModel, &written}, more...)...)
	p.Date, p.FallbackOf = calendar.Date(date), calendar.Date(fallback)
	p.Execution, p.Written = ExecutionID(p.Date, p.Attempt), instant(written)
	if p.Kind == forecast.GenerationFallback { // the attempt is that of the forecast's own date
		p.Execution, p.Attempt = "", 0
	}
	return p, err
}

func (s *Store) loadCurrent(ctx context.Context, tx *sql.Tx, r calendar.Range, records map[calendar.Date]*DateRecord) error {
	return each(ctx, tx, func(rows *sql.Rows) error {
		var at, first int64
		p, err := scanPartition(rows, &at, &first)
		p.Current, p.Published = true, instant(at)
		entry := record(records, p.Date)
		entry.Current, entry.FirstOwn = p, instant(first)
		return err
	}, `SELECT `+partitionColumns+`, p.at, coalesce((SELECT o.at FROM publication o CROSS JOIN generation og ON og.id = o.to_generation
			WHERE o.tbl = c.tbl AND o.date = c.date AND og.kind <> 'fallback' ORDER BY o.at LIMIT 1), 0)
		FROM current c CROSS JOIN generation g ON g.id = c.generation
		CROSS JOIN publication p ON p.id = c.publication CROSS JOIN attempt a ON a.id = g.attempt
		WHERE c.tbl = ? AND c.date BETWEEN ? AND ?`, s.Table, r.From.String(), r.To.String())
}

func (s *Store) loadLeases(ctx context.Context, tx *sql.Tx, r calendar.Range, records map[calendar.Date]*DateRecord) error {
	return each(ctx, tx, func(rows *sql.Rows) error {
		l, err := scanLease(rows)
		record(records, l.Date).Lease = &l
		return err
	}, `SELECT `+leaseColumns+` FROM lease l JOIN attempt a ON a.id = l.attempt WHERE l.pipeline = ? AND l.date BETWEEN ? AND ?`,
		s.Pipeline, r.From.String(), r.To.String())
}

// Executions returns the attempts of a date, oldest first.
func (s *Store) Executions(ctx context.Context, date calendar.Date) ([]forecast.Execution, error) {
	return s.executions(ctx, `a.pipeline = ? AND a.date = ?`, s.Pipeline, date.String())
}

// Execution returns an attempt, or an error wrapping forecast.ErrNotFound.
func (s *Store) Execution(ctx context.Context, id forecast.ExecutionID) (forecast.Execution, error) {
	date, n, ok := ParseExecutionID(id)
	if !ok {
		return forecast.Execution{}, fmt.Errorf("read execution %q: %w", id, forecast.ErrNotFound)
	}
	list, err := s.executions(ctx, `a.pipeline = ? AND a.date = ? AND a.n = ?`, s.Pipeline, date.String(), n)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("read execution %s: %w", id, forecast.ErrNotFound)
	}
	if err != nil {
		return forecast.Execution{}, err
	}
	return list[0], nil
}

func (s *Store) executions(ctx context.Context, where string, args ...any) ([]forecast.Execution, error) {
	var list []forecast.Execution
	err := s.view(ctx, "read executions", func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			e, err := scanAttempt(rows)
			list = append(list, e.Execution)
			return err
		}, `SELECT `+attemptColumns+` FROM attempt a WHERE `+where+` ORDER BY a.n`, args...)
	})
	return list, err
}

// Partitions returns generations of a range, newest date first, the current one
// first in its date, then by age, newest first.
func (s *Store) Partitions(ctx context.Context, query forecast.PartitionQuery) ([]forecast.Partition, error) {
	to := query.Range.To
	if to.IsZero() {
		to = calendar.Of(9999, time.December, 31)
	}
	var list []forecast.Partition
	err := s.view(ctx, "read partitions", func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			var at sql.NullInt64
			var current bool
			p, err := scanPartition(rows, &at, &current)
			p.Published, p.Current = instant(at.Int64), current
			list = append(list, p)
			return err
		}, `SELECT `+partitionColumns+`, (SELECT max(at) FROM publication WHERE tbl = g.tbl AND date = g.date AND to_generation = g.id), c.generation IS NOT NULL AS cur
			FROM generation g JOIN attempt a ON a.id = g.attempt LEFT JOIN current c ON c.tbl = g.tbl AND c.date = g.date AND c.generation = g.id
			WHERE g.tbl = ? AND g.date BETWEEN ? AND ? AND g.state = 'built' AND (? OR cur) ORDER BY g.date DESC, cur DESC, g.created_at DESC, a.n DESC`,
			s.Table, query.Range.From.String(), to.String(), query.All)
	})
	return list, err
}

// Current returns the current generation of a date, empty if none.
func (s *Store) Current(ctx context.Context, date calendar.Date) (string, error) {
	var generation string
	err := s.view(ctx, "read partition of "+date.String(), func(tx *sql.Tx) error {
		var err error
		generation, err = s.current(ctx, tx, date)
		return err
	})
	return generation, err
}

// Typical is how long the last good days took (median), and how many they were:
// those whose steps had a process each, and those that shared one, which saves
// its starts. The zero value knows of none.
type Typical struct {
	Own, Shared         time.Duration
	OwnDays, SharedDays int
	// Steps is how long each step worked, of the first kind, all together.
	Steps map[forecast.StepName]time.Duration
}

// Typical returns how long good days take, by at most 14 of either kind among the
// newest attempts.
func (s *Store) Typical(ctx context.Context) (Typical, error) {
	const most = 14
	var own, shared []time.Duration
	steps := make(map[forecast.StepName]time.Duration)
	err := s.view(ctx, "read durations", func(tx *sql.Tx) error {
		err := each(ctx, tx, func(rows *sql.Rows) error {
			var name string
			var micro int64
			err := rows.Scan(&name, &micro)
			steps[forecast.StepName(name)] += time.Duration(micro) * time.Microsecond
			return err
		}, `SELECT s.name, s.ended_at - s.started_at FROM (
			SELECT a.id FROM attempt a JOIN step_try t ON t.attempt = a.id
			WHERE a.pipeline = ? AND a.status = 'Succeeded' AND a.start_step = 'Extract' AND a.parent = 0
			GROUP BY a.id HAVING count(t.k) = count(DISTINCT t.pid || ' ' || t.pid_start) ORDER BY a.id DESC LIMIT ?
		) a JOIN step s ON s.attempt = a.id WHERE s.started_at > 0 AND s.ended_at > s.started_at`, s.Pipeline, most)
		if err != nil {
			return err
		}
		return each(ctx, tx, func(rows *sql.Rows) error {
			var micro, tries, processes int64
			err := rows.Scan(&micro, &tries, &processes)
			list := &own
			if processes < tries {
				list = &shared
			}
			if len(*list) < most {
				*list = append(*list, time.Duration(micro)*time.Microsecond)
			}
			return err
		}, `SELECT a.ended_at - a.started_at, count(t.k), count(DISTINCT t.pid || ' ' || t.pid_start) FROM (
			SELECT id, started_at, ended_at FROM attempt
			WHERE pipeline = ? AND status = 'Succeeded' AND start_step = 'Extract' AND parent = 0 ORDER BY id DESC LIMIT 100
		) a LEFT JOIN step_try t ON t.attempt = a.id GROUP BY a.id ORDER BY a.id DESC`, s.Pipeline)
	})
	if err != nil {
		return Typical{}, err
	}
	return Typical{Own: median(own), OwnDays: len(own), Shared: median(shared), SharedDays: len(shared), Steps: steps}, nil
}

// median returns the upper median, 0 of none.
func median(took []time.Duration) time.Duration {
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[len(took)/2]
}

// Extracts returns up to two attempts whose extract succeeded: the newest one of
// the newest date, and the newest one of the given date.
func (s *Store) Extracts(ctx context.Context, date calendar.Date) ([]forecast.ExecutionID, error) {
	const newest = `SELECT a.date, a.n FROM attempt a JOIN step s ON s.attempt = a.id AND s.seq = 0
		WHERE a.pipeline = ? AND a.date >= ? AND a.date <= ? AND s.status IN ('Succeeded', 'Reused') ORDER BY a.date DESC, a.n DESC LIMIT 1`
	var ids []forecast.ExecutionID
	err := s.view(ctx, "read newest extract", func(tx *sql.Tx) error {
		for _, r := range [][2]string{{date.String(), "9999-12-31"}, {date.String(), date.String()}} {
			var day dateText
			var n int
			err := tx.QueryRowContext(ctx, newest, s.Pipeline, r[0], r[1]).Scan(&day, &n)
			if errors.Is(err, sql.ErrNoRows) {
				return nil
			}
			if err != nil {
				return err
			}
			if id := ExecutionID(calendar.Date(day), n); !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
		return nil
	})
	return ids, err
}

// Package keep scores published forecasts when actuals arrive, and keeps the rows
// where an engine keeps its files.
//
// What is kept is one file per target date, with a row per partition that forecast
// it and series, and an index that says what the files were made of. Whenever there
// is a newer extract, or another generation is current, the newest 28 target dates
// and as many more as the horizon has are scored again: corrections come late.
package keep

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/realised"
	"github.com/daybatch/daybatch/forecast/result"
)

const (
	// rescored is how many target dates are scored again, beside those of a
	// horizon.
	rescored = 28
	// mostRows is how many rows are held at once, about.
	mostRows = 1 << 20
	// indexName is the name of the index.
	indexName = "index.json"
)

// Extract is what the newest attempt that got that far extracted.
type Extract struct {
	ID   forecast.ExecutionID // empty: there is none
	Date calendar.Date
	// File returns the path of its rows, or an error wrapping forecast.ErrNotFound
	// if they are no longer there. It is called only when they are to be scored.
	File func(ctx context.Context) (string, error)
}

// Source has what is scored.
type Source interface {
	Partitions(ctx context.Context, query forecast.PartitionQuery) ([]forecast.Partition, error)
	// PartitionFile returns the path of a generation's file.
	PartitionFile(ctx context.Context, p forecast.Partition) (string, error)
	NewestExtract(ctx context.Context) (Extract, error)
}

// Shelf is where files are kept under names.
type Shelf interface {
	// Fetch returns the path of a file, or an error wrapping forecast.ErrNotFound.
	Fetch(ctx context.Context, name string) (string, error)
	// Put keeps a file in place of the one of that name.
	Put(ctx context.Context, name, path string) error
}

// Keeper scores and keeps.
type Keeper struct {
	DB         *lake.DB
	Definition forecast.Definition
	Source     Source
	Shelf      Shelf
	Now        func() time.Time
	// Expected returns what the newest evaluation of a date up to one lets expect, or of
	// any date if none before does; nil if there is none.
	Expected func(ctx context.Context, upTo calendar.Date) ([]forecast.OriginErrors, error)
	// ReadOnly keeps nothing: what would be is told.
	ReadOnly bool
}

// index says what is kept.
type index struct {
	Made   string        `json:"made"`   // of which extract and generations
	Read   time.Time     `json:"read"`   // when the actuals were read
	Newest calendar.Date `json:"newest"` // date with actuals
	// Drift is what the rows came to when they were kept. It stands in the index so
	// that it is kept with them or not at all.
	Drift forecast.Drift `json:"drift,omitzero"`
}

// Keep brings what is kept up to date. While nothing is new it reads the index and
// what the source says, and no rows. It returns the newest drift.
func (k Keeper) Keep(ctx context.Context) (forecast.Drift, error) {
	if k.ReadOnly {
		return k.Drift(ctx)
	}
	kept, err := k.update(ctx)
	if err != nil {
		return forecast.Drift{}, fmt.Errorf("keep realised accuracy: %w", err)
	}
	return kept.Drift, nil
}

// Drift returns the newest drift as it was kept.
func (k Keeper) Drift(ctx context.Context) (forecast.Drift, error) {
	kept, err := k.index(ctx)
	if err != nil {
		return forecast.Drift{}, fmt.Errorf("read drift: %w", err)
	}
	return kept.Drift, nil
}

// Realised brings what is kept up to date, and tells it.
func (k Keeper) Realised(ctx context.Context, query forecast.RealisedQuery) (forecast.Realised, error) {
	if k.ReadOnly {
		dir, err := os.MkdirTemp("", "daybatch-realised-")
		if err != nil {
			return forecast.Realised{}, fmt.Errorf("read realised accuracy: %w: %s", forecast.ErrUnavailable, err.Error())
		}
		defer func() { _ = os.RemoveAll(dir) }()
		k.Shelf = aside{dir: dir, behind: k.Shelf}
	}
	kept, err := k.update(ctx)
	if err != nil {
		return forecast.Realised{}, fmt.Errorf("read realised accuracy: %w", err)
	}
	if kept.Newest.IsZero() {
		return forecast.Realised{}, fmt.Errorf("read realised accuracy: nothing that was published has come true yet: %w", forecast.ErrNotFound)
	}
	report, err := k.report(ctx, query, kept.Newest)
	if err != nil {
		return forecast.Realised{}, fmt.Errorf("read realised accuracy: %w", err)
	}
	report.Read = kept.Read
	if len(report.Horizons) == 0 {
		return forecast.Realised{}, fmt.Errorf("read realised accuracy of %s .. %s: nothing that was published for these dates has come true: %w",
			report.Targets.From, report.Targets.To, forecast.ErrNotFound)
	}
	if report.Targets.To == kept.Newest && query.Series == "" && kept.Drift.Lasts() {
		report.DriftSince = kept.Drift.Since
	}
	return report, nil
}

// report tells what is kept of the target dates that a query asks for.
func (k Keeper) report(ctx context.Context, query forecast.RealisedQuery, newest calendar.Date) (forecast.Realised, error) {
	targets := realised.Targets(query, newest)
	expected, err := k.Expected(ctx, targets.From-1)
	if err != nil {
		return forecast.Realised{}, err //nolint:wrapcheck // the engine says what was read
	}
	table := realised.Table{Options: realised.Options{
		Query: query, Targets: targets, Levels: k.Definition.Forecast.Levels, Expected: expected,
	}}
	var other []string
	for target := table.Targets.From; target <= table.Targets.To; target++ {
		rows, err := k.read(ctx, target)
		switch {
		case errors.Is(err, forecast.ErrNotFound):
		case errors.Is(err, lake.ErrNoColumn):
			other = append(other, target.String())
		case err != nil:
			return forecast.Realised{}, err
		default:
			table.Add(rows)
		}
	}
	report := table.Report()
	if len(other) > 0 {
		report.Warnings = append(report.Warnings, fmt.Sprintf("%d target dates were kept for other levels of intervals, %s first: they are left out", len(other), other[0]))
	}
	return report, nil
}

func (k Keeper) name(target calendar.Date) string { return target.String() + ".parquet" }

func (k Keeper) read(ctx context.Context, target calendar.Date) ([]realised.Row, error) {
	path, err := k.Shelf.Fetch(ctx, k.name(target))
	if err != nil {
		return nil, err //nolint:wrapcheck // the shelf names the file
	}
	frame, err := k.DB.ReadParquet(ctx, path)
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the file
	}
	return result.RealisedRows(frame, k.Definition) //nolint:wrapcheck // it names the column
}

// update scores what is not scored yet. Two processes may do it at once: they
// write the same.
func (k Keeper) update(ctx context.Context) (index, error) {
	kept, err := k.index(ctx)
	if err != nil {
		return kept, err
	}
	extract, err := k.Source.NewestExtract(ctx)
	if err != nil || extract.ID == "" {
		return kept, err //nolint:wrapcheck // the engine says what was read
	}
	job := scoring{Keeper: k, extract: extract}
	targets := calendar.Range{From: extract.Date - rescored - calendar.Date(k.Definition.Forecast.Horizon) + 1, To: extract.Date}
	if job.partitions, err = k.Source.Partitions(ctx, forecast.PartitionQuery{
		Range: calendar.Range{From: targets.From - calendar.Date(k.Definition.Forecast.Horizon), To: targets.To - 1},
	}); err != nil {
		return kept, err //nolint:wrapcheck // the engine says what was read
	}
	made, err := job.identity()
	if err != nil || made == kept.Made || len(job.partitions) == 0 {
		return kept, err
	}
	job.rows, err = extract.File(ctx)
	if errors.Is(err, forecast.ErrNotFound) {
		return kept, nil
	}
	if err != nil {
		return kept, err //nolint:wrapcheck // the engine names the file
	}
	next := index{Made: made, Read: k.Now(), Newest: kept.Newest}
	newest, err := job.score(ctx, targets)
	if err == nil {
		next.Newest = max(next.Newest, newest)
		next.Drift, err = k.judge(ctx, kept.Drift, next.Newest)
	}
	if err == nil {
		err = k.putIndex(ctx, next)
	}
	if errors.Is(err, forecast.ErrUnauthorised) {
		return kept, nil // who may only look is told what others have kept
	}
	return next, err
}

// judge returns the newest drift after what came true up to a date.
func (k Keeper) judge(ctx context.Context, before forecast.Drift, newest calendar.Date) (forecast.Drift, error) {
	if newest.IsZero() {
		return before, nil
	}
	report, err := k.report(ctx, forecast.RealisedQuery{}, newest)
	return realised.Follow(before, report), err
}

func (k Keeper) index(ctx context.Context) (index, error) {
	var kept index
	path, err := k.Shelf.Fetch(ctx, indexName)
	if errors.Is(err, forecast.ErrNotFound) {
		return kept, nil
	}
	if err != nil {
		return kept, err //nolint:wrapcheck // the shelf names the file
	}
	text, err := os.ReadFile(path) //nolint:gosec // the engine's own file
	if err != nil {
		return kept, fmt.Errorf("read index: %w", err)
	}
	if err := json.Unmarshal(text, &kept); err != nil {
		return index{}, nil //nolint:nilerr // torn: everything is scored again
	}
	return kept, nil
}

func (k Keeper) putIndex(ctx context.Context, next index) error {
	text, err := json.Marshal(next)
	if err != nil {
		return fmt.Errorf("write index: %w", err)
	}
	return k.put(ctx, indexName, func(path string) error {
		return os.WriteFile(path, text, 0o644) //nolint:gosec // other users may read it
	})
}

// put writes a file aside and keeps it.
func (k Keeper) put(ctx context.Context, name string, write func(path string) error) error {
	dir, err := os.MkdirTemp("", "daybatch-realised-")
	if err != nil {
		return fmt.Errorf("keep %s: %w: %s", name, forecast.ErrUnavailable, err.Error())
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, name)
	if err := write(path); err != nil {
		return err
	}
	return k.Shelf.Put(ctx, name, path) //nolint:wrapcheck // the shelf names the file
}

// scoring scores the forecasts of partitions by an extract.
type scoring struct {
	Keeper

	extract    Extract
	rows       string // file of the extract
	partitions []forecast.Partition
	actuals    realised.Actuals
}

// identity is another one whenever anything would be scored otherwise.
func (s *scoring) identity() (string, error) {
	generations := make([]string, len(s.partitions))
	for i, p := range s.partitions {
		generations[i] = p.Date.String() + " " + p.Generation
	}
	text, err := json.Marshal([]any{s.extract.ID, s.Definition.Source.Series, s.Definition.Forecast.Levels, generations})
	if err != nil {
		return "", fmt.Errorf("identify what is scored: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16]), nil
}

// score scores target dates, some at a time, and keeps their rows. It returns the
// newest date with actuals.
func (s *scoring) score(ctx context.Context, targets calendar.Range) (calendar.Date, error) {
	frame, err := s.DB.ReadParquet(ctx, s.rows, result.ActualColumns(s.Definition)...)
	if err != nil {
		return 0, err //nolint:wrapcheck // it names the file
	}
	seen, err := result.Observations(frame, s.Definition)
	if err != nil {
		return 0, err //nolint:wrapcheck // it names the column
	}
	s.actuals = realised.Observe(seen.Keys, seen.Dates, seen.Values, targets)
	for from := targets.From; from <= targets.To; from += s.some() {
		if err := s.scoreSome(ctx, calendar.Range{From: from, To: min(targets.To, from+s.some()-1)}); err != nil {
			return 0, err
		}
	}
	return s.actuals.Newest(), nil
}

// some is how many target dates are scored at a time.
func (s *scoring) some() calendar.Date {
	widest := 1
	for _, p := range s.partitions {
		widest = max(widest, p.Series)
	}
	return calendar.Date(max(1, mostRows/(widest*max(1, s.Definition.Forecast.Horizon))))
}

func (s *scoring) scoreSome(ctx context.Context, targets calendar.Range) error {
	byTarget := make(map[calendar.Date][]realised.Row)
	horizon := calendar.Date(s.Definition.Forecast.Horizon)
	for _, p := range s.partitions {
		if p.Date >= targets.To || p.Date+horizon < targets.From {
			continue
		}
		rows, err := s.rowsOf(ctx, p)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if targets.Contains(row.Target) {
				byTarget[row.Target] = append(byTarget[row.Target], row)
			}
		}
	}
	for target := targets.From; target <= targets.To; target++ {
		rows := byTarget[target]
		if len(rows) == 0 {
			continue
		}
		realised.Sort(rows)
		err := s.put(ctx, s.name(target), func(path string) error {
			return s.DB.WriteParquet(ctx, path, result.RealisedFrame(rows, s.Definition), lake.ParquetOptions{
				Metadata: map[string]string{"daybatch.read": s.Now().UTC().Format(time.RFC3339)},
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// rowsOf scores a partition. One of another layout, from before the definition was
// changed, has nothing to compare.
func (s *scoring) rowsOf(ctx context.Context, p forecast.Partition) ([]realised.Row, error) {
	path, err := s.Source.PartitionFile(ctx, p)
	if err != nil {
		return nil, err //nolint:wrapcheck // the engine names the file
	}
	frame, err := s.DB.ReadParquet(ctx, path)
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the file
	}
	list, err := result.Series(frame, s.Definition, forecast.SeriesQuery{Date: p.Date}, p)
	if errors.Is(err, lake.ErrNoColumn) {
		return nil, nil
	}
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the column
	}
	return realised.Score(p, list, s.actuals), nil
}

//go:build unix

package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/local/internal/process"
	"github.com/daybatch/daybatch/forecast/local/internal/store"
	"github.com/daybatch/daybatch/forecast/local/internal/worker"
	"github.com/daybatch/daybatch/forecast/plan"
	"github.com/daybatch/daybatch/forecast/step"
)

// A look at the source is an Extract whose rows are compared and thrown away. It
// tells a date that waits for its source from one that nobody ran, and a
// forecast whose inputs have changed from one that still stands. It is made only
// for files that were not looked at before, and never by a project's own
// Extract, which may cost money or leave a trace.

// checksDir holds the extracts that are made only to look, below the state.
const checksDir = "checks"

// checkSource looks at the source for the dates of which nothing, or nothing
// current, is known: those that wait for rows or were never run, and the newest
// stale_days that succeeded.
func (e *Engine) checkSource(ctx context.Context) error {
	if len(e.definition.Steps[forecast.Extract].Command) > 0 {
		return nil
	}
	now := e.options.Now()
	window, err := plan.Window(forecast.DayQuery{}, e.calendar, now)
	if err != nil || window.Len() == 0 {
		return err //nolint:wrapcheck // a query without limits is in order
	}
	records, err := e.store.Dates(ctx, window)
	if err != nil {
		return err //nolint:wrapcheck // the store says what was read
	}
	seen, rules := e.look(), e.rules()
	var days []forecast.Day
	for d := window.From; d <= window.To; d++ {
		facts, err := e.merge(ctx, d, records[d], seen)
		if err != nil {
			return err
		}
		days = append(days, plan.Day(facts, rules, now))
	}
	for _, d := range plan.Checks(days, e.definition.Limits.StaleDays) {
		known, err := e.checked(ctx, records[d], seen)
		if err != nil {
			return err
		}
		if known {
			continue
		}
		if err := e.checkDate(ctx, d, records[d], seen.digest()); err != nil {
			return fmt.Errorf("look at the source of %s: %w", d, err)
		}
	}
	return nil
}

// checked reports whether what is on record of a date is about the files that
// are there now.
func (e *Engine) checked(ctx context.Context, record *store.DateRecord, seen *look) (bool, error) {
	if record == nil {
		return false, nil
	}
	if c := record.Check; c != nil && c.Looked == seen.digest() && c.Generation == record.Current.Generation && !c.Checked.Before(record.Last.Ended) {
		return true, nil
	}
	if record.Last.Attempt == 0 || record.Source == 0 {
		return false, nil
	}
	difference, err := seen.since(ctx, record.Source)
	return difference.String() == "" && record.Last.Definition == e.hash, err
}

// checkDate extracts the rows of a date and records how they compare.
func (e *Engine) checkDate(ctx context.Context, d calendar.Date, record *store.DateRecord, looked string) error {
	dir := filepath.Join(e.dir, StateDir, checksDir)
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // the team reads logs
		return unwritable(dir, err)
	}
	dir, err := os.MkdirTemp(dir, d.String()+"-")
	if err != nil {
		return unwritable(dir, err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	root := filepath.Join(dir, string(forecast.Extract))
	options := e.definition.Steps[forecast.Extract]
	result, err := worker.Run(ctx, worker.Request{
		Root: root, Dir: e.dir, Environ: e.options.Environ, Host: e.options.Host, Command: e.options.StepCommand,
		Timeout: options.Timeout, Grace: defaultGrace,
		Spec:    step.Spec{Step: forecast.Extract, Date: d, Project: e.dir, Definition: e.definition},
		Started: func(context.Context, process.ID) error { return nil }, // nothing to take over: whoever looks next looks again
	})
	if err != nil || ctx.Err() != nil {
		return errors.Join(err, ctx.Err())
	}
	check := store.SourceCheck{Date: d, Looked: looked}
	if record != nil {
		check.Generation = record.Current.Generation
	}
	switch result.Reason.Class {
	case forecast.ReasonNone:
		rows := filepath.Join(root, step.OutputDir, step.Output(forecast.Extract), step.RowsFile)
		if check.Stale, err = e.compareRows(ctx, record, rows); err != nil {
			return err
		}
	case forecast.ReasonUpstream:
		check.Lacking = result.Reason.Text
	default:
		return fmt.Errorf("%s: %w", result.Reason.Text, forecast.ErrUnavailable)
	}
	return e.store.PutCheck(ctx, check) //nolint:wrapcheck // the store names the date
}

// compareRows returns how the rows of a file differ from those that the current
// generation of a date was made of, empty if they don't or if it has none.
func (e *Engine) compareRows(ctx context.Context, record *store.DateRecord, path string) (string, error) {
	if record == nil || record.Current.Attempt == 0 {
		return "", nil
	}
	records, err := e.store.Records(ctx, record.Current.Execution)
	if err != nil || len(records) == 0 {
		return "", err //nolint:wrapcheck // the store names the execution
	}
	outputs := records[0].Outputs
	i := slices.IndexFunc(outputs.Files, func(f store.File) bool { return f.Path == step.RowsFile })
	if i < 0 {
		return "", nil
	}
	now, err := step.Describe(filepath.Dir(path), step.RowsFile)
	if err != nil {
		return "", fmt.Errorf("read extracted rows: %w", err)
	}
	if now == outputs.Files[i] {
		return "", nil
	}
	before := filepath.Join(e.outputDir(forecast.Extract, outputs.Dir), step.RowsFile)
	if _, err := os.Stat(before); err != nil { // removed by retention: that they differ is all that can be said
		return "its rows in the source changed since", nil //nolint:nilerr // as above
	}
	return e.rowDifference(ctx, before, path)
}

// rowDifference counts the rows by which two extracts differ. Two files may hold
// the same rows in other bytes.
func (e *Engine) rowDifference(ctx context.Context, before, now string) (string, error) {
	added, gone, err := e.data.CompareRows(ctx, before, now)
	switch {
	case err != nil:
		return "", err //nolint:wrapcheck // the lake names the files
	case added == 0 && gone == 0:
		return "", nil
	default:
		return fmt.Sprintf("its rows in the source changed since: %d new, %d gone", added, gone), nil
	}
}

// digest identifies the files of the source as they are now, and the part of
// the definition that reads them.
func (l *look) digest() string {
	if l.identity != "" {
		return l.identity
	}
	text, err := json.Marshal([]any{l.engine.definition.Source, l.engine.definition.Timezone, l.engine.options.Version, l.files()})
	if err != nil {
		return "" // plain values: it can't be
	}
	sum := sha256.Sum256(text)
	l.identity = hex.EncodeToString(sum[:16])
	return l.identity
}

// judge adds to the facts of a date what the last look at the source found.
func (l *look) judge(f *plan.Facts, record *store.DateRecord) {
	c := record.Check
	switch {
	case c == nil:
	case f.Last.Attempt == 0:
		f.Lacking = c.Lacking
	case c.Lacking != "" && f.Last.Reason.Class == forecast.ReasonUpstream && f.Arrived != "" && c.Looked == l.digest():
		f.Arrived = "" // what arrived has no rows for the date
	case c.Stale != "" && c.Generation == f.Current.Generation:
		f.Stale, f.StaleWhy = true, c.Stale
	}
}

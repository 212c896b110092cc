package keep_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/realised/keep"
	"github.com/daybatch/daybatch/forecast/result"
	"github.com/daybatch/daybatch/forecast/series"
)

func jan(n int) calendar.Date { return calendar.Of(2026, time.January, n) }

// world is a source and a shelf in a directory.
type world struct {
	t          *testing.T
	db         *lake.DB
	dir        string
	extract    keep.Extract
	partitions []forecast.Partition
	puts       int
	reads      int   // of extracts
	refuse     error // of Put
	expected   []forecast.OriginErrors
	unread     error // of expected
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db, err := lake.Open(t.Context(), lake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return &world{t: t, db: db, dir: t.TempDir()}
}

func definition() forecast.Definition {
	return forecast.Definition{
		Source:   forecast.Source{Series: []string{"region"}},
		Forecast: forecast.Settings{Horizon: 7, Levels: []int{80}},
	}
}

// publish makes a generation current whose forecast is the same for each day.
func (w *world) publish(date calendar.Date, mean float64) {
	w.t.Helper()
	p := forecast.Partition{Date: date, Generation: fmt.Sprintf("%s-%v", date, mean), Kind: forecast.GenerationOwn, Current: true, Series: 1}
	s := forecast.SeriesForecast{Series: series.MakeKey("east"), Date: date, Levels: []int{80}}
	for h := range 7 {
		s.Points = append(s.Points, forecast.Point{Date: date + calendar.Date(h) + 1, Mean: mean, Lower: []float64{mean - 1}, Upper: []float64{mean + 1}})
	}
	frame := result.Partition([]forecast.SeriesForecast{s}, definition(), result.Stamp{Generation: p.Generation, Kind: p.Kind})
	w.write(p.Generation, frame)
	var rest []forecast.Partition
	for _, other := range w.partitions {
		if other.Date != date {
			rest = append(rest, other)
		}
	}
	w.partitions = append(rest, p)
}

// observe extracts the same value for each day up to a date.
func (w *world) observe(id string, date calendar.Date, value float64) {
	w.t.Helper()
	var regions []string
	var dates []calendar.Date
	var values []float64
	for d := jan(1); d <= date; d++ {
		regions, dates, values = append(regions, "east"), append(dates, d), append(values, value)
	}
	frame := &lake.Frame{}
	frame.Strings("region", regions)
	frame.Dates(lake.DateColumn, dates)
	frame.Floats(lake.ValueColumn, values)
	path := w.write(id, frame)
	w.extract = keep.Extract{ID: forecast.ExecutionID(id), Date: date, File: func(context.Context) (string, error) {
		w.reads++
		return path, nil
	}}
}

func (w *world) write(name string, frame *lake.Frame) string {
	w.t.Helper()
	path := filepath.Join(w.dir, "in-"+name)
	if err := w.db.WriteParquet(w.t.Context(), path, frame, lake.ParquetOptions{}); err != nil {
		w.t.Fatal(err)
	}
	return path
}

func (w *world) Partitions(_ context.Context, query forecast.PartitionQuery) ([]forecast.Partition, error) {
	var found []forecast.Partition
	for _, p := range w.partitions {
		if query.Range.Contains(p.Date) {
			found = append(found, p)
		}
	}
	return found, nil
}

func (w *world) PartitionFile(_ context.Context, p forecast.Partition) (string, error) {
	return filepath.Join(w.dir, "in-"+p.Generation), nil
}

func (w *world) NewestExtract(context.Context) (keep.Extract, error) { return w.extract, nil }

func (w *world) Fetch(_ context.Context, name string) (string, error) {
	path := filepath.Join(w.dir, name)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%s: %w", name, forecast.ErrNotFound)
	}
	return path, nil
}

func (w *world) Put(_ context.Context, name, path string) error {
	if w.refuse != nil {
		return w.refuse
	}
	w.puts++
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(w.dir, name), text, 0o600)
}

func (w *world) keeper() keep.Keeper {
	return keep.Keeper{DB: w.db, Definition: definition(), Source: w, Shelf: w, Now: func() time.Time { return jan(30).UTC() }, Expected: func(context.Context, calendar.Date) ([]forecast.OriginErrors, error) { return w.expected, w.unread }}
}

// wapes returns the WAPE of what was published by days ahead.
func wapes(t *testing.T, k keep.Keeper) map[int]float64 {
	t.Helper()
	report, err := k.Realised(t.Context(), forecast.RealisedQuery{})
	if err != nil {
		t.Fatalf("Realised = %v; want a report", err)
	}
	got := make(map[int]float64)
	for _, h := range report.Horizons {
		got[h.Horizon] = h.Published.Measures["wape"]
	}
	return got
}

func want(t *testing.T, what string, got, want map[int]float64) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got): %s", what, diff)
	}
}

// What is kept follows the actuals, also corrected ones, and the generations.
func TestKeeper(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(jan(10), 100)
	if _, err := w.keeper().Realised(t.Context(), forecast.RealisedQuery{}); !errors.Is(err, forecast.ErrNotFound) {
		t.Errorf("Realised without actuals = %v; want not found", err)
	}
	w.observe("a1", jan(12), 80)
	want(t, "two days after", wapes(t, w.keeper()), map[int]float64{1: 0.25, 2: 0.25})
	puts := w.puts
	want(t, "again", wapes(t, w.keeper()), map[int]float64{1: 0.25, 2: 0.25})
	if w.puts != puts {
		t.Errorf("%d files were written though nothing is new", w.puts-puts)
	}
	w.observe("a2", jan(13), 50)
	want(t, "corrected, and a day later", wapes(t, w.keeper()), map[int]float64{1: 1, 2: 1, 3: 1})
	w.publish(jan(10), 50)
	want(t, "another generation", wapes(t, w.keeper()), map[int]float64{1: 0, 2: 0, 3: 0})
	w.publish(jan(10), 25)
	w.extract.File = func(context.Context) (string, error) { return "", fmt.Errorf("expired: %w", forecast.ErrNotFound) }
	want(t, "without the extract", wapes(t, w.keeper()), map[int]float64{1: 0, 2: 0, 3: 0})
}

// Who may not write is told the same, and leaves everything as it is.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(jan(10), 100)
	w.observe("a1", jan(11), 80)
	reader := w.keeper()
	reader.ReadOnly = true
	want(t, "read-only", wapes(t, reader), map[int]float64{1: 0.25})
	if w.puts != 0 {
		t.Errorf("a read-only keeper wrote %d files", w.puts)
	}
	want(t, "kept", wapes(t, w.keeper()), map[int]float64{1: 0.25})
	w.observe("a2", jan(12), 50)
	w.refuse = fmt.Errorf("put: %w", forecast.ErrUnauthorised)
	want(t, "what others kept", wapes(t, w.keeper()), map[int]float64{1: 0.25})
	w.refuse = fmt.Errorf("put: %w", forecast.ErrUnavailable)
	if _, err := w.keeper().Realised(t.Context(), forecast.RealisedQuery{}); !errors.Is(err, forecast.ErrUnavailable) {
		t.Errorf("Realised with a full disk = %v; want that it is unavailable", err)
	}
}

// A write that was cut off is made again: the index comes last.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(jan(10), 100)
	w.observe("a1", jan(12), 80)
	want(t, "at first", wapes(t, w.keeper()), map[int]float64{1: 0.25, 2: 0.25})
	if err := os.Truncate(filepath.Join(w.dir, "index.json"), 5); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(w.dir, "2026-01-12.parquet")); err != nil {
		t.Fatal(err)
	}
	want(t, "after a torn index", wapes(t, w.keeper()), map[int]float64{1: 0.25, 2: 0.25})
}

// What is kept without anybody looking is what they are told, and nothing is read
// for it that is not new.
func TestKeep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	keepAll := func() {
		t.Helper()
		if _, err := w.keeper().Keep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	keepAll()
	if w.puts != 0 {
		t.Errorf("%d files were written of nothing", w.puts)
	}
	w.publish(jan(10), 100)
	w.observe("a1", jan(12), 80)
	keepAll()
	puts := w.puts
	if puts != 3 || w.reads != 1 {
		t.Errorf("%d files were written, extracts read %d times; want two dates and the index, once", puts, w.reads)
	}
	keepAll()
	want(t, "what was kept", wapes(t, w.keeper()), map[int]float64{1: 0.25, 2: 0.25})
	if w.puts != puts || w.reads != 1 {
		t.Errorf("%d files were written, the extract read %d times though nothing is new", w.puts-puts, w.reads-1)
	}
	w.observe("a2", jan(13), 50)
	w.refuse = fmt.Errorf("put: %w", forecast.ErrUnavailable)
	if _, err := w.keeper().Keep(t.Context()); !errors.Is(err, forecast.ErrUnavailable) {
		t.Errorf("Keep with a full disk = %v; want that it is unavailable", err)
	}
	w.refuse = nil
	reader := w.keeper()
	reader.ReadOnly = true
	if _, err := reader.Keep(t.Context()); err != nil || w.puts != puts {
		t.Errorf("a read-only keeper wrote %d files, %v; want none", w.puts-puts, err)
	}
	keepAll()
	want(t, "once there was room", wapes(t, w.keeper()), map[int]float64{1: 1, 2: 1, 3: 1})
}

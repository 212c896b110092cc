package job_test

import (
	"context"
	"database/sql" //nolint:depguard // the test plays Athena
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" //nolint:depguard // as above
	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/internal/catalogue"
	"github.com/daybatch/daybatch/aws/internal/job"
	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/step"
)

// athena answers the project's query from a table of DuckDB, and writes files as
// UNLOAD does: several, whose names say no format, and an empty one.
type athena struct {
	w      *world
	rows   string // what the query gives: a SELECT
	asked  []catalogue.UnloadRequest
	failed error
}

func (a *athena) Unload(ctx context.Context, request catalogue.UnloadRequest) error {
	a.asked = append(a.asked, request)
	key, ok := strings.CutPrefix(request.Location, "s3://b/")
	if !ok || !strings.HasSuffix(key, "/") || len(a.w.s3.Keys(key)) > 0 {
		return fmt.Errorf("unload to %s: %w: it has to be an empty prefix", request.Location, forecast.ErrInvalid)
	}
	if a.failed != nil {
		a.w.s3.Set(key+"left-behind", []byte("half a file"))
		return a.failed
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	for i := range 2 {
		path := filepath.Join(a.w.dir, fmt.Sprintf("unload-%d-%d", len(a.asked), i))
		statement := fmt.Sprintf("COPY (SELECT * FROM (%s) WHERE day(ds) %% 2 = %d) TO '%s' (FORMAT parquet)", a.rows, i, path)
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		a.w.s3.Set(fmt.Sprintf("%s20260115_%d", key, i), text)
	}
	a.w.s3.Set(key+"empty", []byte{})
	return nil
}

// rowsUntil is a query for two series of demand up to a date.
func rowsUntil(date string) string {
	return `SELECT d::DATE AS ds, v AS vehicle, 20 + 5 * (dayofweek(d::DATE) % 3) + hash(d, v) % 4 AS n
		FROM range(DATE '2025-09-01', DATE '` + date + `' + INTERVAL 1 DAY, INTERVAL 1 DAY) t(d), (VALUES ('van'), ('truck')) s(v)`
}

func realDefinition() forecast.Definition {
	d := definition()
	d.Source = forecast.Source{
		Files: map[string]string{"orders": "lake.orders"}, Query: "SELECT * FROM orders WHERE ds BETWEEN {{.From}} AND {{.Date}}", Path: "sql/extract.sql",
		Series: []string{"vehicle"}, Time: "ds", Value: "n", HistoryDays: 400, MinRows: 0.5,
	}
	d.Forecast = forecast.Settings{Horizon: 7, Season: []float64{7}, Models: []string{"seasonal_naive"}, Levels: []int{80}, Origins: 3, Seed: 1}
	return d
}

// The real steps, over rows that came from Athena.
func TestRealSteps(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	w.put(realDefinition())
	source := &athena{w: w, rows: rowsUntil("2026-01-15")}
	o := w.options(w.config("run1"))
	o.Source, o.RunStep = source, step.Run
	if err := job.Run(t.Context(), o); err != nil {
		t.Fatalf("Run = %v\n%s", err, w.log.String())
	}
	r := w.record(day())
	if g := r.Generations[r.Current]; g == nil || g.Rows != 14 || g.Series != 2 || g.Metrics["wape"] <= 0 {
		t.Errorf("generation = %+v; want 7 days of 2 series, measured", g)
	}
	if err := w.check(day()); err != nil {
		t.Error(err)
	}
	if len(source.asked) != 1 || source.asked[0].Window.To != day() || source.asked[0].Window.From != day()-399 {
		t.Errorf("asked = %+v", source.asked)
	}
	// Everything else than Extract ran by the project's own definition.
	hash, err := realDefinition().Hash()
	if manifest := string(w.s3.Object("p/generations/demand_forecast/dt=2026-01-15/" + r.Current + "/manifest.json")); err != nil || !strings.Contains(manifest, hash) {
		t.Errorf("manifest = %s; want definition %s", manifest, hash)
	}
}

// What the checks of Extract refuse of files they refuse of rows from Athena.
func TestRealExtractRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		rows  string
		class forecast.ReasonClass
	}{
		"rows after the date":     {rowsUntil("2026-01-16"), forecast.ReasonData},
		"no rows of the date":     {rowsUntil("2026-01-14"), forecast.ReasonUpstream},
		"rows twice":              {rowsUntil("2026-01-15") + " UNION ALL " + rowsUntil("2026-01-15"), forecast.ReasonData},
		"a column is missing":     {strings.ReplaceAll(rowsUntil("2026-01-15"), "AS vehicle", "AS car"), forecast.ReasonConfig},
		"no rows of one series":   {rowsUntil("2026-01-15") + " WHERE NOT (d = DATE '2026-01-15')", forecast.ReasonUpstream},
		"values that are no data": {strings.ReplaceAll(rowsUntil("2026-01-15"), "20 + 5", "'x' || 5"), forecast.ReasonData},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, t.TempDir())
			w.put(realDefinition())
			o := w.options(w.config("run1"))
			o.Source, o.RunStep = &athena{w: w, rows: tt.rows}, step.Run
			err := job.Run(t.Context(), o)
			if a := w.record(day()).Last(); err == nil || a.Reason.Class != tt.class {
				t.Errorf("Run = %v, ended as %+v; want %s", err, a.Reason, tt.class)
			}
		})
	}
}

// A query that failed has left files behind: its next try goes elsewhere.
func TestUnloadIsRetried(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	d := realDefinition()
	d.Steps = map[forecast.StepName]forecast.StepOptions{forecast.Extract: {Retries: 1}}
	w.put(d)
	source := &athena{w: w, failed: fmt.Errorf("run query: %w: too many queries", forecast.ErrUnavailable)}
	o := w.options(w.config("run1"))
	o.Source = source
	err := job.Run(t.Context(), o)
	a := w.record(day()).Last()
	if err == nil || a.Reason.Class != forecast.ReasonInfrastructure || !strings.HasPrefix(a.Reason.Text, "run sql/extract.sql: ") || len(source.asked) != 2 {
		t.Errorf("Run = %v, ended as %+v after %d queries; want 2", err, a.Reason, len(source.asked))
	}
	if source.asked[0].Location == source.asked[1].Location {
		t.Errorf("both queries wrote to %s", source.asked[0].Location)
	}
}

// windowed answers the query with the rows of the window that is asked for.
type windowed struct{ athena }

func (s *windowed) Unload(ctx context.Context, request catalogue.UnloadRequest) error {
	s.rows = rowsUntil(request.Window.To.String())
	return s.athena.Unload(ctx, request)
}

// partition returns the rows of a date's current partition, exactly as they are, but the name of
// the generation.
func (w *world) partition(t *testing.T, d calendar.Date) []string {
	t.Helper()
	r := w.record(d)
	path := filepath.Join(t.TempDir(), "part.parquet")
	part := w.s3.Object("p/" + naming.GenerationPrefix("demand_forecast", d, r.Current) + "part-0.parquet")
	if err := os.WriteFile(path, part, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	found, err := db.QueryContext(t.Context(), "SELECT * EXCLUDE (generation) FROM read_parquet('"+path+"')")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = found.Close() }()
	columns, err := found.Columns()
	if err != nil {
		t.Fatal(err)
	}
	lines := []string{strings.Join(columns, " ")}
	for found.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		if err := found.Scan(values...); err != nil {
			t.Fatal(err)
		}
		var line strings.Builder
		for _, v := range values {
			v = *v.(*any)
			if f, ok := v.(float64); ok {
				v = math.Float64bits(f)
			}
			fmt.Fprint(&line, v, " ")
		}
		lines = append(lines, line.String())
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

// A date has the same partition, bit for bit, whether it shares its machine with
// the dates around it, in either order, or runs alone.
func TestRealStepsShareAMachine(t *testing.T) {
	t.Parallel()
	const dates = 4
	d := realDefinition()
	d.Forecast.Models = []string{"seasonal_naive", "ets", "theta"}
	var want [dates][]string
	for i := range dates {
		w := newWorld(t, t.TempDir())
		w.put(d)
		config := w.config("run1")
		config.Date, config.Scheduled = day()+calendar.Date(i), time.Time{}
		o := w.options(config)
		o.Source, o.RunStep = &windowed{athena{w: w}}, step.Run
		if err := job.Run(t.Context(), o); err != nil {
			t.Fatalf("alone: Run = %v\n%s", err, w.log.String())
		}
		want[i] = w.partition(t, config.Date)
	}
	for _, order := range []forecast.Order{forecast.OldestFirst, forecast.NewestFirst} {
		w := newWorld(t, t.TempDir())
		w.put(d)
		config := w.carrier(dates, nil)
		if order == forecast.NewestFirst {
			w.changePlan(func(p record.Plan) record.Plan {
				slices.Reverse(p.Carriers[0].Waiting)
				return p
			})
		}
		o := w.options(config)
		o.Source, o.RunStep = &windowed{athena{w: w}}, step.Run
		if err := job.Run(t.Context(), o); err != nil {
			t.Fatalf("%s: Run = %v\n%s", order, err, w.log.String())
		}
		for i := range dates {
			got := w.partition(t, day()+calendar.Date(i))
			if diff := cmp.Diff(want[i], got); diff != "" || len(got) != 15 {
				t.Errorf("%s: %s (-alone +shared):\n%s", order, day()+calendar.Date(i), diff)
			}
		}
		w.checkAll(dates)
	}
}

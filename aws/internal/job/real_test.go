package job_test

import (
	"context"
	"database/sql" //nolint:depguard // the test plays Athena
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2" //nolint:depguard // as above

	"github.com/daybatch/daybatch/aws/internal/catalogue"
	"github.com/daybatch/daybatch/aws/internal/job"
	"github.com/daybatch/daybatch/forecast"
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

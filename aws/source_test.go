package aws_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/lake"
)

// sourced is an account with dates from first on whose source is a table of the catalogue, sales.orders, with
// its files below s3://data/orders/.
func sourced(t *testing.T, first calendar.Date, script enginetest.Script, o accountOptions) *account {
	t.Helper()
	def := enginetest.Definition()
	def.Start, def.End, def.Limits.StaleDays = first, day(16), 3
	return withSource(t, def, script, o)
}

// withSource is an account of a definition with the source of sourced.
func withSource(t *testing.T, def forecast.Definition, script enginetest.Script, o accountOptions) *account {
	t.Helper()
	o.tables, def.Source.Query = map[string]string{"orders": "sales.orders"}, "SELECT ds, region, orders FROM sales.orders WHERE ds <= {{.Date}}"
	a := newAccount(t, def, script, o)
	a.settings.SourceQueries = 2
	must(t, a.sim.CreateBucket("data"))
	a.sim.AddTable("sales", "orders", "s3://data/orders/")
	a.write(t, "dt=2026-01-01/a.parquet")
	return a
}

// write puts a file of the source.
func (a *account) write(t *testing.T, name string) {
	t.Helper()
	must(t, a.sim.PutObject("data", "orders/"+name, []byte("rows")))
}

func wantDay(t *testing.T, e forecast.Engine, d calendar.Date, state forecast.DayState, text string) forecast.Day {
	t.Helper()
	day := dateDay(t, e, d)
	if day.State != state || !strings.Contains(day.Reason.Text, text) || text == "" && strings.Contains(day.Reason.Text, "since (") {
		t.Fatalf("%s is %s %q; want %s %q", d, day.State, day.Reason.Text, state, text)
	}
	return day
}

// counts returns how often kei asked Athena.
func counts(a *account) int { return a.sim.Calls()["athena.StartQueryExecution"] }

// A date that the gate refused says that files were written since, for a listing
// and nothing that is billed, and its rerun extracts again.
func TestGatedAndFilesSince(t *testing.T) {
	t.Parallel()
	d := day(10)
	a := sourced(t, d, enginetest.Script{d: {forecast.TrainEvaluation: {enginetest.Gates("wape 0.4 > 0.3"), {}}}}, accountOptions{speed: 10})
	e := a.open(t, nil)
	runDates(t, e, d)
	queries := counts(a)
	must(t, e.GlanceAtSource(t.Context()))
	if got := wantDay(t, e, d, forecast.DayGated, "wape 0.4"); strings.Contains(got.Reason.Text, "since") {
		t.Errorf("reason = %q; want none about files, of which none came", got.Reason.Text)
	}

	a.skip(11 * time.Minute)
	a.write(t, "dt=2026-01-10/b.parquet")
	a.skip(time.Minute)
	must(t, e.GlanceAtSource(t.Context()))
	others := a.open(t, nil)
	const since = "sales.orders/dt=2026-01-10/b.parquet was written since, and may have rows up to 2026-01-10"
	wantDay(t, others, d, forecast.DayGated, since+": rerun")
	if n := counts(a); n != queries {
		t.Errorf("%d queries were made; want none", n-queries)
	}
	p, err := others.Plan(t.Context(), forecast.PlanRequest{
		Kind: forecast.PlanRerun, Dates: []calendar.Date{d}, Start: forecast.StartFailedStep, Cause: forecast.CauseRerun, Actor: "kei",
	})
	must(t, err)
	if row := p.Rows[0]; row.StartStep != forecast.Extract || !strings.Contains(row.Reason, since) {
		t.Errorf("row = %s from %s, %q; want one that extracts again", row.Action, row.StartStep, row.Reason)
	}
	runDates(t, e, d)
	wantDay(t, e, d, forecast.DaySucceeded, "")
}

// What the days after a date that the gate refused bring is no news of it, and a late
// correction of its own days is.
func TestGatedAndLaterDays(t *testing.T) {
	t.Parallel()
	d := day(10)
	a := sourced(t, d, enginetest.Script{d: {forecast.TrainEvaluation: {enginetest.Gates("wape 0.4 > 0.3")}}}, accountOptions{speed: 10})
	e := a.open(t, nil)
	runDates(t, e, d)
	for _, tt := range []struct {
		file string
		then func() // before it is looked
		want string // of the date's reason; empty: nothing of the source
	}{
		{"day-11.parquet", func() { runDates(t, e, d+1) }, ""}, // the next date extracted the same rows since
		{a.def.Source.Time + "=2026-01-12/b.parquet", func() {}, ""},
		{"dt=2026-01-12/b.parquet", func() {}, "b.parquet was written since, after 2026-01-11-a1 extracted the same rows from 2025-10-14 on, and may have rows up to 2026-01-10: rerun"},
		{"c.parquet", func() {
			runDates(t, e, d+2)
			a.correct(t, d+2, d-1)
		}, "its rows in the source changed since: 1 new, 1 gone, as 2026-01-12-a1 extracted them: rerun"},
	} {
		a.skip(11 * time.Minute) // so that what was listed is listed again
		a.write(t, tt.file)
		a.skip(time.Minute)
		tt.then()
		must(t, e.GlanceAtSource(t.Context()))
		got := dateDay(t, a.open(t, nil), d)
		if got.State != forecast.DayGated || !strings.Contains(got.Reason.Text, tt.want) || tt.want == "" && strings.Contains(got.Reason.Text, "since") {
			t.Errorf("after %s: %s is %s %q; want Gated, %q", tt.file, d, got.State, got.Reason.Text, tt.want)
		}
	}
}

// An extract that has none of a date's days says nothing of what was written before.
func TestGatedAndExtractsOfOtherDays(t *testing.T) {
	t.Parallel()
	d := day(10)
	for history, want := range map[int]string{
		1: "b.parquet was written since, and may have rows up to 2026-01-10",
		4: "b.parquet was written since, after 2026-01-11-a1 extracted the same rows from 2026-01-08 on, and may",
	} {
		def := enginetest.Definition()
		def.Start, def.End, def.Source.HistoryDays = d, day(16), history
		a := withSource(t, def, enginetest.Script{d: {forecast.TrainEvaluation: {enginetest.Gates("wape 0.4 > 0.3")}}}, accountOptions{speed: 10})
		e := a.open(t, nil)
		runDates(t, e, d)
		runDates(t, e, d+1)
		a.skip(11 * time.Minute)
		a.write(t, "b.parquet")
		a.skip(time.Minute)
		must(t, e.GlanceAtSource(t.Context()))
		wantDay(t, e, d, forecast.DayGated, want)
	}
}

// A date that waits for its rows is asked for when files came, more and more
// seldom and no more often than is allowed, and runs when they are there.
func TestWaitsForRows(t *testing.T) {
	t.Parallel()
	d := day(16)
	var rows atomic.Int64
	a := sourced(t, d-1, enginetest.Script{d: {forecast.Extract: {enginetest.Lacks("no rows of 2026-01-16"), {}}}}, accountOptions{
		speed: 10, count: func() int { return int(rows.Load()) }, start: time.Date(2026, time.January, 16, 14, 30, 0, 0, time.UTC),
	})
	e := a.open(t, nil)
	for _, d := range []calendar.Date{d - 1, d} { // half an hour before d is due, and after
		p, err := e.Plan(t.Context(), forecast.PlanRequest{Kind: forecast.PlanRun, Dates: []calendar.Date{d}, Cause: forecast.CauseSchedule, Actor: "schedule"})
		must(t, err)
		_, err = e.Apply(t.Context(), p.ID)
		must(t, err)
		must(t, e.Drive(t.Context(), p.ID))
		a.skip(time.Hour)
	}
	wantDay(t, e, d, forecast.DayWaiting, "no rows of 2026-01-16")
	start := counts(a)
	// look lets time pass, a file come, and both a screen and a server look.
	look := func(after time.Duration, file string) int {
		a.skip(after)
		if file != "" {
			a.write(t, file)
			a.skip(time.Second)
		}
		must(t, e.GlanceAtSource(t.Context()))
		must(t, e.CheckSource(t.Context()))
		return counts(a) - start
	}
	for i, tt := range []struct {
		after time.Duration
		file  string
		want  int
	}{
		{11 * time.Minute, "", 0},                // no file came
		{11 * time.Minute, "dt=1/b.parquet", 1},  // one did: it has none of the date's rows
		{11 * time.Minute, "dt=1/c.parquet", 1},  // so soon again
		{11 * time.Minute, "", 2},                // later, for c
		{24 * time.Hour, "dt=1/late.parquet", 2}, // enough
	} {
		if got := look(tt.after, tt.file); got != tt.want {
			t.Fatalf("look %d: %d queries; want %d", i, got, tt.want)
		}
		wantDay(t, e, d, forecast.DayWaiting, "no rows of 2026-01-16")
	}
	a.settings.SourceQueries = 3
	server := a.open(t, func(o *aws.Options) { o.Look = 20 * time.Millisecond })
	rows.Store(7)
	must(t, server.CheckSource(t.Context()))
	wantDay(t, e, d, forecast.DayWaiting, "7 rows of it are there since: rerun")

	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx) }()
	await(t, "a second attempt", func() (forecast.Day, error) { return dateDay(t, e, d), nil }, func(day forecast.Day) bool {
		return day.State == forecast.DaySucceeded && day.Attempts == 2
	})
	cancel()
	<-served
}

// A date that nobody ran waits while the source has no rows of it, and is missing
// when it has.
func TestNeverRunLacksRows(t *testing.T) {
	t.Parallel()
	d := day(16)
	var rows atomic.Int64
	a := sourced(t, d-5, enginetest.Script{}, accountOptions{count: func() int { return int(rows.Load()) }})
	e := a.open(t, nil)
	must(t, e.GlanceAtSource(t.Context()))
	wantDay(t, e, d, forecast.DayMissing, "nobody ran it")
	must(t, e.CheckSource(t.Context()))
	wantDay(t, e, d, forecast.DayWaiting, "the source has no rows of 2026-01-16 yet")
	wantDay(t, e, d-5, forecast.DayMissing, "nobody ran it") // only the newest are asked for
	rows.Store(2)
	a.skip(16 * time.Minute)
	a.write(t, "dt=2026-01-16/a.parquet")
	a.skip(time.Second)
	must(t, e.CheckSource(t.Context()))
	wantDay(t, e, d, forecast.DayMissing, "nobody ran it")
}

// A forecast is stale when a later date extracted other rows of the days before,
// and no more when it is made again.
func TestStale(t *testing.T) {
	t.Parallel()
	d := day(10)
	a := sourced(t, d, enginetest.Script{}, accountOptions{speed: 10})
	e := a.open(t, nil)
	runDates(t, e, d)
	runDates(t, e, d+1)
	must(t, e.GlanceAtSource(t.Context()))
	if got := wantDay(t, e, d, forecast.DaySucceeded, ""); got.Stale {
		t.Fatalf("%s is stale: %q; its rows are those of the next", d, got.Reason.Text)
	}

	runDates(t, e, d+2)
	a.correct(t, d+2, d-1)
	queries := counts(a)
	must(t, e.GlanceAtSource(t.Context()))
	others := a.open(t, nil)
	for of, stale := range map[calendar.Date]bool{d: true, d + 1: true, d + 2: false} {
		text := ""
		if stale {
			text = "its rows in the source changed since: 1 new, 1 gone, as 2026-01-12-a1 extracted them"
		}
		if got := wantDay(t, others, of, forecast.DaySucceeded, text); got.Stale != stale {
			t.Errorf("%s: stale = %v; want %v", of, got.Stale, stale)
		}
	}
	if n := counts(a); n != queries {
		t.Errorf("%d queries were made; want none", n-queries)
	}
	p, err := others.Plan(t.Context(), forecast.PlanRequest{
		Kind: forecast.PlanBackfill, Range: calendar.Range{From: d, To: d + 2}, Select: forecast.SelectStale, Cause: forecast.CauseBackfill, Actor: "kei",
	})
	must(t, err)
	if n := p.Count(forecast.ActionRun); n != 2 {
		t.Errorf("a plan of the stale dates runs %d; want 2: %+v", n, p.Rows)
	}

	runDates(t, e, d)
	must(t, e.GlanceAtSource(t.Context()))
	if got := wantDay(t, e, d, forecast.DaySucceeded, ""); got.Stale {
		t.Errorf("%s is stale after it was made again: %q", d, got.Reason.Text)
	}
}

// correct changes what a date extracted: another value for a row of a day.
func (a *account) correct(t *testing.T, d, of calendar.Date) {
	t.Helper()
	db, err := lake.Open(t.Context(), lake.Options{})
	must(t, err)
	defer func() { _ = db.Close() }()
	keys, err := a.sim.Objects("bucket", a.settings.Prefix+"/runs/")
	must(t, err)
	path := filepath.Join(t.TempDir(), "rows.parquet")
	found := 0
	for _, key := range keys {
		if !strings.Contains(key, "/"+d.String()+"/") || !strings.HasSuffix(key, "/rows/rows.parquet") {
			continue
		}
		found++
		text, err := a.sim.Object("bucket", key)
		must(t, err)
		must(t, os.WriteFile(path, text, 0o600))
		frame, err := db.ReadParquet(t.Context(), path)
		must(t, err)
		dates, err := lake.Column[[]calendar.Date](frame, lake.DateColumn)
		must(t, err)
		values, err := lake.Column[[]float64](frame, lake.ValueColumn)
		must(t, err)
		regions, err := lake.Column[[]string](frame, "region")
		must(t, err)
		for i := range dates {
			if dates[i] == of && regions[i] == "west" {
				values[i]++
			}
		}
		changed := &lake.Frame{}
		changed.Strings("region", regions)
		changed.Dates(lake.DateColumn, dates)
		changed.Floats(lake.ValueColumn, values)
		must(t, db.WriteParquet(t.Context(), path, changed, lake.ParquetOptions{}))
		text, err = os.ReadFile(path)
		must(t, err)
		must(t, a.sim.PutObject("bucket", key, text))
	}
	if found != 1 {
		t.Fatalf("%d extracts of %s among %q; want one", found, d, keys)
	}
}

// TestContractSource runs what the contract says of a source that changes.
func TestContractSource(t *testing.T) {
	t.Parallel()
	for layout, cases := range map[settings.Layout][]string{
		settings.LayoutFused: {"rows arrive", "refused, then rows arrive", "rows change"},
		settings.LayoutSteps: {"refused, then rows arrive"}, // a job of its own extracts again
	} {
		t.Run(string(layout), func(t *testing.T) {
			t.Parallel()
			exercise(t, accountOptions{layout: layout, speed: 10, source: true, cases: cases})
		})
	}
}

// contractSource is the source of an account as the contract changes it.
func (a *account) contractSource(server *aws.Engine) *enginetest.Source {
	news := func(t *testing.T, name string) {
		t.Helper()
		a.skip(11 * time.Minute) // so that what was listed is listed again
		a.write(t, name)
		a.skip(time.Second)
	}
	return &enginetest.Source{
		Arrive: func(t *testing.T, d calendar.Date) {
			t.Helper()
			a.found.Store(7)
			news(t, "dt="+d.String()+"/b.parquet")
		},
		Correct: func(t *testing.T, d calendar.Date) {
			t.Helper()
			a.corrected.Store(true)
			news(t, "dt="+d.String()+"/c.parquet")
		},
		Look: func(t *testing.T) {
			t.Helper()
			must(t, server.CheckSource(t.Context()))
		},
	}
}

// What can't be seen of the source is said by doctor.
func TestUnseenSource(t *testing.T) {
	t.Parallel()
	d := day(10)
	a := sourced(t, d, enginetest.Script{d: {forecast.TrainEvaluation: {enginetest.Gates("wape 0.4 > 0.3")}}}, accountOptions{speed: 10})
	a.def.Source.Files["returns"] = "sales.returns"
	a.deploy(t)
	e := a.open(t, nil)
	runDates(t, e, d)
	must(t, e.GlanceAtSource(t.Context()))
	if got := wantDay(t, e, d, forecast.DayGated, "wape 0.4"); strings.Contains(got.Reason.Text, "since") {
		t.Errorf("reason = %q; want nothing of what isn't known", got.Reason.Text)
	}
	found, err := e.Examine(t.Context())
	must(t, err)
	for _, f := range found {
		if f.Kind == "unseen-source" && strings.Contains(f.Text, "sales.returns: read the catalogue: ") {
			return
		}
	}
	t.Errorf("doctor finds %+v; want that sales.returns can't be seen", found)
}

// A screen that is looked at learns by itself that files came.
func TestWatchSeesFiles(t *testing.T) {
	t.Parallel()
	d := day(10)
	a := sourced(t, d, enginetest.Script{d: {forecast.TrainEvaluation: {enginetest.Gates("wape 0.4 > 0.3")}}}, accountOptions{speed: 10})
	e := a.open(t, nil)
	runDates(t, e, d)
	a.skip(time.Minute)
	a.write(t, "dt=2026-01-10/b.parquet")
	subscription, err := e.Watch(t.Context(), "")
	must(t, err)
	defer func() { _ = subscription.Close() }()
	event, err := subscription.Next(t.Context())
	must(t, err)
	if len(event.Days) != 1 || !strings.Contains(event.Days[0].Reason.Text, "b.parquet was written since, and may have rows up to ") {
		t.Errorf("event = %+v; want %s with its file", event, d)
	}
}

// What a look at the source sends and gets is legal by AWS's own models.
func TestSourceOnTheWire(t *testing.T) {
	t.Parallel()
	d := day(16)
	a := sourced(t, d, enginetest.Script{}, accountOptions{front: checked, count: func() int { return 0 }})
	e := a.open(t, nil)
	must(t, e.CheckSource(t.Context()))
	wantDay(t, e, d, forecast.DayWaiting, "the source has no rows of 2026-01-16 yet")
}

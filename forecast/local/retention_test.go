//go:build unix

package local_test

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// Beyond the number to keep, a generation stays as long as a query that began
// while it was current may still read it.
func TestRetention(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 10)
	dir := newProject(t, nil)
	def := enginetest.Definition()
	def.Limits.Keep = 1
	var later atomic.Int64
	o := options(def)
	now := o.Now
	o.Now = func() time.Time { return now().Add(time.Duration(later.Load())) }
	e := open(t, dir, o)
	publish := func(hours int64, want int) {
		t.Helper()
		later.Store(hours * int64(time.Hour))
		id, _ := planned(t, e, forecast.PlanRequest{
			Kind: forecast.PlanRerun, Dates: []calendar.Date{d}, Cause: forecast.CauseRerun, Actor: "aki",
		}, d)
		carryOut(t, e, id)
		all, err := e.Partitions(t.Context(), forecast.PartitionQuery{Range: calendar.Range{From: d, To: d}, All: true})
		if err != nil || len(all) != want {
			t.Errorf("after %d hours there are %d generations, %v; want %d", hours, len(all), err, want)
		}
		files, err := filepath.Glob(filepath.Join(dir, "lake", "_generations", "orders_forecast", "dt=2026-01-10", "*"))
		if err != nil || len(files) != want {
			t.Errorf("after %d hours there are %d directories, %v; want %d", hours, len(files), err, want)
		}
	}
	publish(0, 1)
	publish(1, 2)
	publish(2, 3)  // a1 and a2 are of today
	publish(30, 2) // a3 is the one to keep
	publish(31, 3) // that is a4 now, but a3 was current an hour ago
	publish(60, 2) // a5 and a6
}

// Outcomes that the day shows are no warnings.
func TestLogOfFailure(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 10)
	dir := newProject(t, enginetest.Script{d: {forecast.Train: {enginetest.Fails("boom")}}})
	var log bytes.Buffer
	o := options(enginetest.Definition())
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	if err := runDate(t.Context(), openAs(t, dir, o), d); err != nil {
		t.Fatal(err)
	}
	if text := log.String(); !strings.Contains(text, "boom") || strings.Contains(text, "level=WARN") || strings.Contains(text, "level=ERROR") {
		t.Errorf("log = %s; want the failure as information", text)
	}
}

//go:build unix

package local_test

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/local"
)

// While a date is published again and again a reader always sees one generation
// of it, whole.
func TestReadWhilePublishing(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 10)
	dir := newProject(t, nil)
	def := enginetest.Definition()
	def.Limits.Keep = 1
	e := open(t, dir, options(def))
	if err := runDate(t.Context(), e, d); err != nil {
		t.Fatal(err)
	}
	var writer sync.WaitGroup
	written := make(chan struct{})
	writer.Go(func() {
		defer close(written)
		for range 10 {
			p, err := e.Plan(t.Context(), forecast.PlanRequest{
				Kind: forecast.PlanRerun, Dates: []calendar.Date{d}, Start: forecast.StartFrom(forecast.PostProc), Cause: forecast.CauseRerun, Actor: "aki",
			})
			if err == nil {
				_, err = e.Apply(t.Context(), p.ID)
			}
			if err == nil {
				err = e.Drive(t.Context(), p.ID)
			}
			if err != nil {
				t.Errorf("rerun = %v; want nil", err)
			}
		}
	})
	defer writer.Wait()
	for reads := 0; ; reads++ {
		table, err := e.Query(t.Context(), forecast.TableQuery{
			SQL: `SELECT count(*), sum(yhat), count(DISTINCT region), sum(hi95) FROM orders_forecast WHERE dt = '2026-01-10'`,
		})
		if err != nil || table.Rows[0][0] != int64(14) || table.Rows[0][1] != 42.0 || table.Rows[0][2] != int64(2) || table.Rows[0][3] != 56.0 {
			t.Fatalf("read %d = %v, %v; want 14 rows of one generation", reads, table.Rows, err)
		}
		if list, err := e.Forecasts(t.Context(), forecast.SeriesQuery{Date: d, History: 3}); err != nil || len(list) != 2 || len(list[0].Points) != 7 || len(list[0].Actuals) != 10 {
			t.Fatalf("Forecasts = %+v, %v; want two series of seven days and ten actuals", list, err)
		}
		select {
		case <-written:
			if reads == 0 {
				t.Error("nothing was read meanwhile")
			}
			return
		default:
		}
	}
}

func rerunDate(ctx context.Context, e *local.Engine, d calendar.Date) error {
	return request(ctx, e, forecast.PlanRequest{Kind: forecast.PlanRerun, Dates: []calendar.Date{d}})
}

// While publishers of a date are killed in the middle of their writes a reader
// always sees one generation of it, whole: by the catalogue, and by a glob that
// knows nothing of daybatch.
func TestReadWhilePublishersDie(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 10)
	dir := newProject(t, nil)
	e := open(t, dir, options(enginetest.Definition()))
	must(t, runDate(t.Context(), e, d))
	db, err := lake.Open(t.Context(), lake.Options{})
	must(t, err)
	defer db.Close()
	const columns = `SELECT count(*), sum(yhat), count(DISTINCT region), sum(hi95) FROM `
	readers := map[string]func() (forecast.Table, error){
		"catalogue": func() (forecast.Table, error) {
			return e.Query(t.Context(), forecast.TableQuery{SQL: columns + `orders_forecast WHERE dt = '2026-01-10'`})
		},
		"glob": func() (forecast.Table, error) {
			return db.Query(t.Context(), lake.QueryRequest{
				SQL: columns + "published", Project: dir, Sources: map[string]string{"published": "lake/orders_forecast/dt=2026-01-10/*.parquet"},
			})
		},
	}
	// Nobody is killed at write 0, which counts them. The last ones publish.
	die := func(k int) string {
		text, _ := exec.Command(os.Args[0], "operate", "kill", dir, strconv.Itoa(k), d.String()).CombinedOutput()
		return strings.TrimSpace(string(text))
	}
	writes, err := strconv.Atoi(die(0))
	if err != nil || writes < 40 {
		t.Fatalf("a rerun has %d writes, %v; want more: are they numbered?", writes, err)
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		killed := 0
		for k := writes; k > writes-24; k -= 3 {
			if die(k) == "" { // what is done at once may be fewer writes
				killed++
			}
		}
		if killed < 5 {
			t.Errorf("%d of 8 publishers were killed; want most of them", killed)
		}
	}()
	defer func() { <-written }()
	for reads := 0; ; reads++ {
		for name, read := range readers {
			table, err := read()
			if err != nil || table.Rows[0][0] != int64(14) || table.Rows[0][1] != 42.0 || table.Rows[0][2] != int64(2) || table.Rows[0][3] != 56.0 {
				t.Fatalf("read %d by %s = %v, %v; want 14 rows of one generation", reads, name, table.Rows, err)
			}
		}
		select {
		case <-written:
			if reads == 0 {
				t.Error("nothing was read meanwhile")
			}
			return
		default:
		}
	}
}

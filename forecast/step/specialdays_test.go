package step_test

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/backtest/conformal"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/selection"
	"github.com/daybatch/daybatch/forecast/series"
	"github.com/daybatch/daybatch/forecast/step"
)

// promoted is a project of three vehicles, of which the van sold three times as much
// in promotions of its own; the bike has its first one ahead.
func promoted(t *testing.T) step.Spec {
	t.Helper()
	promotions := []calendar.Date{today - 70, today - 49, today - 33, today - 20}
	var lines strings.Builder
	for _, vehicle := range []string{"van", "bike", "bus"} {
		for d := today - 119; d <= today; d++ {
			n := 100 + 10*int(d.Weekday())
			if vehicle == "van" && slices.Contains(promotions, d) {
				n *= 3
			}
			fmt.Fprintf(&lines, "%s,%s,%d\n", d, vehicle, n)
		}
	}
	spec := specOf(projectWith(t, lines.String()))
	f := &spec.Definition.Forecast
	f.Holidays, f.Days, f.Origins, f.Models = "", nil, 2, []string{selection.CalendarNaive}
	limit := func(d calendar.Date, vehicles ...string) {
		f.SeriesDays = append(f.SeriesDays, forecast.SeriesDays{
			Dates: calendar.Range{From: d, To: d}, Class: "promotion", Series: map[string][]string{"vehicle": vehicles},
		})
	}
	for _, d := range promotions {
		limit(d, "van")
	}
	limit(today+2, "van", "bike")
	limit(today-1, "tram")
	return spec
}

// A promotion of one series is found in its rows alone, makes no outlier, and is
// forecast for the series that have one and for no other.
func TestDaysOfSeries(t *testing.T) {
	t.Parallel()
	spec := promoted(t)
	root := chain(t, spec, forecast.Extract, forecast.PreProc)
	got := report(t, root)
	want := []string{"forecast.days: no series is meant by the promotion of " +
		(calendar.Range{From: today - 1, To: today - 1}).String() + ": none has vehicle tram"}
	if diff := cmp.Diff(want, got.Warnings); diff != "" || got.Outliers != 0 || got.SpecialDays != 5 {
		t.Errorf("%d outliers, %d special days; want 0, 5; warnings (-want +got):\n%s", got.Outliers, got.SpecialDays, diff)
	}
	db := openLake(t)
	panel, err := db.ReadParquet(t.Context(), filepath.Join(root, step.OutputDir, "panel", step.PanelFile))
	if err != nil {
		t.Fatal(err)
	}
	special := make(map[string]int)
	for row, class := range column[[]string](t, panel, lake.SpecialColumn) {
		if class != "" {
			special[column[[]string](t, panel, "vehicle")[row]+" "+class]++
		}
	}
	if diff := cmp.Diff(map[string]int{"van promotion": 4}, special); diff != "" {
		t.Errorf("special rows of the panel (-want +got):\n%s", diff)
	}

	root = chain(t, spec, forecast.Extract, forecast.PreProc, forecast.Train, forecast.Predict)
	frame, err := db.ReadParquet(t.Context(), filepath.Join(root, step.OutputDir, "forecast", step.ForecastFile))
	if err != nil {
		t.Fatal(err)
	}
	dates, means := column[[]calendar.Date](t, frame, lake.DateColumn), column[[]float64](t, frame, lake.MeanColumn)
	for row, vehicle := range column[[]string](t, frame, "vehicle") {
		want := 100 + 10*float64(dates[row].Weekday())
		if dates[row] == today+2 && vehicle != "bus" {
			want *= 3
		}
		if math.Abs(means[row]-want) > .01*want {
			t.Errorf("forecast of %s for %s = %.1f; want about %.0f", vehicle, dates[row], means[row], want)
		}
	}
}

// The next planned closure of a panel that was closed at all others is closed too, and
// nothing is uncertain about it.
func TestClosure(t *testing.T) {
	t.Parallel()
	n := newNumeric(demand("a", 200, 1), demand("b", 200, 2))
	n.definition.Forecast.Holidays, n.definition.Forecast.Days = "", make(map[calendar.Date]string)
	for _, d := range []calendar.Date{today - 80, today - 41, today - 10, today + 3} {
		n.definition.Forecast.Days[d] = "closure"
		for _, s := range n.panel.Series {
			if d <= today {
				s.Values[d-s.Start] = 0
			}
		}
	}
	n.runAll(t)
	frame := n.forecasts(t)
	horizon := n.definition.Forecast.Horizon
	for _, name := range []string{"lo95", "yhat", "hi95"} {
		for i, v := range column[[]float64](t, frame, name) {
			if closed := i%horizon == 2; closed != (v == 0) {
				t.Errorf("%s of day %d is %v; closed: %t", name, i%horizon+1, v, closed)
			}
		}
	}
}

func TestBoundsOfSpecialDays(t *testing.T) {
	t.Parallel()
	bands := []conformal.Band{{Level: 80, Lower: []float64{-1, -1, -1}, Upper: []float64{2, 2, 2}, Special: 3}}
	lower, upper := step.BoundsAround([]float64{20, 20, 20}, bands, 5, 1)
	if !slices.Equal(lower[0], []float64{15, 5, 15}) || !slices.Equal(upper[0], []float64{30, 50, 30}) {
		t.Errorf("bounds = %v .. %v; want the second day's three times as far from 20", lower[0], upper[0])
	}
}

// A fallback knows the days of its series too.
func TestFallbackOfSeriesWithDays(t *testing.T) {
	t.Parallel()
	db, d := openLake(t), weekOf(t)
	d.Forecast.Days, d.Forecast.Holidays, d.Forecast.Horizon = nil, "", 14
	source := forecast.Partition{Date: today - 2, Generation: "own", Kind: forecast.GenerationOwn, Current: true}
	last := func(vehicle string) float64 {
		d.Forecast.SeriesDays = []forecast.SeriesDays{{
			Dates: calendar.Range{From: today + 7, To: today + 7}, Class: "promotion", Series: map[string][]string{"vehicle": {vehicle}},
		}}
		built := filepath.Join(t.TempDir(), "built")
		if _, err := step.BuildFallback(t.Context(), db, built, step.Fallback{
			Plan:       forecast.FallbackPlan{Date: today, Action: forecast.ActionRun, Of: today - 2, Age: 2, Source: source},
			Generation: "fb", Definition: d, Source: writeSource(t, db, d, today-2), Number: 255,
		}); err != nil {
			t.Fatal(err)
		}
		frame, err := db.ReadParquet(t.Context(), filepath.Join(built, lake.PartFile))
		if err != nil {
			t.Fatal(err)
		}
		means := column[[]float64](t, frame, lake.MeanColumn)
		return means[len(means)-1]
	}
	bus, van := last("bus"), last("van")
	if van != 101 || bus != 108 {
		t.Errorf("forecast of the van a week after its promotion = %v, after that of the bus %v; want 101 of the week before, and 108", van, bus)
	}
}

// All columns that are named must have one of their values.
func TestSeriesDaysCovers(t *testing.T) {
	t.Parallel()
	columns := []string{"vehicle", "region"}
	for _, test := range []struct {
		days map[string][]string
		key  series.Key
		want bool
	}{
		{map[string][]string{"region": {"north"}}, series.MakeKey("van", "north"), true},
		{map[string][]string{"region": {"north"}}, series.MakeKey("north", "south"), false},
		{map[string][]string{"region": {"north", "south"}, "vehicle": {"van"}}, series.MakeKey("van", "south"), true},
		{map[string][]string{"region": {"north", "south"}, "vehicle": {"van"}}, series.MakeKey("bus", "south"), false},
		{map[string][]string{"country": {"JP"}}, series.MakeKey("van", "north"), false},
		{map[string][]string{"region": {"north"}}, "", false},
	} {
		if got := (forecast.SeriesDays{Series: test.days}).Covers(columns, test.key.Parts()); got != test.want {
			t.Errorf("days of %v cover %s: %t; want %t", test.days, test.key, got, test.want)
		}
	}
}

package step_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/series"
	"github.com/daybatch/daybatch/forecast/step"
)

var today = calendar.Of(2026, 1, 15)

// specOf returns a Spec over data/orders.csv with the columns ds, vehicle, n.
func specOf(project string) step.Spec {
	return step.Spec{
		Date: today, Execution: "e1", Attempt: 1, Generation: "g1", Project: project,
		Definition: forecast.Definition{
			Pipeline: "demand", Timezone: "Asia/Tokyo",
			Source: forecast.Source{
				Files: map[string]string{"orders": "data/orders.csv"}, Query: "SELECT * FROM orders WHERE ds BETWEEN {{.From}} AND {{.Date}}",
				Path: "sql/extract.sql", Series: []string{"vehicle"}, Time: "ds", Value: "n", HistoryDays: 2000, MinRows: 0.5,
			},
			Forecast: forecast.Settings{
				Horizon: 3, Season: []float64{7, 365.25}, Holidays: "JP", Levels: []int{80, 95},
				Days: map[calendar.Date]string{today - 3: "promotion"},
			},
		},
	}
}

// chain runs steps one after the other, handing on their outputs, and returns
// the root of the last one.
func chain(t *testing.T, spec step.Spec, names ...forecast.StepName) string {
	t.Helper()
	outputs := make(map[forecast.StepName]string)
	root := ""
	for _, name := range names {
		root = t.TempDir()
		outputs[name] = filepath.Join(root, step.OutputDir)
		for input, from := range step.Inputs(name) {
			if err := os.MkdirAll(filepath.Join(root, step.InputDir), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(filepath.Join(outputs[from], input), filepath.Join(root, step.InputDir, input)); err != nil {
				t.Fatal(err)
			}
		}
		spec.Step = name
		log := &buffer{}
		if exit := runIn(t.Context(), t, root, log, spec); exit.Code != 0 {
			t.Fatalf("%s failed: %s: %s\n%s", name, exit.Class, exit.Reason, log)
		}
	}
	return root
}

// projectWith makes a project whose orders are the given CSV lines.
func projectWith(t *testing.T, lines string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "data"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "data", "orders.csv"), []byte("ds,vehicle,n\n"+lines), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// weekly returns days of a weekly pattern up to and including today.
func weekly(vehicle string, days int) string {
	var b strings.Builder
	for d := today - calendar.Date(days) + 1; d <= today; d++ {
		fmt.Fprintf(&b, "%s,%s,%d\n", d, vehicle, 100+10*int(d.Weekday())+int(d)%3)
	}
	return b.String()
}

func report(t *testing.T, root string) step.PanelReport {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, step.OutputDir, "panel", step.PanelReportFile))
	if err != nil {
		t.Fatal(err)
	}
	var r step.PanelReport
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func openLake(t *testing.T) *lake.DB {
	t.Helper()
	db, err := lake.Open(t.Context(), lake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestPreProc(t *testing.T) {
	t.Parallel()
	text := weekly("van", 120)
	text = strings.Replace(text, (today-10).String()+",van,", (today-10).String()+",van,9", 1)   // an outlier
	text = strings.Replace(text, (today-20).String()+",van,1", "2022-01-01,other,1", 1)          // a gap, and a dead series
	text = strings.Replace(text, (today-30).String()+",van,", (today-30).String()+",van,\n#", 1) // no value
	text = strings.ReplaceAll(text, "#", (today-30).String()+",zero,0\n1999-01-01,old,")         // all zero; cut by the window
	text += today.String() + ",point,5\n"                                                        // one point
	root := chain(t, specOf(projectWith(t, text)), forecast.Extract, forecast.PreProc)
	got := report(t, root)
	if got.SeriesCount != 4 || got.Gaps != 2 || got.Outliers != 1 {
		t.Errorf("panel.json = %d series, %d gaps, %d outliers; want 4, 2, 1", got.SeriesCount, got.Gaps, got.Outliers)
	}
	want := []string{
		"3 of 4 series have a single observation: other, point, zero",
		"1 of 4 series are zero throughout: zero",
		"1 of 4 series have not sold for eight weeks: other",
		"1 of 4 series have no value for the date: zero",
		"1 of 121 values are far from the usual, kept in the data; the farthest: van on 2026-01-05 is 9110, usual 111",
	}
	if diff := cmp.Diff(want, got.Warnings); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	db, path := openLake(t), filepath.Join(root, step.OutputDir, "panel", step.PanelFile)
	table, err := db.OpenPanel(t.Context(), path, []string{"vehicle"})
	if err != nil {
		t.Fatal(err)
	}
	var read []series.Series
	for shard, err := range table.Shards(t.Context(), 1000) {
		if err != nil {
			t.Fatal(err)
		}
		read = append(read, shard...)
	}
	van, ok := series.Panel{Series: read}.Find(series.MakeKey("van"))
	if !ok || van.Start != today-119 || van.End() != today {
		t.Fatalf("van = %s .. %s, %t; want %s .. %s", van.Start, van.End(), ok, today-119, today)
	}
	if v, _ := van.At(today - 20); !math.IsNaN(v) {
		t.Errorf("value of the gap = %v; want NaN", v)
	}
	if v, _ := van.At(today - 10); v < 9000 {
		t.Errorf("outlier = %v; want it as it was", v)
	}
	if class := table.Special[today-3]; class != "promotion" {
		t.Errorf("special[%s] = %q; want promotion", today-3, class)
	}
	if class := table.Special[calendar.Of(2026, 1, 1)]; class == "" {
		t.Error("2026-01-01 is not special; want it to be")
	}
	frame, err := db.ReadParquet(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	vehicles, dates := column[[]string](t, frame, "vehicle"), column[[]calendar.Date](t, frame, lake.DateColumn)
	for row, flag := range column[[]bool](t, frame, lake.OutlierColumn) {
		if want := vehicles[row] == "van" && dates[row] == today-10; flag != want {
			t.Errorf("outlier flag of %s on %s = %t; want %t", vehicles[row], dates[row], flag, want)
		}
	}
}

// TestAllSteps runs the whole pipeline over the series that make trouble: one
// point, all zeros, gaps, a late start, and none with a name for a file.
func TestAllSteps(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(weekly("van", 200) + weekly("../up 'n' \"down\"", 40))
	for d := today - 99; d <= today; d++ {
		fmt.Fprintf(&b, "%s,zero,0\n%s,rare,%d\n", d, d, max(0, int(d)%9-7))
	}
	fmt.Fprintf(&b, "%s,point,5\n%s,null,\n%s,null,3\n", today, today, today-1)
	spec := specOf(projectWith(t, strings.ReplaceAll(b.String(), `../up 'n' "down"`, `"../up 'n' ""down"""`)))
	spec.Definition.Forecast.Origins, spec.Definition.Forecast.Models = 2, []string{"auto"}
	root := chain(t, spec, forecast.StepNames()...)
	frame, err := openLake(t).ReadParquet(t.Context(), filepath.Join(root, step.OutputDir, "partition", lake.PartFile))
	if err != nil {
		t.Fatal(err)
	}
	vehicles, err := lake.Column[[]string](frame, "vehicle")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`../up 'n' "down"`, "null", "point", "rare", "van", "zero"}
	if diff := cmp.Diff(want, slices.Compact(slices.Clone(vehicles))); diff != "" {
		t.Errorf("series of the partition (-want +got):\n%s", diff)
	}
	means, err := lake.Column[[]float64](frame, "yhat")
	if err != nil {
		t.Fatal(err)
	}
	for i, vehicle := range vehicles {
		if vehicle == "zero" && means[i] != 0 {
			t.Errorf("forecast of zeros = %v; want 0", means[i])
		}
	}
}

// TestNoLeakage checks that what is dated after the date changes no output.
func TestNoLeakage(t *testing.T) {
	t.Parallel()
	past := weekly("van", 60)
	var later strings.Builder
	later.WriteString(past)
	for d := today + 1; d < today+30; d++ {
		fmt.Fprintf(&later, "%s,van,999999\n%s,new,1\n", d, d)
	}
	var files [2][]byte
	for i, text := range []string{past, later.String()} {
		root := chain(t, specOf(projectWith(t, text)), forecast.Extract, forecast.PreProc)
		var err error
		if files[i], err = os.ReadFile(filepath.Join(root, step.OutputDir, "panel", step.PanelFile)); err != nil {
			t.Fatal(err)
		}
	}
	if string(files[0]) != string(files[1]) {
		t.Error("panels differ by rows dated after the date")
	}
}

// TestPreProcRefuses gives PreProc rows as a project's own Extract may write
// them.
func TestPreProcRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		dates  []calendar.Date
		values []float64
		column string
		class  forecast.ReasonClass
		want   string
	}{
		{"after the date", []calendar.Date{today, today + 1}, []float64{1, 2}, "value", forecast.ReasonData, "row 2, series van, 2026-01-16: is after the origin 2026-01-15"},
		{"duplicate", []calendar.Date{today, today}, []float64{1, 2}, "value", forecast.ReasonData, "row 2, series van, 2026-01-15: is a duplicate of row 1"},
		{"infinite", []calendar.Date{today}, []float64{math.Inf(1)}, "value", forecast.ReasonData, "value +Inf is not a number"},
		{"no value", []calendar.Date{today}, []float64{math.NaN()}, "value", forecast.ReasonData, "no row has a value: look at column n of the query"},
		{"no rows", nil, nil, "value", forecast.ReasonData, "no row has a value"},
		{"no column", []calendar.Date{today}, []float64{1}, "amount", forecast.ReasonStep, "rows.parquet: column value: no such column"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			frame := &lake.Frame{}
			vehicles := make([]string, len(test.dates))
			for i := range vehicles {
				vehicles[i] = "van"
			}
			frame.Strings("vehicle", vehicles)
			frame.Dates("ds", test.dates)
			frame.Floats(test.column, test.values)
			exit := runOn(t, forecast.PreProc, "rows", step.RowsFile, frame)
			if exit.Class != test.class || !strings.Contains(exit.Reason, test.want) {
				t.Errorf("PreProc = %s: %s\nwant %s: ..%s..", exit.Class, exit.Reason, test.class, test.want)
			}
		})
	}
}

// runOn runs a step on one input file.
func runOn(t *testing.T, name forecast.StepName, input, file string, frame *lake.Frame) step.Exit {
	t.Helper()
	root := t.TempDir()
	dir := filepath.Join(root, step.InputDir, input)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := openLake(t).WriteParquet(t.Context(), filepath.Join(dir, file), frame, lake.ParquetOptions{}); err != nil {
		t.Fatal(err)
	}
	spec := specOf(root)
	spec.Step = name
	return runIn(t.Context(), t, root, &buffer{}, spec)
}

func TestFindOutliers(t *testing.T) {
	t.Parallel()
	values := make([]float64, 200)
	for i := range values {
		values[i] = 100 + 30*float64(i%7) + float64(i*i%5)
	}
	ordinary := func(calendar.Date) bool { return false }
	s := series.Series{Start: today, Values: values}
	if _, found := step.FindOutliers(s, ordinary); len(found) != 0 {
		t.Errorf("FindOutliers of a weekly pattern = %v; want none", found)
	}
	values[50], values[120] = 400, math.NaN()
	flags, found := step.FindOutliers(s, ordinary)
	if len(found) != 1 || found[0].Date != today+50 || !flags[50] || found[0].Z < 6 {
		t.Errorf("FindOutliers = %v; want the 400 on %s", found, today+50)
	}
	if _, found := step.FindOutliers(s, func(d calendar.Date) bool { return d == today+50 }); len(found) != 0 {
		t.Errorf("FindOutliers with a special day = %v; want none", found)
	}
	clear(values)
	values[3] = 8
	if _, found := step.FindOutliers(s, ordinary); len(found) != 0 {
		t.Errorf("FindOutliers of intermittent demand = %v; want none", found)
	}
	if _, found := step.FindOutliers(series.Series{Start: today, Values: []float64{5}}, ordinary); len(found) != 0 {
		t.Errorf("FindOutliers of one point = %v; want none", found)
	}
}

// The contract's graph and the directories of the steps say the same.
func TestInputsAreWhatStepsNeed(t *testing.T) {
	t.Parallel()
	for _, name := range forecast.StepNames() {
		makers := slices.Sorted(maps.Values(step.Inputs(name)))
		needs := slices.Sorted(slices.Values(name.Needs()))
		if !slices.Equal(makers, needs) {
			t.Errorf("%s has inputs of %v, and needs %v", name, makers, needs)
		}
	}
}

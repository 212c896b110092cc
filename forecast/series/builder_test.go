package series_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
)

// day returns a date of January 2026.
func day(n int) calendar.Date { return calendar.Of(2026, 1, n) }

func observation(vehicle string, d int, value float64) series.Observation {
	return series.Observation{Parts: []string{vehicle, "Tokyo"}, Date: day(d), Value: value}
}

func options(origin int) series.Options {
	return series.Options{Columns: []string{"vehicle", "region"}, Origin: day(origin)}
}

func build(t *testing.T, o series.Options, observations ...series.Observation) series.Panel {
	t.Helper()
	b := series.NewBuilder(o)
	for _, observation := range observations {
		b.Add(observation)
	}
	panel, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return panel
}

func TestBuild(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	panel := build(
		t, options(10),
		observation("B", 5, 2),
		observation("B", 8, 0),
		observation("B", 6, 3), // not in order
		observation("A", 2, 0), // leading zeros
		observation("A", 4, 0),
		observation("A", 6, 1),
		observation("A", 10, 4),
		observation("C", 7, 0), // never sells
		observation("C", 9, 0),
	)
	want := series.Panel{
		Columns: []string{"vehicle", "region"},
		Range:   calendar.Range{From: day(5), To: day(10)},
		Series: []series.Series{
			{Key: series.MakeKey("A", "Tokyo"), Start: day(6), Values: []float64{1, nan, nan, nan, 4}},
			{Key: series.MakeKey("B", "Tokyo"), Start: day(5), Values: []float64{2, 3, nan, 0, nan, nan}},
			{Key: series.MakeKey("C", "Tokyo"), Start: day(7), Values: []float64{0, nan, 0, nan}},
		},
		Reports: []series.Report{
			{Key: series.MakeKey("A", "Tokyo"), Observations: 2, Gaps: 3, Leading: 4},
			{Key: series.MakeKey("B", "Tokyo"), Observations: 3, Zeros: 1, Gaps: 1, Trailing: 2},
			{Key: series.MakeKey("C", "Tokyo"), Observations: 2, Zeros: 2, Gaps: 1, Trailing: 1},
		},
	}
	if diff := cmp.Diff(want, panel, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("Build() differs (-want +got):\n%s", diff)
	}
	for _, s := range panel.Series {
		if found, ok := panel.Find(s.Key); !ok || found.Key != s.Key || found.End() != day(10) {
			t.Errorf("Find(%s) = %s to %s, %t; want it to end at the origin", s.Key, found.Key, found.End(), ok)
		}
	}
	if s, ok := panel.Find(series.MakeKey("A", "Osaka")); ok {
		t.Errorf("Find(A Osaka) = %s; want none", s.Key)
	}
}

func TestBuildWithoutColumns(t *testing.T) {
	t.Parallel()
	panel := build(t, series.Options{Origin: day(3)}, series.Observation{Date: day(2), Value: 7})
	if len(panel.Series) != 1 || panel.Series[0].Key != "" || panel.Series[0].Key.String() != "(all)" {
		t.Errorf("Build() = %+v; want the one series (all)", panel.Series)
	}
}

func TestBuildNothing(t *testing.T) {
	t.Parallel()
	panel := build(t, options(3))
	if len(panel.Series) != 0 || panel.Range.Len() != 0 {
		t.Errorf("Build() = %+v; want no series and an empty range", panel)
	}
}

func TestBuildRefuses(t *testing.T) {
	t.Parallel()
	with := func(change func(*series.Observation)) []series.Observation {
		o := observation("A", 5, 1)
		o.Row = 12
		change(&o)
		return []series.Observation{o}
	}
	for _, test := range []struct {
		name string
		rows []series.Observation
		want string
	}{
		{
			"NaN", with(func(o *series.Observation) { o.Value = math.NaN() }),
			"row 12, series A Tokyo, 2026-01-05: value NaN is not a number: leave a missing value out",
		}, {
			"infinite", with(func(o *series.Observation) { o.Value = math.Inf(-1) }),
			"row 12, series A Tokyo, 2026-01-05: value -Inf is not a number: leave a missing value out",
		}, {
			"after the origin", with(func(o *series.Observation) { o.Date = day(11) }),
			"row 12, series A Tokyo, 2026-01-11: is after the origin 2026-01-10",
		}, {
			"no date", with(func(o *series.Observation) { o.Date = 0 }),
			"row 12, series A Tokyo, 0001-01-01: has no date",
		}, {
			"before the calendar", with(func(o *series.Observation) { o.Date = math.MinInt32 }),
			"row 12, series A Tokyo, -5879610-06-23: has no date",
		}, {
			"empty part", with(func(o *series.Observation) { o.Parts = []string{"A", ""} }),
			"row 12, series A , 2026-01-05: column region is empty",
		}, {
			"separator", with(func(o *series.Observation) { o.Parts = []string{"A\x1fB", "Tokyo"} }),
			`row 12, series A B Tokyo, 2026-01-05: column vehicle contains the unit separator (U+001F): "A\x1fB"`,
		}, {
			"too few parts", with(func(o *series.Observation) { o.Parts = []string{"A"} }),
			"row 12, series A, 2026-01-05: has 1 key parts, not 2",
		}, {
			"duplicate without rows",
			[]series.Observation{observation("A", 5, 1), observation("A", 5, 1)},
			"series A Tokyo, 2026-01-05: is a duplicate",
		}, {
			"duplicate of a row", append(with(func(*series.Observation) {}), observation("B", 1, 1), observation("A", 4, 1), observation("A", 5, 2)),
			"series A Tokyo, 2026-01-05: is a duplicate of row 12",
		},
	} {
		b := series.NewBuilder(options(10))
		for _, o := range test.rows {
			b.Add(o)
		}
		panel, err := b.Build()
		bad, ok := errors.AsType[*series.DataError](err)
		if !ok || !errors.Is(err, series.ErrInvalid) {
			t.Errorf("%s: Build() = %v; want a *DataError", test.name, err)
			continue
		}
		if bad.Total != 1 || len(bad.Problems) != 1 || bad.Problems[0].String() != test.want {
			t.Errorf("%s: %d problems, %q; want %q", test.name, bad.Total, bad.Problems, test.want)
		}
		if len(panel.Series) != 0 {
			t.Errorf("%s: Build() gives series with its error", test.name)
		}
		if _, again := b.Build(); again == nil || again.Error() != err.Error() {
			t.Errorf("%s: the second Build() = %v; want the same error", test.name, again)
		}
	}
}

func TestBuildListsTheFirstProblems(t *testing.T) {
	t.Parallel()
	o := options(10)
	o.Problems = 3
	b := series.NewBuilder(o)
	add := func(row int, vehicle string, d int, value float64) {
		b.Add(series.Observation{Parts: []string{vehicle, "Tokyo"}, Date: day(d), Value: value, Row: row})
	}
	add(2, "Z", 1, 1)
	add(3, "A", 1, 1)
	add(4, "Z", 1, 1) // found last, when series Z is checked
	add(5, "A", 1, 1)
	add(6, "A", 2, math.NaN())
	add(7, "A", 2, math.NaN())
	add(8, "A", 20, 1)
	_, err := b.Build()
	const want = `5 bad observations, the first 3 of them
  row 4, series Z Tokyo, 2026-01-01: is a duplicate of row 2
  row 5, series A Tokyo, 2026-01-01: is a duplicate of row 3
  row 6, series A Tokyo, 2026-01-02: value NaN is not a number: leave a missing value out`
	if err == nil || err.Error() != want {
		t.Errorf("error is\n%v\nwant\n%s", err, want)
	}
}

func TestBuildListsTenProblemsUnlessTold(t *testing.T) {
	t.Parallel()
	b := series.NewBuilder(options(10))
	for range 25 {
		b.Add(observation("A", 11, 1))
	}
	_, err := b.Build()
	if bad, ok := errors.AsType[*series.DataError](err); !ok || len(bad.Problems) != 10 || bad.Total != 25 {
		t.Errorf("Build() = %v; want 10 of 25 problems", err)
	}
	one := series.NewBuilder(options(10))
	one.Add(observation("A", 11, 1))
	if _, err := one.Build(); err == nil || !strings.HasPrefix(err.Error(), "1 bad observation\n") {
		t.Errorf("Build() = %v; want 1 bad observation", err)
	}
}

// TestBuildIgnoresTheOrder also checks that a Builder doesn't keep the parts,
// that nothing of the observations is lost, and that the axes are complete.
func TestBuildIgnoresTheOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		type cell struct{ vehicle, day int }
		cells := rapid.MapOfN(
			rapid.Custom(func(t *rapid.T) cell {
				return cell{rapid.IntRange(0, 3).Draw(t, "vehicle"), rapid.IntRange(1, 28).Draw(t, "day")}
			}), rapid.SampledFrom([]float64{0, 0, 1, 2.5, -1}), 1, 60,
		).Draw(t, "cells")
		var rows []series.Observation
		for v := range 4 {
			for d := 1; d <= 28; d++ {
				if value, ok := cells[cell{v, d}]; ok {
					rows = append(rows, observation(strconv.Itoa(v), d, value))
				}
			}
		}
		inOrder := series.NewBuilder(options(28))
		for _, o := range rows {
			inOrder.Add(o)
		}
		want, err := inOrder.Build()
		if err != nil {
			t.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		shuffled := series.NewBuilder(options(28))
		parts := make([]string, 2)
		for _, o := range rows {
			copy(parts, o.Parts)
			o.Parts = parts
			shuffled.Add(o)
			clear(parts)
		}
		got, err := shuffled.Build()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
			t.Fatalf("the order of observations matters (-in order +shuffled):\n%s", diff)
		}
		for i, s := range got.Series {
			report := got.Reports[i]
			if s.End() != day(28) || s.Observed() != report.Observations || s.Zeros() != report.Zeros {
				t.Errorf("%s: ends %s with %d values, %d zeros; report %+v", s.Key, s.End(), s.Observed(), s.Zeros(), report)
			}
			if report.Zeros < report.Observations && s.Values[0] == 0 {
				t.Errorf("%s starts with a zero although it sells", s.Key)
			}
			if len(s.Values) != report.Observations+report.Gaps+report.Trailing {
				t.Errorf("%s: %d values; report %+v", s.Key, len(s.Values), report)
			}
		}
	})
}

func TestAddDoesNotAllocate(t *testing.T) { //nolint:paralleltest // AllocsPerRun counts for the whole process
	b := series.NewBuilder(options(28))
	rows := []series.Observation{observation("A", 1, 1), observation("B", 1, 1), observation("A", 29, 1)}
	for range 4096 { // room for the points
		b.Add(rows[0])
		b.Add(rows[1])
	}
	allocs := testing.AllocsPerRun(100, func() {
		b.Add(rows[0])
		b.Add(rows[1])
	})
	if allocs != 0 {
		t.Errorf("Add() allocates %v times for two known series; want none", allocs)
	}
}

func BenchmarkBuild(b *testing.B) {
	const vehicles, days = 100, 1000
	rows := make([]series.Observation, 0, vehicles*days)
	for v := range vehicles {
		parts := []string{fmt.Sprintf("vehicle %03d", v), "Tokyo"}
		for d := range days {
			rows = append(rows, series.Observation{Parts: parts, Date: day(d), Value: float64(d % 7)})
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		builder := series.NewBuilder(options(days))
		for _, o := range rows {
			builder.Add(o)
		}
		if _, err := builder.Build(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(rows)), "ns/row")
}

package series_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
)

func TestKey(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		parts []string
		text  string
	}{
		{nil, "(all)"},
		{[]string{"A"}, "A"},
		{[]string{"Roadster X", "東京"}, "Roadster X 東京"},
	} {
		key := series.MakeKey(test.parts...)
		if got := key.Parts(); !slices.Equal(got, test.parts) {
			t.Errorf("Parts() = %q; want %q", got, test.parts)
		}
		if got := key.String(); got != test.text {
			t.Errorf("String() = %q; want %q", got, test.text)
		}
	}
	if series.MakeKey("a b", "c") == series.MakeKey("a", "b c") {
		t.Error("keys of different parts are equal")
	}
}

func TestSeriesAxis(t *testing.T) {
	t.Parallel()
	s := series.Series{Start: day(5), Values: []float64{1, math.NaN(), 0}}
	if s.End() != day(7) || s.Observed() != 2 || s.Zeros() != 1 {
		t.Errorf("ends %s with %d values and %d zeros; want 2026-01-07, 2, 1", s.End(), s.Observed(), s.Zeros())
	}
	for n, want := range map[int]bool{4: false, 5: true, 7: true, 8: false} {
		if _, ok := s.At(day(n)); ok != want {
			t.Errorf("At(%s) is on the axis: %t; want %t", day(n), ok, want)
		}
	}
	for n, want := range map[int]int{1: 0, 4: 0, 5: 1, 7: 3, 20: 3} {
		cut := s.Until(day(n))
		if len(cut.Values) != want || cap(cut.Values) != want {
			t.Errorf("Until(%s) has %d values with room for %d; want %d", day(n), len(cut.Values), cap(cut.Values), want)
		}
	}
	empty := series.Series{Start: day(5)}
	if empty.End() != day(4) {
		t.Errorf("an empty series ends %s; want the day before its start", empty.End())
	}
}

// values returns n values, cycling over a pattern.
func values(n int, pattern ...float64) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = pattern[i%len(pattern)]
	}
	return v
}

func TestClassify(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	week := []float64{3, 4, 5, 6, 7, 9, 0}
	for _, test := range []struct {
		name   string
		values []float64
		period int
		want   series.Class
	}{
		{"empty", nil, 7, series.ClassNoData},
		{"only gaps", values(30, nan), 7, series.ClassNoData},
		{"zeros", values(30, 0), 7, series.ClassAllZero},
		{"zeros and gaps", values(30, 0, nan), 7, series.ClassAllZero},
		{"one value", values(1, 5), 7, series.ClassConstant},
		{"the same value", values(30, 5), 7, series.ClassConstant},
		{"the same value with gaps", values(30, 5, nan), 7, series.ClassConstant},
		{"no sale for 56 days", slices.Concat(values(70, week...), values(56, 0)), 7, series.ClassDead},
		{"no sale for 55 days", slices.Concat(values(700, 3, 4), values(55, 0)), 7, series.ClassDaily},
		{"gaps for 57 days are no zeros", slices.Concat(values(70, week...), values(57, nan)), 7, series.ClassDaily},
		{"gaps, then no sale for 20 days", slices.Concat(values(140, week...), values(50, nan), values(20, 0)), 7, series.ClassDaily},
		{"no sale for 56 days, some of them missing", slices.Concat(values(70, week...), values(99, 0, nan, 0)), 7, series.ClassDead},
		{"closed for the winter, as last year", slices.Concat(values(240, 3, 4), values(120, 0), values(245, 3, 4), values(110, 0)), 7, series.ClassDaily},
		{"open again after the winter", slices.Concat(values(240, 3, 4), values(120, 0), values(60, 3, 4)), 7, series.ClassDaily},
		{"closed longer than last winter", slices.Concat(values(240, 3, 4), values(120, 0), values(245, 3, 4), values(121, 0)), 7, series.ClassDead},
		{"sells rarely, and closes for the winter", slices.Concat(values(240, 3, 0, 0, 0), values(120, 0), values(240, 4, 0, 0, 0), values(60, 0)), 7, series.ClassIntermittent},
		{"no sale for three days of hours", slices.Concat(values(24*20, 1, 2), values(72, 0)), 24, series.ClassOther},
		{"no sale for eight days of hours", slices.Concat(values(24*20, 1, 2), values(24*8, 0)), 24, series.ClassDead},
		{"13 days", values(13, week...), 7, series.ClassShort},
		{"14 days", values(14, week...), 7, series.ClassDaily},
		{"more than half missing", values(99, 3, nan, nan, 4, nan), 7, series.ClassShort},
		{"an hourly series over a weekend", slices.Concat(values(700, 3, 4), values(70, 0)), 24, series.ClassOther},
		{"no sale for 192 hours", slices.Concat(values(700, 3, 4), values(192, 0)), 24, series.ClassDead},
		{"half missing", values(100, 3, nan, 4, nan), 7, series.ClassDaily},
		{"a demand every 1.32 days", values(132, values(33, slices.Concat(values(25, 1, 2), values(8, 0))...)...), 7, series.ClassIntermittent},
		{"a demand every 1.31 days", values(131, slices.Concat(values(100, 1, 2), values(31, 0))...), 7, series.ClassDaily},
		{"leading zeros don't count", slices.Concat(values(500, 0), values(100, 1, 2)), 7, series.ClassDaily},
		{"monthly", values(48, 1, 2, 3), 12, series.ClassOther},
		{"no season", values(2, 1, 2), 0, series.ClassOther},
		{"returns", values(28, -1, 2), 7, series.ClassDaily},
		{"closed at weekends", values(140, 3, 4, 5, 6, 7, 0, 0), 7, series.ClassDaily},
		{"closed at weekends, two weeks", values(14, 3, 4, 5, 6, 7, 0, 0), 7, series.ClassDaily},
		{"open on Mondays only", values(140, 3, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0), 7, series.ClassDaily},
		{"one closed day in a week", values(14, 3, 4, 5, 6, 7, 9, 0), 7, series.ClassDaily},
		{"a single Saturday in 30 weeks", slices.Concat(values(210, 3, 4, 5, 6, 7, 0, 0), values(7, 3, 4, 5, 6, 7, 2, 0)), 7, series.ClassDaily},
		{"rare, and closed at weekends", values(140, 3, 0, 0, 4, 0, 0, 0, 0, 2, 0, 0, 3, 0, 0), 7, series.ClassIntermittent},
		{"closed at night", values(240, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 4, 5, 6, 6, 7, 5, 4, 3, 2, 0, 0, 0, 0, 0), 24, series.ClassOther},
		{"an open day of no luck", values(14, 3, 0, 5, 0, 0, 6, 0, 0, 0, 4, 5, 0, 3, 0), 7, series.ClassIntermittent},
	} {
		if got := series.Classify(series.Series{Values: test.values}, test.period); got != test.want {
			t.Errorf("%s: Classify() = %s; want %s", test.name, got, test.want)
		}
	}
}

// Whatever the demand: there is a phase that is open, a closed one sells less than
// any open one, and what sells by chance everywhere is closed nowhere.
func TestClosed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		y := rapid.SliceOfN(rapid.SampledFrom([]float64{0, 0, 1, 2, math.NaN()}), 1, 200).Draw(t, "y")
		phases := series.CountPhases(y, rapid.IntRange(0, 12).Draw(t, "period"))
		closed := phases.Closed()
		if !slices.Contains(closed, false) {
			t.Fatalf("closed at all phases: %+v", phases)
		}
		for i, c := range closed {
			for j, d := range closed {
				if c && !d && phases.Observed[j] > 0 && phases.Demands[j] > 0 && phases.Demands[i]*phases.Observed[j] > phases.Demands[j]*phases.Observed[i] {
					t.Fatalf("phase %d is closed and sells more often than %d: %+v", i, j, phases)
				}
			}
		}
	})
	rng := rand.New(rand.NewPCG(1, 2))
	wrong := 0
	for _, chance := range []float64{.02, .1, .3, .6, .9} {
		for range 200 {
			y := make([]float64, 7*(2+rng.IntN(100)))
			for i := range y {
				if rng.Float64() < chance {
					y[i] = 1
				}
			}
			if slices.Contains(series.CountPhases(y, 7).Closed(), true) {
				wrong++
			}
		}
	}
	if wrong > 1000/20 {
		t.Errorf("%d of 1000 series that sell by chance have a closed weekday; want 50 at most", wrong)
	}
}

func TestHasEnded(t *testing.T) {
	t.Parallel()
	for gap, want := range map[calendar.Date]bool{0: false, 55: false, 56: true, 400: true} {
		if got := series.HasEnded(day(1), day(1)+gap); got != want {
			t.Errorf("a series without values for the last %d days of its panel has ended: %t; want %t", gap, got, want)
		}
	}
}

func TestClassText(t *testing.T) {
	t.Parallel()
	var names []string
	for c := series.ClassNoData; c <= series.ClassOther; c++ {
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var back series.Class
		if err := json.Unmarshal(text, &back); err != nil || back != c {
			t.Errorf("%s gives back %s, %v", text, back, err)
		}
		names = append(names, c.String())
	}
	want := []string{"no data", "all zero", "constant", "dead", "short", "intermittent", "daily", "other"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("names differ (-want +got):\n%s", diff)
	}
	var c series.Class
	if err := c.UnmarshalText([]byte("weekly")); err == nil {
		t.Error("an unknown class is read without an error")
	}
	if got := series.Class(99).String(); got != "class 99" {
		t.Errorf("Class(99) = %q", got)
	}
}

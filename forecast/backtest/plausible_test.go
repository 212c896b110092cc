package backtest_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/naive"
	"github.com/daybatch/daybatch/forecast/series"
)

// always forecasts the same value.
type always float64

func (a always) Name() string { return "always" }

func (a always) Fit([]float64, model.Context) (model.Fitted, error) { return a, nil }

func (a always) Predict(h int) []float64 { return slices.Repeat([]float64{float64(a)}, h) }

func (a always) Description() model.Description { return model.Description{Form: "always"} }

// around100 returns n values of 95 to 105, the newest of today, with some in place of
// others.
func around100(n int, values map[int]float64) series.Series {
	s := ending("a", make([]float64, n)...)
	for i := range s.Values {
		s.Values[i] = 95 + float64(i*7%11)
		if v, ok := values[i]; ok {
			s.Values[i] = v
		}
	}
	return s
}

// What is plausible does not depend on the few values that are far from all others,
// but for a level that begins with them.
func TestPlausible(t *testing.T) {
	t.Parallel()
	glitches := map[int]float64{100: 3000, 101: 5000, 200: -4000, 201: -4000}
	level, late, half := map[int]float64{}, map[int]float64{}, map[int]float64{}
	for i := range 400 {
		switch {
		case i >= 395:
			level[i] = 3000 + float64(i%5)
		case i >= 200:
			half[i] = 3000 + float64(i%5)
		}
		if i < 10 {
			late[i] = 3000
		}
	}
	for _, test := range []struct {
		name     string
		values   map[int]float64
		forecast float64
		want     bool
	}{
		{"as ever", nil, 100, true},
		{"nine ranges above", nil, 190, true},
		{"twelve ranges above", nil, 225, false},
		{"after glitches, as ever", glitches, 100, true},
		{"after glitches, as high as the lower one", glitches, 2900, false},
		{"after glitches, as low as one", glitches, -3000, false},
		{"after a single outlier, as high as that", map[int]float64{150: 1e6}, 5e5, false},
		{"a level that began five days ago", level, 3000, true},
		{"that level, and far above it", level, 5000, false},
		{"the level of half the history", half, 3000, true},
		{"a level that ended long ago", late, 3000, true}, // ten of 400 days are no few
	} {
		table := run(t, []series.Series{around100(400, test.values)}, []backtest.Candidate{backtest.Of("always", always(test.forecast))}, options(7, today))[0]
		if got := len(table.Failures) == 0; got != test.want {
			t.Errorf("%s: a forecast of %v is believed: %t (%v); want %t", test.name, test.forecast, got, table.Failures, test.want)
		}
	}
}

// An outlier counts as a missing value, at every origin by what was known there, and
// the operator is told.
func TestOutliersAreLeftOut(t *testing.T) {
	t.Parallel()
	gap := around100(200, map[int]float64{150: math.NaN(), 199: math.NaN()})
	spiked := around100(200, map[int]float64{150: 3000, 199: 1e6})
	o := options(7, today-60, today-7, today)
	o.Refit = backtest.RefitEach
	want, got := run(t, []series.Series{gap}, methods(), o)[0], run(t, []series.Series{spiked}, methods(), o)[0]
	for k, origin := range got.Origins {
		for m, name := range got.Models {
			if origin < today && !slices.Equal(want.Forecast(k, m), got.Forecast(k, m)) {
				t.Errorf("%s from %s: %v; want %v as if the outliers were missing", name, origin, got.Forecast(k, m), want.Forecast(k, m))
			}
			if high := slices.Max(got.Forecast(k, m)); high > 115 {
				t.Errorf("%s from %s: highest forecast %v; the history has 105", name, origin, high)
			}
		}
	}
	texts := strings.Join(got.Warnings, "\n")
	for i, value := range map[int]string{150: "3000 of usually ", 199: "1e+06 of usually "} {
		if text := (spiked.Start + calendar.Date(i)).String() + " taken as an outlier and left out: " + value; !strings.Contains(texts, text) {
			t.Errorf("warnings are %q; want %q", texts, text)
		}
	}
	if len(want.Warnings) > 0 {
		t.Errorf("warnings without outliers: %q", want.Warnings)
	}
}

// A value that all that is known shows to be an outlier is no evidence of what a
// forecast is worth, unless every actual is to count.
func TestOutliersAreNoEvidence(t *testing.T) {
	t.Parallel()
	spiked := around100(200, map[int]float64{190: 1e6})
	o := options(14, today-14)
	for _, every := range []bool{false, true} {
		o.EveryActual = every
		actual := run(t, []series.Series{spiked}, methods(), o)[0].Actual(0)
		for h, v := range actual {
			switch {
			case h == 4 && every && v != 1e6, h == 4 && !every && !math.IsNaN(v):
				t.Errorf("the outlier counts as %v where every actual counts: %t", v, every)
			case h != 4 && v != spiked.Values[186+h]:
				t.Errorf("actual of day %d is %v; want %v", h+1, v, spiked.Values[186+h])
			}
		}
	}
}

// A single negative mistake does not make demand negative.
func TestNegativeOutlier(t *testing.T) {
	t.Parallel()
	below := []backtest.Candidate{backtest.Of("always", always(-4))}
	returns := make(map[int]float64)
	for i := 3; i < 200; i += 11 {
		returns[i] = -20
	}
	for _, test := range []struct {
		name   string
		values map[int]float64
		want   float64
	}{{"a mistake", map[int]float64{150: -1e4}, 0}, {"returns", returns, -4}} {
		table := run(t, []series.Series{around100(200, test.values)}, below, options(7, today))[0]
		if got := table.Forecast(0, 0)[0]; got != test.want {
			t.Errorf("after %s a forecast of -4 is %v; want %v", test.name, got, test.want)
		}
	}
}

// Bounds are held to what a forecast may be, and enclose it.
func TestPlausibleBounds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name         string
		usual        []float64
		lower, upper float64
		want         [2]float64
	}{
		{"within", around100(100, nil).Values, 80, 130, [2]float64{80, 130}},
		{"beyond ten ranges", around100(100, nil).Values, -1e6, 1e6, [2]float64{0, 205}},
		{"of a history with returns", around100(100, map[int]float64{50: -5}).Values, -1e6, 1e6, [2]float64{-1105, 1205}},
		{"of a few days", around100(10, nil).Values, 10, 1e6, [2]float64{10, 1e6}},
		{"of nothing", nil, -10, 1e6, [2]float64{0, 1e6}},
		{"no number", around100(100, nil).Values, math.Inf(-1), math.Inf(1), [2]float64{0, 205}},
	} {
		lower, upper := backtest.PlausibleOf(test.usual, 7).Hold(test.lower, 100, test.upper)
		if got := [2]float64{lower, upper}; got != test.want {
			t.Errorf("%s: bounds are %v; want %v", test.name, got, test.want)
		}
	}
	if lower, upper := backtest.PlausibleOf(around100(100, nil).Values, 7).Hold(500, 600, 700); lower != 500 || upper != 600 {
		t.Errorf("bounds around an implausible forecast of 600 are %v .. %v; want 500 .. 600", lower, upper)
	}
}

// A mistake that is in all series of a panel does not enter the week that they share.
func TestOutlierOfAllSeries(t *testing.T) {
	t.Parallel()
	panel := []series.Series{demand("a", 100), demand("b", 110), demand("c", 120)}
	want := run(t, panel, methods(), options(7, today))
	for i := range panel {
		panel[i].Values = slices.Clone(panel[i].Values)
		panel[i].Values[len(panel[i].Values)-40] *= 1000
	}
	got := run(t, panel, methods(), options(7, today))
	for i := range got {
		for m, name := range got[i].Models {
			for h, v := range got[i].Forecast(0, m) {
				if before := want[i].Forecast(0, m)[h]; math.Abs(v/before-1) > .2 {
					t.Errorf("%s of %s, day %d: %v; want about %v as without the outlier", name, got[i].Key, h+1, v, before)
				}
			}
		}
	}
}

// A baseline is what its definition says: it repeats a mistake and a special day, which
// the same model leaves out as a method.
func TestBaselineIsPlain(t *testing.T) {
	t.Parallel()
	spiked := around100(400, map[int]float64{397: 1e6})
	candidates := []backtest.Candidate{
		backtest.Baseline("plain", naive.NewSeasonal()), backtest.Of("usual", naive.NewSeasonal()), backtest.Baseline("naive", naive.New()),
	}
	for _, origin := range []calendar.Date{today, calendar.Of(2026, time.January, 1)} {
		for _, refit := range []backtest.Refit{backtest.RefitFirst, backtest.RefitEach} {
			o := options(14, origin-1, origin)
			o.Refit = refit
			table := run(t, []series.Series{spiked}, candidates, o)[0]
			for k, from := range table.Origins {
				for h, v := range table.Forecast(k, 0) {
					want, _ := spiked.At(from - 6 + calendar.Date(h%7))
					if v != want {
						t.Errorf("seasonal naive of day %d from %s is %v; want %v, the value a week before", h+1, from, v, want)
					}
				}
				if want, _ := spiked.At(from); table.Forecast(k, 2)[3] != want {
					t.Errorf("naive from %s is %v; want the last value, %v", from, table.Forecast(k, 2)[3], want)
				}
			}
			if slices.Max(table.Forecast(1, 1)) > 1000 {
				t.Errorf("as a method from %s it repeats the mistake: %v", origin, table.Forecast(1, 1))
			}
		}
	}
}

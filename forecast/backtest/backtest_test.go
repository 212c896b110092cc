package backtest_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/backtest/special"
	"github.com/daybatch/daybatch/forecast/backtest/weekday"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/ets"
	"github.com/daybatch/daybatch/forecast/model/naive"
	"github.com/daybatch/daybatch/forecast/model/theta"
	"github.com/daybatch/daybatch/forecast/series"
)

var today = calendar.Of(2026, 1, 15)

// ending returns a series whose last value is that of today.
func ending(name string, values ...float64) series.Series {
	return series.Series{Key: series.Key(name), Start: today - calendar.Date(len(values)) + 1, Values: values}
}

// demand returns days of noisy weekly demand up to today, halved on New Year.
func demand(name string, days int) series.Series {
	rng := rand.New(rand.NewPCG(uint64(days), 3))
	s := ending(name, make([]float64, days)...)
	for i := range s.Values {
		date := s.Start + calendar.Date(i)
		s.Values[i] = (50 + 10*float64(date.Weekday())) * (1 + .1*rng.NormFloat64())
		if newYear(date) != calendar.ClassNone {
			s.Values[i] /= 2
		}
	}
	return s
}

func newYear(date calendar.Date) calendar.Class {
	if _, month, day := date.Civil(); month == 1 && day <= 3 {
		return calendar.ClassNewYear
	}
	return calendar.ClassNone
}

func options(horizon int, origins ...calendar.Date) backtest.Options {
	return backtest.Options{
		Origins: origins, Horizon: horizon, Period: 7, Seed: 1,
		Days: special.NewDays(calendar.Range{From: today - 1500, To: today + 100}, newYear),
	}
}

func methods() []backtest.Candidate {
	return []backtest.Candidate{
		backtest.Of("seasonal_naive", naive.NewSeasonal()),
		{Name: "ses", New: func(g backtest.Group) model.Model { return weekday.NewSES(g.Week) }},
		backtest.Of("tsb", weekday.NewTSB()),
		backtest.Of("ets", ets.New()),
		backtest.Of("theta", theta.New()),
		{Name: "ensemble", Mean: []string{"ets", "theta"}},
	}
}

func run(t *testing.T, panel []series.Series, candidates []backtest.Candidate, o backtest.Options) []*backtest.Table {
	t.Helper()
	tables, err := backtest.Run(panel, func(int) []backtest.Candidate { return candidates }, o)
	if err != nil {
		t.Fatal(err)
	}
	return tables
}

func TestOrigins(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		horizon, season, count int
		want                   []calendar.Date
	}{
		{28, 7, 3, []calendar.Date{today - 56, today - 42, today - 28}},
		{7, 7, 3, []calendar.Date{today - 21, today - 14, today - 7}}, // not every fourth weekday
		{18, 12, 2, []calendar.Date{today - 30, today - 18}},
		{5, 1, 2, []calendar.Date{today - 8, today - 5}},
		{1, 0, 2, []calendar.Date{today - 2, today - 1}},
		{0, 7, 3, nil},
		{28, 7, 0, nil},
	} {
		if got := backtest.Origins(today, test.horizon, test.season, test.count); !slices.Equal(got, test.want) {
			t.Errorf("Origins(today, %d, %d, %d) = %v; want %v", test.horizon, test.season, test.count, got, test.want)
		}
	}
}

func TestSchedule(t *testing.T) {
	t.Parallel()
	o := backtest.Options{Origins: backtest.Origins(today, 28, 7, 4), Horizon: 28, MinHistory: 14}
	for _, test := range []struct{ days, origins, horizon int }{
		{0, 0, 0},
		{1, 0, 0},
		{14, 0, 0},
		{20, 0, 0},
		{21, 1, 7},
		{30, 1, 16},
		{41, 1, 27},
		{42, 1, 28},
		{56, 2, 28},
		{69, 2, 28},
		{84, 4, 28},
		{400, 4, 28},
	} {
		origins, horizon := o.Schedule(ending("a", make([]float64, test.days)...))
		if len(origins) != test.origins || horizon != test.horizon {
			t.Errorf("Schedule of %d days = %d origins, horizon %d; want %d, %d", test.days, len(origins), horizon, test.origins, test.horizon)
		}
		for _, origin := range origins {
			if history := int(origin-today) + test.days; history < 14 || origin+calendar.Date(horizon) > today {
				t.Errorf("Schedule of %d days: origin %s has %d days before it and needs %s; want at least 14, and nothing after %s",
					test.days, origin, history, origin+calendar.Date(horizon), today)
			}
		}
	}
}

// broken fails in the way its name says.
type broken string

func (b broken) Name() string { return string(b) }

func (b broken) Fit([]float64, model.Context) (model.Fitted, error) {
	switch b {
	case "panics":
		panic("index out of range")
	case "refuses":
		return nil, fmt.Errorf("fit: %w", model.ErrUnsuitable)
	}
	return b, nil
}

func (b broken) Predict(h int) []float64 {
	out := make([]float64, h)
	switch b {
	case "explodes":
		out[h-1] = 1e12
	case "is nan":
		out[h-1] = math.NaN()
	case "is short":
		return out[1:]
	}
	return out
}

func (b broken) Description() model.Description { return model.Description{Form: string(b)} }

func TestLadder(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		days int
		want string
	}{{1, "naive"}, {2, "naive"}, {3, "mean"}, {6, "mean"}, {7, "weekday_ses"}, {13, "weekday_ses"}, {14, "seasonal_naive"}, {20, "seasonal_naive"}, {21, "seasonal_naive"}, {400, "seasonal_naive"}} {
		for _, how := range []string{"panics", "refuses", "explodes", "is nan", "is short"} {
			table := run(t, []series.Series{demand("a", test.days)}, []backtest.Candidate{backtest.Of("x", broken(how))}, options(7, today))[0]
			if len(table.Failures) != 1 || table.Failures[0].Instead != test.want || table.Failures[0].Err == nil {
				t.Errorf("%d days, model %s: failures = %v; want one with %s instead", test.days, how, table.Failures, test.want)
			}
			checkForecast(t, table)
		}
	}
}

func TestOddSeries(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	for _, s := range []series.Series{
		ending("none"), ending("nan", nan, nan, nan), ending("nan around", nan, 3, nan),
		ending("zeros", make([]float64, 60)...), ending("constant", slices.Repeat([]float64{4}, 60)...),
		ending("huge", slices.Repeat([]float64{1e300, 2e300, 0, 1e-300}, 20)...),
		ending("tiny", slices.Repeat([]float64{5e-324, 0, 0, 5e-324}, 20)...),
		ending("infinite", append(slices.Repeat([]float64{1, 2, 3}, 20), math.Inf(1), 1)...),
		ending("negative", slices.Repeat([]float64{-5, 3, -1, 2}, 20)...),
		ending("spike", append(slices.Repeat([]float64{1, 2}, 30), 1e9)...),
	} {
		for _, table := range run(t, []series.Series{s}, methods(), options(28, today)) {
			checkForecast(t, table)
		}
	}
}

func checkForecast(t *testing.T, table *backtest.Table) {
	t.Helper()
	for k := range table.Origins {
		for m, name := range table.Models {
			if i := slices.IndexFunc(table.Forecast(k, m), func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }); i >= 0 {
				t.Errorf("%s of %s: day %d is %v; want a finite number", name, table.Key, i+1, table.Forecast(k, m)[i])
			}
		}
	}
}

func TestNonNegative(t *testing.T) {
	t.Parallel()
	falling := make([]float64, 60)
	for i := range falling {
		falling[i] = float64(60 - i)
	}
	below := slices.Clone(falling)
	below[10] = -1
	tables := run(t, []series.Series{ending("never", falling...), ending("once", below...)}, []backtest.Candidate{backtest.Of("drift", naive.NewDrift())}, options(28, today))
	if got := slices.Min(tables[0].Forecast(0, 0)); got != 0 {
		t.Errorf("least forecast of demand that is never negative = %v; want 0", got)
	}
	if got := slices.Min(tables[1].Forecast(0, 0)); got >= 0 {
		t.Errorf("least forecast of values that may be negative = %v; want it below 0", got)
	}
}

// The days after the last observation count: a weekly pattern stays in place.
func TestGapBeforeOrigin(t *testing.T) {
	t.Parallel()
	s := ending("a", make([]float64, 70)...)
	for i := range s.Values {
		s.Values[i] = float64((s.Start + calendar.Date(i)).Weekday())
		if i >= 60 {
			s.Values[i] = math.NaN()
		}
	}
	table := run(t, []series.Series{s}, []backtest.Candidate{backtest.Of("seasonal_naive", naive.NewSeasonal())}, options(14, today))[0]
	for h, v := range table.Forecast(0, 0) {
		if want := float64((today + calendar.Date(h+1)).Weekday()); v != want {
			t.Errorf("day %d = %v; want that of its weekday, %v", h+1, v, want)
		}
	}
}

func TestSpecialDays(t *testing.T) {
	t.Parallel()
	panel := []series.Series{demand("a", 900), demand("b", 800)}
	origin := calendar.Of(2025, 12, 20)
	table := run(t, panel, methods(), options(21, origin))[0]
	for m, name := range table.Models {
		f := table.Forecast(0, m)
		day := calendar.Of(2026, 1, 2) - origin - 1
		if ratio := f[day] / f[day-7]; math.Abs(ratio-.5) > .12 {
			t.Errorf("%s: January 2 is %.2f of the Friday before; want about half, as in the years before", name, ratio)
		}
	}
}

// An effect learnt at one level says little at another: no special day may
// leave the range in which a forecast is believed.
func TestSpecialDaysStayPlausible(t *testing.T) {
	t.Parallel()
	for _, unit := range []float64{1, 1e303} {
		s := ending("a", make([]float64, 450)...)
		for i := range s.Values {
			date := s.Start + calendar.Date(i)
			switch {
			case newYear(date) != calendar.ClassNone:
				s.Values[i] = 1000 * unit
			case i < 200:
				s.Values[i] = .001 * unit
			default:
				s.Values[i] = float64(500+i%7) * unit
			}
		}
		table := run(t, []series.Series{s}, methods(), options(21, calendar.Of(2025, 12, 20)))[0]
		checkForecast(t, table)
		for m, name := range table.Models {
			if got := slices.Max(table.Forecast(0, m)); got > 11*1000*unit {
				t.Errorf("%s: highest forecast = %.4g; want at most ten ranges above the history's %.4g", name, got, 1000*unit)
			}
		}
	}
}

func TestRunIsTheSameForAnyWorkers(t *testing.T) {
	t.Parallel()
	var panel []series.Series
	for i := range 12 {
		panel = append(panel, demand(fmt.Sprint("s", i), 30+20*i))
	}
	o := options(14, backtest.Origins(today, 14, 7, 3)...)
	o.MinHistory = 14
	want := run(t, panel, methods(), o)
	o.Workers = 5
	got := run(t, panel, methods(), o)
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(backtest.Table{}), cmp.Comparer(func(a, b error) bool { return a.Error() == b.Error() })); diff != "" {
		t.Errorf("tables of five workers differ (-one +five):\n%s", diff)
	}
}

// Values after an origin may be anything: the forecasts from it are the same.
func TestRunDoesNotSeeLaterValues(t *testing.T) {
	t.Parallel()
	panel := []series.Series{demand("a", 85), demand("b", 60), demand("c", 72)}
	type point struct {
		days  int
		refit backtest.Refit
	}
	unchanged := make(map[point][]*backtest.Table)
	rapid.Check(t, func(rt *rapid.T) {
		at := point{
			rapid.SampledFrom([]int{1, 2, 6, 13, 30}).Draw(rt, "cut"),
			rapid.SampledFrom([]backtest.Refit{backtest.RefitFirst, backtest.RefitEach}).Draw(rt, "refit"),
		}
		cut := today - calendar.Date(at.days)
		o := options(7, cut-14, cut-7, cut)
		o.MinHistory = 14
		o.Refit = at.refit
		changed := make([]series.Series, len(panel))
		for i, s := range panel {
			changed[i] = s
			changed[i].Values = slices.Clone(s.Values)
			for d := cut + 1; d <= s.End(); d++ {
				changed[i].Values[d-s.Start] = rapid.OneOf(rapid.Float64Range(-1e9, 1e9), rapid.Just(math.NaN())).Draw(rt, "later")
			}
		}
		if unchanged[at] == nil {
			unchanged[at] = run(t, panel, methods(), o)
		}
		want, got := unchanged[at], run(t, changed, methods(), o)
		for i := range want {
			for k := range want[i].Origins {
				for m, name := range want[i].Models {
					if !slices.Equal(want[i].Forecast(k, m), got[i].Forecast(k, m)) {
						rt.Fatalf("%s of %s from %s changed with what came after %s", name, want[i].Key, want[i].Origins[k], cut)
					}
				}
				if want[i].Scales[k] != got[i].Scales[k] || want[i].Usual[k] != got[i].Usual[k] {
					rt.Fatalf("scale of %s at %s changed with what came after %s", want[i].Key, want[i].Origins[k], cut)
				}
			}
		}
	})
}

func TestRunDoesNotChangeValues(t *testing.T) {
	t.Parallel()
	s := demand("a", 100)
	before := slices.Clone(s.Values)
	run(t, []series.Series{s}, methods(), options(14, today))
	if !slices.Equal(before, s.Values) {
		t.Error("Run changed the values of a series")
	}
}

// appender counts how often it is fitted and what it has seen.
type appender struct{ fits, seen *int }

func (appender) Name() string { return "appender" }

func (a appender) Fit(y []float64, _ model.Context) (model.Fitted, error) {
	*a.fits++
	*a.seen = len(y)
	return a, nil
}

func (a appender) Append(y []float64) { *a.seen += len(y) }

func (a appender) Predict(h int) []float64 { return make([]float64, h) }

func (a appender) Description() model.Description { return model.Description{} }

func TestRefit(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		refit backtest.Refit
		fits  int
	}{{backtest.RefitFirst, 1}, {backtest.RefitEach, 3}} {
		fits, seen := 0, 0
		o := options(7, backtest.Origins(today, 7, 7, 3)...)
		o.Refit = test.refit
		run(t, []series.Series{demand("a", 100)}, []backtest.Candidate{backtest.Of("a", appender{&fits, &seen})}, o)
		if fits != test.fits || seen != 93 {
			t.Errorf("refit %d: %d fits, %d values seen; want %d, 93", test.refit, fits, seen, test.fits)
		}
	}
}

func TestEnsembleLeavesOutWhatFailed(t *testing.T) {
	t.Parallel()
	candidates := []backtest.Candidate{
		backtest.Of("good", naive.NewMean()), backtest.Of("bad", broken("panics")),
		{Name: "both", Mean: []string{"good", "bad"}},
		{Name: "none", Mean: []string{"bad"}},
	}
	table := run(t, []series.Series{demand("a", 50)}, candidates, options(7, today))[0]
	if !slices.Equal(table.Forecast(0, 2), table.Forecast(0, 0)) {
		t.Errorf("mean of good and bad = %v; want the good one %v", table.Forecast(0, 2), table.Forecast(0, 0))
	}
	if w := table.Fits[2].Warnings; len(w) != 1 || !strings.Contains(w[0], "bad") {
		t.Errorf("warnings = %q; want one that names bad", w)
	}
	if n := len(table.Failures); n != 2 || table.Failures[1].Model != "none" {
		t.Errorf("failures = %v; want those of bad and none", table.Failures)
	}
}

func TestEnsembleKeepsWarnings(t *testing.T) {
	t.Parallel()
	candidates := []backtest.Candidate{backtest.Of("theta", theta.New()), {Name: "both", Mean: []string{"theta"}}}
	constant := ending("a", slices.Repeat([]float64{4}, 50)...)
	got := run(t, []series.Series{constant}, candidates, options(7, today))[0].Fits[1].Warnings
	if want := []string{"theta: all values are equal"}; !slices.Equal(got, want) {
		t.Errorf("warnings of the mean = %q; want those of its member, %q", got, want)
	}
}

func TestProgressAndStop(t *testing.T) {
	t.Parallel()
	panel := []series.Series{demand("a", 50), demand("b", 50), demand("c", 50)}
	o := options(7, today)
	var progress []int
	o.Progress = func(done int) { progress = append(progress, done) }
	run(t, panel, methods(), o)
	if !slices.Equal(progress, []int{1, 2, 3}) {
		t.Errorf("progress = %v; want 1, 2, 3", progress)
	}
	o.Stop = func() bool { return len(progress) >= 4 }
	if _, err := backtest.Run(panel, func(int) []backtest.Candidate { return methods() }, o); !errors.Is(err, backtest.ErrStopped) {
		t.Errorf("Run = %v; want ErrStopped", err)
	}
	if len(progress) != 4 {
		t.Errorf("%d series were done before the stop; want 1", len(progress)-3)
	}
}

func BenchmarkRun(b *testing.B) {
	panel := []series.Series{demand("a", 1100)}
	o := options(28, backtest.Origins(today, 28, 7, 4)...)
	o.MinHistory = 14
	for b.Loop() {
		if _, err := backtest.Run(panel, func(int) []backtest.Candidate { return methods() }, o); err != nil {
			b.Fatal(err)
		}
	}
}

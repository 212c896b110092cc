package bench_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/backtest/bench"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/naive"
	"github.com/daybatch/daybatch/forecast/series"
)

// ticks is a meter whose processor takes a millisecond between two looks.
func ticks() bench.Meter {
	var now time.Duration
	return bench.Meter{
		CPU:         func() time.Duration { now += time.Millisecond; return now },
		Allocations: func() uint64 { return uint64(now / time.Millisecond) },
	}
}

func method(name string, m model.Model) bench.Method {
	return bench.Method{Name: name, Candidates: []backtest.Candidate{backtest.Of(name, m)}}
}

// A series that has nothing before its test part is left out, and counted.
func TestShortSeriesAreLeftOut(t *testing.T) {
	t.Parallel()
	const text = "series,t,value\na,1,1\na,2,2\na,3,3\na,4,4\nnew,3,9\nnew,4,9\n"
	set, err := bench.Read("few", strings.NewReader(text), bench.Columns{}, bench.Frequency{})
	if err != nil {
		t.Fatal(err)
	}
	results, err := bench.Run(set, []bench.Method{method("naive", naive.New())}, bench.Options{Period: 1, Horizon: 2}, ticks())
	if err != nil {
		t.Fatal(err)
	}
	if r := results[0]; r.Series != 1 || r.Short != 1 || r.Measures.Rows != 2 {
		t.Errorf("%d series measured over %d rows, %d left out; want 1 over 2, and 1", r.Series, r.Measures.Rows, r.Short)
	}
}

// TestRun measures a forecast whose errors are known: the last value, 4, of
// 1 2 3 4 for 6 and 2, where the scale is 1.
func TestRun(t *testing.T) {
	t.Parallel()
	set, err := bench.Read("few", strings.NewReader("series,t,value,split\na,1,1,train\na,2,2,train\na,3,3,train\na,4,4,train\na,5,6,test\na,6,2,test\n"), bench.Columns{}, bench.Frequency{})
	if err != nil {
		t.Fatal(err)
	}
	results, err := bench.Run(set, []bench.Method{method("naive", naive.New()), method("mean", naive.NewMean())}, bench.Options{Period: 1, Repeat: 3}, ticks())
	if err != nil {
		t.Fatal(err)
	}
	got := results[0]
	near := func(what string, got, want float64) {
		if math.Abs(got-want) > 1e-12 {
			t.Errorf("%s = %v; want %v", what, got, want)
		}
	}
	near("sMAPE", got.SMAPE.Number, (200*2/10.+200*2/6.)/2)
	near("MASE", got.Measures.MASE.Number, 2)
	near("bias", got.Measures.Bias.Number, 0)
	near("OWA of naive without a season", got.OWA.Number, 1)
	if got.CPU != time.Millisecond || got.CPU99 != time.Millisecond || got.Failed != 0 || got.Series != 1 {
		t.Errorf("Run = %v mean, %v, %d failed, %d series; want 1ms, 1ms, 0, 1", got.CPU, got.CPU99, got.Failed, got.Series)
	}
	near("sMAPE of the mean", results[1].SMAPE.Number, (200*3.5/8.5+200*.5/4.5)/2)
	near("OWA of the mean", results[1].OWA.Number, (results[1].SMAPE.Number/got.SMAPE.Number+1)/2)
}

// weeks is a set of demand with a weekly season and noise.
func weeks(n, days int, test int) bench.Set {
	set := bench.Set{Name: "weeks", Frequency: bench.Frequency{Unit: bench.UnitDay, Step: 1}}
	for i := range n {
		s := bench.Sample{ID: fmt.Sprintf("s%02d", i), Start: calendar.Of(2025, time.January, 6), Test: test}
		state := uint32(i + 1)
		for t := range days {
			state = state*1664525 + 1013904223
			s.Values = append(s.Values, 50+10*float64(t%7)+float64(state>>24)/16)
		}
		set.Series = append(set.Series, s)
	}
	return set
}

// TestRunIntervals checks that intervals are there, cover about what they say on
// stationary demand, and are made of the training part only.
func TestRunIntervals(t *testing.T) {
	t.Parallel()
	options := bench.Options{Period: 7, Levels: []int{80, 95}, Repeat: 1, Workers: 2}
	run := func(set bench.Set) bench.Result {
		results, err := bench.Run(set, []bench.Method{method("seasonal_naive", naive.NewSeasonal())}, options, ticks())
		if err != nil {
			t.Fatal(err)
		}
		return results[0]
	}
	set := weeks(30, 140, 14)
	result := run(set)
	for i, least := range []float64{.7, .9} {
		if got := result.Measures.Levels[i].Coverage.Number; got < least || got > least+.2 && got > .99 {
			t.Errorf("coverage of %d %% = %v; want about that", result.Measures.Levels[i].Level, got)
		}
	}
	for _, s := range set.Series {
		for t := len(s.Values) - s.Test; t < len(s.Values); t++ {
			s.Values[t] += 1e6 // far outside what the training part knows
		}
	}
	if got := run(set).Measures.Levels[1].Coverage.Number; got != 0 {
		t.Errorf("coverage of values out of reach = %v; want 0: the intervals have seen them", got)
	}
}

// TestRunIntervalsOfEachOrigin checks that the intervals from an origin are those of a
// batch of that date: the errors grow between the first and the second.
func TestRunIntervalsOfEachOrigin(t *testing.T) {
	t.Parallel()
	set := weeks(30, 400, 0)
	for _, s := range set.Series {
		for t := 240; t < len(s.Values); t++ {
			usual := 58 + 10*float64(t%7)
			s.Values[t] = usual + 20*(s.Values[t]-usual)
		}
	}
	options := bench.Options{Period: 7, Horizon: 14, Origins: 2, Step: 160, Levels: []int{95}, Repeat: 1}
	results, err := bench.Run(set, []bench.Method{method("seasonal_naive", naive.NewSeasonal())}, options, ticks())
	if err != nil {
		t.Fatal(err)
	}
	if got := results[0].Measures.Levels[0].Coverage.Number; got < .9 {
		t.Errorf("coverage of 95 %% = %v; want about that from both origins", got)
	}
}

// TestRunRolling checks the origins: a set without noise is forecast exactly
// from all of them, and one value that is not repeated counts where it is.
func TestRunRolling(t *testing.T) {
	t.Parallel()
	set := bench.Set{Name: "exact"}
	s := bench.Sample{ID: "a"}
	for t := range 70 {
		s.Values = append(s.Values, float64(t%7)+float64(t/7%2))
	}
	set.Series = []bench.Sample{s}
	results, err := bench.Run(set, []bench.Method{method("seasonal_naive", naive.NewSeasonal())}, bench.Options{Period: 7, Horizon: 7, Origins: 3, Step: 14, Repeat: 2}, ticks())
	if err != nil {
		t.Fatal(err)
	}
	m := results[0].Measures
	if m.Rows != 21 || m.Blocks != 3 || m.MAE.Number != 1 {
		t.Errorf("Run = %d rows from %d origins with MAE %v; want 21 from 3 with 1", m.Rows, m.Blocks, m.MAE)
	}
	if m.MASE.Number != 1 {
		t.Errorf("MASE = %v; want 1: each error is a seasonal difference", m.MASE)
	}
	if want := time.Millisecond / 3; results[0].CPU != want {
		t.Errorf("CPU = %v; want %v: that of one forecast", results[0].CPU, want)
	}
}

// lowest chooses the candidate with the lowest error, and records what it saw.
type lowest struct {
	candidates []backtest.Candidate
	ends       map[calendar.Date]bool // of what was known
}

func (l lowest) Compared(known series.Series) []backtest.Candidate {
	l.ends[known.Start+calendar.Date(len(known.Values)-1)] = true
	return l.candidates
}

func (l lowest) Chosen(known series.Series, table *backtest.Table) []backtest.Candidate {
	best, least := 0, math.Inf(1)
	for i := range l.candidates {
		sum := 0.0
		for k := range table.Origins {
			mean, _ := table.Error(k, i, known.Start+calendar.Date(len(known.Values)-1))
			sum += mean
		}
		if sum < least {
			best, least = i, sum
		}
	}
	return l.candidates[best : best+1]
}

// TestRunChooses checks that what is chosen forecasts under the name of the method,
// by what was known at each origin.
func TestRunChooses(t *testing.T) {
	t.Parallel()
	set := weeks(4, 140, 0)
	l := lowest{[]backtest.Candidate{backtest.Of("naive", naive.New()), backtest.Of("seasonal_naive", naive.NewSeasonal())}, make(map[calendar.Date]bool)}
	options := bench.Options{Period: 7, Horizon: 14, Origins: 2, Repeat: 1, Levels: []int{80}, Workers: 1}
	methods := []bench.Method{{Name: "auto", Chooser: l}, method("seasonal_naive", naive.NewSeasonal())}
	results, err := bench.Run(set, methods, options, ticks())
	if err != nil {
		t.Fatal(err)
	}
	chosen, want := results[0], results[1]
	if chosen.Method != "auto" || chosen.Measures.MASE.Number != want.Measures.MASE.Number || chosen.Measures.Rows != want.Measures.Rows {
		t.Errorf("%s has MASE %v over %d rows; want that of the seasonal naive, %v over %d", chosen.Method, chosen.Measures.MASE, chosen.Measures.Rows, want.Measures.MASE, want.Measures.Rows)
	}
	if chosen.CPU <= want.CPU {
		t.Errorf("choosing takes %v, the method alone %v; want what was compared in it", chosen.CPU, want.CPU)
	}
	for _, before := range []int{14, 28} {
		if end := set.Series[0].Start + calendar.Date(140-1-before); !l.ends[end] {
			t.Errorf("nothing was chosen by what is known at %s", end)
		}
	}
}

// TestRunHolidays checks that a special day is not copied into the weeks after
// it.
func TestRunHolidays(t *testing.T) {
	t.Parallel()
	set := weeks(2, 70, 7)
	holiday := set.Series[0].Start + 69 - 7 // a week before the last test day
	for _, s := range set.Series {
		s.Values[69-7] = 0
	}
	options := bench.Options{Period: 7, Repeat: 1}
	wape := func(o bench.Options) float64 {
		results, err := bench.Run(set, []bench.Method{method("seasonal_naive", naive.NewSeasonal())}, o, ticks())
		if err != nil {
			t.Fatal(err)
		}
		return results[0].Measures.WAPE.Number
	}
	without := wape(options)
	options.Holidays, options.Class = true, func(d calendar.Date) calendar.Class {
		if d == holiday {
			return calendar.ClassHoliday
		}
		return calendar.ClassNone
	}
	if with := wape(options); with > without/1.5 {
		t.Errorf("WAPE = %v with the holiday and %v without; want less", with, without)
	}
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	uneven := weeks(2, 70, 7)
	uneven.Series[1].Test = 8
	for _, tt := range []struct {
		name    string
		set     bench.Set
		options bench.Options
		want    string
	}{
		{"no horizon", weeks(2, 70, 0), bench.Options{Period: 7}, "no horizon"},
		{"uneven test parts", uneven, bench.Options{Period: 7}, "series s00 has 7 test rows, s01 has 8"},
		{"horizon beyond the test part", weeks(2, 70, 7), bench.Options{Period: 7, Horizon: 9}, "7 test rows, not the horizon of 9"},
		{"horizon as long as the series", weeks(2, 70, 0), bench.Options{Period: 7, Horizon: 70}, "no series has more values than the horizon of 70"},
		{"holidays without common dates", uneven, bench.Options{Period: 7, Horizon: 7, Holidays: true}, "holidays need"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := bench.Run(tt.set, []bench.Method{method("naive", naive.New())}, tt.options, ticks())
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Run = %v; want an error with %q", err, tt.want)
			}
		})
	}
	stopped := bench.Options{Period: 7, Stop: func() bool { return true }}
	if _, err := bench.Run(weeks(2, 70, 7), []bench.Method{method("naive", naive.New())}, stopped, ticks()); !errors.Is(err, backtest.ErrStopped) {
		t.Errorf("Run that is stopped = %v; want %v", err, backtest.ErrStopped)
	}
}

// TestRunScalesByAllValues checks that published measures are those of their
// definition (Hyndman & Koehler 2006): a mistake in the training part is left out by
// the methods and the intervals, but not by the scale.
func TestRunScalesByAllValues(t *testing.T) {
	t.Parallel()
	set := weeks(1, 200, 14)
	values := set.Series[0].Values
	values[100] = 5000
	results, err := bench.Run(set, []bench.Method{method("seasonal_naive", naive.NewSeasonal())}, bench.Options{Period: 7, Levels: []int{95}}, ticks())
	if err != nil {
		t.Fatal(err)
	}
	train, test := values[:186], values[186:]
	scale, want := 0., 0.
	for i := 7; i < len(train); i++ {
		scale += math.Abs(train[i]-train[i-7]) / float64(len(train)-7)
	}
	for h, y := range test {
		want += math.Abs(y-train[len(train)-7+h%7]) / scale / float64(len(test))
	}
	m := results[0].Measures
	if got := m.MASE.Number; math.Abs(got-want) > 1e-12 {
		t.Errorf("MASE = %v; want %v by its definition", got, want)
	}
	// 95 % of errors of 32/3 lie within about 2.2 of that on either side; half
	// of it and twice it are said by the usual scale alone.
	if got := m.MSIS.Number * scale; got < 20 || got > 120 {
		t.Errorf("the mean interval score is %v; want the width of usual errors", got)
	}
}

// TestRunIntervalsOfShortSeries checks that series of less than a season have the
// intervals that a batch publishes: as wide as their size asks for.
func TestRunIntervalsOfShortSeries(t *testing.T) {
	t.Parallel()
	for _, long := range []int{0, 20} {
		set := weeks(20, 14, 7)
		for _, s := range weeks(long, 140, 7).Series {
			s.ID = "long " + s.ID
			set.Series = append(set.Series, s)
		}
		results, err := bench.Run(set, []bench.Method{method("mean", naive.NewMean())}, bench.Options{Period: 7, Levels: []int{95}}, ticks())
		if err != nil {
			t.Fatal(err)
		}
		if got := results[0].Measures.Levels[0].Coverage.Number; got < .7 {
			t.Errorf("beside %d long ones, intervals at 95 %% cover %v of the actuals; want most", long, got)
		}
	}
}

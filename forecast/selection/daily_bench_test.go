//go:build unix

package selection_test

import (
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/backtest/conformal"
	"github.com/daybatch/daybatch/forecast/backtest/special"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/selection"
	"github.com/daybatch/daybatch/forecast/series"
)

// rolling is a daily data set with its origins, given as the days that the end
// of the data lies behind them.
type rolling struct {
	set     string
	country string
	last    int // days of history and test, 0 for all
	horizon int
	before  []int
}

func rollings() []rolling {
	return []rolling{
		{"chicago_l_daily", "US", 1461, 28, []int{28, 119, 210, 245, 301}},
		{"bike_daily", "US", 0, 28, []int{28, 56, 84, 112, 140, 168}},
		{"nn5_daily_clean", "", 0, 56, []int{56}},
	}
}

// panel returns the series of a set, and the date of its last value.
func (r rolling) panel(b *testing.B) (panel []series.Series, end calendar.Date) {
	b.Helper()
	for i, d := range readSet(b, r.set) {
		values := slices.Concat(d.train, d.test)
		start := d.start
		if r.last > 0 {
			start += calendar.Date(len(values) - r.last)
			values = values[len(values)-r.last:]
		}
		end = start + calendar.Date(len(values)-1)
		panel = append(panel, series.Series{Key: series.Key(strconv.Itoa(i)), Start: start, Values: values})
	}
	return panel, end
}

// BenchmarkDaily forecasts the daily sets from several origins as a batch does,
// with special days, and reports the MASE, scaled by the weekly differences of
// the whole series, the WAPE, and the processor time per fit.
//
//	go test ./forecast/selection -run '^$' -bench Daily -benchtime 1x -data DIR -sets bike_daily -methods ensemble_daily
func BenchmarkDaily(b *testing.B) {
	if *dataDir == "" {
		b.Skip("needs -data DIR")
	}
	names := []string{selection.EnsembleDaily}
	if *methods != "" {
		names = strings.Split(*methods, ",")
	}
	for _, r := range rollings() {
		if *dataSets != "" && !slices.Contains(strings.Split(*dataSets, ","), r.set) {
			continue
		}
		panel, end := r.panel(b)
		o := backtest.Options{Horizon: r.horizon, Period: 7, Refit: backtest.RefitEach, Workers: 1}
		for _, days := range r.before {
			o.Origins = append(o.Origins, end-calendar.Date(days))
		}
		slices.Sort(o.Origins)
		if r.country != "" {
			holidays, err := calendar.HolidaysFor(r.country)
			if err != nil {
				b.Fatal(err)
			}
			o.Days = special.NewDays(calendar.Range{From: panel[0].Start, To: end}, holidays.Class)
		}
		for _, name := range names {
			b.Run(r.set+"/"+name, func(b *testing.B) { benchmarkDaily(b, panel, o, name) })
		}
	}
}

func benchmarkDaily(b *testing.B, panel []series.Series, o backtest.Options, name string) {
	b.Helper()
	previous := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(previous)
	for b.Loop() {
		before := cpu()
		tables, err := backtest.Run(panel, func(int) []backtest.Candidate { return selection.Candidates(name) }, o)
		if err != nil {
			b.Fatal(err)
		}
		used := cpu() - before
		reportCoverage(b, tables, name, o)
		var mase, absolute, demand, rows float64
		for i, table := range tables {
			at, scale := table.Model(name), differences(panel[i].Values, 7, math.Abs)
			for k := range table.Origins {
				for h, y := range table.Actual(k) {
					if e := math.Abs(y - table.Forecast(k, at)[h]); !math.IsNaN(e) {
						mase += e / scale
						absolute += e
						demand += math.Abs(y)
						rows++
					}
				}
			}
		}
		b.ReportMetric(mase/rows, "mase")
		b.ReportMetric(100*absolute/demand, "wape-%")
		b.ReportMetric(used.Seconds()*1000/float64(len(panel)*len(o.Origins)), "cpu-ms/fit")
	}
	b.ReportMetric(0, "ns/op")
}

// reportCoverage reports the share of actuals within the intervals of 95 %, those
// of an origin made without its errors, and their mean width over the MASE's
// scale with the misses, as MSIS counts them.
func reportCoverage(b *testing.B, tables []*backtest.Table, name string, o backtest.Options) {
	b.Helper()
	errs := make([]conformal.Errors, len(tables))
	for i, table := range tables {
		errs[i] = conformal.Errors{Group: "all", Origins: table.Origins}
		at := table.Model(name)
		for k := range table.Origins {
			row := slices.Clone(table.Actual(k))
			for h := range row {
				row[h] = (row[h] - table.Forecast(k, at)[h]) / selection.Unit(table.Usual[k])
			}
			errs[i].Scaled = append(errs[i].Scaled, row)
		}
	}
	bands := conformal.NewPanel(errs, []int{95}, o.Horizon, o.Period)
	var within, rows, score float64
	for i, e := range errs {
		for k, row := range e.Scaled {
			band, _ := bands.Bands(i, e.Origins[k])
			for h, v := range row {
				if math.IsNaN(v) {
					continue
				}
				rows++
				low, high := band[0].Lower[h], band[0].Upper[h]
				score += high - low + 40*(max(0, low-v)+max(0, v-high))
				if low <= v && v <= high {
					within++
				}
			}
		}
	}
	b.ReportMetric(within/rows, "coverage")
	b.ReportMetric(score/rows, "msis")
}

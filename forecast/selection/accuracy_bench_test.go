//go:build unix

package selection_test

import (
	"compress/gzip"
	"encoding/csv"
	"flag"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/backtest/weekday"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/selection"
)

var (
	dataDir  = flag.String("data", "", "directory of the data sets, which are not part of the module, for BenchmarkAccuracy")
	dataSets = flag.String("sets", "", "data sets for BenchmarkAccuracy, all if empty")
	inside   = flag.Bool("inside", false, "BenchmarkAccuracy forecasts the end of the training parts, to choose constants by")
	methods  = flag.String("methods", "", "methods for BenchmarkAccuracy, all if empty")
)

// split is one series of a data set with the values to forecast.
type split struct {
	train, test []float64
	start       calendar.Date
}

// period is the season of a data set.
func period(set string) int {
	switch {
	case strings.HasSuffix(set, "monthly"):
		return 12
	case strings.HasSuffix(set, "quarterly"):
		return 4
	case strings.HasSuffix(set, "hourly"):
		return 24
	case strings.HasSuffix(set, "yearly"), strings.HasSuffix(set, "other"):
		return 1
	}
	return 7
}

// longer are the further seasons of a data set with a season of m.
func longer(m int) []int {
	if m == 24 {
		return []int{168}
	}
	return nil
}

// readSet returns the series of a data set in the byte order of their ids.
func readSet(b *testing.B, set string) []split {
	b.Helper()
	matches, err := filepath.Glob(filepath.Join(*dataDir, set+".csv*"))
	if err != nil || len(matches) == 0 {
		b.Fatalf("no %s in %s: %v", set, *dataDir, err)
	}
	file, err := os.Open(matches[0])
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	var in io.Reader = file
	if strings.HasSuffix(matches[0], ".gz") {
		if in, err = gzip.NewReader(file); err != nil {
			b.Fatal(err)
		}
	}
	rows, err := csv.NewReader(in).ReadAll()
	if err != nil {
		b.Fatal(err)
	}
	column := func(name string) int { return slices.Index(rows[0], name) }
	id, value, part, date := column("series"), column("value"), column("split"), column("date")
	byID := make(map[string]*split)
	for _, row := range rows[1:] {
		s := byID[row[id]]
		if s == nil {
			s = &split{}
			byID[row[id]] = s
			if date >= 0 {
				if s.start, err = calendar.Parse(row[date]); err != nil {
					b.Fatal(err)
				}
			}
		}
		v, err := strconv.ParseFloat(row[value], 64)
		if err != nil {
			v = math.NaN()
		}
		if row[part] == "train" {
			s.train = append(s.train, v)
		} else {
			s.test = append(s.test, v)
		}
	}
	var all []split
	for _, key := range slices.Sorted(maps.Keys(byID)) {
		s := *byID[key]
		if *inside {
			s.train, s.test = s.train[:len(s.train)-len(s.test)], s.train[len(s.train)-len(s.test):]
		}
		all = append(all, s)
	}
	return all
}

// cpu is the processor time that the process has used.
func cpu() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// totals are sums over the series of a set.
type totals struct {
	smape, mase, rmsse, bias, demand float64
	scaled, stepped                  float64 // series with a scale
	failed                           int
	cpu                              time.Duration
}

func (s *totals) add(d split, m int, forecast []float64) {
	smape, absolute, squared, n := 0.0, 0.0, 0.0, 0.0
	for i, y := range d.test {
		if math.IsNaN(y) {
			continue
		}
		e := forecast[i] - y
		if e != 0 {
			smape += 200 * math.Abs(e) / (math.Abs(y) + math.Abs(forecast[i]))
		}
		absolute += math.Abs(e)
		squared += e * e
		s.bias += e
		s.demand += math.Abs(y)
		n++
	}
	s.smape += smape / n
	if scale := differences(d.train, m, math.Abs); scale > 0 {
		s.mase += absolute / n / scale
		s.scaled++
	}
	first := max(0, slices.IndexFunc(d.train, func(v float64) bool { return v != 0 }))
	if scale := differences(d.train[first:], 1, func(v float64) float64 { return v * v }); scale > 0 {
		s.rmsse += math.Sqrt(squared / n / scale)
		s.stepped++
	}
}

// differences is the mean of what measure makes of the differences of a lag.
func differences(y []float64, lag int, measure func(float64) float64) float64 {
	sum, n := 0.0, 0.0
	for i := lag; i < len(y); i++ {
		if d := y[i] - y[i-lag]; !math.IsNaN(d) {
			sum += measure(d)
			n++
		}
	}
	return sum / n
}

// BenchmarkAccuracy forecasts the test parts of the data sets from their ends of
// training with each method and reports the errors as M4 defines them, the
// RMSSE and bias of intermittent demand, and the processor time per series of
// the fits alone. It is no part of the choice of any constant.
//
//	go test ./forecast/selection -run '^$' -bench Accuracy -benchtime 1x -data DIR -sets nn5_daily_clean -methods ces
func BenchmarkAccuracy(b *testing.B) {
	if *dataDir == "" {
		b.Skip("needs -data DIR")
	}
	names := selection.Names()
	if *methods != "" {
		names = strings.Split(*methods, ",")
	}
	sets := []string{
		"m3_yearly", "m3_quarterly", "m3_monthly", "m3_other", "m4_hourly", "nn5_daily_clean", "bike_daily",
		"chicago_l_daily", "carparts_monthly",
	}
	if *dataSets != "" {
		sets = strings.Split(*dataSets, ",")
	}
	for _, set := range sets {
		series := readSet(b, set)
		for _, name := range names {
			candidates := selection.Candidates(name)
			if len(candidates) == 0 {
				continue // auto
			}
			b.Run(fmt.Sprintf("%s/%s", set, name), func(b *testing.B) {
				benchmarkMethod(b, series, period(set), method{candidates})
			})
		}
	}
}

// method is a candidate, which stands last, after those that it combines.
type method struct{ candidates []backtest.Candidate }

// forecast returns the forecasts of h periods, or what no member could do.
func (m method) forecast(y []float64, c model.Context, h int) ([]float64, error) {
	last := m.candidates[len(m.candidates)-1]
	members := m.candidates[:len(m.candidates)-1]
	if last.New != nil {
		members = m.candidates
	}
	var paths [][]float64
	var cause error
	for _, member := range members {
		fitted, err := member.New(backtest.Group{Week: weekday.Flat()}).Fit(y, c)
		if err != nil {
			cause = err
			continue
		}
		paths = append(paths, fitted.Predict(h))
	}
	if len(paths) == 0 {
		return nil, cause
	}
	out, values := make([]float64, h), make([]float64, len(paths))
	for i := range out {
		for k, path := range paths {
			values[k] = path[i]
		}
		counted := values
		if len(values) >= 4 { // as the backtest combines
			slices.Sort(values)
			counted = values[1 : len(values)-1]
		}
		for _, v := range counted {
			out[i] += v / float64(len(counted))
		}
	}
	return out, nil
}

func benchmarkMethod(b *testing.B, series []split, m int, method method) {
	b.Helper()
	previous := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(previous)
	var sum totals
	for b.Loop() {
		sum = totals{}
		for _, d := range series {
			before := cpu()
			forecast, err := method.forecast(d.train, model.Context{Period: m, Longer: longer(m), Start: d.start}, len(d.test))
			sum.cpu += cpu() - before
			if err != nil {
				sum.failed++
				sum.add(d, m, make([]float64, len(d.test)))
				continue
			}
			sum.add(d, m, forecast)
		}
	}
	n := float64(len(series))
	b.ReportMetric(sum.smape/n, "smape")
	b.ReportMetric(sum.mase/sum.scaled, "mase")
	b.ReportMetric(sum.rmsse/sum.stepped, "rmsse")
	b.ReportMetric(sum.bias/sum.demand, "bias")
	b.ReportMetric(float64(sum.failed), "failed")
	b.ReportMetric(sum.cpu.Seconds()*1000/n, "cpu-ms/series")
	b.ReportMetric(0, "ns/op")
}

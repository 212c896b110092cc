package arima_test

import (
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/arima"
	"github.com/daybatch/daybatch/forecast/model/modeltest"
)

// One evaluation of the likelihood and one step of the filter allocate nothing.
//
//nolint:paralleltest // the count is that of the whole process
func TestKernelsAllocateNothing(t *testing.T) {
	for _, o := range []arima.Order{
		{D: 1, MA: 1, SeasonalD: 1, SeasonalMA: 1},
		{AR: 2, D: 1, MA: 2, SeasonalAR: 1, SeasonalMA: 1, Constant: true},
	} {
		k := arima.NewKernel(o, modeltest.Demand(115, 12, 1), 12)
		if got := testing.AllocsPerRun(10, func() { k.Likelihood() }); got != 0 {
			t.Errorf("%+v: likelihood allocates %v times; want 0", o, got)
		}
		if got := testing.AllocsPerRun(10, func() { k.Filter() }); got != 0 {
			t.Errorf("%+v: filter allocates %v times; want 0", o, got)
		}
	}
}

func BenchmarkKernel(b *testing.B) {
	o := arima.Order{AR: 2, D: 1, MA: 2, SeasonalAR: 1, SeasonalMA: 1, Constant: true}
	for _, size := range []struct{ n, m int }{{115, 12}, {735, 7}} {
		k := arima.NewKernel(o, modeltest.Demand(size.n, size.m, 1), size.m)
		b.Run(fmt.Sprintf("likelihood/n=%d", size.n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				k.Likelihood()
			}
		})
		b.Run(fmt.Sprintf("filter/n=%d", size.n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				k.Filter()
			}
		})
	}
}

func BenchmarkFit(b *testing.B) {
	for _, size := range []struct{ n, m int }{{20, 1}, {115, 12}, {735, 7}, {1100, 7}, {960, 24}} {
		b.Run(fmt.Sprintf("automatic/n=%d/m=%d", size.n, size.m), func(b *testing.B) {
			y := modeltest.Demand(size.n, max(size.m, 4), 1)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := arima.New().Fit(y, model.Context{Period: size.m}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// dataVariable names the directory of the data sets that are too large for the
// repository or may not be published.
const dataVariable = "DAYBATCH_DATA"

type competition struct{ train, test []float64 }

// readCompetition returns the series of a file by id.
func readCompetition(tb testing.TB, name string) (all map[string]*competition) {
	tb.Helper()
	dir, ok := os.LookupEnv(dataVariable)
	if !ok {
		tb.Skip(dataVariable + " is not set")
	}
	file, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close()
	plain, err := gzip.NewReader(file)
	if err != nil {
		tb.Fatal(err)
	}
	rows, err := csv.NewReader(plain).ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	all = make(map[string]*competition)
	value := slices.Index(rows[0], "value")
	for _, row := range rows[1:] {
		v, err := strconv.ParseFloat(row[value], 64)
		if err != nil {
			v = math.NaN()
		}
		if all[row[0]] == nil {
			all[row[0]] = &competition{}
		}
		c := all[row[0]]
		if row[value+1] == "train" {
			c.train = append(c.train, v)
		} else {
			c.test = append(c.test, v)
		}
	}
	return all
}

// evenly returns k of the ids in byte order, as the reference's scripts do.
func evenly(all map[string]*competition, k int) []string {
	var ids, chosen []string
	for id := range all {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	if len(ids) <= k {
		return ids
	}
	for i := range k {
		chosen = append(chosen, ids[int(math.RoundToEven(float64(i*(len(ids)-1))/float64(k-1)))])
	}
	return chosen
}

// BenchmarkCompetition reports accuracy (sMAPE, MASE) and time per series on
// the ids that the peers were measured on:
//
//	DAYBATCH_DATA=... GOMAXPROCS=1 go test -run '^$' -bench Competition -benchtime 1x ./forecast/model/arima
func BenchmarkCompetition(b *testing.B) {
	for _, set := range []struct {
		name string
		m, k int
	}{{"m3_monthly", 12, 96}, {"m3_quarterly", 4, 126}, {"nn5_daily_clean", 7, 16}, {"m4_hourly", 24, 5}} {
		b.Run(set.name, func(b *testing.B) {
			all := readCompetition(b, set.name+".csv.gz")
			ids := evenly(all, set.k)
			var smape, mase float64
			for b.Loop() {
				smape, mase = 0, 0
				for _, id := range ids {
					s, a := score(b, all[id], set.m)
					smape += s / float64(len(ids))
					mase += a / float64(len(ids))
				}
			}
			b.ReportMetric(smape, "sMAPE")
			b.ReportMetric(mase, "MASE")
			b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N*len(ids)), "ms/series")
		})
	}
}

// score returns the errors of one series by the definitions of M4.
func score(tb testing.TB, c *competition, m int) (smape, mase float64) {
	tb.Helper()
	f, err := arima.New().Fit(c.train, model.Context{Period: m})
	if err != nil {
		tb.Fatal(err)
	}
	scale, size := 0.0, float64(len(c.test))
	for t := m; t < len(c.train); t++ {
		scale += math.Abs(c.train[t]-c.train[t-m]) / float64(len(c.train)-m)
	}
	for i, v := range f.Predict(len(c.test)) {
		if math.IsNaN(c.test[i]) {
			continue
		}
		e := math.Abs(v - c.test[i])
		smape += 200 * e / (math.Abs(v) + math.Abs(c.test[i])) / size
		mase += e / scale / size
	}
	return smape, mase
}

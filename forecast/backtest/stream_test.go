package backtest_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/backtest/weekday"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/naive"
	"github.com/daybatch/daybatch/forecast/model/theta"
	"github.com/daybatch/daybatch/forecast/series"
)

// generated yields n series of noisy weekly demand up to today in shards, in
// memory that the next shard uses again.
func generated(n, days, size int) backtest.Shards {
	return func(yield func([]series.Series, error) bool) {
		shard := make([]series.Series, min(size, n))
		for i := range shard {
			shard[i].Values = make([]float64, days)
		}
		for from := 0; from < n; from += size {
			part := shard[:min(size, n-from)]
			for i := range part {
				rng := rand.New(rand.NewPCG(uint64(from+i), 7))
				part[i].Key = series.MakeKey(fmt.Sprintf("vehicle-%06d", from+i), "north")
				part[i].Start = today - calendar.Date(days) + 1
				for t := range part[i].Values {
					part[i].Values[t] = 20 * (1 + float64((t+from+i)%7)/7) * (1 + .2*rng.NormFloat64())
				}
			}
			if !yield(part, nil) {
				return
			}
		}
	}
}

// streamed collects the tables of a stream.
func streamed(t *testing.T, shards backtest.Shards, candidates []backtest.Candidate, o backtest.Options) []*backtest.Table {
	t.Helper()
	var tables []*backtest.Table
	err := backtest.Stream(shards, func(int, series.Series) []backtest.Candidate { return candidates }, o, func(i int, table *backtest.Table) error {
		if i != len(tables) {
			t.Errorf("table of series %d came after %d; want the panel's order", i, len(tables))
		}
		tables = append(tables, table)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tables
}

// TestStreamAnyCut checks that neither the shards nor the workers change a bit,
// also where a sample speaks for the panel.
func TestStreamAnyCut(t *testing.T) {
	t.Parallel()
	short := []backtest.Candidate{
		backtest.Of("naive", naive.New()),
		{Name: "ses", New: func(g backtest.Group) model.Model { return weekday.NewSES(g.Week) }},
	}
	for _, tt := range []struct {
		name       string
		n, days    int
		sizes      []int
		candidates []backtest.Candidate
	}{
		{"all methods", 5, 100, []int{1, 2, 4}, methods()},
		{"more series than speak for the panel", 5000, 16, []int{999, 4097}, short},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := options(7, today-14, today-7)
			want := streamed(t, generated(tt.n, tt.days, tt.n), tt.candidates, o)
			for k, size := range tt.sizes {
				o.Workers = []int{1, 2, 7}[k%3]
				got := streamed(t, generated(tt.n, tt.days, size), tt.candidates, o)
				if diff := cmp.Diff(want, got, cmp.AllowUnexported(backtest.Table{}), cmpopts.EquateNaNs()); diff != "" {
					t.Fatalf("shards of %d and %d workers change the tables:\n%s", size, o.Workers, diff)
				}
			}
		})
	}
}

// fragile panics on a series that begins with 13.
type fragile struct{ model.Model }

func (f fragile) Fit(y []float64, c model.Context) (model.Fitted, error) {
	if y[0] == 13 {
		panic("thirteen")
	}
	return f.Model.Fit(y, c)
}

func TestStreamKeepsTheOthers(t *testing.T) {
	t.Parallel()
	panel := make([]series.Series, 6)
	for i := range panel {
		panel[i] = demand(fmt.Sprintf("s%d", i), 60+i)
	}
	candidates := []backtest.Candidate{backtest.Of("mean", fragile{naive.NewMean()})}
	o := options(7, today)
	shards := func(yield func([]series.Series, error) bool) {
		_ = yield(panel[:2], nil) && yield(panel[2:], nil)
	}
	want := streamed(t, shards, candidates, o)
	panel[3].Values[0] = 13
	got := streamed(t, shards, candidates, o)
	for i, table := range got {
		if i == 3 {
			if len(table.Failures) != 1 || table.Failures[0].Instead == "" {
				t.Errorf("failures of the bad series = %v; want one, with what stands in", table.Failures)
			}
			continue
		}
		if diff := cmp.Diff(want[i], table, cmp.AllowUnexported(backtest.Table{}), cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("series %d changed with series 3:\n%s", i, diff)
		}
	}
}

func TestStreamEnds(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk is gone")
	full := errors.New("disk is full")
	none := func(int, *backtest.Table) error { return nil }
	mean := func(int, series.Series) []backtest.Candidate {
		return []backtest.Candidate{backtest.Of("mean", naive.NewMean())}
	}
	t.Run("when it is stopped between two series", func(t *testing.T) {
		t.Parallel()
		o := options(7, today)
		emitted, done := 0, 0
		o.Progress = func(n int) { done = n }
		o.Stop = func() bool { return done >= 15 }
		err := backtest.Stream(generated(40, 30, 10), mean, o, func(int, *backtest.Table) error { emitted++; return nil })
		if !errors.Is(err, backtest.ErrStopped) || emitted != 10 || done != 15 {
			t.Errorf("Stream = %v after %d series, %d of them out; want %v after 15, 10 of them out", err, done, emitted, backtest.ErrStopped)
		}
	})
	t.Run("with the error of a shard", func(t *testing.T) {
		t.Parallel()
		reads := 0
		shards := func(yield func([]series.Series, error) bool) {
			reads++
			if yield([]series.Series{demand("a", 30)}, nil) && reads == 2 {
				yield(nil, broken)
			}
		}
		if err := backtest.Stream(shards, mean, options(7, today), none); !errors.Is(err, broken) {
			t.Errorf("Stream = %v; want %v", err, broken)
		}
	})
	t.Run("with the error of emit", func(t *testing.T) {
		t.Parallel()
		err := backtest.Stream(generated(40, 30, 10), mean, options(7, today), func(i int, _ *backtest.Table) error {
			if i > 0 {
				t.Errorf("series %d came after the error", i)
			}
			return full
		})
		if !errors.Is(err, full) {
			t.Errorf("Stream = %v; want %v", err, full)
		}
	})
	t.Run("with no series", func(t *testing.T) {
		t.Parallel()
		if err := backtest.Stream(generated(0, 30, 10), mean, options(7, today), none); err != nil {
			t.Errorf("Stream = %v; want nil", err)
		}
	})
}

// BenchmarkStream forecasts 100,000 generated series of two years and reports the
// largest heap that was in use and the time per series.
//
//	go test ./forecast/backtest -run '^$' -bench Stream -benchtime 1x
func BenchmarkStream(b *testing.B) {
	const n, days, size = 100_000, 730, 1024
	o := options(28, today)
	o.Workers = runtime.GOMAXPROCS(0)
	var largest uint64
	watched := func(yield func([]series.Series, error) bool) {
		for shard, err := range generated(n, days, size) {
			var stats runtime.MemStats
			runtime.ReadMemStats(&stats)
			largest = max(largest, stats.HeapInuse)
			if !yield(shard, err) {
				return
			}
		}
	}
	for b.Loop() {
		err := backtest.Stream(watched, func(int, series.Series) []backtest.Candidate {
			return []backtest.Candidate{backtest.Of("theta", theta.New())}
		}, o, func(int, *backtest.Table) error { return nil })
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(largest)/(1<<20), "MB-heap")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/n, "us/series")
	b.ReportMetric(0, "ns/op")
}

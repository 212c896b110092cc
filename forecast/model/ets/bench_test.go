package ets_test

import (
	"fmt"
	"testing"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/ets"
	"github.com/daybatch/daybatch/forecast/model/modeltest"
)

// One evaluation of the criterion and one with its gradient allocate nothing.
//
//nolint:paralleltest // the count is that of the whole process
func TestPassAllocatesNothing(t *testing.T) {
	for _, letters := range ets.Letters() {
		s := ets.NewSlope(letters, modeltest.Demand(115, 12, 1), 12)
		g := make([]float64, len(s.X))
		if got := testing.AllocsPerRun(10, func() {
			s.Value(s.X)
			s.Gradient(s.X, g)
		}); got != 0 {
			t.Errorf("%s: %v allocations; want 0", letters, got)
		}
	}
}

func BenchmarkPass(b *testing.B) {
	for _, size := range []struct{ n, m int }{{115, 12}, {735, 7}} {
		for _, letters := range []string{"ANN", "AAdN", "MAdN", "AAA", "MAA", "MAM"} {
			b.Run(fmt.Sprintf("%s/n=%d", letters, size.n), func(b *testing.B) {
				s := ets.NewSlope(letters, modeltest.Demand(size.n, size.m, 1), size.m)
				b.ReportAllocs()
				for b.Loop() {
					s.Value(s.X)
				}
			})
			b.Run(fmt.Sprintf("%s/n=%d/gradient", letters, size.n), func(b *testing.B) {
				s := ets.NewSlope(letters, modeltest.Demand(size.n, size.m, 1), size.m)
				g := make([]float64, len(s.X))
				b.ReportAllocs()
				for b.Loop() {
					s.Value(s.X)
					s.Gradient(s.X, g)
				}
			})
		}
	}
}

func BenchmarkFit(b *testing.B) {
	for _, size := range []struct{ n, m int }{{20, 1}, {115, 12}, {735, 7}, {1100, 7}} {
		b.Run(fmt.Sprintf("automatic/n=%d/m=%d", size.n, size.m), func(b *testing.B) {
			y := modeltest.Demand(size.n, max(size.m, 4), 1)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ets.New().Fit(y, model.Context{Period: size.m}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

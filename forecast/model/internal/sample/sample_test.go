package sample_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast/model/internal/sample"
)

func TestOf(t *testing.T) {
	t.Parallel()
	y := []float64{math.NaN(), math.Inf(1), 3, math.NaN(), -4, math.Inf(-1)}
	got := sample.Of(y)
	want := sample.Sample{Values: []float64{3, math.NaN(), -4, math.NaN()}, Observed: 2}
	if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("Of(%v) differs (-want +got):\n%s", y, diff)
	}
	if low, high := got.Range(); low != -4 || high != 3 {
		t.Errorf("Range() = %v, %v; want -4, 3", low, high)
	}
}

func TestScale(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		y := rapid.SliceOfN(rapid.Float64(), 1, 20).Draw(t, "y")
		s := sample.Of(y)
		scale := s.Scale()
		if fraction, _ := math.Frexp(scale); fraction != 0.5 {
			t.Fatalf("Scale() = %v; want a power of two", scale)
		}
		for _, v := range s.Values {
			if scaled := v / scale; math.Abs(scaled) > 2*float64(len(y)) || math.IsInf(scaled*scale, 0) {
				t.Errorf("%v/%v = %v; want at most twice the length", v, scale, scaled)
			}
		}
	})
}

func TestClamp(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]float64{1: 1, math.Inf(1): math.MaxFloat64, math.Inf(-1): -math.MaxFloat64} {
		if got := sample.Clamp(v); got != want {
			t.Errorf("Clamp(%v) = %v; want %v", v, got, want)
		}
	}
}

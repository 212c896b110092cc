package decompose_test

import (
	"math"
	"os"
	"slices"
	"testing"

	"github.com/daybatch/daybatch/forecast/model/internal/decompose"
	"github.com/daybatch/daybatch/forecast/model/internal/reference"
)

// The end of R's decomposition by mstl, relative to the range of the series.
func TestSTLIsRs(t *testing.T) {
	t.Parallel()
	all, err := reference.Load(os.DirFS("../../testdata"), reference.FileARIMA)
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for id, s := range all {
		if s.STL == nil {
			continue
		}
		checked++
		season, trend := decompose.STL(s.Y, s.M)
		tolerance := 1e-6 * (slices.Max(s.Y) - slices.Min(s.Y))
		for name, pair := range map[string][2][]float64{"season": {season, s.STL.Seasonal}, "trend": {trend, s.STL.Trend}} {
			got, want := pair[0][len(s.Y)-len(pair[1]):], pair[1]
			for i, v := range want {
				if math.Abs(got[i]-v) > tolerance {
					t.Errorf("%s: %s[%d] = %.9g; want %.9g", id, name, i, got[i], v)
				}
			}
		}
	}
	if checked == 0 {
		t.Error("no decomposition was checked")
	}
}

func TestStrength(t *testing.T) {
	t.Parallel()
	week := make([]float64, 70)
	for i := range week {
		week[i] = float64(i % 7)
	}
	for _, tt := range []struct {
		name string
		y    []float64
		m    int
		want float64
	}{
		{"nothing but season", week, 7, 1},
		{"two seasons are too few", week[:14], 7, 0},
		{"no season", week, 1, 0},
		{"constant", make([]float64, 70), 7, 0},
	} {
		if got := decompose.Strength(tt.y, tt.m); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%s: Strength = %v; want %v", tt.name, got, tt.want)
		}
	}
}

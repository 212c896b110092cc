package decompose_test

import (
	"math"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/daybatch/daybatch/forecast/model/internal/decompose"
	"github.com/daybatch/daybatch/forecast/model/internal/reference"
)

// R's seasonal figures, printed with 12 digits.
func TestClassicalIsRs(t *testing.T) {
	t.Parallel()
	all, err := reference.Load(os.DirFS("../../testdata"), reference.File)
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for id, s := range all {
		for kind, want := range map[decompose.Kind]*reference.Figure{decompose.Additive: s.Additive, decompose.Multiplicative: s.Multiple} {
			if want == nil {
				continue
			}
			checked++
			if diff := cmp.Diff(want.Figure, decompose.Classical(s.Y, s.M, kind), cmpopts.EquateApprox(1e-9, 1e-9)); diff != "" {
				t.Errorf("%s, kind %d: figure differs (-R +ours):\n%s", id, kind, diff)
			}
		}
		if s.M > 1 {
			if diff := cmp.Diff(s.ACF, decompose.Autocorrelation(s.Y, s.M), cmpopts.EquateApprox(1e-9, 1e-9)); diff != "" {
				t.Errorf("%s: autocorrelations differ (-R +ours):\n%s", id, diff)
			}
		}
	}
	if checked == 0 {
		t.Error("no figure was checked")
	}
}

func TestClassicalNeedsTwoSeasons(t *testing.T) {
	t.Parallel()
	if got := decompose.Classical([]float64{1, 2, 3, 4, 5, 6, 7}, 4, decompose.Additive); got != nil {
		t.Errorf("Classical(7 values, 4) = %v; want nil", got)
	}
	if got := decompose.Classical(make([]float64, 12), 4, decompose.Multiplicative); got != nil {
		t.Errorf("Classical(zeros, multiplicative) = %v; want nil", got)
	}
}

func TestSeasonal(t *testing.T) {
	t.Parallel()
	week := func(n int) []float64 {
		y := make([]float64, n)
		for i := range y {
			y[i] = float64(i % 7)
		}
		return y
	}
	for _, tt := range []struct {
		name string
		y    []float64
		m    int
		want bool
	}{
		{"a week", week(70), 7, true},
		{"three weeks suffice", week(21), 7, true},
		{"less than three do not", week(20), 7, false},
		{"another season", week(70), 5, false},
		{"no season", week(70), 1, false},
		{"constant", make([]float64, 70), 7, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := decompose.Seasonal(tt.y, tt.m); got != tt.want {
				t.Errorf("Seasonal(m = %d) = %v; want %v", tt.m, got, tt.want)
			}
		})
	}
}

func TestFill(t *testing.T) {
	t.Parallel()
	gap := math.NaN()
	for _, tt := range []struct {
		name    string
		y       []float64
		m       int
		want    []float64
		missing int
	}{
		{"complete", []float64{1, 2}, 1, []float64{1, 2}, 0},
		{"line", []float64{1, gap, gap, 4}, 1, []float64{1, 2, 3, 4}, 2},
		{"ends", []float64{gap, 3, 3, gap}, 1, []float64{3, 3, 3, 3}, 2},
		{"on top of the season", []float64{1, 9, 1, gap, 1, 9}, 2, []float64{1, 9, 1, 9, 1, 9}, 1},
		{"unseen phase", []float64{2, gap, 2, gap}, 2, []float64{2, 2, 2, 2}, 2},
		{"nothing observed", []float64{gap, gap}, 2, []float64{0, 0}, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, missing := decompose.Fill(tt.y, tt.m)
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateApprox(0, 1e-12)); diff != "" || missing != tt.missing {
				t.Errorf("Fill(%v, %d): %d missing, want %d (-want +got):\n%s", tt.y, tt.m, missing, tt.missing, diff)
			}
		})
	}
}

func TestRoughness(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		y    []float64
		m    int
		want float64
	}{
		{"a line", []float64{1, 2, 3, 4, 5, 6}, 3, 0},
		{"one peak", []float64{0, 0, 3, 0, 0}, 3, 1 + 4 + 1},
		{"an even window counts its ends by half", []float64{0, 0, 4, 0, 0}, 2, 1 + 4 + 1},
		{"shorter than the window", []float64{1, 9}, 7, 0},
	} {
		if got := decompose.Roughness(tt.y, tt.m); math.Abs(got-tt.want) > 1e-12 {
			t.Errorf("%s: Roughness(%v, %d) = %v; want %v", tt.name, tt.y, tt.m, got, tt.want)
		}
	}
}

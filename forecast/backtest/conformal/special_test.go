package conformal_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast/backtest/conformal"
)

// withSpecial returns errors of which those on some days of each origin are special and
// times as large.
func withSpecial(number int, times float64, days ...int) []conformal.Errors {
	rng := rand.New(rand.NewPCG(5, 6))
	panel := make([]conformal.Errors, number)
	for i := range panel {
		panel[i] = normal(4, 14, rng)
		for _, row := range panel[i].Scaled {
			for _, h := range days {
				row[h] *= times
			}
			panel[i].Special = append(panel[i].Special, days)
		}
	}
	return panel
}

// Special days whose errors are larger get wider bands, and other days the same.
func TestBandsOfSpecialDays(t *testing.T) {
	t.Parallel()
	ordinary := func(b conformal.Band) [2][]float64 { return [2][]float64{b.Lower, b.Upper} }
	for _, tt := range []struct {
		name      string
		number    int
		times     float64
		days      []int
		low, high float64 // of the factor at 80 %
	}{
		{"threefold errors", 30, 3, []int{2, 9}, 2.5, 3.5},
		{"errors as on other days", 30, 1, []int{2, 9}, 1, 1.2},
		{"calm ones", 30, .2, []int{2, 9}, 1, 1},
		{"too few", 7, 3, []int{2}, 0, 0}, // 28 errors
		{"most of the first days", 30, 3, []int{0, 1, 2, 3}, 0, 0},
	} {
		usual, _ := conformal.NewPanel(withSpecial(tt.number, 1, tt.days...), []int{80, 95}, 14, 7).Bands(0, 0)
		got, _ := conformal.NewPanel(withSpecial(tt.number, tt.times, tt.days...), []int{80, 95}, 14, 7).Bands(0, 0)
		for k, b := range got {
			if tt.low > 0 && !cmp.Equal(ordinary(b), ordinary(usual[k])) {
				t.Errorf("%s: bands of %d %% on other days are %v; want %v as without", tt.name, b.Level, ordinary(b), ordinary(usual[k]))
			}
			lower, upper := b.At(3, nil)
			specialLower, specialUpper := b.At(3, []int{1, 3})
			if factor := max(1, b.Special); specialLower != factor*lower || specialUpper != factor*upper {
				t.Errorf("%s: bounds on a special day are %.2f .. %.2f; want %.2f times %.2f .. %.2f", tt.name, specialLower, specialUpper, factor, lower, upper)
			}
		}
		if f := got[0].Special; f < tt.low || f > tt.high || got[1].Special < f {
			t.Errorf("%s: factors are %.2f and %.2f; want %.2f to %.2f, not falling with the level", tt.name, f, got[1].Special, tt.low, tt.high)
		}
	}
}

// What is left out has no part in the bands of special days either.
func TestBandsOfSpecialDaysLeaveOut(t *testing.T) {
	t.Parallel()
	panel := withSpecial(30, 3, 2, 9)
	out := panel[0].Origins[1]
	want, _ := conformal.NewPanel(panel, []int{90}, 14, 7).Bands(3, out)
	for i := range panel {
		panel[i].Scaled[1][2] *= 1e3
	}
	got, _ := conformal.NewPanel(panel, []int{90}, 14, 7).Bands(3, out)
	if diff := cmp.Diff(want, got); diff != "" || want[0].Special == 0 {
		t.Errorf("bands without a wild origin differ (-want +got):\n%s", diff)
	}
}

// A holiday that hits all series alike is one day, however many they are.
func TestBandsOfSpecialDaysInCommon(t *testing.T) {
	t.Parallel()
	factor := func(alike float64) float64 {
		panel := withSpecial(30, 3, 2, 9)
		rng := rand.New(rand.NewPCG(6, 6))
		for k := range panel[0].Scaled {
			for _, h := range []int{2, 9} {
				common := 3 * rng.NormFloat64()
				for i := range panel {
					own := &panel[i].Scaled[k][h]
					*own = math.Sqrt(alike)*common + math.Sqrt(1-alike)**own
				}
			}
		}
		bands, _ := conformal.NewPanel(panel, []int{95}, 14, 7).Bands(0, 0)
		return bands[0].Special / sizeOfSpecial(panel)
	}
	if alike, unlike := factor(.95), factor(0); alike < 1.1*unlike {
		t.Errorf("for their size bounds are %.2f times as far where series have special days in common, %.2f else; want clearly more", alike, unlike)
	}
}

// sizeOfSpecial is the root mean square of the errors on special days.
func sizeOfSpecial(panel []conformal.Errors) float64 {
	sum, n := 0.0, 0.0
	for _, e := range panel {
		for k, row := range e.Scaled {
			for _, h := range e.Special[k] {
				sum, n = sum+row[h]*row[h], n+1
			}
		}
	}
	return math.Sqrt(sum / n)
}

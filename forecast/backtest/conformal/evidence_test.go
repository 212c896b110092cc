package conformal_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast/backtest/conformal"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// shocked returns the errors of some series at each of some origins, each a random walk
// over the horizon: of the variance of its steps the share common is that of all series.
func shocked(number, origins, horizon int, common float64, rng *rand.Rand) []conformal.Errors {
	panel := make([]conformal.Errors, number)
	for k := range origins {
		steps := make([]float64, horizon)
		for h := range steps {
			steps[h] = rng.NormFloat64()
		}
		for i := range panel {
			row := make([]float64, horizon)
			at := 0.0
			for h := range row {
				at += math.Sqrt(common)*steps[h] + math.Sqrt(1-common)*rng.NormFloat64()
				row[h] = at
			}
			panel[i].Origins = append(panel[i].Origins, first+calendar.Date(horizon*k))
			panel[i].Scaled = append(panel[i].Scaled, row)
		}
	}
	return panel
}

// coverage is how many of the next errors the bands cover that the others make.
func coverage(number int, common float64, rng *rand.Rand) float64 {
	const origins, horizon, times = 4, 7, 200
	hits := 0
	for range times {
		panel := shocked(number, origins+1, horizon, common, rng)
		next := panel[0].Scaled[origins]
		for i := range panel {
			panel[i].Origins, panel[i].Scaled = panel[i].Origins[:origins], panel[i].Scaled[:origins]
		}
		bands, _ := conformal.NewPanel(panel, []int{95}, horizon, 7).Bands(0, 0)
		for h, v := range next {
			if bands[0].Lower[h] <= v && v <= bands[0].Upper[h] {
				hits++
			}
		}
	}
	return float64(hits) / times / horizon
}

func TestBandsCoverDaysThatSeriesHaveInCommon(t *testing.T) {
	t.Parallel()
	if got := coverage(12, .8, rand.New(rand.NewPCG(1, 2))); got < .90 || got > .97 {
		t.Errorf("with 80 %% of the variance in common bands cover %.3f; want .90 to .97", got)
	}
}

// Errors that series have in common count as fewer, and independent ones do not: the
// same errors are compared with series that share no origin, so that nothing is known
// to be common.
func TestBandsWidenByWhatIsInCommon(t *testing.T) {
	t.Parallel()
	const horizon = 14
	for _, tt := range []struct{ common, low, high float64 }{{0, 1, 1.01}, {.5, 1.02, 1.3}, {.9, 1.1, 1.6}} {
		panel := shocked(40, 4, horizon, tt.common, rand.New(rand.NewPCG(3, 4)))
		together, _ := conformal.NewPanel(panel, []int{95}, horizon, 7).Bands(0, 0)
		for i := range panel {
			for k := range panel[i].Origins {
				panel[i].Origins[k] += calendar.Date(1000 * i)
			}
		}
		apart, _ := conformal.NewPanel(panel, []int{95}, horizon, 7).Bands(0, 0)
		for h := range horizon {
			if got := together[0].Upper[h] / apart[0].Upper[h]; got < tt.low || got > tt.high {
				t.Errorf("with %.0f %% in common the bound of day %d is %.3f times as far; want %.2f to %.2f", 100*tt.common, h+1, got, tt.low, tt.high)
			}
		}
	}
}

func TestBandsDoNotDependOnOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		panel := shocked(8+int(seed), 4, 9, .5, rand.New(rand.NewPCG(seed, 1)))
		for i := range panel {
			panel[i].Scaled[i%4][i%9] = math.NaN()
		}
		before, _ := conformal.NewPanel(panel, []int{80, 95}, 9, 7).Bands(0, 0)
		slices.Reverse(panel)
		after, _ := conformal.NewPanel(panel, []int{80, 95}, 9, 7).Bands(len(panel)-1, 0)
		if diff := cmp.Diff(before, after); diff != "" {
			t.Fatalf("seed %d: bands of the reversed panel differ (-before +after):\n%s", seed, diff)
		}
	}
}

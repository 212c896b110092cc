package conformal_test

import (
	"math/rand/v2"
	"testing"

	"github.com/daybatch/daybatch/forecast/backtest/conformal"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// What all series have in common at an origin may come next time with the other sign; by
// what they have in common at all origins forecasts are off, and how they are skewed
// within each is known.
func TestBandsOfWhatAllHaveInCommon(t *testing.T) {
	t.Parallel()
	const horizon, number = 14, 40
	for _, tt := range []struct {
		name      string
		error     func(k int, rng *rand.Rand) float64
		low, high float64 // of how far the upper bound is from 0, over the lower
	}{
		{"swing", func(k int, rng *rand.Rand) float64 { return []float64{1.5, -.5, .8, .3}[k] + .3*rng.NormFloat64() }, .95, 1.05},
		{"are off", func(k int, rng *rand.Rand) float64 { return []float64{1.1, 1, .9, 1}[k] + rng.NormFloat64() }, 2, 4},
		{"are skewed", func(_ int, rng *rand.Rand) float64 { return rng.ExpFloat64() - 1 }, 2, 4},
		{"swing and are skewed", func(k int, rng *rand.Rand) float64 { return []float64{.5, 0, -.2, .3}[k] + rng.ExpFloat64() - 1 }, 1.6, 4},
	} {
		rng := rand.New(rand.NewPCG(8, 9))
		panel := make([]conformal.Errors, number)
		for i := range panel {
			panel[i].Group = "daily"
			for k := range 4 {
				row := make([]float64, horizon)
				for h := range row {
					row[h] = tt.error(k, rng)
				}
				panel[i].Origins = append(panel[i].Origins, first+calendar.Date(horizon*k))
				panel[i].Scaled = append(panel[i].Scaled, row)
			}
		}
		lower, upper := 0.0, 0.0
		p := conformal.NewPanel(panel, []int{95}, horizon, 7)
		for i := range panel {
			bands, _ := p.Bands(i, 0)
			lower, upper = lower-bands[0].Lower[0], upper+bands[0].Upper[0]
		}
		if got := upper / lower; got < tt.low || got > tt.high {
			t.Errorf("where errors %s, the upper bounds are %.2f times as far as the lower; want %.2f to %.2f", tt.name, got, tt.low, tt.high)
		}
	}
}

// Where there is mostly no demand an error is the forecast: turned over it would be
// demand. And one origin does not tell what is common to it from how errors are skewed.
func TestBandsThatNothingIsTurnedOverIn(t *testing.T) {
	t.Parallel()
	const horizon, number = 14, 40
	lowest := func(origins int, rare bool) float64 {
		rng := rand.New(rand.NewPCG(8, 9))
		panel := make([]conformal.Errors, number)
		for i := range panel {
			panel[i] = conformal.Errors{Group: "daily", Rare: rare}
			for k := range origins {
				row := make([]float64, horizon)
				for h := range row {
					row[h] = -1 // of a forecast of 1
					if rng.IntN(8) == 0 {
						row[h] = 3 + float64(k)
					}
				}
				panel[i].Origins = append(panel[i].Origins, first+calendar.Date(horizon*k))
				panel[i].Scaled = append(panel[i].Scaled, row)
			}
		}
		bands, _ := conformal.NewPanel(panel, []int{80}, horizon, 7).Bands(0, 0)
		return bands[0].Lower[0]
	}
	for _, tt := range []struct {
		name    string
		origins int
		rare    bool
	}{{"rare demand", 4, true}, {"one origin", 1, false}} {
		if got := lowest(tt.origins, tt.rare); got < -1.05 || got > -1 {
			t.Errorf("%s: lower bound is %.3f; want -1, no demand", tt.name, got)
		}
	}
}

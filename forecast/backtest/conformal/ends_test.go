package conformal_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/daybatch/daybatch/forecast/backtest/conformal"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// ahead draws the errors of a series from one origin.
type ahead func(horizon int, rng *rand.Rand) []float64

// covered is the share of the next errors that the bands of 80 and 95 % cover which those
// of four origins make, by day.
func covered(horizon int, draw ahead, rng *rand.Rand) [2][]float64 {
	const number, origins, times = 20, 4, 60
	shares := [2][]float64{make([]float64, horizon), make([]float64, horizon)}
	for range times {
		panel := make([]conformal.Errors, number)
		for i := range panel {
			panel[i].Group = "daily"
			for k := range origins {
				panel[i].Origins = append(panel[i].Origins, first+calendar.Date(14*k))
				panel[i].Scaled = append(panel[i].Scaled, draw(horizon, rng))
			}
		}
		made := conformal.NewPanel(panel, []int{80, 95}, horizon, 7)
		for i := range panel {
			bands, _ := made.Bands(i, 0)
			for h, v := range draw(horizon, rng) {
				for k, band := range bands {
					if band.Lower[h] <= v && v <= band.Upper[h] {
						shares[k][h] += 1.0 / times / number
					}
				}
			}
		}
	}
	return shares
}

// Bands cover their share at the first days and at the last, and not on average alone.
func TestBandsCoverAtBothEnds(t *testing.T) {
	t.Parallel()
	for name, draw := range map[string]ahead{
		"alike on all days": func(horizon int, rng *rand.Rand) []float64 {
			row := make([]float64, horizon)
			for h := range row {
				row[h] = rng.NormFloat64()
			}
			return row
		},
		"a weekend of any two days that are large": func(horizon int, rng *rand.Rand) []float64 {
			row := make([]float64, horizon)
			from := rng.IntN(7)
			for h := range row {
				row[h] = rng.NormFloat64()
				if (h+from)%7 < 2 {
					row[h] *= 6
				}
			}
			return row
		},
		"a level that moves": func(horizon int, rng *rand.Rand) []float64 {
			row := make([]float64, horizon)
			level := 0.0
			for h := range row {
				row[h] = level + rng.NormFloat64()
				level += .3 * rng.NormFloat64()
			}
			return row
		},
		// Of these the first day can only be found too large, never too small.
		"a random walk": func(horizon int, rng *rand.Rand) []float64 {
			row := make([]float64, horizon)
			at := 0.0
			for h := range row {
				at += rng.NormFloat64()
				row[h] = at
			}
			return row
		},
		"a trend that moves": func(horizon int, rng *rand.Rand) []float64 {
			row := make([]float64, horizon)
			at, slope := 0.0, 0.0
			for h := range row {
				slope += rng.NormFloat64()
				at += slope
				row[h] = at
			}
			return row
		},
	} {
		for _, horizon := range []int{7, 28} {
			shares := covered(horizon, draw, rand.New(rand.NewPCG(7, uint64(horizon))))
			for k, want := range []float64{.80, .95} {
				for _, days := range [][2]int{{0, 1}, {0, 3}, {horizon - 3, horizon}, {horizon - 1, horizon}} {
					share := 0.0
					for h := days[0]; h < days[1]; h++ {
						share += shares[k][h] / float64(days[1]-days[0])
					}
					t.Logf("%s, %d days: %.0f %% bands cover %.3f on days %d to %d", name, horizon, 100*want, share, days[0]+1, days[1])
					within := .04
					if days[0] == 0 && (name == "a random walk" || name == "a trend that moves") {
						within = .10
					}
					if math.Abs(share-want) > within {
						t.Errorf("%s, %d days: %.0f %% bands cover %.3f on days %d to %d", name, horizon, 100*want, share, days[0]+1, days[1])
					}
				}
			}
		}
	}
}

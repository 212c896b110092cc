package conformal_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/floats"

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
	if got := coverage(12, .8, rand.New(rand.NewPCG(1, 2))); got < .92 || got > .98 {
		t.Errorf("with 80 %% of the variance in common bands cover %.3f; want .92 to .98", got)
	}
}

// walks returns the errors of the forecast that a random walk stays where it is, from
// four origins half a horizon apart as a batch has them, and those of the next horizon.
func walks(number, horizon int, common float64, rng *rand.Rand) (panel []conformal.Errors, next [][]float64) {
	const origins = 4
	half := (horizon + 1) / 2
	days := half*(origins-1) + 2*horizon
	all := make([]float64, days)
	for t := range all {
		all[t] = rng.NormFloat64()
	}
	for range number {
		level := make([]float64, days+1)
		for t := range days {
			level[t+1] = level[t] + math.Sqrt(common)*all[t] + math.Sqrt(1-common)*rng.NormFloat64()
		}
		from := func(at int) []float64 {
			row := make([]float64, horizon)
			for h := range row {
				row[h] = level[at+h+1] - level[at]
			}
			return row
		}
		var e conformal.Errors
		for k := range origins {
			e.Origins = append(e.Origins, first+calendar.Date(half*k))
			e.Scaled = append(e.Scaled, from(half*k))
		}
		panel, next = append(panel, e), append(next, from(days-horizon))
	}
	return panel, next
}

// Origins closer together than the horizon are judged by the same days. Of a panel whose
// series have much in common each drawing is about one block: of 150 the coverage lies
// within 3.5 points of what it is, nineteen times in twenty.
func TestBandsCoverAfterOriginsWithDaysInCommon(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		number, horizon int
		common, within  float64
	}{{40, 14, 0, .02}, {40, 14, .5, .035}, {12, 14, .5, .035}, {40, 14, .8, .035}, {3, 14, .5, .035}, {1, 14, 0, .035}, {12, 28, .8, .035}} {
		rng := rand.New(rand.NewPCG(5, 6))
		hits, rows := 0.0, 0.0
		for range 150 {
			panel, next := walks(tt.number, tt.horizon, tt.common, rng)
			p := conformal.NewPanel(panel, []int{95}, tt.horizon, 7)
			for i, row := range next {
				bands, _ := p.Bands(i, 0)
				for h, v := range row {
					rows++
					if bands[0].Lower[h] <= v && v <= bands[0].Upper[h] {
						hits++
					}
				}
			}
		}
		got := hits / rows
		t.Logf("bands of %d series over %d days with %.0f %% of the variance in common cover %.3f", tt.number, tt.horizon, 100*tt.common, got)
		if math.Abs(got-.95) > tt.within {
			t.Errorf("bands of %d series over %d days with %.0f %% of the variance in common cover %.3f; want 0.95, within %.3f", tt.number, tt.horizon, 100*tt.common, got, tt.within)
		}
	}
}

// A lone series has few origins, yet days enough where they are unlike: its bands are then
// hardly wider than those of the true deviation, 3.92 of it.
func TestBandsOfOneSeries(t *testing.T) {
	t.Parallel()
	const horizon, times = 14, 400
	rng := rand.New(rand.NewPCG(5, 6))
	covered, width := 0.0, 0.0
	for range times {
		days := make([]float64, 3*horizon/2+2*horizon)
		for t := range days {
			days[t] = rng.NormFloat64()
		}
		e := conformal.Errors{Group: "daily"}
		for k := range 4 {
			e.Origins = append(e.Origins, first+calendar.Date(horizon/2*k))
			e.Scaled = append(e.Scaled, days[horizon/2*k:][:horizon])
		}
		bands, _ := conformal.NewPanel([]conformal.Errors{e}, []int{95}, horizon, 7).Bands(0, 0)
		for h, v := range days[len(days)-horizon:] {
			width += (bands[0].Upper[h] - bands[0].Lower[h]) / times / horizon
			if bands[0].Lower[h] <= v && v <= bands[0].Upper[h] {
				covered += 1.0 / times / horizon
			}
		}
	}
	if math.Abs(covered-.95) > .02 || width > 4.6 {
		t.Errorf("bands cover %.3f and are %.2f wide; want 0.95, at most 4.6", covered, width)
	}
}

// Errors that series have in common count as fewer, and independent ones do not: the
// same errors are compared with series that share no origin, so that nothing is known
// to be common.
func TestBandsWidenByWhatIsInCommon(t *testing.T) {
	t.Parallel()
	const horizon = 14
	for _, tt := range []struct{ common, low, high float64 }{{0, .98, 1.02}, {.5, 1.02, 1.3}, {.9, 1.1, 1.6}} {
		together, apart := 0.0, 0.0
		for seed := range uint64(10) {
			panel := shocked(40, 4, horizon, tt.common, rand.New(rand.NewPCG(seed, 4)))
			together += widthOf(panel, horizon)
			for i := range panel {
				for k := range panel[i].Origins {
					panel[i].Origins[k] += calendar.Date(1000 * i)
				}
			}
			apart += widthOf(panel, horizon)
		}
		if got := together / apart; got < tt.low || got > tt.high {
			t.Errorf("with %.0f %% in common bands are %.3f times as wide; want %.2f to %.2f", 100*tt.common, got, tt.low, tt.high)
		}
	}
}

// widthOf adds up how wide the bands of a panel are.
func widthOf(panel []conformal.Errors, horizon int) float64 {
	p := conformal.NewPanel(panel, []int{95}, horizon, 7)
	width := 0.0
	for i := range panel {
		bands, _ := p.Bands(i, 0)
		width += floats.Sum(bands[0].Upper) - floats.Sum(bands[0].Lower)
	}
	return width
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

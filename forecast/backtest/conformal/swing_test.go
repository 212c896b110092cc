package conformal_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/daybatch/daybatch/forecast/backtest/conformal"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
)

// restless returns series whose deviation, the same for all, is another every horizon: its
// logarithm is an autoregression with the given coefficient and standard deviation 0.5.
// The forecast is their mean, so that errors are values.
func restless(number, days, horizon int, lasting float64, rng *rand.Rand) [][]float64 {
	panel := make([][]float64, number)
	level := .5 * rng.NormFloat64()
	for t := range days {
		if t%horizon == 0 {
			level = lasting*level + math.Sqrt(1-lasting*lasting)*.5*rng.NormFloat64()
		}
		for i := range panel {
			panel[i] = append(panel[i], math.Exp(level)*rng.NormFloat64())
		}
	}
	return panel
}

// scored is the score of intervals of 95 % and what share they cover.
type scored struct{ score, covered float64 }

// scoreOf makes bands of the errors at four origins at the end of a history and scores
// them by the days behind it.
func scoreOf(panel [][]float64, horizon int, swing func(series.Series, []calendar.Date) conformal.Swing) (s scored) {
	days := len(panel[0]) - horizon
	errors := make([]conformal.Errors, len(panel))
	for i, values := range panel {
		known := series.Series{Start: first, Values: values[:days]}
		e := conformal.Errors{Group: "daily"}
		for k := range 4 {
			from := days - horizon - (3-k)*horizon/2
			e.Origins = append(e.Origins, first+calendar.Date(from-1))
			e.Scaled = append(e.Scaled, values[from:from+horizon])
		}
		e.Swing = swing(known, e.Origins)
		errors[i] = e
	}
	p := conformal.NewPanel(errors, []int{95}, horizon, 7)
	n := float64(len(panel) * horizon)
	for i, values := range panel {
		bands, _ := p.Bands(i, 0)
		for h, v := range values[days:] {
			low, high := bands[0].Lower[h], bands[0].Upper[h]
			s.score += (high - low + 40*max(0, low-v, v-high)) / n
			if low <= v && v <= high {
				s.covered += 1 / n
			}
		}
	}
	return s
}

// Origins that happened to be calm or wild make intervals as wide as is usual; where calm
// lasts, they stay narrow.
func TestBandsOfUnusualOrigins(t *testing.T) {
	t.Parallel()
	const horizon, times = 28, 120
	unknown := func(series.Series, []calendar.Date) conformal.Swing { return conformal.Swing{} }
	known := func(s series.Series, origins []calendar.Date) conformal.Swing {
		return conformal.NewSwing(s, func(calendar.Date) bool { return false }, origins, horizon, 7)
	}
	for _, tt := range []struct{ lasting, score float64 }{{0, .97}, {.9, 1.03}} {
		rng := rand.New(rand.NewPCG(3, 1))
		var with, without scored
		for range times {
			panel := restless(12, 26*horizon, horizon, tt.lasting, rng)
			a, b := scoreOf(panel, horizon, known), scoreOf(panel, horizon, unknown)
			with.score, with.covered = with.score+a.score/times, with.covered+a.covered/times
			without.score, without.covered = without.score+b.score/times, without.covered+b.covered/times
		}
		t.Logf("lasting %.1f: %+v, without swings %+v", tt.lasting, with, without)
		if with.score > tt.score*without.score || math.Abs(with.covered-.95) > .03 || with.covered < without.covered {
			t.Errorf("where %.0f %% of calm lasts, bands score %.3f and cover %.3f; without swings %.3f and %.3f", 100*tt.lasting, with.score, with.covered, without.score, without.covered)
		}
	}
}

// By hand: windows of a day, from the fourth value on, are the difference from the day
// before over the mean difference until then: 1, 1, 1 and 2, on average 1.25.
func TestNewSwing(t *testing.T) {
	t.Parallel()
	values := []float64{0, 1, 0, 1, 0, 1, 0, 2}
	end := first + calendar.Date(len(values)-1)
	for _, tt := range []struct {
		name    string
		values  []float64
		special calendar.Date
		ahead   []float64
		windows float64
	}{
		{"plain", values, 0, []float64{.8, .8, 1.6}, 4},
		{"last day special", values, end, []float64{1, 1, math.NaN()}, 3},
		{"last day missing", []float64{0, 1, 0, 1, 0, 1, 0, math.NaN()}, 0, []float64{1, 1, math.NaN()}, 3},
		{"standing still", make([]float64, 8), 0, nil, 0},
		{"short", values[:4], 0, nil, 0},
		{"too large", []float64{1e308, -1e308, 1e308, -1e308, 1e308, -1e308, 1e308, -1e308}, 0, nil, 0},
		{"none", nil, 0, nil, 0},
	} {
		got := conformal.NewSwing(series.Series{Start: first, Values: tt.values}, func(d calendar.Date) bool { return d == tt.special }, []calendar.Date{end - 3, end - 2, end - 1}, 1, 1)
		if diff := cmp.Diff(tt.ahead, got.Ahead, cmpopts.EquateNaNs(), cmpopts.EquateApprox(1e-12, 0)); diff != "" || got.Windows != tt.windows {
			t.Errorf("%s: swing of %g windows; want %g (-want +got):\n%s", tt.name, got.Windows, tt.windows, diff)
		}
	}
}

// A series too short for any origin has none, whatever its horizon.
func TestNewSwingWithoutOrigins(t *testing.T) {
	t.Parallel()
	got := conformal.NewSwing(series.Series{Start: first, Values: []float64{0, 1, 0, 1, 0, 1, 0, 2}}, func(calendar.Date) bool { return false }, nil, 0, 1)
	if got.Windows != 0 || got.Ahead != nil {
		t.Errorf("swing = %+v; want none", got)
	}
}

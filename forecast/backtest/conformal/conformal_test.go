package conformal_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast/backtest/conformal"
	"github.com/daybatch/daybatch/forecast/calendar"
)

var first = calendar.Of(2025, 1, 6)

// normal returns a daily series with normal errors whose deviation grows with the
// horizon.
func normal(origins, horizon int, rng *rand.Rand) conformal.Errors {
	e := conformal.Errors{Group: "daily"}
	for k := range origins {
		row := make([]float64, horizon)
		for h := range row {
			row[h] = rng.NormFloat64() * (1 + .02*float64(h))
		}
		e.Origins = append(e.Origins, first+calendar.Date(7*k))
		e.Scaled = append(e.Scaled, row)
	}
	return e
}

func TestBandsCoverWhatTheyPromise(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	const horizon = 28
	var panel []conformal.Errors
	for range 60 {
		panel = append(panel, normal(5, horizon, rng))
	}
	p := conformal.NewPanel(panel, []int{80, 95}, horizon, 7)
	hits, n := [2]int{}, 0
	for i, e := range panel {
		for k, origin := range e.Origins {
			bands, source := p.Bands(i, origin)
			if source != conformal.SourceGroup {
				t.Fatalf("source = %s; want group", source)
			}
			for h, v := range e.Scaled[k] {
				n++
				for l, band := range bands {
					if band.Lower[h] <= v && v <= band.Upper[h] {
						hits[l]++
					}
				}
			}
		}
	}
	for l, want := range []float64{.80, .95} {
		if got := float64(hits[l]) / float64(n); math.Abs(got-want) > .015 {
			t.Errorf("coverage = %.3f; want %.2f", got, want)
		}
	}
}

// An origin that is left out may hold anything without changing the bands.
func TestBandsLeaveOut(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	var panel []conformal.Errors
	for range 20 {
		e := normal(3, 14, rng)
		e.Swing.Ahead = []float64{.8, 1, 1.5}
		panel = append(panel, e)
	}
	out := panel[0].Origins[1]
	want, _ := conformal.NewPanel(panel, []int{90}, 14, 7).Bands(3, out)
	for i := range panel {
		panel[i].Swing.Ahead[1] = 10
		for h := range panel[i].Scaled[1] {
			panel[i].Scaled[1][h] = 1e6
		}
	}
	got, _ := conformal.NewPanel(panel, []int{90}, 14, 7).Bands(3, out)
	if !slices.Equal(got[0].Lower, want[0].Lower) || !slices.Equal(got[0].Upper, want[0].Upper) {
		t.Errorf("bands without %s = %v; want %v whatever its errors", out, got, want)
	}
	if all, _ := conformal.NewPanel(panel, []int{90}, 14, 7).Bands(3, 0); all[0].Upper[0] <= got[0].Upper[0] {
		t.Errorf("bands with the wild origin end at %v; want more than %v", all[0].Upper[0], got[0].Upper[0])
	}
}

func TestBandsSource(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	var panel []conformal.Errors
	for range 20 {
		panel = append(panel, normal(4, 14, rng))
	}
	rare := append(slices.Clone(panel), conformal.Errors{Group: "short"})
	for _, test := range []struct {
		name  string
		panel []conformal.Errors
		i     int
		want  conformal.Source
	}{
		{"of a large class", panel, 0, conformal.SourceGroup},
		{"of a rare class", rare, 20, conformal.SourcePanel},
		{"of a lone series", []conformal.Errors{{Group: "daily"}}, 0, conformal.SourceAnalytic},
	} {
		bands, source := conformal.NewPanel(test.panel, []int{80}, 14, 7).Bands(test.i, 0)
		if source != test.want || bands[0].Upper[0] <= 0 || bands[0].Lower[0] >= 0 {
			t.Errorf("bands of a series %s come from the %s (%.2f .. %.2f); want the %s, around 0", test.name, source, bands[0].Lower[0], bands[0].Upper[0], test.want)
		}
	}
}

// A series with steadily larger errors than its group gets wider bands.
func TestBandsListenToTheSeries(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	var panel []conformal.Errors
	for range 30 {
		panel = append(panel, normal(4, 14, rng))
	}
	for _, row := range panel[0].Scaled {
		for h := range row {
			row[h] *= 3
		}
	}
	p := conformal.NewPanel(panel, []int{80}, 14, 7)
	loud, _ := p.Bands(0, 0)
	quiet, _ := p.Bands(1, 0)
	if loud[0].Upper[13] < 1.3*quiet[0].Upper[13] {
		t.Errorf("upper bound of the series with threefold errors = %.2f; want well above the other's %.2f", loud[0].Upper[13], quiet[0].Upper[13])
	}
}

// Errors of one origin that are all alike count as few: four calm origins make the
// bands of a series hardly narrower than those of the others.
func TestBandsMistrustFewOrigins(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	narrower := func(alike float64) float64 {
		var panel []conformal.Errors
		for range 40 {
			e := normal(4, 14, rng)
			for _, row := range e.Scaled {
				shared := rng.NormFloat64()
				for h := range row {
					row[h] = math.Sqrt(alike)*shared + math.Sqrt(1-alike)*row[h]
				}
			}
			panel = append(panel, e)
		}
		for _, row := range panel[0].Scaled {
			for h := range row {
				row[h] /= 4
			}
		}
		p := conformal.NewPanel(panel, []int{80}, 14, 7)
		calm, _ := p.Bands(0, 0)
		other, _ := p.Bands(1, 0)
		return calm[0].Upper[13] / other[0].Upper[13]
	}
	alike, independent := narrower(.9), narrower(0)
	if alike < independent+.1 || alike > 1 {
		t.Errorf("bands of a calm series are %.2f of the others' with like errors, %.2f with independent ones; want clearly less narrowing", alike, independent)
	}
}

// Whatever the errors: finite, around zero, nested, never narrower with time.
func TestBandsProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		horizon := rapid.IntRange(1, 20).Draw(t, "horizon")
		value := rapid.OneOf(rapid.Float64Range(-1e6, 1e6), rapid.Just(math.NaN()), rapid.Just(0.))
		var panel []conformal.Errors
		for range rapid.IntRange(1, 6).Draw(t, "series") {
			e := conformal.Errors{Group: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "group")}
			for k := range rapid.IntRange(0, 5).Draw(t, "origins") {
				e.Origins = append(e.Origins, first+calendar.Date(7*k))
				e.Scaled = append(e.Scaled, rapid.SliceOfN(value, 0, horizon).Draw(t, "errors"))
				e.Special = append(e.Special, rapid.SliceOfNDistinct(rapid.IntRange(0, horizon-1), 0, min(3, horizon), rapid.ID).Draw(t, "special"))
			}
			e.Swing.Ahead = rapid.SliceOfN(rapid.OneOf(rapid.Float64Range(0, 1e6), rapid.Just(math.NaN()), rapid.Just(0.)), 0, len(e.Origins)).Draw(t, "swing")
			panel = append(panel, e)
		}
		p := conformal.NewPanel(panel, []int{50, 80, 95}, horizon, 7)
		for i := range panel {
			bands, _ := p.Bands(i, rapid.SampledFrom([]calendar.Date{0, first}).Draw(t, "without"))
			for h := range horizon {
				for _, special := range [][]int{nil, {h}} {
					row := []float64{0}
					for _, band := range bands {
						lower, upper := band.At(h, special)
						row = append(append([]float64{lower}, row...), upper)
					}
					if !slices.IsSorted(row) || slices.ContainsFunc(row, math.IsNaN) {
						t.Fatalf("day %d, special: %v: bounds %v are not nested around 0", h+1, special, row)
					}
				}
			}
			for _, band := range bands {
				if !slices.IsSortedFunc(band.Upper, near) || !slices.IsSortedFunc(band.Lower, func(a, b float64) int { return near(b, a) }) {
					t.Fatalf("%d %%: %v .. %v get narrower", band.Level, band.Lower, band.Upper)
				}
			}
		}
	})
}

// near compares up to rounding.
func near(a, b float64) int {
	switch {
	case a < b-1e-9*math.Abs(b):
		return -1
	case a > b+1e-9*math.Abs(b):
		return 1
	}
	return 0
}

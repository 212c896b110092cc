package shift_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/daybatch/daybatch/forecast/backtest/shift"
	"github.com/daybatch/daybatch/forecast/model/modeltest"
)

// from returns a copy of y with its values from some days before its end on changed.
func from(y []float64, days int, change func(float64) float64) []float64 {
	y = append([]float64(nil), y...)
	for i := len(y) - days; i < len(y); i++ {
		y[i] = change(y[i])
	}
	return y
}

func times(factor float64) func(float64) float64 {
	return func(v float64) float64 { return factor * v }
}

func plus(add float64) func(float64) float64 {
	return func(v float64) float64 { return v + add }
}

func TestFind(t *testing.T) {
	t.Parallel()
	demand := modeltest.Demand(400, 7, 1)
	gaps := from(demand, 30, times(.2))
	for i := 5; i < len(gaps); i += 11 {
		gaps[i] = math.NaN()
	}
	for _, test := range []struct {
		name        string
		values      []float64
		days        int // since the shift
		factor, add float64
	}{
		{"a fifth for three weeks", from(demand, 21, times(.2)), 21, .2, 0},
		{"a fifth for eight days", from(demand, 8, times(.2)), 8, .2, 0},
		{"a fifth for thirteen days", from(demand, 13, times(.2)), 13, .2, 0},
		{"a fifth for twenty days", from(demand, 20, times(.2)), 20, .2, 0},
		{"a fifth for six weeks", from(demand, 42, times(.2)), 42, .2, 0},
		{"threefold for twelve weeks", from(demand, 86, times(3)), 86, 3, 0},
		{"more by as much every day", from(demand, 33, plus(400)), 33, 1, 400},
		{"less, below zero", from(demand, 33, plus(-400)), 33, 1, -400},
		{"a fifth for forty days", from(demand, 40, times(.2)), 40, .2, 0},
		{"with gaps", gaps, 30, .2, 0},
	} {
		got, ok := shift.Find(test.values, 7)
		if !ok || math.Abs(float64(got.Start-(len(test.values)-test.days))) > 1 {
			t.Errorf("%s: Find = %+v, %t; want a start at %d", test.name, got, ok, len(test.values)-test.days)
			continue
		}
		if math.Abs(got.Factor/test.factor-1) > .1 || math.Abs(got.Add-test.add) > .1*math.Abs(test.add) {
			t.Errorf("%s: Find = %+v; want times %v plus %v", test.name, got, test.factor, test.add)
		}
		for i, v := range got.Adjust(test.values)[:got.Start-1] {
			if want := test.factor*demand[i] + test.add; !math.IsNaN(v) && math.Abs(v-want) > .1*math.Abs(want)+.1*math.Abs(test.add) {
				t.Fatalf("%s: value %d is adjusted to %v; want %v", test.name, i, v, want)
			}
		}
	}
}

// What moves all the time, comes every year or is over soon is no new level.
func TestFindNothing(t *testing.T) {
	t.Parallel()
	demand := modeltest.Demand(800, 7, 1)
	trend, year, steps := from(demand, 800, times(1)), from(demand, 800, times(1)), from(demand, 800, times(1))
	for i := range demand {
		trend[i] *= math.Exp(float64(i) / 100)
		year[i] *= 1 + .8*math.Sin(2*math.Pi*float64(i)/365)
		steps[i] *= float64(1 + i/120%3)
	}
	for name, y := range map[string][]float64{
		"as ever":                   demand,
		"a growth":                  trend,
		"a year":                    year,
		"a level every season":      steps,
		"a fifth for six days":      from(demand, 6, times(.2)),
		"a little less in ten days": from(demand, 10, times(.9)),
		"once in a hundred days":    from(from(demand, 800, times(0)), 14, plus(1)),
		"a little more":             from(demand, 30, times(1.02)),
		"a month that ended":        from(from(demand, 50, times(.2)), 18, times(5)),
		"a short history":           from(demand[700:], 20, times(.2)),
		"closed for a month":        from(demand, 30, times(0)),
		"closed at last":            from(demand[:50], 20, times(0)),
		"zeros":                     make([]float64, 400),
		"nothing":                   nil,
	} {
		for end := len(y); end > max(0, len(y)-14); end-- {
			if got, ok := shift.Find(y[:end], 7); ok && name != "a month that ended" {
				t.Errorf("%s, without %d days: Find = %+v; want none", name, len(y)-end, got)
			}
		}
	}
	if got, ok := shift.Find(from(demand, 100, times(.2)), 1); ok {
		t.Errorf("without a season: Find = %+v; want none", got)
	}
}

// A walk makes steps of all sizes: one in a thousand histories seems to have moved.
func TestWalks(t *testing.T) {
	t.Parallel()
	found := 0
	const n = 2000
	for seed := range uint64(n) {
		rng := rand.New(rand.NewPCG(seed, 5))
		y := make([]float64, 105+rng.IntN(300))
		level := 100.
		for i := range y {
			level += rng.NormFloat64()
			y[i] = level + 3*rng.NormFloat64()
		}
		if _, ok := shift.Find(y, 7); ok {
			found++
		}
		for i := range y { // rare demand makes steps of all sizes too
			y[i] = 0
			if rng.Float64() < .1 {
				y[i] = float64(1 + rng.IntN(5))
			}
		}
		if _, ok := shift.Find(y, 7); ok {
			found++
		}
	}
	if found > 2*n/1000 {
		t.Errorf("%d of %d histories have a new level; want %d at most", found, 2*n, 2*n/1000)
	}
}

func BenchmarkFind(b *testing.B) {
	y := modeltest.Demand(735, 7, 1)
	b.ReportAllocs()
	for b.Loop() {
		shift.Find(y, 7)
	}
}

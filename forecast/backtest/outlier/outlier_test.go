package outlier_test

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast/backtest/outlier"
)

// noise returns n values of about 100 with a weekly season.
func noise(n int) []float64 {
	rng := rand.New(rand.NewPCG(1, 11))
	y := make([]float64, n)
	for i := range y {
		y[i] = 100 + 20*float64(i%7) + 5*rng.NormFloat64()
	}
	return y
}

// at returns y with some values in place of others.
func at(y []float64, values map[int]float64) []float64 {
	y = slices.Clone(y)
	for i, v := range values {
		y[i] = v
	}
	return y
}

func indices(found []outlier.Outlier) []int {
	var all []int
	for _, o := range found {
		all = append(all, o.Index)
	}
	return all
}

func TestFind(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	rare := make([]float64, 400)
	for i := 0; i < len(rare); i += 17 {
		rare[i] = float64(1 + i%5)
	}
	paydays, promotions := map[int]float64{}, map[int]float64{}
	for i := 15; i < 400; i += 30 {
		paydays[i] = 3000
	}
	week, fortnight := map[int]float64{}, map[int]float64{}
	for i := range 14 {
		fortnight[200+i] = 3000
		if i < 7 {
			week[200+i] = 3e5
		}
		for _, start := range []int{20, 75, 100, 190, 240, 260, 290, 330, 350, 371, 380} { // of three days
			promotions[start+i%3] = 3000
		}
	}
	level := noise(400)
	for i := 390; i < 400; i++ {
		level[i] += 3000
	}
	trend := noise(400)
	for i := range trend {
		trend[i] += float64(i * i)
	}
	for _, test := range []struct {
		name   string
		values []float64
		period int
		want   []int
	}{
		{"none", noise(400), 7, nil},
		{"one", at(noise(400), map[int]float64{250: 3000}), 7, []int{250}},
		{"one below", at(noise(400), map[int]float64{250: -3000}), 7, []int{250}},
		{"not so far", at(noise(400), map[int]float64{250: 300}), 7, nil},
		{"the last value", at(noise(60), map[int]float64{59: 1e6}), 7, []int{59}},
		{"the first value", at(noise(60), map[int]float64{0: 1e6}), 7, []int{0}},
		{"three in a year", at(noise(400), map[int]float64{20: 5000, 130: 1e6, 333: 3000}), 7, []int{20, 130, 333}},
		{"two next to each other", at(noise(400), map[int]float64{250: 3000, 251: 4000}), 7, []int{250, 251}},
		{"a week", at(noise(400), week), 7, slices.Sorted(maps.Keys(week))},
		{"more than a week is an event", at(noise(400), fortnight), 7, nil},
		{"two that are not over", at(noise(400), map[int]float64{398: 3000, 399: 3000}), 7, nil},
		{"the first two", at(noise(400), map[int]float64{0: 3000, 1: 3000}), 7, nil},
		{"two of half a year", at(noise(180), map[int]float64{60: 1e5, 100: 1e5}), 7, []int{60, 100}},
		{"three of twenty weeks", at(noise(140), map[int]float64{20: 5000, 70: 5000, 120: 5000}), 7, []int{20, 70, 120}},
		{"of one week, of all sizes", at(noise(400), map[int]float64{250: 1e6, 252: 2000, 254: -3e4, 257: 1e4}), 7, []int{250, 252, 254, 257}},
		{"a day of each year", at(noise(800), map[int]float64{30: 5000, 394: 6000, 765: 4000, 500: 5000}), 7, []int{500}},
		{"a day of each quarter", at(noise(400), map[int]float64{30: 5000, 121: 6000, 212: 4000, 303: 5000}), 7, nil},
		{"promotions", at(noise(400), promotions), 7, nil},
		{"every month is demand", at(noise(400), paydays), 7, nil},
		{"a new level", level, 7, nil},
		{"a quadratic trend", trend, 7, nil},
		{"rare demand", rare, 7, nil},
		{"a bulk order among rare demand", at(rare, map[int]float64{170: 900}), 7, []int{170}},
		{"a single demand", at(make([]float64, 100), map[int]float64{50: 9}), 7, nil},
		{"a constant and one value", at(slices.Repeat([]float64{100}, 30), map[int]float64{20: 3000}), 7, []int{20}},
		{"a short series", at(noise(12), map[int]float64{6: 5000}), 7, []int{6}},
		{"too short", at(noise(9), map[int]float64{6: 5000}), 7, nil},
		{"gaps around", at(noise(400), map[int]float64{249: nan, 250: 3000, 251: nan, 243: nan}), 7, []int{250}},
		{"no season", at(noise(400), map[int]float64{250: 3000}), 1, []int{250}},
		{"hours of the day", at(noise(400), map[int]float64{250: 3000}), 24, []int{250}},
		{"nothing", nil, 7, nil},
		{"numbers whose difference is none", at(noise(60), map[int]float64{20: math.MaxFloat64, 21: -math.MaxFloat64}), 7, []int{20, 21}},
	} {
		got := outlier.Find(test.values, test.period, 365)
		if diff := cmp.Diff(test.want, indices(got)); diff != "" {
			t.Errorf("%s: Find (-want +got):\n%s", test.name, diff)
		}
		for _, o := range got {
			if o.Value != test.values[o.Index] || math.Abs(o.Usual) > 400 {
				t.Errorf("%s: %+v; want the value, and what is usual there", test.name, o)
			}
		}
	}
}

// Heavy tails are no outliers: of the heaviest with a finite variance one series in a
// hundred is taken for one with an outlier, of demand as it is none.
func TestHeavyTails(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		draw func(*rand.Rand) float64
		most int
	}{
		{"normal", func(r *rand.Rand) float64 { return 100 + 30*r.NormFloat64() }, 0},
		{"lognormal", func(r *rand.Rand) float64 { return math.Exp(r.NormFloat64()) }, 0},
		{"exponential", (*rand.Rand).ExpFloat64, 0},
		{"Pareto of power 2", func(r *rand.Rand) float64 { return 1 / math.Sqrt(1-r.Float64()) }, 12},
		{"rare lognormal", func(r *rand.Rand) float64 {
			if r.Float64() > .2 {
				return 0
			}
			return math.Exp(r.NormFloat64())
		}, 5},
	} {
		taken := 0
		for seed := range uint64(500) {
			rng := rand.New(rand.NewPCG(seed, 3))
			y := make([]float64, 60+rng.IntN(400))
			for i := range y {
				y[i] = test.draw(rng)
			}
			if outlier.Find(y, 7) != nil {
				taken++
			}
		}
		if taken > test.most {
			t.Errorf("%s: %d of 500 series have outliers; want %d at most", test.name, taken, test.most)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	y := noise(735)
	b.ReportAllocs()
	for b.Loop() {
		outlier.Find(y, 7)
	}
}

package accuracy_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast/accuracy"
)

func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// The expected numbers are those of dm.test in R's package forecast 8.20, with
// losses 1.2 .4 2.1 1.7 .9 1.1 2.4 .3 1.6 1 and 1 .9 1.5 1.2 1.3 .6 1.8 .8 1.1
// .7, power 1. For h = 3 it, too, falls back to the plain variance.
func TestDieboldMarianoAsInR(t *testing.T) {
	t.Parallel()
	d := []float64{.2, -.5, .6, .5, -.4, .5, .6, -.5, .5, .3}
	for i, want := range []accuracy.Test{
		{Statistic: 1.22727272727273, TwoSided: .25085316198297, Better: .874573419008515, Worse: .125426580991485},
		{Statistic: 3.38826134774606, TwoSided: .0080211842419691, Better: .995989407879015, Worse: .00401059212098455},
		{Statistic: 1.22727272727273, TwoSided: .25085316198297, Better: .874573419008515, Worse: .125426580991485},
		{Statistic: 1.10266426326598, TwoSided: .298783912316076, Better: .850608043841962, Worse: .149391956158038},
	} {
		want.Method, want.N, want.Mean = accuracy.MethodDieboldMariano, 10, .18
		if diff := cmp.Diff(want, accuracy.DieboldMariano(d, i+1), near()); diff != "" {
			t.Errorf("overlap %d differs (-want +got):\n%s", i+1, diff)
		}
	}
}

// With two differences, 1 and 3: mean 2, variance 1, so 2/sqrt(1/2) times the
// correction sqrt((2+1-2)/2) is 2, of a Student distribution with one degree of
// freedom, whose distribution function is 1/2 + atan(x)/pi.
func TestDieboldMarianoByHand(t *testing.T) {
	t.Parallel()
	got := accuracy.DieboldMariano([]float64{1, 3}, 5)
	want := accuracy.Test{
		Method: accuracy.MethodDieboldMariano, N: 2, Mean: 2, Statistic: 2,
		TwoSided: 1 - 2*math.Atan(2)/math.Pi,
		Better:   .5 + math.Atan(2)/math.Pi,
		Worse:    .5 - math.Atan(2)/math.Pi,
	}
	if diff := cmp.Diff(want, got, near()); diff != "" {
		t.Errorf("DieboldMariano() differs (-want +got):\n%s", diff)
	}
}

func TestDieboldMarianoWithoutVariance(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name                    string
		d                       []float64
		two, better, worse, sum float64
	}{
		{"always better", []float64{-1, -1, -1, -1, -1}, 1. / 16, 1. / 32, 1, -1},
		{"always worse", []float64{.1, .1, .1, .1, .1}, 1. / 16, 1, 1. / 32, .1},
		{"no difference", []float64{0, 0, 0}, 1, 1, 1, 0},
	} {
		want := accuracy.Test{
			Method: accuracy.MethodSign, N: len(test.d), Mean: test.sum,
			TwoSided: test.two, Better: test.better, Worse: test.worse,
		}
		if diff := cmp.Diff(want, accuracy.DieboldMariano(test.d, 1), near()); diff != "" {
			t.Errorf("%s differs (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestNoEvidence(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		got    accuracy.Test
		reason string
	}{
		{"no origin", accuracy.DieboldMariano(nil, 1), "fewer than two origins"},
		{"one origin", accuracy.DieboldMariano([]float64{1}, 1), "fewer than two origins"},
		{"NaN", accuracy.DieboldMariano([]float64{1, math.NaN()}, 1), "a difference is not a finite number"},
		{"infinite", accuracy.Bootstrap([]float64{1, math.Inf(1)}, seeded(1)), "a difference is not a finite number"},
		{"one series", accuracy.Bootstrap([]float64{1}, seeded(1)), "fewer than two series"},
		{"nothing", accuracy.Compare(nil, 1, seeded(1)), "fewer than two origins"},
		{"all missing", accuracy.Compare([][]float64{{math.NaN()}, {}}, 1, seeded(1)), "fewer than two origins"},
	} {
		if test.got.Method != accuracy.MethodNone || test.got.Reason != test.reason {
			t.Errorf("%s: method %s because %q; want none because %q", test.name, test.got.Method, test.got.Reason, test.reason)
		}
		if test.got.TwoSided != 1 || test.got.Better != 1 || test.got.Worse != 1 {
			t.Errorf("%s: probabilities are %+v; want 1", test.name, test.got)
		}
		if _, err := json.Marshal(test.got); err != nil {
			t.Errorf("%s: can't be stored: %v", test.name, err)
		}
	}
}

func TestBootstrap(t *testing.T) {
	t.Parallel()
	better := []float64{-1, -2, -1.5, -.5, -3, -1}
	got := accuracy.Bootstrap(better, seeded(7))
	if got.Better != 1./2001 || got.Worse != 1 || got.TwoSided != 2./2001 || got.N != 6 || got.Mean != -1.5 {
		t.Errorf("Bootstrap(%v) = %+v; want the smallest probability", better, got)
	}
	if again := accuracy.Bootstrap(better, seeded(7)); again != got {
		t.Errorf("the same seed gives %+v and %+v", got, again)
	}
	mixed := accuracy.Bootstrap([]float64{-1, 1, -2, 2, -3, 3}, seeded(7))
	if mixed.Better < .4 || mixed.Worse < .4 || mixed.TwoSided < .8 {
		t.Errorf("symmetric differences give %+v; want no evidence", mixed)
	}
	// Two of the four means of two draws from -1 and 1 are 0: each side has
	// probability 3/4.
	coin := accuracy.Bootstrap([]float64{-1, 1}, seeded(7))
	if math.Abs(coin.Better-.75) > .04 || math.Abs(coin.Worse-.75) > .04 || coin.TwoSided != 1 {
		t.Errorf("a coin gives %+v; want .75 on each side", coin)
	}
}

func TestCompareChoosesTheMethod(t *testing.T) {
	t.Parallel()
	table := func(series, origins int) [][]float64 {
		rng := seeded(3)
		d := make([][]float64, series)
		for i := range d {
			d[i] = make([]float64, origins)
			for j := range d[i] {
				d[i][j] = rng.NormFloat64()
			}
		}
		return d
	}
	for _, test := range []struct {
		series, origins int
		want            accuracy.Method
		n               int
	}{
		{20, 8, accuracy.MethodDieboldMariano, 8},
		{20, 7, accuracy.MethodBootstrap, 20},
		{5, 1, accuracy.MethodBootstrap, 5},
		{4, 7, accuracy.MethodDieboldMariano, 7},
		{4, 1, accuracy.MethodNone, 1},
	} {
		got := accuracy.Compare(table(test.series, test.origins), 1, seeded(1))
		if got.Method != test.want || got.N != test.n {
			t.Errorf("%d series, %d origins: %s on %d; want %s on %d", test.series, test.origins, got.Method, got.N, test.want, test.n)
		}
	}
}

func TestCompareLeavesMissingOut(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	got := accuracy.Compare([][]float64{{1, nan, 3}, {nan, nan, 1}, {4}}, 1, seeded(1))
	want := accuracy.DieboldMariano([]float64{2.5, 2}, 1) // means per origin that has any
	if diff := cmp.Diff(want, got, near()); diff != "" {
		t.Errorf("Compare() differs (-want +got):\n%s", diff)
	}
}

func TestDieboldMarianoIsFair(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.SliceOfN(rapid.Float64Range(-5, 5), 2, 40).Draw(t, "differences")
		overlap := rapid.IntRange(0, 50).Draw(t, "overlap")
		unit := rapid.SampledFrom([]float64{.125, 64}).Draw(t, "unit")
		opposite, scaled := make([]float64, len(d)), make([]float64, len(d))
		for i, v := range d {
			opposite[i], scaled[i] = -v, v*unit
		}
		got := accuracy.DieboldMariano(d, overlap)
		swapped := accuracy.DieboldMariano(opposite, overlap)
		if !cmp.Equal(got.Better, swapped.Worse, near()) || !cmp.Equal(got.TwoSided, swapped.TwoSided, near()) {
			t.Errorf("swapping the forecasts gives %+v and %+v", got, swapped)
		}
		if other := accuracy.DieboldMariano(scaled, overlap); !cmp.Equal(got.Statistic, other.Statistic, near()) {
			t.Errorf("in another unit the statistic is %g, not %g", other.Statistic, got.Statistic)
		}
		for _, p := range []float64{got.TwoSided, got.Better, got.Worse} {
			if !(p >= 0 && p <= 1) {
				t.Errorf("probabilities are %+v; want 0 to 1", got)
			}
		}
	})
}

// The expected numbers are qbinom(c(.025, .975), 50, .95) / 50 and
// qbinom(c(.05, .95), 200, .8) / 200 in R.
func TestCoverageRange(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		level, blocks  int
		probability    float64
		wantLow, wantH float64
	}{
		{95, 50, .95, 44. / 50, 1},
		{80, 200, .90, 151. / 200, 169. / 200},
		{80, 0, .95, 0, 1},
		{80, -1, .95, 0, 1},
		{80, 1, .95, 0, 1},
	} {
		low, high := accuracy.CoverageRange(test.level, test.blocks, test.probability)
		if low != test.wantLow || high != test.wantH {
			t.Errorf("CoverageRange(%d, %d, %g) = %g, %g; want %g, %g",
				test.level, test.blocks, test.probability, low, high, test.wantLow, test.wantH)
		}
	}
}

func BenchmarkCompare(b *testing.B) {
	d := make([][]float64, 120)
	rng := seeded(5)
	for i := range d {
		d[i] = make([]float64, 5)
		for j := range d[i] {
			d[i][j] = rng.NormFloat64()
		}
	}
	for b.Loop() {
		accuracy.Compare(d, 1, rng)
	}
}

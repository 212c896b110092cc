package intermittent_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/intermittent"
	"github.com/daybatch/daybatch/forecast/model/internal/reference"
	"github.com/daybatch/daybatch/forecast/model/modeltest"
)

func all() []model.Model {
	return []model.Model{intermittent.NewCroston(), intermittent.NewSBA(), intermittent.NewTSB(), intermittent.NewADIDA(), intermittent.NewIMAPA()}
}

func TestPromises(t *testing.T) {
	t.Parallel()
	for _, m := range all() {
		t.Run(m.Name(), func(t *testing.T) {
			t.Parallel()
			modeltest.Exercise(t, m)
			modeltest.Check(t, m, sales(10_000, .2, 5), 7)
		})
	}
}

// sales returns n periods with demands of 1 to 9 at a chance.
func sales(n int, chance float64, seed uint64) []float64 {
	random := rand.New(rand.NewPCG(seed, 1))
	y := make([]float64, n)
	for i := range y {
		if random.Float64() < chance {
			y[i] = float64(1 + random.IntN(9))
		}
	}
	return y
}

func predict(t *testing.T, m model.Model, y []float64) float64 {
	t.Helper()
	f, err := m.Fit(y, model.Context{Period: 7})
	if err != nil {
		t.Fatal(err)
	}
	return f.Predict(1)[0]
}

// Worked by hand from the recursions of the papers.
func TestByHand(t *testing.T) {
	t.Parallel()
	y := []float64{0, 4, 0, 0, 8, 0}
	// Croston: from means 6 and 3, at 4 after 2: 5.8, 2.9, at 8 after 3: 6.02, 2.91.
	want := 6.02 / 2.91
	for _, tt := range []struct {
		m    model.Model
		want float64
	}{
		{intermittent.NewCroston(), want},
		{intermittent.NewSBA(), want * .95},
		// Blocks of three with sums 4 and 8: no alpha is better than the first.
		{intermittent.NewADIDA(), (4 + .02*(8-4)) / 3},
		{intermittent.NewADIDA().Smoothed(.1, 0), (4 + .1*(8-4)) / 3},
		// Blocks of one, from 0; of two with 4, 0 and 8; and of three.
		{intermittent.NewIMAPA().Smoothed(.1, 0), ((.4*.729+.8)*.9 + (3.6+.1*4.4)/2 + 4.4/3) / 3},
	} {
		if got := predict(t, tt.m, y); math.Abs(got-tt.want) > 1e-12 {
			t.Errorf("%s(%v) = %v; want %v", tt.m.Name(), y, got, tt.want)
		}
	}
	// TSB: from 6 and 1/3 over 12, 0 with whichever parameters are best.
	f, err := intermittent.NewTSB().Fit([]float64{6, 0, 0}, model.Context{})
	if err != nil {
		t.Fatal(err)
	}
	beta := f.Description().Parameters["beta"]
	chance := (1./3 + beta*2/3) * (1 - beta) * (1 - beta)
	if got := f.Predict(1)[0]; math.Abs(got-6*chance) > 1e-12 {
		t.Errorf("tsb_plain = %v; want %v with beta %v", got, 6*chance, beta)
	}
}

// The recursion is that of R's croston(x, alpha = .1), which starts at the first
// demand and its interval. Its results are in the wider reference only.
func TestCrostonIsRs(t *testing.T) {
	t.Parallel()
	dir, ok := os.LookupEnv(reference.Variable)
	if !ok {
		t.Skip("set " + reference.Variable)
	}
	data, err := os.ReadFile(filepath.Join(dir, "intermittent.json"))
	if err != nil {
		t.Fatal(err)
	}
	var series map[string]struct {
		Y       []float64
		Croston struct{ Mean []float64 } `json:"croston_a01"`
	}
	if err := json.Unmarshal(data, &series); err != nil {
		t.Fatal(err)
	}
	for id, s := range series {
		first := slices.IndexFunc(s.Y, func(v float64) bool { return v > 0 })
		got := intermittent.CrostonFrom(s.Y[first], float64(first+1), s.Y[first+1:])
		if want := s.Croston.Mean[0]; math.Abs(got-want) > 1e-9*want {
			t.Errorf("%s: Croston = %v; want %v", id, got, want)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, m := range all() {
		for _, y := range [][]float64{{0}, {0, 0, math.NaN()}, {1, -1}, {-2, 0, -3}} {
			if _, err := m.Fit(y, model.Context{}); !errors.Is(err, model.ErrUnsuitable) {
				t.Errorf("%s.Fit(%v) = %v; want ErrUnsuitable", m.Name(), y, err)
			}
		}
	}
}

// Without zeros Croston's method is simple exponential smoothing.
func TestWithoutZeros(t *testing.T) {
	t.Parallel()
	y := []float64{3, 5, 4}
	level := 4.0
	for _, v := range y {
		level += .1 * (v - level)
	}
	if got := predict(t, intermittent.NewCroston(), y); math.Abs(got-level) > 1e-12 {
		t.Errorf("croston = %v; want %v", got, level)
	}
}

// When demand ends, the methods that look at every period learn of it.
func TestDecay(t *testing.T) {
	t.Parallel()
	y := append(sales(200, .4, 1), make([]float64, 100)...)
	for _, tt := range []struct {
		m    model.Model
		most float64
	}{{intermittent.NewTSB(), .7}, {intermittent.NewADIDA(), .7}, {intermittent.NewCroston(), 3}} {
		if got := predict(t, tt.m, y); got > tt.most {
			t.Errorf("%s after 100 periods without demand = %v; want at most %v", tt.m.Name(), got, tt.most)
		}
	}
}

// Whatever the parameters, a long series of independent demands is forecast near
// its mean; SBA's correction is that of the bias of Croston's.
func TestUnbiased(t *testing.T) {
	t.Parallel()
	for _, m := range all() {
		bias := 0.0
		for seed := range uint64(300) {
			bias += (predict(t, m, sales(300, .25, seed))/1.25 - 1) / 300
		}
		low, high := -.04, .04
		if m.Name() == "croston" { // alpha/(2-alpha) times 1 - 1/interval: 4 %
			low, high = .01, .08
		}
		if bias < low || bias > high {
			t.Errorf("%s: relative bias %.3f; want %v to %v", m.Name(), bias, low, high)
		}
	}
}

// A return lowers the forecast by what it is, and a large one does not make all
// demand vanish; what a quarter of is returned is forecast without that quarter.
func TestReturns(t *testing.T) {
	t.Parallel()
	for _, m := range all() {
		y := sales(300, .25, 3)
		before := predict(t, m, y)
		one, bulk := slices.Clone(y), slices.Clone(y)
		one[150], bulk[290] = -1, -5000
		if got := predict(t, m, one); math.Abs(got/before-1) > .1 {
			t.Errorf("%s with a return of 1 = %v; want about %v as without it", m.Name(), got, before)
		}
		if got := predict(t, m, bulk); !(got > .5*before && got <= 1.1*before) {
			t.Errorf("%s with a return of 5000 = %v; want about %v or less, but not half", m.Name(), got, before)
		}
		for i := range y {
			y[i] = []float64{8, 0, 0, 8, 0, -4}[i%6]
		}
		if got := predict(t, m, y); math.Abs(got-2) > .4 {
			t.Errorf("%s where a quarter is returned = %v; want about 2", m.Name(), got)
		}
		f, err := m.Fit(sales(300, .25, 3), model.Context{})
		if err != nil {
			t.Fatal(err)
		}
		f.(model.Appender).Append(slices.Repeat([]float64{-1e9}, 50))
		if got := f.Predict(1)[0]; got < 0 {
			t.Errorf("%s after nothing but returns = %v; want no negative demand", m.Name(), got)
		}
	}
}

// A gap is no period, the unit does not matter, and appending is going on.
func TestProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		y := sales(rapid.IntRange(5, 120).Draw(t, "n"), .3, rapid.Uint64().Draw(t, "seed"))
		y[0] = 2
		factor := math.Ldexp(1, rapid.IntRange(-40, 40).Draw(t, "exponent"))
		scaled, gaps := make([]float64, len(y)), []float64{}
		for i, v := range y {
			scaled[i] = v * factor
			gaps = append(gaps, v, math.NaN())
		}
		for _, m := range all() {
			f, _ := m.Fit(y, model.Context{})
			s, _ := m.Fit(scaled, model.Context{})
			g, _ := m.Fit(gaps, model.Context{})
			want := f.Predict(2)
			if diff := cmp.Diff(want, g.Predict(2)); diff != "" {
				t.Errorf("%s: gaps matter (-want +got):\n%s", m.Name(), diff)
			}
			for i := range want {
				want[i] *= factor
			}
			if diff := cmp.Diff(want, s.Predict(2)); diff != "" {
				t.Errorf("%s: times %v (-want +got):\n%s", m.Name(), factor, diff)
			}
			if want[0] < 0 || want[0] > slices.Max(scaled)*(1+1e-9) {
				t.Errorf("%s(%v) = %v; want within 0 and the largest demand", m.Name(), scaled, want[0])
			}
			before := f.Predict(1)
			f.(model.Appender).Append([]float64{math.NaN(), math.Inf(1)})
			if diff := cmp.Diff(before, f.Predict(1), cmpopts.EquateApprox(0, 0)); diff != "" {
				t.Errorf("%s: what is no demand changed the forecast:\n%s", m.Name(), diff)
			}
		}
	})
}

//nolint:paralleltest // the count is that of the whole process
func TestPassAllocatesNothing(t *testing.T) {
	pass := intermittent.Pass(sales(735, .3, 1))
	if got := testing.AllocsPerRun(10, func() { pass() }); got != 0 {
		t.Errorf("%v allocations; want 0", got)
	}
}

func FuzzCroston(f *testing.F) { modeltest.Fuzz(f, intermittent.NewCroston()) }

func FuzzSBA(f *testing.F) { modeltest.Fuzz(f, intermittent.NewSBA()) }

func FuzzTSB(f *testing.F) { modeltest.Fuzz(f, intermittent.NewTSB()) }

func FuzzADIDA(f *testing.F) { modeltest.Fuzz(f, intermittent.NewADIDA()) }

func BenchmarkPass(b *testing.B) {
	pass := intermittent.Pass(sales(735, .3, 1))
	b.ReportAllocs()
	for b.Loop() {
		pass()
	}
}

func BenchmarkFit(b *testing.B) {
	for _, m := range all() {
		b.Run(m.Name(), func(b *testing.B) {
			y := sales(735, .3, 1)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := m.Fit(y, model.Context{Period: 7}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

package ces_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/ces"
	"github.com/daybatch/daybatch/forecast/model/modeltest"
)

func letters() []string { return []string{"N", "S", "P", "F"} }

func form(t *testing.T, letter string) ces.Model {
	t.Helper()
	m, err := ces.NewForm(letter)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestPromises(t *testing.T) {
	t.Parallel()
	modeltest.Exercise(t, ces.New())
	for _, letter := range letters() {
		modeltest.Exercise(t, form(t, letter))
	}
}

func TestNewFormUnknown(t *testing.T) {
	t.Parallel()
	if _, err := ces.NewForm("Z"); err == nil {
		t.Error("NewForm(Z) = nil; want an error")
	}
}

func TestFormNeedsSeason(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		n, period int
		want      error
	}{{40, 1, model.ErrUnsuitable}, {13, 7, model.ErrTooShort}, {4, 7, model.ErrTooShort}} {
		_, err := form(t, "P").Fit(modeltest.Demand(test.n, 7, 1), model.Context{Period: test.period})
		if !errors.Is(err, test.want) {
			t.Errorf("P on %d values, period %d: %v; want %v", test.n, test.period, err, test.want)
		}
	}
}

// plain is the paper's recursion with every state kept, as it is written there:
// one row of states per period, those before the first in the first m rows.
type plain struct {
	letter string
	m      int
	x      map[string]float64
	rows   [][4]float64 // level, potential, season, its potential
}

func (p *plain) mean(i int) float64 {
	switch p.letter {
	case "N":
		return p.rows[i-1][0]
	case "S":
		return p.rows[i-p.m][0]
	default:
		return p.rows[i-1][0] + p.rows[i-p.m][2]
	}
}

func (p *plain) move(i int, e float64) {
	lag := 1
	if p.letter == "S" {
		lag = p.m
	}
	a0, a1, b0, b1 := p.x["alpha_0"], p.x["alpha_1"], p.x["beta_0"], p.x["beta_1"]
	before, season := p.rows[i-lag], p.rows[i-p.m]
	p.rows[i][0] = before[0] - (1-a1)*before[1] + (a0-a1)*e
	p.rows[i][1] = before[0] + (1-a0)*before[1] + (a0+a1)*e
	switch p.letter {
	case "P":
		p.rows[i][2] = season[2] + b0*e
	case "F":
		p.rows[i][2] = season[2] - (1-b1)*season[3] + (b0-b1)*e
		p.rows[i][3] = season[2] + (1-b0)*season[3] + (b0+b1)*e
	}
}

// pass takes in y and goes on for a cycle with its own forecasts.
func (p *plain) pass(y []float64) {
	for i := range len(y) + p.m {
		e := 0.0
		if i < len(y) {
			e = y[i] - p.mean(i+p.m)
		}
		p.move(i+p.m, e)
	}
}

// Forecasts are those of the recursion as the paper has it, from the same
// parameters and first states.
func TestRecursion(t *testing.T) {
	t.Parallel()
	for _, letter := range letters() {
		for _, n := range []int{60, 64, 91} {
			y := modeltest.Demand(n, 7, uint64(n))
			fitted, err := form(t, letter).Fit(y, model.Context{Period: 7})
			if err != nil {
				t.Fatal(err)
			}
			p := &plain{letter: letter, m: 7, x: fitted.Description().Parameters}
			if letter == "N" {
				p.m = 1
			}
			p.rows = make([][4]float64, n+2*p.m)
			level, season := ces.Seed(y, 7, letter)
			for i := range p.m {
				p.rows[i] = [4]float64{level[0], level[1], season[i][0], season[i][1]}
				if letter == "S" {
					p.rows[i] = [4]float64{season[i][0], season[i][1]}
				}
			}
			backwards := slices.Clone(y)
			slices.Reverse(backwards)
			p.pass(y)
			slices.Reverse(p.rows)
			p.pass(backwards)
			slices.Reverse(p.rows)
			p.pass(y)
			for range 21 {
				p.rows = append(p.rows, [4]float64{})
			}
			want := make([]float64, 21)
			for i := range want {
				want[i] = p.mean(n + p.m + i)
				p.move(n+p.m+i, 0)
			}
			if diff := cmp.Diff(want, fitted.Predict(21), cmpopts.EquateApprox(1e-9, 0)); diff != "" {
				t.Errorf("CES(%s), n = %d: forecasts differ (-recursion +ours):\n%s", letter, n, diff)
			}
		}
	}
}

// Random parameters are hardly ever better than those of the search.
func TestOptimum(t *testing.T) {
	t.Parallel()
	for _, letter := range letters() {
		random := rand.New(rand.NewPCG(7, 7))
		for seed := range uint64(10) {
			y := modeltest.Demand(100, 7, seed)
			objective := ces.Objective(y, 7, letter)
			best := objective(ces.Optimum(y, 7, letter))
			for range 300 {
				x := [4]float64{0.01 + 1.79*random.Float64(), 0.8 + 0.4*random.Float64(), 0.01 + 1.49*random.Float64(), 0.8 + 0.4*random.Float64()}
				if got := objective(x); got < best*(1-1e-3) {
					t.Errorf("CES(%s), seed %d: %v has %v; the search found %v", letter, seed, x, got, best)
				}
			}
		}
	}
}

// The criterion finds a season, and does not look for one of 1.
func TestChoice(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	y := make([]float64, 140)
	level := 100.0
	for i := range y {
		level += random.NormFloat64()
		y[i] = level + 10*math.Sin(2*math.Pi*float64(i)/7)
	}
	for period, want := range map[int][]string{1: {"CES(N)"}, 7: {"CES(S)", "CES(P)", "CES(F)"}} {
		fitted, err := ces.New().Fit(y, model.Context{Period: period})
		if err != nil {
			t.Fatal(err)
		}
		if got := fitted.Description().Form; !slices.Contains(want, got) {
			t.Errorf("period %d: form = %s; want one of %v", period, got, want)
		}
	}
}

func TestScaleEquivariance(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		y := modeltest.Demand(rapid.IntRange(30, 90).Draw(t, "n"), 7, rapid.Uint64().Draw(t, "seed"))
		factor := math.Ldexp(1, rapid.IntRange(-40, 40).Draw(t, "exponent"))
		scaled := make([]float64, len(y))
		for i, v := range y {
			scaled[i] = v * factor
		}
		a, err := ces.New().Fit(y, model.Context{Period: 7})
		if err != nil {
			t.Fatal(err)
		}
		b, err := ces.New().Fit(scaled, model.Context{Period: 7})
		if err != nil {
			t.Fatal(err)
		}
		want := a.Predict(14)
		for i := range want {
			want[i] *= factor
		}
		if diff := cmp.Diff(want, b.Predict(14)); diff != "" {
			t.Errorf("times %v differs (-want +got):\n%s", factor, diff)
		}
	})
}

// Forecasting is appending one's own forecasts, and a missing value is one.
func TestAppendOwnForecasts(t *testing.T) {
	t.Parallel()
	for _, letter := range letters() {
		fitted, err := form(t, letter).Fit(modeltest.Demand(101, 7, 3), model.Context{Period: 7})
		if err != nil {
			t.Fatal(err)
		}
		path := fitted.Predict(30)
		fitted.(model.Appender).Append([]float64{path[0], path[1], math.NaN(), path[3]})
		if diff := cmp.Diff(path[4:], fitted.Predict(26), cmpopts.EquateApprox(1e-9, 0)); diff != "" {
			t.Errorf("CES(%s): differs after its own forecasts (-want +got):\n%s", letter, diff)
		}
	}
}

// What is estimated again from where an estimation of less history ended is about as
// likely as what is estimated from the beginning: each of both may be in the better
// of two valleys. The former stays as it is.
func TestRefit(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		y := modeltest.Demand(300, 7, seed)
		if seed%2 == 1 {
			for i := 250; i < 300; i++ {
				y[i] *= 5 // another series
			}
		}
		c := model.Context{Period: 7}
		before, err := ces.New().Fit(y[:240], c)
		if err != nil {
			t.Fatal(err)
		}
		path := before.Predict(14)
		again, err := before.(model.Refitter).Refit(y, c)
		if err != nil {
			t.Fatal(err)
		}
		afresh, err := ces.New().Fit(y, c)
		if err != nil {
			t.Fatal(err)
		}
		got, want := again.Description(), afresh.Description()
		if most := want.Criterion + .02*float64(len(y)); got.Criterion > most {
			t.Errorf("seed %d: AICc %.2f (%s); estimated afresh it has %.2f (%s)", seed, got.Criterion, got.Form, want.Criterion, want.Form)
		}
		if diff := cmp.Diff(path, before.Predict(14)); diff != "" {
			t.Errorf("seed %d: the former fit changed:\n%s", seed, diff)
		}
	}
}

// A fixed form stays what it is, also after a history that needed none.
func TestRefitFixed(t *testing.T) {
	t.Parallel()
	before, err := form(t, "P").Fit([]float64{3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3}, model.Context{Period: 7})
	if err != nil {
		t.Fatal(err)
	}
	again, err := before.(model.Refitter).Refit(modeltest.Demand(60, 7, 1), model.Context{Period: 7})
	if err != nil {
		t.Fatal(err)
	}
	if got := again.Description().Form; got != "CES(P)" {
		t.Errorf("form = %s; want CES(P)", got)
	}
}

//nolint:paralleltest // the count is that of the whole process
func TestEvaluationAllocatesNothing(t *testing.T) {
	for _, letter := range letters() {
		objective := ces.Objective(modeltest.Demand(735, 7, 1), 7, letter)
		if got := testing.AllocsPerRun(10, func() { objective([4]float64{1.2, 1, 0.1, 1}) }); got != 0 {
			t.Errorf("CES(%s): %v allocations; want 0", letter, got)
		}
	}
}

func FuzzCES(f *testing.F) { modeltest.Fuzz(f, ces.New()) }

func BenchmarkEvaluation(b *testing.B) {
	for _, letter := range letters() {
		b.Run(letter, func(b *testing.B) {
			objective := ces.Objective(modeltest.Demand(735, 7, 1), 7, letter)
			b.ReportAllocs()
			for b.Loop() {
				objective([4]float64{1.2, 1, 0.1, 1})
			}
		})
	}
}

func BenchmarkFit(b *testing.B) {
	for name, n := range map[string]int{"n=115": 115, "n=735": 735, "n=5670": 5670} {
		b.Run(name, func(b *testing.B) {
			y := modeltest.Demand(n, 7, 1)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ces.New().Fit(y, model.Context{Period: 7}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

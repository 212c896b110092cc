// Package modeltest checks what every forecasting method promises, whatever it
// computes: see [Exercise] and [Fuzz].
package modeltest

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast/model"
)

// Exercise runs m on series that break careless methods and on plain ones.
func Exercise(t *testing.T, m model.Model) {
	t.Helper()
	if m.Name() == "" {
		t.Error("Name() is empty")
	}
	for name, y := range series() {
		for _, period := range []int{0, 1, 2, 7, 12, 24, 168} {
			Check(t, m, y, period)
		}
		if t.Failed() {
			t.Fatalf("%s failed on %s", m.Name(), name)
		}
	}
	for _, y := range [][]float64{nil, {}, {math.NaN()}, {math.NaN(), math.NaN(), math.NaN()}, {math.Inf(1)}} {
		if _, err := m.Fit(y, model.Context{Period: 7}); !errors.Is(err, model.ErrTooShort) {
			t.Errorf("%s.Fit(%v) = %v; want ErrTooShort", m.Name(), y, err)
		}
	}
}

// Fuzz feeds m with series of up to 500 values, ordinary and hostile.
func Fuzz(f *testing.F, m model.Model) {
	f.Helper()
	f.Add([]byte{}, uint8(1))
	f.Add([]byte("the quick brown fox jumps over the lazy dog"), uint8(7))
	f.Add([]byte{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, uint8(2))
	f.Add([]byte{248, 249, 250, 251, 252, 253, 254, 255, 0, 1, 2, 3, 60, 120, 200}, uint8(4))
	f.Fuzz(func(t *testing.T, data []byte, period uint8) {
		Check(t, m, Series(data), int(period)%40)
	})
}

// Series turns bytes into values: mostly 0 to 247, and the numbers that break
// arithmetic.
func Series(data []byte) []float64 {
	data = data[:min(len(data), 500)]
	y := make([]float64, len(data))
	for i, b := range data {
		switch b {
		case 248:
			y[i] = -float64(i)
		case 249:
			y[i] = 1e300
		case 250:
			y[i] = -1e300
		case 251:
			y[i] = math.SmallestNonzeroFloat64
		case 252:
			y[i] = math.MaxFloat64
		case 253:
			y[i] = math.Inf(1 - 2*(i%2))
		case 254, 255:
			y[i] = math.NaN()
		default:
			y[i] = float64(b)
		}
	}
	return y
}

// Check fits m to y and demands what [model.Model] promises: a known error or
// finite forecasts, the same bits twice, y as it was, and an appender that
// stays finite and does not depend on how the new values are cut.
func Check(t *testing.T, m model.Model, y []float64, period int) {
	t.Helper()
	CheckIn(t, m, y, model.Context{Period: period, Seed: 1})
}

// CheckIn is [Check] in a context of its own.
func CheckIn(t *testing.T, m model.Model, y []float64, c model.Context) {
	t.Helper()
	period := c.Period
	before := slices.Clone(y)
	fitted, err := m.Fit(y, c)
	if !sameBits(before, y) {
		t.Errorf("%s.Fit(%v) changed its input", m.Name(), before)
	}
	if err != nil {
		if !errors.Is(err, model.ErrTooShort) && !errors.Is(err, model.ErrUnsuitable) {
			t.Errorf("%s.Fit(%v, period %d) = %v; want ErrTooShort or ErrUnsuitable", m.Name(), y, period, err)
		}
		return
	}
	if fitted.Description().Form == "" {
		t.Errorf("%s.Fit(%v, period %d).Description().Form is empty", m.Name(), y, period)
	}
	first := forecasts(t, m, fitted, y, period)
	again, err := m.Fit(y, c)
	if err != nil {
		t.Fatalf("%s.Fit(%v, period %d) the second time: %v", m.Name(), y, period, err)
	}
	if !sameBits(first, again.Predict(len(first))) {
		t.Errorf("%s.Fit(%v, period %d) differs the second time: %s", m.Name(), y, period, cmp.Diff(first, again.Predict(len(first))))
	}
	whole, ok := fitted.(model.Appender)
	if !ok {
		return
	}
	more := append(slices.Clone(y), 0, 1e300, math.NaN(), math.Inf(-1), 3)
	whole.Append(more)
	once := forecasts(t, m, fitted, more, period)
	pieces, ok := again.(model.Appender)
	if !ok {
		t.Fatalf("%s.Fit is an appender once only", m.Name())
	}
	for i := range more {
		pieces.Append(more[i : i+1])
	}
	if !sameBits(once, again.Predict(len(once))) {
		t.Errorf("%s: appending %v in pieces differs: %s", m.Name(), more, cmp.Diff(once, again.Predict(len(once))))
	}
}

func forecasts(t *testing.T, m model.Model, fitted model.Fitted, y []float64, period int) []float64 {
	t.Helper()
	const h = 60
	out := fitted.Predict(h)
	if len(out) != h {
		t.Fatalf("%s: len(Predict(%d)) = %d", m.Name(), h, len(out))
	}
	for i, v := range out {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Fatalf("%s on %v, period %d: Predict()[%d] = %v (%s)", m.Name(), y, period, i, v, fitted.Description().Form)
		}
	}
	if got := fitted.Predict(0); len(got) != 0 {
		t.Errorf("%s: Predict(0) = %v; want nothing", m.Name(), got)
	}
	return out
}

func sameBits(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) })
}

// series are the cases that users of forecasting software report.
func series() map[string][]float64 {
	all := map[string][]float64{
		"one":           {3},
		"two":           {3, 5},
		"three":         {3, 5, 4},
		"huge":          {1e300, -1e300, 1e300, 1e308, -1.7e308, 1e300, 1e300, 2e300, 1e300, 1e300},
		"denormal":      {5e-324, 1e-323, 5e-324, 2e-323, 5e-324, 1e-323, 5e-324, 5e-324, 1.5e-323, 5e-324},
		"mixed units":   {1e-300, 1e300, 1, 0, 1e-300, 1e10, 1e-10, 1, 2, 3},
		"leading gap":   {math.NaN(), math.NaN(), 4, 5, 6, 5, 4, 6, 7, 5, 6, 5},
		"trailing gap":  {4, 5, 6, 5, 4, 6, 7, 5, 6, 5, math.NaN(), math.NaN()},
		"infinite":      {4, 5, math.Inf(1), 5, 4, math.Inf(-1), 7, 5, 6, 5, 6, 4},
		"large offset":  {1e12, 1e12 + 1, 1e12 + 2, 1e12 + 1, 1e12, 1e12 + 3, 1e12 + 1, 1e12, 1e12 + 2, 1e12 + 1},
		"rises at last": {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1000},
	}
	make60 := func(f func(t int) float64) []float64 {
		y := make([]float64, 60)
		for t := range y {
			y[t] = f(t)
		}
		return y
	}
	all["zeros"] = make60(func(int) float64 { return 0 })
	all["constant"] = make60(func(int) float64 { return 7.3 })
	all["line"] = make60(func(t int) float64 { return float64(3 + 2*t) })
	all["falling line"] = make60(func(t int) float64 { return float64(100 - 2*t) })
	all["exact season"] = make60(func(t int) float64 { return float64(10 + t%7) })
	all["alternating"] = make60(func(t int) float64 { return float64(1 - 2*(t%2)) })
	all["intermittent"] = make60(func(t int) float64 { return float64(t % 9 / 8 * (t%5 + 1)) })
	all["one spike"] = make60(func(t int) float64 { return float64(1 + t/59*1_000_000) })
	all["near zero"] = make60(func(t int) float64 { return 1e-9 + float64(t%7) })
	all["gaps"] = make60(func(t int) float64 {
		if t%3 == 0 || t%7 == 2 {
			return math.NaN()
		}
		return float64(50 + t%7*3)
	})
	all["dead"] = make60(func(t int) float64 { return float64(max(0, 20-t)) })
	all["explosive"] = make60(func(t int) float64 { return math.Pow(3, float64(t)) })
	return all
}

// Demand is a series with level changes, a season of m and noise.
func Demand(n, m int, seed uint64) []float64 {
	random := rand.New(rand.NewPCG(seed, 1))
	y := make([]float64, n)
	level := 100.0
	for t := range y {
		level += random.NormFloat64()
		y[t] = (level + 0.05*float64(t)) * (1 + 0.2*math.Sin(2*math.Pi*float64(t)/float64(m))) * (1 + 0.04*random.NormFloat64())
	}
	return y
}

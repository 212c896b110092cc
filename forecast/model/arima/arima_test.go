package arima_test

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/arima"
	"github.com/daybatch/daybatch/forecast/model/modeltest"
)

func order(tb testing.TB, o arima.Order) model.Model {
	tb.Helper()
	m, err := arima.NewOrder(o)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func airline() arima.Order { return arima.Order{D: 1, MA: 1, SeasonalD: 1, SeasonalMA: 1} }

func TestPromises(t *testing.T) {
	t.Parallel()
	t.Run("automatic", func(t *testing.T) {
		t.Parallel()
		modeltest.Exercise(t, arima.New())
	})
	t.Run("airline", func(t *testing.T) {
		t.Parallel()
		modeltest.Exercise(t, order(t, airline()))
	})
	t.Run("mixed", func(t *testing.T) {
		t.Parallel()
		modeltest.Exercise(t, order(t, arima.Order{AR: 2, MA: 1, SeasonalAR: 1, Constant: true}))
	})
}

func TestNewOrder(t *testing.T) {
	t.Parallel()
	for _, bad := range []arima.Order{{AR: -1}, {AR: 6}, {MA: 6}, {D: 3}, {SeasonalAR: 3}, {SeasonalD: -1}, {SeasonalMA: 3}} {
		if _, err := arima.NewOrder(bad); err == nil {
			t.Errorf("NewOrder(%+v) = nil error", bad)
		}
	}
	if _, err := order(t, airline()).Fit(modeltest.Demand(15, 12, 1), model.Context{Period: 12}); !errors.Is(err, model.ErrTooShort) {
		t.Errorf("airline on 15 months: %v; want ErrTooShort", err)
	}
}

// The automatic model finds an order for every series of three values or more.
func TestNeverFails(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		y := modeltest.Series(rapid.SliceOfN(rapid.Byte(), 0, 90).Draw(t, "bytes"))
		observed := 0
		for _, v := range y {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				observed++
			}
		}
		f, err := arima.New().Fit(y, model.Context{Period: rapid.IntRange(0, 30).Draw(t, "period")})
		if observed < 3 {
			if !errors.Is(err, model.ErrTooShort) {
				t.Fatalf("%d observations: %v; want ErrTooShort", observed, err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range f.(interface{ Variance(h int) []float64 }).Variance(30) {
			if !(v >= 0) || math.IsInf(v, 0) {
				t.Fatalf("Variance()[%d] = %v (%s)", i, v, f.Description().Form)
			}
		}
	})
}

// A change of unit by a power of two changes the forecasts of the automatic
// model alike, to the bit. A tolerance that is not relative would show in any series:
// a dozen are enough of what takes this long.
func TestEquivarianceOfUnit(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		y := modeltest.Demand(20+3*int(seed), 7, seed)
		scaled := make([]float64, len(y))
		for i, v := range y {
			scaled[i] = 1024 * v
		}
		automatic := func(y []float64) []float64 {
			f, err := arima.New().Fit(y, model.Context{Period: 7})
			if err != nil {
				t.Fatal(err)
			}
			return f.Predict(14)
		}
		plain, up := automatic(y), automatic(scaled)
		for i := range plain {
			if up[i] != 1024*plain[i] {
				t.Fatalf("seed %d scaled: Predict()[%d] = %v; want %v", seed, i, up[i], 1024*plain[i])
			}
		}
	}
}

// Another level moves the forecasts of an order with differences or a mean by itself,
// at given coefficients: the maximum is only found up to a tolerance.
func TestEquivarianceOfLevel(t *testing.T) {
	t.Parallel()
	coefficients := map[string]float64{"ma1": -0.4, "sma1": -0.6, "ar1": 0.5}
	rapid.Check(t, func(t *rapid.T) {
		y := modeltest.Demand(rapid.IntRange(30, 90).Draw(t, "n"), 7, rapid.Uint64().Draw(t, "seed"))
		shifted := make([]float64, len(y))
		for i, v := range y {
			shifted[i] = v + 256
		}
		for _, o := range []arima.Order{airline(), {AR: 1, Constant: true}} {
			f, _, ok := arima.At(o, y, 7, coefficients)
			moved, _, okToo := arima.At(o, shifted, 7, coefficients)
			if !ok || !okToo {
				t.Fatalf("%+v: not stationary", o)
			}
			want := f.Predict(14)
			for i, v := range moved.Predict(14) {
				if math.Abs(v-want[i]-256) > 1e-7 {
					t.Fatalf("%+v shifted: Predict()[%d] = %v; want %v", o, i, v, want[i]+256)
				}
			}
		}
	})
}

// Missing values cost information, not sense: without a few of them the forecasts
// stay near.
func TestGaps(t *testing.T) {
	t.Parallel()
	y := modeltest.Demand(140, 7, 3)
	m := order(t, airline())
	c := model.Context{Period: 7}
	whole, err := m.Fit(y, c)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int{3, 60, 61, 75, 138} {
		y[at] = math.NaN()
	}
	gaps, err := m.Fit(y, c)
	if err != nil {
		t.Fatal(err)
	}
	want := whole.Predict(14)
	for i, v := range gaps.Predict(14) {
		if math.Abs(v-want[i]) > 0.1*want[i] {
			t.Errorf("Predict()[%d] = %v with gaps; want about %v", i, v, want[i])
		}
	}
}

// Appending what the model already knows to come is the same as a longer series
// with the same parameters: forecasts one step ahead move on by one.
func TestAppendMissing(t *testing.T) {
	t.Parallel()
	f, err := arima.New().Fit(modeltest.Demand(140, 7, 5), model.Context{Period: 7})
	if err != nil {
		t.Fatal(err)
	}
	want := f.Predict(20)
	f.(model.Appender).Append([]float64{math.NaN(), math.NaN(), math.NaN()})
	for i, v := range f.Predict(17) {
		if math.Abs(v-want[i+3]) > 1e-9*want[i+3] {
			t.Errorf("after three gaps Predict()[%d] = %v; want %v", i, v, want[i+3])
		}
	}
}

func FuzzAutomatic(f *testing.F) { modeltest.Fuzz(f, arima.New()) }

func FuzzAirline(f *testing.F) { modeltest.Fuzz(f, order(f, airline())) }

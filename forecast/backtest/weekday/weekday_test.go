package weekday_test

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast/backtest/weekday"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/modeltest"
	"github.com/daybatch/daybatch/forecast/series"
)

var monday = calendar.Of(2025, 1, 6)

func context() model.Context { return model.Context{Period: 7, Start: monday} }

// closedSundays returns n days of 6, and nothing on Sundays.
func closedSundays(n int) []float64 {
	values := make([]float64, n)
	for i := range values {
		if (monday + calendar.Date(i)).Weekday() != 0 {
			values[i] = 6
		}
	}
	return values
}

func TestPool(t *testing.T) {
	t.Parallel()
	p := weekday.Pool([]series.Series{
		{Start: monday, Values: closedSundays(70)},
		{Start: monday, Values: closedSundays(10)}, // too short to count
		{Start: monday, Values: make([]float64, 70)},
	})
	if p[0] > .02 || math.Abs(p[1]-p[6]) > 1e-12 || math.Abs(p[1]-7./6) > .01 {
		t.Errorf("profile = %v; want no Sunday and equal other days", p)
	}
	if got := weekday.Pool(nil); got != weekday.Flat() {
		t.Errorf("Pool(nil) = %v; want the flat profile", got)
	}
}

func TestOwnIsShrunk(t *testing.T) {
	t.Parallel()
	short := weekday.Own(closedSundays(14), monday, weekday.Flat())
	long := weekday.Own(closedSundays(700), monday, weekday.Flat())
	if !(short[0] > .6 && short[0] < .8 && long[0] < .1) {
		t.Errorf("factor of closed Sundays = %.2f after 2 weeks and %.2f after 100; want about 5/7 and near 0", short[0], long[0])
	}
}

func TestSES(t *testing.T) {
	t.Parallel()
	profile := weekday.Pool([]series.Series{{Start: monday, Values: closedSundays(70)}})
	f, err := weekday.NewSES(profile).Fit([]float64{12, 12, 12, 12}, context())
	if err != nil {
		t.Fatal(err)
	}
	got := f.Predict(4) // Friday to Monday
	if got[2] > .2 || math.Abs(got[0]-12) > .1 || math.Abs(got[3]-12) > .1 {
		t.Errorf("forecast from Friday = %v; want 12 but for Sunday", got)
	}
}

func TestTSB(t *testing.T) {
	t.Parallel()
	y := make([]float64, 210)
	for i := 0; i < len(y); i += 3 {
		y[i] = 4
	}
	f, err := weekday.NewTSB().Fit(y, context())
	if err != nil {
		t.Fatal(err)
	}
	var sum float64
	for _, v := range f.Predict(21) {
		sum += v / 21
	}
	if math.Abs(sum-4./3) > .2 {
		t.Errorf("mean forecast = %.2f; want about 4/3: a demand of 4 every third day", sum)
	}
	before := f.Predict(1)[0]
	appender, ok := f.(model.Appender)
	if !ok {
		t.Fatal("the fitted TSB does not append")
	}
	appender.Append(make([]float64, 70))
	if after := f.Predict(1)[0]; after >= before {
		t.Errorf("forecast after ten weeks without demand = %.3f; want less than %.3f", after, before)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	for _, test := range []struct {
		model model.Model
		y     []float64
		want  error
	}{
		{weekday.NewSES(weekday.Flat()), nil, model.ErrTooShort},
		{weekday.NewSES(weekday.Flat()), []float64{nan, math.Inf(1)}, model.ErrTooShort},
		{weekday.NewTSB(), []float64{nan}, model.ErrTooShort},
		{weekday.NewTSB(), []float64{0, 0}, model.ErrUnsuitable},
		{weekday.NewTSB(), []float64{1, -1}, model.ErrUnsuitable},
	} {
		if _, err := test.model.Fit(test.y, context()); !errors.Is(err, test.want) {
			t.Errorf("%s.Fit(%v) = %v; want %v", test.model.Name(), test.y, err, test.want)
		}
	}
}

func TestPromises(t *testing.T) {
	t.Parallel()
	for _, m := range []model.Model{weekday.NewSES(weekday.Flat()), weekday.NewTSB()} {
		modeltest.Exercise(t, m)
	}
}

func FuzzTSB(f *testing.F) { modeltest.Fuzz(f, weekday.NewTSB()) }

func FuzzSES(f *testing.F) { modeltest.Fuzz(f, weekday.NewSES(weekday.Flat())) }

// Demand in another unit is forecast as before in that unit.
func TestScaleEquivariance(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		y := rapid.SliceOfN(rapid.OneOf(rapid.Float64Range(0, 1000), rapid.Just(0.), rapid.Just(math.NaN())), 3, 60).Draw(t, "y")
		y[0] = 10 // there is demand
		factor := math.Ldexp(1, rapid.IntRange(-40, 40).Draw(t, "exponent"))
		scaled := make([]float64, len(y))
		for i, v := range y {
			scaled[i] = v * factor
		}
		for _, m := range []model.Model{weekday.NewSES(weekday.Flat()), weekday.NewTSB()} {
			plain, err := m.Fit(y, context())
			if err != nil {
				t.Fatal(err)
			}
			other, err := m.Fit(scaled, context())
			if err != nil {
				t.Fatal(err)
			}
			want, got := plain.Predict(9), other.Predict(9)
			for i := range want {
				if math.Abs(got[i]-factor*want[i]) > 1e-9*factor*1000 {
					t.Errorf("%s times %v: %v on day %d; want %v", m.Name(), factor, got[i], i, factor*want[i])
				}
			}
		}
	})
}

// Whatever the values: finite forecasts, and appending is what fitting all at
// once would have seen.
func TestForecastsAreFinite(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		y := rapid.SliceOf(rapid.OneOf(rapid.Float64(), rapid.Just(math.NaN()), rapid.Just(0.), rapid.Float64Range(0, 9))).Draw(t, "y")
		later := rapid.SliceOf(rapid.Float64()).Draw(t, "later")
		for _, m := range []model.Model{weekday.NewSES(weekday.Flat()), weekday.NewTSB()} {
			f, err := m.Fit(y, context())
			if err != nil {
				continue
			}
			check(t, m.Name(), f)
			if appender, ok := f.(model.Appender); ok {
				appender.Append(later)
				check(t, m.Name(), f)
			}
		}
	})
}

func check(t *rapid.T, name string, f model.Fitted) {
	t.Helper()
	for i, v := range f.Predict(15) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Fatalf("%s: day %d = %v; want a finite number", name, i+1, v)
		}
	}
}

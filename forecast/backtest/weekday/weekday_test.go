package weekday_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
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
	quiet := closedSundays(700)
	for i := 6; i < len(quiet); i += 7 {
		quiet[i] = .1
	}
	short := weekday.Own(quiet[:14], monday, weekday.Flat())
	long := weekday.Own(quiet, monday, weekday.Flat())
	if !(short[0] > .6 && short[0] < .8 && long[0] < .1) {
		t.Errorf("factor of quiet Sundays = %.2f after 2 weeks and %.2f after 100; want about 5/7 and near 0", short[0], long[0])
	}
	if closed := weekday.Own(closedSundays(14), monday, weekday.Flat()); closed[0] != 0 || math.Abs(closed[1]-7./6) > 1e-12 {
		t.Errorf("profile without Sundays = %v; want 0, and 7/6 on the other days", closed)
	}
}

// A panel's week says nothing against what a series shows itself.
func TestOf(t *testing.T) {
	t.Parallel()
	closed := weekday.Pool([]series.Series{{Start: monday, Values: closedSundays(70)}})
	if got := closed.Of([]float64{3, 4, 5, 4, 3, 4, 9}, monday); math.Abs(got[0]-1) > 1e-12 {
		t.Errorf("a week that sells on Sunday, in a panel that does not: %v; want a flat one", got)
	}
	if got := weekday.Flat().Of(closedSundays(28), monday); got[0] != 0 || math.Abs(got[1]-7./6) > 1e-12 {
		t.Errorf("a week without Sunday, in a panel that has it: %v; want no Sunday", got)
	}
	if got := (weekday.Profile{}).Of(nil, monday); got != weekday.Flat() {
		t.Errorf("no profile at all: %v; want the flat one", got)
	}
	if got := weekday.Pool([]series.Series{
		{Start: monday, Values: slices.Repeat([]float64{5, 0, 0, 0, 0, 0, 0}, 9)},
		{Start: monday, Values: slices.Repeat([]float64{0, 5, 0, 0, 0, 0, 0}, 9)},
		{Start: monday, Values: slices.Repeat([]float64{0, 0, 5, 0, 0, 0, 0}, 9)},
	}); got != weekday.Flat() {
		t.Errorf("each series has a day of its own: %v; want the flat profile", got)
	}
}

// A few values have no errors to choose a smoothing parameter by.
func TestSESOfFewValues(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	for _, test := range []struct {
		y    []float64
		want float64
	}{
		{[]float64{5}, 5},
		{[]float64{1, 100}, 100},
		{[]float64{1, nan, 100}, 100},
		{[]float64{1, 100, 40}, 47},
		{[]float64{10, 20, 30, 40, 50, 60}, 35},
		{[]float64{math.MaxFloat64, math.MaxFloat64, math.MaxFloat64}, math.MaxFloat64},
	} {
		f, err := weekday.NewSES(weekday.Flat()).Fit(test.y, context())
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range f.Predict(9) {
			if math.Abs(v/test.want-1) > 1e-9 {
				t.Errorf("ses of %v = %v; want %v", test.y, v, test.want)
				break
			}
		}
	}
	profile := weekday.Pool([]series.Series{{Start: monday, Values: closedSundays(70)}})
	f, err := weekday.NewSES(profile).Fit([]float64{9, 12, 15, 12, 12, 12, 0}, context())
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Predict(7); math.Abs(got[0]-12) > 1e-9 || got[6] != 0 {
		t.Errorf("ses of six open days = %v; want their mean, 12, and nothing on Sunday", got)
	}
}

// Without a panel the week itself is in the errors: less than two weeks have the mean of
// the newest, and not the level of the last weekdays.
func TestSESDoesNotFollowTheWeek(t *testing.T) {
	t.Parallel()
	y := []float64{100, 110, 120, 130, 140, 150, 160, 100, 110, 120, 130, 140, 150}
	for n := 7; n <= len(y); n++ {
		f, err := weekday.NewSES(weekday.Flat()).Fit(y[:n], context())
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Predict(1)[0]; math.Abs(got-130) > 1e-9 {
			t.Errorf("%d values: forecast = %v; want the mean of a week, 130", n, got)
		}
	}
}

// The first value of a fortnight is one of fourteen.
func TestSESStartsAtAMean(t *testing.T) {
	t.Parallel()
	y := slices.Repeat([]float64{10, 11, 9, 10, 12, 8, 10}, 2)
	y[0] = 100
	f, err := weekday.NewSES(weekday.Flat()).Fit(y, context())
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Predict(1)[0]; got > 20 {
		t.Errorf("ses of %v = %v; want less than 20", y, got)
	}
}

// noisy returns weeks of demand of about 50 on the days before closed, with a chance
// of a demand on each.
func noisy(weeks, open int, chance float64, seed uint64) []float64 {
	rng := rand.New(rand.NewPCG(seed, 5))
	y := make([]float64, 7*weeks)
	for i := range y {
		if i%7 < open && rng.Float64() < chance {
			y[i] = max(1, 50+5*rng.NormFloat64())
		}
	}
	return y
}

// Closed days are no reason to forecast the open ones lower, whether demand comes
// every day or now and then; nor is a sale on one.
func TestClosedDaysAreNoLevel(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		open   int
		chance float64
		stray  bool
	}{{"open daily", 7, 1, false}, {"closed at weekends", 5, 1, false}, {"Mondays only", 1, 1, false}, {"now and then, closed at weekends", 5, .4, false}, {"a sale on a Sunday", 5, 1, true}} {
		for name, m := range map[string]model.Model{"tsb": weekday.NewTSB(), "ses": weekday.NewSES(weekday.Flat())} {
			var sum, want float64
			for seed := range uint64(40) {
				y := noisy(30, test.open, test.chance, seed)
				if test.stray {
					y[104] = 60
				}
				f, err := m.Fit(y, context())
				if err != nil {
					t.Fatal(err)
				}
				for i, v := range f.Predict(28) {
					sum += v
					if i%7 < test.open {
						want += 50 * test.chance
					} else if v > 1 {
						t.Fatalf("%s, %s: %v on a closed day", test.name, name, v)
					}
				}
			}
			if bias := sum/want - 1; math.Abs(bias) > .08 {
				t.Errorf("%s: bias of %s is %+.3f; want within .08", test.name, name, bias)
			}
		}
	}
}

// A return is part of the net demand, and a large one does not make all demand
// vanish.
func TestReturns(t *testing.T) {
	t.Parallel()
	y := noisy(30, 7, .4, 1)
	before := total(t, y)
	y[len(y)-10] = -1
	if got := total(t, y); math.Abs(got/before-1) > .1 {
		t.Errorf("forecast with a return of 1 = %.1f; want about %.1f as without it", got, before)
	}
	y[len(y)-10] = -5000
	if got := total(t, y); !(got > .5*before && got < before) {
		t.Errorf("forecast with a return of 5000 = %.1f; want between half and all of %.1f", got, before)
	}
	for i := range y {
		y[i] = []float64{50, 0, 0, 50, 0, -25}[i%6]
	}
	if got := total(t, y) / 28; math.Abs(got-75./6) > 1.5 {
		t.Errorf("daily forecast where a quarter is returned = %.1f; want about %.1f", got, 75./6)
	}
}

func total(t *testing.T, y []float64) float64 {
	t.Helper()
	f, err := weekday.NewTSB().Fit(y, context())
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.
	for _, v := range f.Predict(28) {
		sum += v
	}
	return sum
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

package special_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast/backtest/special"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
)

var start = calendar.Of(2025, 1, 6) // a Monday

// days makes the given day numbers special.
func days(n int, classes map[int]calendar.Class) special.Days {
	return special.NewDays(calendar.Range{From: start, To: start + calendar.Date(n-1)}, func(d calendar.Date) calendar.Class {
		return classes[int(d-start)]
	})
}

// weekly returns n values of 10 for weekdays and 20 for the first of the week.
func weekly(n int) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = 10
		if i%7 == 0 {
			values[i] = 20
		}
	}
	return values
}

func TestClean(t *testing.T) {
	t.Parallel()
	values := weekly(70)
	values[35], values[28], values[36] = 2, 3, math.NaN()
	d := days(70, map[int]calendar.Class{35: "holiday", 28: "holiday", 36: "holiday"})
	clean := d.Clean(values, start)
	if clean[35] != 20 || clean[28] != 20 {
		t.Errorf("special Mondays became %v and %v; want the median 20 of the other Mondays", clean[35], clean[28])
	}
	if !math.IsNaN(clean[36]) {
		t.Errorf("a missing special day became %v; want NaN", clean[36])
	}
	if values[35] != 2 {
		t.Error("Clean changed its argument")
	}
	for i, v := range clean {
		if i != 28 && i != 35 && i != 36 && v != values[i] {
			t.Errorf("ordinary day %d became %v; want %v", i, v, values[i])
		}
	}
}

func TestAhead(t *testing.T) {
	t.Parallel()
	d := days(40, map[int]calendar.Class{20: "holiday", 21: "holiday", 26: "eve", 27: "eve"})
	if got := d.Ahead(start+20, 6); !slices.Equal(got, []int{0, 5}) {
		t.Errorf("days ahead of a holiday = %v; want the next one, 0, and the eve 6 days later, 5", got)
	}
}

func TestCleanWithoutNeighbours(t *testing.T) {
	t.Parallel()
	d := days(5, map[int]calendar.Class{2: "holiday"})
	values := []float64{1, 2, 99, 4, 5}
	if got := d.Clean(values, start); !slices.Equal(got, values) {
		t.Errorf("Clean(%v) = %v; want it as it is: the holiday has no neighbour", values, got)
	}
}

func TestEffects(t *testing.T) {
	t.Parallel()
	d := days(100, map[int]calendar.Class{20: "holiday", 60: "holiday", 90: "holiday", 91: "obon", 92: calendar.ClassNone})
	halved, plain := weekly(84), weekly(84)
	halved[20], halved[60] = 5, 5
	panel := []special.Observed{d.Observe(halved, start), d.Observe(plain, start)}
	pooled := special.Pool(panel)
	for _, test := range []struct {
		name string
		own  special.Observed
		want float64 // of a day of 10
	}{
		// The panel's median of {.5, .5, 1, 1} is sqrt(.5) on the log scale.
		{"own halved", panel[0], 10 * math.Exp((2*math.Log(.5)+math.Log(.5))/4)},
		{"own plain", panel[1], 10 * math.Exp(math.Log(.5)/4)},
		{"unseen by the series", nil, 10 * math.Sqrt(.5)},
	} {
		e := d.Effects(test.own, pooled)
		forecast := []float64{10, 10, 10}
		e.Apply(forecast, start+89)
		if forecast[0] != 10 || math.Abs(forecast[1]-test.want) > 1e-12 {
			t.Errorf("%s: forecast = %v; want 10, %v", test.name, forecast, test.want)
		}
		if math.Abs(forecast[2]-forecast[1]) > 1e-12 {
			t.Errorf("%s: obon, seen by nobody, is %v; want the holiday's %v", test.name, forecast[2], forecast[1])
		}
		if w := e.Warnings(start+84, 16); len(w) != 1 || !strings.Contains(w[0], "2025-04-07 (obon): forecast as a holiday on a working day") {
			t.Errorf("%s: warnings = %q; want one about obon", test.name, w)
		}
	}
}

// A class of which all days were closed is closed the next time, but for a series of
// which one was not. A single zero may have been chance.
func TestEffectsOfClosures(t *testing.T) {
	t.Parallel()
	d := days(100, map[int]calendar.Class{20: "closure", 60: "closure", 90: "closure"})
	with := func(first, second float64) special.Observed {
		values := weekly(84)
		values[20], values[60] = first, second
		return d.Observe(values, start)
	}
	once := days(100, map[int]calendar.Class{20: "closure", 90: "closure"})
	single := weekly(84)
	single[20] = 0
	for _, test := range []struct {
		name   string
		days   special.Days
		own    special.Observed
		panel  []special.Observed
		closed bool
	}{
		{"always closed", d, with(0, 0), []special.Observed{with(0, 0), with(0, 0)}, true},
		{"closed, as all others", d, nil, []special.Observed{with(0, 0)}, true},
		{"closed, but not all others", d, with(0, 0), []special.Observed{with(0, 0), with(0, .1)}, false},
		{"open once", d, with(0, .1), []special.Observed{with(0, 0)}, false},
		{"a return", d, with(0, -1), []special.Observed{with(0, -1)}, false},
		{"seen once", once, once.Observe(single, start), []special.Observed{once.Observe(single, start)}, false},
		{"never seen", d, nil, nil, false},
	} {
		e := test.days.Effects(test.own, special.Pool(test.panel))
		forecast := []float64{10, 10, 10}
		e.Apply(forecast, start+89)
		if closed := forecast[1] == 0; closed != test.closed || !closed && !(forecast[1] >= .2-1e-9) {
			t.Errorf("%s: forecast %v; want closed: %t, else at least 2 %%", test.name, forecast[1], test.closed)
		}
		if got := slices.Equal(e.Closed(start+89, 3), []int{1}); got != test.closed {
			t.Errorf("%s: Closed = %v; want the second day: %t", test.name, e.Closed(start+89, 3), test.closed)
		}
	}
}

// A day off that nobody has seen is like those of all classes that were seen, where no
// class is that of any holiday. A promotion or a day beside a holiday is like none.
func TestEffectsOfUnseenClasses(t *testing.T) {
	t.Parallel()
	d := days(200, map[int]calendar.Class{
		20: calendar.ClassLaborDay, 40: calendar.ClassColumbusDay, 60: calendar.ClassThanksgiving, 61: calendar.ClassBlackFriday,
		150: calendar.ClassChristmasDay, 151: "promotion", 152: calendar.ClassChristmasEve,
	})
	values := weekly(84)
	values[20], values[40], values[60], values[61] = 4, 5, 6, 30
	own := d.Observe(values, start)
	e := d.Effects(own, special.Pool([]special.Observed{own}))
	forecast := []float64{10, 10, 10}
	e.Apply(forecast, start+150)
	// Of {.4, .5, .6} the series has one each, and the panel's median counts twice.
	want := 10 * math.Exp((math.Log(.4)+math.Log(.5)+math.Log(.6)+2*math.Log(.5))/5)
	if math.Abs(forecast[0]-want) > 1e-9 || forecast[1] != 10 || forecast[2] != 10 {
		t.Errorf("christmas, a promotion and christmas eve, seen by nobody, are %v; want %.2f as the holidays that were seen, 10 and 10", forecast, want)
	}
	w := e.Warnings(start+150, 3)
	for i, like := range []string{"(christmas day): forecast as the holidays that were seen", "(promotion): forecast as an ordinary day", "(christmas eve): forecast as an ordinary day"} {
		if len(w) != 3 || !strings.Contains(w[i], like) {
			t.Errorf("warnings = %q; want one with %q", w, like)
		}
	}
}

func TestEffectsOfNothingSeen(t *testing.T) {
	t.Parallel()
	d := days(30, map[int]calendar.Class{20: "closure"})
	e := d.Effects(nil, special.Pool(nil))
	forecast := []float64{10}
	e.Apply(forecast, start+20)
	if w := e.Warnings(start+20, 1); forecast[0] != 10 || len(w) != 1 || !strings.Contains(w[0], "as an ordinary day") {
		t.Errorf("forecast = %v, warnings %q; want 10 as on an ordinary day, and a warning", forecast, w)
	}
}

// Days limited to some series are ordinary for the others, come before those of
// all, and share what is known of their class.
func TestLimitedDays(t *testing.T) {
	t.Parallel()
	in := func(keys ...series.Key) func(series.Key) bool {
		return func(key series.Key) bool { return slices.Contains(keys, key) }
	}
	span := func(from, to int) calendar.Range {
		return calendar.Range{From: start + calendar.Date(from), To: start + calendar.Date(to)}
	}
	d := special.NewDays(span(0, 99), func(day calendar.Date) calendar.Class {
		if day == start+20 {
			return "holiday"
		}
		return calendar.ClassNone
	},
		special.Limited{Applies: in("a", "b"), Dates: span(40, 41), Class: "promotion"},
		special.Limited{Applies: in("a"), Dates: span(20, 20), Class: "closure"},
		special.Limited{Applies: in("b"), Dates: span(90, 400), Class: "promotion"}, // beyond the range
		special.Limited{Applies: in("a"), Dates: span(-9, 0), Class: "promotion"},
	)
	for key, want := range map[series.Key][]int{"": {20}, "other": {20}, "a": {0, 20, 40, 41}, "b": {20, 40, 41, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99}} {
		of := d
		if key != "" {
			of = d.For(key)
		}
		var got []int
		for i := -20; i < 120; i++ {
			if of.Special(start + calendar.Date(i)) {
				got = append(got, i)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("special days of %q = %v; want %v", key, got, want)
		}
	}

	promoted, plain := weekly(84), weekly(84)
	promoted[40], promoted[41] = 30, 30
	own := d.For("a").Observe(promoted, start)
	pooled := special.Pool([]special.Observed{own, d.For("other").Observe(plain, start)})
	for key, want := range map[series.Key]float64{"b": 30, "other": 10} {
		forecast := []float64{10}
		d.For(key).Effects(nil, pooled).Apply(forecast, start+90)
		if math.Abs(forecast[0]-want) > 1e-9 {
			t.Errorf("forecast of %s = %v; want %v: b has a promotion as a had, the other none", key, forecast[0], want)
		}
	}
	if got := d.For("other").Clean(promoted, start); !slices.Equal(got, promoted) {
		t.Errorf("the promotion of others is taken out of a series that had none: %v", got)
	}
}

func TestZeroDays(t *testing.T) {
	t.Parallel()
	var d special.Days
	values := weekly(14)
	e := d.Effects(d.Observe(values, start), special.Pool(nil))
	got := d.Clean(values, start)
	e.Apply(got, start)
	if !slices.Equal(got, values) {
		t.Errorf("no special days: got %v; want the values as they are", got)
	}
}

// Effects are 0 or factors between 2 % and what was seen, whatever the data.
func TestEffectsAreBounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(0, 1e6), 1, 120).Draw(t, "values")
		at := rapid.IntRange(0, 119).Draw(t, "at")
		d := days(160, map[int]calendar.Class{at: "holiday", at + 14: "holiday", 150: "holiday"})
		own := d.Observe(values, start)
		e := d.Effects(own, special.Pool([]special.Observed{own}))
		forecast := []float64{1}
		e.Apply(forecast, start+150)
		if forecast[0] != 0 && !(forecast[0] >= .02-1e-12) || math.IsInf(forecast[0], 0) {
			t.Fatalf("effect = %v; want none, or a finite factor of at least .02", forecast[0])
		}
	})
}

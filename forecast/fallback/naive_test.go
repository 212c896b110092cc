package fallback_test

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/fallback"
	"github.com/daybatch/daybatch/forecast/series"
)

// observed is a series of which each day of the eight weeks up to January 20 was
// observed.
func observed(name string, value func(d calendar.Date) float64) fallback.History {
	h := fallback.History{Series: series.MakeKey(name)}
	for d := jan(20) - 55; d <= jan(20); d++ {
		h.Observations = append(h.Observations, forecast.Observation{Date: d, Value: value(d)})
	}
	return h
}

func TestForecast(t *testing.T) {
	t.Parallel()
	weekly := func(d calendar.Date) float64 { return 10 + float64(d.Weekday()) }
	west := observed("west", func(d calendar.Date) float64 { return weekly(d) + float64(d%2) })
	east := observed("east", weekly)
	future := east
	future.Observations = append(slices.Clone(east.Observations), forecast.Observation{Date: jan(21), Value: 1e6})
	target := fallback.Target{Date: jan(20), Horizon: 14}
	list, newest := fallback.Forecast([]fallback.History{west, future}, target, []int{80, 95})
	if len(list) != 2 || newest != jan(20) || list[0].Series != east.Series {
		t.Fatalf("Forecast = %d series up to %s; want east and west up to %s", len(list), newest, jan(20))
	}
	for i, p := range list[0].Points {
		d := jan(21) + calendar.Date(i)
		if p.Date != d || p.Mean != weekly(d) || p.Lower[0] != p.Mean || p.Upper[1] != p.Mean {
			t.Errorf("%s: %+v; want %v without doubt: nothing changes, and the 21st is not known yet", d, p, weekly(d))
		}
	}
	first, second := list[1].Points[0], list[1].Points[7]
	if first.Upper[0]-first.Mean != 1 || math.Abs(second.Upper[0]-second.Mean-math.Sqrt2) > 1e-12 {
		t.Errorf("half widths %v and a week later %v; want 1 and the root of 2", first.Upper[0]-first.Mean, second.Upper[0]-second.Mean)
	}
	if list[1].FallbackOf != jan(20) || list[1].Date != jan(20) || list[1].Model != forecast.Naive {
		t.Errorf("forecast of %s for %s by %s", list[1].FallbackOf, list[1].Date, list[1].Model)
	}
}

func TestForecastLeavesOut(t *testing.T) {
	t.Parallel()
	one := func(calendar.Date) float64 { return 1 }
	gone := observed("gone", one)
	gone.Observations = gone.Observations[:20]
	short := observed("short", one)
	short.Observations = short.Observations[46:]
	target := fallback.Target{Date: jan(20), Horizon: 7}
	list, newest := fallback.Forecast([]fallback.History{gone, short, {Series: "none"}}, target, []int{80})
	if len(list) != 0 || !newest.IsZero() {
		t.Errorf("Forecast = %+v, %s; want nothing", list, newest)
	}
}

// An ordinary day is not taken for a special one, nor the other way round.
func TestForecastCalendar(t *testing.T) {
	t.Parallel()
	special := map[calendar.Date]bool{jan(12): true, jan(26): true}
	history := observed("a", func(d calendar.Date) float64 {
		if special[d] {
			return 5
		}
		return 50
	})
	target := fallback.Target{Date: jan(18), Horizon: 14, Class: func(d calendar.Date) calendar.Class {
		if special[d] {
			return calendar.ClassHoliday
		}
		return calendar.ClassNone
	}}
	list, _ := fallback.Forecast([]fallback.History{history}, target, []int{80})
	got := map[calendar.Date]float64{}
	for _, p := range list[0].Points {
		if p.Date.Weekday() == jan(19).Weekday() {
			got[p.Date] = p.Mean
		}
	}
	if diff := cmp.Diff(map[calendar.Date]float64{jan(19): 50, jan(26): 5}, got); diff != "" {
		t.Errorf("Mondays (-want +got): %s", diff)
	}
}

func TestObserve(t *testing.T) {
	t.Parallel()
	a, b := series.MakeKey("a"), series.MakeKey("b")
	got := fallback.Observe([]series.Key{a, b, a}, []calendar.Date{jan(1), jan(1), jan(2)}, []float64{1, math.NaN(), 2})
	want := []fallback.History{{Series: a, Observations: []forecast.Observation{{Date: jan(1), Value: 1}, {Date: jan(2), Value: 2}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Observe (-want +got): %s", diff)
	}
}

package backtest_test

import (
	"math"
	"slices"
	"testing"

	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/backtest/special"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
)

// promotions returns options in which series a and b have promotions, b for the
// first time after the origin, and a panel in which a's doubled its demand.
func promotions() (panel []series.Series, o backtest.Options) {
	panel = []series.Series{demand("a", 200), demand("b", 190), demand("c", 180)}
	o = options(14, today-14)
	dates := calendar.Range{From: today - 300, To: today}
	in := func(key series.Key) func(series.Key) bool { return func(k series.Key) bool { return k == key } }
	limited := []special.Limited{{Applies: in("b"), Dates: calendar.Range{From: today - 10, To: today - 9}, Class: "promotion"}}
	for _, back := range []calendar.Date{30, 60, 90, 120} {
		days := calendar.Range{From: today - back, To: today - back + 1}
		limited = append(limited, special.Limited{Applies: in("a"), Dates: days, Class: "promotion"})
		for d := range days.Dates() {
			panel[0].Values[d-panel[0].Start] *= 2
		}
	}
	o.Days = special.NewDays(dates, newYear, limited...)
	return panel, o
}

// A promotion of one series helps to forecast that of another, and changes
// nothing where there is none.
func TestLimitedDays(t *testing.T) {
	t.Parallel()
	panel, o := promotions()
	with := run(t, panel, methods(), o)
	o.Days = special.NewDays(calendar.Range{From: today - 300, To: today}, newYear)
	without := run(t, panel, methods(), o)
	for m, name := range with[0].Models {
		// The week of the panel, which ses takes, is without promotions.
		if name != "ses" && !slices.Equal(with[2].Forecast(0, m), without[2].Forecast(0, m)) {
			t.Errorf("%s of series c changed with the promotions of a and b", name)
		}
		for i, f := range with[1].Forecast(0, m) {
			want := without[1].Forecast(0, m)[i]
			day := today - 14 + calendar.Date(i+1)
			if day == today-10 || day == today-9 {
				want *= 2
			}
			if math.Abs(f/want-1) > .15 {
				t.Errorf("%s of series b on %s = %.1f; want about %.1f", name, day, f, want)
			}
		}
	}
}

// The week that a panel shares is that of its ordinary days: three days of New Year
// don't make Thursdays, Fridays and Saturdays weak.
func TestSpecialDaysAreNoWeekdays(t *testing.T) {
	t.Parallel()
	var panel []series.Series
	for name, days := range map[string]int{"a": 35, "b": 28, "new": 10} {
		s := ending(name, make([]float64, days)...)
		for i := range s.Values {
			if newYear(s.Start+calendar.Date(i)) == calendar.ClassNone {
				s.Values[i] = 10
			}
		}
		panel = append(panel, s)
	}
	for _, table := range run(t, panel, methods(), options(7, today)) {
		for h, v := range table.Forecast(0, table.Model("ses")) {
			if math.Abs(v-10) > 1e-9 {
				t.Errorf("series %s, day %d: %v; want 10 as on all ordinary days", table.Key, h+1, v)
			}
		}
	}
}

// What a promotion did after the origin is not known there.
func TestLimitedDaysDoNotSeeLaterValues(t *testing.T) {
	t.Parallel()
	panel, o := promotions()
	o.Origins = []calendar.Date{today - 70, today - 35}
	want := run(t, panel, methods(), o)
	for d := today - 34; d <= today; d++ {
		panel[0].Values[d-panel[0].Start] *= 100
		panel[1].Values[d-panel[1].Start] = 0
	}
	for i, table := range run(t, panel, methods(), o) {
		for k, origin := range table.Origins {
			for m, name := range table.Models {
				if !slices.Equal(table.Forecast(k, m), want[i].Forecast(k, m)) {
					t.Errorf("%s of %s from %s changed with what came later", name, table.Key, origin)
				}
			}
		}
	}
}

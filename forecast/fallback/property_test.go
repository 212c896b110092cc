package fallback_test

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/fallback"
	"github.com/daybatch/daybatch/forecast/series"
)

// anyForecast draws a forecast made for January 10 with nested intervals.
func anyForecast(r *rapid.T, horizon int) forecast.SeriesForecast {
	s := forecast.SeriesForecast{Series: series.MakeKey("a"), Date: jan(10), Model: "m", Levels: []int{50, 80, 95}}
	floored := rapid.Bool().Draw(r, "floored")
	for h := 1; h <= horizon; h++ {
		p := forecast.Point{Date: jan(10) + calendar.Date(h), Mean: rapid.Float64Range(-1e3, 1e3).Draw(r, "mean")}
		if floored {
			p.Mean = math.Abs(p.Mean)
		}
		low, high := p.Mean, p.Mean
		for range s.Levels {
			low -= rapid.Float64Range(0, 50).Draw(r, "low")
			high += rapid.Float64Range(0, 50).Draw(r, "high")
			if floored {
				low = max(0, low)
			}
			p.Lower, p.Upper = append(p.Lower, low), append(p.Upper, high)
		}
		s.Points = append(s.Points, p)
	}
	return s
}

func anyTarget(r *rapid.T, horizon int) fallback.Target {
	classes := make(map[calendar.Date]calendar.Class)
	for range rapid.IntRange(0, 6).Draw(r, "special days") {
		day := jan(10) + calendar.Date(rapid.IntRange(1, horizon+14).Draw(r, "special day"))
		classes[day] = rapid.SampledFrom([]calendar.Class{calendar.ClassHoliday, calendar.ClassObon}).Draw(r, "class")
	}
	return fallback.Target{
		Date: jan(10) + calendar.Date(rapid.IntRange(1, 14).Draw(r, "age")), Horizon: horizon,
		Class: func(d calendar.Date) calendar.Class { return classes[d] },
	}
}

// Whatever a forecast is, the shifted one has a row for each day of the horizon,
// with finite numbers and nested intervals, none below zero if none was, and the
// days that the forecast has are its own.
func TestShiftProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		horizon := rapid.IntRange(7, 30).Draw(r, "horizon")
		source, target := anyForecast(r, horizon), anyTarget(r, horizon)
		list, err := fallback.Shift([]forecast.SeriesForecast{source}, target)
		if err != nil {
			r.Fatalf("Shift = %v", err)
		}
		floored := !slices.ContainsFunc(source.Points, func(p forecast.Point) bool { return slices.Min(p.Lower) < 0 })
		if len(list[0].Points) != horizon {
			r.Fatalf("%d days; want %d", len(list[0].Points), horizon)
		}
		for i, p := range list[0].Points {
			if p.Date != target.Date+calendar.Date(i)+1 {
				r.Fatalf("row %d is of %s", i, p.Date)
			}
			if own := int(p.Date-source.Date) - 1; own < horizon {
				if diff := cmp.Diff(source.Points[own], p); diff != "" {
					r.Fatalf("%s, a day that the forecast has (-want +got): %s", p.Date, diff)
				}
			}
			checkPoint(r, p)
			if floored && slices.Min(p.Lower) < 0 {
				r.Fatalf("%s: lower bounds %v; want none below 0", p.Date, p.Lower)
			}
		}
	})
}

func checkPoint(r *rapid.T, p forecast.Point) {
	low, high := p.Mean, p.Mean
	for k := range p.Lower {
		tiny := 1e-9 * max(1, math.Abs(p.Mean), p.Upper[k]-p.Lower[k])
		if !(p.Lower[k] <= low+tiny) || !(p.Upper[k] >= high-tiny) || math.IsInf(p.Lower[k]+p.Upper[k]+p.Mean, 0) {
			r.Fatalf("%s: interval %d is %v .. %v around %v .. %v", p.Date, k, p.Lower[k], p.Upper[k], low, high)
		}
		low, high = p.Lower[k], p.Upper[k]
	}
}

// Without special days a shift by a and then by b is a shift by a+b in the days
// that the forecast has and in all means.
func TestShiftTwice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		horizon := rapid.IntRange(7, 30).Draw(r, "horizon")
		a, b := rapid.IntRange(1, 7).Draw(r, "a"), rapid.IntRange(1, 7).Draw(r, "b")
		source := anyForecast(r, horizon)
		by := func(s forecast.SeriesForecast, days int) forecast.SeriesForecast {
			list, err := fallback.Shift([]forecast.SeriesForecast{s}, fallback.Target{Date: s.Date + calendar.Date(days), Horizon: horizon})
			if err != nil {
				r.Fatalf("Shift = %v", err)
			}
			return list[0]
		}
		once, twice := by(source, a+b), by(by(source, a), b)
		for i := range once.Points {
			if once.Points[i].Mean != twice.Points[i].Mean {
				r.Fatalf("%s: %v at once, %v in two steps", once.Points[i].Date, once.Points[i].Mean, twice.Points[i].Mean)
			}
		}
	})
}

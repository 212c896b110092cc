package fallback_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/fallback"
	"github.com/daybatch/daybatch/forecast/series"
)

func jan(n int) calendar.Date { return calendar.Of(2026, time.January, n) }

// made is a forecast of a series for the days after a date: its means by weekday,
// Sunday first, and the half width of its one interval by the day ahead.
func made(date calendar.Date, horizon int, week [7]float64, width func(h int) float64) forecast.SeriesForecast {
	s := forecast.SeriesForecast{Series: series.MakeKey("east"), Date: date, Generation: "g", Model: "ets", Levels: []int{80}}
	for h := 1; h <= horizon; h++ {
		d := date + calendar.Date(h)
		mean := week[d.Weekday()]
		s.Points = append(s.Points, forecast.Point{Date: d, Mean: mean, Lower: []float64{mean - width(h)}, Upper: []float64{mean + width(h)}})
	}
	return s
}

func flat(int) float64 { return 1 }

func shift(t *testing.T, s forecast.SeriesForecast, target fallback.Target) forecast.SeriesForecast {
	t.Helper()
	list, err := fallback.Shift([]forecast.SeriesForecast{s}, target)
	if err != nil || len(list) != 1 {
		t.Fatalf("Shift = %d series, %v; want one", len(list), err)
	}
	return list[0]
}

func TestShift(t *testing.T) {
	t.Parallel()
	week := [7]float64{70, 10, 20, 30, 40, 50, 60}
	source := made(jan(10), 14, week, func(h int) float64 { return math.Sqrt(float64(h)) })
	got := shift(t, source, fallback.Target{Date: jan(13), Horizon: 14})
	if got.Date != jan(13) || got.FallbackOf != jan(10) || got.Series != source.Series || got.Model != "ets" || len(got.Points) != 14 {
		t.Errorf("Shift = %+v; want 14 days after %s of the forecast of %s", got, jan(13), jan(10))
	}
	if diff := cmp.Diff(source.Points[3:], got.Points[:11]); diff != "" {
		t.Errorf("days that the forecast has (-want +got): %s", diff)
	}
	for i, p := range got.Points[11:] {
		d := jan(25) + calendar.Date(i)
		before := source.Points[7+i]
		if p.Date != d || p.Mean != week[d.Weekday()] {
			t.Errorf("%s: %v; want %s: %v", p.Date, p.Mean, d, week[d.Weekday()])
		}
		if was, is := before.Upper[0]-before.Mean, p.Upper[0]-p.Mean; is <= was {
			t.Errorf("%s: half width %v; want it wider than %v of the week before", d, is, was)
		}
	}
	if source.Points[0].Date != jan(11) || source.Date != jan(10) {
		t.Error("Shift changed what it was given")
	}
}

// Intervals that don't grow stay, and nothing of a demand that is not negative
// falls below zero.
func TestShiftWidths(t *testing.T) {
	t.Parallel()
	week := [7]float64{2, 2, 2, 2, 2, 2, 2}
	for _, p := range shift(t, made(jan(10), 14, week, flat), fallback.Target{Date: jan(15), Horizon: 14}).Points {
		if p.Lower[0] != 1 || p.Upper[0] != 3 {
			t.Errorf("%s: %v .. %v; want 1 .. 3 as in all the weeks before", p.Date, p.Lower[0], p.Upper[0])
		}
	}
	fast := func(h int) float64 { return min(2, float64(h)/7) }
	for _, p := range shift(t, made(jan(10), 14, week, fast), fallback.Target{Date: jan(17), Horizon: 14}).Points {
		if p.Lower[0] < 0 {
			t.Errorf("%s: lower bound %v; want none below 0", p.Date, p.Lower[0])
		}
	}
}

// A closed day tells nothing of the ordinary one a week later, which is as the newest
// ordinary day then.
func TestShiftAfterClosure(t *testing.T) {
	t.Parallel()
	source := made(jan(10), 7, [7]float64{40, 20, 20, 20, 20, 20, 30}, flat)
	source.Points[4] = forecast.Point{Date: jan(15), Lower: []float64{0}, Upper: []float64{0}}
	got := shift(t, source, fallback.Target{
		Date: jan(17), Horizon: 7,
		Class: func(d calendar.Date) calendar.Class {
			if d == jan(15) {
				return "closure"
			}
			return calendar.ClassNone
		},
		Effect: func(series.Key, calendar.Date) (float64, bool) { return 0, true },
	})
	if p := got.Points[4]; p.Date != jan(22) || p.Mean != 20 || p.Upper[0] <= 20 {
		t.Errorf("a week after a closed day: %+v; want the 20 of the day before, and a width", p)
	}
}

// A special day is not repeated a week later, and one among the days that are
// added gets the effect that the forecast has for its class.
func TestShiftCalendar(t *testing.T) {
	t.Parallel()
	special := map[calendar.Date]calendar.Class{jan(19): calendar.ClassHoliday, jan(25): calendar.ClassHoliday}
	source := made(jan(10), 14, [7]float64{40, 20, 20, 20, 20, 20, 20}, flat)
	source.Points[8].Mean = 10 // the 19th, a Monday: half of the one before
	source.Points[8].Lower[0], source.Points[8].Upper[0] = 9, 11
	target := fallback.Target{Date: jan(12), Horizon: 14, Class: func(d calendar.Date) calendar.Class { return special[d] }}
	got := shift(t, source, target)
	for _, want := range []struct {
		day  calendar.Date
		mean float64
		why  string
	}{
		{jan(19), 10, "the forecast's own holiday"},
		{jan(25), 20, "a Sunday, 40, with the effect of the forecast's own holiday"},
		{jan(26), 20, "an ordinary Monday after a holiday a week before"},
	} {
		if p := got.Points[want.day-jan(13)]; p.Date != want.day || p.Mean != want.mean {
			t.Errorf("%s: %v; want %v: %s", p.Date, p.Mean, want.mean, want.why)
		}
	}
}

func TestShiftRefused(t *testing.T) {
	t.Parallel()
	week := [7]float64{1, 1, 1, 1, 1, 1, 1}
	good := made(jan(10), 7, week, flat)
	gap := made(jan(10), 7, week, flat)
	gap.Points[3].Date++
	bare := made(jan(10), 7, week, flat)
	bare.Points[2].Lower = nil
	for name, c := range map[string]struct {
		source forecast.SeriesForecast
		target fallback.Target
	}{
		"a later forecast":  {good, fallback.Target{Date: jan(10), Horizon: 7}},
		"another horizon":   {good, fallback.Target{Date: jan(11), Horizon: 8}},
		"less than a week":  {made(jan(10), 3, week, flat), fallback.Target{Date: jan(11), Horizon: 3}},
		"a gap":             {gap, fallback.Target{Date: jan(11), Horizon: 7}},
		"a missing bound":   {bare, fallback.Target{Date: jan(11), Horizon: 7}},
		"an empty forecast": {forecast.SeriesForecast{Date: jan(10)}, fallback.Target{Date: jan(11), Horizon: 7}},
	} {
		if _, err := fallback.Shift([]forecast.SeriesForecast{c.source}, c.target); !errors.Is(err, forecast.ErrInvalid) {
			t.Errorf("%s: Shift = %v; want it invalid", name, err)
		}
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	def := forecast.Definition{Forecast: forecast.Settings{Horizon: 28}}
	owed := func(d calendar.Date, current forecast.Partition) forecast.Day {
		return forecast.Day{Date: d, State: forecast.DayMissing, Due: d.UTC(), Partition: current}
	}
	own := func(d calendar.Date) forecast.Partition {
		return forecast.Partition{Date: d, Generation: "own " + d.String(), Kind: forecast.GenerationOwn, Current: true}
	}
	filled := func(d, of calendar.Date) forecast.Partition {
		return forecast.Partition{Date: d, Generation: "fb", Kind: forecast.GenerationFallback, FallbackOf: of, Current: true}
	}
	naive := filled(jan(20), jan(19))
	naive.FallbackModel = forecast.Naive
	old := own(jan(18))
	old.Current = false
	adopted := own(jan(17))
	adopted.Kind = forecast.GenerationAdopted
	for name, c := range map[string]struct {
		day    forecast.Day
		before []forecast.Partition
		action forecast.Action
		of     calendar.Date
		model  string
		better bool
	}{
		"the youngest":                {owed(jan(20), forecast.Partition{}), []forecast.Partition{own(jan(15)), own(jan(18)), own(jan(16))}, forecast.ActionRun, jan(18), "", true},
		"an adopted one":              {owed(jan(20), forecast.Partition{}), []forecast.Partition{adopted}, forecast.ActionRun, jan(17), "", true},
		"never a fallback":            {owed(jan(20), forecast.Partition{}), []forecast.Partition{filled(jan(19), jan(15)), own(jan(15))}, forecast.ActionRun, jan(15), "", true},
		"never one that was replaced": {owed(jan(20), forecast.Partition{}), []forecast.Partition{old, own(jan(15))}, forecast.ActionRun, jan(15), "", true},
		"never a later one":           {owed(jan(20), forecast.Partition{}), []forecast.Partition{own(jan(21)), own(jan(20))}, forecast.ActionRun, 0, forecast.Naive, true},
		"a week old at most":          {owed(jan(20), forecast.Partition{}), []forecast.Partition{own(jan(12))}, forecast.ActionRun, 0, forecast.Naive, true},
		"a week old":                  {owed(jan(20), forecast.Partition{}), []forecast.Partition{own(jan(13))}, forecast.ActionRun, jan(13), "", true},
		"has its own":                 {owed(jan(20), own(jan(20))), []forecast.Partition{own(jan(19))}, forecast.ActionSkip, 0, "", false},
		"not owed":                    {forecast.Day{Date: jan(20), State: forecast.DayNotDue}, []forecast.Partition{own(jan(19))}, forecast.ActionSkip, 0, "", false},
		"not due":                     {forecast.Day{Date: jan(20), State: forecast.DayNotDue, Due: jan(21).UTC()}, []forecast.Partition{own(jan(19))}, forecast.ActionSkip, 0, "", false},
		"filled already":              {owed(jan(20), filled(jan(20), jan(19))), []forecast.Partition{own(jan(19))}, forecast.ActionSkip, jan(19), "", false},
		"filled, a younger one came":  {owed(jan(20), filled(jan(20), jan(17))), []forecast.Partition{own(jan(19))}, forecast.ActionRun, jan(19), "", true},
		"a forecast beats data":       {owed(jan(20), naive), []forecast.Partition{own(jan(15))}, forecast.ActionRun, jan(15), "", true},
		"data again, when asked":      {owed(jan(20), naive), nil, forecast.ActionRun, 0, forecast.Naive, false},
	} {
		p := fallback.Plan(c.day, c.before, def)
		if p.Action != c.action || p.Of != c.of || p.Model != c.model || fallback.Better(p) != c.better {
			t.Errorf("%s: Plan = %s of %s %q, better %v; want %s of %s %q, %v", name, p.Action, p.Of, p.Model, fallback.Better(p), c.action, c.of, c.model, c.better)
		}
		if !p.Of.IsZero() && p.Age != int(jan(20)-p.Of) {
			t.Errorf("%s: age %d of %s", name, p.Age, p.Of)
		}
	}
}

func TestAdmit(t *testing.T) {
	t.Parallel()
	runs := forecast.FallbackPlan{Action: forecast.ActionRun, Source: forecast.Partition{Generation: "g2"}}
	for _, tt := range []struct {
		name    string
		plan    forecast.FallbackPlan
		source  string
		refused bool
	}{
		{"as planned", runs, "", false},
		{"the source that was shown", runs, "g2", false},
		{"another source by now", runs, "g1", true},
		{"nothing to fill", forecast.FallbackPlan{Action: forecast.ActionSkip, Reason: "it has its own"}, "", true},
	} {
		err := fallback.Admit(tt.plan, forecast.FallbackRequest{Source: tt.source})
		if errors.Is(err, forecast.ErrConflict) != tt.refused || (err != nil) != tt.refused {
			t.Errorf("%s: Admit = %v; want refused %t", tt.name, err, tt.refused)
		}
	}
}

func TestDue(t *testing.T) {
	t.Parallel()
	deadline := jan(21).UTC().Add(9 * time.Hour)
	early, late := deadline.Add(-time.Minute), deadline
	day := func(state forecast.DayState, class forecast.ReasonClass) forecast.Day {
		return forecast.Day{Date: jan(20), State: state, Reason: forecast.Reason{Class: class}}
	}
	made := day(forecast.DaySucceeded, "")
	made.Partition = forecast.Partition{Generation: "g", Kind: forecast.GenerationOwn}
	filled := day(forecast.DayFailed, forecast.ReasonStep)
	filled.Partition = forecast.Partition{Generation: "g", Kind: forecast.GenerationFallback}
	for name, c := range map[string]struct {
		day                      forecast.Day
		before, after, unlimited bool
	}{
		"failed":      {day(forecast.DayFailed, forecast.ReasonStep), true, true, true},
		"gated":       {day(forecast.DayGated, forecast.ReasonGate), true, true, true},
		"interrupted": {day(forecast.DayFailed, forecast.ReasonLost), false, true, false},
		"stopped":     {day(forecast.DayStopped, forecast.ReasonStopped), false, true, false},
		"waiting":     {day(forecast.DayWaiting, forecast.ReasonUpstream), false, true, false},
		"missing":     {day(forecast.DayMissing, ""), false, true, false},
		"running":     {day(forecast.DayRunning, ""), false, true, false},
		"made":        {made, false, false, false},
		"not due":     {day(forecast.DayNotDue, ""), false, false, false},
		"filled":      {filled, true, true, true},
	} {
		before, after := fallback.Due(c.day, deadline, early), fallback.Due(c.day, deadline, late)
		unlimited := fallback.Due(c.day, time.Time{}, late)
		if before != c.before || after != c.after || unlimited != c.unlimited {
			t.Errorf("%s: Due = %v before its deadline, %v at it, %v without one; want %v, %v, %v", name, before, after, unlimited, c.before, c.after, c.unlimited)
		}
	}
}

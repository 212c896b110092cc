package calendar_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast/calendar"
)

func schedule(tb testing.TB, expr string) calendar.Schedule {
	tb.Helper()
	s, err := calendar.ParseSchedule(expr)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// firings returns the first n firings after an instant, as clocks in loc show
// them.
func firings(s calendar.Schedule, after time.Time, loc *time.Location, n int) []string {
	var texts []string
	for range n {
		next, ok := s.Next(after, loc)
		if !ok {
			break
		}
		texts = append(texts, next.In(loc).Format("2006-01-02 15:04 Mon"))
		after = next
	}
	return texts
}

// The first expressions are the examples of EventBridge's documentation.
func TestScheduleNext(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		expr, after string
		want        []string
	}{
		{"cron(0 10 * * ? *)", "2026-01-05 10:00", []string{"2026-01-06 10:00 Tue", "2026-01-07 10:00 Wed"}},
		{"cron(15 12 * * ? *)", "2026-01-05 12:14", []string{"2026-01-05 12:15 Mon"}},
		{"cron(0 18 ? * MON-FRI *)", "2026-01-09 18:00", []string{"2026-01-12 18:00 Mon"}},
		{"cron(0 8 1 * ? *)", "2026-01-05 00:00", []string{"2026-02-01 08:00 Sun", "2026-03-01 08:00 Sun"}},
		{"cron(0/15 * * * ? *)", "2026-01-05 23:30", []string{"2026-01-05 23:45 Mon", "2026-01-06 00:00 Tue"}},
		{"cron(0/5 8-17 ? * MON-FRI *)", "2026-01-09 17:50", []string{"2026-01-09 17:55 Fri", "2026-01-12 08:00 Mon"}},
		{"cron(0/30 20-2 ? * MON-FRI *)", "2026-01-09 02:15", []string{"2026-01-09 02:30 Fri", "2026-01-09 20:00 Fri"}},
		{"cron(15 10 ? * 6L 2026-2027)", "2026-01-05 00:00", []string{"2026-01-30 10:15 Fri", "2026-02-27 10:15 Fri"}},
		{"cron(0 0 ? * 3#2 *)", "2026-01-05 00:00", []string{"2026-01-13 00:00 Tue", "2026-02-10 00:00 Tue"}},
		{"cron(0 0 3W * ? *)", "2026-01-05 00:00", []string{
			"2026-02-03 00:00 Tue", "2026-03-03 00:00 Tue", "2026-04-03 00:00 Fri", "2026-05-04 00:00 Mon",
		}},
		{"cron(0 0 1W 8 ? *)", "2026-01-05 00:00", []string{"2026-08-03 00:00 Mon"}},       // the 1st is a Saturday
		{"cron(0 0 31W * ? *)", "2026-05-05 00:00", []string{"2026-05-29 00:00 Fri"}},      // the 31st is a Sunday
		{"cron(0 0 31W * ? *)", "2026-05-30 00:00", []string{"2026-07-31 00:00 Fri"}},      // June has 30 days
		{"cron(0 0 28W 2 ? *)", "2026-01-01 00:00", []string{"2026-02-27 00:00 Fri"}},      // the 28th is a Saturday
		{"cron(0 0 31W 4,5 ? 2027)", "2027-01-01 00:00", []string{"2027-05-31 00:00 Mon"}}, // May 1 is a Saturday
		{"cron(0 0 ? 8 3L *)", "2026-01-01 00:00", []string{"2026-08-25 00:00 Tue"}},       // the 31st is a Monday
		{"cron(0 0 ? 1 WED#1 *)", "2026-01-01 00:00", []string{"2026-01-07 00:00 Wed"}},
		{"cron(0 0 L * ? *)", "2028-02-05 00:00", []string{"2028-02-29 00:00 Tue", "2028-03-31 00:00 Fri"}},
		{"cron(0 0 ? * L *)", "2026-01-05 00:00", []string{"2026-01-10 00:00 Sat"}},
		{"cron(0 0 ? * friL *)", "2026-01-05 00:00", []string{"2026-01-30 00:00 Fri"}},
		{"cron(0 0 ? * 1#5 *)", "2026-01-01 00:00", []string{"2026-03-29 00:00 Sun", "2026-05-31 00:00 Sun"}},
		{"cron(0 0 ? * FRI-MON *)", "2026-01-05 00:00", []string{"2026-01-09 00:00 Fri", "2026-01-10 00:00 Sat", "2026-01-11 00:00 Sun", "2026-01-12 00:00 Mon", "2026-01-16 00:00 Fri"}},
		{"cron(0 0 29 2 ? *)", "2026-01-05 00:00", []string{"2028-02-29 00:00 Tue", "2032-02-29 00:00 Sun"}},
		{"cron(0 0 29 2 ? *)", "2097-01-01 00:00", []string{"2104-02-29 00:00 Fri"}}, // 2100 has none
		{"cron(0 6 1/10 Jan,jul ? *)", "2026-01-05 00:00", []string{
			"2026-01-11 06:00 Sun", "2026-01-21 06:00 Wed", "2026-01-31 06:00 Sat", "2026-07-01 06:00 Wed",
		}},
		{"cron(10-30/10 6 * * ? *)", "2026-01-05 00:00", []string{"2026-01-05 06:10 Mon", "2026-01-05 06:20 Mon", "2026-01-05 06:30 Mon", "2026-01-06 06:10 Tue"}},
		{"cron(5-5/10 6 * * ? *)", "2026-01-05 00:00", []string{"2026-01-05 06:05 Mon", "2026-01-06 06:05 Tue"}},
		{"cron(0 6 ? 12-2/2 SUN#1 *)", "2026-01-05 00:00", []string{"2026-02-01 06:00 Sun", "2026-12-06 06:00 Sun"}},
		{"cron(0 0 1 1 ? 1970-2199/100)", "2026-01-05 00:00", []string{"2070-01-01 00:00 Wed", "2170-01-01 00:00 Mon"}},
		{"cron(59 23 31 12 ? 2199)", "2026-01-05 00:00", []string{"2199-12-31 23:59 Tue"}},
		{"cron(0 0 1 1 ? 2025)", "2026-01-05 00:00", nil},
		{"cron(0 0 1 1 ? 2030)", "1960-01-05 00:00", []string{"2030-01-01 00:00 Tue"}},
		{"rate(1 day)", "2026-01-05 00:00", []string{"2026-01-06 00:00 Tue", "2026-01-07 00:00 Wed"}},
		{"rate(12 hours)", "2026-01-05 00:00", []string{"2026-01-05 12:00 Mon", "2026-01-06 00:00 Tue"}},
		{"rate(90 minutes)", "2026-01-05 00:00", []string{"2026-01-05 01:30 Mon", "2026-01-05 03:00 Mon"}},
		{"rate(1 minute)", "1969-01-01 00:00", []string{"1970-01-01 00:00 Thu", "1970-01-01 00:01 Thu"}},
	} {
		after, err := time.Parse("2006-01-02 15:04", test.after)
		if err != nil {
			t.Fatal(err)
		}
		got := firings(schedule(t, test.expr), after, time.UTC, max(1, len(test.want)))
		if !slices.Equal(got, test.want) {
			t.Errorf("%s after %s: fires at %q; want %q", test.expr, test.after, got, test.want)
		}
	}
}

func TestScheduleAcrossClockChanges(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, expr, zone, after string
		want                    []string // UTC
	}{
		{
			"a firing in the gap counts at its end", "cron(30 2 * * ? *)", "America/New_York", "2026-03-07T12:00:00Z",
			[]string{"2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"},
		}, {
			"several firings in the gap are one", "cron(0/20 2-3 * * ? *)", "America/New_York", "2026-03-08T06:00:00Z",
			[]string{"2026-03-08T07:00:00Z", "2026-03-08T07:20:00Z"},
		}, {
			"a firing in the overlap is at the first", "cron(30 1 * * ? *)", "America/New_York", "2026-10-31T12:00:00Z",
			[]string{"2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"},
		}, {
			"in the overlap's second pass nothing fires", "cron(0/30 * * * ? *)", "America/New_York", "2026-11-01T05:30:00Z",
			[]string{"2026-11-01T07:00:00Z", "2026-11-01T07:30:00Z"},
		}, {
			"from within the second pass", "cron(0/30 * * * ? *)", "America/New_York", "2026-11-01T06:10:00Z",
			[]string{"2026-11-01T07:00:00Z"},
		}, {
			"a gap of half an hour", "cron(15 2 * * ? *)", "Australia/Lord_Howe", "2026-10-03T12:00:00Z",
			[]string{"2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"},
		}, {
			"an overlap of half an hour", "cron(45 1 * * ? *)", "Australia/Lord_Howe", "2026-04-04T12:00:00Z",
			[]string{"2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"},
		}, {
			"a gap of a whole day", "cron(0 6 * * ? *)", "Pacific/Apia", "2011-12-29T17:00:00Z",
			[]string{"2011-12-30T10:00:00Z", "2011-12-30T16:00:00Z"},
		}, {
			"no clock changes", "cron(0 6 * * ? *)", "Asia/Tokyo", "2026-03-07T21:00:00Z",
			[]string{"2026-03-08T21:00:00Z", "2026-03-09T21:00:00Z"},
		}, {
			"days of a rate are civil days", "rate(1 day)", "America/New_York", "2026-03-07T05:00:00Z",
			[]string{"2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"},
		}, {
			"hours of a rate are elapsed hours", "rate(12 hours)", "America/New_York", "2026-03-08T05:00:00Z",
			[]string{"2026-03-08T17:00:00Z", "2026-03-09T05:00:00Z"},
		}, {
			"a day that the zone skipped has no firing of its own", "rate(1 day)", "Pacific/Apia", "2011-12-29T10:00:00Z",
			[]string{"2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"},
		},
	} {
		loc := zone(t, test.zone)
		at, err := time.Parse(time.RFC3339, test.after)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range test.want {
			next, ok := schedule(t, test.expr).Next(at, loc)
			if got := next.UTC().Format(time.RFC3339); !ok || got != want {
				t.Errorf("%s: %s in %s after %s fires at %s, %t; want %s", test.name, test.expr, test.zone, at, got, ok, want)
			}
			at = next
		}
	}
}

func TestScheduleDue(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, expr, zone, date string
		lag                    int
		want                   string // UTC, "" = not owed
	}{
		{"the morning after", "cron(0 6 * * ? *)", "Asia/Tokyo", "2026-01-05", 1, "2026-01-05T21:00:00Z"},
		{"the same day", "cron(0 6 * * ? *)", "Asia/Tokyo", "2026-01-05", 0, "2026-01-04T21:00:00Z"},
		{"the first of several", "cron(30 6,12,18 * * ? *)", "Asia/Tokyo", "2026-01-05", 1, "2026-01-05T21:30:00Z"},
		{"Friday is due on Monday only with a lag of 3", "cron(0 6 ? * MON-FRI *)", "Asia/Tokyo", "2026-01-09", 1, ""},
		{"Friday with a lag of 3", "cron(0 6 ? * MON-FRI *)", "Asia/Tokyo", "2026-01-09", 3, "2026-01-11T21:00:00Z"},
		{"a negative lag", "cron(0 6 * * ? *)", "Asia/Tokyo", "2026-01-05", -1, "2026-01-03T21:00:00Z"},
		{"in a gap", "cron(30 2 * * ? *)", "America/New_York", "2026-03-07", 1, "2026-03-08T07:00:00Z"},
		{"in an overlap", "cron(30 1 * * ? *)", "America/New_York", "2026-10-31", 1, "2026-11-01T05:30:00Z"},
		{"a gap that ends at midnight", "cron(30 23 * * ? *)", "America/Nuuk", "2024-03-30", 0, "2024-03-31T01:00:00Z"},
		{"leap day", "cron(0 6 * * ? *)", "UTC", "2028-02-29", 1, "2028-03-01T06:00:00Z"},
		{"a date that the zone never had", "cron(0 6 * * ? *)", "Pacific/Apia", "2011-12-30", 1, ""},
		{"the day before it, due in the gap", "cron(0 6 * * ? *)", "Pacific/Apia", "2011-12-29", 1, "2011-12-30T10:00:00Z"},
		{"the day after it", "cron(0 6 * * ? *)", "Pacific/Apia", "2011-12-31", 0, "2011-12-30T16:00:00Z"},
		{"rate of a day", "rate(1 day)", "Asia/Tokyo", "2026-01-05", 1, "2026-01-05T15:00:00Z"},
		{"rate of minutes", "rate(5 minutes)", "Asia/Tokyo", "2026-01-05", 1, "2026-01-05T15:00:00Z"},
		{"hours that pass over a date that never was", "rate(12 hours)", "Pacific/Apia", "2011-12-29", 1, "2011-12-30T11:00:00Z"},
		{"the date itself", "rate(12 hours)", "Pacific/Apia", "2011-12-30", 1, ""},
		{"the day after it, of a rate", "rate(12 hours)", "Pacific/Apia", "2011-12-31", 0, "2011-12-30T11:00:00Z"},
		{"hours that pass over more than a date", "rate(30 hours)", "Pacific/Apia", "2011-12-29", 1, ""},
		{"years end", "cron(0 6 * * ? *)", "UTC", "2200-01-01", 1, ""},
		{"before 1970", "cron(0 6 * * ? *)", "UTC", "1969-12-30", 1, ""},
		{"no schedule", "", "UTC", "2026-01-05", 1, ""},
	} {
		var s calendar.Schedule
		if test.expr != "" {
			s = schedule(t, test.expr)
		}
		got := ""
		if due, owed := s.Due(date(t, test.date), zone(t, test.zone), test.lag); owed {
			got = due.UTC().Format(time.RFC3339)
		}
		if got != test.want {
			t.Errorf("%s: %s with lag %d is due at %q; want %q", test.name, test.date, test.lag, got, test.want)
		}
	}
}

func TestScheduleAnchored(t *testing.T) {
	t.Parallel()
	tokyo := zone(t, "Asia/Tokyo")
	anchor := calendar.Of(2026, 1, 5)
	s := schedule(t, "rate(3 days)").Anchored(anchor)
	for d := anchor - 9; d < anchor+30; d++ {
		due, owed := s.Due(d, tokyo, 0)
		if want := d >= anchor && (d-anchor)%3 == 0; owed != want {
			t.Errorf("%s is owed: %t; want %t", d, owed, want)
		}
		if owed && !due.Equal(d.Start(tokyo)) {
			t.Errorf("%s is due at %s; want %s", d, due, d.Start(tokyo))
		}
	}
	hours := schedule(t, "rate(36 hours)").Anchored(anchor)
	want := []string{"2026-01-05 00:00 Mon", "2026-01-06 12:00 Tue", "2026-01-08 00:00 Thu"}
	if got := firings(hours, (anchor - 30).Start(tokyo), tokyo, 3); !slices.Equal(got, want) {
		t.Errorf("rate(36 hours) fires at %q; want %q", got, want)
	}
	if _, owed := hours.Due(calendar.Of(2026, 1, 7), tokyo, 0); owed {
		t.Error("2026-01-07 is owed; want no firing between 01-06 12:00 and 01-08 00:00")
	}
	if due, owed := hours.Due(calendar.Of(2026, 1, 6), tokyo, 0); !owed || due.In(tokyo).Hour() != 12 {
		t.Errorf("2026-01-06 is due at %s, %t; want 12:00", due, owed)
	}
	cron := schedule(t, "cron(0 6 * * ? *)")
	if cron.Anchored(anchor) != cron {
		t.Error("a cron expression changed when anchored")
	}
}

// TestDueAgainstClocks compares with a walk over a clock of each zone that
// ticks every 15 minutes: a firing is at the first tick at which the clock shows
// its time or a later one. All transitions of these zones are at quarters.
func TestDueAgainstClocks(t *testing.T) {
	t.Parallel()
	first, end := calendar.Of(2007, 1, 1), calendar.Of(2017, 1, 1)
	clocks := []struct {
		expr string
		at   time.Duration // first firing of each day
	}{
		{"cron(0 0 * * ? *)", 0},
		{"cron(45 1 * * ? *)", 105 * time.Minute},
		{"cron(15,30 2 * * ? *)", 135 * time.Minute},
		{"cron(0 6,18 * * ? *)", 6 * time.Hour},
		{"cron(45 23 * * ? *)", 23*time.Hour + 45*time.Minute},
	}
	for _, name := range []string{"America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Tokyo"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			loc := zone(t, name)
			for _, clock := range clocks {
				s := schedule(t, clock.expr)
				tick := first.UTC().Add(-24 * time.Hour)
				for d := first; d < end; d++ {
					wanted := d.UTC().Add(clock.at).Unix()
					seen := false
					for ; ; tick = tick.Add(15 * time.Minute) {
						_, offset := tick.In(loc).Zone()
						seen = seen || calendar.In(tick, loc) == d
						if tick.Unix()+int64(offset) >= wanted {
							break
						}
					}
					exists := seen || calendar.In(tick, loc) == d
					due, owed := s.Due(d, loc, 0)
					if owed != exists || owed && !due.Equal(tick) {
						t.Fatalf("%s: %s is due at %s, %t; want %s, %t", clock.expr, d, due, owed, tick, exists)
					}
				}
			}
		})
	}
}

// anyCron draws an expression that fires within a month or so.
func anyCron(t *rapid.T) string {
	minutes := rapid.SampledFrom([]string{"0", "30", "0/15", "7,45", "*/20"}).Draw(t, "minutes")
	hours := rapid.SampledFrom([]string{"0", "1", "2", "2-3", "0/6", "23", "22-1", "*"}).Draw(t, "hours")
	days := rapid.SampledFrom([]string{"* * ?", "? * *", "1/5 * ?", "L * ?", "15W * ?", "? * MON-FRI", "? * 1L", "? * 3#2"}).Draw(t, "days")
	return "cron(" + minutes + " " + hours + " " + days + " *)"
}

func TestNextAndDueAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		loc, err := time.LoadLocation(rapid.SampledFrom(zones()).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		expr := anyCron(t)
		s, err := calendar.ParseSchedule(expr)
		if err != nil {
			t.Fatal(err)
		}
		from := calendar.Date(rapid.IntRange(int(calendar.Of(1990, 1, 1)), int(calendar.Of(2035, 1, 1))).Draw(t, "from"))
		at := from.Start(loc).Add(-time.Nanosecond)
		last := from - 1 // newest date with a firing seen
		for range 40 {
			next, ok := s.Next(at, loc)
			if !ok || !next.After(at) {
				t.Fatalf("%s: next after %s is %s, %t; want a later instant", expr, at, next, ok)
			}
			// Each date in between is due at this firing or at one before.
			for d := last + 1; d <= calendar.In(next, loc); d++ {
				due, owed := s.Due(d, loc, 0)
				if owed && due.After(next) {
					break
				}
				if owed && d > last+1 && due.Before(next) {
					t.Fatalf("%s: %s is due at %s, which Next skipped between %s and %s", expr, d, due, at, next)
				}
				last = d
			}
			if middle, ok := s.Next(next.Add(-time.Nanosecond), loc); !ok || !middle.Equal(next) {
				t.Fatalf("%s: just before %s the next firing is %s, %t", expr, next, middle, ok)
			}
			at = next
		}
	})
}

func TestWindowsTile(t *testing.T) {
	t.Parallel()
	hours := map[string][]float64{
		"America/New_York":    {23, 24, 25},
		"Australia/Lord_Howe": {23.5, 24, 24.5},
		"Pacific/Apia":        {0, 23, 24, 25},
		"Asia/Tokyo":          {24},
	}
	for name, want := range hours {
		loc := zone(t, name)
		seen := map[float64]bool{}
		_, end := calendar.Window(calendar.Of(2006, 12, 31), loc)
		for d := calendar.Of(2007, 1, 1); d < calendar.Of(2017, 1, 1); d++ {
			from, to := calendar.Window(d, loc)
			if !from.Equal(end) {
				t.Fatalf("%s: the window of %s starts at %s; want %s", name, d, from, end)
			}
			seen[to.Sub(from).Hours()] = true
			end = to
		}
		var got []float64
		for length := range seen {
			got = append(got, length)
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%s: windows have %v hours; want %v", name, got, want)
		}
	}
}

func BenchmarkDue(b *testing.B) {
	loc := zone(b, "America/New_York")
	for _, expr := range []string{"cron(0 6 * * ? *)", "cron(0 6 ? * 6L *)", "rate(12 hours)"} {
		s := schedule(b, expr)
		b.Run(expr, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				first := calendar.Of(2020, 1, 1)
				for d := first; d < first+3650; d++ {
					s.Due(d, loc, 1)
				}
			}
		})
	}
}

func BenchmarkNext(b *testing.B) {
	loc := zone(b, "America/New_York")
	after := time.Date(2026, 11, 1, 6, 1, 0, 0, time.UTC)
	for _, expr := range []string{"cron(* * * * ? *)", "cron(0 6 29 2 ? *)"} {
		s := schedule(b, expr)
		b.Run(expr, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Next(after, loc)
			}
		})
	}
}

package calendar_test

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast/calendar"
)

func zone(tb testing.TB, name string) *time.Location {
	tb.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		tb.Fatal(err)
	}
	return loc
}

func date(tb testing.TB, text string) calendar.Date {
	tb.Helper()
	d, err := calendar.Parse(text)
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

func TestDateOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		year  int
		month time.Month
		day   int
		want  string
	}{
		{1970, 1, 1, "1970-01-01"},
		{2024, 2, 29, "2024-02-29"},
		{2026, 2, 30, "2026-03-02"},
		{2026, 13, 1, "2027-01-01"},
		{2000, 2, 29, "2000-02-29"},
		{1900, 2, 29, "1900-03-01"},
		{1, 1, 1, "0001-01-01"},
	} {
		if got := calendar.Of(test.year, test.month, test.day).String(); got != test.want {
			t.Errorf("Of(%d, %d, %d) = %s; want %s", test.year, test.month, test.day, got, test.want)
		}
	}
	if d := calendar.Of(1, 1, 1); !d.IsZero() {
		t.Errorf("Of(1, 1, 1) = %d; want the zero Date", d)
	}
}

func TestParseDateErrors(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "2026-02-30", "2026-1-05", "20260105", "2026-01-05T00:00:00Z", " 2026-01-05", "1900-02-29"} {
		if d, err := calendar.Parse(text); err == nil {
			t.Errorf("Parse(%q) = %s; want an error", text, d)
		}
	}
}

func TestDateAgreesWithTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := calendar.Date(rapid.IntRange(0, 3_652_058).Draw(t, "date")) // to 9999-12-31
		u := d.UTC()
		if got := calendar.In(u, time.UTC); got != d {
			t.Errorf("In(%s.UTC()) = %s", d, got)
		}
		if got, err := calendar.Parse(d.String()); err != nil || got != d {
			t.Errorf("Parse(%s) = %s, %v", d, got, err)
		}
		if d.Weekday() != u.Weekday() || d.YearDay() != u.YearDay() {
			t.Errorf("%s: weekday %s, day of year %d; want %s, %d", d, d.Weekday(), d.YearDay(), u.Weekday(), u.YearDay())
		}
		if got := (d + 7).UTC().Sub(u); got != 7*24*time.Hour {
			t.Errorf("%s + 7 is %s later", d, got)
		}
		text, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		var back calendar.Date
		if err := json.Unmarshal(text, &back); err != nil || back != d {
			t.Errorf("JSON %s gives back %s, %v", text, back, err)
		}
	})
}

func TestDateUnmarshalRefusesOtherForms(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 5)
	if err := d.UnmarshalText([]byte("5 Jan 2026")); err == nil || d != calendar.Of(2026, 1, 5) {
		t.Errorf("UnmarshalText = %v and the date is %s; want an error and no change", err, d)
	}
}

// The expected instants follow from the transitions in the time zone database.
func TestDateStart(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		zone, date, want string
	}{
		{"Asia/Tokyo", "2026-01-05", "2026-01-04T15:00:00Z"},
		{"America/New_York", "2026-03-08", "2026-03-08T05:00:00Z"},
		{"America/New_York", "2026-03-09", "2026-03-09T04:00:00Z"},
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"}, // midnight is skipped
		{"America/Havana", "2024-11-03", "2024-11-03T04:00:00Z"},    // midnight comes twice
		{"America/St_Johns", "2006-10-29", "2006-10-29T02:30:00Z"},  // at 00:01 back to 23:01
		{"America/St_Johns", "2006-10-30", "2006-10-30T03:30:00Z"},
		{"America/Nuuk", "2024-03-31", "2024-03-31T01:00:00Z"}, // a gap that ends at midnight
		{"Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00Z"},
		{"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"}, // skipped
		{"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"},
		{"Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00:00Z"},
		{"Australia/Lord_Howe", "2026-04-06", "2026-04-05T13:30:00Z"},
	} {
		got := date(t, test.date).Start(zone(t, test.zone)).UTC().Format(time.RFC3339)
		if got != test.want {
			t.Errorf("%s starts at %s in %s; want %s", test.date, got, test.zone, test.want)
		}
	}
}

// zones have odd clocks: half-hour changes, a skipped day, changes at midnight.
func zones() []string {
	return []string{
		"UTC", "Asia/Tokyo", "America/New_York", "Europe/London", "Australia/Lord_Howe", "Pacific/Apia",
		"America/Sao_Paulo", "America/Havana", "America/St_Johns", "America/Nuuk", "Asia/Tehran",
		"Africa/Monrovia", "Africa/Casablanca", "Antarctica/Troll", "Pacific/Kiritimati", "Asia/Kathmandu",
	}
}

func TestDateStartIsTheFirstInstant(t *testing.T) {
	t.Parallel()
	for _, name := range zones() {
		loc := zone(t, name)
		for d := calendar.Of(1970, 1, 1); d < calendar.Of(2038, 1, 1); d++ {
			start := d.Start(loc)
			if calendar.In(start, loc) < d || calendar.In(start.Add(-time.Second), loc) >= d {
				t.Fatalf("%s, %s: Start = %s; want the first instant of the date", name, d, start)
			}
			if next := (d + 1).Start(loc); next.Before(start) || next.Equal(start) == d.Exists(loc) {
				t.Fatalf("%s, %s: starts at %s and the next day at %s, exists = %t", name, d, start, next, d.Exists(loc))
			}
		}
	}
}

func TestDateExists(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		zone, date string
		want       bool
	}{
		{"Pacific/Apia", "2011-12-29", true},
		{"Pacific/Apia", "2011-12-30", false},
		{"Pacific/Apia", "2011-12-31", true},
		{"Pacific/Kiritimati", "1994-12-31", false},
		{"Asia/Tokyo", "2011-12-30", true},
		{"America/Sao_Paulo", "2018-11-04", true},
	} {
		if got := date(t, test.date).Exists(zone(t, test.zone)); got != test.want {
			t.Errorf("%s exists in %s = %t; want %t", test.date, test.zone, got, test.want)
		}
	}
}

func TestRange(t *testing.T) {
	t.Parallel()
	january := calendar.Range{From: calendar.Of(2026, 1, 1), To: calendar.Of(2026, 1, 31)}
	for _, test := range []struct {
		r    calendar.Range
		len  int
		text string
	}{
		{january, 31, "31 dates, 2026-01-01 .. 2026-01-31"},
		{calendar.Range{From: january.From, To: january.From}, 1, "2026-01-01"},
		{calendar.Range{From: january.To, To: january.From}, 0, "0 dates, 2026-01-31 .. 2026-01-01"},
	} {
		if got := test.r.Len(); got != test.len {
			t.Errorf("%s: Len() = %d; want %d", test.text, got, test.len)
		}
		if got := test.r.String(); got != test.text {
			t.Errorf("String() = %q; want %q", got, test.text)
		}
		n := 0
		for d := range test.r.Dates() {
			if d != test.r.From+calendar.Date(n) || !test.r.Contains(d) {
				t.Errorf("%s: date %d is %s, contained: %t", test.text, n, d, test.r.Contains(d))
			}
			n++
		}
		if n != test.len {
			t.Errorf("%s: Dates() yields %d dates; want %d", test.text, n, test.len)
		}
	}
	for d := range january.Dates() {
		if d > january.From {
			t.Fatal("Dates() goes on after the loop was left")
		}
		break
	}
	if january.Contains(january.From-1) || january.Contains(january.To+1) {
		t.Error("Contains is true outside the range")
	}
}

package calendar_test

import (
	"encoding/csv"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast/calendar"
)

func holidays(tb testing.TB, country string) calendar.Holidays {
	tb.Helper()
	h, err := calendar.HolidaysFor(country)
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

// published returns the holidays of Japan from testdata, which comes from
// another project.
func published(t *testing.T) map[calendar.Date]string {
	t.Helper()
	file, err := os.Open("testdata/holidays_jp.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	reader := csv.NewReader(file)
	reader.Comment = '#'
	rows, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	names := make(map[calendar.Date]string)
	for _, row := range rows[1:] {
		names[date(t, row[0])] = row[1]
	}
	if len(names) != 1329 {
		t.Fatalf("testdata has %d holidays; want 1,329", len(names))
	}
	return names
}

func TestHolidaysOfJapanAsPublished(t *testing.T) {
	t.Parallel()
	want := published(t)
	// Days that the source names by their legal status instead of the event, or
	// by the name that came a year later.
	for text, name := range map[string]string{
		"2019-05-01": "即位の日",
		"2019-10-22": "即位礼正殿の儀",
		"2019-10-14": "体育の日",
	} {
		want[date(t, text)] = name
	}
	// The source names May 6 after the day before, the law after the Sunday that
	// it replaces.
	for d := range want {
		if _, month, day := d.Civil(); month != time.May || day != 6 {
			continue
		}
		switch d.Weekday() {
		case time.Tuesday:
			want[d] = "みどりの日 振替休日"
		case time.Wednesday:
			want[d] = "憲法記念日 振替休日"
		default:
		}
	}
	h := holidays(t, "JP")
	for d := calendar.Of(1970, 1, 1); d <= calendar.Of(2050, 12, 31); d++ {
		name, ok := h.Name(d)
		wanted, off := want[d]
		if ok != off || name != wanted {
			t.Errorf("%s %s: %q, %t; want %q, %t", d, d.Weekday(), name, ok, wanted, off)
		}
	}
}

func TestFederalHolidays(t *testing.T) {
	t.Parallel()
	// From the lists that the Office of Personnel Management publishes.
	const lists = `
		2021-01-01 New Year's Day
		2021-01-18 Birthday of Martin Luther King, Jr.
		2021-02-15 Washington's Birthday
		2021-05-31 Memorial Day
		2021-06-18 Juneteenth National Independence Day (observed)
		2021-06-19 Juneteenth National Independence Day
		2021-07-04 Independence Day
		2021-07-05 Independence Day (observed)
		2021-09-06 Labor Day
		2021-10-11 Columbus Day
		2021-11-11 Veterans Day
		2021-11-25 Thanksgiving Day
		2021-12-24 Christmas Day (observed)
		2021-12-25 Christmas Day
		2021-12-31 New Year's Day (observed)
		2022-01-01 New Year's Day
		2022-01-17 Birthday of Martin Luther King, Jr.
		2022-02-21 Washington's Birthday
		2022-05-30 Memorial Day
		2022-06-19 Juneteenth National Independence Day
		2022-06-20 Juneteenth National Independence Day (observed)
		2022-07-04 Independence Day
		2022-09-05 Labor Day
		2022-10-10 Columbus Day
		2022-11-11 Veterans Day
		2022-11-24 Thanksgiving Day
		2022-12-25 Christmas Day
		2022-12-26 Christmas Day (observed)`
	want := make(map[calendar.Date]string)
	for line := range strings.Lines(strings.TrimSpace(lists)) {
		day, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		want[date(t, day)] = name
	}
	h := holidays(t, "US")
	for d := calendar.Of(2021, 1, 1); d <= calendar.Of(2022, 12, 31); d++ {
		if name, ok := h.Name(d); ok != (want[d] != "") || name != want[d] {
			t.Errorf("%s: %q, %t; want %q", d, name, ok, want[d])
		}
	}
	for text, want := range map[string]string{ // before the laws of 1971, 1978, 1983 and 2021
		"1970-02-22": "Washington's Birthday",
		"1970-05-30": "Memorial Day",
		"1975-10-27": "Veterans Day",
		"1978-11-10": "Veterans Day (observed)",
		"1985-01-21": "",
		"1986-01-20": "Birthday of Martin Luther King, Jr.",
		"2020-06-19": "",
	} {
		if name, _ := h.Name(date(t, text)); name != want {
			t.Errorf("%s: %q; want %q", text, name, want)
		}
	}
}

func TestClass(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		country, date string
		want          calendar.Class
	}{
		{"JP", "2025-12-28", calendar.ClassNone},
		{"JP", "2025-12-29", calendar.ClassYearEnd},
		{"JP", "2025-12-30", calendar.ClassYearEnd},
		{"JP", "2025-12-31", calendar.ClassNewYear},
		{"JP", "2026-01-01", calendar.ClassNewYear},
		{"JP", "2023-01-02", calendar.ClassAfterNewYear}, // a substitute day
		{"JP", "2026-01-03", calendar.ClassAfterNewYear},
		{"JP", "2025-08-12", calendar.ClassObon},
		{"JP", "2025-08-16", calendar.ClassNone},    // a Saturday
		{"JP", "2019-08-12", calendar.ClassHoliday}, // a substitute day
		{"JP", "2025-12-23", calendar.ClassChristmas},
		{"JP", "2015-12-23", calendar.ClassChristmas}, // a holiday as well
		{"JP", "2025-12-24", calendar.ClassChristmas},
		{"JP", "2026-02-11", calendar.ClassHoliday},
		{"JP", "2026-05-03", calendar.ClassWeekendHoliday},
		{"JP", "2026-05-06", calendar.ClassHoliday},
		{"JP", "2026-05-02", calendar.ClassNone}, // a Saturday before a holiday
		{"JP", "2026-04-28", calendar.ClassEve},
		{"JP", "2026-01-11", calendar.ClassEve}, // a Sunday
		{"JP", "2024-08-09", calendar.ClassNone},
		{"JP", "2026-06-10", calendar.ClassNone},
		{"US", "2026-01-01", calendar.ClassNewYearsDay},
		{"US", "2026-11-26", calendar.ClassThanksgiving},
		{"US", "2026-11-27", calendar.ClassBlackFriday},
		{"US", "2026-11-28", calendar.ClassNone},
		{"US", "2026-12-24", calendar.ClassChristmasEve},
		{"US", "2021-12-24", calendar.ClassChristmasEve}, // observed as well
		{"US", "2026-12-25", calendar.ClassChristmasDay},
		{"US", "2022-12-26", calendar.ClassChristmasWeek}, // observed as well
		{"US", "2026-12-30", calendar.ClassChristmasWeek},
		{"US", "2026-12-31", calendar.ClassNewYearsEve},
		{"US", "2026-07-03", calendar.ClassObserved},
		{"US", "2026-07-04", calendar.ClassIndependence},
		{"US", "2026-08-12", calendar.ClassNone},
		{"", "2026-01-01", calendar.ClassNone},
	} {
		if got := holidays(t, test.country).Class(date(t, test.date)); got != test.want {
			t.Errorf("%s %s is %q; want %q", test.country, test.date, got, test.want)
		}
	}
}

func TestWithDays(t *testing.T) {
	t.Parallel()
	newYear, sale := calendar.Of(2026, 1, 1), calendar.Of(2026, 6, 10)
	plain := holidays(t, "JP")
	own := plain.WithDays(map[calendar.Date]string{sale: "promotion"})
	both := own.WithDays(map[calendar.Date]string{newYear: "closure"})
	for _, test := range []struct {
		name  string
		h     calendar.Holidays
		d     calendar.Date
		class calendar.Class
		label string
	}{
		{"plain", plain, sale, calendar.ClassNone, ""},
		{"own", own, sale, "promotion", "promotion"},
		{"own", own, newYear, calendar.ClassNewYear, "元日"},
		{"both", both, sale, "promotion", "promotion"},
		{"both", both, newYear, "closure", "closure"},
	} {
		if got := test.h.Class(test.d); got != test.class {
			t.Errorf("%s: %s is %q; want %q", test.name, test.d, got, test.class)
		}
		if got, ok := test.h.Name(test.d); got != test.label || ok != (test.label != "") {
			t.Errorf("%s: %s has the name %q, %t; want %q", test.name, test.d, got, ok, test.label)
		}
	}
	if got := both.Own(); len(got) != 2 || got[0] != newYear || got[1] != sale {
		t.Errorf("Own() = %v; want both days, oldest first", got)
	}
	if got := (calendar.Holidays{}).WithDays(map[calendar.Date]string{sale: "promotion"}).Class(sale); got != "promotion" {
		t.Errorf("without a country the day is %q; want promotion", got)
	}
}

func TestHolidaysForUnknownCountry(t *testing.T) {
	t.Parallel()
	_, err := calendar.HolidaysFor("Jp")
	if err == nil {
		t.Fatal("HolidaysFor(Jp) gives no error")
	}
	for _, text := range []string{`"Jp"`, "JP", "US"} {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("error %q does not say %s", err, text)
		}
	}
	for _, country := range []string{"", "JP", "US"} {
		if got := holidays(t, country).Country(); got != country {
			t.Errorf("Country() = %q; want %q", got, country)
		}
	}
}

// TestHolidaysKeepTheLaw checks what holds in any year, also beyond the
// published list.
func TestHolidaysKeepTheLaw(t *testing.T) {
	t.Parallel()
	japan := holidays(t, "JP")
	rapid.Check(t, func(t *rapid.T) {
		year := rapid.IntRange(2022, 2099).Draw(t, "year")
		national, off := 0, 0
		for d := calendar.Of(year, 1, 1); d <= calendar.Of(year, 12, 31); d++ {
			name, ok := japan.Name(d)
			if !ok {
				continue
			}
			off++
			if !strings.HasSuffix(name, "休日") {
				national++
			} else if d.Weekday() == time.Sunday {
				t.Errorf("%s is %s on a Sunday", d, name)
			}
			if d.Weekday() == time.Sunday && !strings.HasSuffix(name, "休日") {
				next := d + 1
				for n, ok := japan.Name(next); ok && !strings.HasSuffix(n, "休日"); n, ok = japan.Name(next) {
					next++
				}
				if _, ok := japan.Name(next); !ok {
					t.Errorf("%s %s is a Sunday without a substitute", d, name)
				}
			}
		}
		if national != 16 {
			t.Errorf("%d has %d national holidays; want 16", year, national)
		}
	})
}

func BenchmarkHolidaysFor(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := calendar.HolidaysFor("JP"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkClass(b *testing.B) {
	h := holidays(b, "JP")
	first := calendar.Of(2026, 1, 1)
	b.ReportAllocs()
	for b.Loop() {
		for d := first; d < first+365; d++ {
			h.Class(d)
		}
	}
}

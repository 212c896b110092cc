package calendar_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// The days off of whole years, month and day, as governments publish them: gov.uk/bank-
// holidays, feiertage by federal law, service-public.fr, the Canada Labour Code with the
// days that the federal service has besides, fairwork.gov.au (those of all states), and
// so on. Days that count on another one are there on both.
func TestHolidaysOfNations(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ country, year, want string }{
		{"GB", "2012", "01-01 01-02 04-06 04-09 05-07 06-04 06-05 08-27 12-25 12-26"},
		{"GB", "2020", "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-26 12-28"},
		{"GB", "2021", "01-01 04-02 04-05 05-03 05-31 08-30 12-25 12-26 12-27 12-28"},
		{"GB", "2022", "01-01 01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-25 12-26 12-27"},
		{"GB", "2023", "01-01 01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26"},
		{"GB", "2025", "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26"},
		{"DE", "2016", "01-01 03-25 03-28 05-01 05-05 05-16 10-03 12-25 12-26"},
		{"DE", "2017", "01-01 04-14 04-17 05-01 05-25 06-05 10-03 10-31 12-25 12-26"},
		{"DE", "2024", "01-01 03-29 04-01 05-01 05-09 05-20 10-03 12-25 12-26"},
		{"FR", "2008", "01-01 03-24 05-01 05-08 05-12 07-14 08-15 11-01 11-11 12-25"}, // Ascension was May 1
		{"FR", "2024", "01-01 04-01 05-01 05-08 05-09 05-20 07-14 08-15 11-01 11-11 12-25"},
		{"FR", "2025", "01-01 04-21 05-01 05-08 05-29 06-09 07-14 08-15 11-01 11-11 12-25"},
		{"CA", "2020", "01-01 04-10 04-13 05-18 07-01 08-03 09-07 10-12 11-11 12-25 12-26 12-28"},
		{"CA", "2021", "01-01 04-02 04-05 05-24 07-01 08-02 09-06 09-30 10-11 11-11 12-25 12-26 12-27 12-28"},
		{"CA", "2025", "01-01 04-18 04-21 05-19 07-01 08-04 09-01 09-30 10-13 11-11 12-25 12-26"},
		{"AU", "2022", "01-01 01-03 01-26 04-15 04-18 04-25 09-22 12-25 12-26 12-27"},
		{"AU", "2025", "01-01 01-26 01-27 04-18 04-21 04-25 12-25 12-26"},
		{"AT", "2024", "01-01 01-06 04-01 05-01 05-09 05-20 05-30 08-15 10-26 11-01 12-08 12-25 12-26"},
		{"AT", "2025", "01-01 01-06 04-21 05-01 05-29 06-09 06-19 08-15 10-26 11-01 12-08 12-25 12-26"},
		{"BE", "2024", "01-01 04-01 05-01 05-09 05-20 07-21 08-15 11-01 11-11 12-25"},
		{"ES", "2024", "01-01 01-06 03-29 05-01 08-15 10-12 11-01 12-06 12-08 12-25"},
		{"IT", "2011", "01-01 01-06 03-17 04-25 05-01 06-02 08-15 11-01 12-08 12-25 12-26"}, // Easter Monday was April 25
		{"IT", "2024", "01-01 01-06 04-01 04-25 05-01 06-02 08-15 11-01 12-08 12-25 12-26"},
		{"SE", "2024", "01-01 01-06 03-29 04-01 05-01 05-09 06-06 06-21 06-22 11-02 12-24 12-25 12-26 12-31"},
	} {
		h := holidays(t, tt.country)
		var got []string
		for d := date(t, tt.year+"-01-01"); d <= date(t, tt.year+"-12-31"); d++ {
			if name, ok := h.Name(d); ok {
				got = append(got, d.String()[5:])
				if name == "" {
					t.Errorf("%s: %s has no name", tt.country, d)
				}
			}
		}
		if got := strings.Join(got, " "); got != tt.want {
			t.Errorf("%s %s:\n%s; want\n%s", tt.country, tt.year, got, tt.want)
		}
	}
}

func TestClassesOfNations(t *testing.T) {
	t.Parallel()
	for country, days := range map[string]map[string]calendar.Class{
		"DE": {
			"2024-01-01": calendar.ClassNewYearsDay, "2024-03-28": calendar.ClassEve, "2024-03-29": calendar.ClassGoodFriday,
			"2024-04-01": calendar.ClassEasterMonday, "2024-05-01": calendar.ClassHoliday, "2024-04-30": calendar.ClassEve,
			"2024-05-09": calendar.ClassHoliday, "2024-05-10": calendar.ClassBridge, "2024-05-13": calendar.ClassNone,
			"2023-10-02": calendar.ClassBridge, "2021-10-03": calendar.ClassWeekendHoliday, "2024-12-24": calendar.ClassChristmasEve,
			"2024-12-25": calendar.ClassChristmasDay, "2024-12-26": calendar.ClassBoxingDay, "2024-12-27": calendar.ClassChristmasWeek,
			"2024-12-31": calendar.ClassNewYearsEve, "2024-07-03": calendar.ClassNone,
		},
		"FR": {"2024-12-26": calendar.ClassChristmasWeek, "2024-03-29": calendar.ClassNone, "2024-11-10": calendar.ClassEve},
		"GB": {"2021-12-27": calendar.ClassObserved, "2022-01-03": calendar.ClassObserved, "2022-12-26": calendar.ClassBoxingDay, "2022-09-19": calendar.ClassHoliday},
	} {
		h := holidays(t, country)
		for text, want := range days {
			if got := h.Class(date(t, text)); got != want {
				t.Errorf("%s %s is %q; want %q", country, text, got, want)
			}
		}
	}
}

// The countries are those that there are, and another one is told which.
func TestCountries(t *testing.T) {
	t.Parallel()
	countries := calendar.Countries()
	if !slices.IsSorted(countries) || !slices.Contains(countries, "JP") || !slices.Contains(countries, "GB") {
		t.Errorf("Countries() = %v", countries)
	}
	for _, code := range countries {
		h := holidays(t, code)
		if _, ok := h.Name(calendar.Of(2030, 1, 1)); !ok || h.Country() != code {
			t.Errorf("%s knows no New Year", code)
		}
	}
	_, err := calendar.HolidaysFor("XX")
	if err == nil || !strings.Contains(err.Error(), strings.Join(countries, ", ")) {
		t.Errorf("HolidaysFor(XX) = %v; want the list of %v", err, countries)
	}
}

func BenchmarkHolidaysOfNation(b *testing.B) {
	for b.Loop() {
		if _, err := calendar.HolidaysFor("GB"); err != nil {
			b.Fatal(err)
		}
	}
}

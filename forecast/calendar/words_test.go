package calendar_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast/calendar"
)

func TestExpand(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{
		"":                                  "",
		"2026-01-30":                        "2026-01-30",
		"2026-01-30..2026-02-02":            "2026-01-30 2026-01-31 2026-02-01 2026-02-02",
		"2026-01-30..2026-01-30":            "2026-01-30",
		"2026-02-02 2026-01-30..2026-02-02": "2026-02-02 2026-01-30 2026-01-31 2026-02-01",
		"2026-01-30 2026-01-30":             "2026-01-30",
		"2026-02-02..2026-01-30":            "2026-02-02..2026-01-30: 2026-02-02 is after 2026-01-30",
		"1026-02-02..2026-01-30":            "1026-02-02..2026-01-30: more than 10000 dates",
		"2026-01-30..":                      `date "" is not a day of the calendar`,
		"..2026-01-30":                      `date "" is not a day of the calendar`,
		"2026-01-30...2026-02-02":           `date ".2026-02-02" is not a day`,
	} {
		dates, err := calendar.Expand(strings.Fields(words), calendar.Parse)
		got := make([]string, len(dates))
		for i, d := range dates {
			got[i] = d.String()
		}
		text := strings.Join(got, " ")
		if err != nil {
			text = err.Error()
		}
		if !strings.Contains(text, want) || err == nil && text != want {
			t.Errorf("Expand(%q) = %s; want %s", words, text, want)
		}
	}
}

// What dates are written as reads as the same dates.
func TestWords(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		dates := rapid.SliceOfDistinct(rapid.Custom(func(t *rapid.T) calendar.Date {
			return calendar.Date(700_000 + rapid.IntRange(0, 20).Draw(t, "day"))
		}), func(d calendar.Date) calendar.Date { return d }).Draw(t, "dates")
		switch rapid.IntRange(0, 2).Draw(t, "order") {
		case 1:
			slices.Sort(dates)
		case 2:
			slices.SortFunc(dates, func(a, b calendar.Date) int { return int(b - a) })
		}
		words := calendar.Words(dates)
		read, err := calendar.Expand(words, calendar.Parse)
		slices.Sort(read)
		want := slices.Sorted(slices.Values(dates))
		if err != nil || !slices.Equal(read, want) {
			t.Fatalf("Expand(%q) = %v, %v; want %v", words, read, err, want)
		}
	})
	at := func(days ...int) (dates []calendar.Date) {
		for _, day := range days {
			dates = append(dates, calendar.Of(2026, 1, day))
		}
		return dates
	}
	got := calendar.Words(at(20, 19, 18, 17, 15, 14, 13, 3, 4, 5, 6, 7))
	if diff := cmp.Diff([]string{"2026-01-17..2026-01-20", "2026-01-15", "2026-01-14", "2026-01-13", "2026-01-03..2026-01-07"}, got); diff != "" {
		t.Errorf("Words differs (-want +got):\n%s", diff)
	}
}

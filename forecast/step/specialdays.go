package step

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/backtest/special"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
)

// specialDays are the special days of a definition. The classes of the days of all
// series are found when they are first asked for: one goroutine at a time may ask.
type specialDays struct {
	holidays calendar.Holidays
	known    map[calendar.Date]string
	limited  []forecast.SeriesDays
	columns  []string // that identify a series
}

func newSpecialDays(d forecast.Definition) (specialDays, error) {
	holidays, err := calendar.HolidaysFor(d.Forecast.Holidays)
	if err != nil {
		return specialDays{}, failf(forecast.ReasonConfig, "forecast.holidays: %w", err)
	}
	return specialDays{
		holidays: holidays.WithDays(d.Forecast.Days), known: make(map[calendar.Date]string),
		limited: d.Forecast.SeriesDays, columns: d.Source.Series,
	}, nil
}

// class returns the class of a day for the series that have no days of their own,
// empty for an ordinary one.
func (d specialDays) class(day calendar.Date) string {
	class, ok := d.known[day]
	if !ok {
		if found := d.holidays.Class(day); found != calendar.ClassNone {
			class = string(found)
		}
		d.known[day] = class
	}
	return class
}

// of returns the class of a day for a series.
func (d specialDays) of(key series.Key) func(day calendar.Date) string {
	var own []forecast.SeriesDays
	parts := key.Parts()
	for _, days := range d.limited {
		if days.Covers(d.columns, parts) {
			own = append(own, days)
		}
	}
	if len(own) == 0 {
		return d.class
	}
	slices.Reverse(own)
	return func(day calendar.Date) string {
		for _, days := range own {
			if days.Dates.Contains(day) {
				return days.Class
			}
		}
		return d.class(day)
	}
}

// someHave reports whether a day is a special one of some series only.
func (d specialDays) someHave(day calendar.Date) bool {
	return slices.ContainsFunc(d.limited, func(days forecast.SeriesDays) bool { return days.Dates.Contains(day) })
}

// lay returns the days of a range, those of all series as class says.
func (d specialDays) lay(dates calendar.Range, class func(calendar.Date) calendar.Class) special.Days {
	limited := make([]special.Limited, len(d.limited))
	for i, days := range d.limited {
		limited[i] = special.Limited{
			Applies: func(key series.Key) bool { return days.Covers(d.columns, key.Parts()) },
			Dates:   days.Dates, Class: calendar.Class(days.Class),
		}
	}
	return special.NewDays(dates, class, limited...)
}

// count returns how many days of a range are special for any series.
func (d specialDays) count(days calendar.Range) int {
	n := 0
	for day := range days.Dates() {
		if d.class(day) != "" || d.someHave(day) {
			n++
		}
	}
	return n
}

// strangers says which days limited to series are those of none of a panel's.
func (d specialDays) strangers(panel []SeriesReport) []string {
	var warnings []string
	for _, days := range d.limited {
		covers := func(one SeriesReport) bool { return days.Covers(d.columns, one.Key.Parts()) }
		if !slices.ContainsFunc(panel, covers) {
			warnings = append(warnings, fmt.Sprintf("forecast.days: no series is meant by the %s of %s: none has %s", days.Class, days.Dates, valuesText(days.Series)))
		}
	}
	return warnings
}

// valuesText writes the values of columns.
func valuesText(of map[string][]string) string {
	var words []string
	for _, column := range slices.Sorted(maps.Keys(of)) {
		words = append(words, column+" "+strings.Join(of[column], " or "))
	}
	return strings.Join(words, " and ")
}

package calendar

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/at"
	"github.com/rickar/cal/v2/au"
	"github.com/rickar/cal/v2/be"
	"github.com/rickar/cal/v2/ca"
	"github.com/rickar/cal/v2/de"
	"github.com/rickar/cal/v2/es"
	"github.com/rickar/cal/v2/fr"
	"github.com/rickar/cal/v2/gb"
	"github.com/rickar/cal/v2/it"
	"github.com/rickar/cal/v2/se"
)

// nation is a country whose holidays by rule come from github.com/rickar/cal, which does
// not know every day that a law made or moved once: those are added, or taken away.
type nation struct {
	rules    []*cal.Holiday
	extra    map[Date]string
	withdraw []Date
}

// firstNationYear is the first year of these countries: the rules are those of today,
// and were checked from there on.
const firstNationYear = 2005

// nations are the countries by their code, with the holidays of the whole country; of
// Australia those that all its states have, of the United Kingdom those of England.
func nations() map[string]nation {
	return map[string]nation{
		"AT": {rules: at.Holidays},
		"AU": {rules: []*cal.Holiday{
			au.NewYear, au.AustraliaDay, au.GoodFriday, au.EasterMonday, au.AnzacDay, au.MourningDay2022, au.ChristmasDay, au.BoxingDay,
		}},
		"BE": {rules: be.Holidays},
		"CA": {rules: ca.Holidays},
		"DE": {rules: de.Holidays, extra: map[Date]string{
			Of(2017, 10, 31): "Reformationstag",
		}},
		"ES": {rules: es.Holidays},
		"FR": {rules: fr.Holidays},
		"GB": {
			rules: gb.Holidays,
			extra: map[Date]string{
				Of(2011, 4, 29): "Royal Wedding",
				Of(2012, 6, 4):  "Spring Bank Holiday",
				Of(2012, 6, 5):  "Diamond Jubilee Bank Holiday",
				Of(2022, 9, 19): "State Funeral of Queen Elizabeth II",
			},
			withdraw: []Date{Of(2012, 5, 28)}, // moved to June 4
		},
		"IT": {rules: it.Holidays, extra: map[Date]string{
			Of(2011, 3, 17): "150º anniversario dell'Unità d'Italia",
		}},
		"SE": {rules: se.Holidays},
	}
}

// Countries returns the codes of the countries that [HolidaysFor] knows.
func Countries() []string {
	return slices.Sorted(maps.Keys(func() map[string]bool {
		known := map[string]bool{"JP": true, "US": true}
		for code := range nations() {
			known[code] = true
		}
		return known
	}()))
}

// holidays returns the days off of a nation. A holiday that counts on another day, as
// one on a weekend does in some countries, is off on both.
func (n nation) holidays() map[Date]holiday {
	all := make(map[Date]holiday)
	for year := firstNationYear; year <= lastHolidayYear; year++ {
		for _, rule := range n.rules {
			actual, observed := rule.Calc(year)
			if actual.IsZero() {
				continue
			}
			day := civil(actual)
			all[day] = holiday{name: rule.Name}
			if other := civil(observed); other != day {
				if _, taken := all[other]; !taken {
					all[other] = holiday{name: rule.Name + " (observed)", class: ClassObserved}
				}
			}
		}
	}
	for day, name := range n.extra {
		all[day] = holiday{name: name}
	}
	for _, day := range n.withdraw {
		delete(all, day)
	}
	return all
}

// civil returns the date of a midnight in the system's zone, which may not have it.
func civil(midnight time.Time) Date {
	year, month, day := midnight.Add(12 * time.Hour).Date()
	return Of(year, month, day)
}

// nationalClass is that of a day in one of the nations. The days of Christmas, New Year
// and Easter are classes of their own, and so are those around them; other holidays are
// one, as any of them comes once a year: a history of two years tells more of all than of
// each.
func nationalClass(h Holidays, d Date) Class {
	_, month, day := d.Civil()
	off, known := h.days[d]
	switch {
	case month == time.December && day == 24:
		return ClassChristmasEve
	case month == time.December && day == 25:
		return ClassChristmasDay
	case month == time.December && day == 31:
		return ClassNewYearsEve
	case known && month == time.December && day == 26:
		return ClassBoxingDay
	case known && off.class == ClassObserved:
		return ClassObserved
	case month == time.December && day >= 26:
		return ClassChristmasWeek
	case known && month == time.January && day == 1:
		return ClassNewYearsDay
	case known:
		return h.byEaster(d)
	}
	return h.beside(d)
}

// byEaster is the class of a day off by its distance from Easter, or of any other.
func (h Holidays) byEaster(d Date) Class {
	year, _, _ := d.Civil()
	switch easter := easterOf(year); {
	case d == easter-2:
		return ClassGoodFriday
	case d == easter+1:
		return ClassEasterMonday
	case d.weekend():
		return ClassWeekendHoliday
	}
	return ClassHoliday
}

// beside is the class of a day that is no holiday, by those beside it: a working day
// between a holiday and a weekend, or the eve of a holiday.
func (h Holidays) beside(d Date) Class {
	switch weekday := d.Weekday(); {
	case weekday == time.Friday && h.off(d-1), weekday == time.Monday && h.off(d+1):
		return ClassBridge
	case h.off(d+1) && weekday != time.Friday && weekday != time.Saturday:
		return ClassEve
	}
	return ClassNone
}

// easterOf returns Easter Sunday of the Gregorian calendar.
func easterOf(year int) Date {
	return civil(cal.CalcEasterOffset(&cal.Holiday{}, year))
}

// unknownCountry lists what there is.
func unknownCountry(country string) error {
	return fmt.Errorf("holidays of %q are unknown: known are %s, and \"\" for none", country, strings.Join(Countries(), ", "))
}

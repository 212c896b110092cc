package calendar

import (
	"maps"
	"slices"
	"time"
)

// Class is a kind of special day: days of one class move demand alike, so that
// their effect can be learnt from all of them. Besides the classes below, each
// label given to [Holidays.WithDays] is one.
type Class string

// ClassNone is the class of an ordinary day.
const ClassNone Class = ""

// Classes of Japan.
const (
	ClassYearEnd        Class = "year end"         // December 29 and 30
	ClassNewYear        Class = "new year"         // December 31 and January 1
	ClassAfterNewYear   Class = "after new year"   // January 2 and 3
	ClassObon           Class = "obon"             // August 12 to 16 on working days
	ClassChristmas      Class = "christmas"        // December 23 and 24
	ClassHoliday        Class = "holiday"          // on a working day
	ClassWeekendHoliday Class = "weekend holiday"  // on a Saturday or Sunday
	ClassEve            Class = "eve of a holiday" // Sunday to Thursday
)

// Classes of the United States: each federal holiday by its date, and days
// around them.
const (
	ClassNewYearsDay   Class = "new year's day"
	ClassKingDay       Class = "martin luther king day"
	ClassWashington    Class = "washington's birthday"
	ClassMemorialDay   Class = "memorial day"
	ClassJuneteenth    Class = "juneteenth"
	ClassIndependence  Class = "independence day"
	ClassLaborDay      Class = "labor day"
	ClassColumbusDay   Class = "columbus day"
	ClassVeteransDay   Class = "veterans day"
	ClassThanksgiving  Class = "thanksgiving"
	ClassChristmasDay  Class = "christmas day"
	ClassObserved      Class = "observed holiday" // the working day off for a holiday on a weekend
	ClassChristmasEve  Class = "christmas eve"
	ClassChristmasWeek Class = "christmas week" // December 26 to 30
	ClassNewYearsEve   Class = "new year's eve"
	ClassBlackFriday   Class = "friday after thanksgiving"
)

// Classes of the other countries, besides those above that they have as well.
const (
	ClassGoodFriday   Class = "good friday"
	ClassEasterMonday Class = "easter monday"
	ClassBoxingDay    Class = "boxing day" // December 26 where it is a holiday
	ClassBridge       Class = "bridge day" // a working day between a holiday and a weekend
)

// DayOff reports whether most people are off on the days of a class by the calendar of a
// country, where they were not otherwise: such classes stand for one another where one
// has not been seen. Days beside holidays, those that people work on, holidays on a
// weekend and classes of the user's own have no such likeness.
func (c Class) DayOff() bool {
	return slices.Contains([]Class{
		ClassYearEnd, ClassNewYear, ClassAfterNewYear, ClassObon, ClassHoliday,
		ClassNewYearsDay, ClassKingDay, ClassWashington, ClassMemorialDay, ClassJuneteenth, ClassIndependence,
		ClassLaborDay, ClassColumbusDay, ClassVeteransDay, ClassThanksgiving, ClassChristmasDay, ClassObserved,
		ClassGoodFriday, ClassEasterMonday, ClassBoxingDay,
	}, c)
}

const (
	// firstHolidayYear and lastHolidayYear bound the rules. The equinoxes of
	// Japan are estimates until its government announces them in the February
	// of the year before.
	firstHolidayYear = 1970
	lastHolidayYear  = 2099
)

// Holidays knows the holidays and special days of a country from 1970 to 2099, of
// countries but Japan and the United States from 2005 on, computed by rule. The zero Holidays has none. Holidays are safe for
// concurrent use.
type Holidays struct {
	country string
	days    map[Date]holiday
	own     map[Date]string
	class   func(h Holidays, d Date) Class
}

// holiday is a day off by law.
type holiday struct {
	name  string
	class Class // of countries where each holiday is its own
}

// HolidaysFor returns the holidays of a country by its ISO 3166 code: "JP", "US"
// (federal holidays), one of the other [Countries], or "" for none. Another country is
// an error that lists these.
func HolidaysFor(country string) (Holidays, error) {
	switch country {
	case "":
		return Holidays{}, nil
	case "JP":
		return Holidays{country: country, days: japan(), class: japaneseClass}, nil
	case "US":
		return Holidays{country: country, days: unitedStates(), class: americanClass}, nil
	}
	if n, ok := nations()[country]; ok {
		return Holidays{country: country, days: n.holidays(), class: nationalClass}, nil
	}
	return Holidays{}, unknownCountry(country)
}

// WithDays returns h with the user's own days added, each with a label such as
// "promotion" or "closure" that is its name and its class. They come before the
// country's.
func (h Holidays) WithDays(days map[Date]string) Holidays {
	own := make(map[Date]string, len(h.own)+len(days))
	maps.Copy(own, h.own)
	maps.Copy(own, days)
	h.own = own
	return h
}

// Country returns the code that h was made for.
func (h Holidays) Country() string { return h.country }

// Name returns the name of a holiday or of one of the user's days, and whether d
// is one. The holidays of Japan have their Japanese names.
func (h Holidays) Name(d Date) (name string, ok bool) {
	if name, ok = h.own[d]; ok {
		return name, true
	}
	day, ok := h.days[d]
	return day.name, ok
}

// Class returns the class of d. A day that fits several has the first of: the
// user's own, then those of the country in the order in which they are listed.
func (h Holidays) Class(d Date) Class {
	if label, ok := h.own[d]; ok {
		return Class(label)
	}
	if h.class == nil {
		return ClassNone
	}
	return h.class(h, d)
}

// Own returns the user's own days, oldest first.
func (h Holidays) Own() []Date { return slices.Sorted(maps.Keys(h.own)) }

// off reports whether d is a day off by law.
func (h Holidays) off(d Date) bool {
	_, ok := h.days[d]
	return ok
}

// weekend reports whether d is a Saturday or Sunday.
func (d Date) weekend() bool { return d.Weekday() == time.Saturday || d.Weekday() == time.Sunday }

// nth returns the n-th given weekday of a month.
func nth(n int, weekday time.Weekday, year int, month time.Month) Date {
	first := Of(year, month, 1)
	return first + Date(floorMod(int64(weekday-first.Weekday()), 7)) + Date(7*(n-1))
}

// last returns the last given weekday of a month.
func last(weekday time.Weekday, year int, month time.Month) Date {
	return nth(1, weekday, year, month+1) - 7
}

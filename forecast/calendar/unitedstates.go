package calendar

import "time"

// federal is a federal holiday of the United States in the years from first to
// last, last 0 = still.
type federal struct {
	name        string
	class       Class
	first, last int
	date        func(year int) Date
}

// federalHolidays are the holidays of 5 U.S.C. 6103(a), with the dates before
// and after the Uniform Monday Holiday Act took effect in 1971.
func federalHolidays() []federal {
	on := func(month time.Month, day int) func(int) Date {
		return func(year int) Date { return Of(year, month, day) }
	}
	the := func(n int, weekday time.Weekday, month time.Month) func(int) Date {
		return func(year int) Date { return nth(n, weekday, year, month) }
	}
	lastMonday := func(year int) Date { return last(time.Monday, year, time.May) }
	return []federal{
		{"New Year's Day", ClassNewYearsDay, 1970, 0, on(1, 1)},
		{"Birthday of Martin Luther King, Jr.", ClassKingDay, 1986, 0, the(3, time.Monday, 1)},
		{"Washington's Birthday", ClassWashington, 1970, 1970, on(2, 22)},
		{"Washington's Birthday", ClassWashington, 1971, 0, the(3, time.Monday, 2)},
		{"Memorial Day", ClassMemorialDay, 1970, 1970, on(5, 30)},
		{"Memorial Day", ClassMemorialDay, 1971, 0, lastMonday},
		{"Juneteenth National Independence Day", ClassJuneteenth, 2021, 0, on(6, 19)},
		{"Independence Day", ClassIndependence, 1970, 0, on(7, 4)},
		{"Labor Day", ClassLaborDay, 1970, 0, the(1, time.Monday, 9)},
		{"Columbus Day", ClassColumbusDay, 1971, 0, the(2, time.Monday, 10)},
		{"Veterans Day", ClassVeteransDay, 1970, 1970, on(11, 11)},
		{"Veterans Day", ClassVeteransDay, 1971, 1977, the(4, time.Monday, 10)},
		{"Veterans Day", ClassVeteransDay, 1978, 0, on(11, 11)},
		{"Thanksgiving Day", ClassThanksgiving, 1970, 0, the(4, time.Thursday, 11)},
		{"Christmas Day", ClassChristmasDay, 1970, 0, on(12, 25)},
	}
}

// unitedStates returns the federal holidays of the United States, and the
// working days off for those on a Saturday (the day before) or a Sunday (the day
// after).
func unitedStates() map[Date]holiday {
	all := make(map[Date]holiday)
	for _, f := range federalHolidays() {
		end := lastHolidayYear
		if f.last > 0 {
			end = f.last
		}
		for year := f.first; year <= end; year++ {
			d := f.date(year)
			all[d] = holiday{name: f.name, class: f.class}
			observed := holiday{name: f.name + " (observed)", class: ClassObserved}
			switch d.Weekday() {
			case time.Saturday:
				all[d-1] = observed
			case time.Sunday:
				all[d+1] = observed
			default:
			}
		}
	}
	return all
}

func americanClass(h Holidays, d Date) Class {
	federal := h.days[d].class
	if federal != ClassNone && federal != ClassObserved {
		return federal
	}
	year, month, day := d.Civil()
	switch {
	case month == time.December && day == 24:
		return ClassChristmasEve
	case month == time.December && 26 <= day && day <= 30:
		return ClassChristmasWeek
	case month == time.December && day == 31:
		return ClassNewYearsEve
	case d == nth(4, time.Thursday, year, time.November)+1:
		return ClassBlackFriday
	}
	return federal
}

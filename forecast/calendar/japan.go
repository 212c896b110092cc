package calendar

import "time"

// annual is a holiday of Japan in the years from first to last, last 0 = still.
type annual struct {
	name        string
	first, last int
	date        func(year int) Date
}

// annualHolidays are the national holidays by the law on national holidays (Act
// 178 of 1948) and its amendments, but for the days that were moved once.
func annualHolidays() []annual {
	on := func(month time.Month, day int) func(int) Date {
		return func(year int) Date { return Of(year, month, day) }
	}
	monday := func(n int, month time.Month) func(int) Date {
		return func(year int) Date { return nth(n, time.Monday, year, month) }
	}
	return []annual{
		{"元日", 1949, 0, on(1, 1)},
		{"成人の日", 1949, 1999, on(1, 15)},
		{"成人の日", 2000, 0, monday(2, 1)},
		{"建国記念の日", 1967, 0, on(2, 11)},
		{"天皇誕生日", 1949, 1988, on(4, 29)},
		{"天皇誕生日", 1989, 2018, on(12, 23)},
		{"天皇誕生日", 2020, 0, on(2, 23)},
		{"春分の日", 1949, 0, vernalEquinox},
		{"みどりの日", 1989, 2006, on(4, 29)},
		{"昭和の日", 2007, 0, on(4, 29)},
		{"憲法記念日", 1949, 0, on(5, 3)},
		{"みどりの日", 2007, 0, on(5, 4)},
		{"こどもの日", 1949, 0, on(5, 5)},
		{"海の日", 1996, 2002, on(7, 20)},
		{"海の日", 2003, 2019, monday(3, 7)},
		{"海の日", 2022, 0, monday(3, 7)},
		{"山の日", 2016, 2019, on(8, 11)},
		{"山の日", 2022, 0, on(8, 11)},
		{"敬老の日", 1966, 2002, on(9, 15)},
		{"敬老の日", 2003, 0, monday(3, 9)},
		{"秋分の日", 1948, 0, autumnalEquinox},
		{"体育の日", 1966, 1999, on(10, 10)},
		{"体育の日", 2000, 2019, monday(2, 10)},
		{"スポーツの日", 2022, 0, monday(2, 10)},
		{"文化の日", 1948, 0, on(11, 3)},
		{"勤労感謝の日", 1948, 0, on(11, 23)},
	}
}

// singleHolidays are the holidays that a law of their own put on one day: events
// of the imperial family, and the days moved for the Olympic Games.
func singleHolidays() map[Date]holiday {
	return map[Date]holiday{
		Of(1989, 2, 24):  {name: "大喪の礼"},
		Of(1990, 11, 12): {name: "即位礼正殿の儀"},
		Of(1993, 6, 9):   {name: "結婚の儀"},
		Of(2019, 5, 1):   {name: "即位の日"},
		Of(2019, 10, 22): {name: "即位礼正殿の儀"},
		Of(2020, 7, 23):  {name: "海の日"},
		Of(2020, 7, 24):  {name: "スポーツの日"},
		Of(2020, 8, 10):  {name: "山の日"},
		Of(2021, 7, 22):  {name: "海の日"},
		Of(2021, 7, 23):  {name: "スポーツの日"},
		Of(2021, 8, 8):   {name: "山の日"},
	}
}

// japan returns the holidays of Japan.
func japan() map[Date]holiday {
	national := singleHolidays()
	for _, a := range annualHolidays() {
		end := lastHolidayYear
		if a.last > 0 {
			end = a.last
		}
		for year := max(a.first, firstHolidayYear); year <= end; year++ {
			national[a.date(year)] = holiday{name: a.name}
		}
	}
	all := make(map[Date]holiday, len(national)+len(national)/8)
	for d, h := range national {
		all[d] = h
		if s, ok := substitute(d, national); ok {
			all[s] = holiday{name: h.name + " 振替休日"}
		}
	}
	for d := range national {
		if _, ok := national[d+2]; !ok {
			continue
		}
		if _, taken := all[d+1]; !taken && sandwiched(d+1) {
			all[d+1] = holiday{name: "休日"}
		}
	}
	return all
}

// substitute returns the day off for national holiday d if that falls on a
// Sunday (article 3, paragraph 2): since April 12, 1973 the Monday after, unless
// it is a national holiday; since 2007 the next day that is none.
func substitute(d Date, national map[Date]holiday) (s Date, ok bool) {
	if d.Weekday() != time.Sunday || d < Of(1973, 4, 12) {
		return 0, false
	}
	s = d + 1
	for d >= Of(2007, 1, 1) {
		if _, taken := national[s]; !taken {
			return s, true
		}
		s++
	}
	_, taken := national[s]
	return s, !taken
}

// sandwiched reports whether d, between two national holidays, is a day off
// (article 3, paragraph 3): since December 27, 1985, and not on a Sunday before
// 2007.
func sandwiched(d Date) bool {
	return d >= Of(2007, 1, 1) || d >= Of(1985, 12, 27) && d.Weekday() != time.Sunday
}

// The equinoxes are days of March and September in Japan's time, by the
// approximation of the Hydrographic Department of the Japan Coast Guard
// (Shinkoyomi Benricho, 1979): valid from 1900 to 2099, with other constants
// before 1980.
func vernalEquinox(year int) Date {
	if year < 1980 {
		return equinox(year, time.March, 20.8357)
	}
	return equinox(year, time.March, 20.8431)
}

func autumnalEquinox(year int) Date {
	if year < 1980 {
		return equinox(year, time.September, 23.2588)
	}
	return equinox(year, time.September, 23.2488)
}

// equinox divides towards zero, as the approximation does.
func equinox(year int, month time.Month, day float64) Date {
	leaps := (year - 1980) / 4
	if year < 1980 {
		leaps = (year - 1983) / 4
	}
	return Of(year, month, int(day+.242194*float64(year-1980))-leaps)
}

func japaneseClass(h Holidays, d Date) Class {
	_, month, day := d.Civil()
	switch {
	case month == time.December && (day == 29 || day == 30):
		return ClassYearEnd
	case month == time.December && day == 31, month == time.January && day == 1:
		return ClassNewYear
	case month == time.January && (day == 2 || day == 3):
		return ClassAfterNewYear
	case month == time.August && 12 <= day && day <= 16 && !d.weekend() && !h.off(d):
		return ClassObon
	case month == time.December && (day == 23 || day == 24):
		return ClassChristmas
	case h.off(d) && d.weekend():
		return ClassWeekendHoliday
	case h.off(d):
		return ClassHoliday
	case h.off(d+1) && d.Weekday() != time.Friday && d.Weekday() != time.Saturday:
		return ClassEve
	}
	return ClassNone
}

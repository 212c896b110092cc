package bench

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// stamp is the time of an observation as it is written: a number, or what a clock
// showed.
type stamp struct {
	number  bool
	at      int64 // the number, or the seconds since 1970 that the clock showed
	instant int64 // the same in UTC, by the offset that is written; else as at
}

// day returns the date that a calendar showed.
func (s stamp) day() calendar.Date {
	days := s.at / secondsOfDay
	if s.at%secondsOfDay < 0 {
		days--
	}
	return calendar.Of(1970, time.January, 1) + calendar.Date(days)
}

var errStamp = errors.New("not a time")

// The forms of a time, besides a whole number.
var (
	dateForm    = regexp.MustCompile(`^(\d{4})[-/](\d{1,2})(?:[-/](\d{1,2}))?(?:[T ]+(\d{1,2})(?:[:-](\d{2})(?:[:-](\d{2})(?:[.,]\d+)?)?)?)? ?(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?$`)
	monthForm   = regexp.MustCompile(`^(\d{4})(?: |M|-)?([A-Z][a-z]{2}|\d{2})$|^([A-Z][a-z]{2})[ -](\d{4})$`)
	quarterForm = regexp.MustCompile(`^(\d{4})[- ]?[Qq]([1-4])$`)
	weekForm    = regexp.MustCompile(`^(\d{4})-?W(\d{2})(?:-?([1-7]))?$`)
)

// stampOf reads a time: a whole number, a date with or without a clock time and an
// offset from UTC, or the first day of a month (2026-03, 2026 Mar), quarter (2026Q1) or week
// (2026-W10).
func stampOf(text string) (stamp, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return stamp{number: true, at: n, instant: n}, nil
	}
	if f := dateForm.FindStringSubmatch(text); f != nil {
		return clockStamp(f)
	}
	if f := monthForm.FindStringSubmatch(text); f != nil {
		return monthStamp(f[1]+f[4], f[2]+f[3])
	}
	if f := quarterForm.FindStringSubmatch(text); f != nil {
		return dayStamp(atoi(f[1]), 3*atoi(f[2])-2, 1)
	}
	if f := weekForm.FindStringSubmatch(text); f != nil {
		return weekStamp(atoi(f[1]), atoi(f[2]), max(1, atoi(f[3])))
	}
	return stamp{}, errStamp
}

// atoi reads digits, of which there are few; none are 0.
func atoi(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}

// clockStamp makes a stamp of the parts of a date form.
func clockStamp(f []string) (stamp, error) {
	day := 1
	if f[3] != "" {
		day = atoi(f[3])
	}
	s, err := dayStamp(atoi(f[1]), atoi(f[2]), day)
	hour, minute, second := atoi(f[4]), atoi(f[5]), atoi(f[6])
	if err != nil || hour > 24 || minute > 59 || second > 59 || hour == 24 && minute+second > 0 {
		return stamp{}, errStamp
	}
	s.at += int64(hour*secondsOfHour + minute*60 + second)
	s.instant = s.at
	if sign := strings.IndexAny(f[7], "+-"); sign == 0 {
		offset := int64(atoi(f[7][1:3])*secondsOfHour + atoi(strings.TrimPrefix(f[7][3:], ":"))*60)
		if f[7][0] == '-' {
			offset = -offset
		}
		s.instant -= offset
	}
	return s, nil
}

// dayStamp makes the stamp of a date, which must exist.
func dayStamp(year, month, day int) (stamp, error) {
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if t.Day() != day || int(t.Month()) != month {
		return stamp{}, errStamp
	}
	return stamp{at: t.Unix(), instant: t.Unix()}, nil
}

// monthStamp makes the stamp of the first of a month, which has a number or a name.
func monthStamp(year, month string) (stamp, error) {
	for _, layout := range []string{"01", "Jan"} {
		if t, err := time.Parse(layout, month); err == nil {
			return dayStamp(atoi(year), int(t.Month()), 1)
		}
	}
	return stamp{}, errStamp
}

// weekStamp makes the stamp of a day of a week by ISO 8601, whose first week has the
// fourth of January.
func weekStamp(year, week, day int) (stamp, error) {
	fourth := time.Date(year, time.January, 4, 0, 0, 0, 0, time.UTC)
	monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7)
	t := monday.AddDate(0, 0, 7*(week-1))
	if y, w := t.ISOWeek(); y != year || w != week {
		return stamp{}, errStamp
	}
	at := t.AddDate(0, 0, day-1).Unix()
	return stamp{at: at, instant: at}, nil
}

// dated returns the stamp of a number that is written for a date: a year, a month
// (202603) or a day (20260301) by the number of its digits.
func (s stamp) dated(digits int) (stamp, bool) {
	n := int(s.at)
	year, month, day := n, 1, 1
	switch digits {
	case len("2026"):
	case len("202603"):
		year, month = n/100, n%100
	case len("20260301"):
		year, month, day = n/10_000, n/100%100, n%100
	default:
		return stamp{}, false
	}
	const first, last = 1600, 2200 // beyond, it is no year that has data
	d, err := dayStamp(year, month, day)
	return d, err == nil && first <= year && year <= last
}

// calendarNumbers replaces numbers by the dates that they are written for, if all are:
// a column that counts observations begins at 0 or 1, or with another number that is no
// year.
func calendarNumbers(rows map[string][]row) {
	digits := 0
	for _, of := range rows {
		for _, o := range of {
			n := len(strconv.FormatInt(o.time.at, 10))
			_, ok := o.time.dated(n)
			if !o.time.number || !ok || digits != 0 && n != digits {
				return
			}
			digits = n
		}
	}
	for _, of := range rows {
		for i, o := range of {
			of[i].time, _ = o.time.dated(digits)
		}
	}
}

package bench

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Unit is what the steps of an axis are counted in.
type Unit uint8

// Units, of which the first is that of an axis without dates.
const (
	UnitNumber Unit = iota
	UnitSecond
	UnitDay
	UnitWorkday // Monday to Friday
	UnitMonth
)

// Frequency is the distance between two observations: so many units. The zero
// Frequency is unknown.
type Frequency struct {
	Unit Unit
	Step int
}

const (
	secondsOfDay  = 86_400
	secondsOfHour = 3_600
	monthsOfYear  = 12
)

// words are the units that a frequency is written with.
func (u Unit) words() (one, many string) {
	switch u {
	case UnitSecond:
		return "second", "seconds"
	case UnitDay:
		return "day", "days"
	case UnitWorkday:
		return "working day", "working days"
	case UnitMonth:
		return "month", "months"
	case UnitNumber:
	}
	return "number", "numbers"
}

// String returns the frequency in words: "hourly", "every 15 minutes".
func (f Frequency) String() string {
	switch f {
	case Frequency{}:
		return "of unknown frequency"
	case Frequency{UnitMonth, 12}:
		return "yearly"
	case Frequency{UnitMonth, 3}:
		return "quarterly"
	case Frequency{UnitMonth, 1}:
		return "monthly"
	case Frequency{UnitDay, 7}:
		return "weekly"
	case Frequency{UnitDay, 1}:
		return "daily"
	case Frequency{UnitWorkday, 1}:
		return "of working days"
	case Frequency{UnitSecond, secondsOfHour}:
		return "hourly"
	case Frequency{UnitSecond, secondsOfHour / 2}:
		return "half-hourly"
	}
	return "every " + strings.TrimPrefix(f.span(1), "1 ")
}

// span returns how long some steps are, in words.
func (f Frequency) span(steps int) string {
	n := steps * max(1, f.Step)
	one, many := f.Unit.words()
	if f.Unit == UnitSecond && n%60 == 0 {
		n /= 60
		one, many = "minute", "minutes"
		if n%60 == 0 {
			n /= 60
			one, many = "hour", "hours"
		}
	}
	if n == 1 {
		many = one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Seasons are those that data of a frequency have, in observations: the year of months
// and weeks, the week of days, the day and the week of what is within a day. They are
// those of the M4 competition, which has no season for years. What has no dates is
// taken as daily.
func (f Frequency) Seasons() []int {
	switch {
	case f == Frequency{}, f == Frequency{UnitDay, 1}:
		return []int{7}
	case f.Unit == UnitWorkday && f.Step == 1:
		return []int{5}
	case f == Frequency{UnitDay, 7}:
		return []int{52}
	case f.Unit == UnitMonth && monthsOfYear%f.Step == 0:
		return []int{monthsOfYear / f.Step}
	case f.Unit == UnitSecond && secondsOfDay%f.Step == 0 && f.Step < secondsOfDay:
		day := secondsOfDay / f.Step
		return []int{day, 7 * day}
	}
	return []int{1}
}

// Horizon is how many observations are held back where a table doesn't say: as many as
// in the M4 competition (Makridakis, Spiliotis & Assimakopoulos, Int. J. Forecasting 36,
// 2020, table 1), two days of what is within a day.
func (f Frequency) Horizon() int {
	switch {
	case f == Frequency{UnitMonth, 12}:
		return 6
	case f == Frequency{UnitMonth, 3}:
		return 8
	case f == Frequency{UnitMonth, 1}:
		return 18
	case f == Frequency{UnitDay, 7}:
		return 13
	case f.Unit == UnitSecond && f.Step < secondsOfDay:
		return max(1, 2*secondsOfDay/f.Step)
	}
	return 14
}

// frequencyForm is a number, if any, and a unit.
var frequencyForm = regexp.MustCompile(`^(\d{0,6})[ _-]?([a-z_-]+)$`)

// ParseFrequency reads a frequency as people write it: a word (monthly, half_hourly), or
// a unit with or without a number before it (H, 15min, 4D, 2 weeks).
func ParseFrequency(text string) (Frequency, error) {
	form := frequencyForm.FindStringSubmatch(strings.ToLower(strings.TrimSpace(text)))
	bad := fmt.Errorf("%q is no frequency: write yearly, quarterly, monthly, weekly, daily, business, hourly, half_hourly, or a number and a unit such as 15min, 4h, 2W, 10D", text)
	if form == nil {
		return Frequency{}, bad
	}
	f, ok := unitOf(form[2])
	if !ok {
		return Frequency{}, bad
	}
	if form[1] != "" {
		n, err := strconv.Atoi(form[1])
		if err != nil || n < 1 {
			return Frequency{}, bad
		}
		f.Step *= n
	}
	return f, nil
}

// unitOf returns the frequency of a word.
func unitOf(word string) (Frequency, bool) {
	switch word {
	case "yearly", "annual", "annually", "y", "ye", "ys", "a", "as", "year", "years":
		return Frequency{UnitMonth, 12}, true
	case "quarterly", "q", "qe", "qs", "quarter", "quarters":
		return Frequency{UnitMonth, 3}, true
	case "monthly", "m", "me", "ms", "month", "months":
		return Frequency{UnitMonth, 1}, true
	case "weekly", "w", "week", "weeks":
		return Frequency{UnitDay, 7}, true
	case "daily", "d", "day", "days":
		return Frequency{UnitDay, 1}, true
	case "business", "business_daily", "business-daily", "b":
		return Frequency{UnitWorkday, 1}, true
	case "hourly", "h", "hour", "hours":
		return Frequency{UnitSecond, secondsOfHour}, true
	case "half_hourly", "half-hourly":
		return Frequency{UnitSecond, secondsOfHour / 2}, true
	case "minutely", "min", "minute", "minutes", "t":
		return Frequency{UnitSecond, 60}, true
	case "secondly", "s", "sec", "second", "seconds":
		return Frequency{UnitSecond, 1}, true
	}
	return Frequency{}, false
}

// frequencyWords are the words by which the name of a data set may tell its frequency.
var frequencyWords = regexp.MustCompile(`(?i)(?:^|[^a-z])(half[_-]?hourly|hourly|business[_-]daily|daily|weekly|monthly|quarterly|yearly|annual)(?:[^a-z]|$)`)

// named returns the frequency that is in the name of a data set, zero if none is.
func named(set string) Frequency {
	word := frequencyWords.FindStringSubmatch(set)
	if word == nil {
		return Frequency{}
	}
	f, _ := unitOf(strings.Replace(strings.ToLower(word[1]), "halfhourly", "half_hourly", 1))
	return f
}

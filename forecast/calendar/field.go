package calendar

import (
	"slices"
	"strconv"
	"strings"
)

// field describes a field of a cron expression.
type field struct {
	name     string
	min, max int
	base     int      // the number that bit 0 stands for
	names    []string // of the numbers from min, upper case
}

// cronFields are the fields of a cron expression in their order.
func cronFields() [6]field {
	return [...]field{
		{name: "minutes", min: 0, max: 59},
		{name: "hours", min: 0, max: 23},
		{name: "day-of-month", min: 1, max: 31},
		{
			name: "month", min: 1, max: 12,
			names: []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"},
		},
		{name: "day-of-week", min: 1, max: 7, names: []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}},
		{name: "year", min: firstYear, max: lastYear, base: firstYear},
	}
}

// numbers is a set of the numbers of a field, counted from its base.
type numbers [4]bitset

// days reads the two fields of which one selects days and the other is ?.
func (p parser) days(day, weekday token) (dayRule, error) {
	switch {
	case day.text == "?" && weekday.text == "?":
		return dayRule{}, p.fail(weekday, "only one of day-of-month and day-of-week can be ?; write * for every day")
	case weekday.text == "?":
		return p.dayOfMonth(day)
	case day.text == "?":
		return p.dayOfWeek(weekday)
	}
	return dayRule{}, p.fail(weekday, "must be ? because day-of-month is %q; one of the two must be ?", day.text)
}

func (p parser) dayOfMonth(t token) (dayRule, error) {
	f := cronFields()[2]
	upper := strings.ToUpper(t.text)
	if upper == "L" {
		return dayRule{kind: lastDay}, nil
	}
	if before, ok := strings.CutSuffix(upper, "W"); ok {
		n, err := p.number(t.within(0, t.text[:len(before)]), f)
		if err != nil {
			return dayRule{}, p.fail(t, "W follows a single day from 1 to 31, for example 15W")
		}
		return dayRule{kind: nearestWeekday, n: n}, nil
	}
	set, err := p.list(t, f)
	return dayRule{kind: daysOfMonth, set: set[0]}, err
}

func (p parser) dayOfWeek(t token) (dayRule, error) {
	f := cronFields()[4]
	upper := strings.ToUpper(t.text)
	if upper == "L" {
		return dayRule{kind: daysOfWeek, set: 1 << f.max}, nil
	}
	if before, ok := strings.CutSuffix(upper, "L"); ok {
		n, err := p.number(t.within(0, t.text[:len(before)]), f)
		if err != nil {
			return dayRule{}, p.fail(t, "L follows a single weekday, for example 6L for the last Friday")
		}
		return dayRule{kind: lastWeekdayOf, set: 1 << n}, nil
	}
	if before, after, ok := strings.Cut(t.text, "#"); ok {
		n, err := p.number(t.within(0, before), f)
		count, bad := p.number(t.within(len(before)+1, after), field{name: t.field, min: 1, max: 5})
		if err != nil || bad != nil {
			return dayRule{}, p.fail(t, "# stands between a single weekday and a number from 1 to 5, for example 6#2")
		}
		return dayRule{kind: numberedWeekday, set: 1 << n, n: count}, nil
	}
	set, err := p.list(t, f)
	return dayRule{kind: daysOfWeek, set: set[0]}, err
}

// list reads a list of values, ranges and steps.
func (p parser) list(t token, f field) (numbers, error) {
	var set numbers
	offset := 0
	for item := range strings.SplitSeq(t.text, ",") {
		part := t.within(offset, item)
		offset += len(item) + 1
		if err := p.item(part, f, &set); err != nil {
			return numbers{}, err
		}
	}
	return set, nil
}

// item adds "5", "1-5", "*", or one of them with a step such as "0/15" to set.
func (p parser) item(t token, f field, set *numbers) error {
	span, steps, stepped := strings.Cut(t.text, "/")
	low, high, err := p.span(t.within(0, span), f)
	if err != nil {
		return err
	}
	step := 1
	if stepped {
		if step, err = strconv.Atoi(steps); err != nil || step < 1 || step > f.max || steps[0] == '+' {
			return p.fail(t.within(len(span)+1, steps), "the step after / must be a whole number from 1 to %d", f.max)
		}
		if !strings.Contains(span, "-") {
			high = f.max
		}
	}
	count := f.max - f.min + 1
	if high < low { // 20-2 goes over midnight
		high += count
	}
	for n := low; n <= high; n += step {
		bit := f.min + (n-f.min)%count - f.base
		set[bit/64] |= 1 << (bit % 64)
	}
	return nil
}

// span reads "5", "1-5" or "*".
func (p parser) span(t token, f field) (low, high int, err error) {
	if t.text == "*" {
		return f.min, f.max, nil
	}
	from, to, ranged := strings.Cut(t.text, "-")
	if low, err = p.number(t.within(0, from), f); err != nil || !ranged {
		return low, low, err
	}
	if high, err = p.number(t.within(len(from)+1, to), f); err != nil {
		return 0, 0, err
	}
	if low > high && f.base > 0 {
		return 0, 0, p.fail(t, "the range goes backwards")
	}
	return low, high, nil
}

// number reads a number or a name of a field.
func (p parser) number(t token, f field) (int, error) {
	if i := slices.Index(f.names, strings.ToUpper(t.text)); i >= 0 {
		return f.min + i, nil
	}
	if n, err := strconv.ParseUint(t.text, 10, 16); err == nil && f.min <= int(n) && int(n) <= f.max {
		return int(n), nil
	}
	if f.names != nil {
		return 0, p.fail(t, "must be from %d to %d, or %s to %s", f.min, f.max, f.names[0], f.names[len(f.names)-1])
	}
	return 0, p.fail(t, "must be from %d to %d", f.min, f.max)
}

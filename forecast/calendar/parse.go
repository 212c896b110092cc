package calendar

import (
	"fmt"
	"strconv"
	"strings"
)

// ParseSchedule reads an EventBridge expression:
//
//	cron(minutes hours day-of-month month day-of-week year)
//	rate(1 day), rate(12 hours), rate(30 minutes)
//
// A cron field is a list of values, ranges (8-17, and 20-2 over midnight), * and
// steps (0/15, 8-17/2). Months have names (JAN to DEC), weekdays have names (SUN
// to SAT) and numbers from 1 for Sunday. One of the two day fields is ?, the
// other says when: L is the last day of the month, 15W the working day nearest
// to the 15th, 6L the last Friday and 6#2 the second Friday. Names may be lower
// case.
//
// A rate counts elapsed minutes and hours, or civil days, since the start of
// the date that [Schedule.Anchored] gives it.
//
// An error is a *[ScheduleError]; also an expression that names only days that
// no month has is one.
func ParseSchedule(expr string) (Schedule, error) {
	p := parser{expression: expr}
	strange := func(r rune) bool { return r < ' ' || r > '~' }
	if at := strings.IndexFunc(expr, strange); at >= 0 {
		return Schedule{}, p.fail(token{at: at}, "has a character that is not printable ASCII: retype it")
	}
	body, offset, ok := p.body("cron(")
	if ok {
		return p.cron(body, offset)
	}
	if body, offset, ok = p.body("rate("); ok {
		return p.rate(body, offset)
	}
	return Schedule{}, p.fail(token{text: expr}, "must be cron(...) or rate(...), for example cron(0 6 * * ? *)")
}

// parser reads one expression.
type parser struct {
	expression string
}

// token is a part of the expression.
type token struct {
	field string
	text  string
	at    int // offset in the expression
}

// within returns the part of t that starts at the given offset in it.
func (t token) within(offset int, text string) token {
	return token{field: t.field, text: text, at: t.at + offset}
}

func (p parser) fail(t token, format string, args ...any) error {
	return &ScheduleError{
		Expression: p.expression,
		Field:      t.field,
		Value:      t.text,
		Column:     t.at + 1,
		Problem:    fmt.Sprintf(format, args...),
	}
}

// body returns what stands between prefix and the closing parenthesis.
func (p parser) body(prefix string) (body string, offset int, ok bool) {
	rest, ok := strings.CutPrefix(p.expression, prefix)
	if !ok {
		return "", 0, false
	}
	body, ok = strings.CutSuffix(rest, ")")
	return body, len(prefix), ok
}

// words splits body at blanks.
func words(body string, offset int) []token {
	var tokens []token
	for i := 0; i < len(body); {
		if body[i] == ' ' {
			i++
			continue
		}
		length := strings.IndexByte(body[i:], ' ')
		if length < 0 {
			length = len(body) - i
		}
		tokens = append(tokens, token{text: body[i : i+length], at: offset + i})
		i += length
	}
	return tokens
}

// rate reads "12 hours".
func (p parser) rate(body string, offset int) (Schedule, error) {
	tokens := words(body, offset)
	if len(tokens) != 2 {
		return Schedule{}, p.fail(token{at: offset}, "a rate is a number and a unit, for example rate(1 day)")
	}
	value, unit := tokens[0], tokens[1]
	value.field, unit.field = "value", "unit"
	n, err := strconv.ParseInt(value.text, 10, 32)
	if err != nil || n < 1 || value.text[0] == '+' {
		return Schedule{}, p.fail(value, "must be a whole number from 1")
	}
	name, plural := strings.CutSuffix(unit.text, "s")
	units := map[string]rateUnit{"minute": rateMinutes, "hour": rateHours, "day": rateDays}
	if units[name] == 0 {
		return Schedule{}, p.fail(unit, "must be minutes, hours or days")
	}
	if plural != (n > 1) {
		wanted := name
		if n > 1 {
			wanted += "s"
		}
		return Schedule{}, p.fail(unit, "must be %s after %d", wanted, n)
	}
	return Schedule{
		expression: p.expression,
		rate:       rate{n: n, unit: units[name], anchor: unixDay},
	}, nil
}

// cron reads the six fields.
func (p parser) cron(body string, offset int) (Schedule, error) {
	tokens := words(body, offset)
	if len(tokens) != 6 {
		return Schedule{}, p.fail(token{at: offset},
			"has %d fields, not six: minutes hours day-of-month month day-of-week year", len(tokens))
	}
	var c cron
	var err error
	var minutes, hours, months numbers
	for i, target := range []*numbers{&minutes, &hours, nil, &months, nil, &c.years} {
		f := cronFields()[i]
		tokens[i].field = f.name
		if target == nil {
			continue
		}
		if *target, err = p.list(tokens[i], f); err != nil {
			return Schedule{}, err
		}
	}
	c.minutes, c.hours, c.months = minutes[0], hours[0], months[0]
	day, weekday := tokens[2], tokens[4]
	if c.days, err = p.days(day, weekday); err != nil {
		return Schedule{}, err
	}
	if _, ok := c.nextDate(Of(firstYear, 1, 1)); !ok {
		if day.text == "?" {
			day = weekday
		}
		return Schedule{}, p.fail(day, "no month of the month and year fields has such a day, so it would never fire")
	}
	return Schedule{expression: p.expression, cron: c}, nil
}

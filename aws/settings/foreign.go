package settings

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Foreign is another team's pipeline that daybatch operates and does not define.
type Foreign struct {
	Pipeline string // its name; empty: there is none
	// DateParameter is the parameter that takes the date, written in DateFormat.
	// Without it executions can be looked at, stopped and retried, but not started.
	DateParameter string
	DateFormat    DateFormat
	// DisplayName is how executions are called whose name tells the date; empty: it
	// doesn't.
	DisplayName NamePattern
	// TimeParameter is a parameter with the time, in RFC 3339, at which the schedule
	// fired; empty: there is none.
	TimeParameter string
	// Parameters are sent with each start, besides the date.
	Parameters map[string]string
	// EvaluationStep is the step whose report in S3 holds metrics; empty: none does.
	EvaluationStep string
	// Measures are the metrics of the report: name to the path of a number in it, with
	// dots. Nil: all numbers that there are.
	Measures map[string]string
}

// IsZero reports whether there is none.
func (f Foreign) IsZero() bool { return f.Pipeline == "" }

// DateFormat says how a date is written: YYYY, MM and DD stand for the year, the
// month and the day, each once, and everything else for itself.
type DateFormat string

// ISODate is the format of dates everywhere else.
const ISODate DateFormat = "YYYY-MM-DD"

// NamePattern says how a display name tells a date: YYYY, MM and DD stand for the
// year, the month and the day, each once, * for anything, and everything else for
// itself.
type NamePattern string

// Check returns an error that wraps [forecast.ErrInvalid] for a pattern that tells
// no date.
func (p NamePattern) Check() error {
	if err := checkWords("display name", string(p), "nightly-YYYYMMDD-*"); err != nil {
		return err
	}
	if rest := strings.NewReplacer("YYYY", "", "MM", "", "DD", "", "*", "").Replace(string(p)); !regexp.MustCompile(`^[A-Za-z0-9-]*$`).MatchString(rest) {
		return fmt.Errorf("%w: display name %q: names of executions have letters, digits and hyphens alone", forecast.ErrInvalid, string(p))
	}
	return nil
}

// Read reads the date in a display name. It reports false for names that are not
// of the pattern.
func (p NamePattern) Read(name string) (calendar.Date, bool) {
	return readDate(string(p), name, `\*`, `.*`)
}

// Check returns an error that wraps [forecast.ErrInvalid] for a format that
// can't be read back.
func (f DateFormat) Check() error { return checkWords("date format", string(f), "YYYYMMDD") }

func checkWords(what, text, example string) error {
	for _, word := range []string{"YYYY", "MM", "DD"} {
		if strings.Count(text, word) != 1 {
			return fmt.Errorf("%w: %s %q must have YYYY, MM and DD once each, for example %s", forecast.ErrInvalid, what, text, example)
		}
	}
	return nil
}

// Write returns a date in the format.
func (f DateFormat) Write(d calendar.Date) string {
	iso := d.String()
	return strings.NewReplacer("YYYY", iso[:4], "MM", iso[5:7], "DD", iso[8:10]).Replace(string(f))
}

// Read reads a date in the format. It reports false for texts that are none,
// such as AUTO.
func (f DateFormat) Read(text string) (calendar.Date, bool) { return readDate(string(f), text) }

// readDate reads a date that is written in a format. The further words, as they are
// when quoted, stand for what the expression after each matches.
func readDate(format, text string, words ...string) (calendar.Date, bool) {
	if checkWords("", format, "") != nil {
		return 0, false
	}
	words = append(words, "YYYY", `(?P<year>\d{4})`, "MM", `(?P<month>\d{2})`, "DD", `(?P<day>\d{2})`)
	pattern := strings.NewReplacer(words...).Replace(regexp.QuoteMeta(format))
	expression, err := regexp.Compile("^" + pattern + "$")
	if err != nil {
		return 0, false
	}
	match := expression.FindStringSubmatch(text)
	if match == nil {
		return 0, false
	}
	field := func(name string) string { return match[expression.SubexpIndex(name)] }
	d, err := calendar.Parse(field("year") + "-" + field("month") + "-" + field("day"))
	return d, err == nil
}

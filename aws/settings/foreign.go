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
	Pipeline      string // its name; empty: there is none
	DateParameter string // the parameter that takes the date
	DateFormat    DateFormat
}

// IsZero reports whether there is none.
func (f Foreign) IsZero() bool { return f.Pipeline == "" }

// DateFormat says how a date is written: YYYY, MM and DD stand for the year, the
// month and the day, each once, and everything else for itself.
type DateFormat string

// ISODate is the format of dates everywhere else.
const ISODate DateFormat = "YYYY-MM-DD"

// Check returns an error that wraps [forecast.ErrInvalid] for a format that
// can't be read back.
func (f DateFormat) Check() error {
	for _, word := range []string{"YYYY", "MM", "DD"} {
		if strings.Count(string(f), word) != 1 {
			return fmt.Errorf("%w: date format %q must have YYYY, MM and DD once each, for example YYYYMMDD", forecast.ErrInvalid, string(f))
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
func (f DateFormat) Read(text string) (calendar.Date, bool) {
	if f.Check() != nil {
		return 0, false
	}
	pattern := strings.NewReplacer("YYYY", `(?P<year>\d{4})`, "MM", `(?P<month>\d{2})`, "DD", `(?P<day>\d{2})`).
		Replace(regexp.QuoteMeta(string(f)))
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

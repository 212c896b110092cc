package store

import (
	"fmt"
	"time"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// dateText scans a stored date; empty text is the zero date. It reads the ten
// digits itself: thousands of dates are read for one screen.
type dateText calendar.Date

// Scan implements sql.Scanner.
func (d *dateText) Scan(value any) error {
	text, ok := value.(string)
	if !ok {
		return fmt.Errorf("date is a %T", value)
	}
	if text == "" {
		*d = 0
		return nil
	}
	if len(text) != len(calendar.Layout) {
		return fmt.Errorf("date %q is not YYYY-MM-DD", text)
	}
	year, month, day := digits(text[0:4]), digits(text[5:7]), digits(text[8:10])
	if year < 0 || month < 1 || month > 12 || day < 1 || day > 31 {
		return fmt.Errorf("date %q is not YYYY-MM-DD", text)
	}
	*d = dateText(calendar.Of(year, time.Month(month), day))
	return nil
}

func digits(s string) int {
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// stored is the text of a date, empty for the zero date.
func stored(d calendar.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

package page

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/daybatch/daybatch/forecast/calendar"
)

// Latest is the word for the newest date of the pipeline.
const Latest = "latest"

// ReadDate reads a date as the command line does: YYYY-MM-DD, today, yesterday,
// latest, -N for N days ago; and MM-DD, the last one that was.
func (e *Env) ReadDate(word string) (calendar.Date, error) {
	today := calendar.In(e.Now, e.Home)
	switch word {
	case "today":
		return today, nil
	case "yesterday":
		return today - 1, nil
	case Latest:
		return e.Pipeline.Newest, nil
	}
	if ago, ok := strings.CutPrefix(strings.TrimPrefix(word, "today"), "-"); ok {
		if days, err := strconv.ParseUint(ago, 10, 16); err == nil {
			return today - calendar.Date(days), nil
		}
	}
	if date, err := calendar.Parse(word); err == nil {
		return date, nil
	}
	this, _, _ := today.Civil()
	for year := this; year > this-2; year-- {
		if date, err := calendar.Parse(fmt.Sprintf("%04d-%s", year, word)); err == nil && date <= today {
			return date, nil
		}
	}
	return 0, fmt.Errorf("%q is no date: write YYYY-MM-DD, MM-DD, today, yesterday, latest, or -N for N days ago", word)
}

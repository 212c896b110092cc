package store

import (
	"strconv"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// ExecutionID returns the id of attempt n of a date: 2026-01-15-a2. The id of
// attempt 0 is empty.
func ExecutionID(date calendar.Date, n int) forecast.ExecutionID {
	if n == 0 {
		return ""
	}
	return forecast.ExecutionID(date.String() + "-a" + strconv.Itoa(n))
}

// ParseExecutionID returns the date and the number in an id; ok is false if it
// is none.
func ParseExecutionID(id forecast.ExecutionID) (date calendar.Date, n int, ok bool) {
	day, number, found := strings.Cut(string(id), "-a")
	date, err := calendar.Parse(day)
	if err != nil || !found {
		return 0, 0, false
	}
	n, err = strconv.Atoi(number)
	return date, n, err == nil && n > 0 && ExecutionID(date, n) == id
}

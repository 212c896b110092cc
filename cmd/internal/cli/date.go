package cli

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// dateHelp says in help texts what a DATE may be.
const dateHelp = "DATE is YYYY-MM-DD, today, yesterday, latest (the newest date that is due), or\n" +
	"-N for N days before today."

// rangeHelp says the same where several dates may be named.
const rangeHelp = dateHelp + " FROM..TO is all dates of a range, both included."

// dates turns words into dates.
type dates struct {
	zone   *time.Location // the pipeline's
	today  calendar.Date  // there
	newest calendar.Date  // that is due
}

func datesOf(p forecast.Pipeline, now time.Time) (dates, error) {
	zone, err := forecast.Definition{Timezone: p.Timezone}.Zone()
	if err != nil {
		return dates{}, err //nolint:wrapcheck // it says all
	}
	return dates{today: calendar.In(now, zone), newest: p.Newest, zone: zone}, nil
}

// parse reads a DATE.
func (d dates) parse(word string) (calendar.Date, error) {
	switch word {
	case "today":
		return d.today, nil
	case "yesterday":
		return d.today - 1, nil
	case "latest":
		if d.newest.IsZero() {
			return 0, usagef("no date is due yet, so there is no latest one")
		}
		return d.newest, nil
	}
	if match := regexp.MustCompile(`^(?:today)?-(\d{1,6})$`).FindStringSubmatch(word); match != nil {
		days, err := strconv.Atoi(match[1])
		if err != nil {
			return 0, usagef("%q is no date", word)
		}
		return d.today - calendar.Date(days), nil
	}
	date, err := calendar.Parse(word)
	switch {
	case err != nil && strings.Contains(word, ".."):
		return 0, usagef("%q is no date, but a range of several, as `daybatch rerun` takes them", word)
	case err != nil:
		return 0, usagef("%q is no date: write YYYY-MM-DD, today, yesterday, latest, or -N for N days ago", word)
	}
	return date, nil
}

// parseAll reads several DATEs, and ranges of them.
func (d dates) parseAll(words []string) ([]calendar.Date, error) {
	all, err := calendar.Expand(words, d.parse)
	if err != nil && !errors.Is(err, forecast.ErrInvalid) {
		return nil, usagef("%s", err.Error())
	}
	return all, err //nolint:wrapcheck // it names the word
}

// span reads --from and --to; what is empty stays zero.
func (d dates) span(from, to string) (calendar.Range, error) {
	var r calendar.Range
	var err error
	if from != "" {
		if r.From, err = d.parse(from); err != nil {
			return r, err
		}
	}
	if to != "" {
		if r.To, err = d.parse(to); err != nil {
			return r, err
		}
	}
	if from != "" && to != "" && r.To < r.From {
		return r, usagef("--from %s is after --to %s", r.From, r.To)
	}
	return r, nil
}

// clock shows a time to people, in the pipeline's zone; a zero time is empty.
func (d dates) clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(d.zone).Format("2006-01-02 15:04:05 MST")
}

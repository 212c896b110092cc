package calendar

import (
	"fmt"
	"strings"
)

// longest is how many dates a range of words may have: more is a slip.
const longest = 10_000

// Expand reads words of which each is a date or a range FROM..TO of dates, both
// included. read reads one date. Each date comes once, in the order of the words, and
// those of a range oldest first.
func Expand(words []string, read func(word string) (Date, error)) ([]Date, error) {
	var all []Date
	seen := make(map[Date]bool)
	for _, word := range words {
		span, err := readRange(word, read)
		if err != nil {
			return nil, err
		}
		for date := range span.Dates() {
			if !seen[date] {
				seen[date] = true
				all = append(all, date)
			}
		}
	}
	return all, nil
}

func readRange(word string, read func(string) (Date, error)) (Range, error) {
	from, to, ranged := strings.Cut(word, "..")
	first, err := read(from)
	if err != nil || !ranged {
		return Range{first, first}, err
	}
	last, err := read(to)
	switch {
	case err != nil:
		return Range{}, err
	case last < first:
		return Range{}, fmt.Errorf("%s: %s is after %s", word, first, last)
	case (Range{first, last}).Len() > longest:
		return Range{}, fmt.Errorf("%s: more than %d dates", word, longest)
	}
	return Range{first, last}, nil
}

// Words writes dates as Expand reads them: of those that follow each other, in either
// direction, four or more are a range.
func Words(dates []Date) []string {
	const least = 4
	var words []string
	for at := 0; at < len(dates); {
		n := run(dates[at:])
		if n < least {
			words = append(words, dates[at].String())
			at++
			continue
		}
		from, to := dates[at], dates[at+n-1]
		words = append(words, min(from, to).String()+".."+max(from, to).String())
		at += n
	}
	return words
}

// run returns how many dates from the first on follow each other.
func run(dates []Date) int {
	n := 1
	if len(dates) < 2 {
		return n
	}
	by := dates[1] - dates[0]
	if by != 1 && by != -1 {
		return n
	}
	for n < len(dates) && dates[n] == dates[n-1]+by {
		n++
	}
	return n
}

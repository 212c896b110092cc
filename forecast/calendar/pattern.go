package calendar

import (
	"fmt"
	"strings"
)

// Pattern is how a date is written, in the letters of people: DD/MM/YYYY. The
// empty pattern says nothing.
type Pattern string

// Check refuses a pattern that does not have a day (DD), a month (MM) and a year
// (YYYY or YY), each once, with a separator between them.
func (p Pattern) Check() error {
	if p == "" {
		return nil
	}
	if _, err := p.strptime(); err != nil {
		return fmt.Errorf("%q is no form of a date: %w: write DD, MM and YYYY (or YY) with signs between them, for example DD/MM/YYYY", string(p), err)
	}
	return nil
}

// Strptime returns the pattern in the letters of strptime: %d/%m/%Y. It is empty
// if the pattern is, or is refused by Check.
func (p Pattern) Strptime() string {
	text, err := p.strptime()
	if err != nil {
		return ""
	}
	return text
}

func (p Pattern) strptime() (string, error) {
	var out strings.Builder
	seen := map[string]bool{}
	apart := true
	for rest := string(p); rest != ""; {
		word, letter, part := patternWord(rest)
		switch {
		case word == "" && !strings.ContainsRune("-/. ", rune(rest[0])):
			return "", fmt.Errorf("%q has no meaning in it", rest[:1])
		case word == "":
			out.WriteByte(rest[0])
			rest, apart = rest[1:], true
			continue
		case seen[part]:
			return "", fmt.Errorf("the %s stands in it twice", part)
		case !apart:
			return "", fmt.Errorf("nothing separates the %s from what is before it", part)
		}
		seen[part], apart = true, false
		out.WriteString(letter)
		rest = rest[len(word):]
	}
	for _, part := range []string{"day", "month", "year"} {
		if !seen[part] {
			return "", fmt.Errorf("it has no %s", part)
		}
	}
	return out.String(), nil
}

// patternWord returns the word that a text begins with, its letter of strptime and
// the part of a date that it stands for; empty if there is none.
func patternWord(text string) (word, letter, part string) {
	for _, known := range [][3]string{{"YYYY", "%Y", "year"}, {"YY", "%y", "year"}, {"MM", "%m", "month"}, {"DD", "%d", "day"}} {
		if strings.HasPrefix(text, known[0]) {
			return known[0], known[1], known[2]
		}
	}
	return "", "", ""
}

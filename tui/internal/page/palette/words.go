package palette

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// words are the arguments of a command as they are read: what stands alone, and
// the options --name VALUE or --name=VALUE.
type words struct {
	alone   []string
	options map[string]string
}

// split takes a line apart into words, as a shell does: what stands between quotes
// is of one word.
func split(line string) ([]string, error) {
	var found []string
	var word strings.Builder
	var quote rune // that is open; 0: none
	begun, escaped := false, false
	for _, r := range line {
		switch {
		case escaped || quote != 0 && r != quote:
			if escaped && !strings.ContainsRune(`'" `, r) {
				word.WriteRune('\\')
			}
			word.WriteRune(r)
			escaped = false
		case r == '\\':
			begun, escaped = true, true
		case r == quote:
			quote = 0
		case r == '\'' || r == '"':
			begun, quote = true, r
		case r != ' ':
			begun = true
			word.WriteRune(r)
		case begun:
			found, begun = append(found, word.String()), false
			word.Reset()
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("the quote %c has no end", quote)
	}
	if escaped {
		word.WriteRune('\\')
	}
	if begun {
		found = append(found, word.String())
	}
	return found, nil
}

// parse reads the words of a line after its command. Options are those that the
// command has; a flag needs no value.
func parse(line string, c command) (words, error) {
	w := words{options: make(map[string]string)}
	fields, err := split(line)
	if err != nil {
		return w, err
	}
	for at := 0; at < len(fields); at++ {
		name, value, given := strings.Cut(strings.TrimPrefix(fields[at], "--"), "=")
		if !strings.HasPrefix(fields[at], "--") {
			w.alone = append(w.alone, fields[at])
			continue
		}
		known := slices.IndexFunc(c.options, func(o option) bool { return o.name == name })
		switch {
		case name == dryRun && c.changes: // a plan or a question comes first anyway
			continue
		case known < 0:
			return w, fmt.Errorf("%s has no option --%s", c.name, name)
		case c.options[known].values == nil: // a flag
		case given:
		case at+1 < len(fields):
			at++
			value = fields[at]
		default:
			return w, fmt.Errorf("--%s wants a value", name)
		}
		w.options[name] = value
	}
	return w, nil
}

// reader reads the words of a command for its pipeline, until one is wrong.
type reader struct {
	env     *page.Env
	w       words
	columns []string // of the list of the page below
	// settings are those of the screen as they are now.
	settings map[page.Setting]string
	err      error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

// option returns the value of an option, and false if it is not given.
func (r *reader) option(name string) (string, bool) {
	value, ok := r.w.options[name]
	return value, ok
}

// next takes the first of the words that stand alone.
func (r *reader) next() (string, bool) {
	if len(r.w.alone) == 0 {
		return "", false
	}
	word := r.w.alone[0]
	r.w.alone = r.w.alone[1:]
	return word, true
}

// date takes a date; without one it is the one that the screen is about.
func (r *reader) date(around calendar.Date) calendar.Date {
	word, ok := r.next()
	if !ok {
		if around.IsZero() {
			r.fail("give a date: YYYY-MM-DD, today, yesterday, latest, or -N for N days ago")
		}
		return around
	}
	return r.read(word)
}

func (r *reader) read(word string) calendar.Date {
	date, err := r.env.ReadDate(word)
	if err != nil {
		r.fail("%w", err)
	}
	return date
}

// dates takes all words as dates, and as ranges of them.
func (r *reader) dates(around calendar.Date) []calendar.Date {
	if len(r.w.alone) == 0 {
		return []calendar.Date{r.date(around)}
	}
	all, err := calendar.Expand(r.w.alone, r.env.ReadDate)
	if err != nil {
		r.fail("%w", err)
	}
	r.w.alone = nil
	return all
}

// step reads the name of a step, in any case; a begin that no other step has is
// enough.
func (r *reader) step(word string) forecast.StepName {
	var found []forecast.StepName
	for _, step := range r.env.Pipeline.Steps {
		if strings.EqualFold(string(step), word) {
			return step
		}
		if strings.HasPrefix(strings.ToLower(string(step)), strings.ToLower(word)) {
			found = append(found, step)
		}
	}
	if len(found) != 1 {
		r.fail("%q is no step of %s", word, r.env.Pipeline.Name)
		return ""
	}
	return found[0]
}

// number reads an option that is a count; 0 if it is not given.
func (r *reader) number(name string) int {
	text, ok := r.option(name)
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		r.fail("--%s %q: must be a number from 1", name, text)
	}
	return n
}

// oneOf reads an option that is a word of several; without it the first.
func (r *reader) oneOf(name string, allowed []string) string {
	text, ok := r.option(name)
	if !ok {
		return allowed[0]
	}
	if !slices.Contains(allowed, text) {
		r.fail("--%s %q: must be %s", name, text, strings.Join(allowed, ", "))
	}
	return text
}

// end returns what was wrong, or that there are words too many.
func (r *reader) end() error {
	if word, ok := r.next(); ok {
		r.fail("%q is one word too many", word)
	}
	return r.err
}

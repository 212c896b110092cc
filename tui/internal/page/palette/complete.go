package palette

import (
	"slices"
	"strings"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui/internal/fuzzy"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// offered is how many dates are offered, newest first.
const offered = 60

// suggestion is a line of the list.
type suggestion struct {
	text string // what is typed by choosing it; for a key: nothing
	args string
	help string
	key  string // shown at the right
	// line is what enter runs; empty: text is taken over, as more has to follow.
	line string
	at   int // in the page's keys, from 1; 0: it is none
}

// suggest returns what may be meant by what is typed, best first.
func (p *Page) suggest(line string) []suggestion {
	line = strings.TrimPrefix(strings.TrimLeft(line, " "), "daybatch ")
	c, rest, ok := p.meantBy(line)
	head := c.name
	if !ok {
		head, _, _ = strings.Cut(line, " ")
	}
	if !strings.HasPrefix(line, head+" ") {
		return p.first(strings.TrimRight(line, " "))
	}
	if !ok {
		return p.first(strings.TrimSpace(line))
	}
	done, last := "", rest
	if at := strings.LastIndexByte(rest, ' '); at >= 0 {
		done, last = rest[:at], rest[at+1:]
	}
	before := head + " "
	if done != "" {
		before += done + " "
	}
	values := p.values(c, strings.Fields(done), last)
	if from, to, ok := strings.Cut(last, ".."); ok && c.ranges() {
		before, last = before+from+"..", to
		values = slices.DeleteFunc(values, func(value string) bool { return strings.HasPrefix(value, "--") })
	}
	var list []suggestion
	for _, value := range append(p.meant(values, last), matching(values, last)...) {
		line := before + value
		switch {
		case strings.HasPrefix(value, "--"):
			list = append(list, suggestion{text: line + " "})
			continue
		case strings.HasSuffix(value, "="): // its value follows
			list = append(list, suggestion{text: line})
			continue
		}
		one := suggestion{text: line + " ", line: line}
		if c.note != nil {
			one.help = c.note(p, c.alone(strings.Fields(done)), value)
		}
		list = append(list, one)
	}
	if done == "" {
		list = append(list, p.verbs(head+" "+last)...)
	}
	return list
}

// verbs offers the commands of two words that begin with what is typed.
func (p *Page) verbs(typed string) []suggestion {
	var list []suggestion
	for _, c := range p.commands {
		if strings.HasPrefix(c.name, typed) && (!c.changes || !p.env.ReadOnly) {
			list = append(list, p.byItself(c))
		}
	}
	return list
}

// meant returns the date that a word stands for, such as -3, if dates are among the
// values and it is not.
func (p *Page) meant(values []string, word string) []string {
	date, err := p.env.ReadDate(word)
	if err != nil || !slices.Contains(values, page.Latest) || slices.Contains(values, word) {
		return nil
	}
	return []string{date.String()}
}

// values returns what can stand in the place of the last word.
func (p *Page) values(c command, before []string, last string) []string {
	var names []string
	if len(before) > 0 {
		if o, ok := c.option(before[len(before)-1]); ok && o.values != nil {
			return o.values(p, c.alone(before[:len(before)-1]))
		}
	}
	given := strings.Join(before, " ")
	for _, o := range c.options {
		if !strings.Contains(given, "--"+o.name) {
			names = append(names, "--"+o.name)
		}
	}
	if alone := c.alone(before); c.values != nil && !strings.HasPrefix(last, "--") && !c.full(alone) {
		return append(c.values(p, alone), names...)
	}
	return names
}

// ranges reports whether the words of a command may be ranges of dates.
func (c command) ranges() bool { return strings.Contains(c.args, "FROM..TO") }

// full reports whether a command takes no more words than these.
func (c command) full(words []string) bool {
	return !strings.Contains(c.args, "...") && len(words) >= len(strings.Fields(c.args))
}

// option returns the option that a word is.
func (c command) option(word string) (option, bool) {
	name, is := strings.CutPrefix(word, "--")
	at := slices.IndexFunc(c.options, func(o option) bool { return is && o.name == name })
	if at < 0 {
		return option{}, false
	}
	return c.options[at], true
}

// alone returns the words that are no options, and no values of those.
func (c command) alone(words []string) []string {
	var alone []string
	for at := 0; at < len(words); at++ {
		if !strings.HasPrefix(words[at], "--") {
			alone = append(alone, words[at])
		} else if o, ok := c.option(words[at]); ok && o.values != nil {
			at++
		}
	}
	return alone
}

// matching returns the values that begin with what was typed, or else those
// that contain it.
func matching(values []string, typed string) []string {
	typed = strings.ToLower(typed)
	var begin, inside []string
	for _, value := range values {
		switch lower := strings.ToLower(value); {
		case strings.HasPrefix(lower, typed):
			begin = append(begin, value)
		case strings.Contains(lower, typed):
			inside = append(inside, value)
		}
	}
	return append(begin, inside...)
}

// first returns what the first word can be: with nothing typed what was run
// last, then what this page does, then the commands; else the best first.
func (p *Page) first(typed string) []suggestion {
	var all []suggestion
	if typed == "" {
		for _, line := range p.recent {
			all = append(all, suggestion{text: line, line: line, help: "again"})
		}
	}
	for _, c := range p.commands {
		if c.changes && p.env.ReadOnly {
			continue
		}
		all = append(all, p.byItself(c))
	}
	for at, binding := range p.keys {
		if binding.Help != "" {
			all = append(all, suggestion{help: binding.Help, key: binding.Shown(), at: at + 1})
		}
	}
	found := fuzzy.Sort(all, typed, func(s suggestion) string { return strings.TrimSpace(s.text + " " + s.help) })
	if typed == "" {
		return found
	}
	meant := ""
	if date, err := p.env.ReadDate(typed); err == nil {
		meant = date.String()
		found = append(p.about(date), found...)
	}
	for _, date := range matching(p.dates(), typed) {
		if date != meant {
			found = append(found, suggestion{text: date, line: date, help: openDay})
		}
	}
	return found
}

// byItself offers a command, to run as it is if it needs no more than there is.
func (p *Page) byItself(c command) suggestion {
	one := suggestion{text: c.name + " ", args: c.args, help: c.help, line: c.name}
	if c.args != "" && (p.around.IsZero() || !strings.HasPrefix(c.args, "[")) {
		one.line = ""
	}
	return one
}

// openDay is what a date by itself does.
const openDay = "open the day"

// about returns what can be done with a date that was typed by itself.
func (p *Page) about(date calendar.Date) []suggestion {
	text := date.String()
	list := []suggestion{{text: text, line: text, help: openDay}}
	pipeline := p.env.Pipeline
	if date < pipeline.Start || date > pipeline.Newest {
		return list
	}
	list = append(list, suggestion{text: "logs " + text, line: "logs " + text, help: "its log"})
	if !p.env.ReadOnly {
		list = append(list, suggestion{text: "rerun " + text, line: "rerun " + text, help: "repeat it; shows a plan first"})
	}
	return list
}

// dates returns the dates that are offered, the one that the screen is about
// first.
func (p *Page) dates() []string {
	newest := p.env.Pipeline.Newest
	if newest.IsZero() {
		return nil
	}
	var dates []string
	if !p.around.IsZero() {
		dates = append(dates, p.around.String())
	}
	for date := newest; date > newest-offered && date >= p.env.Pipeline.Start; date-- {
		if date != p.around {
			dates = append(dates, date.String())
		}
	}
	return dates
}

func dateWords(p *Page, _ []string) []string {
	return append(p.dates(), "today", "yesterday", page.Latest)
}

func datesOnly(p *Page, _ []string) []string { return dateWords(p, nil) }

func logWords(p *Page, before []string) []string {
	var steps []string
	for _, step := range p.env.Pipeline.Steps {
		steps = append(steps, string(step))
	}
	switch {
	case len(before) == 0:
		return append(dateWords(p, nil), steps...)
	case len(before) > 1 || slices.Contains(steps, before[0]):
		return nil // both are given
	default:
		return steps
	}
}

// steps offers the steps.
func steps(p *Page, _ []string) []string { return logWords(p, []string{page.Latest}) }

// savedPlans offers the plans that were kept for later.
func savedPlans(p *Page, before []string) []string {
	ids := make([]string, len(p.saved))
	for i, id := range p.saved {
		ids[i] = string(id)
	}
	return first(ids...)(p, before)
}

// fixed offers words.
func fixed(words ...string) func(*Page, []string) []string {
	return func(*Page, []string) []string { return words }
}

// none offers nothing: a number is typed.
func none(*Page, []string) []string { return []string{} }

// first offers words in the first place.
func first(words ...string) func(*Page, []string) []string {
	return func(_ *Page, before []string) []string {
		if len(before) > 0 {
			return nil
		}
		return words
	}
}

// weekday says which day of the week a line's date is.
func weekday(line string) string {
	fields := strings.Fields(line)
	if len(fields) == 0 {
		return ""
	}
	date, err := calendar.Parse(fields[len(fields)-1])
	if err != nil {
		return ""
	}
	return page.Weekday(date)[:3]
}

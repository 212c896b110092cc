package config

import (
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/alert"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// unknown says that a word is none of those that are known.
func unknown(what, word string, known []string) error {
	if near := Nearest(strings.ToLower(word), known); near != "" {
		return fmt.Errorf("%w: %s %q is not known; did you mean %s?", forecast.ErrInvalid, what, word, near)
	}
	return fmt.Errorf("%w: %s %q is not known; there are %s", forecast.ErrInvalid, what, word, strings.Join(known, ", "))
}

// oneOf reads one of the words.
func (v value) oneOf(words ...string) string {
	text := v.text()
	if text != "" && !slices.Contains(words, text) {
		if near := Nearest(text, words); near != "" {
			v.fail("is %q; did you mean %s?", text, near)
		} else {
			v.fail("is %q, must be %s", text, strings.Join(words, " or "))
		}
	}
	return text
}

// IsPipeline reports whether text may name a pipeline: letters and digits with
// single hyphens between them, at most 80.
func IsPipeline(text string) bool {
	return len(text) <= 80 && regexp.MustCompile(`^[A-Za-z0-9](-?[A-Za-z0-9])*$`).MatchString(text)
}

// name reads the name of a pipeline.
func (v value) name() string {
	text := v.text()
	if text != "" && !IsPipeline(text) {
		v.fail("%q must be letters and digits with single hyphens between them, at most 80", text)
	}
	return text
}

// table reads the name of a table or view.
func (v value) table() string {
	text := v.text()
	if text != "" && !isTable(text) {
		v.fail("%q must be lower-case letters, digits and underscores and begin with a letter, at most 63", text)
	}
	return text
}

func isTable(text string) bool {
	return regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`).MatchString(text)
}

// zone reads the name of a time zone. Local is none: it differs by machine.
func (v value) zone() string {
	text := v.text()
	if _, err := time.LoadLocation(text); err != nil || text == "Local" {
		v.fail("%q is not a time zone; write an IANA name such as Asia/Tokyo or UTC", text)
		return "UTC"
	}
	return text
}

// schedule reads an expression that makes dates due.
func (v value) schedule() string {
	text := v.text()
	if text == "" {
		return ""
	}
	if _, err := calendar.ParseSchedule(text); err != nil {
		v.fail("%s", err.Error())
	}
	return text
}

// clock reads a clock time, HH:MM.
func (v value) clock() string {
	text := v.text()
	if _, err := time.Parse("15:04", text); text != "" && err != nil {
		v.fail("is %q, must be a clock time such as 09:00", text)
	}
	return text
}

// files reads the views over source files.
func (v value) files() map[string]string {
	files := map[string]string{}
	for _, e := range v.entries() {
		if !isTable(e.name) {
			e.at.fail("%q can't be a view's name: use lower-case letters, digits and underscores", e.name)
		}
		pattern := e.text()
		if _, err := filepath.Match(pattern, ""); err != nil {
			e.fail("%q is not a pattern of file names: %s", pattern, err.Error())
		}
		files[e.name] = pattern
	}
	return files
}

// season reads seasonal periods in ascending order. They are used in whole days,
// so two that round to the same one are refused as well.
func (v value) season() []float64 {
	periods := []float64{}
	for _, item := range v.list() {
		reported := len(*v.reports)
		period := item.number(2, maxHistory)
		if n := len(periods); n > 0 && len(*v.reports) == reported && math.Round(period) <= math.Round(periods[n-1]) {
			item.fail("seasons must ascend by whole days: %v comes after %v", period, periods[n-1])
		}
		periods = append(periods, period)
	}
	return periods
}

// country reads a country whose holidays are known.
func (v value) country() string {
	text := v.text()
	if text == "" {
		return ""
	}
	if _, err := calendar.HolidaysFor(text); err != nil {
		v.fail("%s", err.Error())
	}
	return text
}

// weekdays reads names of weekdays, whole or their first three letters.
func (v value) weekdays() []time.Weekday {
	var days []time.Weekday
	for _, item := range v.list() {
		text := item.text()
		i := slices.IndexFunc(weekdayNames(), func(name string) bool {
			return strings.EqualFold(text, name) || strings.EqualFold(text, name[:3])
		})
		switch {
		case i < 0:
			item.fail("is %q, must be a weekday: %s", text, strings.Join(weekdayNames(), ", "))
		case slices.Contains(days, time.Weekday(i)):
			item.fail("%s is there twice", weekdayNames()[i])
		default:
			days = append(days, time.Weekday(i))
		}
	}
	if len(days) == len(weekdayNames()) {
		v.fail("no day of the week is left")
	}
	return days
}

func weekdayNames() []string {
	names := make([]string, 7)
	for day := range names {
		names[day] = time.Weekday(day).String()
	}
	return names
}

// dates reads a list of dates.
func (v value) dates() []calendar.Date {
	var dates []calendar.Date
	for _, item := range v.list() {
		dates = append(dates, item.date())
	}
	return dates
}

// levels reads percentages in ascending order.
func (v value) levels() []int {
	var levels []int
	for _, item := range v.list() {
		level := item.integer(1, 99)
		if n := len(levels); n > 0 && level <= levels[n-1] {
			item.fail("levels must ascend: %d comes after %d", level, levels[n-1])
		}
		levels = append(levels, level)
	}
	if len(levels) == 0 {
		v.fail("needs at least one level, for example [80, 95]")
	}
	return levels
}

// specialDays reads the project's own days into its settings. Columns are those that
// identify a series.
func (v value) specialDays(to *forecast.Settings, columns []string) {
	to.Days = map[calendar.Date]string{}
	if _, ok := v.resolve().(*ast.SequenceNode); !ok {
		v.wants("a list of {date, class} or {from, to, class}, each with series: {column: value} if not all series are meant")
		return
	}
	for _, item := range v.list() {
		days := item.specialDay(columns)
		if days.Series != nil {
			to.SeriesDays = append(to.SeriesDays, days)
			continue
		}
		for d := range days.Dates.Dates() {
			to.Days[d] = days.Class
		}
	}
}

func (v value) specialDay(columns []string) forecast.SeriesDays {
	var days forecast.SeriesDays
	period := &days.Dates
	for _, e := range v.entries() {
		switch e.name {
		case "date":
			period.From = e.date()
			period.To = period.From
		case "from":
			period.From = e.date()
		case "to":
			period.To = e.date()
		case "class":
			days.Class = e.text()
		case "series":
			days.Series = e.seriesValues(columns)
		default:
			e.at.unknownKey([]string{"date", "from", "to", "class", "series"})
		}
	}
	switch {
	case period.From.IsZero() || period.To.IsZero() || days.Class == "":
		v.fail("needs a date, or from and to, and a class such as promotion")
		*period = calendar.Range{From: 1}
	case period.To < period.From:
		v.fail("from %s is after to %s", period.From, period.To)
	case period.To-period.From > widest:
		v.fail("has %s; that is no special time", *period)
		*period = calendar.Range{From: 1}
	}
	return days
}

// seriesValues reads a mapping of the columns that identify a series to one value or
// several.
func (v value) seriesValues(columns []string) map[string][]string {
	if len(columns) == 0 {
		v.fail("the data is one series, as source.series has no columns: leave the key out")
		return nil
	}
	entries := v.entries()
	if v.isMapping() && len(entries) == 0 {
		v.fail("needs a column of source.series and its values, for example {%s: [...]}; leave the key out if all series are meant", columns[0])
	}
	values := map[string][]string{}
	for _, e := range entries {
		if !slices.Contains(columns, e.name) {
			e.at.unknownKey(columns)
			continue
		}
		if values[e.name] = e.texts(); len(values[e.name]) == 0 {
			e.fail("needs a value")
		}
	}
	return values
}

func (v value) unknownKey(known []string) {
	text := v.node.GetToken().Value
	if near := Nearest(text, known); near != "" {
		v.fail("unknown key; did you mean %s?", near)
		return
	}
	v.fail("unknown key; there are %s", strings.Join(known, ", "))
}

// steps reads the options of steps.
func (v value) steps() map[forecast.StepName]forecast.StepOptions {
	steps := map[forecast.StepName]forecast.StepOptions{}
	for _, e := range v.entries() {
		name, ok := e.stepOf()
		if !ok {
			continue
		}
		if _, twice := steps[name]; twice {
			e.at.fail("%s is there twice", name)
		}
		steps[name] = e.stepOptions()
	}
	if len(steps) == 0 {
		return nil
	}
	return steps
}

// stepOf reads the step that a key names, and reports one that is none.
func (e entry) stepOf() (forecast.StepName, bool) {
	name, ok := stepName(e.name, forecast.StepNames())
	if !ok {
		var known []string
		for _, step := range forecast.StepNames() {
			known = append(known, strings.ToLower(string(step)))
		}
		e.at.unknownKey(known)
	}
	return name, ok
}

func (v value) stepOptions() forecast.StepOptions {
	var options forecast.StepOptions
	for _, e := range v.entries() {
		switch e.name {
		case "command":
			options.Command = e.command()
		case "timeout":
			options.Timeout = e.duration()
		case "retries":
			options.Retries = e.integer(0, 20)
		case "backoff":
			options.Backoff = e.duration()
		case "memory":
			options.Memory = e.memory()
		default:
			e.at.unknownKey([]string{"command", "timeout", "retries", "backoff", "memory"})
		}
	}
	return options
}

// command reads a program and its arguments. A single text is refused, because
// no shell will split it.
func (v value) command() []string {
	if _, ok := v.resolve().(*ast.SequenceNode); !ok {
		v.fail("is %s, must be a list of the program and its arguments, for example [python, train.py]", kind(v.resolve()))
		return nil
	}
	var words []string
	for i, item := range v.list() {
		word, ok := scalar(item.resolve())
		switch {
		case !ok:
			item.wants("text")
		case i == 0 && strings.TrimSpace(word) == "":
			item.fail("is empty: name the program")
		}
		words = append(words, word)
	}
	if len(words) == 0 {
		v.fail("is empty: name the program, or leave the key out for the built-in step")
	}
	return words
}

// notify reads who is told what: for each event a list of addresses and commands.
func (v value) notify(environ map[string]string) map[alert.Kind][]alert.Channel {
	var kinds []string
	for _, kind := range alert.Kinds() {
		kinds = append(kinds, string(kind))
	}
	channels := map[alert.Kind][]alert.Channel{}
	for _, e := range v.entries() {
		if !slices.Contains(kinds, e.name) {
			e.at.unknownKey(kinds)
			continue
		}
		for i, item := range e.items() {
			channel := item.channel(environ)
			channel.Name = fmt.Sprintf("%s[%d]", e.key, i)
			channels[alert.Kind(e.name)] = append(channels[alert.Kind(e.name)], channel)
		}
	}
	return channels
}

// items reads a list, in which a single item may stand for itself.
func (v value) items() []value {
	if _, ok := v.resolve().(*ast.SequenceNode); ok {
		return v.list()
	}
	return []value{v}
}

// refresh reads what brings a dashboard up to date.
func (v value) refresh(environ map[string]string) *alert.Channel {
	channel := v.channel(environ)
	channel.Name = v.key
	return &channel
}

// channel reads an address, or {command: [...]}.
func (v value) channel(environ map[string]string) alert.Channel {
	if _, ok := v.resolve().(*ast.MappingNode); ok {
		return v.hook(environ)
	}
	return v.address(environ)
}

// hook reads {command: [...]} or {webhook: URL}.
func (v value) hook(environ map[string]string) alert.Channel {
	var channel alert.Channel
	for _, e := range v.entries() {
		switch e.name {
		case "command":
			channel.Command = e.argv()
		case "webhook":
			channel.URL, channel.Lacks = e.expand(environ)
			if !strings.HasPrefix(channel.URL, "http://") && !strings.HasPrefix(channel.URL, "https://") && channel.Lacks == "" {
				e.fail("must be an http:// or https:// address")
			}
		default:
			e.at.unknownKey([]string{"command", "webhook"})
		}
	}
	if len(channel.Command) == 0 && channel.URL == "" && channel.Lacks == "" {
		v.fail("names neither a command nor a webhook")
	}
	return channel
}

// argv reads a command with its arguments.
func (v value) argv() []string {
	var argv []string
	for _, item := range v.list() {
		argv = append(argv, item.text())
	}
	if len(argv) == 0 {
		v.fail("is empty: give the program and its arguments")
	}
	return argv
}

// address reads the address of a service as shoutrrr writes it, or of a webhook.
func (v value) address(environ map[string]string) alert.Channel {
	text, lacks := v.expand(environ)
	if !strings.Contains(text, "://") && lacks == "" {
		v.fail("must be an address such as slack://..., smtp://... or https://..., or {command: [...]}")
	}
	return alert.Channel{URL: text, Lacks: lacks}
}

// expand reads a text and puts the values of variables in the place of ${NAME}.
// It returns the first one that is not set: another process may have it.
func (v value) expand(environ map[string]string) (text, lacks string) {
	text = regexp.MustCompile(`\$\{([^}]*)\}`).ReplaceAllStringFunc(v.text(), func(match string) string {
		name := match[2 : len(match)-1]
		value, ok := environ[name]
		if !ok && lacks == "" {
			lacks = name
		}
		return value
	})
	return text, lacks
}

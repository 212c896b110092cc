package cli

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"time"
	"unicode"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/loglevel"
)

// newPick returns what decides whether a line is shown. It is asked about every
// line of the log, in order.
func newPick(opts logsOptions) (func(forecast.LogLine) bool, error) {
	least := loglevel.None
	if opts.level != "" {
		var err error
		if least, err = loglevel.Parse(opts.level); err != nil {
			return nil, usagef("--level: %s", err.Error())
		}
	}
	if opts.not && opts.grep == "" {
		return nil, usagef("--invert: say with --grep what the lines are not to match")
	}
	pattern := opts.grep
	if !strings.ContainsFunc(pattern, unicode.IsUpper) {
		pattern = "(?i)" + pattern
	}
	find, err := regexp.Compile(pattern)
	if wrong, ok := errors.AsType[*syntax.Error](err); ok { // of what the person wrote
		return nil, usagef("--grep %q: %s: %s", opts.grep, wrong.Code, strings.TrimPrefix(wrong.Expr, "(?i)"))
	}
	if err != nil {
		return nil, usagef("--grep %q: %s", opts.grep, err.Error())
	}
	type process struct {
		step   forecast.StepName
		stream string
	}
	ranks := make(map[process]loglevel.Level)
	return func(line forecast.LogLine) bool {
		from := process{line.Step, line.Stream}
		rank, ok := ranks[from]
		if own := loglevel.Of(line.Text); own != loglevel.None {
			rank = own
		} else if !ok {
			rank = loglevel.Info
		}
		ranks[from] = rank
		return rank >= least && find.MatchString(line.Text) != opts.not
	}, nil
}

// Forms of what stands before a line.
const (
	stampTime    = "time"
	stampFull    = "full"
	stampElapsed = "elapsed"
	stampNone    = "none"
)

// lineHead returns what stands before a line.
type lineHead func(of attemptOf, at time.Time) string

// attemptOf says of which log a line is; the zero attemptOf is that of the only one.
type attemptOf struct {
	date   calendar.Date
	number int
}

// newLineHead returns a form. Elapsed time begins with the first line shown of each
// log: one after another may have been written before it.
func newLineHead(form string) (lineHead, error) {
	switch form {
	case stampTime:
		return func(_ attemptOf, at time.Time) string { return at.Format("15:04:05.000  ") }, nil
	case stampFull:
		return func(_ attemptOf, at time.Time) string { return at.Format("2006-01-02T15:04:05.000Z07:00  ") }, nil
	case stampElapsed:
		var first time.Time
		var last attemptOf
		return func(of attemptOf, at time.Time) string {
			if first.IsZero() || of != last {
				first, last = at, of
			}
			since := max(0, at.Sub(first))
			return fmt.Sprintf("+%02d:%02d:%06.3f  ", int(since.Hours()), int(since.Minutes())%60, (since % time.Minute).Seconds())
		}, nil
	case stampNone:
		return func(attemptOf, time.Time) string { return "" }, nil
	default:
		return nil, usagef("--timestamps %q: write time, full, elapsed or none", form)
	}
}

// team remembers from which processes the lines of a step come.
type team map[teamStep]teamOf

// teamStep is a step of an attempt; teamOf says what is known of its processes.
type (
	teamStep struct {
		attemptOf
		step forecast.StepName
	}
	teamOf struct {
		first   string // the process of its first line, in short
		several bool   // there are others
	}
)

// saw takes note of lines.
func (t team) saw(of attemptOf, lines []forecast.LogLine) {
	for _, line := range lines {
		at, name := teamStep{of, line.Step}, forecast.ProcessName(line.Stream)
		known, ok := t[at]
		switch {
		case !ok:
			t[at] = teamOf{first: name}
		case known.first != name && !known.several:
			t[at] = teamOf{first: known.first, several: true}
		}
	}
}

// name returns the process of a line in short, empty as long as its step is known
// to have one alone.
func (t team) name(of attemptOf, line forecast.LogLine) string {
	if !t[teamStep{of, line.Step}].several {
		return ""
	}
	return forecast.ProcessName(line.Stream)
}

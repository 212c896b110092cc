package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/logsearch"
)

// runFindLogs looks for lines in the logs of many days.
func runFindLogs(ctx context.Context, opts logsOptions, head lineHead) error {
	switch {
	case opts.grep == "" && opts.level == "":
		return usagef("--from, --to and --last look for lines in many logs: say with --grep or --level for which")
	case len(opts.args) > 0 || opts.follow || opts.attempt != 0:
		return usagef("--from, --to and --last are about many days: leave out DATE, --attempt and --follow")
	case opts.last < 0:
		return usagef("--last %d: give a number of dates", opts.last)
	case opts.from != "" && opts.last != 0:
		return usagef("--from and --last both say where the range begins: leave one out")
	}
	return opts.app.with(ctx, reading, func(s *session) error {
		step, err := s.stepNamed(opts.step)
		if err != nil {
			return err
		}
		days, err := s.searched(opts)
		if err != nil {
			return err
		}
		form := lineForm{head: head, named: step == "", dated: true, team: make(team)}
		write, err := s.logWriter(form)
		if err != nil {
			return err
		}
		return s.findLogs(ctx, opts, logsearch.Query{Range: days, Step: step}, form.team, write)
	})
}

// searched returns the dates whose logs are looked at.
func (s *session) searched(opts logsOptions) (calendar.Range, error) {
	days, err := s.dates.span(opts.from, opts.to)
	if err != nil {
		return days, err
	}
	if days.To.IsZero() {
		if days.To = s.pipeline.Newest; days.To.IsZero() {
			return days, usagef("no date is due yet, so that there is no log")
		}
	}
	switch {
	case opts.last > 0:
		days.From = max(s.pipeline.Start, days.To-calendar.Date(opts.last-1))
	case days.From.IsZero():
		days.From = s.pipeline.Start
	}
	if days.From > days.To {
		return days, usagef("the dates begin on %s, after their end on %s", days.From, days.To)
	}
	return days, nil
}

// findLogs writes the lines as they are found, day by day, and says on stderr what
// could not be searched.
func (s *session) findLogs(ctx context.Context, opts logsOptions, query logsearch.Query, seen team, write func(foundLine) error) error {
	const parallel = 4 // days that are read at a time
	query.Parallel = parallel
	query.New = func() logsearch.Find {
		pick, err := newPick(opts)
		return func(line forecast.LogLine) int {
			if err != nil || !pick(line) { // the options were looked at before
				return -1
			}
			return 0
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var (
		said    unsearched
		written error
	)
	query.Each = func(date calendar.Date, attempt int, lines []forecast.LogLine) {
		if err := writeFound(attemptOf{date, attempt}, lines, seen, write); err != nil {
			written = err
			cancel()
		}
	}
	err := logsearch.Search(ctx, s.engine, query, func(day logsearch.Day, _ int) { said.take(day) })
	if written != nil {
		return fmt.Errorf("write log: %w", written)
	}
	s.app.warn(said.notes())
	if err == nil && said.partly {
		return statusError(exitPartly)
	}
	return err //nolint:wrapcheck // it says all
}

// writeFound writes some lines of the log of an attempt.
func writeFound(of attemptOf, lines []forecast.LogLine, seen team, write func(foundLine) error) error {
	seen.saw(of, lines)
	for _, line := range lines {
		if err := write(foundLine{Date: of.date, Attempt: of.number, LogLine: line}); err != nil {
			return err
		}
	}
	return nil
}

// unsearched is what of many days could not be searched.
type unsearched struct {
	never  []string // dates that nobody has run
	others []string
	partly bool // some could not be read
}

func (u *unsearched) take(day logsearch.Day) {
	if len(day.Attempts) == 0 && day.Err == nil {
		u.never = append(u.never, day.Date.String())
	}
	for _, attempt := range day.Attempts {
		if len(attempt.Silent) > 0 {
			u.others = append(u.others, fmt.Sprintf("%s attempt %d: no line of %s: it wrote none, or its log was removed",
				day.Date, attempt.Attempt, joinSteps(attempt.Silent)))
		}
	}
	if day.Err != nil {
		u.partly = true
		u.others = append(u.others, fmt.Sprintf("%s was not read: %s", day.Date, day.Err.Error()))
	}
}

func (u *unsearched) notes() []string {
	if len(u.never) == 0 {
		return u.others
	}
	return append(u.others, "nobody has run "+strings.Join(u.never, ", ")+": no log")
}

func joinSteps(steps []forecast.StepName) string {
	names := make([]string, len(steps))
	for i, step := range steps {
		names[i] = string(step)
	}
	return strings.Join(names, ", ")
}

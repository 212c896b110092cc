package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/scrub"
)

// diagnoseOptions are those of the verb diagnose.
type diagnoseOptions struct {
	app   *app
	args  []string
	lines int
}

func newDiagnose(a *app) *cobra.Command {
	opts := diagnoseOptions{app: a}
	cmd := &cobra.Command{
		Use:   "diagnose [DATE]",
		Short: "Say what is wrong with a date, and what to do",
		Long: `Say in one go what is wrong with a date: the step that failed, the reason in full,
the end of that step's log, where the console of AWS shows it, and the commands
that help. Without DATE it is the newest of the last 30 dates that needs a person.

` + dateHelp,
		Example: `  daybatch diagnose
  daybatch diagnose 2026-01-15 --lines 100
  daybatch diagnose -o json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.args = args
			return runDiagnose(cmd.Context(), opts)
		},
	}
	cmd.Flags().IntVar(&opts.lines, "lines", 20, "most lines of the log, the last ones; 0: none")
	return cmd
}

// diagnosis is what is known of a date that may need a person.
type diagnosis struct {
	Date      calendar.Date        `json:"date"`
	State     forecast.DayState    `json:"state"`
	Flags     []string             `json:"flags"`
	Attempt   int                  `json:"attempt"` // 0: there is none
	Execution forecast.ExecutionID `json:"execution"`
	Step      forecast.StepName    `json:"step"` // that failed; empty: none did
	Reason    forecast.Reason      `json:"reason"`
	Log       []forecast.LogLine   `json:"log"` // the last lines of the step's log
	Lines     int                  `json:"log_lines"`
	Console   string               `json:"console"`
	Next      []remedy             `json:"next"`
}

// remedy is a command that helps, and for what.
type remedy struct {
	Command string `json:"command"`
	Why     string `json:"why"`
}

func runDiagnose(ctx context.Context, opts diagnoseOptions) error {
	if opts.lines < 0 {
		return usagef("--lines %d: give a number of lines, or 0", opts.lines)
	}
	return opts.app.with(ctx, reading, func(s *session) error {
		day, ok, err := s.patient(ctx, opts.args)
		if err != nil {
			return err
		}
		if !ok {
			return opts.app.print(listing{empty: "none of the last 30 dates needs a person", items: []diagnosis{}, fields: diagnosisFields()})
		}
		d, warnings := s.diagnose(ctx, day, opts.lines)
		return opts.app.print(s.diagnosisListing(day, d, warnings))
	})
}

// patient returns the day that is looked at: the one that was named, else the
// newest that needs a person; not ok: none does.
func (s *session) patient(ctx context.Context, args []string) (day forecast.Day, ok bool, err error) {
	if len(args) > 0 {
		date, err := s.date(args)
		if err != nil {
			return forecast.Day{}, false, err
		}
		day, err = s.day(ctx, date)
		return day, err == nil, err
	}
	days, err := s.engine.Days(ctx, forecast.DayQuery{})
	if err != nil {
		return forecast.Day{}, false, doing("read days", err)
	}
	for _, day := range days {
		if day.State.Bad() {
			return day, true, nil
		}
	}
	return forecast.Day{}, false, nil
}

// diagnose finds out what can be found out; what can't is a warning.
func (s *session) diagnose(ctx context.Context, day forecast.Day, lines int) (d diagnosis, warnings []string) {
	d = diagnosis{
		Date: day.Date, State: day.State, Flags: flagsOf(day), Attempt: day.Last.Attempt, Execution: day.Last.ID,
		Reason: day.Reason, Log: []forecast.LogLine{}, Next: remedies(day),
	}
	step, failed := day.FailedStep()
	d.Step = step.Name
	if d.Reason.Text == "" {
		d.Reason = step.Reason
	}
	if day.Last.ID == "" {
		return d, nil
	}
	if lines > 0 && failed {
		var err error
		if d.Log, d.Lines, err = s.tail(ctx, forecast.LogQuery{Execution: day.Last.ID, Step: step.Name}, lines); err != nil {
			warnings = append(warnings, "the log can't be read: "+err.Error())
		}
	}
	if linker, ok := s.engine.(forecast.Linker); ok {
		link, err := linker.Link(ctx, forecast.LinkQuery{Kind: forecast.LinkStep, Date: day.Date, Step: step.Name})
		if err == nil {
			d.Console = link.URL
		} else if !errors.Is(err, forecast.ErrNotFound) && !errors.Is(err, forecast.ErrUnsupported) {
			warnings = append(warnings, err.Error())
		}
	}
	return d, warnings
}

// tail reads a log to its end, and returns its last lines and how many it has.
func (s *session) tail(ctx context.Context, query forecast.LogQuery, most int) (last []forecast.LogLine, all int, err error) {
	last = []forecast.LogLine{}
	stream, err := s.engine.Logs(ctx, query)
	if err != nil {
		return last, 0, err //nolint:wrapcheck // the caller says what is read
	}
	defer func() { _ = stream.Close() }()
	for {
		lines, err := stream.Next(ctx)
		if errors.Is(err, io.EOF) {
			return last, all, nil
		}
		if err != nil {
			return last, all, err //nolint:wrapcheck // as above
		}
		all += len(lines)
		last = append(last, lines...)
		last = append([]forecast.LogLine{}, last[max(0, len(last)-most):]...)
		for i := range last {
			last[i].Text = scrub.Line(last[i].Text)
		}
	}
}

// remedies returns the commands that help a day, what is tried first first.
func remedies(day forecast.Day) []remedy {
	date := day.Date.String()
	run := remedy{"daybatch run " + date, "makes it"}
	again := remedy{"daybatch rerun " + date, "repeats it from the step that failed"}
	whole := remedy{"daybatch rerun --whole " + date, "repeats all of it, with the data as it is now"}
	fallback := remedy{"daybatch fallback " + date, "fills it with the last good forecast meanwhile"}
	metrics := remedy{"daybatch metrics " + date, "shows what the gate saw, and which series it is"}
	var next []remedy
	switch day.State {
	case forecast.DayMissing:
		next = []remedy{run, fallback}
	case forecast.DayWaiting:
		next = []remedy{{"daybatch run " + date, "looks again for rows, which a schedule does by itself"}, fallback}
	case forecast.DayGated:
		next = []remedy{metrics, whole, fallback}
	case forecast.DayFailed, forecast.DayStopped:
		next = []remedy{again, fallback}
		if slices.Contains([]forecast.ReasonClass{forecast.ReasonData, forecast.ReasonConfig, forecast.ReasonRefused}, day.Reason.Class) {
			next = []remedy{whole, fallback} // once the cause is mended
		}
	case forecast.DayUnknown:
		next = []remedy{{"daybatch doctor --mend", "records that its process is gone"}, again}
	case forecast.DayRunning, forecast.DayStopping:
		return []remedy{{"daybatch logs -f " + date, "follows it"}, {"daybatch stop " + date, "ends it"}}
	case forecast.DaySucceeded:
		if day.Stale {
			next = []remedy{whole}
		}
		return next
	default:
		return nil
	}
	if !day.Fallback().IsZero() { // it is filled already
		next = withoutRemedy(next, fallback)
	}
	return next
}

func withoutRemedy(all []remedy, away remedy) []remedy {
	var kept []remedy
	for _, r := range all {
		if r != away {
			kept = append(kept, r)
		}
	}
	return kept
}

func diagnosisFields() []string {
	return []string{"date", "state", "flags", "attempt", "execution", "step", "reason_class", "reason", "log_lines", "console", "next"}
}

// diagnosisListing shows a diagnosis as text, as JSON with the lines of the log,
// and as a row of CSV without them.
func (s *session) diagnosisListing(day forecast.Day, d diagnosis, warnings []string) listing {
	const indent = "         "
	style := s.app.style
	l := listing{items: []diagnosis{d}, fields: diagnosisFields(), warnings: warnings}
	record := []string{
		d.Date.String(), string(d.State), strings.Join(d.Flags, " "), strconv.Itoa(d.Attempt), string(d.Execution), string(d.Step),
		string(d.Reason.Class), d.Reason.Text, strconv.Itoa(d.Lines), d.Console, "",
	}
	head := d.Date.Weekday().String()[:3] + " " + d.Date.String() + "  " + style.state(dayMark(d.State), string(d.State))
	if d.Attempt > 0 {
		head += fmt.Sprintf("  attempt %d of %d, %s", d.Attempt, day.Attempts, askedBy(day.Last))
	}
	if words := flagWords(day); words != "" {
		head += "  " + words
	}
	l.notes = append(l.notes, head)
	if d.Step != "" {
		l.notes = append(l.notes, "step     "+string(d.Step))
	}
	label := "why      "
	for line := range strings.Lines(strings.TrimSpace(d.Reason.Text)) {
		l.notes = append(l.notes, label+scrub.Text(strings.TrimRight(line, "\n")))
		label = indent
	}
	if d.Console != "" {
		l.notes = append(l.notes, "console  "+d.Console)
	}
	if d.Lines > 0 {
		l.notes = append(l.notes, fmt.Sprintf("log      the last %d of %s (daybatch logs %s --step %s shows all)", len(d.Log), count(d.Lines, "line"), d.Date, d.Step))
		for _, line := range d.Log {
			l.notes = append(l.notes, "  "+style.paint(faint, line.At.In(s.dates.zone).Format("15:04:05  "))+line.Text)
		}
	}
	var commands []string
	label = "next     "
	for _, r := range d.Next {
		commands = append(commands, r.Command)
		l.notes = append(l.notes, fmt.Sprintf("%s%-36s  %s", label, r.Command, r.Why))
		label = indent
	}
	if len(d.Next) == 0 {
		l.notes = append(l.notes, "next     nothing: the date needs nobody")
	}
	record[len(record)-1] = strings.Join(commands, "; ")
	l.records = [][]string{record}
	return l
}

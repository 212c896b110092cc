package cli

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/scrub"
)

// logsOptions are those of the verb logs.
type logsOptions struct {
	app     *app
	args    []string
	attempt int
	step    string
	follow  bool
	grep    string
	not     bool
	level   string
	stamps  string

	from, to string // many days
	last     int
}

func newLogs(a *app) *cobra.Command {
	opts := logsOptions{app: a}
	cmd := &cobra.Command{
		Use:   "logs [DATE]",
		Short: "Show what the steps of a date wrote",
		Long: `Show the log of a date's last attempt, or of the one that --attempt names: all
steps merged by time, or one step. With -f it goes on until the attempt has
ended. Times are in the pipeline's zone. Control sequences are removed and
credentials are blanked; -o json gives one object a line, as it arrives. Where
several machines work on a step, its lines say which of them wrote them.

--grep takes a regular expression; it ignores case unless the pattern holds an
upper-case letter. --level shows lines from that level on; a line that names no
level goes with the one before it of its process, as those of a traceback do.

--from and --to, or --last, look for such lines in the logs of many days, of all
their attempts, the newest day first. What had no log, or could not be read, is said
on stderr; the exit code is then 5 for the latter.

` + dateHelp,
		Example: `  daybatch logs -f
  daybatch logs 2026-01-15 --step train
  daybatch logs 2026-01-15 --level warn --timestamps full
  daybatch logs -f --grep 'wape|mase' | tee accuracy.log
  daybatch logs --last 28 --grep KeyError`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.args = args
			return runLogs(cmd.Context(), opts)
		},
	}
	cmd.Flags().BoolVarP(&opts.follow, "follow", "f", false, "go on until the attempt has ended")
	cmd.Flags().StringVar(&opts.step, "step", "", "only this step, for example train")
	cmd.Flags().IntVar(&opts.attempt, "attempt", 0, "number of the attempt (default: the last)")
	cmd.Flags().StringVar(&opts.grep, "grep", "", "only lines that match this regular expression")
	cmd.Flags().BoolVar(&opts.not, "invert", false, "with --grep: only lines that do not match")
	cmd.Flags().StringVar(&opts.level, "level", "", "only lines from this level on: debug, info, warn or error")
	cmd.Flags().StringVar(&opts.stamps, "timestamps", stampTime, "what stands before a line: time, full, elapsed or none")
	cmd.Flags().StringVar(&opts.from, "from", "", "with --grep or --level: many days, from this date (default: the pipeline's start)")
	cmd.Flags().StringVar(&opts.to, "to", "", "the same, to this date (default: the newest that is due)")
	cmd.Flags().IntVar(&opts.last, "last", 0, "the same, the newest N dates")
	return cmd
}

func runLogs(ctx context.Context, opts logsOptions) error {
	pick, err := newPick(opts)
	if err != nil {
		return err
	}
	head, err := newLineHead(opts.stamps)
	if err != nil {
		return err
	}
	if opts.from != "" || opts.to != "" || opts.last != 0 {
		return runFindLogs(ctx, opts, head)
	}
	return opts.app.with(ctx, reading, func(s *session) error {
		step, err := s.stepNamed(opts.step)
		if err != nil {
			return err
		}
		date, err := s.date(opts.args)
		if err != nil {
			return err
		}
		execution, err := s.attempt(ctx, date, opts.attempt)
		if err != nil {
			return err
		}
		for _, of := range execution.Steps {
			if text := of.WithoutLog(); of.Name == step && text != "" { // to wait for lines would be for ever
				fmt.Fprintln(s.app.env.Stderr, text)
				return nil
			}
		}
		query := forecast.LogQuery{Execution: execution.ID, Step: step, Follow: opts.follow}
		return s.copyLog(ctx, query, pick, head)
	})
}

// copyLog writes a log as it comes.
func (s *session) copyLog(ctx context.Context, query forecast.LogQuery, pick func(forecast.LogLine) bool, head lineHead) error {
	stream, err := s.engine.Logs(ctx, query)
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	defer func() { _ = stream.Close() }()
	form := lineForm{head: head, named: query.Step == "", team: make(team)}
	write, err := s.logWriter(form)
	if err != nil {
		return err
	}
	for empty := true; ; {
		lines, err := stream.Next(ctx)
		if errors.Is(err, io.EOF) {
			if empty {
				s.noLines()
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("read log: %w", err)
		}
		empty = empty && len(lines) == 0
		form.team.saw(attemptOf{}, lines)
		for _, line := range lines {
			line.Text = scrub.Line(line.Text)
			if !pick(line) {
				continue
			}
			if err := write(foundLine{LogLine: line}); err != nil {
				return fmt.Errorf("write log: %w", err)
			}
		}
	}
}

// noLines says why a log may have no lines, as nothing looks like a failure to show it.
func (s *session) noLines() {
	fmt.Fprintln(s.app.env.Stderr, "the log is empty: nothing was written, the step was not reached, or the lines are no longer kept")
}

// foundLine is a line of a log, and of which attempt, where there are several.
type foundLine struct {
	Date    calendar.Date `json:"date,omitzero"`
	Attempt int           `json:"attempt,omitzero"`
	forecast.LogLine
}

// lineForm is how lines are shown as text.
type lineForm struct {
	head  lineHead
	named bool // by their steps
	team  team // names the processes of steps that have several; it sees lines before they are written
	dated bool // by the dates and attempts of their logs, in CSV too
}

// logWriter returns what writes a line in the format that was asked for.
func (s *session) logWriter(form lineForm) (func(foundLine) error, error) {
	out := s.app.env.Stdout
	zone, err := forecast.Definition{Timezone: s.pipeline.Timezone}.Zone()
	if err != nil {
		return nil, err //nolint:wrapcheck // it says all
	}
	switch s.app.flags.format {
	case formatJSON:
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		return func(line foundLine) error { return encoder.Encode(line) }, nil
	case formatCSV:
		return csvLines(out, form)
	default:
		return func(line foundLine) error {
			of := attemptOf{line.Date, line.Attempt}
			prefix := form.head(of, line.At.In(zone))
			if form.dated {
				prefix = line.Date.String() + "  " + prefix
			}
			if form.named {
				prefix += fmt.Sprintf("%-15s  ", line.Step)
			}
			if process := form.team.name(of, line.LogLine); process != "" {
				prefix += fmt.Sprintf("%-7s  ", process)
			}
			_, err := fmt.Fprintln(out, s.app.style.paint(faint, prefix)+line.Text)
			return err
		}, nil
	}
}

// csvLines returns what writes a line as a record, each as it comes.
func csvLines(out io.Writer, form lineForm) (func(foundLine) error, error) {
	records := csv.NewWriter(out)
	write := func(record ...string) error {
		err := records.Write(record)
		records.Flush()
		return errors.Join(err, records.Error())
	}
	fields := []string{"at", "step", "stream", "seq", "text"}
	if form.dated {
		fields = append([]string{"date", "attempt"}, fields...)
	}
	if err := write(fields...); err != nil {
		return nil, fmt.Errorf("write log: %w", err)
	}
	return func(line foundLine) error {
		var record []string
		if form.dated {
			record = []string{line.Date.String(), strconv.Itoa(line.Attempt)}
		}
		return write(append(record, line.At.UTC().Format(time.RFC3339Nano), string(line.Step), line.Stream,
			strconv.FormatInt(line.Seq, 10), line.Text)...)
	}, nil
}

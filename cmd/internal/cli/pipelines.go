package cli

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/cmd/internal/config"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/tui"
)

// pipelinesOptions are those of the verb pipelines.
type pipelinesOptions struct {
	app  *app
	dir  string
	last int
}

func newPipelines(a *app) *cobra.Command {
	opts := pipelinesOptions{app: a}
	cmd := &cobra.Command{
		Use:   "pipelines [DIR]",
		Short: "Show all pipelines side by side: which is fresh",
		Long: `Show the pipelines whose directories lie in DIR: for each whether the newest date
that is due has its forecast, what became of that date, and the states of the newest
dates. Without DIR they are the ones beside the project, or in the current directory.

One that can't be read is listed with the reason, and the exit code is 5.`,
		Example: `  daybatch pipelines
  daybatch pipelines /srv/pipelines -o json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.dir = strings.Join(args, "")
			return runPipelines(cmd.Context(), opts)
		},
	}
	cmd.Flags().IntVar(&opts.last, "last", 14, "how many of the newest dates are counted and shown")
	return cmd
}

// pipelineItem is a pipeline in the listing of several. What is not known is null.
type pipelineItem struct {
	Name     string             `json:"name"`
	Pipeline *string            `json:"pipeline"`
	Engine   *string            `json:"engine"`
	Fresh    bool               `json:"fresh"` // the newest date that is due has its own forecast
	Newest   *calendar.Date     `json:"newest"`
	State    *forecast.DayState `json:"state"`
	Good     *calendar.Date     `json:"good"` // newest date with a forecast of its own
	Bad      int                `json:"bad"`  // dates that need a person
	Reason   *string            `json:"reason"`
	Days     []pipelineDay      `json:"days"`  // newest first
	Error    *string            `json:"error"` // why it can't be read
}

// pipelineDay is a date of a pipeline in the listing of several.
type pipelineDay struct {
	Date  calendar.Date     `json:"date"`
	State forecast.DayState `json:"state"`
}

func runPipelines(ctx context.Context, opts pipelinesOptions) error {
	if opts.last < 1 {
		return usagef("--last %d: give a number of dates", opts.last)
	}
	dir, names, err := opts.app.beside(opts.dir)
	if err != nil {
		return err
	}
	glances, failures := make([]tui.Glance, len(names)), make([]error, len(names))
	var reads sync.WaitGroup
	look := opts.app.glanceFrom(dir)
	for i, name := range names {
		reads.Go(func() { glances[i], failures[i] = look(ctx, name, opts.last) })
	}
	reads.Wait()
	if err := opts.app.print(opts.app.pipelinesListing(names, glances, failures)); err != nil {
		return err
	}
	switch failed := slices.DeleteFunc(failures, func(err error) bool { return err == nil }); {
	case ctx.Err() != nil:
		return fmt.Errorf("read the pipelines: %w", context.Cause(ctx))
	case len(failed) > 0:
		return statusError(exitPartly)
	default:
		return nil
	}
}

// beside returns the directory that holds projects side by side, and their names.
func (a *app) beside(dir string) (string, []string, error) {
	if dir == "" && a.flags.project == "" {
		if found, err := config.Find(a.env.Dir); err == nil {
			dir = filepath.Dir(found)
		}
	} else if dir == "" {
		dir = filepath.Join(a.flags.project, "..")
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(a.env.Dir, dir)
	}
	names := config.Below(dir)
	if len(names) == 0 {
		return "", nil, fmt.Errorf("%w: no directory in %s has a %s", errNoProject, dir, config.FileName)
	}
	return dir, names, nil
}

// glanceFrom returns what reads the newest days of the projects in a directory, for
// several goroutines at once: each opens its project for reading, and closes it.
func (a *app) glanceFrom(dir string) func(ctx context.Context, name string, last int) (tui.Glance, error) {
	return func(ctx context.Context, name string, last int) (tui.Glance, error) {
		one := *a // its clock, account and project are its own
		one.flags.project, one.account = filepath.Join(dir, name), account{}
		one.log, one.env.Stderr = io.Discard, io.Discard
		glance := tui.Glance{Name: name}
		err := one.look(ctx, func(s *session) (err error) {
			glance.Pipeline = s.pipeline
			glance.Days, err = s.engine.Days(ctx, forecast.DayQuery{Last: last})
			return err //nolint:wrapcheck // the engine says what it read
		})
		if err != nil {
			return tui.Glance{}, err
		}
		return glance, nil
	}
}

func (a *app) pipelinesListing(names []string, glances []tui.Glance, failures []error) listing {
	items := make([]pipelineItem, 0, len(names))
	l := listing{
		header: []string{"PIPELINE", "FORECAST", "NEWEST", "STATE", "LAST GOOD", "BAD ", "DAYS", "REASON"},
		fields: []string{"name", "pipeline", "engine", "fresh", "newest", "state", "good", "bad", "reason", "error"},
	}
	for i, name := range names {
		item := pipelineItem{Name: name, Days: []pipelineDay{}}
		if err := failures[i]; err != nil {
			item.Error = new(err.Error())
			l.rows = append(l.rows, []string{name, "not read", "", "", "", "", "", firstLine(err.Error())})
			l.records = append(l.records, []string{name, "", "", "", "", "", "", "", "", err.Error()})
			items = append(items, item)
			continue
		}
		standing := forecast.StandingOf(glances[i].Days)
		item.take(glances[i], standing)
		items = append(items, item)
		newest, good, reason := word(standing.Newest.Date), word(standing.Good), dayReason(standing.Newest)
		bad := strconv.Itoa(standing.Bad)
		state := ""
		if newest != "" {
			state = a.style.state(dayMark(standing.Newest.State), string(standing.Newest.State))
		}
		l.rows = append(l.rows, []string{name, standing.String(), newest, state, good, bad, a.style.days(glances[i].Days), reason})
		l.records = append(l.records, []string{
			name, glances[i].Pipeline.Name, glances[i].Pipeline.Engine, strconv.FormatBool(standing.Fresh()), newest,
			string(standing.Newest.State), good, bad, reason, "",
		})
	}
	l.items = items
	return l
}

// take takes in what was read of the pipeline.
func (p *pipelineItem) take(glance tui.Glance, standing forecast.Standing) {
	p.Pipeline, p.Engine = new(glance.Pipeline.Name), new(glance.Pipeline.Engine)
	p.Fresh, p.Bad = standing.Fresh(), standing.Bad
	if day := standing.Newest; !day.Date.IsZero() {
		p.Newest, p.State = new(day.Date), new(day.State)
	}
	if reason := dayReason(standing.Newest); reason != "" {
		p.Reason = new(reason)
	}
	if !standing.Good.IsZero() {
		p.Good = new(standing.Good)
	}
	for _, day := range glance.Days {
		p.Days = append(p.Days, pipelineDay{day.Date, day.State})
	}
}

// word returns a date as text, empty if it is none.
func word(date calendar.Date) string {
	if date.IsZero() {
		return ""
	}
	return date.String()
}

// days draws a mark per day, the oldest first.
func (s style) days(days []forecast.Day) string {
	var cell strings.Builder
	for _, day := range slices.Backward(days) {
		m := dayMark(day.State)
		cell.WriteString(s.paint(m.role, s.glyph(m)))
	}
	return cell.String()
}

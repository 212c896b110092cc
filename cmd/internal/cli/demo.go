package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/cmd/internal/demo"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// demoOptions are those of the verb demo.
type demoOptions struct {
	app    *app
	dir    string
	until  string
	engine string
}

func newDemo(a *app) *cobra.Command {
	opts := demoOptions{app: a}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Make a project with generated data and run it",
		Long: `Make a project with three years of generated demand for a car-subscription
service, 48 series, and run its last 21 dates for real: data arrives day by day,
and each date is extracted, prepared, trained, evaluated, predicted and
published on this machine. Some mornings go wrong: orders come late, a feed is
cut off, a file is in the wrong unit, nobody runs a date.

The terminal UI opens at once and the days run while you watch; without a
terminal the days are printed when they are done. The same data is generated
every time. Called again it opens the project and goes on where it was, as any
screen on the project does.

With --engine sagemaker the project runs on Amazon SageMaker, in an AWS account
that is SIMULATED: a process on this machine answers in the place of AWS, and ends
when nobody has used it for 15 minutes. Pipelines, jobs, logs, S3, Glue and Athena
are there, the steps are the real ones, and the extract is executed by DuckDB. Time
in that account passes 300 times as fast while jobs run, so that a machine which
takes five minutes to start is there in a second. No credentials are needed
and nothing costs anything. Another team has a pipeline there as well, which daybatch
did not define: its project is made beside, in DIR-churn, and 0 shows both. ` + "`daybatch simulate --fault login`" + ` lets the login expire
there; rights, throttling and outage are other faults, none ends them.`,
		Example: `  daybatch demo
  daybatch demo --engine sagemaker
  daybatch demo --dir /tmp/demo
  daybatch demo --no-input -o json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return elsewhere(runDemo(cmd.Context(), opts)) },
	}
	cmd.Flags().StringVar(&opts.dir, "dir", "", "directory of the project (default: daybatch/demo-DATE in the user's data directory)")
	cmd.Flags().StringVar(&opts.until, "until", "", "the newest date with data (default: the newest that is due in Tokyo)")
	cmd.Flags().StringVar(&opts.engine, "engine", string(demo.Local), "local, or sagemaker in a simulated account")
	return cmd
}

func runDemo(ctx context.Context, opts demoOptions) error {
	a := opts.app
	if a.flags.readOnly {
		return fmt.Errorf("%w: demo makes a project and runs it", forecast.ErrReadOnly)
	}
	project, err := opts.project()
	if err != nil {
		return err
	}
	if err := project.Create(); err != nil {
		return err
	}
	a.flags.project = project.Dir
	if a.interactive() {
		return a.watchDemo(ctx, project)
	}
	return a.with(ctx, changing, func(s *session) error { return s.printDemo(ctx, project) })
}

// project decides where the project is and which date is its last. A directory
// whose name ends in the date keeps the demos of different days apart.
func (opts demoOptions) project() (demo.Project, error) {
	engine := demo.Engine(opts.engine)
	if engine != demo.Local && engine != demo.SageMaker {
		return demo.Project{}, usagef("--engine %q: give local or sagemaker", opts.engine)
	}
	last := demo.LastDue(opts.app.env.Now())
	if opts.until != "" {
		date, err := calendar.Parse(opts.until)
		if err != nil {
			return demo.Project{}, usagef("--until: %s", err.Error())
		}
		last = date
	}
	dir := opts.dir
	switch {
	case dir == "":
		data, err := userDataDir(environment(opts.app.env.Environ))
		if err != nil {
			return demo.Project{}, err
		}
		name := "demo-" + last.String()
		if engine != demo.Local {
			name = "demo-" + string(engine) + "-" + last.String()
		}
		dir = filepath.Join(data, "daybatch", name)
	case !filepath.IsAbs(dir):
		dir = filepath.Join(opts.app.env.Dir, dir)
	}
	project, err := demo.Open(dir, last, engine)
	if err != nil {
		return demo.Project{}, err //nolint:wrapcheck // it says what it was doing
	}
	return project, nil
}

// userDataDir returns where a user's programs keep their data.
func userDataDir(environ map[string]string) (string, error) {
	if dir := environ["XDG_DATA_HOME"]; filepath.IsAbs(dir) {
		return dir, nil
	}
	home := environ["HOME"]
	if home == "" {
		return "", usagef("there is no HOME to keep the demo in: name a directory with --dir")
	}
	if runtime.GOOS == "darwin" {
		return filepath.Join(home, "Library", "Application Support"), nil
	}
	return filepath.Join(home, ".local", "share"), nil
}

// printDemo plays the demo and prints its days.
func (s *session) printDemo(ctx context.Context, project demo.Project) error {
	out := s.app.env.Stderr
	fmt.Fprintf(out, "demo in %s: running %s\n", project.Dir, project.Range())
	now := s.app.hostNow
	begun := now()
	err := project.Play(ctx, s.engine, func(day forecast.Day) {
		line := fmt.Sprintf("%s %s", day.Date, s.app.style.state(dayMark(day.State), string(day.State)))
		if text := firstLine(day.Reason.Text); text != "" {
			line += "  " + text
		}
		fmt.Fprintln(out, line)
	})
	if err != nil {
		return err //nolint:wrapcheck // it says what it was doing
	}
	fmt.Fprintf(out, "done in %s; `daybatch --project %s` opens it\n", now().Sub(begun).Round(100*time.Millisecond), project.Dir)
	s.app.sayTheirs(project)
	days, err := s.engine.Days(ctx, forecast.DayQuery{Range: project.Range()})
	if err != nil {
		return doing("read days", err)
	}
	return s.app.print(s.daysListing(days))
}

// sayTheirs says where the other project of a demonstration is, if there is one.
func (a *app) sayTheirs(project demo.Project) {
	if theirs := project.Theirs(); theirs != "" {
		fmt.Fprintf(a.env.Stderr, "another team's pipeline in the same account is in %s\n", theirs)
	}
}

// leftDemo returns what goes on behind the screen of a demonstration that was left before
// its end, and how that is said; nil: nothing does.
func leftDemo(dir string) (beside play, notice string) {
	project, ok := demo.Left(dir)
	if !ok {
		return nil, ""
	}
	if n := project.Coming(); n > 0 {
		notice = "the demo goes on where it was left: " + count(n, "date") + " to come"
	}
	return func(ctx context.Context, engine forecast.Engine) error {
		return project.Play(ctx, engine, func(forecast.Day) {}) //nolint:wrapcheck // it says what it was doing
	}, notice
}

// watchDemo plays the demo behind the terminal UI; leaving the screen ends it,
// and the next demo goes on.
func (a *app) watchDemo(ctx context.Context, project demo.Project) error {
	c, err := a.project()
	if err != nil {
		return err
	}
	err = a.showScreen(ctx, c, func(ctx context.Context, engine forecast.Engine) error {
		return project.Play(ctx, engine, func(forecast.Day) {}) //nolint:wrapcheck // it says what it was doing
	})
	if err == nil {
		fmt.Fprintf(a.env.Stderr, "the demo is in %s; `daybatch --project %s` opens it\n", project.Dir, project.Dir)
		a.sayTheirs(project)
	}
	return err
}

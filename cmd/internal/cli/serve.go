package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/daybatch/daybatch/forecast"
)

// reloadTime is how often serve looks whether the project file has changed.
const reloadTime = 10 * time.Second

func newServe(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run the pipeline by its schedule",
		Long: `Start dates when they are due, until it is interrupted: the schedule, the zone
and the closed days are those of daybatch.yaml. It

  catches up on dates that became due while nothing served (catch_up: all,
  latest or none), counted from the first time that the project was served;
  starts a date that waited for its source when the files have come;
  looks whether the source changed under the newest forecasts (stale);
  carries out every plan that is active, also those of closed terminals;
  and takes up a changed daybatch.yaml as soon as nothing runs.

Any number of processes may serve a project: each date is started once. When it
is interrupted running steps end, and the next process goes on with them. A
pipeline that another team defined is started by its own schedule: for it plans
are carried out, and messages sent.`,
		Example: `  daybatch serve
  daybatch serve --project /srv/demand-daily 2>>serve.log`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runServe(cmd.Context(), a) },
	}
}

// errReload ends a round of serving because the project file has changed.
var errReload = errors.New("the project file changed")

func runServe(ctx context.Context, a *app) error {
	for {
		err := serveRound(ctx, a)
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // that is how serving ends
		case !errors.Is(err, errReload):
			return err
		}
		fmt.Fprintf(a.env.Stderr, "%s took up the changed project file\n", stamp(a.env.Now()))
	}
}

// serveRound serves the project as its file says now.
func serveRound(ctx context.Context, a *app) error {
	a.level = slog.LevelInfo
	return a.change(ctx, func(s *session) error {
		fmt.Fprintln(a.env.Stderr, servingText(s.pipeline))
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		var beside sync.WaitGroup
		beside.Go(func() { s.watchProject(ctx, cancel) })
		beside.Go(func() { giveBack(ctx) })
		err := s.engine.Serve(ctx)
		cause := context.Cause(ctx)
		cancel(nil)
		beside.Wait()
		if errors.Is(cause, errReload) {
			return errReload
		}
		return err //nolint:wrapcheck // the engine says what it did
	})
}

// servingText says what is served.
func servingText(p forecast.Pipeline) string {
	if p.Foreign != "" {
		return fmt.Sprintf("serving %s: plans are carried out and messages sent, and dates start by the schedule that %s has of its own; Ctrl-C ends it", p.Name, p.Foreign)
	}
	schedule := p.Schedule
	if schedule == "" {
		schedule = "every date as soon as it is over"
	}
	return fmt.Sprintf("serving %s, %s in %s; Ctrl-C ends it", p.Name, schedule, p.Timezone)
}

// watchProject ends the round when the project file holds another definition and
// nothing runs. A file that can't be read is told once and left alone: what was
// good goes on.
func (s *session) watchProject(ctx context.Context, cancel context.CancelCauseFunc) {
	told := ""
	ticker := time.NewTicker(reloadTime)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		changed, err := s.projectChanged()
		switch {
		case err != nil && err.Error() != told:
			told = err.Error()
			fmt.Fprintf(s.app.env.Stderr, "%s the changed project file can't be taken up: %s\n", stamp(s.app.env.Now()), told)
		case changed && s.idle(ctx):
			cancel(errReload)
			return
		}
	}
}

// projectChanged reports whether the project's definition is another one now.
func (s *session) projectChanged() (bool, error) {
	now, err := s.app.project()
	if err != nil {
		return false, err
	}
	before, err := s.config.Definition.Hash()
	if err != nil {
		return false, err //nolint:wrapcheck // it says what failed
	}
	after, err := now.Definition.Hash()
	return before != after, err //nolint:wrapcheck // as above
}

// idle reports whether no attempt of the newest dates runs.
func (s *session) idle(ctx context.Context) bool {
	days, err := s.engine.Days(ctx, forecast.DayQuery{})
	if err != nil {
		return false
	}
	for _, day := range days {
		if day.State == forecast.DayRunning || day.State == forecast.DayStopping {
			return false
		}
	}
	return true
}

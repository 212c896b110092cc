package aws

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/daybatch/daybatch/aws/internal/dashboard"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/logkey"
	"github.com/daybatch/daybatch/forecast/plan"
)

// catalogueTime is how long after a publication the catalogue may still show what
// was there before, while whoever publishes lives.
const catalogueTime = 10 * time.Second

// Dashboard says how far the data set is that is refreshed after publications.
func (e *Engine) Dashboard(ctx context.Context) (forecast.Dashboard, error) {
	if e.board == nil {
		return forecast.Dashboard{}, fmt.Errorf("the pipeline has no dashboard: %w", forecast.ErrNotFound)
	}
	records, err := e.dates.List(ctx, "", "")
	if err != nil {
		return forecast.Dashboard{}, fmt.Errorf("read what is published: %w", err)
	}
	now := e.options.Now()
	refreshes, err := e.board.Refreshes(ctx, now)
	if err != nil {
		return forecast.Dashboard{}, err //nolint:wrapcheck // it names the data set
	}
	return dashboard.State(e.options.Settings.Dashboard.DataSet, changes(records, nil, now), refreshes, now), nil
}

// changes returns the newest change of what readers see of each date, up to an
// instant. Dates that are busy are left out: they change again.
func changes(records map[string]record.Date, busy map[calendar.Date]bool, until time.Time) []dashboard.Change {
	var all []dashboard.Change
	for _, r := range records {
		if len(r.Publications) == 0 || busy[r.Date] {
			continue
		}
		last := r.Publications[len(r.Publications)-1]
		if last.At.After(until) {
			continue
		}
		c := dashboard.Change{Date: r.Date, At: last.At}
		if i := slices.IndexFunc(r.Attempts, func(a record.Attempt) bool { return a.Generation == last.To }); i >= 0 {
			c.Run = r.Attempts[i].Run()
		}
		all = append(all, c)
	}
	return all
}

// busyDates are those that an attempt or a plan of several dates works at.
func busyDates(plans map[string]record.Plan, records map[string]record.Date) map[calendar.Date]bool {
	busy := make(map[calendar.Date]bool)
	for _, p := range plans {
		if len(p.Plan.Rows) < 2 || p.Plan.State == forecast.PlanDraft || plan.Rests(p.Plan) {
			continue
		}
		for _, row := range p.Plan.Rows {
			busy[row.Date] = true
		}
	}
	for _, r := range records {
		busy[r.Date] = busy[r.Date] || r.Open()
	}
	return busy
}

// refreshDashboard has the data set read what was published up to an instant and
// what it does not show yet, if anything. A plan of several dates is waited for, so
// that it costs one of the day's refreshes, and so are attempts that are about to
// tell the catalogue what they have published.
func (e *Engine) refreshDashboard(ctx context.Context, until time.Time) error {
	if e.board == nil || e.options.ReadOnly {
		return nil
	}
	plans, err := e.plans.List(ctx, "", "")
	if err != nil {
		return err //nolint:wrapcheck // it names the objects
	}
	records, err := e.dates.List(ctx, "", "")
	if err != nil {
		return err //nolint:wrapcheck // as above
	}
	now := e.options.Now()
	refreshes, err := e.board.Refreshes(ctx, now)
	if err != nil {
		return err //nolint:wrapcheck // it names the data set
	}
	id := dashboard.Next(changes(records, busyDates(plans, records), until), refreshes, now)
	if id == "" {
		return nil
	}
	return e.board.Refresh(ctx, id) //nolint:wrapcheck // it names the data set
}

// shown refreshes the dashboard after this engine has changed what readers see. If
// that fails the change stands, and the next refresh shows it.
func (e *Engine) shown(ctx context.Context) {
	if ctx.Err() != nil {
		return
	}
	if err := e.refreshDashboard(ctx, e.options.Now()); err != nil {
		e.options.Log.WarnContext(ctx, "refresh the dashboard", slog.String(logkey.Error, err.Error()))
	}
}

// examineDashboard finds a dashboard that shows less than readers see and will not
// catch up by itself.
func (e *Engine) examineDashboard(ctx context.Context, _ map[calendar.Date]record.Date) ([]finding, error) {
	if e.board == nil {
		return nil, nil
	}
	state, err := e.Dashboard(ctx)
	return e.boardFindings(state, err), nil
}

func (e *Engine) boardFindings(state forecast.Dashboard, err error) []finding {
	switch {
	case err != nil:
		return []finding{{Finding: forecast.Finding{
			Severity: forecast.SeverityWarning, Kind: "dashboard-unknown",
			Text: "how far the dashboard is can't be told: " + err.Error(), Advice: "see sagemaker.dashboard in the project's file, and the rights for quicksight",
		}}}
	case state.Behind == 0 || state.Refreshing:
		return nil
	}
	f := finding{forecast.Finding{
		Severity: forecast.SeverityWarning, Kind: "dashboard-behind", Mendable: state.Reason == "",
		Text: fmt.Sprintf("dashboard %s does not show what was published last of %d dates", state.Name, state.Behind), Advice: "any engine that drives or serves refreshes it",
	}, nil}
	if state.Reason != "" {
		f.Text, f.Advice = f.Text+": "+state.Reason, "look at the data set's refreshes in QuickSight"
		return []finding{f}
	}
	f.mend = func(ctx context.Context) error { return e.refreshDashboard(ctx, e.options.Now()) }
	return []finding{f}
}

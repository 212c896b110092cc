package aws

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/daybatch/daybatch/aws/internal/arrival"
	"github.com/daybatch/daybatch/aws/internal/catalogue"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/logkey"
	"github.com/daybatch/daybatch/forecast/plan"
	"github.com/daybatch/daybatch/forecast/step"
)

// What a look at the source finds out is written to the records of the dates, which
// every screen reads anyway. It comes from three places, the cheap ones first:
//
//   - The files of the tables: their listing says whether anything was written since
//     a date was gated or found no rows. It is made only if there is such a date. It
//     does not say of which days the rows are.
//   - What later dates extracted. Their rows of the days before are there already,
//     so that comparing them with those that a forecast was made of, or was refused
//     for, costs no query.
//     It is as fresh as the newest extract, and says whose that is. A query that asks
//     for a past date's knowledge of the past, not only for its days, differs always.
//   - Athena, for rows of a date that waits for them. That is billed: only a server
//     asks, if the files changed, ever more seldom, and at most
//     settings.SourceQueries times an attempt.
//
// What can't be found out stays unknown: doctor says what and why.

const (
	// sourceAge is how long a look at the files serves.
	sourceAge = 10 * time.Minute
	// askAgain is the wait after the first query for rows of a date. It doubles with
	// each.
	askAgain = 15 * time.Minute
	// asked is of how many dates, the newest that wait or are missing, rows are
	// asked for.
	asked = 3
)

// origin is what this engine has seen of the source.
type origin struct {
	tables arrival.Tables

	mu     sync.Mutex // held during a check
	look   arrival.Look
	next   time.Time // when a screen checks again
	lately map[comparison]outcome
}

// comparison is a pair of extracts that were compared, or could not be.
type comparison struct{ of, with forecast.ExecutionID }

// outcome is how the rows of two extracts differ, for people; empty: they don't, if
// that is known. It is about the days that both cover: from is the first, zero if
// neither has a limit.
type outcome struct {
	known bool
	text  string
	from  calendar.Date
}

// tables are the names of the source's tables, in order.
func tables(d forecast.Definition) []string {
	return slices.Compact(slices.Sorted(maps.Values(d.Source.Files)))
}

// judge adds to the facts of a date what the last look at the source found out.
func judge(f *plan.Facts, r record.Date) {
	c := r.Check()
	switch {
	case f.Last.Attempt != c.Attempt: // an execution that no record knows yet
		return
	case c.Attempt == 0:
		f.Lacking = c.Lacking
	case f.Last.Status == forecast.Failed:
		f.Arrived = c.Arrived
	}
	if c.Stale != "" {
		f.Stale, f.StaleWhy = true, c.Stale
	}
}

// glance is the check of a screen that is looked at: now and then, beside
// everything else, with what costs nothing. What fails is logged, and tried again.
func (e *Engine) glance(ctx context.Context) {
	if e.theirs != nil || e.options.ReadOnly || !e.origin.mu.TryLock() {
		return
	}
	defer e.origin.mu.Unlock()
	now := e.options.Now()
	if now.Before(e.origin.next) {
		return
	}
	e.origin.next = now.Add(sourceAge)
	e.hub.beside(ctx, func(ctx context.Context) {
		if err := e.checkSource(ctx, 0); err != nil {
			e.options.Log.DebugContext(ctx, "the source was not looked at", slog.String(logkey.Error, err.Error()))
		}
	})
}

// checkSource looks at the source for the dates that wait for rows, were refused or
// never run, and the newest stale_days that succeeded. Athena is asked for the newest
// dates, at most asks of them.
func (e *Engine) checkSource(ctx context.Context, asks int) error {
	if e.theirs != nil || len(e.definition.Steps[forecast.Extract].Command) > 0 {
		return nil
	}
	e.origin.mu.Lock()
	defer e.origin.mu.Unlock()
	now := e.options.Now()
	window, err := plan.Window(forecast.DayQuery{}, e.calendar, now)
	if err != nil || window.Len() == 0 {
		return err //nolint:wrapcheck // a query without limits is in order
	}
	records, err := e.records(ctx, window)
	if err != nil {
		return err
	}
	rules, err := e.rules(ctx)
	if err != nil {
		return err
	}
	s := survey{engine: e, records: records, now: now, asks: asks}
	var days []forecast.Day
	var gated []calendar.Date
	for d := window.To; d >= window.From; d-- {
		f, err := e.merge(ctx, e.calendar.Facts(d), records[d])
		if err != nil {
			return err
		}
		day := plan.Day(f, rules, now)
		if days = append(days, day); day.State == forecast.DayGated {
			gated = append(gated, d)
		}
	}
	var errs []error
	for _, d := range append(plan.Checks(days, e.definition.Limits.StaleDays), gated...) {
		errs = append(errs, s.date(ctx, days[window.To-d]))
	}
	return errors.Join(errs...)
}

// survey is one check of many dates. The lock of the origin is held.
type survey struct {
	engine  *Engine
	records map[calendar.Date]record.Date
	now     time.Time
	asks    int // of how many more dates it is considered to ask Athena
}

// date checks one date, and records what is new of it.
func (s *survey) date(ctx context.Context, day forecast.Day) error {
	r := s.records[day.Date]
	c := r.Check()
	if c.Attempt != day.Attempts {
		return nil
	}
	var err error
	switch day.State {
	case forecast.DaySucceeded:
		err = s.compare(ctx, r, &c)
	case forecast.DayGated:
		err = s.news(ctx, r, &c)
	default:
		err = s.ask(ctx, day, &c)
	}
	if err != nil {
		return fmt.Errorf("look at the source of %s: %w", day.Date, err)
	}
	if c == r.Check() {
		return nil
	}
	_, err = s.engine.dates.Change(ctx, day.Date.String(), func(r record.Date) (record.Date, error) {
		r.Date = day.Date
		return r.Look(c)
	})
	if err != nil {
		return fmt.Errorf("record a look at the source of %s: %w", day.Date, err)
	}
	s.engine.pulse.Beat()
	return nil
}

func extractOf(steps []forecast.Step) (forecast.Step, bool) {
	i := slices.IndexFunc(steps, func(s forecast.Step) bool { return s.Name == forecast.Extract && !s.Started.IsZero() })
	if i < 0 {
		return forecast.Step{}, false
	}
	return steps[i], true
}

// look returns the files of the source, as they were minutes ago at most.
func (s *survey) look(ctx context.Context) arrival.Look {
	o := &s.engine.origin
	if o.look.At.IsZero() || s.now.Sub(o.look.At).Abs() >= sourceAge {
		o.look = o.tables.Look(ctx, s.now)
	}
	return o.look
}

// ask finds out whether the source has rows of a date that lacked them, or that
// nobody ran.
func (s *survey) ask(ctx context.Context, day forecast.Day, c *record.Check) error {
	e := s.engine
	if s.asks == 0 || e.catalogue.athena == nil || day.Attempts == 0 && s.now.Sub(day.Due) < headStart {
		return nil
	}
	s.asks--
	if c.Queries >= e.options.Settings.SourceQueries || c.Queries > 0 && s.now.Sub(c.Asked) < askAgain<<(c.Queries-1) {
		return nil
	}
	seen := c.Asked
	if extract, ok := extractOf(day.Steps); ok && seen.IsZero() {
		seen = extract.Started
	}
	look := s.look(ctx)
	news := look.Since(seen)
	if !seen.IsZero() && news == "" && len(look.Unknown) == 0 {
		return nil
	}
	window := calendar.Range{From: calendar.Of(1, 1, 1), To: day.Date} // as Extract has it
	if history := e.definition.Source.HistoryDays; history > 0 {
		window.From = day.Date - calendar.Date(history) + 1
	}
	n, err := e.catalogue.athena.Count(ctx, catalogue.CountRequest{Query: e.definition.Source.Query, Window: window, Column: e.definition.Source.Time})
	if err != nil {
		return err //nolint:wrapcheck // it names the date
	}
	c.Asked, c.Queries, c.Arrived, c.Lacking = s.now, c.Queries+1, "", ""
	switch {
	case n == 0:
		c.Lacking = fmt.Sprintf("the source has no rows of %s yet", day.Date)
	case day.Attempts > 0:
		c.Arrived = fmt.Sprintf("%d rows of it are there since", n)
	}
	return nil
}

// compare finds out whether a later extract has other rows than the one that a
// date's forecast was made of.
func (s *survey) compare(ctx context.Context, r record.Date, c *record.Check) error {
	g := r.Generations[r.Current]
	if g == nil || g.Attempt == 0 {
		return nil
	}
	own, err := r.Attempt(g.Attempt)
	if err != nil {
		return nil //nolint:nilerr // adopted from elsewhere: nothing is known of its rows
	}
	later, ok := s.later(own)
	if !ok || c.Against == later.ID {
		return nil
	}
	found, err := s.difference(ctx, own, later)
	if err == nil && found.known {
		c.Against, c.Stale = later.ID, found.text
	}
	return err
}

// news finds out what came since a date's last attempt extracted that it may be made
// of. That files were written says little, as those of the days that follow are. What
// a later date extracted says more: either rows of the date's days changed, or all
// that was written until then has none of them, whatever it is. Of what was written
// after that it is said that it may have some, but for partitions of later days.
func (s *survey) news(ctx context.Context, r record.Date, c *record.Check) error {
	own := r.Last()
	extract, ok := extractOf(own.Steps)
	if !ok {
		return nil
	}
	since, when := extract.Started, ""
	if later, ok := s.later(own); ok {
		found, err := s.difference(ctx, own, later)
		switch {
		case err != nil:
			return err
		case found.text != "":
			c.Arrived = found.text
			return nil
		case found.known:
			last, _ := extractOf(later.Steps)
			since, when = last.Started, fmt.Sprintf(", after %s extracted the same rows", later.ID)
			if !found.from.IsZero() {
				when += fmt.Sprintf(" from %s on", found.from)
			}
		}
	}
	c.Arrived = s.look(ctx).Without(s.engine.definition.Source.Time, own.Date).Since(since)
	if c.Arrived != "" {
		c.Arrived += fmt.Sprintf("%s, and may have rows up to %s", when, own.Date)
	}
	return nil
}

// difference says how the rows that a later attempt extracted differ from those of an
// earlier one, of the days that both cover.
func (s *survey) difference(ctx context.Context, own, later record.Attempt) (outcome, error) {
	e := s.engine
	pair := comparison{own.ID, later.ID}
	if found, ok := e.origin.lately[pair]; ok {
		return found, nil
	}
	dates := calendar.Range{To: own.Date}
	if history := e.definition.Source.HistoryDays; history > 0 {
		dates.From = later.Date - calendar.Date(history) + 1
	}
	if dates.From > dates.To {
		return outcome{}, nil
	}
	var paths [2]string
	for i, a := range []record.Attempt{own, later} {
		made, err := e.made(ctx, a, forecast.Extract)
		if err != nil {
			return outcome{}, err
		}
		if made.Prefix != "" {
			paths[i], err = e.fetch(ctx, made.Prefix+step.RowsFile)
		}
		if made.Prefix == "" || errors.Is(err, forecast.ErrNotFound) { // expired: that won't change
			e.origin.lately[pair] = outcome{}
			return outcome{}, nil
		}
		if err != nil {
			return outcome{}, err
		}
	}
	added, gone, err := e.data.CompareRowsOf(ctx, paths[0], paths[1], dates)
	if err != nil {
		return outcome{}, err //nolint:wrapcheck // the lake names the files
	}
	found := outcome{known: true, from: dates.From}
	if added+gone > 0 {
		found.text = fmt.Sprintf("its rows in the source changed since: %d new, %d gone, as %s extracted them", added, gone, later.ID)
	}
	e.origin.lately[pair] = found
	return found, nil
}

// later returns the attempt that extracted last, of those by the same definition
// whose rows cover those of an attempt and that began to extract after it had.
func (s *survey) later(own record.Attempt) (record.Attempt, bool) {
	before, ok := extractOf(own.Steps)
	if !ok {
		return record.Attempt{}, false
	}
	var last record.Attempt
	at := before.Ended
	for d, r := range s.records {
		if d < own.Date {
			continue
		}
		for _, a := range r.Attempts {
			extract, ok := extractOf(a.Steps)
			if ok && a.ARN != "" && extract.Status == forecast.StepSucceeded && a.Definition == own.Definition && extract.Started.After(at) {
				last, at = a, extract.Started
			}
		}
	}
	return last, last.ID != ""
}

// examineSource finds tables of which it can't be seen whether they change.
func (e *Engine) examineSource(ctx context.Context, _ map[calendar.Date]record.Date) ([]finding, error) {
	if len(e.definition.Steps[forecast.Extract].Command) > 0 {
		return nil, nil
	}
	var found []finding
	for _, unknown := range e.origin.tables.Look(ctx, e.options.Now()).Unknown {
		found = append(found, finding{Finding: forecast.Finding{
			Severity: forecast.SeverityNote, Kind: "unseen-source",
			Text:   "it can't be seen whether the source changes: " + unknown,
			Advice: "late rows show with the next date that is run; a date that waits is asked for by Athena alone",
		}})
	}
	return found, ctx.Err() //nolint:wrapcheck // the caller says what for
}

package aws

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/alert"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/realised"
	"github.com/daybatch/daybatch/forecast/realised/keep"
	"github.com/daybatch/daybatch/forecast/step"
)

// keepLooks is how many times as long as between two looks of a server it is until
// it is looked again whether forecasts have come true: each look has its price.
const keepLooks = 5

// Realised compares what was published with what was observed since.
func (e *Engine) Realised(ctx context.Context, query forecast.RealisedQuery) (forecast.Realised, error) {
	return e.keeper().Realised(ctx, query) //nolint:wrapcheck // it says what it did
}

// Drift returns the newest time that published forecasts were worse than expected.
func (e *Engine) Drift(ctx context.Context) (forecast.Drift, error) {
	if e.theirs != nil {
		return forecast.Drift{}, nil // what another team's pipeline publishes is not known
	}
	return e.keeper().Drift(ctx) //nolint:wrapcheck // it says what was read
}

func (e *Engine) keeper() keep.Keeper {
	return keep.Keeper{
		DB: e.data, Definition: e.definition, Source: source{e}, Shelf: shelf{e}, Now: e.options.Now, Expected: e.expected,
		ReadOnly: e.options.ReadOnly,
	}
}

// keepRealised keeps what published forecasts came to until ctx ends, and notes
// drift: beside whatever runs, which never waits for it. What another team's
// pipeline publishes is not known.
func (e *Engine) keepRealised(ctx context.Context) {
	if e.theirs != nil {
		return
	}
	keep.Follower{Every: keepLooks * e.options.Look, Now: e.options.Wall, Log: e.options.Log, Look: e.lookBack}.Follow(ctx)
}

// lookBack keeps what published forecasts came to, and notes it if they have
// become worse than expected. What was kept by a process that ended before it noted
// that is noted by the next one.
func (e *Engine) lookBack(ctx context.Context) error {
	d, err := e.keeper().Keep(ctx)
	if err != nil || d.Since.IsZero() || !e.options.Alerts.Wants(alert.Drift) {
		return err //nolint:wrapcheck // it says what it did
	}
	return e.mail.change(ctx, func(o record.Outbox) (record.Outbox, error) {
		return o.Add(alert.DriftNotices(d, o.Has), e.options.Wall())
	})
}

// expected returns what the newest evaluations of each weekday up to a date let expect, or
// of any date if none before does; nil if none at all.
func (e *Engine) expected(ctx context.Context, upTo calendar.Date) ([]forecast.OriginErrors, error) {
	before, err := e.expectedOf(ctx, forecast.DayQuery{Range: calendar.Range{To: upTo}})
	if err != nil || before != nil {
		return before, err
	}
	return e.expectedOf(ctx, forecast.DayQuery{})
}

func (e *Engine) expectedOf(ctx context.Context, query forecast.DayQuery) ([]forecast.OriginErrors, error) {
	days, err := e.Days(ctx, query)
	if err != nil {
		return nil, err
	}
	week := realised.NewWeek()
	for _, day := range days {
		if day.Metrics == nil || day.Last.ID == "" || !week.Wants(day.Date) {
			continue
		}
		evaluation, err := e.Evaluation(ctx, day.Last.ID)
		if err == nil && len(evaluation.Expected) > 0 {
			week.Add(evaluation)
		}
		if err != nil && !errors.Is(err, forecast.ErrNotFound) {
			return nil, err
		}
	}
	return week.Errors(), nil
}

// source is the engine as that of what is scored.
type source struct{ *Engine }

// PartitionFile returns the path of the copy of a generation's file.
func (s source) PartitionFile(ctx context.Context, p forecast.Partition) (string, error) {
	return s.fetch(ctx, naming.GenerationPrefix(s.definition.Target.Table, p.Date, p.Generation)+lake.PartFile)
}

// NewestExtract returns the newest extract, as far as it has not expired.
func (s source) NewestExtract(ctx context.Context) (keep.Extract, error) {
	records, err := s.dates.List(ctx, "", "")
	if err != nil {
		return keep.Extract{}, err //nolint:wrapcheck // it names the objects
	}
	attempts := newestAndOwn(records, 0)
	if len(attempts) == 0 {
		return keep.Extract{}, nil
	}
	newest := attempts[0]
	made, err := s.made(ctx, newest, forecast.Extract)
	if err != nil {
		return keep.Extract{}, err
	}
	found := keep.Extract{ID: newest.ID, Date: newest.Date}
	if made.Prefix == "" {
		return keep.Extract{}, nil
	}
	found.File = func(ctx context.Context) (string, error) { return s.fetch(ctx, made.Prefix+step.RowsFile) }
	return found, nil
}

// shelf keeps files in the bucket. They are replaced, so that a copy is read anew
// each time.
type shelf struct{ engine *Engine }

// Fetch returns the path of a copy of a file.
func (s shelf) Fetch(ctx context.Context, name string) (string, error) {
	e := s.engine
	path := filepath.Join(e.options.Cache, e.bucket.Name, filepath.FromSlash(e.bucket.Prefix+naming.Realised+name))
	return path, e.bucket.Download(ctx, naming.Realised+name, path) //nolint:wrapcheck // it names the object
}

// Put keeps a file in place of the one of that name.
func (s shelf) Put(ctx context.Context, name, path string) error {
	_, err := s.engine.bucket.Upload(ctx, naming.Realised+name, path)
	return err //nolint:wrapcheck // it names the object
}

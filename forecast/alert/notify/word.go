package notify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/alert"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Reader says how things are when a message is worded.
type Reader interface {
	forecast.Describer
	forecast.DayReader
	forecast.LogReader
	PlanByID(ctx context.Context, id forecast.PlanID) (forecast.Plan, error)
	Drift(ctx context.Context) (forecast.Drift, error)
	Evaluation(ctx context.Context, id forecast.ExecutionID) (forecast.Evaluation, error)
}

// Writer words notices from what an engine says now.
type Writer struct {
	Reader   Reader
	Deadline func(d calendar.Date) time.Time // when a date becomes late; zero: never
	Zone     *time.Location
	Now      func() time.Time
}

// Word makes the message of a notice.
func (w Writer) Word(ctx context.Context, n alert.Notice) (alert.Message, error) {
	pipeline, err := w.Reader.Pipeline(ctx)
	if err != nil {
		return alert.Message{}, err //nolint:wrapcheck // the engine says what was read
	}
	switch n.Kind {
	case alert.Refresh:
		m := alert.Message{Kind: n.Kind, Key: n.Key, Pipeline: pipeline.Name, Plan: n.Plan, Subject: "REFRESH  " + pipeline.Name}
		if !n.Date.IsZero() {
			m.Dates = []calendar.Date{n.Date}
		}
		return m, nil
	case alert.Backfill:
		p, err := w.Reader.PlanByID(ctx, n.Plan)
		return alert.OfPlan(pipeline, p, n.Key), err //nolint:wrapcheck // the engine names the plan
	case alert.Drift:
		return w.drift(ctx, n, pipeline)
	default:
		return w.day(ctx, n, pipeline)
	}
}

// day makes the message of a notice about a date.
func (w Writer) day(ctx context.Context, n alert.Notice, pipeline forecast.Pipeline) (alert.Message, error) {
	day := alert.Day{Pipeline: pipeline, Kind: n.Kind, Key: n.Key, Now: w.Now(), Zone: w.Zone, Deadline: w.Deadline(n.Date)}
	days, err := w.Reader.Days(ctx, forecast.DayQuery{Range: calendar.Range{From: n.Date, To: n.Date}})
	if err != nil || len(days) == 0 {
		return alert.Message{}, fmt.Errorf("word a message about %s: %w", n.Date, errors.Join(err, forecast.ErrNotFound))
	}
	day.Day = days[0]
	number := n.Attempt
	if number == 0 {
		number = day.Day.Attempts
	}
	if number > 0 {
		all, err := w.Reader.Executions(ctx, n.Date)
		if err != nil {
			return alert.Message{}, err //nolint:wrapcheck // the engine names the date
		}
		i := slices.IndexFunc(all, func(e forecast.Execution) bool { return e.Attempt == number })
		if i < 0 {
			return alert.Message{}, fmt.Errorf("word a message about attempt %d of %s: %w", number, n.Date, forecast.ErrNotFound)
		}
		day.Attempt = all[i]
		day.ErrorLine = w.errorLine(ctx, day.Attempt)
		if n.Kind == alert.Gated {
			day.Input = w.input(ctx, day.Attempt.ID)
		}
	}
	return alert.OfDay(day), nil
}

// errorLine returns the first line of a failed step's log that looks like an
// error. A log that can't be read has none.
func (w Writer) errorLine(ctx context.Context, execution forecast.Execution) string {
	failed, ok := forecast.Day{Steps: execution.Steps}.FailedStep()
	if !ok {
		return ""
	}
	log, err := w.Reader.Logs(ctx, forecast.LogQuery{Execution: execution.ID, Step: failed.Name})
	if err != nil {
		return ""
	}
	defer func() { _ = log.Close() }()
	for {
		lines, err := log.Next(ctx)
		if line := alert.ErrorLine(lines); line != "" {
			return line
		}
		if errors.Is(err, io.EOF) || err != nil {
			return ""
		}
	}
}

// drift makes the message of a notice about drift, with what the newest evaluation
// says of the data.
func (w Writer) drift(ctx context.Context, n alert.Notice, pipeline forecast.Pipeline) (alert.Message, error) {
	d, err := w.Reader.Drift(ctx)
	if err != nil {
		return alert.Message{}, err //nolint:wrapcheck // it says what was read
	}
	days, err := w.Reader.Days(ctx, forecast.DayQuery{Last: recent})
	if err != nil {
		return alert.Message{}, err //nolint:wrapcheck // the engine says what was read
	}
	var causes []string
	if i := slices.IndexFunc(days, func(day forecast.Day) bool { return day.Metrics != nil && day.Last.ID != "" }); i >= 0 {
		causes = w.input(ctx, days[i].Last.ID)
	}
	return alert.OfDrift(pipeline, d, causes, n.Key), nil
}

// recent is among how many days the newest evaluation is looked for.
const recent = 14

// input returns how the data of an attempt are unlike those before. What can't be
// read is no reason to hold a message back.
func (w Writer) input(ctx context.Context, id forecast.ExecutionID) []string {
	evaluation, err := w.Reader.Evaluation(ctx, id)
	if err != nil {
		return nil
	}
	return evaluation.Input
}

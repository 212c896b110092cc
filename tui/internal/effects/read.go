package effects

import (
	"context"
	"errors"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Kinds of requests.
const (
	KindDescribe   Kind = "describe"
	KindDashboard  Kind = "dashboard"
	KindDays       Kind = "days"
	KindExecutions Kind = "executions"
	KindEvaluation Kind = "evaluation"
	KindHistory    Kind = "history"
	KindRealised   Kind = "realised"
	KindPlan       Kind = "plan"
	KindHold       Kind = "hold"
	KindApply      Kind = "apply"
	KindControl    Kind = "control"
	KindPlans      Kind = "plans"
	KindStop       Kind = "stop"
	KindFillPlan   Kind = "fill-plan"
	KindFill       Kind = "fill"
	KindLog        Kind = "log"
	KindSearch     Kind = "search"
	KindFilter     Kind = "filter"
	KindSpill      Kind = "spill"
	KindExport     Kind = "export"
	KindLink       Kind = "link"
	KindDraft      Kind = "draft"
	KindSave       Kind = "save"
)

// Described is what is operated, and its zone.
type Described struct {
	Pipeline forecast.Pipeline
	Zone     *time.Location
}

// Describe reads what is operated. It replies with a Described.
func (s *Scope) Describe() tea.Cmd {
	return ask(s, call{KindDescribe, "read the pipeline", deadline, patient}, func(ctx context.Context) (Described, error) {
		pipeline, err := s.effects.engine.Pipeline(ctx)
		if err != nil {
			return Described{}, err
		}
		zone, err := time.LoadLocation(pipeline.Timezone)
		if err != nil {
			return Described{}, fmt.Errorf("%w: timezone %q: %s", forecast.ErrInvalid, pipeline.Timezone, err.Error())
		}
		return Described{Pipeline: pipeline, Zone: zone}, nil
	})
}

// Board is what stands beside the name of the pipeline: how far the dashboard is, or
// why that can't be told, without a name if there is none; and the newest drift.
type Board struct {
	forecast.Dashboard

	Err   error
	Drift forecast.Drift
}

// Dashboard reads how far the dashboard is, if there is one, and whether forecasts
// drift. It replies with a Board.
func (s *Scope) Dashboard() tea.Cmd {
	return ask(s, call{KindDashboard, "read the dashboard", deadline, patient}, func(ctx context.Context) (Board, error) {
		drift, err := s.effects.engine.Drift(ctx)
		if err != nil {
			return Board{}, err
		}
		reader, ok := s.effects.engine.(forecast.DashboardReader)
		if !ok {
			return Board{Drift: drift}, nil
		}
		state, err := reader.Dashboard(ctx)
		if errors.Is(err, forecast.ErrNotFound) {
			return Board{Drift: drift}, nil
		}
		return Board{state, err, drift}, nil
	})
}

// Days reads days. It replies with []forecast.Day, newest first.
func (s *Scope) Days(query forecast.DayQuery) tea.Cmd {
	return ask(s, call{KindDays, "read days", deadline, patient}, func(ctx context.Context) ([]forecast.Day, error) {
		return s.effects.engine.Days(ctx, query)
	})
}

// Executions reads the attempts of a date. It replies with
// []forecast.Execution, oldest first.
func (s *Scope) Executions(date calendar.Date) tea.Cmd {
	return ask(s, call{KindExecutions, "read attempts of " + date.String(), deadline, patient}, func(ctx context.Context) ([]forecast.Execution, error) {
		return s.effects.engine.Executions(ctx, date)
	})
}

// Evaluation reads what the gate saw. It replies with a forecast.Evaluation.
func (s *Scope) Evaluation(id forecast.ExecutionID) tea.Cmd {
	return ask(s, call{KindEvaluation, "read the evaluation", deadline, patient}, func(ctx context.Context) (forecast.Evaluation, error) {
		return s.effects.engine.Evaluation(ctx, id)
	})
}

// Realised reads what published forecasts came to. It replies with a
// forecast.Realised. The engine may have to score them first.
func (s *Scope) Realised(query forecast.RealisedQuery) tea.Cmd {
	return ask(s, call{KindRealised, "read realised accuracy", changeDeadline, patient}, func(ctx context.Context) (forecast.Realised, error) {
		return s.effects.engine.Realised(ctx, query)
	})
}

// WeekBefore is the evaluation a week before another, if there is one.
type WeekBefore struct {
	Evaluation forecast.Evaluation
	Found      bool
}

// History reads an evaluation to compare another with. It replies with a
// WeekBefore; an execution without an evaluation is no error.
func (s *Scope) History(id forecast.ExecutionID) tea.Cmd {
	return ask(s, call{KindHistory, "read the evaluation a week before", deadline, patient}, func(ctx context.Context) (WeekBefore, error) {
		evaluation, err := s.effects.engine.Evaluation(ctx, id)
		if err != nil {
			return WeekBefore{}, ignoreNotFound(err)
		}
		return WeekBefore{Evaluation: evaluation, Found: true}, nil
	})
}

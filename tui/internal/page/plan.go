package page

import (
	"slices"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Rerun asks for dates again, from the step that failed.
func Rerun(env *Env, dates []calendar.Date) forecast.PlanRequest {
	return forecast.PlanRequest{
		Kind: forecast.PlanRerun, Dates: dates, Start: forecast.StartFailedStep,
		Order: forecast.NewestFirst, Cause: forecast.CauseRerun, Actor: env.Actor,
	}
}

// Backfill asks for the range of some dates, or for the last month without any.
func Backfill(env *Env, dates []calendar.Date) forecast.PlanRequest {
	span := calendar.Range{From: max(env.Pipeline.Start, env.Pipeline.Newest-29), To: env.Pipeline.Newest}
	if len(dates) > 0 {
		span = calendar.Range{From: slices.Min(dates), To: slices.Max(dates)}
	}
	return forecast.PlanRequest{
		Kind: forecast.PlanBackfill, Range: span, Mode: forecast.ModeMissing,
		Order: forecast.NewestFirst, Cause: forecast.CauseBackfill, Actor: env.Actor,
	}
}

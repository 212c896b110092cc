package enginetest

import (
	"maps"
	"slices"

	"github.com/daybatch/daybatch/forecast"
)

// The clones share nothing that their holder could change.

func cloneDay(d forecast.Day) forecast.Day {
	d.Last = cloneExecution(d.Last)
	d.Steps = cloneSteps(d.Steps)
	d.Metrics = maps.Clone(d.Metrics)
	return d
}

func cloneExecution(e forecast.Execution) forecast.Execution {
	e.Steps = cloneSteps(e.Steps)
	return e
}

func cloneSteps(steps []forecast.Step) []forecast.Step {
	steps = slices.Clone(steps)
	for i := range steps {
		steps[i].Command = slices.Clone(steps[i].Command)
	}
	return steps
}

func clonePlan(p forecast.Plan) forecast.Plan {
	p.Request.Dates = slices.Clone(p.Request.Dates)
	p.Rows = slices.Clone(p.Rows)
	for i := range p.Rows {
		p.Rows[i].Reused = slices.Clone(p.Rows[i].Reused)
	}
	return p
}

func cloneEvaluation(e forecast.Evaluation) forecast.Evaluation {
	e.Checks = slices.Clone(e.Checks)
	e.Measures = maps.Clone(e.Measures)
	e.Baseline = maps.Clone(e.Baseline)
	e.Origins = slices.Clone(e.Origins)
	e.Warnings = slices.Clone(e.Warnings)
	e.Input = slices.Clone(e.Input)
	e.Expected = slices.Clone(e.Expected)
	e.Series = slices.Clone(e.Series)
	for i := range e.Series {
		e.Series[i].Measures = maps.Clone(e.Series[i].Measures)
		e.Series[i].Warnings = slices.Clone(e.Series[i].Warnings)
	}
	return e
}

func cloneForecast(f forecast.SeriesForecast) forecast.SeriesForecast {
	f.Levels = slices.Clone(f.Levels)
	f.Actuals = slices.Clone(f.Actuals)
	f.Points = slices.Clone(f.Points)
	for i := range f.Points {
		f.Points[i].Lower = slices.Clone(f.Points[i].Lower)
		f.Points[i].Upper = slices.Clone(f.Points[i].Upper)
	}
	return f
}

func cloneTable(t forecast.Table) forecast.Table {
	t.Columns = slices.Clone(t.Columns)
	t.Rows = slices.Clone(t.Rows)
	for i := range t.Rows {
		t.Rows[i] = slices.Clone(t.Rows[i])
	}
	return t
}

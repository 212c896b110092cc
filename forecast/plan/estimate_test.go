package plan_test

import (
	"math"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/plan"
)

func TestEstimate(t *testing.T) {
	t.Parallel()
	dates := make([]plan.Facts, 0, 5)
	for d := range 5 {
		dates = append(dates, inState(t, jan(10+d), forecast.DayMissing))
	}
	const minute = time.Minute
	tests := []struct {
		name               string
		chunk, own, shared int // days of either kind: they took a minute and 20 seconds
		each               time.Duration
		want               forecast.Estimate
	}{
		{"nothing known", 3, 0, 0, 0, forecast.Estimate{}},
		{"own processes", 1, 9, 4, minute, forecast.Estimate{Wall: 3 * minute, Days: 9}},
		{"chunks", 3, 9, 4, minute / 3, forecast.Estimate{Wall: minute, Days: 4}},
		{"chunks for the first time", 3, 9, 0, minute, forecast.Estimate{Wall: 3 * minute, Days: 9, AtMost: true}},
		{"own processes for the first time", 1, 0, 4, minute / 3, forecast.Estimate{Wall: minute, Days: 4}},
	}
	for _, tt := range tests {
		rules := rulesFor(t)
		rules.Typical, rules.TypicalDays, rules.TypicalSharedDays = 0, tt.own, tt.shared
		if tt.own > 0 {
			rules.Typical = minute
		}
		if tt.shared > 0 {
			rules.TypicalShared = minute / 3
		}
		request := forecast.PlanRequest{Kind: forecast.PlanBackfill, Range: calendar.Range{From: jan(10), To: jan(14)}, Chunk: tt.chunk}
		p, err := plan.Make(request, dates, rules, noon(t))
		if err != nil {
			t.Fatal(err)
		}
		if p.Estimate != tt.want || p.Rows[0].Estimate != tt.each {
			t.Errorf("%s: estimate = %+v, of a row %s; want %+v, %s", tt.name, p.Estimate, p.Rows[0].Estimate, tt.want, tt.each)
		}
	}
}

// TestEstimateOfMachines: what has to start is waited for once by each date alone,
// and once by dates that share it.
func TestEstimateOfMachines(t *testing.T) {
	t.Parallel()
	dates := make([]plan.Facts, 0, 5)
	for d := range 5 {
		dates = append(dates, inState(t, jan(10+d), forecast.DayMissing))
	}
	const minute = time.Minute
	tests := []struct {
		name                    string
		chunk, active           int
		alone, shared, each, of time.Duration // of is the whole
		atMost                  bool
	}{
		{"alone", 1, 1, 7 * minute, 2 * minute, 7 * minute, 35 * minute, false},
		{"shared", 5, 1, 7 * minute, 2 * minute, 2 * minute, 15 * minute, false},
		{"shared by two each", 2, 1, 7 * minute, 2 * minute, 2 * minute, 25 * minute, false},
		{"shared, two machines at once", 5, 2, 7 * minute, 2 * minute, 2 * minute, 11 * minute, false},
		{"shared for the first time", 5, 1, 8 * minute, 0, 3 * minute, 20 * minute, true},
		{"alone for the first time", 1, 1, 0, 2 * minute, 7 * minute, 35 * minute, false},
	}
	for _, tt := range tests {
		rules := rulesFor(t)
		rules.Typical, rules.TypicalShared, rules.StartUp = tt.alone, tt.shared, 5*minute
		request := forecast.PlanRequest{
			Kind: forecast.PlanBackfill, Range: calendar.Range{From: jan(10), To: jan(14)}, Chunk: tt.chunk, MaxActive: tt.active,
		}
		p, err := plan.Make(request, dates, rules, noon(t))
		if err != nil {
			t.Fatal(err)
		}
		if p.Estimate.Wall != tt.of || p.Rows[0].Estimate != tt.each || p.Estimate.AtMost != tt.atMost {
			t.Errorf("%s: estimate = %+v, of a row %s; want %s, %s", tt.name, p.Estimate, p.Rows[0].Estimate, tt.of, tt.each)
		}
	}
}

// TestEstimateOfReruns: what is taken over of an attempt before takes no time, and
// no machine where each step has its own.
func TestEstimateOfReruns(t *testing.T) {
	t.Parallel()
	const minute = time.Minute
	work := plan.WorkOf(map[forecast.StepName]time.Duration{forecast.Extract: 4 * minute, forecast.Train: 5 * minute, forecast.Predict: minute})
	for _, tt := range []struct {
		name            string
		starts          int
		startUp         time.Duration
		work            map[forecast.StepName]float64
		start           forecast.StartFrom
		dates           int
		row, wall, each time.Duration
		cost            float64
	}{
		{"whole", 0, 0, work, forecast.StartWhole, 1, 10 * minute, 10 * minute, 10 * minute, 2},
		{"from the failed step", 0, 0, work, forecast.StartFailedStep, 1, 6 * minute, 6 * minute, 10 * minute, 1.2},
		{"steps unknown", 0, 0, nil, forecast.StartFailedStep, 1, 10 * minute, 10 * minute, 10 * minute, 2},
		{"one machine", 1, 5 * minute, work, forecast.StartFailedStep, 1, 11 * minute, 11 * minute, 15 * minute, 1.2},
		{"a machine a step", 6, 5 * minute, work, forecast.StartFailedStep, 1, 26 * minute, 26 * minute, 40 * minute, 1.2}, // four of six
		{"two dates at once", 0, 0, work, forecast.StartFailedStep, 2, 6 * minute, 6 * minute, 10 * minute, 2.4},
	} {
		rules := rulesFor(t)
		rules.Work, rules.Starts, rules.StartUp, rules.Typical, rules.TypicalDays, rules.TypicalCost, rules.TypicalHours = tt.work, tt.starts, tt.startUp, tt.each, 9, 2, 4
		rules.MaxActive = 2
		var facts []plan.Facts
		var dates []calendar.Date
		for d := range tt.dates {
			dates = append(dates, jan(15+d))
			facts = append(facts, inState(t, jan(15+d), forecast.DayFailed))
		}
		request := named(forecast.PlanRerun, dates...)
		request.Start = tt.start
		p, err := plan.Make(request, facts, rules, noon(t))
		if err != nil {
			t.Fatal(err)
		}
		near := func(a, b time.Duration) bool { return (a - b).Abs() < time.Millisecond }
		if !near(p.Rows[0].Estimate, tt.row) || !near(p.Estimate.Wall, tt.wall) || math.Abs(p.Estimate.Cost-tt.cost) > 1e-9 || math.Abs(p.Estimate.Hours-2*tt.cost) > 1e-9 {
			t.Errorf("%s: a row %s, all %s, %g; want %s, %s, %g", tt.name, p.Rows[0].Estimate, p.Estimate.Wall, p.Estimate.Cost, tt.row, tt.wall, tt.cost)
		}
	}
}

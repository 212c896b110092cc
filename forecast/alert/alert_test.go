package alert_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/alert"
	"github.com/daybatch/daybatch/forecast/calendar"
)

var day = calendar.Of(2026, time.January, 15)

func pipeline() forecast.Pipeline {
	return forecast.Pipeline{Name: "demand-daily", Engine: "local", Place: "/srv/demand"}
}

func at(hour, minute int) time.Time {
	return time.Date(2026, time.January, 16, hour, minute, 0, 0, time.UTC)
}

func failing(step forecast.StepName, class forecast.ReasonClass, text string) forecast.Execution {
	reason := forecast.Reason{Class: class, Text: text}
	return forecast.Execution{
		ID: "2026-01-15-a2", Date: day, Attempt: 2, Status: forecast.Failed, Reason: reason, Actor: "aki", Plan: "rr-3f9a12cd",
		Steps: []forecast.Step{{Name: forecast.Extract, Status: forecast.StepSucceeded}, {Name: step, Status: forecast.StepFailed, Reason: reason}},
	}
}

// TestOfDay checks the words of each kind of message about a date.
func TestOfDay(t *testing.T) {
	t.Parallel()
	older := forecast.Partition{Date: day, Generation: "3f9c", Execution: "2026-01-15-a1", Published: at(6, 41), Kind: forecast.GenerationOwn}
	tests := []struct {
		name string
		day  alert.Day
		want string
	}{
		{
			"failed", alert.Day{
				Kind: alert.Failed, Attempt: failing(forecast.Train, forecast.ReasonStep, "12 of 480 series have less than 14 days\nmore"),
				Day: forecast.Day{Date: day, State: forecast.DayFailed, Partition: older}, Deadline: at(9, 0), Now: at(7, 8),
				ErrorLine: "ERROR no rows for s3://x?X-Amz-Signature=0123456789abcdef",
			}, `FAILED  demand-daily 2026-01-15 at Train
why     12 of 480 series have less than 14 days
log     ERROR no rows for s3://x?X-Amz-Signature=[redacted]
readers still see generation 3f9c of 06:41
next    no automatic retry (step); late at 09:00, in 1 h 52 min
attempt 2 by aki, plan rr-3f9a12cd, local /srv/demand
do      daybatch logs 2026-01-15 --step train    daybatch rerun 2026-01-15 --from-step train`,
		},
		{
			"gated", alert.Day{
				Kind: alert.Gated, Attempt: failing(forecast.TrainEvaluation, forecast.ReasonGate, "wape 0.412 > 0.350, seasonal naive 0.371"),
				Day: forecast.Day{Date: day, State: forecast.DayGated}, Now: at(7, 8),
				Input: []string{"112 values in the week up to 2026-01-15, usually 140"},
			}, `GATED  demand-daily 2026-01-15 at TrainEvaluation
why     wape 0.412 > 0.350, seasonal naive 0.371
input   112 values in the week up to 2026-01-15, usually 140
readers see no partition of 2026-01-15
next    no automatic retry (gate)
attempt 2 by aki, plan rr-3f9a12cd, local /srv/demand
do      daybatch metrics 2026-01-15    daybatch rerun 2026-01-15`,
		},
		{
			"late, nobody ran it", alert.Day{
				Kind: alert.Late, Now: at(9, 0), Deadline: at(9, 0),
				Day: forecast.Day{
					Date: day, State: forecast.DayMissing, Reason: forecast.Reason{Text: "owed since 2026-01-16 06:00 UTC, nobody ran it"},
					Partition: forecast.Partition{Date: day, Generation: "77aa", Kind: forecast.GenerationFallback, FallbackOf: day - 3},
				},
			}, `LATE  demand-daily 2026-01-15
why     owed since 2026-01-16 06:00 UTC, nobody ran it
readers see a fallback from 2026-01-12, 3 days old
next    late since 09:00
local /srv/demand
do      daybatch run 2026-01-15`,
		},
		{
			"recovered", alert.Day{
				Kind: alert.Recovered, Attempt: forecast.Execution{ID: "2026-01-15-a3", Attempt: 3, Actor: "kei", Status: forecast.Succeeded},
				Day: forecast.Day{Date: day, State: forecast.DaySucceeded, Partition: forecast.Partition{
					Generation: "90ab", Execution: "2026-01-15-a3", Published: at(10, 5), Kind: forecast.GenerationOwn,
				}}, Now: at(10, 5), Deadline: at(9, 0),
			}, `RECOVERED  demand-daily 2026-01-15
readers see generation 90ab of 10:05
attempt 3 by kei, local /srv/demand`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.day.Pipeline = pipeline()
			if diff := cmp.Diff(strings.Split(tt.want, "\n"), strings.Split(alert.OfDay(tt.day).Text(), "\n")); diff != "" {
				t.Errorf("message (-want +got): %s", diff)
			}
		})
	}
}

func plan(state forecast.PlanState, outcome forecast.Outcome, failed int) forecast.Plan {
	p := forecast.Plan{
		ID: "bf-3f9a12cd", State: state, Outcome: outcome, Reason: "2 failed, 28 succeeded",
		Request: forecast.PlanRequest{Kind: forecast.PlanBackfill, Actor: "aki"},
	}
	for i := range 10 {
		row := forecast.PlanRow{Date: day - calendar.Date(i), State: forecast.RowSucceeded}
		if i < failed {
			row.State, row.Outcome = []forecast.RowState{forecast.RowFailed, forecast.RowGated}[i%2], "a1: boom"
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}

// TestOfPlan checks the words about plans.
func TestOfPlan(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		plan forecast.Plan
		want string
	}{
		{"ended well", plan(forecast.PlanEnded, forecast.OutcomeSucceeded, 0), `BACKFILL SUCCEEDED  demand-daily, 10 dates 2026-01-06 .. 2026-01-15
why     2 failed, 28 succeeded
plan bf-3f9a12cd by aki, local /srv/demand`},
		{"partly", plan(forecast.PlanEnded, forecast.OutcomePartly, 2), `BACKFILL PARTLY  demand-daily, 10 dates 2026-01-06 .. 2026-01-15
why     2 failed, 28 succeeded
failed  2026-01-15 a1: boom
gated   2026-01-14 a1: boom
plan bf-3f9a12cd by aki, local /srv/demand
do      daybatch backfill show bf-3f9a12cd    daybatch backfill retry bf-3f9a12cd`},
		{"paused", plan(forecast.PlanPaused, "", 9), `BACKFILL PAUSED  demand-daily, 10 dates 2026-01-06 .. 2026-01-15
why     2 failed, 28 succeeded
failed  2026-01-15 a1: boom
gated   2026-01-14 a1: boom
failed  2026-01-13 a1: boom
gated   2026-01-12 a1: boom
failed  2026-01-11 a1: boom
        and more: daybatch backfill show bf-3f9a12cd
plan bf-3f9a12cd by aki, local /srv/demand
do      daybatch backfill resume bf-3f9a12cd    daybatch backfill stop bf-3f9a12cd`},
		{"in review", plan(forecast.PlanReview, "", 0), `BACKFILL WAITS FOR REVIEW  demand-daily, 10 dates 2026-01-06 .. 2026-01-15
why     2 failed, 28 succeeded
plan bf-3f9a12cd by aki, local /srv/demand
do      daybatch backfill diff bf-3f9a12cd    daybatch backfill publish bf-3f9a12cd`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(strings.Split(tt.want, "\n"), strings.Split(alert.OfPlan(pipeline(), tt.plan, "k").Text(), "\n")); diff != "" {
				t.Errorf("message (-want +got): %s", diff)
			}
		})
	}
}

// TestDigest checks that a storm is one message that counts.
func TestDigest(t *testing.T) {
	t.Parallel()
	var storm []alert.Message
	for i := range 7 {
		storm = append(storm, alert.Message{
			Kind: alert.Late, Pipeline: "demand-daily", Dates: []calendar.Date{day + calendar.Date(i)},
			Subject: fmt.Sprintf("LATE  demand-daily %s", day+calendar.Date(i)), Reason: "nobody ran it",
		})
	}
	m := alert.Digest(storm)
	if m.Subject != "LATE  demand-daily: 7 dates" || len(m.Dates) != 7 {
		t.Errorf("digest = %q of %d dates", m.Subject, len(m.Dates))
	}
	if !strings.HasPrefix(m.Body, "LATE  demand-daily 2026-01-21\n        nobody ran it\n") || !strings.Contains(m.Body, "\nand 2 more\n") {
		t.Errorf("digest says\n%s", m.Body)
	}
}

// TestErrorLine checks that the first line that looks like an error is found, and
// is fit to be sent.
func TestErrorLine(t *testing.T) {
	t.Parallel()
	lines := []forecast.LogLine{{Text: "reading"}, {Text: "\x1b[31mERROR\x1b[0m password=hunter2222 refused"}, {Text: "panic: later"}}
	got := alert.ErrorLine(lines)
	if !strings.HasPrefix(got, "ERROR") || strings.Contains(got, "hunter2222") || strings.Contains(got, "\x1b") {
		t.Errorf("ErrorLine = %q; want the first error, clean", got)
	}
	if got := alert.ErrorLine(lines[:1]); got != "" {
		t.Errorf("ErrorLine of a good log = %q; want none", got)
	}
}

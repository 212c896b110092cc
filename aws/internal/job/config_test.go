package job_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/aws/internal/job"
	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/forecast"
)

// environment is that of a scheduled run, with changes.
func environment(changes ...string) []string {
	return append([]string{
		"PATH=/bin", "DAYBATCH_PIPELINE=demand-daily", "DAYBATCH_BUCKET=b", "DAYBATCH_PREFIX=daybatch/demand-daily", "DAYBATCH_PROJECT=abc123abc123",
		"DAYBATCH_RUN=run1run1run1", "DAYBATCH_ARN=" + arnPrefix + "run1run1run1", "DAYBATCH_DATE=auto", "DAYBATCH_DATES=none", "DAYBATCH_CARRIER=none", "DAYBATCH_ATTEMPT=auto",
		"DAYBATCH_SCHEDULED_TIME=2026-01-15T21:00:00Z", "DAYBATCH_STEP=all", "DAYBATCH_START=Extract", "DAYBATCH_PARENT=none", "DAYBATCH_PUBLISH=each",
		"DAYBATCH_REGION=ap-northeast-1", "DAYBATCH_DATABASE=lake", "DAYBATCH_WORKGROUP=none",
	}, changes...)
}

func TestReadConfig(t *testing.T) {
	t.Parallel()
	base := job.Config{
		Pipeline: "demand-daily", Bucket: "b", Prefix: "daybatch/demand-daily/", Project: "abc123abc123", Run: "run1run1run1", ARN: arnPrefix + "run1run1run1",
		Scheduled: time.Date(2026, time.January, 15, 21, 0, 0, 0, time.UTC), Start: forecast.Extract, Region: "ap-northeast-1", Database: "lake",
	}
	with := func(change func(*job.Config)) job.Config {
		c := base
		change(&c)
		return c
	}
	for _, tt := range []struct {
		name    string
		changes []string
		want    job.Config
	}{
		{"the schedule", nil, base},
		{"an attempt", []string{"DAYBATCH_DATE=2026-01-14", "DAYBATCH_ATTEMPT=3", "DAYBATCH_SCHEDULED_TIME=none"}, with(func(c *job.Config) {
			c.Date, c.Attempt, c.Scheduled = day()-1, 3, time.Time{}
		})},
		{"a step", []string{"DAYBATCH_STEP=Train", "DAYBATCH_START=PreProc", "DAYBATCH_PARENT=run0", "DAYBATCH_PUBLISH=staged"}, with(func(c *job.Config) {
			c.Step, c.Start, c.Parent, c.Staged = forecast.Train, forecast.PreProc, "run0", true
		})},
		{"dates", []string{"DAYBATCH_DATES=2026-01-15-to-2026-01-16-a1,2026-01-18-a3", "DAYBATCH_CARRIER=bf-1a2b-2", "DAYBATCH_SCHEDULED_TIME=none"}, with(func(c *job.Config) {
			c.Scheduled = time.Time{}
			c.Dates = []naming.Name{{First: day(), Last: day(), Attempt: 1}, {First: day() + 1, Last: day() + 1, Attempt: 1}, {First: day() + 3, Last: day() + 3, Attempt: 3}}
			c.Carrier = job.Carrier{Plan: "bf-1a2b", Number: 2}
		})},
	} {
		got, err := job.ReadConfig(environment(tt.changes...))
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("%s: ReadConfig = %v (-want +got):\n%s", tt.name, err, diff)
		}
	}
}

func TestReadConfigRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ change, want string }{
		{"DAYBATCH_ARN=none", "DAYBATCH_ARN: it is missing"},
		{"DAYBATCH_SCHEDULED_TIME=none", "DAYBATCH_DATE: neither a date nor the time"},
		{"DAYBATCH_SCHEDULED_TIME=yesterday", "DAYBATCH_SCHEDULED_TIME"},
		{"DAYBATCH_DATE=2026-02-30", "DAYBATCH_DATE"},
		{"DAYBATCH_ATTEMPT=0", "DAYBATCH_ATTEMPT"},
		{"DAYBATCH_DATES=2026-01-15-a1,2026-01-16", `DAYBATCH_DATES: "2026-01-16"`},
		{"DAYBATCH_CARRIER=bf", "DAYBATCH_CARRIER"},
		{"DAYBATCH_STEP=Cook", "DAYBATCH_STEP"},
		{"DAYBATCH_START=Train", "DAYBATCH_PARENT: none is given"},
		{"DAYBATCH_PUBLISH=never", "DAYBATCH_PUBLISH"},
	} {
		_, err := job.ReadConfig(environment(tt.change))
		if !errors.Is(err, forecast.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("ReadConfig with %s = %v; want %s", tt.change, err, tt.want)
		}
	}
}

package aws_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/daybatch/daybatch/aws/internal/bucket"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// What a run has left is gone by the rule of the bucket: a rerun of the failed step
// makes all of it again, and says why.
func TestRerunOfExpiredRun(t *testing.T) {
	t.Parallel()
	for _, layout := range []settings.Layout{settings.LayoutFused, settings.LayoutSteps} {
		t.Run(string(layout), func(t *testing.T) {
			t.Parallel()
			d := day(10)
			a := newAccount(t, enginetest.Definition(), enginetest.Script{d: {forecast.Predict: {enginetest.Fails("broken"), {}}}}, accountOptions{layout: layout, speed: 10})
			e := a.open(t, nil)
			runDates(t, e, d)
			request := forecast.PlanRequest{Kind: forecast.PlanRerun, Dates: []calendar.Date{d}, Start: forecast.StartFailedStep, Cause: forecast.CauseRerun, Actor: "aki"}
			p, err := e.Plan(t.Context(), request)
			must(t, err)
			if row := p.Rows[0]; row.StartStep != forecast.Predict {
				t.Fatalf("row = %+v; want one that takes over what is there", row)
			}
			keys, err := a.sim.Objects("bucket", a.settings.Prefix+"/runs/")
			must(t, err)
			loaded, err := config.LoadDefaultConfig(t.Context(), config.WithRegion(a.settings.Region), config.WithBaseEndpoint(a.address))
			must(t, err)
			client := s3.NewFromConfig(loaded, func(o *s3.Options) { o.UsePathStyle = true })
			must(t, bucket.Bucket{API: client, Name: "bucket"}.Delete(t.Context(), keys...))

			p, err = e.Plan(t.Context(), request)
			must(t, err)
			if row := p.Rows[0]; row.StartStep != forecast.Extract || !strings.Contains(row.Reason, "what it made has expired") {
				t.Fatalf("row = %s from %s, %q; want one that makes all again", row.Action, row.StartStep, row.Reason)
			}
			_, err = e.Apply(t.Context(), p.ID)
			must(t, err)
			must(t, e.Drive(t.Context(), p.ID))
			if day := dateDay(t, e, d); day.State != forecast.DaySucceeded || day.Attempts != 2 {
				t.Errorf("%s is %s after a%d; want it made", d, day.State, day.Attempts)
			}
		})
	}
}

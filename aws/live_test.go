//go:build live

package aws_test

import (
	"os"
	"testing"
	"time"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/aws/settings"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// These tests use a real account, and cost money: each run of a date is a
// processing job of some minutes. They deploy a pipeline of their own, which is
// named by DAYBATCH_LIVE_PIPELINE, below a prefix of the same name, and leave it
// there. Steps are the real ones, so that the image has to hold daybatch and a
// project whose source the database can be asked for.
//
//	DAYBATCH_LIVE_REGION      region
//	DAYBATCH_LIVE_PROFILE     profile of the shared configuration; may be empty
//	DAYBATCH_LIVE_BUCKET      bucket that exists
//	DAYBATCH_LIVE_ROLE        ARN of the role of the jobs
//	DAYBATCH_LIVE_IMAGE       URI of the image
//	DAYBATCH_LIVE_DATABASE    Glue database
//	DAYBATCH_LIVE_WORKGROUP   Athena workgroup
//	DAYBATCH_LIVE_QUERY       SELECT ds, region, orders ... over the database
//	DAYBATCH_LIVE_PIPELINE    name of the pipeline; daybatch-live by default
//	DAYBATCH_LIVE_DATE        a date that the source has rows for
//
//	go test -tags live -timeout 2h -run TestLive ./aws
//
// A variable that is missing skips the tests.

// liveWait is how long a date may take.
const liveWait = 40 * time.Minute

func liveEnv(t *testing.T, name string) string {
	t.Helper()
	value := os.Getenv("DAYBATCH_LIVE_" + name) //nolint:forbidigo // it says which account
	if value == "" {
		t.Skipf("DAYBATCH_LIVE_%s is not set", name)
	}
	return value
}

// liveAccount deploys the pipeline and opens an engine.
func liveAccount(t *testing.T) (*aws.Engine, calendar.Date) {
	t.Helper()
	def := enginetest.Definition()
	if def.Pipeline = os.Getenv("DAYBATCH_LIVE_PIPELINE"); def.Pipeline == "" { //nolint:forbidigo // as above
		def.Pipeline = "daybatch-live"
	}
	d, err := calendar.Parse(liveEnv(t, "DATE"))
	must(t, err)
	def.Start, def.End = d-7, d
	def.Source = forecast.Source{
		Query: liveEnv(t, "QUERY"), Series: []string{"region"}, Time: "ds", Value: "orders", HistoryDays: 90,
	}
	s := settings.Settings{
		Region: liveEnv(t, "REGION"), Profile: os.Getenv("DAYBATCH_LIVE_PROFILE"), Bucket: liveEnv(t, "BUCKET"), Prefix: "daybatch/" + def.Pipeline, //nolint:forbidigo // as above
		Role: liveEnv(t, "ROLE"), Image: liveEnv(t, "IMAGE"), Layout: settings.LayoutFused,
		Machine:  settings.Machine{Instance: "ml.m5.large", VolumeGB: 30, Instances: 1, MaxRuntime: time.Hour},
		Database: liveEnv(t, "DATABASE"), Workgroup: liveEnv(t, "WORKGROUP"),
	}
	deployment, err := aws.Deploy(t.Context(), aws.DeployOptions{Settings: s, Definition: def, Salt: newID()})
	must(t, err)
	p, err := deployment.Plan(t.Context())
	must(t, err)
	must(t, deployment.Apply(t.Context(), p, nil))
	e, err := aws.Open(t.Context(), aws.Options{
		Definition: def, Settings: s, Actor: "live", Host: "test", Now: time.Now, Version: "test", Cache: t.TempDir(), NewID: newID, //nolint:forbidigo // a real account has real time
	})
	must(t, err)
	t.Cleanup(func() { _ = e.Close() })
	return e, d
}

// TestLive runs a date, reads its log, runs it again, and goes back to what was
// published first.
func TestLive(t *testing.T) {
	e, d := liveAccount(t)
	for n := range 2 {
		_, driven := begin(t, e, forecast.PlanRequest{Kind: forecast.PlanRerun, Dates: []calendar.Date{d}})
		select {
		case err := <-driven:
			must(t, err)
		case <-time.After(liveWait):
			t.Fatalf("run %d has not ended after %s", n+1, liveWait)
		}
		attempts, err := e.Executions(t.Context(), d)
		must(t, err)
		last := attempts[len(attempts)-1]
		if last.Status != forecast.Succeeded {
			t.Fatalf("%s is %s %q; want Succeeded", last.ID, last.Status, last.Reason.Text)
		}
		if lines := readLog(t, e, forecast.LogQuery{Execution: last.ID}, ""); len(lines) == 0 {
			t.Errorf("%s has an empty log", last.ID)
		}
	}
	before, err := e.Partitions(t.Context(), forecast.PartitionQuery{Range: calendar.Range{From: d, To: d}})
	must(t, err)
	back, err := e.Rollback(t.Context(), forecast.RollbackRequest{Date: d, Actor: "live"})
	must(t, err)
	if back.Generation == before[0].Generation {
		t.Errorf("Rollback leaves %s current; want the one before", back.Generation)
	}
	found, err := e.Examine(t.Context())
	must(t, err)
	for _, f := range found {
		if f.Severity == forecast.SeverityError && f.Date == d {
			t.Errorf("%s %s %s", f.Kind, f.Date, f.Text)
		}
	}
}

// TestLiveStop stops a date while it runs: nothing of it is published.
func TestLiveStop(t *testing.T) {
	e, d := liveAccount(t)
	d--
	_, driven := begin(t, e, forecast.PlanRequest{Kind: forecast.PlanRerun, Dates: []calendar.Date{d}})
	ctx := t.Context()
	for {
		_, err := e.Stop(ctx, d, "live")
		if err == nil {
			break
		}
		select {
		case err := <-driven:
			t.Fatalf("the drive ended before the stop: %v", err)
		case <-time.After(5 * time.Second):
		}
	}
	must(t, <-driven)
	attempts, err := e.Executions(ctx, d)
	must(t, err)
	if last := attempts[len(attempts)-1]; last.Status != forecast.Stopped || last.Generation != "" {
		t.Errorf("%s is %s with generation %q; want Stopped, with none", last.ID, last.Status, last.Generation)
	}
}

package aws_test

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/aws/awssim"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// TestExamineTheMachine: a clock that is wrong, and a part that the login may not look
// at, are findings beside the others, with what to do.
func TestExamineTheMachine(t *testing.T) {
	t.Parallel()
	a := newAccount(t, enginetest.Definition(), nil, accountOptions{})
	host := func(off time.Duration) func(*aws.Options) {
		return func(o *aws.Options) { o.Clock = func() time.Time { return time.Now().Add(off) } } //nolint:forbidigo // what answers goes by it
	}
	for _, tt := range []struct {
		off      time.Duration
		severity forecast.Severity
		text     string
	}{
		{0, "", ""},
		{42 * time.Second, forecast.SeverityWarning, "s ahead of AWS's"},
		{-10 * time.Minute, forecast.SeverityError, "s behind AWS's"},
	} {
		e := a.open(t, host(tt.off))
		found, err := e.Examine(t.Context())
		must(t, err)
		well, err := e.Vitals(t.Context())
		must(t, err)
		if tt.text == "" {
			if len(found) != 0 || len(well) != 2 || well[0].Kind != "clock" || well[1].Kind != "login" || !strings.Contains(well[1].Text, "arn:aws:") {
				t.Errorf("Examine with a right clock = %+v, well is %+v; want nothing, and that clock and login are well", found, well)
			}
			continue
		}
		if len(well) != 1 || well[0].Kind != "login" {
			t.Errorf("with a clock %s off well is %+v; want the login alone", tt.off, well)
		}
		if kinds(found) != "clock-skew " || found[0].Severity != tt.severity || !strings.Contains(found[0].Text, tt.text) || found[0].Advice == "" {
			t.Errorf("Examine with a clock %s off = %+v; want %s", tt.off, found, tt.text)
		}
	}
	e := a.open(t, nil)
	remove := a.sim.Inject(awssim.Fault{Operation: "glue.GetPartitions", Effect: awssim.Effect{
		Code: "AccessDeniedException", Message: "User aki is not authorized to perform: glue:GetPartitions", Status: 400,
	}})
	found, err := e.Examine(t.Context())
	must(t, err)
	if kinds(found) != "permission " || !strings.Contains(found[0].Text, "glue:GetPartitions") || !strings.Contains(found[0].Advice, "deploy --print") {
		t.Errorf("Examine without a right = %+v; want the action that is not allowed, and what to do", found)
	}
	remove()
	defer a.sim.Inject(awssim.Fault{Operation: "sts.GetCallerIdentity", Effect: awssim.Effect{Code: "ExpiredTokenException", Message: "expired", Status: 400}})()
	if well, err := e.Vitals(t.Context()); !errors.Is(err, forecast.ErrLogin) {
		t.Errorf("Vitals after the login has expired = %+v, %v; want the error", well, err)
	}
	a.sim.Inject(awssim.Fault{Operation: "glue.GetPartitions", Effect: awssim.Effect{Code: "ExpiredTokenException", Message: "expired", Status: 400}})
	if found, err := e.Examine(t.Context()); err == nil {
		t.Errorf("Examine after the login has expired = %+v; want the error", found)
	}
}

// TestLooked says how old is what a subscription told, by the person's clock.
func TestLooked(t *testing.T) {
	t.Parallel()
	a := newAccount(t, enginetest.Definition(), nil, accountOptions{})
	var minute atomic.Int64
	wall := func() time.Time { return time.Date(2026, time.March, 1, 9, int(minute.Load()), 0, 0, time.UTC) }
	e := a.open(t, func(o *aws.Options) { o.Wall = wall })
	sub, err := e.Watch(t.Context(), "")
	must(t, err)
	defer func() { must(t, sub.Close()) }()
	if got := sub.(forecast.Polled).Looked(); !got.Equal(wall()) {
		t.Errorf("looked at %s; want %s", got, wall())
	}
	before := wall()
	minute.Add(1)
	defer a.sim.Inject(awssim.Fault{Operation: "s3.ListObjectsV2", Effect: awssim.Effect{Code: "AccessDenied", Message: "no"}})()
	if _, err := sub.Next(t.Context()); err == nil {
		t.Fatal("Next = nil; want what S3 answers")
	}
	if got := sub.(forecast.Polled).Looked(); !got.Equal(before) {
		t.Errorf("after a look that failed: %s; want %s", got, before)
	}
}

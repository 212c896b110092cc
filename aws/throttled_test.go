package aws_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/daybatch/daybatch/aws"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// TestThrottledGrid reads the days of an account that refuses three calls of four:
// what was read is not read again, so that whoever asks again sees all days soon.
func TestThrottledGrid(t *testing.T) {
	t.Parallel()
	const dates, most = 24, 100
	def := enginetest.Definition()
	first := calendar.Of(2025, time.November, 1)
	def.Start, def.End = first, first+dates-1
	a := newAccount(t, def, enginetest.Script{}, accountOptions{speed: 10})
	for i := range dates {
		a.putHistory(t, first+calendar.Date(i))
	}
	e := a.open(t, func(o *aws.Options) {
		o.Settings.Profile, o.Poll, o.Backoff = dyingProfile, time.Hour, time.Millisecond
	})
	for _, f := range throttles(0.75) {
		a.sim.Inject(f)
	}
	before := len(a.sim.Log())
	var days []forecast.Day
	for range most {
		var err error
		if days, err = e.Days(t.Context(), forecast.DayQuery{Range: calendar.Range{From: first, To: first + dates - 1}}); err == nil {
			break
		}
		if !errors.Is(err, forecast.ErrThrottled) || !errors.Is(err, forecast.ErrUnavailable) || !strings.Contains(err.Error(), ": throttled: ") {
			t.Fatalf("it says %v; want that it is throttled", err)
		}
	}
	if len(days) != dates {
		t.Fatalf("after %d times %d days are read; want %d", most, len(days), dates)
	}
	for _, day := range days {
		if day.State != forecast.DaySucceeded {
			t.Errorf("%s is %s; want Succeeded", day.Date, day.State)
		}
	}
	read, refused := 0, 0
	for _, c := range a.sim.Log()[before:] {
		switch {
		case c.Caller != dyingCaller:
		case c.Outcome != "ok":
			refused++
		case c.Operation == "s3.GetObject" && strings.Contains(c.Path, "/state/dates/"):
			read++
		}
	}
	if read != dates || refused == 0 {
		t.Errorf("records were read %d times, and %d calls refused; want %d times, and some", read, refused, dates)
	}
}

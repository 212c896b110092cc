//go:build unix

package local_test

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/local"
	"github.com/daybatch/daybatch/forecast/local/internal/store/storetest"
)

// Two hosts whose clocks are a day apart drive one plan while a step of it runs. A
// clock decides only whether the lease looks expired, and with that whether there
// is a second attempt; what is published is the fence's to say, and it is one
// generation, of the attempt that holds the date.
func TestSkewedClocks(t *testing.T) {
	t.Parallel()
	const skew = 24 * time.Hour
	tests := []struct {
		name          string
		holder, other time.Duration // how far their clocks are ahead
		attempts      int
	}{
		{"the other is ahead", 0, skew, 2},
		{"the other is behind", 0, -skew, 1},
		{"the holder is ahead", skew, 0, 1},
		{"the holder is behind", -skew, 0, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := calendar.Of(2026, 1, 10)
			dir := newProject(t, enginetest.Script{d: {forecast.Train: {enginetest.Hangs(), {}}}})
			now := clock()
			on := func(host string, ahead time.Duration) *local.Engine {
				o := options(enginetest.Definition())
				o.Host, o.Now = host, func() time.Time { return now().Add(ahead) }
				return open(t, dir, o)
			}
			holder, other := on("forge", tt.holder), on("anvil", tt.other)
			held, taken := make(chan error, 1), make(chan error, 1)
			go func() { held <- runDate(t.Context(), holder, d) }()
			plan := await(t, other, d, trains).Last.Plan
			go func() { taken <- other.Drive(t.Context(), plan) }()
			if tt.attempts == 2 {
				await(t, other, d, func(day forecast.Day) bool { return day.State == forecast.DaySucceeded })
			}
			release(t, dir, d, forecast.Train)
			// Who lost the plan waits for who has it.
			if err := errors.Join(<-held, <-taken); err != nil {
				t.Errorf("Drive = %v; want nil of both", err)
			}
			if day := dayOf(t, other, d); day.State != forecast.DaySucceeded || day.Attempts != tt.attempts {
				t.Errorf("day = %s after %d attempts (%s); want Succeeded after %d", day.State, day.Attempts, day.Reason.Text, tt.attempts)
			}
			wantOnePublication(t, other, d, tt.attempts)
			must(t, storetest.Chain(t.Context(), filepath.Join(dir, local.StateDir, "state.db")))
		})
	}
}

// A publisher that froze between the rename of the file and the commit of its
// records holds the lock of the records: nobody takes its date over, however old
// its lease is, and when it wakes up it completes.
func TestFrozenPublisher(t *testing.T) {
	t.Parallel()
	d := calendar.Of(2026, 1, 10)
	dir := newProject(t, nil)
	o := options(enginetest.Definition())
	now := o.Now
	o.Host, o.Now, o.LockWait = "anvil", func() time.Time { return now().Add(time.Hour) }, time.Millisecond
	other := open(t, dir, o)
	operator := start(t, "freeze", dir, d.String())
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(operator.Process.Pid, &status, syscall.WUNTRACED, nil); err != nil || !status.Stopped() {
		t.Fatalf("the operator has the status %v, %v; want it frozen", status, err)
	}
	plan := dayOf(t, other, d).Last.Plan
	if err := other.Drive(t.Context(), plan); !errors.Is(err, forecast.ErrUnavailable) {
		t.Errorf("Drive while the publisher is frozen = %v; want ErrUnavailable", err)
	}
	if _, err := other.Stop(t.Context(), d, "kei"); !errors.Is(err, forecast.ErrUnavailable) {
		t.Errorf("Stop while the publisher is frozen = %v; want ErrUnavailable: it can't be answered", err)
	}
	must(t, operator.Process.Signal(syscall.SIGCONT))
	if err := operator.Wait(); err != nil {
		t.Errorf("the operator ended with %v; want nil", err)
	}
	if day := dayOf(t, other, d); day.State != forecast.DaySucceeded || day.Attempts != 1 || day.Last.Host != "forge" {
		t.Errorf("day = %s after %d attempts, the last on %s (%s); want Succeeded after 1 on forge", day.State, day.Attempts, day.Last.Host, day.Reason.Text)
	}
	wantOnePublication(t, other, d, 1)
}

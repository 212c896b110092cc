//go:build unix

package local_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/local"
	"github.com/daybatch/daybatch/forecast/local/internal/store/storetest"
)

// stopStride is how far the writes that a stop falls on by default lie apart.
const stopStride = 3

// A stop that falls on any write of a date is answered in one of two ways, and the
// answer is true: nothing of the attempt is published from then on, or nothing is
// left to be stopped. One that falls on a commit waits for the lock meanwhile.
func TestStopAtEachWrite(t *testing.T) {
	t.Parallel()
	writes, _ := stopAt(t, 0)
	if writes < 20 {
		t.Fatalf("a date has %d writes; want more: are they numbered?", writes)
	}
	stride := int64(stopStride)
	if *everyWrite {
		stride = 1
	}
	// Those on a commit of a step come in time for sure; the others wait for the
	// lock that this write holds, and may get it when the date has been published.
	var stopped atomic.Int64
	t.Cleanup(func() {
		if stopped.Load() < writes/stride/5 {
			t.Errorf("%d stops came in time, of about %d; want those on a commit of a step", stopped.Load(), writes/stride)
		}
	})
	for k := int64(1); k <= writes; k += stride {
		t.Run(strconv.FormatInt(k, 10), func(t *testing.T) {
			t.Parallel()
			if _, inTime := stopAt(t, k); inTime {
				stopped.Add(1)
			}
		})
	}
}

// stopAt runs a date that another engine stops at its k-th write, and checks what
// came of it. It returns how many writes there were and whether the stop was
// answered in time.
func stopAt(t *testing.T, k int64) (writes int64, inTime bool) {
	t.Helper()
	d := crashDay(crashRun)
	dir := newCrashProject(t)
	other := openAs(t, dir, crashOptions(dir, nil))
	var answered atomic.Pointer[forecast.StopAnswer]
	stop := func() {
		answer, err := other.Stop(context.WithoutCancel(t.Context()), d, "kei")
		switch {
		case err == nil:
			answered.Store(&answer)
		case !errors.Is(err, forecast.ErrNotFound): // nothing runs yet, or any more
			t.Errorf("Stop = %v; want an answer", err)
		}
	}
	var stops sync.WaitGroup
	var n atomic.Int64
	e := openAs(t, dir, crashOptions(dir, func(op string) error {
		switch {
		case n.Add(1) != k:
		case strings.HasPrefix(op, "committed: "):
			stop()
		default:
			stops.Go(stop) // it may have to wait for this write
		}
		return nil
	}))
	if err := runDate(t.Context(), e, d); err != nil {
		t.Fatalf("Drive = %v; want nil", err)
	}
	stops.Wait()
	day := dayOf(t, other, d)
	all, err := other.Partitions(t.Context(), forecast.PartitionQuery{Range: calendar.Range{From: d, To: d}})
	must(t, err)
	switch answer := answered.Load(); {
	case answer == nil: // too early or too late to stop anything
		if day.State != forecast.DaySucceeded || len(all) != 1 {
			t.Errorf("nothing was stopped, and the day is %s %q with %d partitions; want Succeeded with one", day.State, day.Reason.Text, len(all))
		}
	case answer.TooLate:
		if day.State != forecast.DaySucceeded || len(all) != 1 || all[0].Generation != answer.Generation {
			t.Errorf("the stop was too late for %s, and the day is %s with %+v", answer.Generation, day.State, all)
		}
	default:
		if day.State != forecast.DayStopped || len(all) != 0 {
			t.Errorf("the stop was answered, and the day is %s %q with %+v; want Stopped with none", day.State, day.Reason.Text, all)
		}
		if _, err := os.Stat(filepath.Join(dir, "lake", "orders_forecast", "dt="+d.String(), "part-0.parquet")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the stop was answered, and the published file is there (%v)", err)
		}
	}
	must(t, storetest.Chain(t.Context(), filepath.Join(dir, local.StateDir, "state.db")))
	return n.Load(), answered.Load() != nil && !answered.Load().TooLate
}

//go:build unix

package local_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// BenchmarkCostPerDate is a backfill whose steps do nothing, one date after the
// other, and what a date costs at its beginning, in it, and at its end: the
// milliseconds from the end of one date to that of the next, and the processor time
// of the engine without its system calls, which depends less on what else runs on
// the machine. A cost that grows with what is done or with what is left shows in
// last/first, one that depends on how large the plan is between the sizes.
//
//	go test ./forecast/local -run '^$' -bench CostPerDate -benchtime 1x
func BenchmarkCostPerDate(b *testing.B) {
	for _, dates := range []int{100, 1000} {
		b.Run(fmt.Sprintf("dates=%d", dates), func(b *testing.B) {
			for b.Loop() {
				ends := &endings{}
				e, id := noop{dates: dates, active: 1, chunk: 1, fault: ends.note}.backfill(b)
				if err := e.Drive(b.Context(), id); err != nil {
					b.Fatal(err)
				}
				if len(ends.wall) != dates {
					b.Fatalf("%d dates ended; want %d", len(ends.wall), dates)
				}
				ends.report(b)
			}
		})
	}
}

// endings are when dates ended, in milliseconds of the clock and of the process.
type endings struct {
	mu        sync.Mutex
	wall, cpu []float64
}

// note notes the commit that publishes a date.
func (e *endings) note(op string) error {
	if !strings.HasPrefix(op, "committed: publish ") {
		return nil
	}
	var usage syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.wall = append(e.wall, float64(time.Now().UnixMicro())/1000) //nolint:forbidigo // it measures
	e.cpu = append(e.cpu, float64(usage.Utime.Nano())/1e6)
	return err
}

func (e *endings) report(b *testing.B) {
	b.Helper()
	// The very first date warms caches up.
	for _, r := range [][2]int{{2, 10}, {91, 100}, {491, 500}, {991, 1000}} {
		if r[1] <= len(e.wall) {
			b.ReportMetric(median(e.wall, r), fmt.Sprintf("ms/date-%d-%d", r[0], r[1]))
		}
	}
	n := len(e.wall)
	first, last := [2]int{2, n / 10}, [2]int{n - n/10 + 1, n}
	b.ReportMetric(median(e.cpu, last), "user-ms/date")
	b.ReportMetric(median(e.wall, last)/median(e.wall, first), "last/first")
	b.ReportMetric(median(e.cpu, last)/median(e.cpu, first), "user-last/first")
}

// median returns the median of the steps up to the dates of a range, counted from
// 1.
func median(at []float64, r [2]int) float64 {
	var took []float64
	for k := r[0] - 1; k < r[1]; k++ {
		took = append(took, at[k]-at[k-1])
	}
	slices.Sort(took)
	return took[len(took)/2]
}

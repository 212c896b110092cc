//go:build unix

package local_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/local"
)

// BenchmarkCostPerDate is a backfill whose steps do nothing, one date after the
// other, and what a date costs at its beginning, in it, and at its end, as
// milliseconds from the end of one date to that of the next. A cost that grows
// with what is done or with what is left shows in last/first.
func BenchmarkCostPerDate(b *testing.B) {
	const dates = 1000
	for b.Loop() {
		ends := &endings{}
		e, id := noopBackfill(b, dates, 1, ends.note)
		if err := e.Drive(b.Context(), id); err != nil {
			b.Fatal(err)
		}
		if len(ends.at) != dates {
			b.Fatalf("%d dates ended; want %d", len(ends.at), dates)
		}
		// The very first date warms caches up.
		for _, r := range [][2]int{{2, 10}, {91, 100}, {491, 500}, {991, 1000}} {
			b.ReportMetric(ends.cost(r[0], r[1]), fmt.Sprintf("ms/date-%d-%d", r[0], r[1]))
		}
		b.ReportMetric(ends.cost(dates-99, dates)/ends.cost(2, 100), "last/first-hundred")
	}
}

// endings are when dates ended.
type endings struct {
	mu sync.Mutex
	at []time.Time
}

// note notes the commit that publishes a date.
func (e *endings) note(op string) error {
	if strings.HasPrefix(op, "committed: publish ") {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.at = append(e.at, time.Now()) //nolint:forbidigo // it measures
	}
	return nil
}

// cost returns the median milliseconds of the dates from the i-th to the j-th.
func (e *endings) cost(i, j int) float64 {
	var took []float64
	for k := i - 1; k < j; k++ {
		took = append(took, e.at[k].Sub(e.at[k-1]).Seconds()*1000)
	}
	slices.Sort(took)
	return took[len(took)/2]
}

// noopBackfill applies a backfill of dates whose steps do nothing, so many of
// them at once, a process for each step.
func noopBackfill(b *testing.B, dates, active int, fault func(string) error) (*local.Engine, forecast.PlanID) {
	b.Helper()
	def := longDefinition()
	def.Limits.MaxActive, def.Limits.Chunk = active, 1
	dir := newProject(b, nil)
	o := options(def)
	o.Fault = fault
	script := filepath.Join(dir, "step.sh")
	if err := os.WriteFile(script, []byte(stepProgram(noopStep)), 0o600); err != nil {
		b.Fatal(err)
	}
	o.StepCommand = []string{"/bin/sh", script}
	e := open(b, dir, o)
	p, err := e.Plan(b.Context(), forecast.PlanRequest{
		Kind: forecast.PlanBackfill, Range: newest(dates), Cause: forecast.CauseBackfill, Actor: "aki",
	})
	if err == nil {
		_, err = e.Apply(b.Context(), p.ID)
	}
	if err != nil {
		b.Fatal(err)
	}
	return e, p.ID
}

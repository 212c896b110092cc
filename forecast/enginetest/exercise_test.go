package enginetest_test

import (
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
)

// TestFakeKeepsTheContract runs the cases against the engine in memory.
func TestFakeKeepsTheContract(t *testing.T) {
	t.Parallel()
	enginetest.Exercise(t, func(_ *testing.T, def forecast.Definition, script enginetest.Script) enginetest.Harness {
		f := enginetest.NewFake(enginetest.FakeOptions{
			Definition: def, Script: script, Auto: true,
			Start: time.Date(2026, time.February, 10, 3, 0, 0, 0, time.UTC),
		})
		return enginetest.Harness{
			Engine:   f,
			Release:  f.Release,
			Peer:     func(*testing.T) forecast.Engine { return f.Peer("kei", "anvil") },
			ReadOnly: func(*testing.T) forecast.Engine { return f.ReadOnly() },
			Source: &enginetest.Source{
				Arrive:  func(_ *testing.T, d calendar.Date) { f.SetArrived(d, "orders.csv arrived since") },
				Correct: func(_ *testing.T, d calendar.Date) { f.SetStale(d) },
				Look:    func(*testing.T) {}, // what it is told it knows
			},
		}
	})
}

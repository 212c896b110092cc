package effects_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/forecast/journal"
	"github.com/daybatch/daybatch/tui/internal/effects"
)

func acts(t *testing.T, s *effects.Scope) []journal.Act {
	t.Helper()
	reply, ok := s.Activity()().(effects.Reply[[]journal.Act])
	if !ok {
		t.Fatal("the journal can't be read")
	}
	return reply.Value
}

// Several processes append to one file, and no line is torn or lost.
func TestJournalOfSeveralProcesses(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "activity.jsonl")
	fake := enginetest.NewFake(enginetest.FakeOptions{})
	const processes, each = 4, 25
	var wait sync.WaitGroup
	for range processes {
		e := effects.New(t.Context(), fake, fake.Time)
		e.Keep(path, "aki@forge")
		wait.Go(func() {
			s := e.Scope()
			for range each {
				s.Stop([]calendar.Date{0}, "aki@forge")() // there is nothing to stop
			}
		})
	}
	wait.Wait()
	e := effects.New(t.Context(), fake, fake.Time)
	e.Keep(path, "aki@forge")
	found := acts(t, e.Scope())
	if len(found) != processes*each {
		t.Fatalf("the journal has %d acts; want %d", len(found), processes*each)
	}
	for _, act := range found {
		if !act.Failed || act.Actor != "aki@forge" || !strings.HasPrefix(act.Command, "daybatch stop ") {
			t.Fatalf("act = %+v; want a failed stop by aki@forge", act)
		}
	}
}

// Of a long file the end is read; where the file can't be written, the session
// still knows what it did.
func TestJournalLimits(t *testing.T) {
	t.Parallel()
	fake := enginetest.NewFake(enginetest.FakeOptions{})
	path := filepath.Join(t.TempDir(), "activity.jsonl")
	line := `{"what":"stop","outcome":"` + strings.Repeat("x", 1000) + `"}` + "\n"
	if err := os.WriteFile(path, []byte(strings.Repeat(line, 2000)), 0o600); err != nil {
		t.Fatal(err)
	}
	e := effects.New(t.Context(), fake, fake.Time)
	e.Keep(path, "aki@forge")
	if n := len(acts(t, e.Scope())); n < 400 || n > 600 {
		t.Errorf("of 2,000 acts %d are read; want about the last half of a megabyte", n)
	}
	lost := effects.New(t.Context(), fake, fake.Time)
	lost.Keep(filepath.Join(t.TempDir(), "gone", "state", "activity.jsonl"), "aki@forge")
	s := lost.Scope()
	if _, ok := s.Control("none", forecast.VerbPause, "aki@forge")().(effects.Failed); !ok {
		t.Fatal("a plan that is not there was paused")
	}
	if found := acts(t, s); len(found) != 1 || found[0].What != "pause plan none" {
		t.Errorf("acts = %+v; want the one of this process", found)
	}
}

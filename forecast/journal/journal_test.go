package journal_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/journal"
)

// What one has done others read, the newest first. The directory is made, if the
// project has none yet.
func TestJournal(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state", journal.FileName)
	at := time.Date(2026, 1, 21, 0, 30, 0, 0, time.UTC)
	stop := journal.Act{At: at, What: "stop 2026-01-15", Command: "daybatch stop latest", Date: calendar.Of(2026, 1, 15)}
	journal.New(path, "aki").Add(stop.With(forecast.StopAnswer{}, nil))
	other := journal.New(path, "mio")
	other.Add(journal.Act{At: at, What: "mend"}.With(nil, errors.New("disk full")))
	if err := appendTo(path, "{\"what\": torn"); err != nil {
		t.Fatal(err)
	}
	got, err := journal.New(path, "").Read()
	stop.Actor, stop.Outcome = "aki", "stopped"
	want := []journal.Act{{At: at, Actor: "mio", What: "mend", Outcome: "disk full", Failed: true}, stop}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("Read, %v, differs (-want +got):\n%s", err, diff)
	}
}

func appendTo(path, text string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}

// Of an answer the journal says what it came to.
func TestOutcome(t *testing.T) {
	t.Parallel()
	for want, answer := range map[string]any{
		"plan bf-1 is paused":                     forecast.Plan{ID: "bf-1", State: forecast.PlanPaused},
		"too late: generation 3f9c was published": forecast.StopAnswer{TooLate: true, Generation: "3f9c"},
		"readers see generation 3f9c":             forecast.Partition{Generation: "3f9c"},
		"1 of 2 findings mended":                  []forecast.Finding{{Mended: true}, {}},
		"not known: the program ended first":      nil,
	} {
		if got := (journal.Act{}).With(answer, nil).Outcome; got != want {
			t.Errorf("With(%+v).Outcome = %q; want %q", answer, got, want)
		}
	}
}

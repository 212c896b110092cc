package app_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/tui/internal/page"
)

// TestSnapshot shows at a start what the one before has read, with its age, until the
// engine answers, and leads to each day's last attempt.
func TestSnapshot(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "cache", "days.json")
	play(t, scene{seed: month, snapshot: file}, func(p *script) { p.Expect("Failed") })
	out := func(f *enginetest.Fake) {
		month(f)
		for range 3 {
			for _, call := range []string{"Days", "Watch", "Executions"} {
				f.FailNext(call, forecast.ErrUnavailable)
			}
		}
	}
	play(t, scene{seed: out, snapshot: file}, func(p *script) {
		p.ExpectLine("shown as of 09:30:00 JST", "unavailable").ExpectLine("2026-01-18", "Failed")
		p.Press("2*j enter").ExpectPage(page.Day).ExpectLine("PreProc", "Failed").ExpectLine("shown as of", "unavailable").Press("esc")
		for range 10 {
			time.Sleep(time.Second)
			p.settle()
		}
		p.Expect("live").ExpectNot("shown as of").ExpectLine("2026-01-18", "Failed")
	})
}

// TestSnapshotIsNone starts as without one.
func TestSnapshotIsNone(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"none": "", "torn": `{"at": "2026-01-`, "other": `{"days": 7}`} {
		file := filepath.Join(t.TempDir(), "days.json")
		if name != "none" {
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		seed := func(f *enginetest.Fake) {
			month(f)
			for range 3 {
				f.FailNext("Days", forecast.ErrUnavailable)
				f.FailNext("Watch", forecast.ErrUnavailable)
			}
		}
		play(t, scene{seed: seed, snapshot: file}, func(p *script) {
			p.Expect("The days can't be read").ExpectNot("shown as of")
			for range 10 {
				time.Sleep(time.Second)
				p.settle()
			}
			p.ExpectLine("2026-01-18", "Failed")
		})
	}
}

// TestDayIsKnown shows of a day what its row has told, while its attempts are not read.
func TestDayIsKnown(t *testing.T) {
	t.Parallel()
	play(t, scene{seed: month}, func(p *script) {
		p.fake.FailNext("Executions", forecast.ErrUnauthorised)
		p.Press("2*j enter").ExpectPage(page.Day).ExpectLine("PreProc", "Failed").ExpectLine("shown as of before", "not authorised")
		p.Press("r").ExpectNot("shown as of").ExpectLine("PreProc", "Failed")
	})
}

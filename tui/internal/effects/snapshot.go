package effects

import (
	"context"
	"encoding/json"
	"os"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
)

// KindSnapshot is the request of the days that were kept.
const KindSnapshot Kind = "snapshot"

// Snapshot is how days were when they were read, the newest first.
type Snapshot struct {
	At   time.Time      `json:"at"`
	Days []forecast.Day `json:"days"`
}

// Snapshots sets the file that keeps the days for the next start, before the program
// begins: for an engine that is far away. Empty: they are not kept.
func (e *Effects) Snapshots(path string) { e.snapshots = path }

// Snapshot reads the days that were kept last. It replies with a Snapshot: without
// days if there are none that can be read, as the engine is asked anyway.
func (s *Scope) Snapshot() tea.Cmd {
	path := s.effects.snapshots
	if path == "" {
		return nil
	}
	return ask(s, call{KindSnapshot, "read the days of last time", deadline, once}, func(context.Context) (Snapshot, error) {
		var kept Snapshot
		text, err := os.ReadFile(path) //nolint:gosec // the caller names the project's own file
		if err != nil || json.Unmarshal(text, &kept) != nil {
			return Snapshot{}, nil //nolint:nilerr // said above
		}
		return kept, nil
	})
}

// KeepDays keeps days for the next start. What goes wrong with it is not worth a word:
// the next start waits for the engine.
func (s *Scope) KeepDays(kept Snapshot) tea.Cmd {
	path := s.effects.snapshots
	if path == "" {
		return nil
	}
	return func() tea.Msg {
		s.effects.writing.Lock()
		defer s.effects.writing.Unlock()
		if text, err := json.Marshal(kept); err == nil {
			_ = write(path, text)
		}
		return nil
	}
}

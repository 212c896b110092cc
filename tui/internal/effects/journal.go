package effects

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/daybatch/daybatch/forecast"
)

// KindActivity is the request for what was done.
const KindActivity Kind = "activity"

// StartedPlan is what an act is called that began a plan.
const StartedPlan = "start a plan"

// Act is something that was done from a screen.
type Act struct {
	At      time.Time       `json:"at"`
	Actor   string          `json:"actor"`
	What    string          `json:"what"`
	Command string          `json:"command"` // that does the same
	Outcome string          `json:"outcome"`
	Failed  bool            `json:"failed,omitempty"`
	Plan    forecast.PlanID `json:"plan,omitempty"`
}

// journal keeps acts: in a file, one a line as JSON, and those of this process
// in memory, for where the file can't be written.
type journal struct {
	path  string
	actor string

	mu   sync.Mutex
	acts []Act // of this process, guarded by mu
}

// Keep makes what is changed from here known to later sessions, in a file that
// several processes may append to. Call it before anything else; an empty path
// keeps it for this process only.
func (e *Effects) Keep(path, actor string) { e.journal.path, e.journal.actor = path, actor }

// noted returns a change whose outcome is kept.
func (s *Scope) noted(what, command string, change tea.Cmd) tea.Cmd {
	return func() tea.Msg {
		msg := change()
		switch msg := msg.(type) {
		case Failed:
			s.note(what, command, nil, msg.Err)
		case interface{ value() any }:
			s.note(what, command, msg.value(), nil)
		default:
			s.note(what, command, nil, nil)
		}
		return msg
	}
}

// note keeps what came of a change.
func (s *Scope) note(what, command string, value any, err error) {
	kept := &s.effects.journal
	act := Act{At: s.effects.now(), Actor: kept.actor, What: what, Command: command}
	switch value := value.(type) {
	case forecast.Plan:
		act.Plan = value.ID
		act.Outcome = fmt.Sprintf("plan %s is %s", value.ID, strings.ToLower(string(value.State)))
	case forecast.StopAnswer:
		act.Outcome = "stopped"
		if value.TooLate {
			act.Outcome = "too late: generation " + value.Generation + " was published"
		}
	case forecast.Partition:
		act.Outcome = "readers see generation " + value.Generation
	case []forecast.Finding:
		mended := 0
		for _, finding := range value {
			if finding.Mended {
				mended++
			}
		}
		act.Outcome = fmt.Sprintf("%d of %d findings mended", mended, len(value))
	default:
		act.Outcome = "not known: the program ended first"
	}
	if err != nil {
		act.Outcome, act.Failed = err.Error(), true
	}
	kept.add(act)
}

// add keeps an act. Where the file can't be written, the session still has it.
func (j *journal) add(act Act) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.acts = append(j.acts, act)
	if j.path == "" {
		return
	}
	line, err := json.Marshal(act)
	if err != nil {
		return
	}
	file, err := os.OpenFile(j.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644) //nolint:gosec // the team reads what was done
	if err != nil {
		return
	}
	_, _ = file.Write(append(line, '\n')) // one write: lines of several processes do not mix
	_ = file.Close()
}

// read returns the newest acts, the newest first.
func (j *journal) read() ([]Act, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	acts := slices.Clone(j.acts)
	slices.Reverse(acts)
	if j.path == "" {
		return acts, nil
	}
	text, err := tailOf(j.path)
	if errors.Is(err, fs.ErrNotExist) {
		return acts, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what was done: %w", err)
	}
	acts = acts[:0]
	for line := range bytes.Lines(text) {
		var act Act
		if json.Unmarshal(line, &act) == nil { // a torn or foreign line is no act
			acts = append(acts, act)
		}
	}
	slices.Reverse(acts)
	return acts, nil
}

// tailOf returns the end of a file, from the beginning of a line.
func tailOf(path string) ([]byte, error) {
	const most = 512 << 10
	file, err := os.Open(path) //nolint:gosec // the caller names the project's own file
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	from := max(0, info.Size()-most)
	text := make([]byte, info.Size()-from)
	n, err := file.ReadAt(text, from)
	if err != nil && n < len(text) {
		return nil, err
	}
	if from > 0 {
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	return text, nil
}

// Activity reads what was done from screens. It replies with []Act, newest
// first.
func (s *Scope) Activity() tea.Cmd {
	return ask(s, call{KindActivity, "read what was done", deadline, once}, func(context.Context) ([]Act, error) {
		return s.effects.journal.read()
	})
}

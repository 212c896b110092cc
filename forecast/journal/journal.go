// Package journal keeps what people have changed: who, when, by which command, and what
// came of it. Screens and commands of one project write to the same file, one act a
// line as JSON, and any number of processes may at once.
package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// FileName is the journal's, in the directory where a project keeps its state.
const FileName = "activity.jsonl"

// What acts are called that have to do with plans.
const (
	StartedPlan = "start a plan"
	SavedPlan   = "save a plan"
)

// Act is something that was done.
type Act struct {
	At      time.Time       `json:"at"`
	Actor   string          `json:"actor"`
	What    string          `json:"what"`
	Command string          `json:"command"` // that does the same
	Outcome string          `json:"outcome"`
	Failed  bool            `json:"failed,omitempty"`
	Plan    forecast.PlanID `json:"plan,omitempty"`
	Date    calendar.Date   `json:"date,omitzero"` // that it was done to; zero: to none, or to several
}

// With returns the act with what came of it: the answer of the engine, or why there is
// none.
func (a Act) With(answer any, err error) Act {
	switch answer := answer.(type) {
	case forecast.Plan:
		a.Plan = answer.ID
		a.Outcome = fmt.Sprintf("plan %s is %s", answer.ID, strings.ToLower(string(answer.State)))
	case forecast.StopAnswer:
		a.Outcome = "stopped"
		if answer.TooLate {
			a.Outcome = "too late: generation " + answer.Generation + " was published"
		}
	case forecast.Partition:
		a.Outcome = "readers see generation " + answer.Generation
	case []forecast.Finding:
		mended := 0
		for _, finding := range answer {
			if finding.Mended {
				mended++
			}
		}
		a.Outcome = fmt.Sprintf("%d of %d findings mended", mended, len(answer))
	default:
		a.Outcome = "not known: the program ended first"
	}
	if err != nil {
		a.Outcome, a.Failed = err.Error(), true
	}
	return a
}

// Journal is what was done to a project. Make one with New.
type Journal struct {
	path  string
	actor string

	mu   sync.Mutex
	acts []Act // of this process, guarded by mu: for where the file can't be written
}

// New returns the journal in a file, for what an actor does from now on; an empty path
// keeps that for this process only.
func New(path, actor string) *Journal { return &Journal{path: path, actor: actor} }

// Add keeps an act of the actor. What was done is done, whether or not the file can be
// written, so there is no error.
func (j *Journal) Add(act Act) {
	j.mu.Lock()
	defer j.mu.Unlock()
	act.Actor = j.actor
	j.acts = append(j.acts, act)
	if j.path == "" {
		return
	}
	line, err := json.Marshal(act)
	if err != nil {
		return
	}
	file, err := j.open()
	if err != nil {
		return
	}
	_, _ = file.Write(append(line, '\n')) // one write: lines of several processes do not mix
	_ = file.Close()
}

// open opens the file to append to. A project whose pipeline runs elsewhere may have no
// directory for it yet.
func (j *Journal) open() (*os.File, error) {
	const flags = os.O_CREATE | os.O_APPEND | os.O_WRONLY
	file, err := os.OpenFile(j.path, flags, 0o644) //nolint:gosec // the team reads what was done
	if !errors.Is(err, fs.ErrNotExist) {
		return file, err //nolint:wrapcheck // nobody is told
	}
	if err := os.Mkdir(filepath.Dir(j.path), 0o755); err != nil { //nolint:gosec // as above
		return nil, err //nolint:wrapcheck // as above
	}
	return os.OpenFile(j.path, flags, 0o644) //nolint:gosec,wrapcheck // as above
}

// Read returns the newest acts of all, the newest first.
func (j *Journal) Read() ([]Act, error) {
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

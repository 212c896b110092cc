package foreign

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	"github.com/daybatch/daybatch/aws/internal/definition"
	"github.com/daybatch/daybatch/aws/internal/runs"
	"github.com/daybatch/daybatch/forecast"
)

// History keeps on disk what does not change any more, so that it is asked for
// once: which executions there are, and what became of those that have ended. It
// can be removed at any time, and any number of processes may use it: each file is
// replaced as a whole, and what one loses the next one asks for again.
type History struct {
	dir string

	mu      sync.Mutex
	index   Index
	details map[string]Details
	graphs  map[string]definition.Graph
}

// Index are all executions that were created before an instant.
type Index struct {
	Through time.Time             `json:"through"` // zero: nothing is known
	Since   time.Time             `json:"since"`   // and after this one; zero: all that there are
	Runs    map[string]Remembered `json:"runs"`    // by id
}

// Remembered is an execution as it was listed last.
type Remembered struct {
	runs.Run

	Given map[string]string `json:"given,omitempty"` // its parameters
	Asked bool              `json:"asked,omitempty"` // they are known, and never change
}

// Details are what SageMaker told of an execution that has ended.
type Details struct {
	Run        runs.Run               `json:"run"`        // Changed says which state of it
	Definition string                 `json:"definition"` // hash of the one that it ran
	Steps      []runs.Step            `json:"steps"`
	Jobs       map[string]runs.Detail `json:"jobs"` // by step
	Measures   forecast.Measures      `json:"measures,omitempty"`
	// Reported are the steps whose reports Measures has, and Problem why one could not
	// be read; empty if it could.
	Reported []string `json:"reported,omitempty"`
	Problem  string   `json:"problem,omitempty"`
	// Denied says that a right was lacking to read a job, which is no fact about the
	// execution: somebody may have it later, or who runs another process.
	Denied bool `json:"-"`
}

// NewHistory returns the history in a directory, which need not be there. What is
// damaged counts as absent.
func NewHistory(dir string) *History {
	h := &History{dir: dir, details: make(map[string]Details), graphs: make(map[string]definition.Graph)}
	if err := h.read("executions", &h.index); err != nil {
		h.index = Index{}
	}
	if h.index.Runs == nil {
		h.index.Runs = make(map[string]Remembered)
	}
	return h
}

// Index returns the executions that are known. The map is the caller's to change.
func (h *History) Index() Index {
	h.mu.Lock()
	defer h.mu.Unlock()
	index := h.index
	index.Runs = maps.Clone(h.index.Runs)
	return index
}

// SetIndex replaces the executions that are known.
func (h *History) SetIndex(index Index) error {
	h.mu.Lock()
	h.index = index
	h.mu.Unlock()
	return h.write("executions", index)
}

// Details returns what is known of an execution that had ended when it was looked
// at, and false if nothing is.
func (h *History) Details(id string) (Details, bool) {
	h.mu.Lock()
	known, ok := h.details[id]
	h.mu.Unlock()
	if ok {
		return known, true
	}
	if err := h.read("execution-"+id, &known); err != nil || known.Run.ARN == "" {
		return Details{}, false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.details[id] = known
	return known, true
}

// Keep keeps what became of an execution that has ended.
func (h *History) Keep(id string, d Details) error {
	h.Hold(id, d)
	return h.write("execution-"+id, d)
}

// Hold keeps what became of an execution for as long as the process runs.
func (h *History) Hold(id string, d Details) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.details[id] = d
}

// Graph returns a definition that was kept, by its hash, and false if it is not
// there.
func (h *History) Graph(hash string) (definition.Graph, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if g, ok := h.graphs[hash]; ok {
		return g, true
	}
	var text json.RawMessage
	if h.read("definition-"+hash, &text) != nil {
		return definition.Graph{}, false
	}
	g, err := definition.Parse(text)
	if err != nil || Hash(string(text)) != hash {
		return definition.Graph{}, false
	}
	h.graphs[hash] = g
	return g, true
}

// KeepDefinition keeps the text of a definition, and returns it read with its hash.
func (h *History) KeepDefinition(text string) (definition.Graph, string, error) {
	hash := Hash(text)
	if g, ok := h.Graph(hash); ok {
		return g, hash, nil
	}
	g, err := definition.Parse([]byte(text))
	if err != nil {
		return g, hash, err //nolint:wrapcheck // it says what is wrong with it
	}
	h.mu.Lock()
	h.graphs[hash] = g
	h.mu.Unlock()
	return g, hash, h.write("definition-"+hash, json.RawMessage(text))
}

// Hash identifies the text of a definition, however it is spaced, by 12 hexadecimal
// digits.
func Hash(text string) string {
	var value any
	if json.Unmarshal([]byte(text), &value) == nil {
		if again, err := json.Marshal(value); err == nil {
			text = string(again)
		}
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])[:12]
}

// ErrCache says that something could not be kept: it will be asked for again.
var ErrCache = errors.New("keep on disk")

func (h *History) path(name string) string {
	return filepath.Join(h.dir, regexp.MustCompile(`[^A-Za-z0-9-]`).ReplaceAllString(name, "_")+".json")
}

func (h *History) read(name string, into any) error {
	if h.dir == "" {
		return fs.ErrNotExist
	}
	text, err := os.ReadFile(h.path(name))
	if err != nil {
		return err //nolint:wrapcheck // whatever it is, it counts as absent
	}
	return json.Unmarshal(text, into) //nolint:wrapcheck // as above
}

// write replaces a file as a whole.
func (h *History) write(name string, value any) error {
	if h.dir == "" {
		return nil
	}
	text, err := json.Marshal(value)
	if err == nil {
		err = os.MkdirAll(h.dir, 0o755) //nolint:gosec // other users may read it
	}
	if err == nil {
		err = h.replace(h.path(name), text)
	}
	if err != nil {
		return fmt.Errorf("%w: %s: %s", ErrCache, name, err.Error())
	}
	return nil
}

func (h *History) replace(path string, text []byte) error {
	file, err := os.CreateTemp(h.dir, ".*.tmp")
	if err != nil {
		return err //nolint:wrapcheck // write names the file
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err //nolint:wrapcheck // as above
}

package simulation

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Speed is how many times as fast as the host's the account's time passes while
// something runs.
const Speed = 300

const clockFile = "clock.json"

// ClockVariable names the directory of the account in the environment of what runs in
// its containers, so that a built-in step which a project's own command calls tells the
// account's time too. A name like those of the runner would not get to the command.
const ClockVariable = "SIMULATED_CLOCK"

// unheard is for how long time stays fast of which nothing more is heard: whoever
// makes it so says it again many times in between, unless it was killed or sleeps.
const unheard = 5 * time.Second

// moment says which time it is in the account: At was when the host had Host, and
// Speed times as much has passed since. Fast time is slow again after unheard.
type moment struct {
	At    time.Time `json:"at"`
	Host  time.Time `json:"host"`
	Speed float64   `json:"speed"`
}

// now is the account's time when the host has the given one.
func (m moment) now(host time.Time) time.Time {
	if m.Host.IsZero() {
		return host
	}
	passed := max(0, host.Sub(m.Host))
	fast := passed
	if m.Speed > 1 {
		fast = min(passed, unheard)
	}
	return m.At.Add(time.Duration(float64(fast)*m.Speed) + passed - fast)
}

// from is the moment that goes on at a host's time with another speed.
func (m moment) from(host time.Time, speed float64) moment {
	return moment{At: m.now(host).UTC(), Host: host.UTC(), Speed: speed}
}

// readMoment reads the file; there is none before the account has run.
func readMoment(dir string) (moment, error) {
	var m moment
	text, err := os.ReadFile(filepath.Join(dir, clockFile)) //nolint:gosec // the simulation's own file
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil {
		return m, fmt.Errorf("read the simulated time: %w", err)
	}
	return m, nil
}

func (m moment) write(dir string) error { return writeFile(filepath.Join(dir, clockFile), m) }

// writeFile replaces a file with a value as JSON, as a whole.
func writeFile(path string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	temporary := path + ".tmp"
	if err := os.WriteFile(temporary, text, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(temporary, path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// Clock tells the account's time in a process that uses it. [NewClock] makes one.
type Clock struct {
	dir  string
	host func() time.Time

	mu   sync.Mutex
	read time.Time // by the host's clock
	last moment
}

// NewClock returns the clock of the account in a directory.
func NewClock(dir string, host func() time.Time) *Clock { return &Clock{dir: dir, host: host} }

// lookTime is for how long a process goes by what it read.
const lookTime = 20 * time.Millisecond

// Now is the account's time, in the host's zone. If it can't be read, it goes on as it did.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	host := c.host()
	if c.read.IsZero() || host.Sub(c.read).Abs() >= lookTime {
		if m, err := readMoment(c.dir); err == nil {
			c.last = m
		}
		c.read = host
	}
	return c.last.now(host).In(host.Location())
}

package simulation

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/daybatch/daybatch/forecast"
)

const (
	addressFile = "address.json"
	// controlPath is the path of the account's address where it says what it is.
	// No bucket has such a name.
	controlPath = "/_simulation"
)

// address is where an account answers.
type address struct {
	Endpoint string `json:"endpoint"`
	PID      int    `json:"pid"`
	Dir      string `json:"dir"` // which one it is
}

const (
	// startTime is how long a process may take until the account answers.
	startTime = 30 * time.Second
	// askTime is how long an account that is there may take to answer.
	askTime  = 2 * time.Second
	lookPace = 25 * time.Millisecond
	keepPace = 2 * time.Second
)

// Connect returns where the account in a directory answers. If it does not, start
// begins a process that serves it.
func Connect(ctx context.Context, dir string, start func() error) (string, error) {
	if a, ok := find(ctx, dir); ok {
		return a.Endpoint, nil
	}
	if err := start(); err != nil {
		return "", fmt.Errorf("start the simulated account: %w", err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, startTime, errSilent)
	defer cancel()
	for {
		if a, ok := find(ctx, dir); ok {
			return a.Endpoint, nil
		}
		if err := pause(ctx, lookPace); err != nil {
			return "", fmt.Errorf("start the simulated account: %w: see %s", err, filepath.Join(dir, LogFile))
		}
	}
}

var errSilent = fmt.Errorf("%w: it does not answer", forecast.ErrUnavailable)

// Keep begins a process that serves the account in a directory whenever there is none,
// until ctx ends: for what is open for long. Where the account can't be started, it is
// tried again.
func Keep(ctx context.Context, dir string, start func() error) {
	for pause(ctx, keepPace) == nil {
		_, _ = Connect(ctx, dir, start) // that nobody answers is seen by whoever asks
	}
}

// Stop ends the process that serves the account in a directory, and reports whether
// there was one.
func Stop(ctx context.Context, dir string) (bool, error) {
	a, ok := find(ctx, dir)
	if !ok {
		return false, nil
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodDelete, a.Endpoint+controlPath, nil)
	if err != nil {
		return true, fmt.Errorf("stop the simulated account: %w", err)
	}
	// It may be gone before it has answered: that it gives up its lock is what counts.
	response, asked := http.DefaultClient.Do(request)
	if asked == nil {
		_ = response.Body.Close()
	}
	ctx, cancel := context.WithTimeoutCause(ctx, startTime, errSilent)
	defer cancel()
	for {
		if lock, ok := tryLock(dir); ok {
			_ = lock.Close()
			return true, nil
		}
		if err := pause(ctx, lookPace); err != nil {
			return true, fmt.Errorf("stop the simulated account: %w", cmp.Or(asked, err))
		}
	}
}

// find returns the address of the account in a directory, if it answers there.
// Another program may have been given the port of one that is gone.
func find(ctx context.Context, dir string) (address, bool) {
	written, ok := readAddress(dir)
	if !ok {
		return address{}, false
	}
	var told address
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, written.Endpoint+controlPath, nil)
	if err != nil {
		return address{}, false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return address{}, false
	}
	defer func() { _ = response.Body.Close() }()
	if json.NewDecoder(response.Body).Decode(&told) != nil || told.PID != written.PID || told.Dir != written.Dir {
		return address{}, false
	}
	return told, true
}

// tryLock takes the lock of the account in a directory, which closing the file gives
// back; false: a process has it.
func tryLock(dir string) (lock *os.File, ok bool) {
	lock, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the simulation's own file
	if err != nil {
		return nil, false
	}
	if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		_ = lock.Close()
		return nil, false
	}
	return lock, true
}

// readAddress returns where the account in a directory answers or did last; false:
// nowhere yet.
func readAddress(dir string) (a address, ok bool) {
	text, err := os.ReadFile(filepath.Join(dir, addressFile)) //nolint:gosec // the simulation's own file
	return a, err == nil && json.Unmarshal(text, &a) == nil
}

// pause waits, or returns the cause for which ctx ended.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx) //nolint:wrapcheck // callers say what for
	case <-timer.C:
		return nil
	}
}

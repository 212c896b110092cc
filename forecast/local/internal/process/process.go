//go:build unix

// Package process names processes so that they are found again after a crash:
// by number, start time and boot, because numbers are used again.
package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// ID names a process across the reuse of its number.
type ID struct {
	Host  string
	Pid   int
	Start string // when it started, in the operating system's own form
	Boot  string // id of the boot it runs under
}

// State is what is known of a process.
type State int

// States of a process.
const (
	Unknown State = iota // on another host: it can't be looked at from here
	Alive
	Gone
)

// Of returns the identity of a running process of this host.
func Of(host string, pid int) (ID, error) {
	start, err := startOf(pid)
	if err != nil {
		return ID{}, fmt.Errorf("look at process %d: %w", pid, err)
	}
	boot, err := bootID()
	if err != nil {
		return ID{}, fmt.Errorf("read boot id: %w", err)
	}
	return ID{Host: host, Pid: pid, Start: start, Boot: boot}, nil
}

// Self returns the identity of this process.
func Self(host string) (ID, error) { return Of(host, os.Getpid()) }

// Look returns whether the process that id names still runs. A process of
// another boot of this host is gone. On the host called here; another one's are
// Unknown.
func Look(id ID, here string) State {
	if id.Host != here {
		return Unknown
	}
	now, err := Of(here, id.Pid)
	switch {
	case err != nil && !errors.Is(err, errGone):
		return Unknown
	case err == nil && now == id:
		return Alive
	default:
		return Gone
	}
}

// errGone says that there is no such process.
var errGone = errors.New("no such process")

// KillGroup kills the process that id names and its group, and returns once it
// is gone. Nothing happens if it is gone already: its number may be another's.
func KillGroup(ctx context.Context, id ID) error {
	for {
		if Look(id, id.Host) != Alive {
			return nil
		}
		if err := syscall.Kill(-id.Pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("kill process group %d: %w", id.Pid, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the end of process %d: %w", id.Pid, context.Cause(ctx))
		case <-time.After(5 * time.Millisecond):
		}
	}
}

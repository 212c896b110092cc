package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
)

// terminal is a program running in a pseudo-terminal, and its screen.
type terminal struct {
	file    *os.File
	command *exec.Cmd
	screen  vt10x.Terminal

	mu      sync.Mutex
	changed time.Time
	done    chan struct{} // closed when the program's output has ended
}

// openTerminal starts the program and waits until its first screen stands.
func openTerminal(ctx context.Context, s studio, binary string, args ...string) (*terminal, error) {
	command := exec.CommandContext(ctx, binary, args...) //nolint:gosec // the program that was just built
	command.Env = append(s.environ, "TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8", "NO_COLOR=")
	file, err := pty.StartWithSize(command, &pty.Winsize{Cols: uint16(s.columns), Rows: uint16(s.rows)})
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", binary, err)
	}
	t := &terminal{
		file: file, command: command, done: make(chan struct{}), changed: time.Now(),
		screen: vt10x.New(vt10x.WithSize(s.columns, s.rows), vt10x.WithWriter(file)),
	}
	go t.read()
	return t, t.settle(ctx)
}

// read feeds the program's output to the screen until it ends.
func (t *terminal) read() {
	defer close(t.done)
	buffer := make([]byte, 32*1024)
	var part []byte // of a character that the next read completes
	for {
		n, err := t.file.Read(buffer)
		if n > 0 {
			part = append(part, buffer[:n]...)
			whole := len(part)
			for whole > 0 && whole > len(part)-utf8.UTFMax && !utf8.Valid(part[:whole]) {
				whole--
			}
			if _, err := t.screen.Write(part[:whole]); err != nil {
				return
			}
			part = append(part[:0], part[whole:]...)
			t.mu.Lock()
			t.changed = time.Now()
			t.mu.Unlock()
		}
		if err != nil {
			return
		}
	}
}

// press sends a key and waits until the screen stands still.
func (t *terminal) press(ctx context.Context, key string) error {
	if _, err := t.file.WriteString(key); err != nil {
		return fmt.Errorf("press %q: %w", key, err)
	}
	return t.settle(ctx)
}

// settle waits until nothing has been drawn for a while.
func (t *terminal) settle(ctx context.Context) error {
	t.mu.Lock()
	t.changed = time.Now()
	t.mu.Unlock()
	tick := time.NewTicker(quiet / 8)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the screen: %w", context.Cause(ctx))
		case <-t.done:
			return fmt.Errorf("the program has ended; its screen was:\n%s", t.screen.String())
		case <-tick.C:
		}
		t.mu.Lock()
		still := time.Since(t.changed)
		t.mu.Unlock()
		if still >= quiet {
			return nil
		}
	}
}

// close ends the program.
func (t *terminal) close() {
	_ = t.file.Close()
	if err := t.command.Process.Kill(); err == nil {
		_ = t.command.Wait()
	}
	<-t.done
}

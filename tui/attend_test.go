package tui_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/enginetest"
	"github.com/daybatch/daybatch/tui"
)

// guarded is an engine under a login that has expired until a file is there, which
// the program that logs in makes.
type guarded struct {
	*enginetest.Fake

	token   string
	program string
}

func (g guarded) Login(context.Context) forecast.Login {
	return forecast.Login{Command: []string{g.program, g.token}}
}

func (g guarded) Watch(ctx context.Context, after forecast.Cursor) (forecast.Subscription, error) {
	if _, err := os.Stat(g.token); err != nil {
		return nil, fmt.Errorf("watch: %w: the token has expired", forecast.ErrLogin)
	}
	return g.Fake.Watch(ctx, after)
}

// screen is a terminal's, as it is seen.
type screen struct {
	mu    sync.Mutex
	shown vt10x.Terminal
	news  chan struct{}
}

func (s *screen) read(from io.Reader) {
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		s.mu.Lock()
		_, _ = s.shown.Write(buffer[:n])
		s.mu.Unlock()
		select {
		case s.news <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// until waits for a text on the screen.
func (s *screen) until(t *testing.T, text string) {
	t.Helper()
	patience := time.NewTimer(time.Minute)
	defer patience.Stop()
	for {
		s.mu.Lock()
		seen := s.shown.String()
		s.mu.Unlock()
		if strings.Contains(seen, text) {
			return
		}
		select {
		case <-s.news:
		case <-patience.C:
			t.Fatalf("the terminal lacks %q:\n%s", text, seen)
		}
	}
}

// TestLogInOnATerminal logs in on a terminal: the program has it for itself and
// reads what is typed, and then the screen comes back.
func TestLogInOnATerminal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program := filepath.Join(dir, "login")
	if err := os.WriteFile(filepath.Join(dir, "token.tries"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\nn=$(cat \"$1.tries\")\nprintf \"code $n? \"\nprintf x >> \"$1.tries\"\nread -r code\n[ \"$code\" = 4711 ] || { echo 'wrong code' >&2; exit 7; }\ntouch \"$1\"\n"
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	terminal, tty, err := pty.Open()
	if err != nil {
		t.Skipf("open a terminal: %v", err)
	}
	t.Cleanup(func() { _, _ = terminal.Close(), tty.Close() })
	if err := pty.Setsize(tty, &pty.Winsize{Rows: 30, Cols: 120}); err != nil {
		t.Fatal(err)
	}
	shown := &screen{shown: vt10x.New(vt10x.WithSize(120, 30)), news: make(chan struct{}, 1)}
	go shown.read(terminal)
	fake := enginetest.NewFake(enginetest.FakeOptions{})
	var away []bool
	var looks atomic.Int64 // at the clock: each finds it a second later, so that dialogs take keys at once
	now := func() time.Time { return fake.Time().Add(time.Duration(looks.Add(1)) * time.Second) }
	ended := make(chan error, 1)
	go func() {
		_, err := tui.Run(t.Context(), guarded{fake, filepath.Join(dir, "token"), program}, tui.Options{
			Now: now, Stdin: tty, Stdout: tty, Environ: []string{"TERM=xterm-256color", "NO_COLOR=1"},
			Foreground: func(other bool) { away = append(away, other) },
		})
		ended <- err
	}()
	press := func(keys string) {
		t.Helper()
		if _, err := io.WriteString(terminal, keys); err != nil {
			t.Fatal(err)
		}
	}
	shown.until(t, "login expired")
	for _, try := range [][2]string{{"1234", "code ? "}, {"4711", "code x? "}} {
		code, prompt := try[0], try[1]
		press("I")
		shown.until(t, "Log in again")
		press("\r")
		shown.until(t, prompt)
		press(code + "\r")
		if code == "1234" {
			shown.until(t, "not logged in: wrong code: exit status 7")
		}
	}
	shown.until(t, "logged in again")
	press("q")
	if err := <-ended; err != nil {
		t.Errorf("Run = %v", err)
	}
	if fmt.Sprint(away) != "[true false true false]" {
		t.Errorf("it was told %v about another program; want that it has the terminal, twice", away)
	}
}

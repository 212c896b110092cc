package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
)

// terminal is the program in a pseudo-terminal, and what its screen shows.
type terminal struct {
	tb      testing.TB
	file    *os.File
	command *exec.Cmd
	screen  vt10x.Terminal
	slow    bool // reads a few bytes at a time

	mu      sync.Mutex
	written bytes.Buffer
	changed chan struct{} // closed by the next write
	ended   chan struct{} // closed when the output has ended
}

// patience is how long a screen may take before a test gives it up. It measures
// nothing.
const patience = time.Minute

func startTerminal(tb testing.TB, size pty.Winsize, pace terminalPace, project string, environ ...string) *terminal {
	tb.Helper()
	command := exec.CommandContext(tb.Context(), "daybatch", "--project", project)
	home := tb.TempDir()
	command.Env = append(os.Environ(), "TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8", "NO_COLOR=", "HOME="+home, "XDG_STATE_HOME=", "XDG_CONFIG_HOME=")
	command.Env = append(command.Env, environ...)
	file, err := pty.StartWithSize(command, &size)
	if err != nil {
		tb.Skipf("start in a terminal: %v", err)
	}
	t := &terminal{
		tb: tb, file: file, command: command, slow: pace == slowTerminal,
		screen:  vt10x.New(vt10x.WithSize(int(size.Cols), int(size.Rows)), vt10x.WithWriter(file)),
		changed: make(chan struct{}), ended: make(chan struct{}),
	}
	go t.read()
	tb.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
		_ = file.Close()
		<-t.ended
	})
	return t
}

// terminalPace is how fast a terminal takes what it is sent.
type terminalPace int

const (
	fastTerminal terminalPace = iota
	slowTerminal
)

func (t *terminal) read() {
	defer close(t.ended)
	buffer := make([]byte, 64*1024)
	if t.slow {
		buffer = buffer[:48]
	}
	var part []byte // of a character that the next read completes
	for {
		n, err := t.file.Read(buffer)
		t.mu.Lock()
		t.written.Write(buffer[:n])
		part = append(part, buffer[:n]...)
		whole := len(part)
		for whole > 0 && whole > len(part)-utf8.UTFMax && !utf8.Valid(part[:whole]) {
			whole--
		}
		_, _ = t.screen.Write(part[:whole])
		part = append(part[:0], part[whole:]...)
		close(t.changed)
		t.changed = make(chan struct{})
		t.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// look returns the screen, and a channel that its next change closes.
func (t *terminal) look() (string, <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.screen.String(), t.changed
}

// expect waits until the screen has all the texts.
func (t *terminal) expect(texts ...string) {
	t.tb.Helper()
	t.until(strings.Join(texts, ", "), func(screen string) bool {
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
}

func (t *terminal) until(what string, done func(screen string) bool) {
	t.tb.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		screen, changed := t.look()
		if done(screen) {
			return
		}
		select {
		case <-changed:
		case <-t.ended:
			if screen, _ := t.look(); !done(screen) {
				t.tb.Fatalf("the program has ended, and the screen lacks %s:\n%s", what, screen)
			}
		case <-limit.C:
			t.tb.Fatalf("the screen lacks %s:\n%s", what, screen)
		}
	}
}

func (t *terminal) press(keys string) {
	t.tb.Helper()
	if _, err := io.WriteString(t.file, keys); err != nil {
		t.tb.Fatal(err)
	}
}

// resize changes the size. The screen is then a new one, on which all has to be drawn
// again: the emulator's own way to another size loses lines after many of them.
func (t *terminal) resize(columns, rows int) {
	t.tb.Helper()
	t.mu.Lock()
	t.screen = vt10x.New(vt10x.WithSize(columns, rows), vt10x.WithWriter(t.file))
	t.mu.Unlock()
	if err := pty.Setsize(t.file, &pty.Winsize{Cols: uint16(columns), Rows: uint16(rows)}); err != nil {
		t.tb.Fatal(err)
	}
}

// wait returns how the program ended, and all that it wrote.
func (t *terminal) wait() (error, string) { //nolint:revive,staticcheck // the error is what is looked at
	<-t.ended
	err := t.command.Wait()
	t.mu.Lock()
	defer t.mu.Unlock()
	return err, t.written.String()
}

// owing writes a project that owes 30 dates, none of which was run.
func owing(tb testing.TB) string {
	tb.Helper()
	dir := filepath.Join(tb.TempDir(), "owing")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		tb.Fatal(err)
	}
	const config = `pipeline: owing
start: 2026-01-01
end: 2026-01-30
source: {files: {t: data.csv}, query: extract.sql, time: ds, value: y}
target: {table: forecasts, path: lake}
`
	for name, text := range map[string]string{"daybatch.yaml": config, "data.csv": "ds,y\n", "extract.sql": "SELECT ds, y FROM t WHERE ds <= {{.Date}}\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	return dir
}

const atNoon = "TEST_NOW=2026-02-01T12:00:00Z"

// TestTerminal opens the screen, moves, asks for a plan, and leaves: the
// terminal is as it was, and the next start begins where this one ended.
func TestTerminal(t *testing.T) {
	t.Parallel()
	dir, state := owing(t), "XDG_STATE_HOME="+t.TempDir()
	term := startTerminal(t, pty.Winsize{Cols: 80, Rows: 24}, fastTerminal, dir, atNoon, state)
	term.expect("Fri 2026-01-30", "Missing", "1/30", "? help")
	term.press("jjj")
	term.expect("4/30")
	term.press("B")
	term.expect("BACKFILL", "RUN 30")
	term.press("\x1b")
	term.until("the list without the form", func(screen string) bool { return !strings.Contains(screen, "BACKFILL") })
	term.press(":goto 01-12\r")
	term.expect("19/30")
	term.press("q")
	err, written := term.wait()
	if err != nil || !strings.Contains(written, "\x1b[?1049l") {
		t.Errorf("the program ended with %v and left the alternate screen: %v; want 0 and true", err, strings.Contains(written, "\x1b[?1049l"))
	}
	again := startTerminal(t, pty.Winsize{Cols: 80, Rows: 24}, fastTerminal, dir, atNoon, state)
	again.expect("19/30")
}

// TestTerminalIsResized changes the size faster than anything can be drawn; what
// is left is a whole screen of the last size, with the date that was selected.
func TestTerminalIsResized(t *testing.T) {
	t.Parallel()
	term := startTerminal(t, pty.Winsize{Cols: 120, Rows: 40}, fastTerminal, owing(t), atNoon)
	term.expect("1/30")
	term.press("jjjjj")
	term.expect("6/30")
	random := rand.New(rand.NewPCG(7, 7))
	for range 120 {
		term.resize(1+random.IntN(250), 1+random.IntN(80))
		if random.IntN(4) == 0 {
			term.press([]string{"\r", "\x1b", "T", "?", ":", "\x1b"}[random.IntN(6)])
		}
	}
	term.resize(80, 24)
	term.press("\x1b")
	term.resize(100, 30)
	term.until("a whole screen of 100x30", func(screen string) bool {
		lines := strings.Split(strings.TrimRight(screen, "\n"), "\n")
		return len(lines) == 30 && strings.HasPrefix(lines[0], " daybatch  owing") && strings.Contains(lines[29], "help")
	})
}

// TestTerminalIsSlow lets the program write to a terminal that takes a few bytes
// at a time, while keys come: none is lost.
func TestTerminalIsSlow(t *testing.T) {
	t.Parallel()
	term := startTerminal(t, pty.Winsize{Cols: 200, Rows: 60}, slowTerminal, owing(t), atNoon)
	term.expect("1/30")
	for range 10 {
		term.press("jjjjk")
	}
	term.expect("29/30")
	term.press("g")
	term.expect("1/30", "Fri 2026-01-30")
}

// TestTerminalIsKilled ends the program from outside: it gives the terminal back.
func TestTerminalIsKilled(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		term := startTerminal(t, pty.Winsize{Cols: 80, Rows: 24}, fastTerminal, owing(t), atNoon)
		term.expect("1/30")
		if err := term.command.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if _, written := term.wait(); !strings.Contains(written, "\x1b[?1049l") || !strings.Contains(written, "\x1b[?25h") {
			t.Errorf("%s: the alternate screen was left, and the cursor is shown: %v, %v; want both",
				signal, strings.Contains(written, "\x1b[?1049l"), strings.Contains(written, "\x1b[?25h"))
		}
	}
}

// TestTerminalWithoutColour checks what is written for terminals and people
// without colours.
func TestTerminalWithoutColour(t *testing.T) {
	t.Parallel()
	dir := owing(t)
	for _, environ := range []string{"NO_COLOR=yes", "NO_COLOR=0", "TERM=dumb", "TERM=linux"} {
		term := startTerminal(t, pty.Winsize{Cols: 80, Rows: 24}, fastTerminal, dir, atNoon, environ)
		term.expect("1/30", "Missing")
		term.press("q")
		_, written := term.wait()
		for _, coloured := range []string{"\x1b[38;", "\x1b[48;", "\x1b[31m"} {
			if strings.HasPrefix(environ, "NO_COLOR") && strings.Contains(written, coloured) {
				t.Errorf("%s: %q is written; want no colour", environ, coloured)
			}
		}
		if ascii := strings.IndexFunc(written, func(r rune) bool { return r > 0x7e }) < 0; strings.HasPrefix(environ, "TERM") && !ascii {
			t.Errorf("%s: more than ASCII is written", environ)
		}
	}
}

// BenchmarkTerminal measures what the screen costs a terminal of 200x50: bytes
// for a line that the list scrolls and for a move of the cursor (P6), the time from a
// key, which comes at any moment, to the first byte (P3), memory when the screen
// stands (P9), bytes and processor time of doing nothing for ten seconds (P2).
//
//	go test ./cmd/internal/cli -run '^$' -bench Terminal -benchtime 1x
func BenchmarkTerminal(b *testing.B) {
	dir := b.TempDir()
	failingProject(b, dir, 200)
	for b.Loop() {
		term := startTerminal(b, pty.Winsize{Cols: 200, Rows: 50}, fastTerminal, dir)
		term.expect("1/200")
		b.ReportMetric(float64(memory(b, term.command.Process.Pid))/1e6, "MB-rss")
		move := term.keys("j", 40, "2", "/200")
		b.ReportMetric(move.bytes, "B/move")
		term.keys("j", 20, "42", "/200")
		scroll := term.keys("j", 100, "62", "/200")
		b.ReportMetric(scroll.bytes, "B/scroll")
		b.ReportMetric(scroll.p50.Seconds()*1000, "p50-ms/key")
		b.ReportMetric(scroll.p95.Seconds()*1000, "p95-ms/key")
		term.idle(10 * time.Second)
	}
}

// cost is what keys cost.
type cost struct {
	bytes    float64 // of one
	p50, p95 time.Duration
}

// keys presses a key so many times, each some time after the one before is on the
// screen: fingers know nothing of when it is written. Pressed at once, every key would
// wait for the whole of the turn that has just begun. Every press counts the position
// up, beginning at a number.
func (t *terminal) keys(key string, times int, begin, rest string) cost {
	t.tb.Helper()
	var number int
	if _, err := fmt.Sscan(begin, &number); err != nil {
		t.tb.Fatal(err)
	}
	t.mu.Lock()
	before := t.written.Len()
	t.mu.Unlock()
	random := rand.New(rand.NewPCG(1, 1))
	const longest = 100 * time.Millisecond // of a pause: some turns
	var took []time.Duration
	for range times {
		<-time.After(time.Duration(random.Int64N(int64(longest))))
		pressed := time.Now() //nolint:forbidigo // it measures
		_, changed := t.look()
		t.press(key)
		<-changed
		took = append(took, time.Since(pressed))
		t.expect(fmt.Sprint(number, rest))
		number++
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	slices.Sort(took)
	return cost{float64(t.written.Len()-before) / float64(times), took[len(took)/2], took[len(took)*95/100]}
}

// idle measures what nothing costs.
func (t *terminal) idle(d time.Duration) {
	b, ok := t.tb.(*testing.B)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(b.Context(), d)
	defer cancel()
	t.mu.Lock()
	before := t.written.Len()
	t.mu.Unlock()
	used := processorTime(b, t.command.Process.Pid)
	<-ctx.Done()
	t.mu.Lock()
	defer t.mu.Unlock()
	b.ReportMetric(float64(t.written.Len()-before)/d.Seconds(), "B/s-idle")
	b.ReportMetric(100*(processorTime(b, t.command.Process.Pid)-used).Seconds()/d.Seconds(), "%cpu-idle")
}

// memory returns the resident bytes of a process.
func memory(b *testing.B, pid int) int64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		b.Skip("there is no /proc here")
	}
	var size, resident int64
	if _, err := fmt.Sscan(string(text), &size, &resident); err != nil {
		b.Fatal(err)
	}
	return resident * int64(os.Getpagesize())
}

// processorTime returns what the threads of a process have used so far.
func processorTime(b *testing.B, pid int) time.Duration {
	b.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(threads) == 0 {
		b.Skipf("threads of process %d: %d found, %v: the kernel has no schedstat", pid, len(threads), err)
	}
	used := time.Duration(0)
	for _, thread := range threads {
		text, err := os.ReadFile(thread)
		if err != nil {
			b.Fatal(err)
		}
		first, _, _ := strings.Cut(string(text), " ")
		nanoseconds, err := strconv.ParseInt(first, 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		used += time.Duration(nanoseconds)
	}
	return used
}

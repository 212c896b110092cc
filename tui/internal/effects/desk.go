package effects

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
)

// Desk is what lies around the terminal: the machine that daybatch runs on.
// The zero Desk has a terminal and nothing else.
type Desk struct {
	Environ map[string]string
	// Session is the file that keeps where the operator was, and Saved the one
	// that what can't be copied is written to; empty: neither is kept.
	Session string
	Saved   string
	// Dir is where files are written that are named without a directory; empty: the
	// working directory.
	Dir string
	// Find returns the path of a program, and Run runs it with a text to read.
	// Nil: there is none.
	Find func(name string) (string, error)
	Run  func(ctx context.Context, input string, argv ...string) error
	// Start starts a program that goes on by itself, and System is the system, as Go
	// names it: darwin, linux.
	Start  func(argv ...string) error
	System string
	// Attend returns the command that lends the terminal to a program, until that
	// ends and the screen comes back; done gets what went wrong. Nil: it can't.
	Attend func(ctx context.Context, done func(error) tea.Msg, argv ...string) tea.Cmd
}

// ThisDesk returns the desk of this machine.
func ThisDesk(environ map[string]string, session string) Desk {
	d := Desk{Environ: environ, Session: session, Find: exec.LookPath, Run: run, Start: start, System: system}
	if session != "" {
		d.Saved = filepath.Join(filepath.Dir(session), "copied.txt")
	}
	return d
}

func run(ctx context.Context, input string, argv ...string) error {
	command := exec.CommandContext(ctx, argv[0], argv[1:]...) //nolint:gosec // the programs stand in this file
	command.Stdin = bytes.NewBufferString(input)
	command.WaitDelay = time.Second // xclip leaves a child that holds the pipe
	if err := command.Run(); err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		return fmt.Errorf("run %s: %w", argv[0], err)
	}
	return nil
}

// Way is how a text can be copied.
type Way int

// Ways, in the order in which they are tried.
const (
	ByTerminal Way = iota // OSC 52, which also crosses ssh
	ByProgram
	ByFile
)

// longest is how many encoded bytes terminals take at least: xterm and tmux cut
// what is longer, some drop it.
const longest = 74_994

// Ways returns how a text of a size can be copied here, best first.
func (d Desk) Ways(size int) []Way {
	var ways []Way
	deaf := d.Environ["TERM"] == "linux" || d.Environ["TERM"] == "dumb" || d.Environ["TERM_PROGRAM"] == "Apple_Terminal" || d.Environ["VTE_VERSION"] != ""
	if !deaf && base64.StdEncoding.EncodedLen(size) <= longest {
		ways = append(ways, ByTerminal)
	}
	if d.Run != nil && !d.remote() { // over ssh it would be the other machine's clipboard
		ways = append(ways, ByProgram)
	}
	if d.Saved != "" {
		ways = append(ways, ByFile)
	}
	if len(ways) == 0 {
		return []Way{ByTerminal}
	}
	return ways
}

// remote reports whether the terminal is on another machine.
func (d Desk) remote() bool { return d.Environ["SSH_TTY"] != "" || d.Environ["SSH_CONNECTION"] != "" }

// program returns the command line of a program that copies what it reads.
func (d Desk) program() []string {
	var lines [][]string
	if d.Environ["WAYLAND_DISPLAY"] != "" {
		lines = append(lines, []string{"wl-copy"})
	}
	if d.Environ["DISPLAY"] != "" {
		lines = append(lines, []string{"xclip", "-selection", "clipboard"}, []string{"xsel", "--clipboard", "--input"})
	}
	lines = append(lines, []string{"pbcopy"}, []string{"clip.exe"})
	for _, line := range lines {
		if _, err := d.Find(line[0]); err == nil {
			return line
		}
	}
	return nil
}

// Copied says how a text was copied. ByTerminal is the screen's to do: only it
// may write there.
type Copied struct {
	Text  string
	Way   Way
	Where string // the program, or the file
	Err   error
}

// Copy copies a text in the best way that works. It replies with Copied.
func (e *Effects) Copy(text string) tea.Cmd {
	desk, ctx := e.desk, e.ctx
	return func() tea.Msg { return desk.copy(ctx, text) }
}

func (d Desk) copy(ctx context.Context, text string) Copied {
	const patience = 3 * time.Second
	copied := Copied{Text: text}
	for _, copied.Way = range d.Ways(len(text)) {
		switch copied.Way {
		case ByTerminal:
			return copied
		case ByProgram:
			line := d.program()
			if line == nil {
				continue
			}
			limited, cancel := context.WithTimeout(ctx, patience)
			copied.Where, copied.Err = line[0], d.Run(limited, text, line...)
			cancel()
		case ByFile:
			copied.Where, copied.Err = d.Saved, write(d.Saved, []byte(text+"\n"))
		}
		if copied.Err == nil {
			return copied
		}
	}
	if copied.Err == nil {
		copied.Err = errors.New("there is no way to copy here")
	}
	return copied
}

// write replaces a file as a whole.
func write(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make a directory to save in: %w", err)
	}
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("save: %w", err)
	}
	_, err = file.Write(text)
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return fmt.Errorf("save: %w", err)
	}
	return nil
}

// Remember writes where the operator is. What goes wrong with it is not worth a
// word: the next start begins at the days.
func (e *Effects) Remember(session any) tea.Cmd {
	path := e.desk.Session
	if path == "" {
		return nil
	}
	text, err := json.MarshalIndent(session, "", " ")
	if err != nil {
		return nil
	}
	number := e.sessions.Add(1)
	return func() tea.Msg {
		e.writing.Lock()
		defer e.writing.Unlock()
		if number == e.sessions.Load() { // else a newer one is on its way
			_ = write(path, append(text, '\n'))
		}
		return nil
	}
}

// Recall reads where the operator was; without a file, or with one that is none,
// session stays as it is. It is called before the screen is shown.
func (d Desk) Recall(session any) error {
	if d.Session == "" {
		return nil
	}
	text, err := os.ReadFile(d.Session)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(text, session)
	}
	if err != nil {
		return fmt.Errorf("read where the screen was left: %w", err)
	}
	return nil
}

// Terminal says what is known of the terminal, and how texts are copied from it.
func (e *Effects) Terminal() string {
	d := e.desk
	words := []string{cmp.Or(d.Environ["TERM"], "unknown")}
	if colours := d.Environ["COLORTERM"]; colours != "" {
		words = append(words, colours)
	}
	if d.Environ["NO_COLOR"] != "" {
		words = append(words, "NO_COLOR")
	}
	if d.Environ["TMUX"] != "" {
		words = append(words, "in tmux (copying needs set-clipboard on)")
	}
	if d.remote() {
		words = append(words, "over ssh")
	}
	names := map[Way]string{ByTerminal: "OSC 52", ByProgram: "a program of this machine", ByFile: "a file"}
	var ways []string
	for _, way := range d.Ways(0) {
		ways = append(ways, names[way])
	}
	return strings.Join(words, ", ") + "; y copies by " + strings.Join(ways, ", else by ")
}

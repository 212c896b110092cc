// Command picture makes the README's pictures from the program's real output:
// it builds daybatch, runs the demo in a temporary home, opens the
// terminal UI in a pseudo-terminal, presses keys, and draws what the terminal
// shows.
//
//	go run ./cmd/internal/picture [-out .github] [-project DIR]
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"time"
)

// shot is a picture: the keys that lead to its screen.
type shot struct {
	name string
	keys []string
}

func main() {
	out := flag.String("out", ".github", "directory of the pictures")
	project := flag.String("project", "", "an existing demo project; empty: run the demo first")
	until := flag.String("until", "2026-10-18", "last date of the demo")
	columns := flag.Int("columns", 118, "width of the terminal")
	rows := flag.Int("rows", 30, "height of the terminal")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	s := studio{project: *project, until: *until, columns: *columns, rows: *rows, log: os.Stderr, environ: os.Environ()}
	if err := s.make(ctx, *out); err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

func shots() []shot {
	return []shot{
		{name: "days", keys: []string{"j", "j", "j", "j", "j", "j"}},
		{name: "day", keys: []string{"\r"}},
		{name: "metrics", keys: []string{"\x1b", "m"}},
		{name: "logs", keys: []string{"\x1b", "L"}},
		{name: "plan", keys: []string{"\x1b", "g", "B"}},
		{name: "help", keys: []string{"\x1b", "?"}},
	}
}

// studio makes pictures of one project.
type studio struct {
	project       string
	until         string
	columns, rows int
	log           io.Writer
	environ       []string
}

func (s studio) make(ctx context.Context, out string) error {
	work, err := os.MkdirTemp("", "daybatch-picture-")
	if err != nil {
		return fmt.Errorf("make a directory to work in: %w", err)
	}
	defer func() { _ = os.RemoveAll(work) }()
	binary := filepath.Join(work, "daybatch")
	if err := s.run(ctx, "go", "build", "-o", binary, "./cmd/daybatch"); err != nil {
		return err
	}
	if s.project == "" {
		home := filepath.Join(work, "home")
		s.project = filepath.Join(home, "demand")
		s.environ = append(s.environ, "HOME="+home, "XDG_CONFIG_HOME=", "XDG_STATE_HOME=", "XDG_CACHE_HOME=") // a person's who has just begun
		if err := s.run(ctx, binary, "demo", "--dir", s.project, "--until", s.until, "-o", "json"); err != nil {
			return err
		}
	}
	term, err := openTerminal(ctx, s, binary, "--project", s.project)
	if err != nil {
		return err
	}
	defer term.close()
	for _, shot := range shots() {
		for _, key := range shot.keys {
			if err := term.press(ctx, key); err != nil {
				return err
			}
		}
		path := filepath.Join(out, shot.name+".svg")
		if err := os.WriteFile(path, term.svg(), 0o600); err != nil {
			return fmt.Errorf("write picture: %w", err)
		}
		fmt.Fprintln(s.log, "wrote", path)
	}
	return nil
}

// run runs a command to its end, its results thrown away.
func (s studio) run(ctx context.Context, name string, args ...string) error {
	command := exec.CommandContext(ctx, name, args...) //nolint:gosec // the commands stand in this file
	command.Env, command.Stderr = s.environ, s.log
	if err := command.Run(); err != nil {
		return fmt.Errorf("run %s %v: %w", name, args, err)
	}
	return nil
}

// quiet is how long a screen must stand still to be taken as finished.
const quiet = 700 * time.Millisecond

package effects_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/tui/internal/effects"
)

func TestWays(t *testing.T) {
	t.Parallel()
	run := func(context.Context, string, ...string) error { return nil }
	terminal, program, file := effects.ByTerminal, effects.ByProgram, effects.ByFile
	tests := []struct {
		name    string
		environ map[string]string
		size    int
		want    []effects.Way
	}{
		{"a terminal", map[string]string{"TERM": "xterm-256color"}, 10, []effects.Way{terminal, program, file}},
		{"ssh", map[string]string{"TERM": "xterm-256color", "SSH_TTY": "/dev/pts/3"}, 10, []effects.Way{terminal, file}},
		{"too much", nil, 60_000, []effects.Way{program, file}},
		{"too much over ssh", map[string]string{"SSH_CONNECTION": "10.0.0.1"}, 60_000, []effects.Way{file}},
		{"the console", map[string]string{"TERM": "linux"}, 10, []effects.Way{program, file}},
		{"a terminal that lets nobody write", map[string]string{"TERM": "xterm-256color", "VTE_VERSION": "7600"}, 10, []effects.Way{program, file}},
	}
	for _, tt := range tests {
		desk := effects.Desk{Environ: tt.environ, Run: run, Saved: "copied.txt"}
		if diff := cmp.Diff(tt.want, desk.Ways(tt.size)); diff != "" {
			t.Errorf("%s: Ways differ (-want +got):\n%s", tt.name, diff)
		}
	}
	if got := (effects.Desk{}).Ways(1 << 20); !slices.Equal(got, []effects.Way{terminal}) {
		t.Errorf("Ways of nothing but a terminal = %v; want it", got)
	}
}

func TestCopy(t *testing.T) {
	t.Parallel()
	installed := func(names ...string) func(string) (string, error) {
		return func(name string) (string, error) {
			if slices.Contains(names, name) {
				return "/usr/bin/" + name, nil
			}
			return "", errors.New("not found")
		}
	}
	tests := []struct {
		name  string
		find  func(string) (string, error)
		fails bool
		want  string // program or file
	}{
		{"Wayland", installed("wl-copy", "xclip"), false, "wl-copy"},
		{"X", installed("xsel"), false, "xsel"},
		{"no program", installed(), false, "copied.txt"},
		{"a program that fails", installed("xclip"), true, "copied.txt"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "daybatch")
			read := ""
			work := effects.New(t.Context(), nil, nil)
			work.At(effects.Desk{
				Environ: map[string]string{"TERM": "dumb", "DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"},
				Saved:   filepath.Join(dir, "copied.txt"), Find: tt.find,
				Run: func(_ context.Context, input string, _ ...string) error {
					if tt.fails {
						return errors.New("no display")
					}
					read = input
					return nil
				},
			})
			got, ok := work.Copy("2026-01-18")().(effects.Copied)
			if !ok || got.Err != nil || filepath.Base(got.Where) != tt.want {
				t.Fatalf("Copy = %+v; want it copied by %s", got, tt.want)
			}
			if got.Way == effects.ByFile {
				text, err := os.ReadFile(got.Where)
				if err != nil {
					t.Fatal(err)
				}
				read = strings.TrimSuffix(string(text), "\n")
			}
			if read != "2026-01-18" {
				t.Errorf("copied %q; want 2026-01-18", read)
			}
		})
	}
}

// The newest session is the one that stays, in whatever order they are written.
func TestRemember(t *testing.T) {
	t.Parallel()
	desk := effects.Desk{Session: filepath.Join(t.TempDir(), "daybatch", "demand.json")}
	work := effects.New(t.Context(), nil, nil)
	work.At(desk)
	first, second := work.Remember(map[string]int{"n": 1}), work.Remember(map[string]int{"n": 2})
	second()
	first()
	var got map[string]int
	if err := desk.Recall(&got); err != nil || got["n"] != 2 {
		t.Errorf("Recall = %v, %v; want n 2", got, err)
	}
	if err := os.WriteFile(desk.Session, []byte("{half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := desk.Recall(&got); err == nil {
		t.Error("Recall of a broken file = nil; want an error")
	}
	if err := (effects.Desk{Session: filepath.Join(t.TempDir(), "none")}).Recall(&got); err != nil {
		t.Errorf("Recall without a file = %v; want nil", err)
	}
}

func TestTilde(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ home, path, want string }{
		{"/home/aki", "/home/aki/demand", "~/demand"},
		{"/home/aki/", "/home/aki/a/b", "~/a/b"},
		{"/home/aki", "/home/aki", "~"},
		{"/home/aki", "/home/akira/demand", "/home/akira/demand"},
		{"/home/aki", "/srv/home/aki", "/srv/home/aki"},
		{"/home/aki", "eu-west-1 acme-prod", "eu-west-1 acme-prod"},
		{"/", "/srv/demand", "/srv/demand"},
		{"", "/srv/demand", "/srv/demand"},
		{"", "./demand", "./demand"},
	} {
		work := effects.New(t.Context(), nil, nil)
		work.At(effects.Desk{Environ: map[string]string{"HOME": tt.home}})
		if got := work.Tilde(tt.path); got != tt.want {
			t.Errorf("Tilde(%q) at home in %q = %q; want %q", tt.path, tt.home, got, tt.want)
		}
	}
}

func TestTerminal(t *testing.T) {
	t.Parallel()
	tests := map[string]effects.Desk{
		"xterm-256color; y copies by OSC 52": {Environ: map[string]string{"TERM": "xterm-256color"}},
		"unknown; y copies by OSC 52":        {},
		"linux; y copies by a file":          {Environ: map[string]string{"TERM": "linux"}, Saved: "copied.txt"},
		"screen, in tmux (copying needs set-clipboard on), over ssh; y copies by OSC 52, else by a file": {
			Environ: map[string]string{"TERM": "screen", "TMUX": "/tmp/tmux", "SSH_TTY": "/dev/pts/1"}, Saved: "copied.txt",
		},
	}
	for want, desk := range tests {
		work := effects.New(t.Context(), nil, nil)
		work.At(desk)
		if got := work.Terminal(); got != want {
			t.Errorf("Terminal = %q; want %q", got, want)
		}
	}
}

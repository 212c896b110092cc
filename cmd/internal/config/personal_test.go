package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/cmd/internal/config"
	"github.com/daybatch/daybatch/tui"
)

// personal reads a text as the person's settings.
func personal(t *testing.T, text string) (config.Personal, error) {
	t.Helper()
	home := t.TempDir()
	path := config.PersonalPath([]string{"HOME=" + home})
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return config.LoadPersonal([]string{"HOME=" + home})
}

func TestPersonal(t *testing.T) {
	t.Parallel()
	got, err := personal(t, `
theme: light
zone: utc
mouse: true
ascii: true
keys:
  metrics: b
  days:
    refresh: [f5, r]
    plans:
    mark-failed: []
`)
	if err != nil {
		t.Fatal(err)
	}
	want := config.Personal{ASCII: true, Screen: tui.Settings{Theme: "light", Zone: "utc", Mouse: true, Keys: []tui.Rebinding{
		{Action: "metrics", Keys: []string{"b"}, Where: "config.yaml:7:3"},
		{Page: "days", Action: "refresh", Keys: []string{"f5", "r"}, Where: "config.yaml:9:5"},
		{Page: "days", Action: "plans", Where: "config.yaml:10:5"},
		{Page: "days", Action: "mark-failed", Where: "config.yaml:11:5"},
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("LoadPersonal differs (-want +got):\n%s", diff)
	}
}

func TestNoPersonal(t *testing.T) {
	t.Parallel()
	for _, environ := range [][]string{nil, {"HOME=" + t.TempDir()}, {"XDG_CONFIG_HOME=" + t.TempDir()}} {
		got, err := config.LoadPersonal(environ)
		if err != nil || !cmp.Equal(got, config.Personal{}) {
			t.Errorf("LoadPersonal(%v) = %+v, %v; want the zero settings", environ, got, err)
		}
	}
	if got, err := personal(t, ""); err != nil || !cmp.Equal(got, config.Personal{}) {
		t.Errorf("LoadPersonal of an empty file = %+v, %v; want the zero settings", got, err)
	}
}

func TestPersonalProblems(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       []string
	}{
		{"no YAML", "theme: [", []string{"config.yaml:1:8: "}},
		{"unknown", "thema: dark", []string{`config.yaml:1:1: thema: unknown key; did you mean theme?`}},
		{"a word", "theme: drak", []string{`config.yaml:1:8: theme: is "drak"; did you mean dark?`}},
		{"a type", "mouse: 3", []string{"config.yaml:1:8: mouse: is the number 3, must be true or false"}},
		{"a clash", "theme: dark\nkeys:\n  days: {metrics: l}\n", []string{"config.yaml:3:10: l is step-log and metrics on the page days"}},
		{
			"all at once", "keys:\n  days: {metrics: hyper}\n  rerunn: Z\n",
			[]string{`config.yaml:2:10: "hyper" is no key`, `config.yaml:3:3: there is no action "rerunn"`},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := personal(t, tt.text)
			if err == nil {
				t.Fatal("LoadPersonal = nil; want an error")
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(tt.want) {
				t.Fatalf("LoadPersonal = %q; want %d lines", lines, len(tt.want))
			}
			for i, want := range tt.want {
				if !strings.HasPrefix(lines[i], want) {
					t.Errorf("line %d = %q; want it to begin with %q", i+1, lines[i], want)
				}
			}
		})
	}
}

//go:build unix

package source_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast/local/internal/source"
)

func write(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func paths(files []source.File) []string {
	var all []string
	for _, f := range files {
		all = append(all, f.Path)
	}
	return all
}

func TestLook(t *testing.T) {
	t.Parallel()
	// Characters of a glob in the project's own path are no glob.
	dir := filepath.Join(t.TempDir(), "a[b]*")
	write(t, dir, "orders.csv", "data/a.csv", "data/b.csv", "data/b.txt", "data/x/c.csv", "data/x/y/d.csv", "data/a.csv.d/e")
	outside := t.TempDir()
	write(t, outside, "o.csv")
	if err := os.Symlink(outside, filepath.Join(dir, "data", "link")); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		glob string
		want []string
	}{
		{"orders.csv", []string{"orders.csv"}},
		{"./data//a.csv", []string{"data/a.csv"}},
		{"data/*.csv", []string{"data/a.csv", "data/b.csv"}},
		{"data/[!a].csv", []string{"data/b.csv"}},
		{"data/?.txt", []string{"data/b.txt"}},
		{"data/*/*.csv", []string{"data/link/o.csv", "data/x/c.csv"}},
		{"data/**/*.csv", []string{"data/a.csv", "data/b.csv", "data/x/c.csv", "data/x/y/d.csv"}},
		{"data/x/**", []string{"data/x/c.csv", "data/x/y/d.csv"}},
		{"data/**/**/d.csv", []string{"data/x/y/d.csv"}},
		{"none/*.csv", nil},
		{"data", nil},
		{"data/[", nil},
		{"s3://bucket/*.csv", nil},
		{outside + "/*.csv", []string{outside + "/o.csv"}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, paths(source.Look(dir, map[string]string{"orders": tt.glob}))); diff != "" {
			t.Errorf("Look(%s) (-want +got):\n%s", tt.glob, diff)
		}
	}
	both := source.Look(dir, map[string]string{"a": "data/*.csv", "b": "data/a.*", "c": "orders.csv"})
	if diff := cmp.Diff([]string{"data/a.csv", "data/b.csv", "orders.csv"}, paths(both)); diff != "" {
		t.Errorf("Look of three views (-want +got):\n%s", diff)
	}
}

// A file that is replaced by another of the same size and time is noticed.
func TestReplacedFile(t *testing.T) {
	t.Parallel()
	dir, globs := t.TempDir(), map[string]string{"orders": "*.csv"}
	write(t, dir, "a.csv")
	at := time.Date(2026, time.January, 15, 0, 0, 0, 0, time.UTC)
	file := filepath.Join(dir, "a.csv")
	if err := os.Chtimes(file, at, at); err != nil {
		t.Fatal(err)
	}
	then := source.Look(dir, globs)
	if d := source.Compare(slices.Values(then), source.Look(dir, globs)); d.String() != "" {
		t.Errorf("nothing happened, but %s", d)
	}
	// The system's clock of changes has ticks of some milliseconds.
	got := ""
	for n := 0; n < 5000 && got == ""; n++ {
		replace(t, file, []byte("A.CSV"), at)
		got = source.Compare(slices.Values(then), source.Look(dir, globs)).String()
	}
	if got != "a.csv changed since" {
		t.Errorf("Compare = %q; want the change of a.csv", got)
	}
}

func replace(t *testing.T, file string, text []byte, at time.Time) {
	t.Helper()
	other := file + ".new"
	if err := os.WriteFile(other, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(other, at, at); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(other, file); err != nil {
		t.Fatal(err)
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	// Each word is a file: its path and, as its size, its version.
	files := func(words string) []source.File {
		var list []source.File
		for word := range strings.FieldsSeq(words) {
			list = append(list, source.File{Path: word[:1], Size: int64(word[1])})
		}
		return list
	}
	tests := []struct{ then, now, want, losses string }{
		{"", "", "", ""},
		{"a1 b1", "a1 b1", "", ""},
		{"a1 b1", "a1 b2", "b changed since", ""},
		{"", "a1", "a arrived since", ""},
		{"b1", "a1 b1 c1", "2 files arrived since (a, c)", ""},
		{"", "a1 b1 c1", "3 files arrived since (a, b, c)", ""},
		{"a1", "a2 b1 c1 d1 e1", "a changed since, 4 files arrived since (b, c, d, ...)", ""},
		{"a1 b1 c1", "b1", "", "2 files went away since (a, c)"},
		{"a1 b1 c1", "b2 c1 d1", "b changed since, d arrived since", "a went away since"},
	}
	for _, tt := range tests {
		d := source.Compare(slices.Values(files(tt.then)), files(tt.now))
		if d.News() != tt.want || d.Losses() != tt.losses {
			t.Errorf("Compare(%s, %s) = %q, %q; want %q, %q", tt.then, tt.now, d.News(), d.Losses(), tt.want, tt.losses)
		}
	}
}

//go:build unix

package local

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/daybatch/daybatch/forecast"
)

func TestBarred(t *testing.T) {
	t.Parallel()
	answers := map[string]error{"/p": nil, "/p/.daybatch": syscall.EACCES, "/lake": syscall.EROFS, "/new": syscall.ENOENT}
	found := barred([]string{"/p", "/p/.daybatch", "/lake", "/new"}, "aki", func(dir string) error { return answers[dir] })
	if len(found) != 2 {
		t.Fatalf("barred = %+v; want the two directories that are refused", found)
	}
	for i, want := range []string{"aki can write nothing in /p/.daybatch: permission denied", "aki can write nothing in /lake: read-only file system"} {
		if f := found[i]; f.Kind != "permission" || !strings.HasPrefix(f.Text, want) || f.Advice == "" || f.Mendable {
			t.Errorf("finding %d = %+v; want %q", i, f, want)
		}
	}
}

// TestRights examines a project whose lake can't be: the owner of the machine is told
// as well, whom permissions do not stop.
func TestRights(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for readOnly, want := range map[bool]forecast.Severity{false: forecast.SeverityError, true: forecast.SeverityWarning} {
		e := &Engine{dir: t.TempDir(), options: Options{Actor: "aki", ReadOnly: readOnly}}
		e.lake.Path = filepath.Join(file, "lake")
		x := &examiner{engine: e}
		if err := x.rights(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(x.found) != 1 || x.found[0].Kind != "permission" || x.found[0].Severity != want {
			t.Errorf("read only %t: found %+v; want a permission, %s", readOnly, x.found, want)
		}
	}
}

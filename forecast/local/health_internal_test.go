//go:build unix

package local

import (
	"strings"
	"syscall"
	"testing"
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

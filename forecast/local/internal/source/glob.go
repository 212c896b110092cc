//go:build unix

package source

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// expand returns the names that a glob matches below the directory that a
// relative one starts from. The rules are those of the Extract step's reader: a
// star matches within a name, two of them any number of directories, which are
// not followed through symbolic links. What can't be listed matches nothing.
func expand(project, glob string) []string {
	if strings.Contains(glob, "://") {
		return nil // not on this machine
	}
	dir := project
	if filepath.IsAbs(glob) {
		dir = "/"
	}
	segments := strings.Split(strings.ReplaceAll(glob, "[!", "[^"), "/")
	segments = slices.DeleteFunc(segments, func(s string) bool { return s == "" || s == "." })
	if n := len(segments); n > 0 && segments[n-1] == "**" {
		segments = append(segments, "*")
	}
	var found []string
	walk(dir, segments, &found)
	return found
}

func walk(dir string, segments []string, found *[]string) {
	if len(segments) == 0 {
		*found = append(*found, dir)
		return
	}
	first, rest := segments[0], segments[1:]
	if !strings.ContainsAny(first, `*?[\`) {
		walk(filepath.Join(dir, first), rest, found)
		return
	}
	if first == "**" {
		walk(dir, rest, found)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, entry := range entries {
		name := filepath.Join(dir, entry.Name())
		if first == "**" {
			if entry.IsDir() {
				walk(name, segments, found)
			}
			continue
		}
		if ok, err := path.Match(first, entry.Name()); err == nil && ok {
			walk(name, rest, found)
		}
	}
}

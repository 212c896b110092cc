//go:build unix

// Package source notices that the files which a pipeline reads have changed,
// without reading them.
//
// A file is taken for the same as long as its size, its time of modification and
// its mark are. The mark is what the system notes of a change by itself: the
// time of the last change of the file or its attributes on Linux, else the
// number of the inode. It catches a file that was replaced by one of the same
// size and time; in return a file whose owner or mode was changed counts as
// changed too, which costs a needless run and hides nothing.
package source

import (
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// File is a file of the source as it looks from outside.
type File struct {
	Path     string // relative to the project if it lies in it
	Size     int64  // bytes
	Modified int64  // nanoseconds since 1970 UTC
	Mark     int64
}

// Look returns the files that a project's globs match now, ordered by path, each
// once. Globs are by the name of their view, as in the project's definition.
func Look(project string, globs map[string]string) []File {
	var names []string
	for _, glob := range globs {
		names = append(names, expand(project, glob)...)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	files := make([]File, 0, len(names))
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		f := File{Path: relative(project, name), Size: info.Size(), Modified: info.ModTime().UnixNano()}
		if stat, ok := info.Sys().(*syscall.Stat_t); ok {
			f.Mark = mark(stat)
		}
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return files
}

func relative(project, name string) string {
	if below, ok := strings.CutPrefix(name, project+"/"); ok {
		return below
	}
	return filepath.Clean(name)
}

// Difference is what became of a source's files between two looks: their paths,
// in order.
type Difference struct{ Arrived, Changed, Gone []string }

// Compare returns how the files of now differ from those of then. Both are
// ordered by path.
func Compare(then iter.Seq[File], now []File) Difference {
	var d Difference
	for old := range then {
		for len(now) > 0 && now[0].Path < old.Path {
			d.Arrived, now = append(d.Arrived, now[0].Path), now[1:]
		}
		switch {
		case len(now) == 0 || now[0].Path != old.Path:
			d.Gone = append(d.Gone, old.Path)
			continue
		case now[0] != old:
			d.Changed = append(d.Changed, old.Path)
		}
		now = now[1:]
	}
	for _, f := range now {
		d.Arrived = append(d.Arrived, f.Path)
	}
	return d
}

package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// newFile is a file that is written as a whole or not at all.
type newFile struct {
	path    string
	replace bool // one that is there; else it is not touched, and fs.ErrExist says so
}

// write writes the file under another name beside its place, and then gives it its
// own: nobody sees a part of it, whatever ends the writing.
func (f newFile) write(content func(io.Writer) error) error {
	file, err := os.CreateTemp(filepath.Dir(f.path), ".daybatch-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", f.path, err)
	}
	defer func() { _ = os.Remove(file.Name()) }()
	out := bufio.NewWriter(file)
	if err := errors.Join(content(out), out.Flush(), file.Chmod(0o644), file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", f.path, err)
	}
	if err := f.name(file.Name()); err != nil {
		return fmt.Errorf("write %s: %w", f.path, err)
	}
	return nil
}

// name gives what was written its name.
func (f newFile) name(from string) error {
	if f.replace {
		return os.Rename(from, f.path) //nolint:wrapcheck // the caller names the file
	}
	err := os.Link(from, f.path) // unlike a rename, it fails if there is such a file
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err //nolint:wrapcheck // as above
	}
	if _, there := os.Lstat(f.path); there == nil { // the file system may have no links
		return fs.ErrExist
	}
	return os.Rename(from, f.path) //nolint:wrapcheck // as above
}

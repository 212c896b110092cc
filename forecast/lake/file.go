package lake

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// replaceFile makes a written file durable and gives it its name: readers see
// the old file or the new one, whole, also after a power loss.
func replaceFile(temporary, path string) error {
	if err := syncPath(temporary); err != nil {
		return infrastructure("sync", path, err)
	}
	if err := os.Rename(temporary, path); err != nil {
		return infrastructure("rename to", path, err)
	}
	return syncDir(filepath.Dir(path))
}

// writeFile writes a file whole, as replaceFile does.
func writeFile(path string, text []byte) error {
	temporary := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".tmp")
	if err := os.WriteFile(temporary, text, 0o644); err != nil { //nolint:gosec // data that other users may read
		os.Remove(temporary) //nolint:errcheck,gosec // torn
		return infrastructure("write", path, err)
	}
	return replaceFile(temporary, path)
}

func syncPath(path string) error {
	file, err := os.Open(path) //nolint:gosec // the caller's path
	if err != nil {
		return fmt.Errorf("open to sync: %w", err)
	}
	return errors.Join(file.Sync(), file.Close())
}

// syncDir makes the names in a directory durable.
func syncDir(path string) error {
	if err := syncPath(path); err != nil {
		return infrastructure("sync directory", path, err)
	}
	return nil
}

// makeDirs makes a directory and the missing ones above it, durable.
func makeDirs(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil
	}
	parent := filepath.Dir(path)
	if parent != path {
		if err := makeDirs(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(path, 0o755); err != nil && !errors.Is(err, os.ErrExist) { //nolint:gosec // data that other users may read
		return infrastructure("make directory", path, err)
	}
	return syncDir(parent)
}

// copyFile copies the bytes of a file to a new one and syncs it.
func copyFile(from, to string) error {
	source, err := os.Open(from) //nolint:gosec // the caller's path
	if err != nil {
		return infrastructure("copy", from, err)
	}
	defer func() { _ = source.Close() }()
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // data that other users may read
	if err != nil {
		return infrastructure("copy to", to, err)
	}
	_, err = io.Copy(target, source)
	if err = errors.Join(err, target.Sync(), target.Close()); err != nil {
		os.Remove(to) //nolint:errcheck,gosec // torn
		return infrastructure("copy to", to, err)
	}
	return nil
}

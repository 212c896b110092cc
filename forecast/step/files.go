package step

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// File is a file of a step's output.
type File struct {
	Path   string `json:"path"` // relative to the output
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Files lists the files below the directory of an output with their checksums, by
// path.
func Files(dir string) ([]File, error) {
	var files []File
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err //nolint:wrapcheck // wrapped below
		}
		file, err := Describe(dir, name)
		files = append(files, file)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look at outputs: %w", err)
	}
	return files, nil
}

// Describe reads a file of an output.
func Describe(dir, name string) (File, error) {
	file, err := os.Open(filepath.Join(dir, name)) //nolint:gosec // a path that was recorded or listed
	if err != nil {
		return File{}, fmt.Errorf("look at output: %w", err)
	}
	defer func() { _ = file.Close() }()
	hash := sha256.New()
	size, err := io.Copy(hash, file)
	if err != nil {
		return File{}, fmt.Errorf("look at output: %w", err)
	}
	return File{Path: filepath.ToSlash(name), Bytes: size, SHA256: hex.EncodeToString(hash.Sum(nil))}, nil
}

package keep

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/daybatch/daybatch/forecast"
)

// aside is a shelf that leaves the one behind it as it is: what is put lies in a
// directory.
type aside struct {
	dir    string
	behind Shelf
}

// Fetch returns the path of a file, as it was put or as it lies behind.
func (a aside) Fetch(ctx context.Context, name string) (string, error) {
	path := filepath.Join(a.dir, name)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return a.behind.Fetch(ctx, name) //nolint:wrapcheck // it names the file
	}
	return path, nil
}

// Put moves a file into the directory.
func (a aside) Put(_ context.Context, name, path string) error {
	if err := os.Rename(path, filepath.Join(a.dir, name)); err != nil {
		return fmt.Errorf("put %s aside: %w: %s", name, forecast.ErrUnavailable, err.Error())
	}
	return nil
}

package job

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/daybatch/daybatch/forecast/step"
)

// modelArchive is what SageMaker packs the model of a Training job into.
const modelArchive = "model.tar.gz"

// inputDir is where SageMaker puts an input of the job's step: a Training job has
// channels.
func (j *job) inputDir(name string) string {
	if j.Training {
		return filepath.Join(j.Dir, "input", "data", name)
	}
	return filepath.Join(j.Dir, step.InputDir, name)
}

// outputDir is what SageMaker uploads of the job's step when the job has ended: of
// a Training job the model, as one archive.
func (j *job) outputDir() string {
	if j.Training {
		return filepath.Join(j.Dir, "model")
	}
	return filepath.Join(j.Dir, step.OutputDir, step.Output(j.Config.Step))
}

// mounted returns the directory of an input of the job's step. An archive that a
// Training job has left is unpacked.
func (w *work) mounted(name string) (string, error) {
	dir := w.inputDir(name)
	archive := filepath.Join(dir, modelArchive)
	if _, err := os.Stat(archive); errors.Is(err, fs.ErrNotExist) {
		return dir, nil
	}
	unpacked := w.scratch("unpacked", name)
	if _, err := os.Stat(unpacked); err == nil {
		return unpacked, nil // by an earlier try
	}
	// Under its own name only when it is whole.
	half := w.scratch("unpacked", w.NewID())
	if err := unpack(archive, half); err != nil {
		return "", fmt.Errorf("unpack %s of input %s: %w", modelArchive, name, err)
	}
	if err := os.Rename(half, unpacked); err != nil {
		return "", fmt.Errorf("unpack %s of input %s: %w", modelArchive, name, err)
	}
	return unpacked, nil
}

var errNoPath = errors.New("it is no path below the directory")

// unpack unpacks an archive into a new directory. Anything in it that is neither a
// directory nor a file is left out.
func unpack(archive, dir string) error {
	file, err := os.Open(archive) //nolint:gosec // an input of the job
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // other users may read it
		return err
	}
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	for entries := tar.NewReader(unzipped); ; {
		entry, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		name := filepath.Clean(filepath.FromSlash(strings.TrimPrefix(entry.Name, "./")))
		if entry.Typeflag != tar.TypeReg {
			continue // directories are made as files need them
		}
		if !filepath.IsLocal(name) {
			return fmt.Errorf("%s: %w", entry.Name, errNoPath)
		}
		if err := writeEntry(filepath.Join(dir, name), entries, entry.Size); err != nil {
			return err
		}
	}
}

func writeEntry(path string, from io.Reader, size int64) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // other users may read it
		return err
	}
	out, err := os.Create(path) //nolint:gosec // below a directory of the job's own
	if err != nil {
		return err
	}
	_, err = io.CopyN(out, from, size)
	return errors.Join(err, out.Close())
}

package step

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ReadSpec reads step.json in the root directory of a step.
func ReadSpec(root string) (Spec, error) {
	return readSpec(filepath.Join(root, SpecFile))
}

func readSpec(path string) (Spec, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the caller's path
	if err != nil {
		return Spec{}, fmt.Errorf("read step: %w", err)
	}
	var spec Spec
	if err := json.Unmarshal(text, &spec); err != nil {
		return Spec{}, fmt.Errorf("read step %s: %w", path, err)
	}
	return spec, nil
}

// WriteSpec writes step.json in the root directory of a step.
func WriteSpec(root string, spec Spec) error {
	text, err := json.MarshalIndent(spec, "", "  ")
	if err != nil {
		return fmt.Errorf("write step: %w", err)
	}
	return writeWhole(filepath.Join(root, SpecFile), append(text, '\n'))
}

// ReadExit reads exit.json in the root directory of a step. It wraps
// fs.ErrNotExist if the step has not ended, or was killed.
func ReadExit(root string) (Exit, error) {
	path := filepath.Join(root, ExitFile)
	text, err := os.ReadFile(path) //nolint:gosec // the caller's directory
	if err != nil {
		return Exit{}, fmt.Errorf("read end of step: %w", err)
	}
	var exit Exit
	if err := json.Unmarshal(text, &exit); err != nil {
		return Exit{}, fmt.Errorf("read end of step %s: %w", path, err)
	}
	return exit, nil
}

// writeWhole writes a file under a temporary name, syncs it and renames it, so
// that a reader sees all of it or nothing.
func writeWhole(path string, text []byte) error {
	temporary := path + ".tmp"
	file, err := os.Create(temporary) //nolint:gosec // the step's own directory
	if err != nil {
		return fmt.Errorf("write: %w", err)
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(temporary, path); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

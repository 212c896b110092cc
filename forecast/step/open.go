package step

import (
	"context"
	"os"
	"path/filepath"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/lake"
)

// Input returns the path of a file of one of the step's inputs.
func (e Env) Input(name, file string) string { return filepath.Join(e.Root, InputDir, name, file) }

// Output returns the path of a file of the step's output.
func (e Env) Output(file string) string {
	return filepath.Join(e.Root, OutputDir, Output(e.Spec.Step), file)
}

// open opens the lake for the step, with room to spill in its root.
func (e Env) open(ctx context.Context) (*lake.DB, error) {
	return lake.Open(ctx, lake.Options{TempDir: filepath.Join(e.Root, "tmp"), Threads: e.Workers}) //nolint:wrapcheck // it says what it did
}

// makeOutput makes the directory of the step's output.
func (e Env) makeOutput() error {
	dir := e.Output("")
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // data that other users may read
		return failf(forecast.ReasonInfrastructure, "make output directory: %w: make %s writable for this user and run again", err, filepath.Dir(dir))
	}
	return nil
}

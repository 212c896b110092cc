package step

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/lake"
)

// Input returns the path of a file of one of the step's inputs.
func (e Env) Input(name, file string) string { return filepath.Join(e.Root, InputDir, name, file) }

// Output returns the path of a file of the step's output.
func (e Env) Output(file string) string {
	return filepath.Join(e.Root, OutputDir, Output(e.Spec.Step), file)
}

// fileOf returns the file that a built-in step reads of one of its inputs.
func fileOf(name forecast.StepName, input string) string {
	if name == forecast.TrainEvaluation && input == "model" { // a command's models may be in a form of its own
		return BacktestFile
	}
	return map[string]string{"rows": RowsFile, "panel": PanelFile, "model": ModelsFile, "forecast": ForecastFile}[input]
}

// checkInputs looks for the files that the built-in step reads. Where one is not
// there, the command of an earlier step has ended well without writing it.
func (e Env) checkInputs() error {
	inputs := Inputs(e.Spec.Step)
	for _, name := range slices.Sorted(maps.Keys(inputs)) {
		file := fileOf(e.Spec.Step, name)
		if _, err := os.Stat(e.Input(name, file)); errors.Is(err, fs.ErrNotExist) {
			return failf(forecast.ReasonStep, "%s needs %s, which %s did not write: %w", e.Spec.Step, file, inputs[name], err)
		}
	}
	return nil
}

// checkOutputs looks for the files that later built-in steps will read of what a
// command made: a command that ended well without them has failed, and its output
// is not to be reused.
func (r *runner) checkOutputs() error {
	for _, later := range forecast.StepNames() {
		if len(r.spec.Definition.Steps[later].Command) > 0 {
			continue
		}
		for input, maker := range Inputs(later) {
			file := fileOf(later, input)
			path := filepath.Join(r.options.Root, OutputDir, Output(r.spec.Step), file)
			if _, err := os.Stat(path); maker == r.spec.Step && errors.Is(err, fs.ErrNotExist) {
				return failf(forecast.ReasonStep, "%s ended well and did not write $DAYBATCH_ROOT/%s/%s/%s, which %s needs",
					r.spec.Command[0], OutputDir, Output(r.spec.Step), file, later)
			}
		}
	}
	return nil
}

// open opens the lake for the step, with room to spill in its root, or returns
// the one that it shares with other steps. Done ends the use of it.
func (e Env) open(ctx context.Context) (db *lake.DB, done func(), err error) {
	limit := e.duckMemory()
	if limit == "" {
		if e.lake != nil {
			return e.lake, func() {}, nil
		}
		limit = defaultMemory(machineMemory(), e.atOnce())
	}
	db, err = lake.Open(ctx, lake.Options{TempDir: filepath.Join(e.Root, "tmp"), Threads: e.Workers, MemoryLimit: limit})
	return db, func() { _ = db.Close() }, err //nolint:wrapcheck // it says what it did
}

// makeOutput makes the directory of the step's output.
func (e Env) makeOutput() error {
	dir := e.Output("")
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // data that other users may read
		return failf(forecast.ReasonInfrastructure, "make output directory: %w: make %s writable for this user and run again", err, filepath.Dir(dir))
	}
	return nil
}

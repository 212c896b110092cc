//go:build unix

package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/local/internal/store"
	"github.com/daybatch/daybatch/forecast/plan"
	"github.com/daybatch/daybatch/forecast/step"
)

// configOf returns the part of the definition that a step reads: a change of
// anything else leaves the step's outputs good.
func (e *Engine) configOf(name forecast.StepName) any {
	d := e.definition
	switch name {
	case forecast.Extract:
		return []any{d.Source, d.Timezone}
	case forecast.PreProc:
		return []any{d.Source.Series, d.Source.Time, d.Source.Value, d.Forecast.Season, d.Forecast.Holidays, d.Forecast.Days}
	case forecast.TrainEvaluation:
		return []any{d.Gate, d.Forecast}
	case forecast.PostProc:
		return []any{d.Target.Table, d.Source.Series, d.Forecast.Levels}
	default:
		return d.Forecast
	}
}

// fingerprint identifies what a step does: its name, its command or the
// program's version, the settings that it reads, and the fingerprints of its
// inputs, by step.
func (e *Engine) fingerprint(name forecast.StepName, of map[forecast.StepName]string) (string, error) {
	program := e.definition.Steps[name].Command
	if len(program) == 0 {
		program = []string{"daybatch", e.options.Version}
	}
	inputs := make(map[string]string) // marshalled in the order of its keys
	for input, maker := range step.Inputs(name) {
		inputs[input] = of[maker]
	}
	text, err := json.Marshal([]any{name, program, e.configOf(name), inputs})
	if err != nil {
		return "", fmt.Errorf("fingerprint step %s: %w", name, err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16]), nil
}

// proofs says for the steps of an execution whether their outputs can be used
// by an attempt that runs now. Those of Extract are good only for the source that
// they were read from.
func (e *Engine) proofs(ctx context.Context, id forecast.ExecutionID, seen *look) ([]plan.StepProof, error) {
	records, err := e.store.Records(ctx, id)
	if err != nil {
		return nil, err //nolint:wrapcheck // the store names the execution
	}
	proofs := make([]plan.StepProof, 0, len(records))
	fingerprints := make(map[forecast.StepName]string)
	for _, record := range records {
		if fingerprints[record.Name], err = e.fingerprint(record.Name, fingerprints); err != nil {
			return nil, err
		}
		why := e.unusable(record, fingerprints[record.Name])
		if why == "" && record.Name == forecast.Extract {
			difference, err := seen.since(ctx, record.Source)
			if err != nil {
				return nil, err
			}
			why = difference.String()
		}
		proofs = append(proofs, plan.StepProof{Step: record.Name, Good: why == "", Why: why})
	}
	return proofs, nil
}

// unusable returns why the outputs of a step can't be used by an attempt whose
// step has the given fingerprint, empty if they can.
func (e *Engine) unusable(record store.StepRecord, fingerprint string) string {
	switch {
	case !record.Status.Done():
		return "it did not finish"
	case record.Outputs.Fingerprint != fingerprint:
		return "its settings, its program or its inputs changed"
	default:
		return e.verify(record.Name, record.Outputs)
	}
}

// verify returns why the files of a step's output are not what was recorded,
// empty if they are.
func (e *Engine) verify(name forecast.StepName, outputs store.Outputs) string {
	dir := e.outputDir(name, outputs.Dir)
	for _, file := range outputs.Files {
		now, err := describe(dir, file.Path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return file.Path + " is gone"
		case err != nil:
			return fmt.Sprintf("%s can't be read: %s", file.Path, err.Error())
		case now != file:
			return file.Path + " was changed"
		}
	}
	return ""
}

// outputDir returns the directory of a step's output below the directory of a
// try.
func (e *Engine) outputDir(name forecast.StepName, try string) string {
	return filepath.Join(e.dir, StateDir, try, step.OutputDir, step.Output(name))
}

// outputs lists the files of a step's output with their checksums.
func outputs(dir string) ([]store.File, error) {
	var files []store.File
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err //nolint:wrapcheck // wrapped below
		}
		file, err := describe(dir, name)
		files = append(files, file)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look at outputs: %w", err)
	}
	return files, nil
}

func describe(dir, name string) (store.File, error) {
	file, err := os.Open(filepath.Join(dir, name)) //nolint:gosec // a path that was recorded or listed
	if err != nil {
		return store.File{}, err //nolint:wrapcheck // callers wrap
	}
	defer func() { _ = file.Close() }()
	hash := sha256.New()
	n, err := io.Copy(hash, file)
	return store.File{Path: filepath.ToSlash(name), Bytes: n, SHA256: hex.EncodeToString(hash.Sum(nil))}, err //nolint:wrapcheck // as above
}

//go:build unix

package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/local/internal/store"
	"github.com/daybatch/daybatch/forecast/plan"
	"github.com/daybatch/daybatch/forecast/step"
)

// fingerprint identifies what a step of this program does: see [step.Fingerprint].
func (e *Engine) fingerprint(name forecast.StepName, of map[forecast.StepName]string) (string, error) {
	return step.Fingerprint(e.definition, e.options.Version, name, of) //nolint:wrapcheck // it names the step
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
		now, err := step.Describe(dir, file.Path)
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

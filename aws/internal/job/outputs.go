package job

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/step"
)

// prefix is where the output of a step goes.
func (w *work) prefix(name forecast.StepName) string {
	if w.Config.Step != "" {
		return naming.OwnOutputPrefix(w.run, name, step.Output(name))
	}
	return naming.OutputPrefix(w.run, w.date, name, step.Output(name))
}

// upload puts the files of a step's output where later jobs find them.
func (w *work) upload(ctx context.Context, dir string, name forecast.StepName, files []record.File) error {
	prefix := w.prefix(name)
	for _, file := range files {
		if _, err := w.Bucket.Upload(ctx, prefix+file.Path, filepath.Join(dir, file.Path)); err != nil {
			return err //nolint:wrapcheck // it names the object
		}
	}
	return nil
}

// download brings a step's outputs into a directory and checks them. It returns
// why they are not what was recorded, empty if they are.
func (w *work) download(ctx context.Context, dir string, before record.ProgressStep) (why string, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // other users may read it
		return "", fmt.Errorf("download: %w", err)
	}
	for _, file := range before.Outputs {
		if !filepath.IsLocal(file.Path) {
			return file.Path + " is no path below the output", nil
		}
		path := filepath.Join(dir, file.Path)
		err := w.Bucket.Download(ctx, before.Prefix+file.Path, path)
		if errors.Is(err, forecast.ErrNotFound) {
			return file.Path + " is gone", nil
		}
		if err != nil {
			return "", err
		}
		now, err := step.Describe(dir, file.Path)
		if err != nil {
			return "", fmt.Errorf("download: %w", err)
		}
		if now != file {
			return file.Path + " was changed", nil
		}
	}
	return "", nil
}

// reused returns a step as it is when it is taken over from another run.
func reused(before record.ProgressStep, from record.Progress, date calendar.Date, tries int) record.ProgressStep {
	if before.Status != forecast.StepReused {
		before.ReusedFrom = naming.ExecutionID(date, from.Attempt)
	}
	before.Status, before.Tries = forecast.StepReused, tries
	return before
}

package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/daybatch/daybatch/aws/internal/dashboard"
	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/logkey"
	"github.com/daybatch/daybatch/forecast/step"
)

// publish puts what PostProc built under a prefix of its own and commits it. The
// manifest goes last: a generation without one is not whole.
func (w *work) publish(ctx context.Context, dir string, spec step.Spec, files []record.File) error {
	generation, err := w.describeGeneration(dir, spec)
	if err != nil {
		return err
	}
	prefix := naming.GenerationPrefix(w.definition.Target.Table, w.date, spec.Generation)
	slices.SortStableFunc(files, func(a, b record.File) int { return last(a.Path) - last(b.Path) })
	for _, file := range files {
		if _, err := w.Bucket.Upload(ctx, prefix+file.Path, filepath.Join(dir, file.Path)); err != nil {
			return err //nolint:wrapcheck // it names the object
		}
	}
	if err := w.verify(ctx, prefix, files); err != nil {
		return err
	}
	return w.commit(ctx, generation)
}

// last orders the manifest after everything else.
func last(path string) int {
	if path == lake.ManifestFile {
		return 1
	}
	return 0
}

// verify compares what lies below a prefix with what was to be put there.
func (w *work) verify(ctx context.Context, prefix string, files []record.File) error {
	objects, err := w.Bucket.List(ctx, prefix, "")
	if err != nil {
		return err //nolint:wrapcheck // it names the prefix
	}
	sizes := make(map[string]int64, len(objects))
	for _, object := range objects {
		sizes[object.Key] = object.Bytes
	}
	for _, file := range files {
		if size, ok := sizes[prefix+file.Path]; !ok || size != file.Bytes {
			return fmt.Errorf("verify generation: %w: %s has %d bytes in S3, not %d", forecast.ErrUnavailable, prefix+file.Path, size, file.Bytes)
		}
	}
	if len(objects) != len(files) {
		return fmt.Errorf("verify generation: %w: %d objects lie below %s, not %d", forecast.ErrConflict, len(objects), prefix, len(files))
	}
	return nil
}

// describeGeneration reads the manifest of what PostProc built.
func (w *work) describeGeneration(dir string, spec step.Spec) (record.Generation, error) {
	bad := func(text string) (record.Generation, error) {
		return record.Generation{}, fail(forecast.ReasonStep, "the partition can't be published: "+text)
	}
	text, err := os.ReadFile(filepath.Join(dir, lake.ManifestFile)) //nolint:gosec // the step's own output
	if err != nil {
		return bad("PostProc made no " + lake.ManifestFile)
	}
	var manifest step.Manifest
	if err := json.Unmarshal(text, &manifest); err != nil {
		return bad("its " + lake.ManifestFile + ": " + err.Error())
	}
	if manifest.Generation != spec.Generation || manifest.Date != spec.Date {
		return bad(fmt.Sprintf("it is generation %s of %s, not %s of %s", manifest.Generation, manifest.Date, spec.Generation, spec.Date))
	}
	var bytes int64
	for _, file := range manifest.Files {
		now, err := step.Describe(dir, file.Path)
		if err != nil || now.Bytes != file.Bytes || now.SHA256 != file.SHA256 {
			return bad(file.Path + " is not as its manifest says")
		}
		bytes += file.Bytes
	}
	described, err := step.Describe(dir, lake.ManifestFile)
	if err != nil {
		return bad(err.Error())
	}
	return record.Generation{
		Partition: forecast.Partition{
			Date: w.date, Table: w.definition.Target.Table, Generation: spec.Generation, Kind: forecast.GenerationOwn,
			Execution: w.attempt.ID, Attempt: w.attempt.Attempt, Rows: manifest.Rows, Bytes: bytes, Series: manifest.Series,
			Path:    naming.URI(w.Bucket.Name, w.Bucket.Prefix, naming.GenerationPrefix(w.definition.Target.Table, w.date, spec.Generation)),
			Written: w.Now(),
		},
		Metrics: w.progress.Metrics, Manifest: described.SHA256,
	}, nil
}

// commit publishes a generation, or records it if it is staged. If the attempt
// has committed one before, whose reply was lost, that one stands.
func (w *work) commit(ctx context.Context, g record.Generation) error {
	n := w.attempt.Attempt
	d, err := w.dates.Change(ctx, w.date.String(), func(d record.Date) (record.Date, error) {
		if a, err := d.Attempt(n); err == nil && d.Generations[a.Generation] != nil {
			return d, record.ErrUnchanged
		}
		return d.Commit(n, w.attempt.Fence, g, w.Now()) //nolint:wrapcheck // it names the generation
	})
	if err != nil {
		return err //nolint:wrapcheck // as above
	}
	a, err := d.Attempt(n)
	if err != nil {
		return err //nolint:wrapcheck // it names the attempt
	}
	w.generation = a.Generation
	w.log.InfoContext(ctx, "committed", slog.String(keyGeneration, w.generation), slog.Bool(keyPublished, d.Current == w.generation))
	return nil
}

const (
	// projections is how often the catalogue is brought up to a record that moves.
	projections = 5
	// pointTries is how often a call to the catalogue is made that fails.
	pointTries = 4
	pointPause = 2 * time.Second
)

// project brings the catalogue up to what the record says is current, and looks
// again whether that has moved. It is no part of the publication: if it fails,
// readers see the generation before until somebody does it.
func (w *work) project(ctx context.Context) error {
	if w.table == nil || w.attempt.Staged {
		return nil
	}
	// Readers are served although the job may have been told to end.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tailTime)
	defer cancel()
	d, err := w.dates.Load(ctx, w.date.String())
	for range projections {
		if err != nil {
			return err //nolint:wrapcheck // it names the record
		}
		if err := w.point(ctx, d); err != nil {
			return fmt.Errorf("it is published, but the catalogue could not be told: %w: run daybatch doctor --mend", err)
		}
		pointed := d.Current
		if d, err = w.dates.Load(ctx, w.date.String()); err == nil && d.Current == pointed {
			return nil
		}
	}
	return errors.Join(err, fmt.Errorf("tell the catalogue of %s: %w: others publish it all the time", w.date, forecast.ErrConflict))
}

// refresh has the dashboard read the partition. If that fails the date is
// published all the same, and the next refresh shows it.
func (w *work) refresh(ctx context.Context) {
	if w.Dashboard == nil || w.attempt.Staged || w.attempt.Plan != "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tailTime)
	defer cancel()
	if err := w.Dashboard.Refresh(ctx, dashboard.OfJob(w.date, w.run)); err != nil {
		w.log.WarnContext(ctx, "refresh the dashboard", slog.String(logkey.Error, err.Error()))
	}
}

// point makes the catalogue's partition that of the record's current generation.
func (w *work) point(ctx context.Context, d record.Date) error {
	for k := 1; ; k++ {
		err := w.pointOnce(ctx, d)
		if err == nil || k == pointTries || errors.Is(err, forecast.ErrUnauthorised) || errors.Is(err, forecast.ErrInvalid) {
			return err
		}
		w.log.WarnContext(ctx, "the catalogue is told again", slog.String(logkey.Error, err.Error()))
		if err := w.Sleep(ctx, pointPause); err != nil {
			return err
		}
	}
}

func (w *work) pointOnce(ctx context.Context, d record.Date) error {
	g := d.Generations[d.Current]
	if g == nil {
		return w.table.Drop(ctx, w.date) //nolint:wrapcheck // it names the partition
	}
	return w.table.Point(ctx, w.date, g.Path, g.Parameters()) //nolint:wrapcheck // it names the partition
}

//go:build unix

package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/local/internal/store"
	"github.com/daybatch/daybatch/forecast/logkey"
	"github.com/daybatch/daybatch/forecast/step"
)

// publish makes what PostProc built the current generation of the date. The
// file is replaced inside the write lock of the records, after the checks of
// fence and stop mark, so that nothing is published after an answered stop, and
// a publisher that was frozen can't wake up over a newer generation.
func (a *attempt) publish() error {
	e, claim := a.engine, a.claim
	built := e.outputDir(forecast.PostProc, a.dirs[forecast.PostProc])
	generation, err := a.readGeneration(built)
	if err != nil {
		return err
	}
	if err := e.lake.Install(claim.Date, claim.Generation, built); err != nil {
		return err //nolint:wrapcheck // the lake names the file
	}
	if err := a.insist(func() error { return e.store.PutGeneration(a.tail, claim, generation) }); err != nil {
		return err
	}
	if a.staged {
		return a.insist(func() error { return e.store.EndStaged(a.tail, claim) })
	}
	return e.swap(a.tail, claim.Date, claim.Generation, func(swap func() error) error {
		return a.insist(func() error { return e.store.Publish(a.tail, claim, swap) })
	})
}

// swap changes the published file of a date to that of a generation, or to none,
// inside the transaction that record opens, and tidies up.
func (e *Engine) swap(ctx context.Context, date calendar.Date, generation string, record func(swap func() error) error) error {
	change := func() error { return e.lake.Unpublish(date) } //nolint:wrapcheck // the lake names the file
	if generation != "" {
		staged, err := e.lake.Stage(date, generation)
		if err != nil {
			return err //nolint:wrapcheck // the lake names the file
		}
		defer func() {
			if err := staged.Discard(); err != nil {
				e.options.Log.WarnContext(ctx, "remove staged file", slog.String(logkey.Error, err.Error()))
			}
		}()
		change = staged.Swap
	}
	err := record(func() error {
		if err := change(); err != nil {
			return err
		}
		if e.afterSwap != nil {
			e.afterSwap()
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := e.tidy(ctx, date); err != nil {
		// The partition is as it should be; what is left over does no harm.
		e.options.Log.WarnContext(ctx, "tidy up after publish", slog.String(logkey.Error, err.Error()))
	}
	return nil
}

// readGeneration reads the manifest of what PostProc built.
func (a *attempt) readGeneration(built string) (store.Generation, error) {
	bad := func(text string) error {
		return &failure{reason: forecast.Reason{Class: forecast.ReasonStep, Text: "the partition can't be published: " + text}}
	}
	manifest, err := readManifest(built)
	if err != nil {
		return store.Generation{}, bad(err.Error())
	}
	if manifest.Generation != a.claim.Generation || manifest.Date != a.claim.Date {
		return store.Generation{}, bad(fmt.Sprintf("it is generation %s of %s, not %s of %s",
			manifest.Generation, manifest.Date, a.claim.Generation, a.claim.Date))
	}
	return generationOf(manifest, filepath.Join(a.engine.lake.Generation(a.claim.Date, manifest.Generation), lake.PartFile)), nil
}

// readManifest reads the manifest in a directory.
func readManifest(dir string) (step.Manifest, error) {
	var manifest step.Manifest
	text, err := os.ReadFile(filepath.Join(dir, lake.ManifestFile)) //nolint:gosec // a try's or a generation's own directory
	if err != nil {
		return manifest, errors.New("PostProc made no " + lake.ManifestFile)
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		return manifest, fmt.Errorf("%s is damaged: %w", lake.ManifestFile, err)
	}
	return manifest, nil
}

// generationOf is the record of the generation that a manifest describes.
func generationOf(manifest step.Manifest, path string) store.Generation {
	generation := store.Generation{ID: manifest.Generation, Path: path, Rows: manifest.Rows, Series: manifest.Series}
	for _, file := range manifest.Files {
		generation.Bytes += file.Bytes
	}
	return generation
}

// readTime is longer than any query: the file of a generation that was current
// within it may still be open, or be about to be opened.
const readTime = 24 * time.Hour

// tidy rewrites the list of current files and removes older generations.
func (e *Engine) tidy(ctx context.Context, date calendar.Date) error {
	retention := store.Retention{Keep: max(0, e.definition.Limits.Keep), Since: e.options.Now().Add(-readTime)}
	dropped, err := e.store.Tidy(ctx, date, retention, e.lake.WriteCurrent)
	if err != nil {
		return err //nolint:wrapcheck // the store names the date
	}
	for _, id := range dropped {
		if err := e.lake.RemoveGeneration(date, id); err != nil {
			return err //nolint:wrapcheck // the lake names the file
		}
	}
	return nil
}

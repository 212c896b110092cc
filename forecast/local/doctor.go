//go:build unix

package local

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/alert"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/local/internal/store"
)

// finding is a finding with what mends it; nil: nothing does.
type finding struct {
	forecast.Finding

	mend func(ctx context.Context) error
}

// Examine looks at records and files and changes nothing.
func (e *Engine) Examine(ctx context.Context) ([]forecast.Finding, error) {
	found, err := e.examine(ctx, e.options.Actor)
	if err != nil {
		return nil, fmt.Errorf("examine: %w", err)
	}
	list := make([]forecast.Finding, len(found))
	for i, f := range found {
		list[i] = f.Finding
	}
	return list, nil
}

// Mend does away with what can be mended without a loss.
func (e *Engine) Mend(ctx context.Context, actor string) ([]forecast.Finding, error) {
	if e.options.ReadOnly {
		return nil, fmt.Errorf("mend: %w", forecast.ErrReadOnly)
	}
	found, err := e.examine(ctx, actor)
	if err != nil {
		return nil, fmt.Errorf("mend: %w", err)
	}
	list := make([]forecast.Finding, len(found))
	for i, f := range found {
		if f.mend != nil {
			if err := f.mend(ctx); err != nil {
				f.Failure = err.Error()
			} else {
				f.Mended = true
			}
		}
		list[i] = f.Finding
	}
	return list, nil
}

// examine looks at everything; what matters most comes first. Records come
// before files, because mending them may explain files.
func (e *Engine) examine(ctx context.Context, actor string) ([]finding, error) {
	x := &examiner{engine: e, actor: actor, now: e.options.Now()}
	for _, look := range []func(context.Context) error{x.leases, x.partitions, x.list, x.plans, x.messages, x.serving, x.runs, x.clock, x.rights} {
		if err := look(ctx); err != nil {
			return nil, err
		}
	}
	rank := map[forecast.Severity]int{forecast.SeverityError: 0, forecast.SeverityWarning: 1, forecast.SeverityNote: 2}
	slices.SortStableFunc(x.found, func(a, b finding) int {
		return cmp.Or(cmp.Compare(rank[a.Severity], rank[b.Severity]), int(b.Date-a.Date))
	})
	return x.found, nil
}

// examiner collects findings.
type examiner struct {
	engine *Engine
	actor  string
	now    time.Time
	found  []finding
}

func (x *examiner) add(f forecast.Finding, mend func(ctx context.Context) error) {
	f.Mendable = mend != nil
	x.found = append(x.found, finding{f, mend})
}

// leases finds attempts whose process is gone.
func (x *examiner) leases(ctx context.Context) error {
	leases, err := x.engine.store.Leases(ctx)
	if err != nil {
		return err //nolint:wrapcheck // the store says what was read
	}
	for _, lease := range leases {
		if x.engine.gone(lease.Fence, lease.Holder, lease.Expires) {
			x.add(forecast.Finding{
				Severity: forecast.SeverityWarning, Kind: "dead-lease", Date: lease.Date,
				Text:   fmt.Sprintf("attempt %d is held by %s (pid %d), which is gone", lease.Attempt, lease.Holder, lease.Holder.Pid),
				Advice: "mend ends it as interrupted, and frees the date",
			}, x.engine.reconcile)
		}
	}
	return nil
}

// partitions compares the records of each date with its files.
func (x *examiner) partitions(ctx context.Context) error {
	catalogue, err := x.engine.store.Catalogue(ctx)
	if err != nil {
		return err //nolint:wrapcheck // the store says what was read
	}
	dates, err := x.engine.lake.Dates()
	if err != nil {
		return err //nolint:wrapcheck // the lake names the directory
	}
	for d := range catalogue.Current {
		dates = append(dates, d)
	}
	slices.Sort(dates)
	for _, d := range slices.Compact(dates) {
		if err := x.generations(d, catalogue); err != nil {
			return err
		}
		if err := x.published(d, catalogue); err != nil {
			return err
		}
	}
	return nil
}

// generations looks at the generations of a date that are on disk.
func (x *examiner) generations(d calendar.Date, catalogue store.Catalogue) error {
	l := x.engine.lake
	ids, err := l.Generations(d)
	if err != nil {
		return err //nolint:wrapcheck // the lake names the directory
	}
	for _, id := range ids {
		i := slices.IndexFunc(catalogue.Generations, func(g store.GenerationRecord) bool { return g.ID == id && g.Date == d })
		whole, err := l.Whole(d, id)
		switch {
		case err != nil:
			x.torn(d, id, err.Error())
		case i < 0 && whole && !catalogue.Attempts[d]:
			x.unrecorded(d, id)
		case i < 0 && x.old(l.Generation(d, id)):
			x.orphan(d, id)
		case i >= 0 && catalogue.Generations[i].Deleted:
			x.orphan(d, id)
		case i >= 0 && !whole && catalogue.Current[d] != id:
			x.torn(d, id, "its files are not those of its manifest")
		}
	}
	leftovers, err := l.Leftovers(d)
	for _, left := range leftovers {
		if x.now.Sub(left.Modified) > readTime {
			x.add(forecast.Finding{
				Severity: forecast.SeverityNote, Kind: "leftover", Date: d,
				Text: left.Path + " was left by a publish that was cut off", Advice: "mend removes it",
			}, func(context.Context) error { return os.Remove(left.Path) }) //nolint:wrapcheck // it names the file
		}
	}
	return err //nolint:wrapcheck // the lake names the directory
}

// old reports whether nothing has happened in a directory for so long that
// nobody can be writing there.
func (x *examiner) old(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && x.now.Sub(info.ModTime()) > readTime
}

func (x *examiner) orphan(d calendar.Date, id string) {
	x.add(forecast.Finding{
		Severity: forecast.SeverityNote, Kind: "orphan-generation", Date: d,
		Text:   fmt.Sprintf("generation %s is on disk, and no attempt needs it", id),
		Advice: "mend removes it",
	}, func(context.Context) error { return x.engine.lake.RemoveGeneration(d, id) }) //nolint:wrapcheck // the lake names the file
}

func (x *examiner) torn(d calendar.Date, id, why string) {
	x.add(forecast.Finding{
		Severity: forecast.SeverityWarning, Kind: "torn-generation", Date: d,
		Text:   fmt.Sprintf("generation %s is not whole: %s", id, why),
		Advice: "no reader sees it, but there is no way back to it: rerun the date if you need another",
	}, nil)
}

// unrecorded is about a whole generation of a date that no record knows: the
// records were lost, or the lake was copied.
func (x *examiner) unrecorded(d calendar.Date, id string) {
	if manifest, err := readManifest(x.engine.lake.Generation(d, id)); err == nil && manifest.Kind == forecast.GenerationFallback {
		x.unrecordedFallback(d, id)
		return
	}
	x.add(forecast.Finding{
		Severity: forecast.SeverityWarning, Kind: "unrecorded-generation", Date: d,
		Text:   fmt.Sprintf("generation %s is on disk, and the records know no attempt of the date", id),
		Advice: "mend adopts it from its manifest",
	}, func(ctx context.Context) error { return x.adopt(ctx, d, id) })
}

// unrecordedFallback is about a fallback that no record knows. It is never adopted
// as if it were the date's own: another can be made at any time.
func (x *examiner) unrecordedFallback(d calendar.Date, id string) {
	if file, err := x.engine.lake.Published(d); err == nil && file == id {
		x.add(forecast.Finding{
			Severity: forecast.SeverityWarning, Kind: "unrecorded-fallback", Date: d,
			Text:   fmt.Sprintf("readers see generation %s, a fallback that the records don't know", id),
			Advice: fmt.Sprintf("mend withdraws it; then `daybatch rerun %s` or `daybatch fallback %s`", d, d),
		}, func(context.Context) error {
			if err := x.engine.lake.Unpublish(d); err != nil {
				return err //nolint:wrapcheck // the lake names the file
			}
			return x.engine.lake.RemoveGeneration(d, id) //nolint:wrapcheck // as above
		})
		return
	}
	if x.old(x.engine.lake.Generation(d, id)) {
		x.orphan(d, id)
	}
}

func (x *examiner) adopt(ctx context.Context, d calendar.Date, id string) error {
	e := x.engine
	dir := e.lake.Generation(d, id)
	manifest, err := readManifest(dir)
	if err != nil {
		return err
	}
	info, err := os.Stat(filepath.Join(dir, lake.ManifestFile))
	if err != nil {
		return fmt.Errorf("look at manifest: %w", err)
	}
	found := store.Found{
		Generation: generationOf(manifest, filepath.Join(dir, lake.PartFile)), Date: d, Attempt: max(1, manifest.Attempt),
		Definition: e.hash, Zone: e.definition.Timezone, Actor: x.actor, Written: info.ModTime(),
	}
	if err := e.store.AdoptGeneration(ctx, found); err != nil {
		return err //nolint:wrapcheck // the store names the generation
	}
	if file, err := e.lake.Published(d); err != nil || file != id {
		return err //nolint:wrapcheck // the lake names the file
	}
	return x.record(ctx, d)
}

// record brings the records of a date up to its published file.
func (x *examiner) record(ctx context.Context, d calendar.Date) error {
	e := x.engine
	if err := e.store.Mend(ctx, d); err != nil {
		return err //nolint:wrapcheck // the store names the date
	}
	return e.store.ListCurrent(ctx, e.lake.WriteCurrent) //nolint:wrapcheck // the store says what it did
}

// published compares the published file of a date with its record.
func (x *examiner) published(d calendar.Date, catalogue store.Catalogue) error {
	e, current := x.engine, catalogue.Current[d]
	file, err := e.lake.Published(d)
	known := slices.ContainsFunc(catalogue.Generations, func(g store.GenerationRecord) bool { return g.ID == file && g.Date == d })
	switch {
	case errors.Is(err, lake.ErrForeign):
		x.foreign(d, err.Error())
	case err != nil:
		return err //nolint:wrapcheck // the lake names the file
	case file == current && current != "":
		return x.currentWhole(d, current)
	case file == "" && current != "":
		x.add(forecast.Finding{
			Severity: forecast.SeverityError, Kind: "missing-partition", Date: d,
			Text:   fmt.Sprintf("%s is gone; generation %s should be there", e.lake.Partition(d), current),
			Advice: "mend publishes the generation again",
		}, func(ctx context.Context) error { return x.republish(ctx, d, current) })
	case file != current && known:
		x.add(forecast.Finding{
			Severity: forecast.SeverityWarning, Kind: "catalogue-drift", Date: d,
			Text:   fmt.Sprintf("readers see generation %s, the records say %s", file, cmp.Or(current, "none")),
			Advice: "mend records what readers see",
		}, func(ctx context.Context) error { return x.record(ctx, d) })
	case file != current && catalogue.Attempts[d]:
		x.foreign(d, fmt.Sprintf("%s is generation %s, which this project did not make", e.lake.Partition(d), file))
	}
	return nil
}

func (x *examiner) foreign(d calendar.Date, text string) {
	x.add(forecast.Finding{
		Severity: forecast.SeverityError, Kind: "foreign-file", Date: d, Text: "changed by others: " + text,
		Advice: "move that file away, then `daybatch doctor --mend`, or rerun the date",
	}, nil)
}

// currentWhole checks that what readers see can be gone back to.
func (x *examiner) currentWhole(d calendar.Date, current string) error {
	whole, err := x.engine.lake.Whole(d, current)
	if err == nil && !whole {
		x.add(forecast.Finding{
			Severity: forecast.SeverityError, Kind: "damaged-current", Date: d,
			Text:   fmt.Sprintf("the current generation %s is not whole: daybatch can't read it, other readers still see the published file", current),
			Advice: fmt.Sprintf("`daybatch rerun %s` makes another, `daybatch partition rollback %s` goes back", d, d),
		}, nil)
	}
	return err //nolint:wrapcheck // the lake names the file
}

// republish puts the file of the current generation back to its place.
func (x *examiner) republish(ctx context.Context, d calendar.Date, current string) error {
	e := x.engine
	staged, err := e.lake.Stage(d, current)
	if err != nil {
		return err //nolint:wrapcheck // the lake names the file
	}
	err = e.store.Repair(ctx, d, current, staged.Swap)
	return errors.Join(err, staged.Discard())
}

// list checks the list of current files that other readers may use.
func (x *examiner) list(ctx context.Context) error {
	e := x.engine
	catalogue, err := e.store.Catalogue(ctx)
	if err != nil {
		return err //nolint:wrapcheck // the store says what was read
	}
	want, err := e.lake.CurrentText(catalogue.Current)
	if err != nil {
		return err //nolint:wrapcheck // the lake names the file
	}
	have, err := os.ReadFile(e.lake.CurrentPath())
	if errors.Is(err, fs.ErrNotExist) && len(catalogue.Current) == 0 || err == nil && bytes.Equal(have, want) {
		return nil
	}
	x.add(forecast.Finding{
		Severity: forecast.SeverityWarning, Kind: "stale-list",
		Text:   e.lake.CurrentPath() + " is not the list of the current files",
		Advice: "mend writes it again",
	}, func(ctx context.Context) error {
		return e.store.ListCurrent(ctx, e.lake.WriteCurrent) //nolint:wrapcheck // the store says what it did
	})
	return nil
}

// plans finds plans that nobody carries out.
func (x *examiner) plans(ctx context.Context) error {
	plans, err := x.engine.store.UndrivenPlans(ctx)
	for _, p := range plans {
		x.add(forecast.Finding{
			Severity: forecast.SeverityWarning, Kind: "undriven-plan",
			Text:   fmt.Sprintf("plan %s has dates left and nobody carries it out", p.ID),
			Advice: fmt.Sprintf("`daybatch backfill resume %s` or `daybatch serve` goes on with it, `daybatch backfill stop %s` ends it", p.ID, p.ID),
		}, nil)
	}
	return err //nolint:wrapcheck // the store says what was read
}

// messages finds messages that did not arrive.
func (x *examiner) messages(ctx context.Context) error {
	notices, err := x.engine.store.OpenNotices(ctx)
	for _, n := range notices {
		for _, d := range n.Deliveries {
			if d.Sent.IsZero() && d.Error != "" {
				x.add(forecast.Finding{
					Severity: forecast.SeverityWarning, Kind: "unsent-message", Date: n.Date,
					Text:   fmt.Sprintf("a message of kind %s did not arrive in %d tries: %s", n.Kind, d.Tries, d.Error),
					Advice: "`daybatch notify test` tries the channel; the message is tried again by whatever runs or serves",
				}, nil)
			}
		}
	}
	return err //nolint:wrapcheck // the store says what was read
}

// serveSilence is how long a server may be silent before it is taken for gone.
const serveSilence = 5 * time.Minute

// serving says that nobody serves a pipeline that has a schedule.
func (x *examiner) serving(ctx context.Context) error {
	e := x.engine
	seen, err := e.store.LastSeen(ctx)
	if err != nil || e.definition.Schedule == "" || x.now.Sub(seen) < serveSilence {
		return err //nolint:wrapcheck // the store says what was read
	}
	since := "nobody has served it yet"
	if !seen.IsZero() {
		since = "nobody serves it since " + seen.In(e.calendar.Zone()).Format("2006-01-02 15:04 MST")
	}
	lost := "dates are not started when they are due"
	if e.options.Alerts.Wants(alert.Late) {
		lost += ", and nobody notices that one is late"
	}
	x.add(forecast.Finding{
		Severity: forecast.SeverityNote, Kind: "not-served",
		Text: fmt.Sprintf("the pipeline has a schedule and %s: %s", since, lost), Advice: "run `daybatch serve`, or `daybatch run` from cron",
	}, nil)
	return nil
}

// runs finds outputs of attempts that nobody takes over any more.
func (x *examiner) runs(ctx context.Context) error {
	e := x.engine
	list, err := e.sweepable(ctx)
	if err != nil || len(list) == 0 {
		return err
	}
	held := int64(0)
	for _, one := range list {
		for _, dir := range one.Dirs {
			held += bytesBelow(e.sweptDir(dir))
		}
	}
	if held == 0 {
		return nil
	}
	x.add(forecast.Finding{
		Severity: forecast.SeverityNote, Kind: "old-outputs",
		Text:   fmt.Sprintf("%d ended attempts hold outputs of %.1f MB that nothing takes over any more", len(list), float64(held)/1e6),
		Advice: "mend removes them, and so does `daybatch serve`; logs and metrics stay",
	}, e.sweep)
	return nil
}

// bytesBelow returns the bytes of the files below a directory.
func bytesBelow(dir string) int64 {
	total := int64(0)
	_ = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error { // what can't be read counts for nothing
		if err == nil && entry.Type().IsRegular() {
			if info, err := entry.Info(); err == nil {
				total += info.Size()
			}
		}
		return nil
	})
	return total
}

// sweptDir is the directory of a try that holds what is swept, empty if all of
// the try is kept: evaluations are read for years.
func (e *Engine) sweptDir(try string) string {
	if strings.Contains(try, string(filepath.Separator)+string(forecast.TrainEvaluation)+string(filepath.Separator)) {
		return ""
	}
	return filepath.Join(e.dir, StateDir, try, outputDirName)
}

package aws

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// readTime is longer than any query: the files of a generation that was current
// within it may still be read.
const readTime = 24 * time.Hour

// finding is something that Examine found and what mends it.
type finding struct {
	forecast.Finding

	mend func(ctx context.Context) error
}

// Examine compares what is deployed with the project, and records, catalogue and
// objects with each other. It changes nothing.
func (e *Engine) Examine(ctx context.Context) ([]forecast.Finding, error) {
	found, err := e.examine(ctx)
	if err != nil {
		return nil, fmt.Errorf("examine: %w", err)
	}
	var all []forecast.Finding
	for _, f := range found {
		all = append(all, f.Finding)
	}
	return all, nil
}

// Mend does away with what can be mended.
func (e *Engine) Mend(ctx context.Context, _ string) ([]forecast.Finding, error) {
	if e.options.ReadOnly {
		return nil, fmt.Errorf("mend: %w", forecast.ErrReadOnly)
	}
	found, err := e.examine(ctx)
	if err != nil {
		return nil, fmt.Errorf("mend: %w", err)
	}
	var all []forecast.Finding
	for _, f := range found {
		if f.mend != nil {
			if err := f.mend(ctx); err != nil {
				f.Failure = err.Error()
			} else {
				f.Mended = true
			}
		}
		all = append(all, f.Finding)
	}
	return all, nil
}

func (e *Engine) examine(ctx context.Context) ([]finding, error) {
	records, err := e.records(ctx, everything())
	if err != nil {
		return nil, err
	}
	var found []finding
	parts := []func(context.Context, map[calendar.Date]record.Date) ([]finding, error){
		e.examineDeployment, e.examineAttempts, e.examineCatalogue, e.examineObjects, e.examineDashboard, e.examineMessages, e.examineSource,
	}
	if e.theirs != nil {
		parts = []func(context.Context, map[calendar.Date]record.Date) ([]finding, error){e.examineAttempts, e.examineMessages}
		if found, err = e.theirs.examine(ctx); err != nil {
			return nil, err
		}
	}
	for _, part := range parts {
		more, err := part(ctx, records)
		if barred, ok := denied(err); ok {
			more, err = []finding{barred}, nil
		}
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	found = append(found, e.health(ctx)...)
	slices.SortStableFunc(found, func(a, b finding) int { return int(a.Date - b.Date) })
	return found, nil
}

// examineAttempts finds attempts that ended and whose records do not say so.
func (e *Engine) examineAttempts(ctx context.Context, records map[calendar.Date]record.Date) ([]finding, error) {
	var found []finding
	for d, r := range records {
		if r.Claim == nil {
			continue
		}
		a, err := r.Attempt(r.Claim.Attempt)
		if err != nil {
			return nil, err //nolint:wrapcheck // it names the attempt
		}
		v, err := e.view(ctx, r, a)
		if err != nil {
			return nil, err
		}
		switch {
		case v.ended:
			found = append(found, finding{forecast.Finding{
				Severity: forecast.SeverityNote, Kind: "ended-attempt", Date: d, Mendable: true,
				Text:   fmt.Sprintf("%s is %s in SageMaker, and its record has not been brought up to that", a.ID, v.execution.Status),
				Advice: "any engine that drives or serves does it",
			}, func(ctx context.Context) error { return e.end(ctx, d, a, v) }})
		case !v.execution.UnknownSince.IsZero():
			found = append(found, finding{forecast.Finding{
				Severity: forecast.SeverityWarning, Kind: "unstarted-attempt", Date: d, Mendable: true,
				Text:   fmt.Sprintf("%s was taken by %s, and no execution is known", a.ID, r.Claim.Holder),
				Advice: "its start is repeated: the same token gives the same execution",
			}, func(ctx context.Context) error { return e.launch(ctx, a) }})
		}
	}
	return found, nil
}

// examineCatalogue finds partitions of which the catalogue shows another
// generation than the record.
func (e *Engine) examineCatalogue(ctx context.Context, records map[calendar.Date]record.Date) ([]finding, error) {
	shown, ok, err := e.catalogue.Shown(ctx)
	if err != nil || !ok {
		return nil, err
	}
	var found []finding
	for d, r := range records {
		location := ""
		if r.Current != "" {
			location = naming.URI(e.bucket.Name, e.bucket.Prefix, naming.GenerationPrefix(e.definition.Target.Table, d, r.Current))
		}
		if strings.TrimSuffix(shown[d], "/") == strings.TrimSuffix(location, "/") {
			continue
		}
		found = append(found, finding{forecast.Finding{
			Severity: forecast.SeverityError, Kind: "catalogue-drift", Date: d, Mendable: true,
			Text:   fmt.Sprintf("readers of the catalogue see %s, and %s is current", orNothing(shown[d]), orNothing(location)),
			Advice: "doctor --mend brings the catalogue up to the record",
		}, func(ctx context.Context) error { return e.point(ctx, d) }})
	}
	for d, location := range shown {
		if _, ok := records[d]; !ok {
			found = append(found, finding{Finding: forecast.Finding{
				Severity: forecast.SeverityWarning, Kind: "foreign-partition", Date: d,
				Text:   "the catalogue has a partition that daybatch did not write: " + location,
				Advice: "run the date to replace it, or drop it from the catalogue",
			}})
		}
	}
	return found, nil
}

func orNothing(location string) string {
	if location == "" {
		return "nothing"
	}
	return location
}

// examineObjects finds objects of generations that no record knows: their job
// was killed before it published.
func (e *Engine) examineObjects(ctx context.Context, records map[calendar.Date]record.Date) ([]finding, error) {
	prefix := naming.Built + e.definition.Target.Table + "/"
	objects, err := e.bucket.List(ctx, prefix, "")
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the prefix
	}
	type place struct {
		date       calendar.Date
		generation string
	}
	orphans := make(map[place][]string)
	for _, object := range objects {
		parts := strings.Split(strings.TrimPrefix(object.Key, prefix), "/")
		if len(parts) < 3 {
			continue
		}
		d, err := calendar.Parse(strings.TrimPrefix(parts[0], "dt="))
		r := records[d]
		if err != nil || r.Open() || r.Generations[parts[1]] != nil && r.Generations[parts[1]].Deleted.IsZero() {
			continue
		}
		orphans[place{d, parts[1]}] = append(orphans[place{d, parts[1]}], object.Key)
	}
	var found []finding
	for at, keys := range orphans {
		found = append(found, finding{forecast.Finding{
			Severity: forecast.SeverityNote, Kind: "orphan-generation", Date: at.date, Mendable: true,
			Text:   fmt.Sprintf("%d objects of generation %s were never published", len(keys), at.generation),
			Advice: "doctor --mend removes them",
		}, func(ctx context.Context) error { return e.bucket.Delete(ctx, keys...) }})
	}
	return found, nil
}

// mendCatalogue brings the catalogue up to the records.
func (e *Engine) mendCatalogue(ctx context.Context) error {
	records, err := e.records(ctx, everything())
	if err != nil {
		return err
	}
	found, err := e.examineCatalogue(ctx, records)
	for _, f := range found {
		if f.mend != nil {
			err = errors.Join(err, f.mend(ctx))
		}
	}
	return err
}

// collect removes the generations that need not be kept: all but the current
// one, staged ones of plans that are open, the last few, and those that may still
// be read.
func (e *Engine) collect(ctx context.Context) error {
	records, err := e.dates.List(ctx, "", "")
	if err != nil {
		return err //nolint:wrapcheck // it names the objects
	}
	staged, err := e.stagedGenerations(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for name, r := range records {
		for _, id := range superfluous(r, e.definition.Limits.Keep, staged, e.options.Now().Add(-readTime)) {
			errs = append(errs, e.remove(ctx, name, id))
		}
	}
	return errors.Join(errs...)
}

// stagedGenerations are those that an open plan has built.
func (e *Engine) stagedGenerations(ctx context.Context) (map[string]bool, error) {
	plans, err := e.Plans(ctx)
	staged := make(map[string]bool)
	for _, p := range plans {
		for _, row := range p.Rows {
			if p.State != forecast.PlanEnded {
				staged[row.Generation], staged[row.Replaced] = true, true
			}
		}
	}
	return staged, err
}

// superfluous returns the generations of a date that need not be kept.
func superfluous(r record.Date, keep int, staged map[string]bool, since time.Time) []string {
	var older []*record.Generation
	for id, g := range r.Generations {
		if id != r.Current && g.Deleted.IsZero() && !staged[id] {
			older = append(older, g)
		}
	}
	slices.SortFunc(older, func(a, b *record.Generation) int { return b.Written.Compare(a.Written) })
	var gone []string
	for i, g := range older {
		if i >= max(0, keep) && g.Written.Before(since) && !currentSince(r, g.Generation, since) {
			gone = append(gone, g.Generation)
		}
	}
	return gone
}

// currentSince reports whether a generation was current at or after an instant.
func currentSince(r record.Date, generation string, since time.Time) bool {
	for _, p := range r.Publications {
		if p.From == generation && !p.At.Before(since) {
			return true
		}
	}
	return false
}

// remove removes a generation: first its record says so, and then its objects go.
func (e *Engine) remove(ctx context.Context, name, generation string) error {
	r, err := e.dates.Change(ctx, name, func(r record.Date) (record.Date, error) { return r.Remove(generation, e.options.Now()) })
	if err != nil {
		return err //nolint:wrapcheck // it names the date
	}
	objects, err := e.bucket.List(ctx, naming.GenerationPrefix(e.definition.Target.Table, r.Date, generation), "")
	if err != nil {
		return err //nolint:wrapcheck // it names the prefix
	}
	keys := make([]string, len(objects))
	for i, object := range objects {
		keys[i] = object.Key
	}
	return e.bucket.Delete(ctx, keys...) //nolint:wrapcheck // it names the object
}

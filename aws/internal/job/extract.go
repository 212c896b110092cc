package job

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/daybatch/daybatch/aws/internal/catalogue"
	"github.com/daybatch/daybatch/aws/internal/naming"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/step"
)

// unloaded is the name of the view over the rows that Athena wrote.
const unloaded = "unloaded"

// unload has Athena run the project's query, and turns the spec of Extract into
// one over the rows that came of it, so that they are checked as those of any
// other source are.
func (w *work) unload(ctx context.Context, root string, spec *step.Spec) error {
	source := w.definition.Source
	window := calendar.Range{From: calendar.Of(1, 1, 1), To: w.date}
	if source.HistoryDays > 0 {
		window.From = w.date - calendar.Date(source.HistoryDays) + 1
	}
	// UNLOAD wants an empty prefix, and a try that failed may have left files.
	prefix := naming.OutputPrefix(w.run, w.date, forecast.Extract, unloaded) + w.NewID() + "/"
	err := w.Source.Unload(ctx, catalogue.UnloadRequest{
		Query: source.Query, Window: window, Location: naming.URI(w.Bucket.Name, w.Bucket.Prefix, prefix),
	})
	if err != nil {
		return w.explainUnload(ctx, err)
	}
	objects, err := w.Bucket.List(ctx, prefix, "")
	if err != nil {
		return err //nolint:wrapcheck // it names the prefix
	}
	dir, n := filepath.Join(root, unloaded), 0
	for _, object := range objects {
		if object.Bytes == 0 {
			continue
		}
		// The names that Athena gives say no format.
		n++
		if err := w.Bucket.Download(ctx, object.Key, filepath.Join(dir, fmt.Sprintf("part-%05d.parquet", n))); err != nil {
			return err //nolint:wrapcheck // it names the object
		}
	}
	if n == 0 {
		return fail(forecast.ReasonUpstream, fmt.Sprintf("%s returned no rows at all from %s to %s", queryName(source), window.From, window.To))
	}
	spec.Definition.Source.Files = map[string]string{unloaded: filepath.Join(dir, "*.parquet")}
	spec.Definition.Source.Query = "SELECT * FROM " + unloaded
	return nil
}

// explainUnload gives a failure of the query its class.
func (w *work) explainUnload(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx) //nolint:wrapcheck // reasonOf knows it
	}
	reason := reasonOf(err)
	if _, ok := errors.AsType[*catalogue.QueryError](err); ok && !errors.Is(err, forecast.ErrUnavailable) && !errors.Is(err, forecast.ErrInvalid) {
		reason.Class = forecast.ReasonStep // nobody knows whose fault it is: it is not tried again by itself
	}
	reason.Text = "run " + queryName(w.definition.Source) + ": " + reason.Text
	return &failure{reason: reason}
}

func queryName(source forecast.Source) string {
	if source.Path == "" {
		return "the query"
	}
	return source.Path
}

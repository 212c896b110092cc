package keep_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/realised/keep"
)

// A drift is kept with the rows it was found in: since the date when it was found
// first, until three dates after it was found last, and whatever is read between.
func TestKeepDrift(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, wape := range []float64{0.16, 0.2, 0.2, 0.24} {
		w.expected = append(w.expected, forecast.OriginErrors{
			Origin: jan(1) - calendar.Date(7*(4-i)), Absolute: slices.Repeat([]float64{wape}, 7), Actual: slices.Repeat([]float64{1}, 7),
		})
	}
	publish := func(mean float64) {
		for d := jan(6); d <= jan(16); d++ {
			w.publish(d, mean)
		}
	}
	check := func(what string, want forecast.Drift) {
		t.Helper()
		kept, err := w.keeper().Keep(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if kept.Reason != "" {
			want.Reason = kept.Reason
		}
		if diff := cmp.Diff(want, kept); diff != "" {
			t.Errorf("%s: kept (-want +got): %s", what, diff)
		}
		if read, err := w.keeper().Drift(t.Context()); err != nil || read != kept {
			t.Errorf("%s: Drift = %+v, %v; want %+v", what, read, err, kept)
		}
	}
	publish(100)
	w.observe("a1", jan(12), 80)
	check("as expected", forecast.Drift{})

	w.observe("a2", jan(13), 50)
	w.unread = fmt.Errorf("evaluation: %w", forecast.ErrUnavailable)
	if _, err := w.keeper().Keep(t.Context()); err == nil {
		t.Error("Keep without what to expect = nil; want its error")
	}
	w.unread = nil
	check("it begins, at the second try", forecast.Drift{Since: jan(13), Last: jan(13)})
	since(t, w.keeper(), forecast.RealisedQuery{}, jan(13))
	since(t, w.keeper(), forecast.RealisedQuery{To: jan(12)}, 0)
	since(t, w.keeper(), forecast.RealisedQuery{Series: "east"}, 0)

	w.observe("a3", jan(14), 50)
	reader := w.keeper()
	reader.ReadOnly = true
	since(t, reader, forecast.RealisedQuery{}, jan(13))
	if kept, err := reader.Drift(t.Context()); err != nil || kept.Last != jan(13) {
		t.Errorf("after a read-only look, Drift = %+v, %v; want what was kept before", kept, err)
	}
	check("it lasts", forecast.Drift{Since: jan(13), Last: jan(14)})

	publish(50)
	w.observe("a4", jan(15), 50)
	check("a good day", forecast.Drift{Since: jan(13), Last: jan(14)})
	since(t, w.keeper(), forecast.RealisedQuery{}, jan(13))
	w.observe("a5", jan(17), 50)
	check("it has passed", forecast.Drift{Since: jan(13), Last: jan(14), Until: jan(17)})
	since(t, w.keeper(), forecast.RealisedQuery{}, 0)
}

// since checks since when forecasts are told to be worse than expected.
func since(t *testing.T, k keep.Keeper, query forecast.RealisedQuery, want calendar.Date) {
	t.Helper()
	if report, err := k.Realised(t.Context(), query); err != nil || report.DriftSince != want {
		t.Errorf("Realised(%+v) = drift since %s, %v; want %s", query, report.DriftSince, err, want)
	}
}

package enginetest

import (
	"errors"
	"testing"

	"github.com/daybatch/daybatch/forecast"
)

// realisedCases are about what published forecasts came to. What is published of
// January 10 are forecasts of the 11th to the 17th.
func realisedCases() []exercise {
	return []exercise{
		{"realised", nil, checkRealised},
		{"realised of fallbacks", nil, checkRealisedFallback},
	}
}

func (x *bench) realised(t *testing.T, query forecast.RealisedQuery) forecast.Realised {
	t.Helper()
	report, err := x.Engine.Realised(within(t), query)
	if err != nil {
		t.Fatalf("Realised(%+v) = %v; want a report", query, err)
	}
	return report
}

// ahead returns the accuracy so many days ahead, the zero value if there is none.
func ahead(report forecast.Realised, days int) forecast.HorizonAccuracy {
	for _, h := range report.Horizons {
		if h.Horizon == days {
			return h
		}
	}
	return forecast.HorizonAccuracy{}
}

// counts checks that what was published and what the model said were compared as
// often.
func counts(t *testing.T, h forecast.HorizonAccuracy, published, model int) {
	t.Helper()
	if h.Published.Targets != published || h.Model.Targets != model {
		t.Errorf("%d days ahead: %d targets published, %d of the model; want %d, %d", h.Horizon, h.Published.Targets, h.Model.Targets, published, model)
	}
	if _, ok := h.Published.Measures["mae"]; !ok || h.Published.Rows < h.Published.Targets {
		t.Errorf("%d days ahead: %+v; want its error and a row for each target at least", h.Horizon, h.Published)
	}
}

func checkRealised(t *testing.T, x *bench) {
	d := jan(10)
	query := forecast.RealisedQuery{To: jan(20), Targets: 14}
	if _, err := x.Engine.Realised(within(t), query); !errors.Is(err, forecast.ErrNotFound) {
		t.Errorf("Realised before anything was published for these dates = %v; want not found", err)
	}
	x.run(t, runOf(d))
	if drift, err := x.Engine.Drift(within(t)); err != nil || drift != (forecast.Drift{}) {
		t.Errorf("Drift without anything to expect = %+v, %v; want none", drift, err)
	}
	report := x.realised(t, query)
	if report.Targets.From != jan(7) || report.Targets.To != jan(20) || report.Read.IsZero() || len(report.Horizons) != 7 {
		t.Errorf("Realised = %s .. %s, read %s, %d horizons; want %s .. %s, read once, 7",
			report.Targets.From, report.Targets.To, report.Read, len(report.Horizons), jan(7), jan(20))
	}
	for days := 1; days <= 7; days++ {
		counts(t, ahead(report, days), 1, 1)
	}
	if again := x.realised(t, query); again.Read.Before(report.Read) || len(again.Horizons) != 7 {
		t.Errorf("Realised again = %d horizons, read %s; want the same", len(again.Horizons), again.Read)
	}
	if early := x.realised(t, forecast.RealisedQuery{To: jan(12), Targets: 14}); len(early.Horizons) != 2 {
		t.Errorf("Realised up to the 12th = %d horizons; want 2", len(early.Horizons))
	}
	none := query
	none.Series = "none"
	if _, err := x.Engine.Realised(within(t), none); !errors.Is(err, forecast.ErrNotFound) {
		t.Errorf("Realised of a series that is not there = %v; want not found", err)
	}
}

func checkRealisedFallback(t *testing.T, x *bench) {
	d := jan(10)
	x.run(t, runOf(d))
	x.fill(t, d+1)
	query := forecast.RealisedQuery{To: jan(20), Targets: 14}
	report := x.realised(t, query)
	for days := 1; days <= 7; days++ {
		counts(t, ahead(report, days), 2, 1)
	}
	x.run(t, runOf(d+1))
	if day := x.day(t, d+1); !day.Fallback().IsZero() {
		t.Fatalf("%s shows a fallback after its run", d+1)
	}
}

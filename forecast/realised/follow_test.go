package realised_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/realised"
)

// found is a report up to a date that judges, with a reason to see drift or none.
func found(to calendar.Date, drift string) forecast.Realised {
	return forecast.Realised{
		Targets: calendar.Range{From: to - 27, To: to}, Drift: drift,
		Horizons: []forecast.HorizonAccuracy{{Horizon: 1, Expected: &forecast.Band{}, Model: forecast.RealisedMeasures{Rows: 1}}},
	}
}

func TestFollow(t *testing.T) {
	t.Parallel()
	lasts := forecast.Drift{Since: jan(10), Last: jan(12), Reason: "bad"}
	over := forecast.Drift{Since: jan(10), Last: jan(12), Until: jan(15), Reason: "bad"}
	blind := found(jan(20), "")
	blind.Horizons[0].Expected = nil
	for name, c := range map[string]struct {
		before forecast.Drift
		report forecast.Realised
		want   forecast.Drift
	}{
		"all is well":                {forecast.Drift{}, found(jan(10), ""), forecast.Drift{}},
		"it begins":                  {forecast.Drift{}, found(jan(10), "bad"), forecast.Drift{Since: jan(10), Last: jan(10), Reason: "bad"}},
		"it lasts":                   {lasts, found(jan(13), "worse"), forecast.Drift{Since: jan(10), Last: jan(13), Reason: "worse"}},
		"the same date again":        {lasts, found(jan(12), "bad"), lasts},
		"two good days end nothing":  {lasts, found(jan(14), ""), lasts},
		"three do":                   {lasts, found(jan(15), ""), over},
		"days nobody looked at":      {lasts, found(jan(25), ""), forecast.Drift{Since: jan(10), Last: jan(12), Until: jan(25), Reason: "bad"}},
		"nothing is expected":        {lasts, blind, lasts},
		"an older report":            {lasts, found(jan(11), ""), lasts},
		"the end stands":             {over, found(jan(15), "bad"), over},
		"it begins again":            {over, found(jan(16), "bad"), forecast.Drift{Since: jan(16), Last: jan(16), Reason: "bad"}},
		"it has passed and stays so": {over, found(jan(16), ""), over},
	} {
		if diff := cmp.Diff(c.want, realised.Follow(c.before, c.report)); diff != "" {
			t.Errorf("%s (-want +got): %s", name, diff)
		}
	}
}

// However the days come out, looking twice is looking once, a drift's dates are in
// order, and no two of them begin within the days that it takes one to pass.
func TestFollowProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		var d, previous forecast.Drift
		for n := 1; n <= 40; n++ {
			report := found(jan(n), rapid.SampledFrom([]string{"", "bad"}).Draw(r, "drift"))
			after := realised.Follow(d, report)
			if again := realised.Follow(after, report); again != after {
				r.Fatalf("looked at again: %+v; want %+v", again, after)
			}
			if after.Since != d.Since {
				previous = d
			}
			if !previous.Since.IsZero() && (previous.Until.IsZero() || after.Since-previous.Since <= 3) {
				r.Fatalf("%+v began after %+v", after, previous)
			}
			if after.Last < after.Since || !after.Until.IsZero() && after.Until-after.Last < 3 {
				r.Fatalf("dates out of order: %+v", after)
			}
			if !after.Since.IsZero() && after.Lasts() != after.Until.IsZero() {
				r.Fatalf("Lasts() of %+v", after)
			}
			d = after
		}
	})
}

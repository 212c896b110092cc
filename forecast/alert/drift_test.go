package alert_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/alert"
)

// TestDriftNotices checks that each of several drifts is told once when it begins
// and once when it has passed, however often it is looked.
func TestDriftNotices(t *testing.T) {
	t.Parallel()
	lasts, more := forecast.Drift{Since: day, Last: day}, forecast.Drift{Since: day, Last: day + 1}
	passed := forecast.Drift{Since: day, Last: day + 1, Until: day + 4}
	again := forecast.Drift{Since: day + 9, Last: day + 9}
	for name, c := range map[string]struct {
		seen []forecast.Drift
		want []string
	}{
		"never":             {[]forecast.Drift{{}}, nil},
		"begins and passes": {[]forecast.Drift{{}, lasts, lasts, more, passed, passed}, []string{"drift/2026-01-15", "drift/2026-01-15/passed"}},
		"nobody was told":   {[]forecast.Drift{passed}, nil},
		"twice": {
			[]forecast.Drift{lasts, passed, again, again},
			[]string{"drift/2026-01-15", "drift/2026-01-15/passed", "drift/2026-01-24"},
		},
	} {
		var got []string
		for _, d := range c.seen {
			for _, n := range alert.DriftNotices(d, func(key string) bool { return slices.Contains(got, key) }) {
				if n.Kind != alert.Drift || !n.Date.IsZero() {
					t.Errorf("%s: notice %+v; want one of drift, of no date", name, n)
				}
				got = append(got, n.Key)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: told (-want +got): %s", name, diff)
		}
	}
}

func TestOfDrift(t *testing.T) {
	t.Parallel()
	d := forecast.Drift{Since: day, Last: day + 1, Reason: "9 of 28 days of the horizon are worse than expected\x1b[1m"}
	began := `DRIFT  demand-daily since 2026-01-15
why     9 of 28 days of the horizon are worse than expected
input   1
input   2
input   3
next    forecasts are published as before; a message follows when it has passed
local /srv/demand
do      daybatch metrics --realised`
	if diff := cmp.Diff(strings.Split(began, "\n"), strings.Split(alert.OfDrift(pipeline(), d, []string{"1", "2", "3", "4"}, "k").Text(), "\n")); diff != "" {
		t.Errorf("message (-want +got): %s", diff)
	}
	d.Until = day + 4
	passed := `DRIFT PASSED  demand-daily 2026-01-15 .. 2026-01-16
why     up to 2026-01-19 forecasts are as good again as the backtest lets expect
local /srv/demand`
	if diff := cmp.Diff(strings.Split(passed, "\n"), strings.Split(alert.OfDrift(pipeline(), d, []string{"1", "2", "3", "4"}, "k").Text(), "\n")); diff != "" {
		t.Errorf("message (-want +got): %s", diff)
	}
}

package drift_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast/accuracy/drift"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
)

const days = 9 * 7

var date = calendar.Of(2026, time.January, 31)

func never(calendar.Date) bool { return false }

// noise is a panel in which nothing changes: a weekly pattern, noise of its own and
// noise that all series of a day share.
func noise(rng *rand.Rand, n int) []series.Series {
	shared := make([]float64, days)
	for i := range shared {
		shared[i] = 5 * rng.NormFloat64()
	}
	panel := make([]series.Series, n)
	for k := range panel {
		s := series.Series{Key: series.MakeKey(fmt.Sprintf("s%02d", k)), Start: date - days + 1}
		for i := range days {
			s.Values = append(s.Values, 100+20*float64(i%7)+shared[i]+10*rng.NormFloat64())
		}
		panel[k] = s
	}
	return panel
}

func signals(panel []series.Series, special func(calendar.Date) bool) []string {
	w := drift.NewWatch(date, func(series.Key) func(calendar.Date) bool { return special })
	for _, s := range panel {
		w.Add(s)
	}
	return w.Signals()
}

// Panels in which nothing changes are found unlike on one day of a hundred: of 1,000
// at most 20, which a true rate of 0.01 exceeds once in five hundred such tests. The
// seed is fixed.
func TestFalseAlarms(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	alarms := 0
	for range 1000 {
		if len(signals(noise(rng, 8), never)) > 0 {
			alarms++
		}
	}
	if alarms > 20 {
		t.Errorf("%d of 1000 panels that had not changed are unlike; want 20 at most", alarms)
	}
}

// TestSignals changes the newest week of a panel, each time in one way.
func TestSignals(t *testing.T) {
	t.Parallel()
	last := func(change func(v float64) float64) func(panel []series.Series) []series.Series {
		return func(panel []series.Series) []series.Series {
			for _, s := range panel {
				for i := days - 7; i < days; i++ {
					s.Values[i] = change(s.Values[i])
				}
			}
			return panel
		}
	}
	nan := math.NaN()
	for name, c := range map[string]struct {
		change func(panel []series.Series) []series.Series
		want   []string // parts of the sentences, in order
	}{
		"nothing":       {last(func(v float64) float64 { return v }), nil},
		"a level shift": {last(func(v float64) float64 { return v + 15 }), []string{"deviations higher in the week up to 2026-01-31"}},
		"a drop":        {last(func(v float64) float64 { return v * 0.85 }), []string{"deviations lower in the week up to 2026-01-31"}},
		"another spread": {
			func(panel []series.Series) []series.Series {
				for _, s := range panel {
					for i := days - 7; i < days; i++ {
						s.Values[i] += 40 * float64(i%2*2-1)
					}
				}
				return panel
			}, []string{"stability index"},
		},
		"zeros": {
			func(panel []series.Series) []series.Series {
				for _, s := range panel[:5] {
					for i := days - 3; i < days; i++ {
						s.Values[i] = 0
					}
				}
				return panel
			}, []string{"11 % of the values of the week up to 2026-01-31 are zero, usually 0 %"},
		},
		"missing values": {
			func(panel []series.Series) []series.Series {
				for _, s := range panel {
					s.Values[days-2] = nan
				}
				return panel
			}, []string{"120 values in the week up to 2026-01-31, usually 140"},
		},
		"series that end": {
			func(panel []series.Series) []series.Series {
				for _, s := range panel[:4] {
					for i := days - 7; i < days; i++ {
						s.Values[i] = nan
					}
				}
				return panel
			}, []string{"112 values in the week", "4 of 20 series have no value in the week up to 2026-01-31, usually 0: s00, s01, s02, and 1 more"},
		},
		"series that begin": {
			func(panel []series.Series) []series.Series {
				for k := range 3 {
					panel = append(panel, series.Series{Key: series.MakeKey(fmt.Sprintf("t%d", k)), Start: date - 4, Values: []float64{1, 2, 3, 4, 5}})
				}
				return panel
			}, []string{"155 values in the week", "3 of 23 series began in the week up to 2026-01-31, usually 0: t0, t1, t2"},
		},
		"old data": {
			func(panel []series.Series) []series.Series {
				for k := range panel {
					panel[k].Values[days-1], panel[k].Values[days-2] = nan, nan
				}
				return panel
			}, []string{"the newest value is of 2026-01-29, 2 days before the date", "100 values in the week"},
		},
	} {
		got := signals(c.change(noise(rand.New(rand.NewPCG(7, 1)), 20)), never)
		ok := len(got) >= len(c.want) && (len(c.want) > 0 || len(got) == 0)
		for _, part := range c.want {
			ok = ok && strings.Contains(strings.Join(got, "\n"), part)
		}
		if !ok {
			t.Errorf("%s: signals = %q; want %q", name, got, c.want)
		}
	}
}

// A week of special days is unlike any other by right.
func TestSpecialDays(t *testing.T) {
	t.Parallel()
	panel := noise(rand.New(rand.NewPCG(7, 1)), 20)
	for _, s := range panel {
		for i := days - 5; i < days; i++ {
			s.Values[i] *= 3
		}
	}
	if got := signals(panel, func(d calendar.Date) bool { return d > date-5 }); len(got) != 0 {
		t.Errorf("signals = %q; want none", got)
	}
}

// A short panel says nothing but how old it is, and none at all nothing.
func TestShort(t *testing.T) {
	t.Parallel()
	s := series.Series{Key: "a", Start: date - 20, Values: []float64{1, 2, 3}}
	if got := signals([]series.Series{s}, never); len(got) != 1 || !strings.Contains(got[0], "2026-01-13, 18 days before") {
		t.Errorf("signals = %q; want that the newest value is old", got)
	}
	if got := signals(nil, never); got != nil {
		t.Errorf("signals of nothing = %q; want none", got)
	}
}

// Neither the order of the series, nor what comes after the date, nor another unit
// changes anything.
func TestWatchProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		panel := noise(rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 0)), 4)
		shift := rapid.Float64Range(-60, 60).Draw(r, "shift")
		for _, s := range panel {
			for i := days - 7; i < days; i++ {
				s.Values[i] += shift
				if rapid.IntRange(0, 9).Draw(r, "what") == 0 {
					s.Values[i] = rapid.SampledFrom([]float64{0, math.NaN()}).Draw(r, "value")
				}
			}
		}
		want := strings.Join(signals(panel, never), "\n")
		var other []series.Series
		for _, s := range panel {
			doubled := series.Series{Key: s.Key, Start: s.Start}
			for _, v := range s.Values {
				doubled.Values = append(doubled.Values, 2*v)
			}
			doubled.Values = append(doubled.Values, 1e9)
			other = append([]series.Series{doubled}, other...)
		}
		if got := strings.Join(signals(other, never), "\n"); got != want {
			r.Fatalf("signals = %q; want %q", got, want)
		}
	})
}

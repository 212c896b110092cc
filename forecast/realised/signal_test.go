package realised_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/realised"
	"github.com/daybatch/daybatch/forecast/series"
)

// published returns what four weeks of forecasts of a week came to for some series: 100
// were forecast of each day with the bounds of 80 % of normal errors of deviation 10. The
// error of a series and target can be another.
func published(number int, seed uint64, change func(i int, target calendar.Date, err float64) float64) []realised.Row {
	rng := rand.New(rand.NewPCG(seed, 1))
	var rows []realised.Row
	for i := range number {
		for target := jan(1); target <= jan(28); target++ {
			err := change(i, target, 10*rng.NormFloat64())
			for made := target - 7; made < target; made++ {
				rows = append(rows, realised.Row{
					Series: series.MakeKey(fmt.Sprintf("s%02d", i)), Date: made, Target: target, Kind: forecast.GenerationOwn,
					Actual: 100 + err, Mean: 100, Lower: []float64{87.18}, Upper: []float64{112.82}, Generation: "g",
				})
			}
		}
	}
	return rows
}

func asTheyAre(_ int, _ calendar.Date, err float64) float64 { return err }

func TestSignals(t *testing.T) {
	t.Parallel()
	first := func(change func(target calendar.Date, err float64) float64) func(int, calendar.Date, float64) float64 {
		return func(i int, target calendar.Date, err float64) float64 {
			if i == 0 {
				return change(target, err)
			}
			return err
		}
	}
	for _, tt := range []struct {
		name   string
		change func(i int, target calendar.Date, err float64) float64
		want   []string // in some signal each; none: no signal
	}{
		{"as they are", asTheyAre, nil},
		{"one too low", first(func(_ calendar.Date, err float64) float64 { return err + 30 }), []string{
			"1 of 12 series err to one side day after day: s00 (too low on ", "1 of 12 series err to one side: s00 (too low, tracking signal +1.00", "1 of 12 series moved away from their forecasts: s00 (too low by ",
		}},
		{"one too high", first(func(_ calendar.Date, err float64) float64 { return err - 30 }), []string{"s00 (too high on ", "s00 (too high, tracking signal -1.00", "s00 (too high by "}},
		{"one without doubt", first(func(_ calendar.Date, err float64) float64 { return 3 * err }), []string{"1 of 12 series have intervals that are too narrow: s00 ("}},
		{"all too sure", func(_ int, _ calendar.Date, err float64) float64 { return 4 * err }, []string{"12 of 12 series have intervals that are too narrow: s", ", and 9 more"}},
		{"all too wide", func(_ int, _ calendar.Date, err float64) float64 { return err / 10 }, []string{"12 of 12 series have intervals that are too wide: s"}},
		{"a week of much", func(_ int, target calendar.Date, err float64) float64 {
			if target > jan(21) {
				return err + 30
			}
			return err
		}, []string{"the total of the week up to 2026-01-28 is 10", "a week before 8400 were forecast (95 %: 8"}},
	} {
		rows := published(12, 7, tt.change)
		got := realised.Report(rows, options()).Signals
		for _, want := range tt.want {
			if !slices.ContainsFunc(got, func(text string) bool { return strings.Contains(text, want) }) {
				t.Errorf("%s: signals are %q; want one of %q", tt.name, got, want)
			}
		}
		if tt.want == nil && len(got) > 0 {
			t.Errorf("%s: signals are %q; want none", tt.name, got)
		}
	}
}

// Signals are of the model, whatever the order of the rows.
func TestSignalsAreOfTheModel(t *testing.T) {
	t.Parallel()
	rows := published(3, 7, func(_ int, _ calendar.Date, err float64) float64 { return err + 30 })
	want := realised.Report(rows, options()).Signals
	slices.Reverse(rows)
	if got := realised.Report(rows, options()).Signals; !slices.Equal(got, want) || len(want) == 0 {
		t.Errorf("signals of reversed rows are %q; want %q", got, want)
	}
	for i := range rows {
		rows[i].Kind = forecast.GenerationFallback
	}
	if got := realised.Report(rows, options()).Signals; len(got) > 0 {
		t.Errorf("signals of fallbacks are %q; want none", got)
	}
}

// If nothing is wrong few days have a signal, however many series there are.
func TestSignalsAreSeldomChance(t *testing.T) {
	t.Parallel()
	const days = 40
	for _, number := range []int{2, 8} {
		chance := 0
		for seed := range uint64(days) {
			if got := realised.Report(published(number, seed, asTheyAre), options()).Signals; len(got) > 0 {
				chance++
			}
		}
		if chance > days/8 {
			t.Errorf("%d of %d days of %d series that are as forecast have a signal; want at most an eighth", chance, days, number)
		}
	}
}

// Four weeks of a few days, or of short ones, say nothing.
func TestSignalsOfLittle(t *testing.T) {
	t.Parallel()
	rows := published(3, 1, func(_ int, _ calendar.Date, err float64) float64 { return err + 40 })
	few := options()
	few.Targets.From = few.Targets.To - 6
	if got := realised.Report(rows, few).Signals; len(got) > 0 {
		t.Errorf("signals over a week are %q; want none", got)
	}
	still := published(3, 1, func(int, calendar.Date, float64) float64 { return 0 })
	for _, text := range realised.Report(still, options()).Signals {
		if !strings.Contains(text, "too wide") {
			t.Errorf("signal of forecasts without error: %q; want none but of their intervals", text)
		}
	}
}

package accuracy_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast/accuracy"
)

// near compares numbers up to rounding.
func near() cmp.Option { return cmpopts.EquateApprox(1e-9, 1e-12) }

// example is worked out by hand in the test that uses it.
func example() *accuracy.Sums {
	var s accuracy.Sums
	block := s.Block(accuracy.Scale{Seasonal: 2, Step: 4})
	bounds := func(lower, upper float64) accuracy.Bounds {
		return accuracy.Bounds{Level: 80, Lower: lower, Upper: upper}
	}
	block.Add(10, 12, bounds(8, 14))       // inside
	block.Add(20, 16, bounds(12, 19))      // one above
	block.Add(30, 30, bounds(31, 36))      // one below
	block.Add(math.NaN(), 5, bounds(0, 9)) // left out
	return &s
}

func TestMeasuresByHand(t *testing.T) {
	t.Parallel()
	m := example().Measures()
	// Errors f-y are 2, -4, 0; actuals sum to 60.
	// Interval scores: 6; 7 + 2/.2 * 1 = 17; 5 + 10 = 15; their sum over the
	// scale is 19. Pinball by its definition, lower (q = .1) then upper (.9):
	// .1*2 + .1*4; .1*8 + .9*1; .9*1 + .1*6, in all 3.8 over 6 bounds and scale 2.
	want := map[string]float64{
		"wape":        6. / 60,
		"mase":        6. / 2 / 3,
		"rmsse":       math.Sqrt(20. / 16 / 3),
		"smape":       (200*2./22 + 200*4./36) / 3,
		"bias":        -2. / 60,
		"pinball":     3.8 / 6 / 2,
		"msis":        38. / 2 / 3,
		"mae":         2,
		"rmse":        math.Sqrt(20. / 3),
		"coverage_80": 1. / 3,
	}
	if diff := cmp.Diff(want, m.Values(), near()); diff != "" {
		t.Errorf("Values() differs (-want +got):\n%s", diff)
	}
	if m.Rows != 3 || m.Blocks != 1 || m.Series != 1 || m.Unscaled != 0 || len(m.Absent()) != 0 {
		t.Errorf("%d rows, %d blocks, %d series, %d without scale, absent %v; want 3, 1, 1, 0 and none",
			m.Rows, m.Blocks, m.Series, m.Unscaled, m.Absent())
	}
	if s := example(); s.Missing != 1 {
		t.Errorf("%d missing actuals; want 1", s.Missing)
	}
}

func TestBoundsBelongToTheInterval(t *testing.T) {
	t.Parallel()
	var s accuracy.Sums
	block := s.Block(accuracy.Scale{})
	block.Add(1, 2, accuracy.Bounds{Level: 95, Lower: 1, Upper: 3})
	block.Add(3, 2, accuracy.Bounds{Level: 95, Lower: 1, Upper: 3})
	if got := s.Measures().Levels[0].Coverage; !got.OK || got.Number != 1 {
		t.Errorf("coverage = %v; want 1 for actuals on the bounds", got)
	}
}

func TestLevelsAscend(t *testing.T) {
	t.Parallel()
	var s accuracy.Sums
	block := s.Block(accuracy.Scale{Seasonal: 1})
	wide, narrow := accuracy.Bounds{Level: 95, Lower: 0, Upper: 10}, accuracy.Bounds{Level: 80, Lower: 4, Upper: 6}
	block.Add(7, 5, wide, narrow)
	block.Add(5, 5, wide)
	m := s.Measures()
	if len(m.Levels) != 2 || m.Levels[0].Level != 80 || m.Levels[1].Level != 95 {
		t.Fatalf("levels are %+v; want 80 and 95", m.Levels)
	}
	if m.Levels[0].Rows != 1 || m.Levels[0].Coverage.Number != 0 || m.Levels[1].Rows != 2 || m.Levels[1].Coverage.Number != 1 {
		t.Errorf("levels are %+v; want coverage 0 of 1 and 1 of 2 rows", m.Levels)
	}
	if m.MSIS.Number != 10 { // that of the highest level: the width
		t.Errorf("MSIS = %v; want 10", m.MSIS)
	}
}

func TestAbsentMeasures(t *testing.T) {
	t.Parallel()
	scale := accuracy.Scale{Seasonal: 1, Step: 1}
	sum := func(scale accuracy.Scale, rows ...[2]float64) *accuracy.Sums {
		var s accuracy.Sums
		block := s.Block(scale)
		for _, row := range rows {
			block.Add(row[0], row[1])
		}
		return &s
	}
	all := []string{"wape", "mase", "rmsse", "smape", "bias", "pinball", "msis", "mae", "rmse"}
	intervals := []string{"pinball", "msis"}
	for _, test := range []struct {
		name   string
		sums   *accuracy.Sums
		absent []string
		reason string // of the first of absent
	}{
		{"no rows", sum(scale), all, "no actuals"},
		{"only missing", sum(scale, [2]float64{math.NaN(), 1}), all, "no actuals"},
		{"zero actuals", sum(scale, [2]float64{0, 1}), append([]string{"wape", "bias", "smape"}, intervals...), "all actuals are zero"},
		{"no scale", sum(accuracy.Scale{}, [2]float64{1, 1}), append([]string{"mase", "rmsse"}, intervals...), "the history is no longer than a season, or repeats exactly"},
		{"no intervals", sum(scale, [2]float64{1, 1}), intervals, "no intervals"},
		{"a zero in ten", sum(scale, append(make([][2]float64, 1), make9()...)...), append([]string{"smape"}, intervals...), "10 % of the actuals are zero"},
		{"a forecast of NaN", sum(scale, [2]float64{1, 1}, [2]float64{1, math.NaN()}), all, "1 rows are not finite numbers"},
		{"an infinite forecast", sum(scale, [2]float64{1, math.Inf(1)}), all, "1 rows are not finite numbers"},
		{"an infinite actual", sum(scale, [2]float64{math.Inf(-1), 1}), all, "1 rows are not finite numbers"},
		{"huge errors", sum(scale, [2]float64{1.7e308, -1.7e308}), []string{"wape", "mase", "rmsse", "bias", "pinball", "msis", "mae", "rmse"}, "the sum is too large for a number"},
	} {
		m := test.sums.Measures()
		got := m.Absent()
		for _, name := range test.absent {
			if got[name] == "" {
				t.Errorf("%s: %s is not absent, or has no reason", test.name, name)
			}
		}
		if len(got) != len(test.absent) {
			t.Errorf("%s: absent are %v; want %v", test.name, got, test.absent)
		}
		if reason := got[test.absent[0]]; reason != test.reason {
			t.Errorf("%s: %s is absent because %q; want %q", test.name, test.absent[0], reason, test.reason)
		}
		if _, err := json.Marshal(test.sums); err != nil {
			t.Errorf("%s: the sums can't be stored: %v", test.name, err)
		}
		if text, err := json.Marshal(m); err != nil || strings.Contains(string(text), "NaN") {
			t.Errorf("%s: the measures can't be stored: %s, %v", test.name, text, err)
		}
	}
}

// make9 returns nine rows with an actual of 1.
func make9() [][2]float64 {
	rows := make([][2]float64, 9)
	for i := range rows {
		rows[i] = [2]float64{1, 2}
	}
	return rows
}

func TestMeasuresJSON(t *testing.T) {
	t.Parallel()
	var s accuracy.Sums
	block := s.Block(accuracy.Scale{})
	block.Add(4, 5, accuracy.Bounds{Level: 80, Lower: 3, Upper: 6})
	got, err := json.Marshal(s.Measures())
	if err != nil {
		t.Fatal(err)
	}
	const scale = "the history is no longer than a season, or repeats exactly"
	const want = `{"rows":1,"blocks":1,"series":1,"unscaled":1,` +
		`"values":{"bias":0.25,"coverage_80":1,"mae":1,"rmse":1,"smape":22.22222222222222,"wape":0.25},` +
		`"absent":{"mase":"` + scale + `","msis":"` + scale + `","pinball":"` + scale + `","rmsse":"the history never changes"}}`
	if string(got) != want {
		t.Errorf("JSON is\n%s\nwant\n%s", got, want)
	}
}

func TestSumsJSONRoundTrip(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(example())
	if err != nil {
		t.Fatal(err)
	}
	var back accuracy.Sums
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(example(), &back); diff != "" {
		t.Errorf("stored sums differ (-want +got):\n%s", diff)
	}
}

func TestSkill(t *testing.T) {
	t.Parallel()
	value := func(v float64) accuracy.Value { return accuracy.Value{Number: v, OK: true} }
	none := accuracy.Value{Reason: "all actuals are zero"}
	for _, test := range []struct {
		measure, baseline, want accuracy.Value
	}{
		{value(.3), value(.4), value(.25)},
		{value(.6), value(.4), value(-.5)},
		{value(0), value(.4), value(1)},
		{value(.3), value(0), accuracy.Value{Reason: "the baseline has no error"}},
		{none, value(.4), none},
		{value(.3), none, accuracy.Value{Reason: "the baseline has no value: all actuals are zero"}},
	} {
		if diff := cmp.Diff(test.want, accuracy.Skill(test.measure, test.baseline), near()); diff != "" {
			t.Errorf("Skill(%v, %v) differs (-want +got):\n%s", test.measure, test.baseline, diff)
		}
	}
	if got := none.String() + value(.41234).String() + value(1.8e307).String(); got != "-0.4121.8e+307" {
		t.Errorf("texts are %q; want -0.412", got)
	}
}

// row is a row of any series, drawn by rapid.
type row struct {
	actual, forecast float64
	bounds           [2]accuracy.Bounds
}

func rows() *rapid.Generator[[]row] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) row {
		r := row{
			actual:   rapid.Float64Range(-10, 100).Draw(t, "actual"),
			forecast: rapid.Float64Range(-10, 100).Draw(t, "forecast"),
		}
		if rapid.IntRange(0, 9).Draw(t, "missing") == 0 {
			r.actual = math.NaN()
		}
		half := rapid.Float64Range(0, 50).Draw(t, "half")
		r.bounds[0] = accuracy.Bounds{Level: 80, Lower: r.forecast - half, Upper: r.forecast + half}
		r.bounds[1] = accuracy.Bounds{Level: 95, Lower: r.forecast - 2*half, Upper: r.forecast + 2*half}
		return r
	}), 1, 40)
}

// sumOf sums rows as one block, all values times unit.
func sumOf(rows []row, scale accuracy.Scale, unit float64) *accuracy.Sums {
	var s accuracy.Sums
	block := s.Block(accuracy.Scale{Seasonal: scale.Seasonal * unit, Step: scale.Step * unit})
	for _, r := range rows {
		for i := range r.bounds {
			r.bounds[i].Lower *= unit
			r.bounds[i].Upper *= unit
		}
		block.Add(r.actual*unit, r.forecast*unit, r.bounds[:]...)
	}
	return &s
}

func scales() *rapid.Generator[accuracy.Scale] {
	return rapid.Custom(func(t *rapid.T) accuracy.Scale {
		positive := rapid.Float64Range(.1, 50)
		return accuracy.Scale{Seasonal: positive.Draw(t, "seasonal"), Step: positive.Draw(t, "step")}
	})
}

func TestMeasuresIgnoreTheUnit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		drawn, scale := rows().Draw(t, "rows"), scales().Draw(t, "scale")
		unit := rapid.SampledFrom([]float64{1. / 1024, 8, 1 << 20}).Draw(t, "unit")
		want := sumOf(drawn, scale, 1).Measures().Values()
		got := sumOf(drawn, scale, unit).Measures().Values()
		for _, name := range []string{"mae", "rmse"} { // these have the unit
			if _, ok := want[name]; ok {
				want[name] *= unit
			}
		}
		if diff := cmp.Diff(want, got, near()); diff != "" {
			t.Errorf("measures change with the unit %g (-want +got):\n%s", unit, diff)
		}
	})
}

func TestMergeIsPooling(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		first, second := rows().Draw(t, "first"), rows().Draw(t, "second")
		scale := scales().Draw(t, "scale")
		merged := sumOf(first, scale, 1)
		merged.Merge(sumOf(second, scale, 1))

		together := append(append([]row{}, second...), first...) // another order as well
		pooled := sumOf(together, scale, 1)
		pooled.Blocks = merged.Blocks // two blocks are not one
		if diff := cmp.Diff(pooled, merged, near()); diff != "" {
			t.Errorf("merged sums differ (-pooled +merged):\n%s", diff)
		}
	})
}

func TestMeasuresAreConsistent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := sumOf(rows().Draw(t, "rows"), scales().Draw(t, "scale"), 1)
		m := s.Measures()
		if s.Rows == 0 {
			return
		}
		// Squares of errors below 1e-150 underflow.
		if m.RMSE.Number < m.MAE.Number*(1-1e-12)-1e-150 {
			t.Errorf("RMSE %v is below MAE %v", m.RMSE, m.MAE)
		}
		if m.WAPE.OK && math.Abs(m.Bias.Number) > m.WAPE.Number*(1+1e-12) {
			t.Errorf("bias %v is beyond WAPE %v", m.Bias, m.WAPE)
		}
		if m.SMAPE.OK && (m.SMAPE.Number < 0 || m.SMAPE.Number > 200) {
			t.Errorf("sMAPE %v is not within 0 to 200", m.SMAPE)
		}
		if m.Levels[0].Coverage.Number > m.Levels[1].Coverage.Number {
			t.Errorf("coverage of nested intervals falls: %v, %v", m.Levels[0].Coverage, m.Levels[1].Coverage)
		}
	})
}

func TestAddDoesNotAllocate(t *testing.T) { //nolint:paralleltest // AllocsPerRun counts for the whole process
	s := example()
	block := s.Block(accuracy.Scale{Seasonal: 1, Step: 1})
	bounds := accuracy.Bounds{Level: 80, Lower: 1, Upper: 3}
	if allocs := testing.AllocsPerRun(100, func() { block.Add(1, 2, bounds) }); allocs != 0 {
		t.Errorf("Add() allocates %v times; want none", allocs)
	}
	other := example()
	if allocs := testing.AllocsPerRun(100, func() { s.Merge(other) }); allocs != 0 {
		t.Errorf("Merge() allocates %v times; want none", allocs)
	}
}

func BenchmarkAdd(b *testing.B) {
	var s accuracy.Sums
	block := s.Block(accuracy.Scale{Seasonal: 1, Step: 1})
	narrow := accuracy.Bounds{Level: 80, Lower: 1, Upper: 3}
	wide := accuracy.Bounds{Level: 95, Lower: 0, Upper: 4}
	b.ReportAllocs()
	for b.Loop() {
		block.Add(1, 2, narrow, wide)
	}
}

func BenchmarkScaleOf(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	train := make([]float64, 730)
	for i := range train {
		train[i] = rng.Float64()
	}
	b.ReportAllocs()
	for b.Loop() {
		accuracy.ScaleOf(train, 7)
	}
}

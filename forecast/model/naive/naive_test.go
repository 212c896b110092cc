package naive_test

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/modeltest"
	"github.com/daybatch/daybatch/forecast/model/naive"
)

func all() []model.Model {
	return []model.Model{naive.New(), naive.NewSeasonal(), naive.NewMean(), naive.NewDrift()}
}

func TestPromises(t *testing.T) {
	t.Parallel()
	for _, m := range append(all(), naive.NewAdjusted()) {
		t.Run(m.Name(), func(t *testing.T) {
			t.Parallel()
			modeltest.Exercise(t, m)
		})
	}
}

func TestPredict(t *testing.T) {
	t.Parallel()
	gap := math.NaN()
	for _, tt := range []struct {
		name   string
		model  model.Model
		y      []float64
		period int
		more   []float64
		want   []float64
	}{
		{"last value", naive.New(), []float64{1, 2, 3}, 1, nil, []float64{3, 3, 3, 3}},
		{"last observed", naive.New(), []float64{1, 2, gap}, 1, nil, []float64{2, 2, 2, 2}},
		{"appended", naive.New(), []float64{1, 2}, 1, []float64{5, gap}, []float64{5, 5, 5, 5}},
		{"last season", naive.NewSeasonal(), []float64{1, 2, 3, 4, 5, 6}, 3, nil, []float64{4, 5, 6, 4}},
		{"gap in the last season", naive.NewSeasonal(), []float64{1, 2, 3, 4, gap, 6}, 3, nil, []float64{4, 2, 6, 4}},
		{"unseen phase", naive.NewSeasonal(), []float64{1, gap, 3, 5, gap, 7}, 3, nil, []float64{5, 6, 7, 5}},
		{"leading gap moves the phase", naive.NewSeasonal(), []float64{gap, 1, 2, 3}, 3, nil, []float64{1, 2, 3, 1}},
		{"season appended", naive.NewSeasonal(), []float64{1, 2, 3}, 3, []float64{9, gap}, []float64{3, 9, 2, 3}},
		{"mean", naive.NewMean(), []float64{1, gap, 3, 8}, 1, nil, []float64{4, 4, 4, 4}},
		{"mean appended", naive.NewMean(), []float64{1, 3}, 1, []float64{8, gap}, []float64{4, 4, 4, 4}},
		{"drift", naive.NewDrift(), []float64{1, 9, 5}, 1, nil, []float64{7, 9, 11, 13}},
		{"drift over a trailing gap", naive.NewDrift(), []float64{1, 3, 5, gap}, 1, nil, []float64{9, 11, 13, 15}},
		{"drift appended", naive.NewDrift(), []float64{1, 2}, 1, []float64{5}, []float64{7, 9, 11, 13}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, err := tt.model.Fit(tt.y, model.Context{Period: tt.period})
			if err != nil {
				t.Fatal(err)
			}
			f.(model.Appender).Append(tt.more)
			if diff := cmp.Diff(tt.want, f.Predict(4)); diff != "" {
				t.Errorf("Predict(4) of %v + %v differs (-want +got):\n%s", tt.y, tt.more, diff)
			}
		})
	}
}

func TestSeasonalNeedsASeason(t *testing.T) {
	t.Parallel()
	if _, err := naive.NewSeasonal().Fit([]float64{1, 2, 3}, model.Context{Period: 4}); !errors.Is(err, model.ErrTooShort) {
		t.Errorf("Fit(3 values, period 4) = %v; want ErrTooShort", err)
	}
}

func TestUnseenPhaseIsReported(t *testing.T) {
	t.Parallel()
	f, err := naive.NewSeasonal().Fit([]float64{1, math.NaN(), 3}, model.Context{Period: 3})
	if err != nil {
		t.Fatal(err)
	}
	if got := len(f.Description().Warnings); got != 1 {
		t.Errorf("%d warnings; want 1", got)
	}
}

// Appending what follows is the same as fitting the whole, because nothing is
// estimated.
func TestAppendEqualsFit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		y := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 8, 60).Draw(t, "y")
		cut := rapid.IntRange(4, len(y)).Draw(t, "cut")
		c := model.Context{Period: rapid.IntRange(1, 4).Draw(t, "period")}
		for _, m := range all() {
			part, err := m.Fit(y[:cut], c)
			if err != nil {
				t.Fatal(err)
			}
			part.(model.Appender).Append(y[cut:])
			whole, err := m.Fit(y, c)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(whole.Predict(9), part.Predict(9)); diff != "" {
				t.Errorf("%s: Append differs from Fit (-fit +append):\n%s", m.Name(), diff)
			}
		}
	})
}

// Demand in another unit, or on another level, is forecast as before in that unit,
// on that level. Naive2 divides by its season, so a level is not the same to it.
func TestScaleAndShiftEquivariance(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		y := rapid.SliceOfN(rapid.OneOf(rapid.Float64Range(1, 1e6), rapid.Just(math.NaN())), 30, 60).Draw(t, "y")
		for i := range 7 {
			y[i] = float64(i + 1) // each phase is seen
		}
		factor, shift := math.Ldexp(1, rapid.IntRange(-40, 40).Draw(t, "exponent")), rapid.Float64Range(-1e6, 1e6).Draw(t, "shift")
		c := model.Context{Period: rapid.SampledFrom([]int{1, 4, 7}).Draw(t, "period")}
		for _, m := range append(all(), naive.NewAdjusted()) {
			forecast := func(factor, shift float64) []float64 {
				moved := make([]float64, len(y))
				for i, v := range y {
					moved[i] = v*factor + shift
				}
				fitted, err := m.Fit(moved, c)
				if errors.Is(err, model.ErrTooShort) || errors.Is(err, model.ErrUnsuitable) {
					return nil
				}
				if err != nil {
					t.Fatal(err)
				}
				return fitted.Predict(9)
			}
			want := forecast(1, 0)
			scaled := forecast(factor, 0)
			for i, v := range want {
				if math.Abs(scaled[i]-factor*v) > 1e-9*factor*1e6 {
					t.Errorf("%s times %v: %v on day %d; want %v", m.Name(), factor, scaled[i], i, factor*v)
				}
			}
			if m.Name() == naive.NewAdjusted().Name() {
				continue
			}
			shifted := forecast(1, shift)
			for i, v := range want {
				if math.Abs(shifted[i]-shift-v) > 1e-9*1e6 {
					t.Errorf("%s and %v more: %v on day %d; want %v", m.Name(), shift, shifted[i], i, v+shift)
				}
			}
		}
	})
}

func FuzzSeasonal(f *testing.F) {
	modeltest.Fuzz(f, naive.NewSeasonal())
}

func FuzzDrift(f *testing.F) {
	modeltest.Fuzz(f, naive.NewDrift())
}

func FuzzMean(f *testing.F) {
	modeltest.Fuzz(f, naive.NewMean())
}

func FuzzAdjusted(f *testing.F) {
	modeltest.Fuzz(f, naive.NewAdjusted())
}

func FuzzLast(f *testing.F) {
	modeltest.Fuzz(f, naive.New())
}

// TestAdjusted checks naive2, which is not appended to, with and without a
// season.
func TestAdjusted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		y         []float64
		period    int
		want      []float64
		tolerance float64
	}{
		{"too short for a season", []float64{1, 2, 4, 3}, 4, []float64{3, 3, 3, 3}, 0},
		{"no season in it", []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 3, []float64{10, 10, 10, 10}, 0},
		{"a season", []float64{6, 2, 6, 2, 6, 2, 6, 2, 6, 2, 6}, 2, []float64{2, 6, 2, 6}, 1e-12},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, err := naive.NewAdjusted().Fit(tt.y, model.Context{Period: tt.period})
			if err != nil {
				t.Fatal(err)
			}
			for i, got := range f.Predict(len(tt.want)) {
				if math.Abs(got-tt.want[i]) > tt.tolerance {
					t.Errorf("forecast %d = %v; want %v within %v", i+1, got, tt.want[i], tt.tolerance)
				}
			}
		})
	}
}

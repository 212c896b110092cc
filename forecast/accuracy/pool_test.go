package accuracy_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/daybatch/daybatch/forecast/accuracy"
)

func TestPoolByHand(t *testing.T) {
	t.Parallel()
	var a, b, unscaled, empty accuracy.Sums
	// Errors 2 and 2 on the scale 1; 6 on the scale 2; 1 without a scale.
	block := a.Block(accuracy.Scale{Seasonal: 1, Step: 1})
	block.Add(10, 12, accuracy.Bounds{Level: 80, Lower: 9, Upper: 13})
	block.Add(10, 8, accuracy.Bounds{Level: 80, Lower: 7, Upper: 11})
	block = b.Block(accuracy.Scale{Seasonal: 2, Step: 3})
	block.Add(70, 76, accuracy.Bounds{Level: 80, Lower: 72, Upper: 80})
	block = unscaled.Block(accuracy.Scale{})
	block.Add(10, 11)
	block = empty.Block(accuracy.Scale{Seasonal: 1})

	var p accuracy.Pool
	for _, s := range []*accuracy.Sums{&a, &b, &unscaled, &empty} {
		p.Add(s)
	}
	m := p.Measures()
	for _, test := range []struct {
		name      string
		got, want float64
	}{
		{"WAPE pools rows", m.WAPE.Number, 11. / 100},
		{"bias pools rows", m.Bias.Number, 7. / 100},
		{"MASE is a mean over series", m.MASE.Number, (2. + 3) / 2},
		{"RMSSE is a mean over series", m.RMSSE.Number, (2. + 2) / 2},
		{"coverage pools rows", m.Levels[0].Coverage.Number, 2. / 3},
		{"MSIS is a mean over series", m.MSIS.Number, (4. + (8.+10*2)/2) / 2},
		{"pinball is a mean over series", m.Pinball.Number, .2 / 4 * (4. + (8.+10*2)/2) / 2},
	} {
		if !cmp.Equal(test.got, test.want, near()) {
			t.Errorf("%s: %g; want %g", test.name, test.got, test.want)
		}
	}
	if m.Series != 3 || m.Unscaled != 1 || m.Rows != 4 || m.Blocks != 3 {
		t.Errorf("%d series, %d without scale, %d rows, %d blocks; want 3, 1, 4, 3", m.Series, m.Unscaled, m.Rows, m.Blocks)
	}
}

func TestPoolOfNothing(t *testing.T) {
	t.Parallel()
	var p accuracy.Pool
	p.Add(&accuracy.Sums{})
	m := p.Measures()
	if len(m.Values()) != 0 || m.Series != 0 {
		t.Errorf("measures are %v of %d series; want none", m.Values(), m.Series)
	}
	if reason := m.MASE.Reason; reason != "no actuals" {
		t.Errorf("MASE is absent because %q; want no actuals", reason)
	}
}

func TestPoolOfOneIsTheSeries(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := sumOf(rows().Draw(t, "rows"), scales().Draw(t, "scale"), 1)
		var p accuracy.Pool
		p.Add(s)
		if diff := cmp.Diff(s.Measures().Values(), p.Measures().Values(), near()); diff != "" {
			t.Errorf("the pool of one series differs (-series +pool):\n%s", diff)
		}
	})
}

// TestPoolInAnyGrouping also checks that a stored pool goes on as it was.
func TestPoolInAnyGrouping(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		series := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) *accuracy.Sums {
			scale := scales().Draw(t, "scale")
			if rapid.IntRange(0, 4).Draw(t, "unscaled") == 0 {
				scale = accuracy.Scale{}
			}
			return sumOf(rows().Draw(t, "rows"), scale, 1)
		}), 1, 8).Draw(t, "series")
		var all, first, second accuracy.Pool
		cut := rapid.IntRange(0, len(series)).Draw(t, "cut")
		for i := range series {
			all.Add(series[len(series)-1-i])
			if i < cut {
				first.Add(series[i])
			} else {
				second.Add(series[i])
			}
		}
		text, err := json.Marshal(first)
		if err != nil {
			t.Fatal(err)
		}
		var merged accuracy.Pool
		if err := json.Unmarshal(text, &merged); err != nil {
			t.Fatal(err)
		}
		merged.Merge(&second)
		if diff := cmp.Diff(all.Measures(), merged.Measures(), near()); diff != "" {
			t.Errorf("shards differ from the whole (-whole +merged):\n%s", diff)
		}
	})
}

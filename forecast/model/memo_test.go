package model_test

import (
	"testing"

	"github.com/daybatch/daybatch/forecast/model"
)

func TestRecall(t *testing.T) {
	t.Parallel()
	type key int
	type other int
	y := []float64{1, 2, 3}
	calls := 0
	recall := func(c model.Context, y []float64, key any) int {
		return model.Recall(c, y, key, func() int {
			calls++
			return calls
		})
	}
	c := model.Context{Memo: &model.Memo{}}
	for _, step := range []struct {
		what  string
		c     model.Context
		y     []float64
		key   any
		want  int
		calls int
	}{
		{"the first time", c, y, key(1), 1, 1},
		{"the same", c, y, key(1), 1, 1},
		{"another key", c, y, key(2), 2, 2},
		{"a key of another type", c, y, other(1), 3, 3},
		{"the first key again", c, y, key(1), 1, 3},
		{"equal values elsewhere", c, []float64{1, 2, 3}, key(1), 4, 4},
		{"the first values again", c, y, key(1), 5, 5},
		{"fewer of the values", c, y[:2], key(1), 6, 6},
		{"no values", c, nil, key(1), 7, 7},
		{"no memo", model.Context{}, y, key(1), 8, 8},
	} {
		if got := recall(step.c, step.y, step.key); got != step.want || calls != step.calls {
			t.Errorf("%s: %d after %d calls; want %d after %d", step.what, got, calls, step.want, step.calls)
		}
	}
}

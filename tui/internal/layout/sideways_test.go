package layout_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daybatch/daybatch/tui/internal/layout"
)

func TestSideways(t *testing.T) {
	t.Parallel()
	widths := []int{10, 8, 12, 12, 12, 6}
	whole := func(column int) bool { return column != 5 }
	for _, tt := range []struct {
		name               string
		keys, width, first int
		want               layout.View
	}{
		{"all", 1, 80, 0, layout.View{Keys: []int{0}, Columns: []int{1, 2, 3, 4, 5}}},
		{"as many as fit", 1, 40, 0, layout.View{Keys: []int{0}, Columns: []int{1, 2}, Right: true}},
		{"moved", 1, 40, 3, layout.View{Keys: []int{0}, Columns: []int{3, 4, 5}, Left: true}},
		{"beyond the end", 1, 40, 9, layout.View{Keys: []int{0}, Columns: []int{5}, Left: true}},
		{"a part of the last", 1, 39, 3, layout.View{Keys: []int{0}, Columns: []int{3, 4}, Left: true, Right: true}},
		{"two keys", 2, 45, 3, layout.View{Keys: []int{0, 1}, Columns: []int{3, 4}, Left: true, Right: true}},
		{"keys that would leave no room", 3, 40, 2, layout.View{Keys: []int{0, 1}, Columns: []int{2}, Right: true}},
		{"a key alone is wider than the screen", 1, 8, 2, layout.View{Keys: []int{0}, Left: true, Right: true}},
		{"no keys", 0, 20, 2, layout.View{Columns: []int{2}, Left: true, Right: true}},
	} {
		s := layout.Sideways{Widths: widths, Keys: tt.keys, Whole: whole, Width: tt.width}
		if diff := cmp.Diff(tt.want, s.From(tt.first)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestSidewaysFollow(t *testing.T) {
	t.Parallel()
	s := layout.Sideways{Widths: []int{10, 8, 12, 12, 12, 6}, Keys: 1, Width: 40}
	for _, tt := range []struct{ first, column, want int }{
		{0, 0, 1}, {0, 2, 1}, {0, 3, 2}, {1, 4, 3}, {3, 5, 3}, {3, 1, 1}, {3, 0, 3},
	} {
		if got := s.Follow(tt.first, tt.column); got != tt.want {
			t.Errorf("Follow(%d, %d) = %d; want %d", tt.first, tt.column, got, tt.want)
		}
	}
	if got := s.Last(); got != 3 {
		t.Errorf("Last() = %d; want 3", got)
	}
	if got := (layout.Sideways{Widths: []int{50, 50}, Keys: 1, Width: 40}).Last(); got != 1 {
		t.Errorf("Last() of columns that are too wide = %d; want 1", got)
	}
}

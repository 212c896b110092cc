package layout_test

import (
	"math"
	"testing"

	"github.com/daybatch/daybatch/tui/internal/layout"
)

func TestScale(t *testing.T) {
	t.Parallel()
	s := layout.NewScale(0.21, 0.58, 8)
	if near := func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }; !near(s.Low, 0.2) || !near(s.High, 0.6) || !near(s.Step, 0.1) {
		t.Errorf("NewScale = %+v; want 0.2 to 0.6 by 0.1", s)
	}
	if got := s.Row(0.6); got != 0 {
		t.Errorf("Row of the highest = %d; want 0", got)
	}
	if got := s.Row(0.2); got != 7 {
		t.Errorf("Row of the lowest = %d; want 7", got)
	}
	if flat := layout.NewScale(3, 3, 1); !(flat.Low < 3 && flat.High > 3) {
		t.Errorf("NewScale of one value = %+v; want values around it", flat)
	}
}

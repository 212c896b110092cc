package vector_test

import (
	"testing"

	"github.com/daybatch/daybatch/forecast/model/internal/vector"
)

// TestDot compares it with the plain sum, of whole numbers, which are exact in any
// order, and with more behind b that does not count.
func TestDot(t *testing.T) {
	t.Parallel()
	for n := range 14 {
		a, b := make([]float64, n), make([]float64, n+3)
		want := 0.0
		for i := range b {
			b[i] = float64(5 - i)
			if i < n {
				a[i] = float64(2*i + 1)
				want += a[i] * b[i]
			}
		}
		if got := vector.Dot(a, b); got != want {
			t.Errorf("Dot of %d = %v, want %v", n, got, want)
		}
	}
}

package theta

import "math"

// minimum returns the x within grid's ends at which f is lowest: the best point
// of the ascending grid, then golden sections between its neighbours.
func minimum(f func(x float64) float64, grid []float64, sections int) float64 {
	best, lowest := 0, math.Inf(1)
	for i, x := range grid {
		if v := f(x); v < lowest {
			best, lowest = i, v
		}
	}
	const golden = math.Phi - 1
	low, high := grid[max(best-1, 0)], grid[min(best+1, len(grid)-1)]
	a, b := high-golden*(high-low), low+golden*(high-low)
	fa, fb := f(a), f(b)
	for range sections {
		if fa < fb {
			high, b, fb = b, a, fa
			a = high - golden*(high-low)
			fa = f(a)
		} else {
			low, a, fa = a, b, fb
			b = low + golden*(high-low)
			fb = f(b)
		}
	}
	x, fx := a, fa
	if fb < fa {
		x, fx = b, fb
	}
	if fx > lowest {
		return grid[best] // the minimum is at an end
	}
	return x
}

package theta

import (
	"cmp"
	"math"
	"slices"
)

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

// point is a value of a function and where it is.
type point struct{ x, y float64 }

// refine returns the x at which f is lowest, between the ends of points, which are
// three or more by ascending x: it goes to the lowest point of the parabola
// through the best point and its neighbours (Jarratt, Computer J. 10, 1967), which
// takes fewer values of f than golden sections, at most some. It ends at a step
// that is shorter than least.
func refine(points []point, most int, least float64, f func(x float64) float64) float64 {
	for range most {
		best := lowest(points)
		middle := min(max(best, 1), len(points)-2)
		x := vertex(points[middle-1], points[middle], points[middle+1])
		low, high := points[max(best-1, 0)].x, points[min(best+1, len(points)-1)].x
		if !(x >= low && x <= high) {
			if best != middle { // the function falls up to the end
				break
			}
			x = (low + high) / 2 // it is no parabola: flat, or broken
		}
		if math.Abs(x-points[best].x) < least {
			break
		}
		at, _ := slices.BinarySearchFunc(points, x, func(p point, x float64) int { return cmp.Compare(p.x, x) })
		points = slices.Insert(points, at, point{x, f(x)})
	}
	return points[lowest(points)].x
}

// lowest returns the index of the lowest point.
func lowest(points []point) int {
	best := 0
	for i, p := range points {
		if p.y < points[best].y {
			best = i
		}
	}
	return best
}

// vertex returns where the parabola through three points has its lowest value;
// +Inf or NaN if it has none.
func vertex(a, b, c point) float64 {
	left, right := (b.x-a.x)*(b.y-c.y), (b.x-c.x)*(b.y-a.y)
	if !(left-right < 0) {
		return math.Inf(1)
	}
	return b.x - ((b.x-a.x)*left-(b.x-c.x)*right)/(2*(left-right))
}

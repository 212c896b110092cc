package intermittent

// CrostonFrom runs Croston's method over y from a given size and interval and
// returns its forecast.
func CrostonFrom(size, length float64, y []float64) float64 {
	c := interval{size: size, length: length, factor: 1}
	c.run(y)
	return c.mean()
}

// Pass returns one evaluation of each recursion over y.
func Pass(y []float64) func() float64 {
	c := &interval{size: 1, length: 1, factor: 1}
	p := &probability{alpha: .1, beta: .1, size: 1, chance: 1}
	b := &blocks{alpha: .1, length: 3, level: 1}
	return func() float64 {
		c.run(y)
		return p.run(y) + b.run(y) + c.mean()
	}
}

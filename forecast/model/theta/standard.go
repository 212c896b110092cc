package theta

// standard is simple exponential smoothing with drift.
type standard struct {
	alpha, drift float64 // drift is half the slope of the regression line
	level        float64
	power        float64 // (1-alpha)^n
}

// fitStandard estimates alpha and the first level by least squares. Given
// alpha the errors are linear in the first level, so the search is over alpha
// alone.
func fitStandard(y []float64) *standard {
	grid := []float64{1e-4, 1e-3, 3e-3, 0.01, 0.02, 0.04, 0.07}
	for i := 2; i < 20; i++ {
		grid = append(grid, float64(i)/20)
	}
	grid = append(grid, 0.9999)
	alpha := minimum(func(alpha float64) float64 {
		sse, _ := smooth(y, alpha)
		return sse
	}, grid, 25)
	_, first := smooth(y, alpha)
	s := &standard{alpha: alpha, drift: slope(y) / 2, level: first, power: 1}
	for _, v := range y {
		s.take(v)
	}
	return s
}

// smooth returns the sum of squared errors of simple exponential smoothing with
// the best first level, and that level.
func smooth(y []float64, alpha float64) (sse, first float64) {
	keep, power := 1-alpha, 1.0
	known, rr, rp, pp := 0.0, 0.0, 0.0, 0.0
	origin := y[0] // levels relative to it lose no digits
	for _, v := range y {
		v -= origin
		r := v - known
		rr += r * r
		rp += r * power
		pp += power * power
		known += alpha * r
		power *= keep
	}
	first = rp / pp
	return rr - first*rp, first + origin
}

// slope is that of the least squares line through y.
func slope(y []float64) float64 {
	middle := float64(len(y)-1) / 2
	top, bottom := 0.0, 0.0
	for t, v := range y {
		x := float64(t) - middle
		top += x * v
		bottom += x * x
	}
	return top / bottom
}

func (s *standard) next() float64 {
	return s.level + s.drift*(1-s.power)/s.alpha
}

func (s *standard) take(v float64) {
	s.level += s.alpha * (v - s.level)
	s.power *= 1 - s.alpha
}

func (s *standard) clone() line {
	twin := *s
	return &twin
}

func (s *standard) parameters() map[string]float64 {
	return map[string]float64{"alpha": s.alpha, "drift": s.drift}
}

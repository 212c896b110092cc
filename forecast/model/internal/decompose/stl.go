package decompose

import "math"

// Strength returns how much of what the trend leaves of y is season: 1 -
// var(remainder)/var(season + remainder), within 0 and 1 (Wang, Smith &
// Hyndman, Data Mining and Knowledge Discovery 13, 2006), by the decomposition
// of [STL]. It is 0 if y spans at most two seasons or has no variance.
func Strength(y []float64, m int) float64 {
	season, trend := STL(y, m)
	if season == nil {
		return 0
	}
	both, rest := make([]float64, len(y)), make([]float64, len(y))
	for t, v := range y {
		both[t] = v - trend[t]
		rest[t] = both[t] - season[t]
	}
	total := variation(both)
	if !(total > 0) {
		return 0
	}
	return max(0, min(1, 1-variation(rest)/total))
}

// variation is the sum of squared deviations from the mean.
func variation(y []float64) float64 {
	mean, sum := 0.0, 0.0
	for _, v := range y {
		mean += v / float64(len(y))
	}
	for _, v := range y {
		sum += (v - mean) * (v - mean)
	}
	return sum
}

const (
	innerRounds = 2
	// outerRounds is how often the seasons of several are taken from what the
	// others leave.
	outerRounds = 2
	// perWindow is how often a window is evaluated: every window/10-th point,
	// with straight lines between, as in R.
	perWindow = 10
)

// seasonWindow is the span in cycles of the smoother of the i-th season, as in
// R's mstl.
func seasonWindow(i int) int { return 7 + 4*(i+1) }

// MSTL returns the seasons of y with the given periods, ascending, and what
// they leave (Bandara, Hyndman & Bergmeir 2021, with the settings of R's mstl):
// each is taken by [STL] from y without the others, two times. Periods of which
// y spans at most two are left out; the number of seasons says how many there
// are.
func MSTL(y []float64, periods []int) (seasons [][]float64, rest []float64) {
	rest = append([]float64(nil), y...)
	rounds := outerRounds
	if len(periods) == 1 {
		rounds = 1
	}
	for range rounds {
		for i, m := range periods {
			if m < 2 || len(y) <= 2*m {
				break
			}
			if i < len(seasons) {
				for t, v := range seasons[i] {
					rest[t] += v
				}
			} else {
				seasons = append(seasons, nil)
			}
			seasons[i], _ = stl(rest, m, seasonWindow(i))
			for t, v := range seasons[i] {
				rest[t] -= v
			}
		}
	}
	return seasons, rest
}

// STL returns the season and the trend of y (Cleveland, Cleveland, McRae &
// Terpenning, J. Official Statistics 6, 1990), without robust rounds and with
// the settings of R's mstl; nil if y spans at most two seasons.
func STL(y []float64, m int) (season, trend []float64) { return stl(y, m, seasonWindow(0)) }

func stl(y []float64, m, window int) (season, trend []float64) {
	n := len(y)
	if m < 2 || n <= 2*m {
		return nil, nil
	}
	season, trend = make([]float64, n), make([]float64, n)
	trendWindow := nextOdd(int(math.Ceil(1.5 * float64(m) / (1 - 1.5/float64(window)))))
	low := smoother{window: nextOdd(m), linear: true}
	slow := smoother{window: trendWindow, linear: true}
	work, cycles := make([]float64, n), make([]float64, n+2*m)
	averaged, twice := make([]float64, n+m+1), make([]float64, n+2)
	passed := make([]float64, n)
	for range innerRounds {
		for t, v := range y {
			work[t] = v - trend[t]
		}
		smoothCycles(cycles, work, m, window)
		moving(averaged, cycles, m)
		moving(twice, averaged, m)
		moving(work, twice, 3)
		low.smooth(passed, work)
		for t, v := range y {
			season[t] = cycles[m+t] - passed[t]
			work[t] = v - season[t]
		}
		slow.smooth(trend, work)
	}
	return season, trend
}

func nextOdd(n int) int { return n + 1 - n%2 }

// smoothCycles smooths the values of each phase over the cycles and extends
// them by one cycle to both sides, so dst is 2m longer than y.
func smoothCycles(dst, y []float64, m, window int) {
	s := smoother{window: window}
	longest := (len(y)-1)/m + 1
	phase, smooth := make([]float64, longest), make([]float64, longest)
	for j := range m {
		k := (len(y)-1-j)/m + 1
		for i := range k {
			phase[i] = y[i*m+j]
		}
		s.smooth(smooth[:k], phase[:k])
		dst[j] = s.at(phase[:k], -1, 0, min(s.window, k), smooth[0])
		for i := range k {
			dst[(i+1)*m+j] = smooth[i]
		}
		dst[(k+1)*m+j] = s.at(phase[:k], k, max(0, k-s.window), k, smooth[k-1])
	}
}

// moving writes the moving averages of m values, of which there are m-1 fewer.
func moving(dst, y []float64, m int) {
	sum := 0.0
	for _, v := range y[:m] {
		sum += v
	}
	for t := range dst {
		dst[t] = sum / float64(m)
		if t+m < len(y) {
			sum += y[t+m] - y[t]
		}
	}
}

// smoother is loess on equally spaced values with a window of values.
type smoother struct {
	window int
	linear bool // else constant
}

// smooth writes the smoothed y.
func (s smoother) smooth(dst, y []float64) {
	n := len(y)
	if n < 2 {
		copy(dst, y)
		return
	}
	step := max(1, min((s.window+perWindow-1)/perWindow, n-1))
	last := 0
	for t := 0; t < n; t += step {
		dst[t] = s.around(y, t)
		between(dst, last, t)
		last = t
	}
	if last != n-1 {
		dst[n-1] = s.around(y, n-1)
		between(dst, last, n-1)
	}
}

// around is the smoothed value at t from the window that has t in its middle,
// as far as y reaches.
func (s smoother) around(y []float64, t int) float64 {
	first := max(0, min(t-(s.window-1)/2, len(y)-s.window))
	return s.at(y, t, first, min(len(y), first+s.window), y[t])
}

// between fills the straight line between two values.
func between(dst []float64, from, to int) {
	for t := from + 1; t < to; t++ {
		dst[t] = dst[from] + (dst[to]-dst[from])*float64(t-from)/float64(to-from)
	}
}

// at is the loess of y[first:end] at x, otherwise without weights.
func (s smoother) at(y []float64, x, first, end int, otherwise float64) float64 {
	h := float64(max(x-first, end-1-x))
	if s.window > len(y) {
		h += float64((s.window - len(y)) / 2)
	}
	var sum, mean, value float64
	for j := first; j < end; j++ {
		w := tricube(math.Abs(float64(j-x)), h)
		sum += w
		mean += w * float64(j)
		value += w * y[j]
	}
	if !(sum > 0) {
		return otherwise
	}
	mean /= sum
	value /= sum
	if !s.linear || h <= 0 {
		return value
	}
	var spread, slope float64
	for j := first; j < end; j++ {
		w := tricube(math.Abs(float64(j-x)), h) * (float64(j) - mean)
		spread += w * (float64(j) - mean)
		slope += w * y[j]
	}
	if math.Sqrt(spread/sum) > 0.001*float64(len(y)-1) {
		value += slope / spread * (float64(x) - mean)
	}
	return value
}

// tricube is the weight of a distance within the half width h.
func tricube(distance, h float64) float64 {
	switch {
	case distance > 0.999*h:
		return 0
	case distance <= 0.001*h:
		return 1
	}
	r := distance / h
	r = 1 - r*r*r
	return r * r * r
}

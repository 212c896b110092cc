package decompose

import "math"

// Fill returns y with its missing values (NaN) replaced, and how many there
// were. Every value is taken relative to the mean of its phase in the season of
// m; the gap is a straight line between its neighbours on that scale, and
// constant at the ends. All values missing gives zeros.
func Fill(y []float64, m int) (filled []float64, missing int) {
	filled = append([]float64(nil), y...)
	for _, v := range y {
		if math.IsNaN(v) {
			missing++
		}
	}
	if missing == 0 {
		return filled, 0
	}
	profile := phaseMeans(y, max(m, 1))
	for t := range filled {
		filled[t] -= profile[t%len(profile)]
	}
	interpolate(filled)
	for t := range filled {
		filled[t] += profile[t%len(profile)]
		if !math.IsNaN(y[t]) {
			filled[t] = y[t] // the detour over the profile rounds
		}
	}
	return filled, missing
}

// phaseMeans returns the mean of the observed values per phase; a phase without
// any takes the mean of all.
func phaseMeans(y []float64, m int) []float64 {
	means, counts := make([]float64, m), make([]float64, m)
	total, count := 0.0, 0.0
	for t, v := range y {
		if !math.IsNaN(v) {
			means[t%m] += v
			counts[t%m]++
			total += v
			count++
		}
	}
	for i := range means {
		if counts[i] == 0 {
			means[i], counts[i] = total, max(count, 1)
		}
		means[i] /= counts[i]
	}
	return means
}

// interpolate replaces the NaN in z in place.
func interpolate(z []float64) {
	last := -1
	for t, v := range z {
		if math.IsNaN(v) {
			continue
		}
		for i := last + 1; i < t; i++ {
			if last < 0 {
				z[i] = v
			} else {
				z[i] = z[last] + (v-z[last])*float64(i-last)/float64(t-last)
			}
		}
		last = t
	}
	for i := last + 1; i < len(z); i++ {
		if last < 0 {
			z[i] = 0
		} else {
			z[i] = z[last]
		}
	}
}

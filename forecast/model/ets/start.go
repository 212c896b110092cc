package ets

import (
	"math"

	"github.com/daybatch/daybatch/forecast/model/internal/decompose"
)

// leastFactor keeps multiplicative seeds away from zero.
const leastFactor = 0.01

// heuristic returns the states from which the search of a form begins, for the
// gap-free series z (Hyndman, Koehler, Snyder & Grose 2002, section 2.3): the
// seasonal factors of the classical decomposition, or of one pair of Fourier
// terms for less than three cycles, and the line through the beginning of the
// adjusted series, or its mean where the form has no trend.
func heuristic(f form, z []float64, m int) states {
	adjusted := z
	var season []float64
	head := 10
	if f.hasSeason() {
		kind := decompose.Additive
		if f.season == multiplicative {
			kind = decompose.Multiplicative
		}
		season = seasonalSeeds(z, m, kind)
		adjusted = decompose.Adjust(z, season, kind)
		head = max(head, 2*m)
	}
	adjusted = adjusted[:min(head, len(adjusted))]
	s := states{season: season}
	if f.hasTrend() {
		s.level, s.slope = line(adjusted)
	} else {
		s.level = mean(adjusted)
	}
	return s
}

func seasonalSeeds(z []float64, m int, kind decompose.Kind) []float64 {
	var season []float64
	if len(z) >= 3*m {
		season = decompose.Classical(z, m, kind)
	}
	if season == nil {
		season = wave(z, m, kind)
	}
	if kind == decompose.Multiplicative {
		floorFactors(season)
	}
	return season
}

// floorFactors lifts factors to the least one and lets them average 1 again.
func floorFactors(season []float64) {
	for i, s := range season {
		season[i] = math.Max(s, leastFactor)
	}
	level := mean(season)
	for i := range season {
		season[i] /= level
	}
}

// wave returns the seasonal factors of the first pair of Fourier terms, fitted
// with a line: two cycles do not carry more.
func wave(z []float64, m int, kind decompose.Kind) []float64 {
	rows := make([][4]float64, len(z))
	for t := range z {
		angle := 2 * math.Pi * float64(t) / float64(m)
		rows[t] = [4]float64{1, float64(t), math.Cos(angle), math.Sin(angle)}
	}
	b := leastSquares(rows, z)
	level := mean(z)
	season := make([]float64, m)
	for i := range season {
		angle := 2 * math.Pi * float64(i) / float64(m)
		season[i] = b[2]*math.Cos(angle) + b[3]*math.Sin(angle)
		if kind == decompose.Multiplicative {
			season[i] = 1 + season[i]/level
		}
	}
	return season
}

// leastSquares solves the normal equations of four columns by elimination. A
// column that the others explain gets 0, as does the sine of a season of two.
func leastSquares(rows [][4]float64, z []float64) [4]float64 {
	var a [4][5]float64
	for t, row := range rows {
		for i := range 4 {
			for j := range 4 {
				a[i][j] += row[i] * row[j]
			}
			a[i][4] += row[i] * z[t]
		}
	}
	var usable [4]bool
	for i := range 4 {
		usable[i] = a[i][i] > 1e-9*float64(len(rows))
		if !usable[i] {
			continue
		}
		for r := range 4 {
			if r == i {
				continue
			}
			ratio := a[r][i] / a[i][i]
			for j := range 5 {
				a[r][j] -= ratio * a[i][j]
			}
		}
	}
	var b [4]float64
	for i := range 4 {
		if usable[i] {
			b[i] = a[i][4] / a[i][i]
		}
	}
	return b
}

func mean(z []float64) float64 {
	sum := 0.0
	for _, v := range z {
		sum += v
	}
	return sum / float64(len(z))
}

// line returns the level before the first value and the slope of the least
// squares line through z.
func line(z []float64) (level, slope float64) {
	middle := float64(len(z)+1) / 2
	centre := mean(z)
	top, bottom := 0.0, 0.0
	for t, v := range z {
		x := float64(t+1) - middle
		top += x * (v - centre)
		bottom += x * x
	}
	if bottom == 0 {
		return centre, 0
	}
	slope = top / bottom
	return centre - slope*middle, slope
}

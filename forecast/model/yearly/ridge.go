package yearly

import (
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast/calendar"
)

const (
	yearDays  = 365.25
	harmonics = 10
	hinges    = 12
	// lastHinge is the share of the history behind which the trend does not
	// bend: too little is left to tell by.
	lastHinge = 0.9
	rounds    = 3

	// Penalties on the squares of the coefficients of the logarithm. That of a
	// harmonic grows with the square of its number, as the energy of a smooth
	// function's derivative does.
	phasePenalty    = 1e-6
	slopePenalty    = 1e-3
	hingePenalty    = 10
	harmonicPenalty = 0.5

	// floorShare of the mean is added before the logarithm: a day without sales
	// has none of its own.
	floorShare = 0.02
)

// ridge is log(y + floor) as the sum of a phase of the week, a bent trend and a
// yearly curve, estimated by penalised least squares with weights that don't
// follow outliers.
type ridge struct {
	start   calendar.Date
	n       int // days of the history
	floor   float64
	smear   float64 // mean of exp(residual): the mean is not exp(mean of logs)
	phases  []float64
	slope   float64
	bends   [hinges]float64
	annual  [2 * harmonics]float64 // sine and cosine by harmonic
	columns int
}

// newRidge estimates y, which is not negative somewhere; NaN is missing. The
// first value is for day start, and m is the season.
func newRidge(y []float64, start calendar.Date, m int) *ridge {
	r := &ridge{start: start, n: len(y), phases: make([]float64, m), columns: m + 1 + hinges + 2*harmonics}
	sum, count := 0.0, 0.0
	for _, v := range y {
		if !math.IsNaN(v) {
			sum += v
			count++
		}
	}
	r.floor = floorShare * sum / count
	rows, logs := make([]float64, 0, len(y)*r.columns), make([]float64, 0, len(y))
	for t, v := range y {
		if !math.IsNaN(v) {
			rows = r.row(rows, t)
			logs = append(logs, math.Log(v+r.floor))
		}
	}
	eq := newEquations(r.columns)
	for p := range r.columns {
		eq.matrix[p*r.columns+p] = r.penalty(p)
	}
	weights, old, rest := make([]float64, len(logs)), make([]float64, len(logs)), make([]float64, len(logs))
	for i := range weights {
		weights[i] = 1
	}
	for range rounds {
		for i, y := range logs {
			if by := weights[i] - old[i]; by != 0 { // only outliers change their weight
				eq.add(rows[i*r.columns:(i+1)*r.columns], y, by)
			}
		}
		copy(old, weights)
		r.set(eq.solve())
		r.residuals(rest, rows, logs)
		reweigh(weights, rest)
	}
	total, mean := 0.0, 0.0
	for i, w := range weights {
		total += w
		mean += w * math.Exp(rest[i])
	}
	r.smear = mean / total
	return r
}

// row appends the regressors of day t.
func (r *ridge) row(rows []float64, t int) []float64 {
	from := len(rows)
	rows = slices.Grow(rows, r.columns)[:from+r.columns]
	row := rows[from:]
	clear(row)
	row[t%len(r.phases)] = 1
	row = row[len(r.phases):]
	at := r.at(t)
	row[0] = at
	for j := range hinges {
		row[1+j] = max(0, at-knot(j))
	}
	r.waves(row[1+hinges:], t)
	return rows
}

// at is the position of day t in the history, from 0 to 1; the future stands
// where the history ends.
func (r *ridge) at(t int) float64 { return float64(min(t, r.n-1)) / float64(r.n) }

// knot is where the j-th bend of the trend may be.
func knot(j int) float64 { return lastHinge * float64(j+1) / hinges }

// waves writes the sines and cosines of day t, by the addition theorem.
func (r *ridge) waves(dst []float64, t int) {
	sin, cos := math.Sincos(2 * math.Pi * float64(int(r.start)+t) / yearDays)
	s, c := 0.0, 1.0
	for k := range harmonics {
		s, c = s*cos+c*sin, c*cos-s*sin
		dst[2*k], dst[2*k+1] = s, c
	}
}

// penalty is that of a column.
func (r *ridge) penalty(column int) float64 {
	switch j := column - len(r.phases); {
	case j < 0:
		return phasePenalty
	case j == 0:
		return slopePenalty
	case j <= hinges:
		return hingePenalty
	default:
		k := float64((j-hinges-1)/2 + 1)
		return harmonicPenalty * k * k
	}
}

// set distributes the coefficients.
func (r *ridge) set(b []float64) {
	m := len(r.phases)
	copy(r.phases, b)
	r.slope = b[m]
	copy(r.bends[:], b[m+1:])
	copy(r.annual[:], b[m+1+hinges:])
}

// residuals writes what the regression leaves of the logarithms.
func (r *ridge) residuals(dst, rows, logs []float64) {
	k, m := r.columns, len(r.phases)
	for i, y := range logs {
		row := rows[i*k : (i+1)*k]
		sum := dot(row[:m], r.phases) + row[m]*r.slope + dot(row[m+1:m+1+hinges], r.bends[:]) + dot(row[m+1+hinges:], r.annual[:])
		dst[i] = y - sum
	}
}

// year is the factor of the yearly curve on day t.
func (r *ridge) year(t int) float64 {
	var row [2 * harmonics]float64
	r.waves(row[:], t)
	return math.Exp(dot(row[:], r.annual[:]))
}

// mean is the regression's forecast of day t, with the trend of the last day of
// the history.
func (r *ridge) mean(t int) float64 {
	at := r.at(t)
	sum := r.phases[t%len(r.phases)] + r.slope*at
	for j, bend := range r.bends {
		sum += bend * max(0, at-knot(j))
	}
	return math.Exp(sum)*r.year(t)*r.smear - r.floor
}

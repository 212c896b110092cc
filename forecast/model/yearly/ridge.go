package yearly

import (
	"math"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/model/internal/vector"
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
	// floorRanges are added instead where values are negative, as temperatures and
	// balances are: so far up a logarithm is a straight line, and the curve of the year
	// a sum instead of a factor.
	floorRanges = 10
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
	trend   [trends]float64 // slope, and how it changes at each hinge
	annual  [waves]float64  // sine and cosine by harmonic
	columns int
	// leastPenalty is that of a harmonic.
	leastPenalty float64
	// rest is what the regression leaves of the logarithms by day, outliers by their
	// weight; NaN where a value is missing.
	rest []float64
}

// newRidge estimates y; NaN is missing. The first value is for day start, and m is the
// season.
func newRidge(y []float64, start calendar.Date, m int) *ridge {
	r := &ridge{start: start, n: len(y), phases: make([]float64, m), columns: m + trends + waves}
	count := r.lift(y)
	days, logs := r.observe(y, count)
	buffer := make([]float64, 4*count)
	weights, old, rest, sizes := buffer[:count], buffer[count:2*count], buffer[2*count:3*count], buffer[3*count:]
	for i := range weights {
		weights[i] = 1
	}
	known, eq := newMoments(m), newEquations(r.columns)
	for round := range rounds + 1 {
		for i, y := range logs {
			if by := weights[i] - old[i]; by != 0 { // only outliers change their weight
				known.add(&days[i], y, by)
			}
		}
		copy(old, weights)
		if round == rounds { // the last one shrinks the year
			r.leastPenalty = shrinking(reliability(r.parts(days, logs, weights)), float64(count))
		}
		known.write(eq, r.penalty)
		r.set(eq.solve())
		r.residuals(rest, days, logs)
		reweigh(weights, rest, sizes)
	}
	total, mean := 0.0, 0.0
	r.rest = make([]float64, len(y))
	for t := range r.rest {
		r.rest[t] = math.NaN()
	}
	for i, w := range weights {
		total += w
		mean += w * math.Exp(rest[i])
		r.rest[days[i].index] = w * rest[i]
	}
	r.smear = mean / total
	return r
}

// lift sets the floor and returns how many values y has.
func (r *ridge) lift(y []float64) (count int) {
	sum, low, high := 0.0, math.Inf(1), math.Inf(-1)
	for _, v := range y {
		if !math.IsNaN(v) {
			sum += v
			low, high = min(low, v), max(high, v)
			count++
		}
	}
	r.floor = floorShare * sum / float64(count)
	if low < 0 {
		r.floor = floorRanges*(high-low) - low
	}
	return count
}

// observe returns the days of y that have a value, which are count, and the
// logarithms of the values.
func (r *ridge) observe(y []float64, count int) (days []day, logs []float64) {
	days, logs = make([]day, count), make([]float64, count)
	i, segment := 0, 0
	for t, v := range y {
		at := r.at(t)
		for segment < hinges && at > knot(segment+1) {
			segment++
		}
		if math.IsNaN(v) {
			continue
		}
		d := &days[i]
		d.index, d.phase, d.segment, d.at = t, t%len(r.phases), segment, at
		r.waves(&d.waves, t)
		logs[i] = math.Log(v + r.floor)
		i++
	}
	return days, logs
}

// at is the position of day t in the history, from 0 to 1; the future stands
// where the history ends.
func (r *ridge) at(t int) float64 { return float64(min(t, r.n-1)) / float64(r.n) }

// knot is where the trend may bend for the j-th time; column 0 of the trend, the
// slope, bends at the beginning.
func knot(j int) float64 { return lastHinge * float64(j) / hinges }

// waves writes the sines and cosines of day t, by the addition theorem.
func (r *ridge) waves(dst *[waves]float64, t int) {
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
		return max(harmonicPenalty*k*k, r.leastPenalty)
	}
}

// set distributes the coefficients.
func (r *ridge) set(b []float64) {
	m := len(r.phases)
	copy(r.phases, b)
	copy(r.trend[:], b[m:])
	copy(r.annual[:], b[m+trends:])
}

// residuals writes what the regression leaves of the logarithms.
func (r *ridge) residuals(dst []float64, days []day, logs []float64) {
	var level, slope [trends]float64 // of the trend by segment
	for j, bend := range r.trend {
		before := max(0, j-1)
		level[j], slope[j] = level[before]-bend*knot(j), slope[before]+bend
	}
	for i := range days {
		d := &days[i]
		dst[i] = logs[i] - (r.phases[d.phase] + level[d.segment] + slope[d.segment]*d.at + vector.Dot(d.waves[:], r.annual[:]))
	}
}

// year is the factor of the yearly curve on day t.
func (r *ridge) year(t int) float64 {
	var row [waves]float64
	r.waves(&row, t)
	return math.Exp(vector.Dot(row[:], r.annual[:]))
}

// mean is the regression's forecast of day t, with the trend of the last day of
// the history, if it is off by rest.
func (r *ridge) mean(t int, rest float64) float64 {
	at := r.at(t)
	sum := r.phases[t%len(r.phases)] + rest
	for j, bend := range r.trend {
		sum += bend * max(0, at-knot(j))
	}
	return math.Exp(sum)*r.year(t)*r.smear - r.floor
}

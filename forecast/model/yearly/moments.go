package yearly

const (
	trends = 1 + hinges    // columns of the trend: the slope is a hinge at 0
	waves  = 2 * harmonics // columns of the yearly curve
)

// day is a day that has a value, as the regression sees it.
type day struct {
	index   int // in the history
	phase   int // of the week
	segment int // hinges before it
	at      float64
	waves   [waves]float64 // sine and cosine by harmonic
}

// moments are weighted sums over the days from which the normal equations follow,
// although a row of regressors is far longer than what a day adds to them: of
// products of two waves only the waves of twice the frequency are needed, by the
// addition theorems, and of products with a hinge the sums by segment between two
// hinges, where the hinge is a straight line.
type moments struct {
	segments [trends]segment
	phases   []phase
	// beyond are the sums of the waves of the next harmonics, up to twice as many.
	beyond [waves]float64
	value  [waves]float64 // sums of wave and value
}

// segment has the sums of the days between two hinges.
type segment struct {
	weight, at, square float64
	value, valueAt     float64
	waves, wavesAt     [waves]float64
	phases, phasesAt   []float64
}

// phase has the sums of the days of a phase of the week.
type phase struct {
	value float64
	waves [waves]float64
}

func newMoments(phases int) *moments {
	m := &moments{phases: make([]phase, phases)}
	sums := make([]float64, 2*phases*trends)
	for j := range m.segments {
		m.segments[j].phases, sums = sums[:phases:phases], sums[phases:]
		m.segments[j].phasesAt, sums = sums[:phases:phases], sums[phases:]
	}
	return m
}

// add takes in a day with its value and weight; a negative weight takes it out
// again.
func (m *moments) add(d *day, y, weight float64) {
	s, p := &m.segments[d.segment], &m.phases[d.phase]
	at, value := weight*d.at, weight*y
	s.weight += weight
	s.at += at
	s.square += at * d.at
	s.value += value
	s.valueAt += value * d.at
	s.phases[d.phase] += weight
	s.phasesAt[d.phase] += at
	p.value += value
	for i, w := range &d.waves {
		s.waves[i] += weight * w
		s.wavesAt[i] += at * w
		p.waves[i] += weight * w
		m.value[i] += value * w
	}
	sin, cos := weight*d.waves[waves-2], weight*d.waves[waves-1]
	for i := 0; i < waves; i += 2 {
		m.beyond[i] += sin*d.waves[i+1] + cos*d.waves[i]
		m.beyond[i+1] += cos*d.waves[i+1] - sin*d.waves[i]
	}
}

// write puts the moments into normal equations, on top of the penalties. Columns
// are the phases, the trend and the waves.
func (m *moments) write(eq *equations, penalty func(column int) float64) {
	clear(eq.matrix)
	for p := range eq.k {
		eq.matrix[p*eq.k+p] = penalty(p)
	}
	m.writeTrend(eq)
	m.writeWaves(eq)
}

// writeTrend writes the rows of the phases and of the trend, and the trend's
// columns in those of the waves.
func (m *moments) writeTrend(eq *equations) {
	k, first := eq.k, len(m.phases)
	tail := segment{phases: make([]float64, first), phasesAt: make([]float64, first)}
	for j := trends - 1; j >= 0; j-- {
		tail.add(&m.segments[j])
		bend := knot(j)
		row := eq.matrix[(first+j)*k:][:first+j+1]
		for p := range tail.phases {
			row[p] += tail.phasesAt[p] - bend*tail.phases[p]
		}
		for i := range j + 1 {
			other := knot(i)
			row[first+i] += tail.square - (bend+other)*tail.at + bend*other*tail.weight
		}
		eq.right[first+j] = tail.valueAt - bend*tail.value
		for i := range waves {
			eq.matrix[(first+trends+i)*k+first+j] = tail.wavesAt[i] - bend*tail.waves[i]
		}
	}
	for p := range m.phases {
		eq.matrix[p*k+p] += tail.phases[p]
		eq.right[p] = m.phases[p].value
	}
}

// add takes in the sums of another segment.
func (s *segment) add(other *segment) {
	s.weight += other.weight
	s.at += other.at
	s.square += other.square
	s.value += other.value
	s.valueAt += other.valueAt
	for i := range waves {
		s.waves[i] += other.waves[i]
		s.wavesAt[i] += other.wavesAt[i]
	}
	for p := range s.phases {
		s.phases[p] += other.phases[p]
		s.phasesAt[p] += other.phasesAt[p]
	}
}

// writeWaves writes the columns of the phases and of the waves in the rows of the
// waves.
func (m *moments) writeWaves(eq *equations) {
	var sin, cos [2*harmonics + 1]float64 // sums by frequency
	for _, s := range &m.segments {
		cos[0] += s.weight
		for h := range harmonics {
			sin[h+1] += s.waves[2*h]
			cos[h+1] += s.waves[2*h+1]
		}
	}
	for h := range harmonics {
		sin[harmonics+h+1], cos[harmonics+h+1] = m.beyond[2*h], m.beyond[2*h+1]
	}
	first := len(m.phases) + trends
	for a := range harmonics {
		ofSin := eq.matrix[(first+2*a)*eq.k:][:eq.k]
		ofCos := eq.matrix[(first+2*a+1)*eq.k:][:eq.k]
		for p := range m.phases {
			ofSin[p], ofCos[p] = m.phases[p].waves[2*a], m.phases[p].waves[2*a+1]
		}
		for b := range a + 1 {
			sum, difference := a+b+2, a-b
			ofSin[first+2*b] += (cos[difference] - cos[sum]) / 2
			ofCos[first+2*b+1] += (cos[difference] + cos[sum]) / 2
			ofCos[first+2*b] = (sin[sum] - sin[difference]) / 2
			if b < a {
				ofSin[first+2*b+1] = (sin[sum] + sin[difference]) / 2
			}
		}
		eq.right[first+2*a], eq.right[first+2*a+1] = m.value[2*a], m.value[2*a+1]
	}
}

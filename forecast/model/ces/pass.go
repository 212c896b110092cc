package ces

// twin are two filters of one form that run side by side: a step waits for the
// one before it, so that a processor does two at once in little more than the time
// of one. The search needs the errors of several filters, which differ by one
// parameter, at a time.
type twin [2]*run

// run is a filter on its way through a series: its states, and the one-step errors
// that it leaves.
type run struct {
	filter filter
	states states
	errors []float64
}

// settle runs forward, backward and forward and leaves the errors of the last
// pass. Backwards is y from its end.
func (w twin) settle(f form, y, backwards []float64) {
	w.pass(f, y)
	w.turn(len(y))
	w.pass(f, backwards)
	w.turn(len(y))
	w.pass(f, y)
}

// turn prepares a pass the other way over n values, by one period and one cycle
// without errors: the states behind the end of a pass are those that the pass the
// other way begins with. The phases come in the other order.
func (w twin) turn(n int) {
	for _, r := range w {
		s := &r.states
		s.level = r.filter.level.next(s.level, 0)
		for i, p := range s.season {
			s.season[i] = r.filter.season.next(p, 0)
		}
		m := len(s.season)
		reverse(s.season[:n%m]) // the phase of the last value comes first, and so on
		reverse(s.season[n%m:])
	}
}

func reverse(season []pair) {
	for i, j := 0, len(season)-1; i < j; i, j = i+1, j-1 {
		season[i], season[j] = season[j], season[i]
	}
}

// pass takes in y, whose first value has phase 0, and writes the one-step errors,
// 0 where y is missing. The loops are [smoother.next] written out without the
// parts that a form does not have: the search spends its time here.
func (w twin) pass(f form, y []float64) {
	switch f {
	case none:
		w.none(y)
	case simple:
		w.simple(y)
	case partial:
		w.partial(y)
	case full:
		w.full(y)
	}
}

func (w twin) none(y []float64) {
	a, b := w[0].filter.level, w[1].filter.level
	aValue, aPotential := w[0].states.level.value, w[0].states.level.potential
	bValue, bPotential := w[1].states.level.value, w[1].states.level.potential
	aErrors, bErrors := w[0].errors[:len(y)], w[1].errors[:len(y)]
	for t, v := range y {
		d, e := v-aValue, v-bValue
		if v != v { // missing
			d, e = 0, 0
		}
		aErrors[t], bErrors[t] = d, e
		aValue, aPotential = aValue+a.across*aPotential+a.gain*d, aValue+a.keep*aPotential+a.push*d
		bValue, bPotential = bValue+b.across*bPotential+b.gain*e, bValue+b.keep*bPotential+b.push*e
	}
	w[0].states.level, w[1].states.level = pair{aValue, aPotential}, pair{bValue, bPotential}
}

func (w twin) simple(y []float64) {
	a, b := w[0].filter.season, w[1].filter.season
	aSeason, bSeason := w[0].states.season, w[1].states.season
	aErrors, bErrors := w[0].errors[:len(y)], w[1].errors[:len(y)]
	phase := 0
	for t, v := range y {
		p, q := &aSeason[phase], &bSeason[phase]
		d, e := v-p.value, v-q.value
		if v != v {
			d, e = 0, 0
		}
		aErrors[t], bErrors[t] = d, e
		p.value, p.potential = p.value+a.across*p.potential+a.gain*d, p.value+a.keep*p.potential+a.push*d
		q.value, q.potential = q.value+b.across*q.potential+b.gain*e, q.value+b.keep*q.potential+b.push*e
		if phase++; phase == len(aSeason) {
			phase = 0
		}
	}
}

func (w twin) partial(y []float64) {
	a, b := w[0].filter.level, w[1].filter.level
	aGain, bGain := w[0].filter.season.gain, w[1].filter.season.gain
	aSeason, bSeason := w[0].states.season, w[1].states.season
	aValue, aPotential := w[0].states.level.value, w[0].states.level.potential
	bValue, bPotential := w[1].states.level.value, w[1].states.level.potential
	aErrors, bErrors := w[0].errors[:len(y)], w[1].errors[:len(y)]
	phase := 0
	for t, v := range y {
		p, q := &aSeason[phase].value, &bSeason[phase].value
		d, e := v-*p-aValue, v-*q-bValue
		if v != v {
			d, e = 0, 0
		}
		aErrors[t], bErrors[t] = d, e
		aValue, aPotential = aValue+a.across*aPotential+a.gain*d, aValue+a.keep*aPotential+a.push*d
		bValue, bPotential = bValue+b.across*bPotential+b.gain*e, bValue+b.keep*bPotential+b.push*e
		*p += aGain * d
		*q += bGain * e
		if phase++; phase == len(aSeason) {
			phase = 0
		}
	}
	w[0].states.level, w[1].states.level = pair{aValue, aPotential}, pair{bValue, bPotential}
}

func (w twin) full(y []float64) {
	a, b := w[0].filter.level, w[1].filter.level
	c, d := w[0].filter.season, w[1].filter.season
	aSeason, bSeason := w[0].states.season, w[1].states.season
	aValue, aPotential := w[0].states.level.value, w[0].states.level.potential
	bValue, bPotential := w[1].states.level.value, w[1].states.level.potential
	aErrors, bErrors := w[0].errors[:len(y)], w[1].errors[:len(y)]
	phase := 0
	for t, v := range y {
		p, q := &aSeason[phase], &bSeason[phase]
		x, z := v-p.value-aValue, v-q.value-bValue
		if v != v {
			x, z = 0, 0
		}
		aErrors[t], bErrors[t] = x, z
		aValue, aPotential = aValue+a.across*aPotential+a.gain*x, aValue+a.keep*aPotential+a.push*x
		bValue, bPotential = bValue+b.across*bPotential+b.gain*z, bValue+b.keep*bPotential+b.push*z
		p.value, p.potential = p.value+c.across*p.potential+c.gain*x, p.value+c.keep*p.potential+c.push*x
		q.value, q.potential = q.value+d.across*q.potential+d.gain*z, q.value+d.keep*q.potential+d.push*z
		if phase++; phase == len(aSeason) {
			phase = 0
		}
	}
	w[0].states.level, w[1].states.level = pair{aValue, aPotential}, pair{bValue, bPotential}
}

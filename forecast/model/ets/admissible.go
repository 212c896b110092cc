package ets

// admissible tells whether the form forgets its start: whether the roots of its
// characteristic polynomial lie within the unit circle (Hyndman, Akram &
// Archibald, AISM 60, 2008; HKOS section 10.3). Inside the box of the smoothing
// parameters only seasonal forms can fail.
func admissible(f form, p smoothing, m int) bool {
	if !f.hasSeason() {
		return true
	}
	var buffer [maxSeason + 2]float64
	a := buffer[:m+2] // a[i] belongs to z^i
	if f.hasTrend() {
		middle := p.alpha + p.beta - p.alpha*p.phi
		for i := range a {
			a[i] = middle
		}
		a[0] = p.phi * (1 - p.alpha - p.gamma)
		a[1] = middle + p.gamma - 1
		a[m] = p.alpha + p.beta - p.phi
		a[m+1] = 1
		return stable(a)
	}
	// Without a trend the polynomial has the factor z-1, which belongs to the
	// redundancy of level and season; it is divided out.
	a = a[:m+1]
	for i := range a {
		a[i] = p.alpha
	}
	a[0] = p.alpha + p.gamma - 1
	a[m] = 1
	return stable(a)
}

// stable tells whether all roots of the polynomial lie within the unit circle,
// by the Schur-Cohn recursion, which needs no root. It overwrites a.
func stable(a []float64) bool {
	for d := len(a) - 1; d > 0; d-- {
		k := a[0] / a[d]
		if !(k < 1 && k > -1) {
			return false
		}
		for i, j := 1, d-1; i <= j; i, j = i+1, j-1 {
			a[i], a[j] = a[i]-k*a[d-i], a[j]-k*a[d-j]
		}
		a[d] -= k * a[0]
		a = a[1 : d+1]
	}
	return true
}

package series

import "math"

// Phases counts the values of a series by their phase in a season: those of a
// week's first value, of its second, and so on.
type Phases struct {
	Observed []int // values
	Demands  []int // values that are not zero
}

// CountPhases counts the values, NaN = missing, for a season of the given length;
// 1 or less is one phase. The first value has phase 0.
func CountPhases(values []float64, period int) Phases {
	period = max(1, period)
	p := Phases{Observed: make([]int, period), Demands: make([]int, period)}
	for i, v := range values {
		if math.IsNaN(v) {
			continue
		}
		p.Observed[i%period]++
		if v != 0 {
			p.Demands[i%period]++
		}
	}
	return p
}

const (
	// closedShare is how often a closed phase may sell all the same, of what the
	// others do: stock is taken, or a fair is on, one Sunday in twenty.
	closedShare = 1. / 20

	// closedChance is how probable the zeros of a closed phase may be by chance.
	closedChance = .01
)

// Closed says which phases the series is closed at. Compared with how often it
// sells at the phases at which it ever does, it sells there one time in twenty at
// most, and so many zeros would be no chance. At least one phase is open.
func (p Phases) Closed() []bool {
	closed := make([]bool, len(p.Observed))
	observed, demands := 0, 0
	for i, n := range p.Demands {
		if n > 0 {
			observed += p.Observed[i]
			demands += n
		}
	}
	if demands == 0 {
		return closed
	}
	often := float64(demands+1) / float64(observed+2) // by Laplace's rule: a week that sells daily is no proof
	for i, n := range p.Observed {
		n := float64(n)
		closed[i] = n > 0 && float64(p.Demands[i]) <= closedShare*often*n && math.Pow(1-often, n) < closedChance
	}
	return closed
}

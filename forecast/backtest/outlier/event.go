package outlier

import (
	"math"
	"slices"
)

const (
	// leastEven is how many events tell by their distances that they recur, and uneven
	// by what share of the distance that is in the middle one may differ: three have
	// even distances by chance too often.
	leastEven = 4
	uneven    = .15

	// astray is by what share of a longer season an event comes early or late: the
	// fourth Thursday of November does so by a week.
	astray = .02
)

// history is what events happen in.
type history struct {
	values []float64
	period int
	longer []int
}

// mistakes returns those of some events, oldest first, that are no demand.
func (h history) mistakes(events [][]Outlier) [][]Outlier {
	if evenly(events) {
		return nil
	}
	far := make(map[int]bool)
	for _, event := range events {
		for _, o := range event {
			far[o.Index] = true
		}
	}
	var mistakes [][]Outlier
	for _, event := range events {
		if len(event) <= h.period && h.isOver(event, far) && !h.recurs(event, events) {
			mistakes = append(mistakes, event)
		}
	}
	return mistakes
}

// evenly reports whether events of like size come at even distances.
func evenly(events [][]Outlier) bool {
	if len(events) < leastEven {
		return false
	}
	distances := make([]float64, len(events)-1)
	for i := range distances {
		distances[i] = float64(events[i+1][0].Index - events[i][0].Index)
	}
	slices.Sort(distances)
	middle := distances[len(distances)/2]
	for _, event := range events {
		if !alike(event, events[0]) {
			return false
		}
	}
	return middle-distances[0] <= uneven*middle && distances[len(distances)-1]-middle <= uneven*middle
}

// isOver reports whether values are after an event where they were before it, but for
// less than half of its distance. Of a single value at either end nothing else is known.
func (h history) isOver(event []Outlier, far map[int]bool) bool {
	before := h.level(event[0].Index, -1, far)
	after := h.level(event[len(event)-1].Index, 1, far)
	if math.IsNaN(before) || math.IsNaN(after) {
		return len(event) == 1
	}
	least := math.Inf(1)
	for _, o := range event {
		least = min(least, o.distance())
	}
	return math.Abs(after-before) < least/2
}

// level returns the median of the values of two seasons from an index on in one
// direction, without far ones; NaN if there is none.
func (h history) level(from, step int, far map[int]bool) float64 {
	var near []float64
	for i := from + step; i >= 0 && i < len(h.values) && len(near) < 2*h.period; i += step {
		if !far[i] && !math.IsNaN(h.values[i]) {
			near = append(near, h.values[i])
		}
	}
	if len(near) == 0 {
		return math.NaN()
	}
	slices.Sort(near)
	return near[len(near)/2]
}

// alike reports whether two events are of like size, as what recurs is.
func alike(a, b []Outlier) bool {
	x, y := a[0].distance(), b[0].distance()
	return x <= farther*y && y <= farther*x
}

// recurs reports whether another event of like size is a longer season away.
func (h history) recurs(event []Outlier, events [][]Outlier) bool {
	for _, other := range events {
		distance := math.Abs(float64(other[0].Index - event[0].Index))
		for _, season := range h.longer {
			if alike(event, other) && math.Abs(distance-float64(season)) <= max(1, astray*float64(season)) {
				return true
			}
		}
	}
	return false
}

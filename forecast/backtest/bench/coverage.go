package bench

import (
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast/accuracy"
)

// AheadCoverage is what share of the actuals so many observations ahead lay within the
// intervals: those of the first and of the last may be far from that of all.
type AheadCoverage struct {
	Ahead  int
	Rows   int
	Levels []LevelCoverage
}

// LevelCoverage is the share within the interval of a level in percent.
type LevelCoverage struct {
	Level    int
	Coverage float64
}

// aheads counts by how many observations ahead.
type aheads struct {
	rows []int
	hits [][]int // by level
}

func newAheads(horizon, levels int) *aheads {
	a := &aheads{rows: make([]int, horizon), hits: make([][]int, levels)}
	for k := range a.hits {
		a.hits[k] = make([]int, horizon)
	}
	return a
}

// add counts an actual h+1 observations ahead.
func (a *aheads) add(h int, y float64, bounds []accuracy.Bounds) {
	if len(bounds) == 0 || math.IsNaN(y) {
		return
	}
	a.rows[h]++
	for k, b := range bounds {
		if b.Lower <= y && y <= b.Upper {
			a.hits[k][h]++
		}
	}
}

// told returns the coverage of the first observation, of each that ends a season, and of
// the last.
func (a *aheads) told(levels []int, period int) []AheadCoverage {
	var told []AheadCoverage
	for h, rows := range a.rows {
		ends := period > 1 && (h+1)%period == 0
		if rows == 0 || h > 0 && h < len(a.rows)-1 && !ends {
			continue
		}
		one := AheadCoverage{Ahead: h + 1, Rows: rows}
		for k, level := range levels {
			one.Levels = append(one.Levels, LevelCoverage{Level: level, Coverage: float64(a.hits[k][h]) / float64(rows)})
		}
		told = append(told, one)
	}
	return slices.Clip(told)
}

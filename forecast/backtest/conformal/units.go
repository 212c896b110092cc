package conformal

import (
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast/accuracy"
	"github.com/daybatch/daybatch/forecast/series"
)

// Extent is how far a series ranges, by which its bands become intervals.
type Extent struct {
	Class  series.Class
	Values int     // of its axis
	Scale  float64 // from season to season
	Level  float64
	Steps  float64 // from value to value, of a series without two seasons
}

// ExtentOf returns the extent of a series of which these are the values without
// outliers.
func ExtentOf(class series.Class, usual []float64, period int) Extent {
	e := Extent{Class: class, Values: len(usual), Scale: accuracy.SeasonalScale(usual, period), Level: level(usual)}
	if e.Values <= period {
		e.Steps = accuracy.SeasonalScale(usual, 1)
	}
	return e
}

// level returns the mean absolute value, the sum of which may be no number.
func level(values []float64) float64 {
	var mean, n float64
	for _, v := range values {
		if !math.IsNaN(v) {
			n++
			mean += (math.Abs(v) - mean) / n
		}
	}
	return mean
}

// leastLevel is how many values a series must have for its level to be known better than
// by its size: what sold yesterday for the first time may sell once a year.
const leastLevel = 3

// Units returns the unit of each series' bands in a panel, and what is to be said about
// it. One without a scale of its own gets its level times what a unit of level has
// as scale in the panel, or its level if that is of a value or two; one without demand
// has no width. If nothing in the panel
// has a scale, one that is too short for any has its steps from value to value, or its
// level: that it does not vary is not known. One that is long enough and never
// varies has no width.
func Units(panel []Extent, period int) (units []float64, warnings []string) {
	units, warnings = make([]float64, len(panel)), make([]string, len(panel))
	var ratios []float64
	for _, e := range panel {
		if e.Scale > 0 && e.Level > 0 {
			ratios = append(ratios, e.Scale/e.Level)
		}
	}
	typical := 0.0
	if len(ratios) > 0 {
		slices.Sort(ratios)
		typical = ratios[len(ratios)/2]
	}
	for i, e := range panel {
		switch {
		case e.Class == series.ClassAllZero, e.Class == series.ClassDead, e.Class == series.ClassNoData:
		case e.Scale > 0:
			units[i] = e.Scale
		case typical > 0 && e.Values < leastLevel:
			units[i] = max(e.Level, min(typical*e.Level, math.MaxFloat64))
			warnings[i] = "has hardly a value to tell its level by: its interval is as wide as if by its own size"
		case typical > 0:
			units[i] = min(typical*e.Level, math.MaxFloat64)
		case e.Values <= period:
			units[i], warnings[i] = e.unitOfShort()
		}
	}
	return units, warnings
}

// unitOfShort returns the unit of a series that has no two values a season apart.
func (e Extent) unitOfShort() (unit float64, warning string) {
	if e.Steps > 0 {
		return e.Steps, "has less than a season, as all of the panel: its interval goes by its steps from day to day"
	}
	return e.Level, "is too short, as all of the panel, to tell how far it varies: its interval is as wide as if by its own size"
}

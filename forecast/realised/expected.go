package realised

import (
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

const (
	// leastDates is of how many dates errors of a backtest must be known.
	leastDates = 14
	// severalWeekdays is from how many weekdays of origins on what was forecast so many
	// days ahead is known of dates that follow one another.
	severalWeekdays = 4
	// usualGrowth and its deviation are what is thought of how errors grow with the
	// logarithm of the days ahead before any is seen: they stay as they are where
	// nothing drifts, and grow with the square root where all is a random walk, which
	// lie a deviation to either side.
	usualGrowth, growthDeviation = 0.25, 0.25
	// weekdayDeviation is by how much, as a logarithm, weekdays are thought to differ: some
	// are closed, and some have all the orders.
	weekdayDeviation = 1.0
	// steadiest is the least dispersion in units of a cell's errors: some always is.
	steadiest = 1e-9
	// bandShare is the share of tables within a Band if nothing has changed.
	bandShare = 0.9
)

// expectation is how large errors may be expected to be by what a backtest's were.
//
// The origins of a backtest lie whole weeks apart, so that what it says of h days ahead
// it says of one weekday, whereas published forecasts of h days ahead are for all of
// them. So the share of the actuals that errors come to is a log-linear model of the
// weekday and of the days ahead (quasi-likelihood: McCullagh & Nelder, Generalized
// Linear Models, 1989, chapter 9), with as much thought of both beforehand as keeps
// them apart where a short horizon does not.
type expectation struct {
	origins, horizon int
	params           *mat.VecDense
	covariance       *mat.SymDense // of the parameters
	// dispersion is the variance of errors over what they are expected to be, where
	// these follow one another: days of a week come and go together, and so do the series
	// of a day.
	dispersion float64
	// repeated is how many times as much the parameters vary because several origins
	// forecast the same dates.
	repeated float64
	freedom  float64 // degrees of it
}

// The parameters are a level, a deviation from it by weekday, and the growth: one fewer
// are estimated.
const paramGrowth, params, estimated = 8, 9, 8

// cell is what all series erred on a day.
type cell struct {
	run              int // of cells that follow one another as published ones do
	ahead            int
	target           calendar.Date
	absolute, actual float64
}

// expect returns what the errors of a backtest let expect of dates from one on; nil if
// they are too few. Those of earlier dates alone speak, if they are enough: what has
// become worse must not be what it is held against.
func expect(errors []forecast.OriginErrors, from calendar.Date) *expectation {
	all := cells(errors)
	earlier := slices.DeleteFunc(slices.Clone(all), func(c cell) bool { return c.target >= from })
	if datesOf(earlier) >= leastDates {
		all = earlier
	}
	if datesOf(all) < leastDates {
		return nil
	}
	x := &expectation{}
	origins := make(map[calendar.Date]bool)
	for _, c := range all {
		origins[c.target-calendar.Date(c.ahead)] = true
		x.horizon = max(x.horizon, c.ahead)
	}
	x.origins = len(origins)
	if !x.fit(all) {
		return nil
	}
	return x
}

// cells are the days of which something is known. What is published so many days ahead
// is of date after date: so are the cells of the origins of a week, where there are
// several. From a single one they are of the days of a week ahead.
func cells(errors []forecast.OriginErrors) []cell {
	weekdays := make(map[time.Weekday]bool)
	var newest calendar.Date
	for _, e := range errors {
		weekdays[e.Origin.Weekday()] = true
		newest = max(newest, e.Origin)
	}
	runs := make(map[[2]int]int)
	var all []cell
	for _, e := range errors {
		for i, actual := range e.Actual {
			if !(actual > 0) || i >= len(e.Absolute) {
				continue
			}
			key := [2]int{int(e.Origin), i / daysOfWeek}
			if len(weekdays) >= severalWeekdays {
				key = [2]int{int(newest-e.Origin) / daysOfWeek, i}
			}
			if _, ok := runs[key]; !ok {
				runs[key] = len(runs)
			}
			all = append(all, cell{run: runs[key], ahead: i + 1, target: e.Origin + calendar.Date(i+1), absolute: e.Absolute[i], actual: actual})
		}
	}
	return all
}

const daysOfWeek = 7

func datesOf(all []cell) int {
	seen := make(map[calendar.Date]bool)
	for _, c := range all {
		seen[c.target] = true
	}
	return len(seen)
}

// regressors are those of a date so many days ahead.
func regressors(ahead int, target calendar.Date) *mat.VecDense {
	row := mat.NewVecDense(params, nil)
	row.SetVec(0, 1)
	row.SetVec(1+int(target.Weekday()), 1)
	row.SetVec(paramGrowth, math.Log(float64(ahead)))
	return row
}

// share is the expected error as a share of the actual.
func (x *expectation) share(row mat.Vector) float64 { return math.Exp(mat.Dot(row, x.params)) }

// fit estimates the model, and reports whether it could. The dispersion says how much
// the errors weigh against what was thought before, so that both are found in turns.
func (x *expectation) fit(all []cell) bool {
	absolute, actual, growth := 0.0, 0.0, 0.0
	rows := make([]*mat.VecDense, len(all))
	for i, c := range all {
		absolute, actual = absolute+c.absolute, actual+c.actual
		growth += usualGrowth * math.Log(float64(c.ahead)) / float64(len(all))
		rows[i] = regressors(c.ahead, c.target)
	}
	if !(absolute > 0) || math.IsInf(absolute, 0) || math.IsInf(actual, 0) {
		return false
	}
	x.params = mat.NewVecDense(params, nil)
	x.params.SetVec(0, math.Log(absolute/actual)-growth)
	x.params.SetVec(paramGrowth, usualGrowth)
	least := steadiest * absolute / float64(len(all))
	x.dispersion, x.repeated = absolute/float64(len(all)), 1
	const rounds, near = 25, 1e-6
	for range rounds {
		moved, ok := x.step(all, rows)
		if !ok {
			return false
		}
		before := x.dispersion
		x.disperse(all, rows, least)
		if moved < near && math.Abs(x.dispersion-before) <= near*before {
			break
		}
	}
	return true
}

// step is one of Newton's method, from the information that the cells and what was
// thought before have. It returns how far that moved the parameters, false if nowhere.
func (x *expectation) step(all []cell, rows []*mat.VecDense) (float64, bool) {
	information, score := mat.NewSymDense(params, nil), mat.NewVecDense(params, nil)
	dispersion := x.dispersion * x.repeated
	for i, c := range all {
		expected := x.share(rows[i]) * c.actual
		information.SymRankOne(information, expected/dispersion, rows[i])
		score.AddScaledVec(score, (c.absolute-expected)/dispersion, rows[i])
	}
	for k := 1; k < params; k++ {
		before, deviation := 0.0, weekdayDeviation
		if k == paramGrowth {
			before, deviation = usualGrowth, growthDeviation
		}
		precision := 1 / (deviation * deviation)
		information.SetSym(k, k, information.At(k, k)+precision)
		score.SetVec(k, score.AtVec(k)-precision*(x.params.AtVec(k)-before))
	}
	var root mat.Cholesky
	if !root.Factorize(information) {
		return 0, false
	}
	var move mat.VecDense
	x.covariance = mat.NewSymDense(params, nil)
	if root.SolveVecTo(&move, score) != nil || root.InverseTo(x.covariance) != nil {
		return 0, false
	}
	x.params.AddVec(x.params, &move)
	moved := mat.Norm(&move, 1)
	return moved, !math.IsNaN(moved)
}

// disperse estimates how much errors vary around the model: those of single days, and how
// many times as much if days that follow one another, or forecasts of the same date, come
// and go together. The degrees of freedom are as many fewer.
func (x *expectation) disperse(all []cell, rows []*mat.VecDense, least float64) {
	n := float64(len(all))
	single := x.around(all, rows, func(i int) int { return i }) * n / (n - estimated)
	together := max(1, x.around(all, rows, func(i int) int { return all[i].run })/max(least, single))
	x.dispersion = max(least, single*together)
	x.repeated = max(1, x.around(all, rows, func(i int) int { return int(all[i].target) })/max(least, single))
	x.freedom = max(1, (float64(datesOf(all))-estimated)/together)
}

// around is the dispersion of the errors of sets of cells around the model.
func (x *expectation) around(all []cell, rows []*mat.VecDense, set func(i int) int) float64 {
	type sums struct{ missed, expected float64 }
	var sets []sums
	place := make(map[int]int)
	for i, c := range all {
		at, ok := place[set(i)]
		if !ok {
			at = len(sets)
			place[set(i)], sets = at, append(sets, sums{})
		}
		expected := x.share(rows[i]) * c.actual
		sets[at].missed += c.absolute - expected
		sets[at].expected += expected
	}
	dispersion := 0.0
	for _, one := range sets {
		dispersion += one.missed * one.missed / one.expected / float64(len(sets))
	}
	return dispersion
}

// verdict is what is expected of some target dates so many days ahead.
type verdict struct {
	share    float64 // of the actuals that the errors may come to
	variance float64 // of the errors over those expected, if nothing has changed
	ratio    float64 // of the errors to those expected
	usual    float64 // the ratio without the worst date
	chance   float64 // of such a ratio or a higher one, if nothing has changed
}

// judge holds the errors of some target dates against what is expected. Both vary: the
// errors, of which those of as many neighbouring dates as there are days ahead have much
// in common, and what is expected of them.
func (x *expectation) judge(ahead int, targets []daily) (verdict, bool) {
	var absolute, actual, expected float64
	var worst struct{ absolute, expected float64 }
	slope := mat.NewVecDense(params, nil)
	for _, day := range targets {
		row := regressors(ahead, day.target)
		size := x.share(row) * day.actual
		absolute, actual, expected = absolute+day.absolute, actual+day.actual, expected+size
		slope.AddScaledVec(slope, size, row)
		if day.absolute-size > worst.absolute-worst.expected {
			worst.absolute, worst.expected = day.absolute, size
		}
	}
	if !(expected > 0) || math.IsInf(expected, 0) || ahead > x.horizon {
		return verdict{}, false
	}
	slope.ScaleVec(1/expected, slope)
	together := 1 + float64(min(ahead, len(targets))-1)/daysOfWeek
	v := verdict{share: expected / actual, ratio: absolute / expected, usual: (absolute - worst.absolute) / max(expected-worst.expected, math.SmallestNonzeroFloat64)}
	v.variance = x.dispersion/expected*together + mat.Inner(slope, x.covariance, slope)
	if !(v.variance >= 0) || math.IsInf(v.variance, 0) || math.IsInf(v.ratio, 0) {
		return verdict{}, false // actuals that are next to nothing
	}
	v.chance = x.student().Survival(math.Log(v.ratio) / math.Sqrt(v.variance))
	return v, true
}

func (x *expectation) student() distuv.StudentsT {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: x.freedom}
}

// band is where the error may be expected; nil if that says nothing.
func (x *expectation) band(v verdict) *forecast.Band {
	reach := math.Exp(x.student().Quantile((1+bandShare)/2) * math.Sqrt(v.variance))
	if math.IsInf(v.share*reach, 0) || math.IsNaN(v.share*reach) {
		return nil
	}
	return &forecast.Band{Low: v.share / reach, Median: v.share, High: v.share * reach, Origins: x.origins}
}

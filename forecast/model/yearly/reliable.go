package yearly

import "math"

// parts is how many parts of four weeks a year has.
const parts = 13

// part is what a part of a year has of the logarithms of demand without the weekdays:
// the mean, and the variance of the mean by the days' own noise.
type part struct{ mean, noise float64 }

// reliability returns which share of the curve of a year is a season, from 0 to 1: a
// level that walks at random has a curve as well, but another one each year.
//
// Changes from one part of the year to the next are those of the season, which come
// again a year later, of the level, and of the days' noise. The covariance with a year
// before is the season's variance, and what that and the noise leave is the level's:
// the noise is the penalty's business. Of season and level the season is a share r in
// one year, and of the mean of k years k r / (1 + (k-1) r) (Spearman, and Brown,
// British J. Psychology 3, 1910). The parts are the newest first, NaN where there are
// too few days.
func reliability(history []part) float64 {
	var season, all, noise float64
	for k := 0; k+parts+1 < len(history); k++ {
		a, b := history[k], history[k+1]
		c, d := history[k+parts], history[k+parts+1]
		newer, older := a.mean-b.mean, c.mean-d.mean
		if math.IsNaN(newer + older) {
			continue
		}
		season += newer * older
		all += (newer*newer + older*older) / 2
		noise += (a.noise + b.noise + c.noise + d.noise) / 2
	}
	if !(season > 0) {
		return 0
	}
	share := season / max(season, all-noise)
	years := float64(len(history)) / parts
	return years * share / (1 + (years-1)*share)
}

// shrinking returns the penalty that leaves a share of the coefficients of waves, whose
// mean square is 1/2, over count days.
func shrinking(share, count float64) float64 {
	return count / 2 * (1 - share) / max(share, leastSeason)
}

// leastSeason keeps the penalty of a year that is no season finite.
const leastSeason = 1e-6

// parts returns those of the history, from the weighted logarithms without their
// weekdays, NaN where less than half of a part has a value.
func (r *ridge) parts(days []day, logs, weights []float64) []part {
	const length = yearDays / parts
	type sums struct{ count, weight, value, square float64 }
	found := make([]sums, int(float64(r.n)/length))
	for i := range days {
		k := int(float64(r.n-1-days[i].index) / length)
		if k >= len(found) {
			continue // what is left over at the beginning
		}
		s, v := &found[k], logs[i]-r.phases[days[i].phase]
		s.count++
		s.weight += weights[i]
		s.value += weights[i] * v
		s.square += weights[i] * v * v
	}
	all := make([]part, len(found))
	for k, s := range found {
		mean := s.value / s.weight
		all[k] = part{mean: mean, noise: max(0, s.square/s.weight-mean*mean) / s.count}
		if s.count < length/2 {
			all[k].mean = math.NaN()
		}
	}
	return all
}

// Package weekday has methods for daily series that are too short or too
// sparse for a seasonal model: a level, times a profile of the week.
//
// A short series has the profile of its panel, for each weekday the median over the
// series. A sparse one has its own, the mean of each weekday over the mean of all,
// shrunk to a flat one as if five flat weeks had been seen besides. A weekday at
// which a series is closed has no part in its level: its zeros are in the profile,
// and would count twice. Smoothing parameters are the best of a few by the squared
// one-step errors.
package weekday

import (
	"math"
	"slices"
	"time"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
)

const days = 7

// priorWeeks is the weight of the prior when a series' own profile is shrunk,
// in weeks.
const priorWeeks = 5

// leastWeeks is how many weeks a series must span to count for its panel's
// profile.
const leastWeeks = 2

// closedFactor is the share of an ordinary day up to which a weekday counts as
// closed: what is a twentieth of a day's demand says nothing of the level, and its
// noise would enter it twenty times over.
const closedFactor = 1. / 20

// Profile is the share of each weekday in the week: factors by
// [time.Weekday] with mean 1.
type Profile [days]float64

// Flat returns the profile of a week without pattern.
func Flat() Profile {
	var p Profile
	for i := range p {
		p[i] = 1
	}
	return p
}

// Pool returns the profile of a panel: for each weekday the median over the
// series. Series without two weeks or without demand don't count; if none
// counts, the profile is flat.
func Pool(panel []series.Series) Profile {
	var factors [days][]float64
	for _, s := range panel {
		w, ok := ratios(s.Values, s.Start)
		if !ok || len(s.Values) < leastWeeks*days {
			continue
		}
		for i, n := range w.weeks {
			if n > 0 {
				factors[i] = append(factors[i], w.ratio[i])
			}
		}
	}
	p := Flat()
	for i, values := range factors {
		if len(values) > 0 {
			slices.Sort(values)
			p[i] = (values[(len(values)-1)/2] + values[len(values)/2]) / 2
		}
	}
	return p.normal()
}

// Own returns the profile of one series, shrunk to a prior with a weight of
// five weeks. A weekday at which the series is closed is regular, and not shrunk.
func Own(values []float64, start calendar.Date, prior Profile) Profile {
	w, ok := ratios(values, start)
	if !ok {
		return prior
	}
	closed := closedOn(values, start)
	for i := range prior {
		if closed[i] {
			prior[i] = 0
		}
	}
	p := prior.normal()
	for i, n := range w.weeks {
		if weight := float64(n); !closed[i] {
			p[i] = (weight*w.ratio[i] + priorWeeks*p[i]) / (weight + priorWeeks)
		}
	}
	return p.normal()
}

// Of returns the profile as it applies to a series: a weekday at which the series is
// closed has no demand, and one at which it sells though the profile says closed
// counts as an average one.
func (p Profile) Of(values []float64, start calendar.Date) Profile {
	p = p.normal()
	average, open := 0., 0.
	for i := range p {
		if p.isOpen(time.Weekday(i)) {
			average += p[i]
			open++
		}
	}
	for i, v := range values {
		if day := (start + calendar.Date(i)).Weekday(); v != 0 && !math.IsNaN(v) && !p.isOpen(day) {
			p[day] = average / open
		}
	}
	for i, closed := range closedOn(values, start) {
		if closed {
			p[i] = 0
		}
	}
	return p.normal()
}

// closedOn says by weekday whether a series is closed.
func closedOn(values []float64, start calendar.Date) (closed [days]bool) {
	for i, c := range series.CountPhases(values, days).Closed() {
		closed[(start + calendar.Date(i)).Weekday()] = c
	}
	return closed
}

// isOpen reports whether a weekday tells of the level.
func (p Profile) isOpen(day time.Weekday) bool { return p[day] > closedFactor }

// normal returns p scaled to a mean of 1, without negative factors; a profile
// without a positive one is flat.
func (p Profile) normal() Profile {
	var sum float64
	for i := range p {
		p[i] = max(p[i], 0)
		sum += p[i]
	}
	if sum == 0 {
		return Flat()
	}
	for i := range p {
		p[i] *= days / sum
	}
	return p
}

// week is what a series says about its week.
type week struct {
	ratio [days]float64 // mean of the weekday over the overall mean
	weeks [days]int     // values of the weekday
}

// ratios returns the week of a series, unless it has no demand on the whole.
func ratios(values []float64, start calendar.Date) (w week, ok bool) {
	var sums [days]float64
	var sum float64
	n := 0
	for i, v := range values {
		if math.IsNaN(v) {
			continue
		}
		at := (start + calendar.Date(i)).Weekday()
		sums[at] += v
		w.weeks[at]++
		sum += v
		n++
	}
	if mean := sum / float64(n); n > 0 && mean > 0 && !math.IsInf(mean, 0) {
		for i := range sums {
			if w.weeks[i] > 0 {
				w.ratio[i] = sums[i] / float64(w.weeks[i]) / mean
			}
		}
		return w, true
	}
	return week{}, false
}

// next returns the weekday after day.
func next(day time.Weekday) time.Weekday { return (day + 1) % days }

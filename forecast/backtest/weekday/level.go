package weekday

import (
	"fmt"
	"math"
	"time"

	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/model"
)

// NewSES returns the method "weekday_ses": simple exponential smoothing of the values
// over the panel's profile (Brown, Statistical Forecasting for Inventory Control, 1959),
// times that profile. Of less than two weeks of values the
// level is the mean of the newest one, of less than three values the newest. It needs one observation.
func NewSES(panel Profile) model.Model { return ses{panel: panel} }

type ses struct{ panel Profile }

func (ses) Name() string { return "weekday_ses" }

func (m ses) Fit(y []float64, c model.Context) (model.Fitted, error) {
	values, start, err := history(y, c)
	if err != nil {
		return nil, fmt.Errorf("fit weekday_ses: %w", err)
	}
	profile := Flat()
	if weekly(c) {
		profile = m.panel.Of(values, start)
	}
	p := profiled{profile: profile, day: start}
	best, ok := bestSES(p.observations(values), enough(c))
	if !ok {
		return nil, fmt.Errorf("fit weekday_ses: %w: their squares are too large for a number", model.ErrUnsuitable)
	}
	p.day += calendar.Date(len(values))
	return &fitted{profiled: p, state: &best}, nil
}

// leastMean is how many values make a mean.
const leastMean = 3

// enough is how many values have enough errors to choose a smoothing parameter by. Those
// of less than two weeks may be the week itself, where the panel says nothing of it: the
// level would follow the weekday.
func enough(c model.Context) int {
	if weekly(c) {
		return 2 * days
	}
	return days
}

// bestSES returns the smoothed level of observations. The smoothing parameter is
// chosen by the errors, if there are enough values: the level of fewer is the mean of
// the newest week, and of one or two values the newest. The level starts at the mean of
// the first week, as the first value alone would weigh more than all that follow.
func bestSES(all []observation, enough int) (best sesState, ok bool) {
	var levels []float64
	for _, o := range all {
		if !math.IsNaN(o.level) {
			levels = append(levels, o.level)
		}
	}
	switch n := len(levels); {
	case n == 0:
		return sesState{}, true
	case n < leastMean:
		return sesState{alpha: 1, mean: blend(0, levels[n-1], 1), started: true}, true
	case n < enough:
		newest := levels[max(0, n-days):]
		return sesState{alpha: 1 / float64(len(newest)), mean: meanOf(newest), started: true}, true
	}
	start, bestError := meanOf(levels[:days]), math.Inf(1)
	for _, alpha := range [...]float64{.05, .1, .2, .3, .5, .7, .9} {
		state := sesState{alpha: alpha, mean: start, started: true}
		if e := squares(&state, all); e < bestError {
			best, bestError = state, e
		}
	}
	return best, !math.IsInf(bestError, 1)
}

// meanOf returns the mean of values, whose sum may be no number; infinite ones count
// as the largest.
func meanOf(values []float64) float64 {
	mean := 0.0
	for i, v := range values {
		mean = blend(mean, v, 1/float64(i+1))
	}
	return mean
}

// NewTSB returns the method "tsb" for intermittent demand: the probability and
// the size of a demand, each smoothed (Teunter, Syntetos & Babai, European J.
// Operational Research 214, 2011), times the profile of the week. Closed days
// are regular zeros and no chance: the profile carries them. The profile is the
// series' own, shrunk to a flat one.
//
// A return, which is negative, is a demand of its size, so that the forecast is the
// net demand; but at most of the usual size, because one order that is taken back
// says nothing of the others. The method needs more demand than returns.
func NewTSB() model.Model { return tsb{} }

// NewTSBSmoothed returns the method "tsb" with fixed smoothing parameters, alpha of
// the size and beta of the probability; with 0 the method chooses.
func NewTSBSmoothed(alpha, beta float64) model.Model { return tsb{alpha: alpha, beta: beta} }

type tsb struct{ alpha, beta float64 } // 0: to be chosen

func (tsb) Name() string { return "tsb" }

func (m tsb) Fit(y []float64, c model.Context) (model.Fitted, error) {
	values, start, err := history(y, c)
	if err != nil {
		return nil, fmt.Errorf("fit tsb: %w", err)
	}
	profile := Flat()
	if weekly(c) {
		profile = Own(values, start, Flat())
	}
	p := profiled{profile: profile, day: start}
	all := p.observations(values)
	initial, ok := demand(all)
	if !ok {
		return nil, fmt.Errorf("fit tsb: %w: no more demand than returns", model.ErrUnsuitable)
	}
	alphas, betas := []float64{.02, .05, .1, .2}, []float64{.01, .02, .05, .1, .2}
	if m.alpha != 0 {
		alphas = []float64{m.alpha}
	}
	if m.beta != 0 {
		betas = []float64{m.beta}
	}
	best, bestError := initial, math.Inf(1)
	for _, alpha := range alphas {
		for _, beta := range betas {
			state := initial
			state.alpha, state.beta = alpha, beta
			if e := squares(&state, all); e < bestError {
				best, bestError = state, e
			}
		}
	}
	if math.IsInf(bestError, 1) {
		return nil, fmt.Errorf("fit tsb: %w: their squares are too large for a number", model.ErrUnsuitable)
	}
	p.day += calendar.Date(len(values))
	return &fitted{profiled: p, state: &best}, nil
}

// state is a level that moves with the observations.
type state interface {
	level() float64
	update(v float64)
	description() model.Description
}

// profiled divides values by a profile.
type profiled struct {
	profile Profile
	day     calendar.Date // of the next value
}

// observation is a value with the factor of its weekday.
type observation struct {
	value, factor float64
	level         float64 // that it tells of, NaN if the weekday is closed
}

// observations returns the values that are not missing.
func (p profiled) observations(values []float64) []observation {
	all := make([]observation, 0, len(values))
	day := p.day.Weekday()
	for _, v := range values {
		if !math.IsNaN(v) {
			all = append(all, observation{value: v, factor: p.profile[day], level: p.levelOf(v, day)})
		}
		day = next(day)
	}
	return all
}

// levelOf returns the level that a value of a weekday tells of, NaN if none.
func (p profiled) levelOf(v float64, day time.Weekday) float64 {
	if !p.profile.isOpen(day) {
		return math.NaN()
	}
	return v / p.profile[day]
}

// squares runs s over the observations and returns the sum of squared one-step
// errors in the unit of the data.
func squares(s state, all []observation) float64 {
	var sum float64
	for i := range all {
		o := &all[i]
		if i > 0 {
			e := o.value - s.level()*o.factor
			sum += e * e
		}
		if !math.IsNaN(o.level) {
			s.update(o.level)
		}
	}
	if math.IsNaN(sum) || math.IsInf(s.level(), 0) {
		return math.Inf(1)
	}
	return sum
}

// demand returns the state that starts at the means of size and probability,
// never at the first interval: that can be arbitrarily far off.
func demand(all []observation) (start tsbState, ok bool) {
	var sold, sales, n float64
	var returned []float64
	for _, o := range all {
		switch v := o.level; {
		case math.IsNaN(v):
			continue
		case v > 0:
			sold += v
			sales++
		case v < 0:
			returned = append(returned, v)
		}
		n++
	}
	size := sold
	for _, v := range returned {
		size += max(v, -sold/sales)
	}
	if !(size > 0) || math.IsInf(size, 0) {
		return tsbState{}, false
	}
	demands := sales + float64(len(returned))
	return tsbState{size: size / demands, probability: demands / n}, true
}

// fitted is a level times a profile.
type fitted struct {
	profiled
	state state
}

func (f *fitted) Predict(h int) []float64 {
	out := make([]float64, max(0, h))
	day := f.day.Weekday()
	level := f.state.level()
	for i := range out {
		out[i] = max(-math.MaxFloat64, min(level*f.profile[day], math.MaxFloat64))
		day = next(day)
	}
	return out
}

func (f *fitted) Append(y []float64) {
	for _, v := range y {
		if level := f.levelOf(v, f.day.Weekday()); usable(v) && !math.IsNaN(level) {
			f.state.update(level)
		}
		f.day++
	}
}

func (f *fitted) Description() model.Description { return f.state.description() }

// sesState is a smoothed mean; the first value is its start.
type sesState struct {
	alpha, mean float64
	started     bool
}

func (s *sesState) level() float64 { return s.mean }

func (s *sesState) update(v float64) {
	if !s.started {
		s.mean, s.started = blend(v, v, 1), true
		return
	}
	s.mean = blend(s.mean, v, s.alpha)
}

func (s *sesState) description() model.Description {
	return model.Description{Form: "SES x weekday", Parameters: map[string]float64{"alpha": s.alpha, "level": s.mean}}
}

// tsbState is a smoothed size of demands and a smoothed probability of one.
type tsbState struct{ alpha, beta, size, probability float64 }

func (s *tsbState) level() float64 { return s.size * s.probability }

func (s *tsbState) update(v float64) {
	if v == 0 {
		s.probability -= s.beta * s.probability
		return
	}
	s.probability += s.beta * (1 - s.probability)
	if v < 0 { // a return, at most of the usual size
		s.size = max(0, blend(s.size, max(v, -s.size), s.alpha))
		return
	}
	s.size = blend(s.size, v, s.alpha)
}

func (s *tsbState) description() model.Description {
	return model.Description{Form: "TSB x weekday", Parameters: map[string]float64{
		"alpha": s.alpha, "beta": s.beta, "size": s.size, "probability": s.probability,
	}}
}

// blend moves old towards v by a share. The difference of two values may not be
// representable, so none is taken; an infinite v counts as the largest number.
func blend(old, v, share float64) float64 {
	v = max(-math.MaxFloat64, min(v, math.MaxFloat64))
	return float64((1-share)*old) + float64(share*v)
}

// history returns y from its first observation, with infinite values as
// missing ones, and the date of its first value.
func history(y []float64, c model.Context) (values []float64, start calendar.Date, err error) {
	first := 0
	for first < len(y) && !usable(y[first]) {
		first++
	}
	if first == len(y) {
		return nil, 0, fmt.Errorf("%w: no observation", model.ErrTooShort)
	}
	values = make([]float64, len(y)-first)
	for i, v := range y[first:] {
		values[i] = v
		if !usable(v) {
			values[i] = math.NaN()
		}
	}
	return values, c.Start + calendar.Date(first), nil
}

// weekly reports whether weekdays mean something in a series.
func weekly(c model.Context) bool { return c.Period == days && !c.Start.IsZero() }

func usable(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// Package mstl decomposes a series by loess into one or several seasons and the
// rest, forecasts the rest by a method without season, and repeats the last
// cycle of each season (Cleveland, Cleveland, McRae & Terpenning, J. Official
// Statistics 6, 1990; for several seasons Bandara, Hyndman & Bergmeir 2021).
package mstl

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/ar"
	"github.com/daybatch/daybatch/forecast/model/ets"
	"github.com/daybatch/daybatch/forecast/model/internal/decompose"
	"github.com/daybatch/daybatch/forecast/model/internal/sample"
)

// Model is the decomposition with a method for the rest. It is made by [New] or
// [NewWith].
type Model struct {
	rest model.Model
	logs bool // where they suit better
}

// New returns the method "mstl" with automatic exponential smoothing of the
// rest.
func New() Model { return Model{rest: ets.New()} }

// NewAR returns the method with autoregression for the rest, "mstl_ar", which suits
// hourly data: what the seasons of day and week leave of one hour says much about
// the next ones. It decomposes logarithms where those are likelier.
func NewAR() Model { return Model{rest: ar.New(), logs: true} }

// NewWith returns the method with another for the rest. ARIMA suits hourly data,
// whose rest is correlated over hours and days.
func NewWith(rest model.Model) Model { return Model{rest: rest} }

// Name returns "mstl", with the name of the method for the rest behind it
// unless that is ETS: "mstl_arima".
func (m Model) Name() string {
	if name := m.rest.Name(); name != "ets" {
		return "mstl_" + name
	}
	return "mstl"
}

// Fit decomposes y by the context's Period and its Longer ones. Missing values
// (NaN; infinite ones count as missing) are interpolated relative to the means
// of the first season; appended later they leave the season as it is. A period
// of which y has at most two is left out, with a warning. The errors wrap [model.ErrUnsuitable]
// if there is no period, [model.ErrTooShort] if all are too long, and those of
// the method for the rest.
func (m Model) Fit(y []float64, c model.Context) (model.Fitted, error) {
	s := sample.Of(y)
	if s.Observed == 0 {
		return nil, fmt.Errorf("fit mstl: %w: no observation", model.ErrTooShort)
	}
	periods := append([]int{c.Period}, c.Longer...)
	slices.Sort(periods)
	periods = slices.Compact(slices.DeleteFunc(periods, func(p int) bool { return p < 2 }))
	scale := s.Scale()
	values, warnings := make([]float64, len(s.Values)), []string(nil)
	for t, v := range s.Values {
		values[t] = v / scale
	}
	filled, missing := decompose.Fill(values, max(c.Period, 1))
	if missing > s.Observed {
		warnings = append(warnings, fmt.Sprintf("%d of %d values are missing", missing, len(y)))
	}
	seasons, rest := decompose.MSTL(filled, periods)
	logs := false
	if m.logs && leastLevel(filled) {
		inLogs := logarithms(filled)
		if s, r := decompose.MSTL(inLogs, periods); likelier(r, rest, inLogs) {
			logs, seasons, rest = true, s, r
		}
	}
	switch {
	case len(periods) == 0:
		return nil, fmt.Errorf("fit mstl: %w: it needs a season", model.ErrUnsuitable)
	case len(seasons) == 0:
		return nil, fmt.Errorf("fit mstl: %w: it needs more than two seasons of %d, have %d values", model.ErrTooShort, periods[0], len(s.Values))
	}
	for _, m := range periods[len(seasons):] {
		warnings = append(warnings, fmt.Sprintf("season of %d is left out: it needs more than %d values, have %d", m, 2*m, len(s.Values)))
	}
	c.Period, c.Longer, c.Memo = 1, nil, nil // other values
	under, err := m.rest.Fit(rest, c)
	if err != nil {
		return nil, fmt.Errorf("fit mstl: %w", err)
	}
	f := &fitted{rest: under, scale: scale, logs: logs, periods: periods[:len(seasons)], warnings: warnings}
	for i, season := range seasons {
		f.cycles = append(f.cycles, slices.Clone(season[len(season)-periods[i]:]))
	}
	return f, nil
}

// leastShare of the median is what all values must reach for their logarithms to be
// decomposed: below it is next to nothing, whose logarithm may be anything.
const leastShare = 0.01

// leastLevel tells whether values are far enough above zero for logarithms.
func leastLevel(values []float64) bool {
	sorted := slices.Sorted(slices.Values(values))
	return len(sorted) > 0 && sorted[0] > 0 && sorted[0] >= leastShare*sorted[len(sorted)/2]
}

func logarithms(values []float64) []float64 {
	out := make([]float64, len(values))
	for t, v := range values {
		out[t] = math.Log(v)
	}
	return out
}

// likelier tells whether logarithms with what was left of them are likelier than the
// values with theirs, if the rests walk at random: the likelihood of Box & Cox (J.
// Royal Statistical Society B 26, 1964) for their powers 0 and 1.
func likelier(restOfLogs, rest, logs []float64) bool {
	n := float64(len(rest) - 1)
	return n*math.Log(steps(restOfLogs))+2*sum(logs[1:]) < n*math.Log(steps(rest))
}

func sum(values []float64) float64 {
	total := 0.0
	for _, v := range values {
		total += v
	}
	return total
}

// steps is the sum of the squared differences of neighbours.
func steps(values []float64) float64 {
	total := 0.0
	for t := 1; t < len(values); t++ {
		d := values[t] - values[t-1]
		total += d * d
	}
	return total
}

// fitted is a decomposed series.
type fitted struct {
	rest     model.Fitted
	logs     bool // the rest and the cycles are of logarithms
	scale    float64
	periods  []int
	cycles   [][]float64 // the last of each season, the next value's first
	at       int         // values appended
	warnings []string
}

// mostVariance is the most that the logarithms' errors count for: that of errors of 70 %,
// which the noise of values has that are known to be far above zero.
const mostVariance = .5

// Predict adds the seasons to the forecasts of the rest. Of logarithms it returns the
// mean, not the median, if the rest knows its variance: normal errors of a logarithm
// with variance V raise the mean by exp(V/2) (Granger & Newbold, J. Royal Statistical
// Society B 38, 1976).
func (f *fitted) Predict(h int) []float64 {
	out := f.rest.Predict(max(h, 0))
	var variance []float64
	if u, ok := f.rest.(model.Uncertain); ok && f.logs {
		variance = u.Variance(h)
	}
	for i, v := range out {
		v += f.season(i)
		if f.logs {
			v = math.Exp(v)
		}
		if variance != nil {
			v *= math.Exp(min(variance[i], mostVariance) / 2)
		}
		out[i] = sample.Clamp(v * f.scale)
	}
	return out
}

// season is the sum of the seasons some periods after the next one.
func (f *fitted) season(ahead int) float64 {
	sum := 0.0
	for _, cycle := range f.cycles {
		sum += cycle[(f.at+ahead)%len(cycle)]
	}
	return sum
}

// Append moves the method for the rest on; the seasons are kept.
func (f *fitted) Append(y []float64) {
	under, ok := f.rest.(model.Appender)
	for _, v := range y {
		if ok {
			v /= f.scale
			if f.logs {
				v = math.Log(v) // of no demand none: it counts as missing
			}
			under.Append([]float64{v - f.season(0)})
		}
		f.at++
	}
}

// Description returns the form, such as "MSTL(24,168)+ETS(A,Ad,N)", with "log+"
// before it if it is that of logarithms, and the
// parameters of the method for the rest.
func (f *fitted) Description() model.Description {
	d := f.rest.Description()
	periods := make([]string, len(f.periods))
	for i, p := range f.periods {
		periods[i] = strconv.Itoa(p)
	}
	d.Form = fmt.Sprintf("MSTL(%s)+%s", strings.Join(periods, ","), d.Form)
	if f.logs {
		d.Form = "log+" + d.Form
	}
	d.Warnings = append(slices.Clone(f.warnings), d.Warnings...)
	return d
}

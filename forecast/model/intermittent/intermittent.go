// Package intermittent has methods for demand with many zeros: they tell apart
// how large a demand is and how often there is one.
//
//   - "croston": size and interval, each smoothed when there is a demand
//     (Croston, Operational Research Quarterly 23, 1972).
//   - "sba": the same, times 1 - alpha/2, because the ratio of both is biased
//     (Syntetos & Boylan, IJF 21, 2005, equation 12).
//   - "tsb_plain": size, and the probability of a demand, which is smoothed in
//     every period and so decays when demand has ended (Teunter, Syntetos &
//     Babai, European J. Operational Research 214, 2011, section 3). The method
//     "tsb" of package weekday has a profile of the week besides.
//   - "adida": the demand is summed over blocks as long as the mean interval,
//     the sums are smoothed, and the forecast is spread evenly over the block
//     (Nikolopoulos, Syntetos, Boylan, Petropoulos & Assimakopoulos, J.
//     Operational Research Society 62, 2011, section 3).
//   - "imapa": the mean of that over blocks of every length up to the mean interval
//     (Petropoulos & Kourentzes, J. Operational Research Society 66, 2015).
//
// The first three start at means over the history, never at the first demand and
// its interval, which can be arbitrarily far off. A missing value is no period at
// all: neither a demand nor a period without one. A return, which is negative, is a
// demand of its size, so that the forecast is the net demand; but at most of the
// usual size, because one order that is taken back says nothing of the others.
//
// The forecast is the mean demand per period, the same for all periods. The
// same input gives the same bits on the same architecture; processors that fuse
// a product with a sum may round differently from those that do not.
package intermittent

import (
	"cmp"
	"fmt"
	"math"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/internal/sample"
)

// kind is one of the methods.
type kind int

const (
	croston kind = iota
	sba
	tsb
	adida
	imapa
)

// Model is a method for intermittent demand. The zero value is Croston's.
type Model struct {
	kind        kind
	alpha, beta float64 // 0: the method's own choice
}

// NewCroston returns Croston's method, "croston".
func NewCroston() Model { return Model{kind: croston} }

// NewSBA returns the Syntetos-Boylan approximation, "sba".
func NewSBA() Model { return Model{kind: sba} }

// NewTSB returns the method of Teunter, Syntetos & Babai without a profile of
// the week, "tsb_plain".
func NewTSB() Model { return Model{kind: tsb} }

// NewADIDA returns aggregation and disaggregation, "adida".
func NewADIDA() Model { return Model{kind: adida} }

// NewIMAPA returns aggregation over blocks of several lengths, "imapa".
func NewIMAPA() Model { return Model{kind: imapa} }

// Smoothed returns the method with fixed smoothing parameters, each above 0 and at
// most 1: alpha of the size of a demand, or of the sums of ADIDA's blocks, and beta
// of TSB's probability, which the others don't have. With 0 the method chooses.
func (m Model) Smoothed(alpha, beta float64) Model {
	m.alpha, m.beta = alpha, beta
	return m
}

// Name returns the name of the method.
func (m Model) Name() string {
	return [...]string{"croston", "sba", "tsb_plain", "adida", "imapa"}[m.kind]
}

// level is a mean demand per period that moves with the observations.
type level interface {
	// mean is the forecast of any period to come.
	mean() float64
	// take moves on by one observation.
	take(v float64)
	description() model.Description
}

// Fit estimates the method on y. Missing values (NaN; infinite ones count as
// missing) are left out. The error wraps [model.ErrTooShort] if nothing was
// observed, and [model.ErrUnsuitable] if there is no more demand than returns.
// The Fitted is an [model.Appender]: missing values are left out there too.
func (m Model) Fit(y []float64, _ model.Context) (model.Fitted, error) {
	s := sample.Of(y)
	if s.Observed == 0 {
		return nil, fmt.Errorf("fit %s: %w: no observation", m.Name(), model.ErrTooShort)
	}
	f := &fitted{scale: s.Scale()}
	observed := s.Values[:0]
	for _, v := range s.Values {
		if !math.IsNaN(v) {
			observed = append(observed, v/f.scale)
		}
	}
	f.usual = usual(observed)
	for i, v := range observed {
		observed[i] = max(v, -f.usual)
	}
	if size, _ := moments(observed); size <= 0 {
		return nil, fmt.Errorf("fit %s: %w: no more demand than returns", m.Name(), model.ErrUnsuitable)
	}
	switch m.kind {
	case tsb:
		f.level = fitTSB(observed, m.alpha, m.beta)
	case adida:
		f.level = fitADIDA(observed, m.alpha)
	case imapa:
		f.level = fitIMAPA(observed, m.alpha)
	case sba:
		alpha := cmp.Or(m.alpha, crostonAlpha)
		f.level = fitCroston(observed, alpha, 1-alpha/2)
	default:
		f.level = fitCroston(observed, cmp.Or(m.alpha, crostonAlpha), 1)
	}
	return f, nil
}

// fitted is a level in the unit of the data.
type fitted struct {
	level level
	scale float64
	usual float64 // size of a demand, over the scale
}

// Predict returns the mean demand h times.
func (f *fitted) Predict(h int) []float64 {
	out := make([]float64, max(0, h))
	mean := sample.Clamp(max(0, f.level.mean()) * f.scale)
	for i := range out {
		out[i] = mean
	}
	return out
}

// tooLarge is where sums of scaled values could overflow.
const tooLarge = 1e300

// Append takes in newer observations with the smoothing parameters kept.
func (f *fitted) Append(y []float64) {
	for _, v := range y {
		if v /= f.scale; math.Abs(v) <= tooLarge {
			f.level.take(max(v, -f.usual))
		}
	}
}

// Description names the method with its smoothing parameters.
func (f *fitted) Description() model.Description { return f.level.description() }

// usual returns the mean of the positive values, 0 without any.
func usual(y []float64) (size float64) {
	demands := 0.0
	for _, v := range y {
		if v > 0 {
			demands++
			size += (v - size) / demands
		}
	}
	return size
}

// moments returns the mean size of a demand and the share of periods with one.
func moments(y []float64) (size, share float64) {
	demands := 0.0
	for _, v := range y {
		if v != 0 {
			demands++
			size += (v - size) / demands
		}
	}
	return size, demands / float64(len(y))
}

package ces

import (
	"fmt"
	"slices"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/internal/sample"
)

// fitted is a form with its parameters and the states after the last value.
type fitted struct {
	form          form
	parameters    parameters
	filter        filter
	states        states
	at            int     // values taken in, modulo the season
	seen          int     // values taken in
	scale         float64 // the states are in this unit
	logLikelihood float64
	aicc          float64
	warnings      []string

	model  Model
	optima optima // of all forms
}

// constant is the fit of a series whose values are all the same.
func constant(v float64) *fitted {
	return &fitted{scale: 1, states: states{level: pair{value: v}, season: make([]pair, 1)}, warnings: []string{"all values are equal"}}
}

// Predict returns the point forecasts of the next h periods.
func (f *fitted) Predict(h int) []float64 {
	out := f.path(max(h, 0))
	for i, v := range out {
		out[i] = sample.Clamp(v * f.scale)
	}
	return out
}

// path returns forecasts in units of the scale. Farther ahead than the history is
// long the states stay as they are: what runs on there grows by powers, and that it
// does has been seen for no longer than that.
func (f *fitted) path(h int) []float64 {
	out := make([]float64, h)
	level, season := f.states.level, slices.Clone(f.states.season)
	for i := range out {
		phase := (f.at + i) % len(season)
		out[i] = level.value + season[phase].value
		if i >= f.seen {
			continue
		}
		level = f.filter.level.next(level, 0)
		season[phase] = f.filter.season.next(season[phase], 0)
	}
	return out
}

// Append moves the states on with the parameters kept. A missing value is taken
// as its forecast, and so is one that would take the states out of the finite
// numbers.
func (f *fitted) Append(y []float64) {
	for _, v := range y {
		season := f.states.season[f.at]
		d := v/f.scale - f.states.level.value - season.value
		if !sample.IsFinite(d) || d > tooLarge || d < -tooLarge {
			d = 0
		}
		f.states.level = f.filter.level.next(f.states.level, d)
		f.states.season[f.at] = f.filter.season.next(season, d)
		f.at = (f.at + 1) % len(f.states.season)
		f.seen++
	}
}

// Refit estimates the model on y, with searches that begin at the parameters of
// each form.
func (f *fitted) Refit(y []float64, c model.Context) (model.Fitted, error) {
	return f.model.fit(y, c, f.optima)
}

// tooLarge is where sums of scaled errors could overflow.
const tooLarge = 1e300

// Description returns the form, such as "CES(P)", its smoothing parameters and
// its AICc.
func (f *fitted) Description() model.Description {
	names := [...]string{"alpha_0", "alpha_1", "beta_0", "beta_1"}
	parameters := make(map[string]float64)
	for i := range f.form.size() {
		parameters[names[i]] = f.parameters[i]
	}
	return model.Description{Form: fmt.Sprintf("CES(%s)", f.form), Parameters: parameters, Criterion: f.aicc, Warnings: f.warnings}
}

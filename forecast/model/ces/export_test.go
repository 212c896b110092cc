package ces

import (
	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/internal/sample"
)

// LogLikelihood is that of an estimation, up to a constant of the series.
func LogLikelihood(f model.Fitted) float64 { return f.(*fitted).logLikelihood }

// Objective returns the sum of squared errors of a form by its parameters.
func Objective(y []float64, m int, letter string) func(x [4]float64) float64 {
	form, _ := NewForm(letter)
	st := newStudy(sample.Of(y), m)
	st.search.seed = st.seed(form.form)
	return func(x [4]float64) float64 { return st.search.evaluate(form.form, x, st.search.trial) }
}

// Optimum returns the parameters that the search finds.
func Optimum(y []float64, m int, letter string) [4]float64 {
	form, _ := NewForm(letter)
	st := newStudy(sample.Of(y), m)
	x, _ := st.search.minimise(form.form, st.seed(form.form), 0)
	return x
}

// Seed returns the states before the first pass in the unit of y: level and
// potential, then those of the phases.
func Seed(y []float64, m int, letter string) (level [2]float64, season [][2]float64) {
	form, _ := NewForm(letter)
	st := newStudy(sample.Of(y), m)
	s := st.seed(form.form)
	for _, p := range s.season {
		season = append(season, [2]float64{p.value * st.scale, p.potential * st.scale})
	}
	return [2]float64{s.level.value * st.scale, s.level.potential * st.scale}, season
}

var (
	_ model.Appender = (*fitted)(nil)
	_ model.Refitter = (*fitted)(nil)
)

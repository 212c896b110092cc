package arima

import (
	"fmt"
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/model/internal/sample"
)

// Fitted is an estimated order with the filter's state at the end of the
// series. It is an appender, so it is not safe for concurrent use.
type Fitted struct {
	*history
	order         Order
	process       process
	filter        *filter
	beta          float64 // of the regressor
	variance      float64 // of the innovations, in units of the scale
	at            int     // index of the next period
	aicc          float64
	relative      float64 // aicc in units of the scale; +Inf if there are too few values
	logLikelihood float64
	clear         bool // no root is near the unit circle
	warnings      []string
}

func newFitted(g *gapped, x []float64) *Fitted {
	f := &Fitted{
		history: g.history, order: g.order, process: g.process, filter: g.filter,
		beta: g.beta, at: len(g.y), warnings: g.warnings,
	}
	k := g.order.count()
	f.variance = g.sum / float64(max(1, g.count-k+1))
	likelihood := logLikelihood(g.count, g.sum, g.logdet)
	f.relative = aicc(likelihood, g.count, k)
	f.logLikelihood = likelihood - float64(g.count)*math.Log(g.scale)
	f.aicc = aicc(f.logLikelihood, g.count, k)
	if !sample.IsFinite(f.aicc) {
		f.aicc = 0
	}
	f.clear = len(x) == 0 || g.process.clear(g.order, g.m)
	if g.order.Constant {
		// The filter went over the series and the regressor side by side.
		for i, b := range f.filter.b {
			f.filter.a[i] -= float64(f.beta * b)
		}
	}
	return f
}

// Predict returns the point forecasts of the next h periods.
func (f *Fitted) Predict(h int) []float64 {
	out := f.path(max(h, 0))
	for i, v := range out {
		out[i] = sample.Clamp(v * f.scale)
	}
	return out
}

// path returns forecasts in units of the scale.
func (f *Fitted) path(h int) []float64 {
	out := make([]float64, h)
	state := slices.Clone(f.filter.a)
	for i := range out {
		out[i] = sample.Clamp(f.filter.value(state)) + float64(f.beta*f.level(f.at+i)) + f.season(f.at+i)
		f.filter.transition(state)
	}
	return out
}

// level is the regressor if the order has a constant, else 0.
func (f *Fitted) level(t int) float64 {
	if !f.order.Constant {
		return 0
	}
	return f.regressor(t)
}

// Variance returns the variances of the forecasts of the next h periods, given
// the parameters: those of the normal distributions around [Fitted.Predict].
func (f *Fitted) Variance(h int) []float64 {
	out := make([]float64, max(h, 0))
	ahead := f.filter.clone()
	for i := range out {
		out[i] = sample.Clamp(max(0, ahead.weigh()) * f.variance * f.scale * f.scale)
		ahead.propagate()
	}
	return out
}

// Append advances the states by y with the parameters kept. Missing values, and
// those that would take the states out of the finite numbers, leave them to
// evolve by themselves.
func (f *Fitted) Append(y []float64) {
	for _, v := range y {
		v = v/f.scale - f.season(f.at) - float64(f.beta*f.level(f.at))
		if !sample.IsFinite(v) || math.Abs(v) > tooLarge {
			v = math.NaN()
		}
		f.filter.step(v, 0)
		f.at++
	}
}

// tooLarge is where the states of scaled values could overflow.
const tooLarge = 1e150

// plausible tells whether the forecasts stay within reach of the history.
func (f *Fitted) plausible() bool {
	reach := plausibleRanges * (f.high - f.low)
	for i, v := range f.path(plausiblePeriods) {
		v -= f.season(f.at + i)
		if !(v >= f.low-reach && v <= f.high+reach) {
			return false
		}
	}
	return finite(f.filter.covariance)
}

// LogLikelihood returns the Gaussian log-likelihood of the differenced series.
func (f *Fitted) LogLikelihood() float64 { return f.logLikelihood }

// Description returns the form, its coefficients by R's names (ar1, ma1, sar1,
// sma1, mean or drift), the innovation variance and the AICc.
func (f *Fitted) Description() model.Description {
	parameters := map[string]float64{"sigma2": sample.Clamp(f.variance * f.scale * f.scale)}
	c := f.process.factors(f.order)
	put := func(name string, c []float64, sign float64) {
		for i, v := range c {
			parameters[fmt.Sprintf("%s%d", name, i+1)] = sign * v
		}
	}
	put("ar", c.ar, 1)
	put("ma", c.ma, -1)
	put("sar", c.sar, 1)
	put("sma", c.sma, -1)
	if f.order.Constant {
		name := "mean"
		if f.trending {
			name = "drift"
		}
		parameters[name] = sample.Clamp(f.beta * f.scale)
	}
	form := f.order.notation(f.m)
	if f.factors != nil {
		form += fmt.Sprintf(" + season of %d", len(f.factors))
	}
	return model.Description{Form: form, Parameters: parameters, Criterion: f.aicc, Warnings: f.warnings}
}

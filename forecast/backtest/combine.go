package backtest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/daybatch/daybatch/forecast/model"
)

// combine writes the combination of the members of candidate i to out. A member
// that failed does not count, unless all did. One for which the history is too
// short or which its values don't suit is left out without a warning: that is
// what such a member is for.
func (t *task) combine(v view, i int, out []float64) {
	c := t.candidates[i]
	var forms, failed, warnings []string
	var forecasts, variances [][]float64
	for _, name := range c.Members() {
		member := t.table.Model(name)
		if t.fitted[member] == nil {
			if !t.unsuited(name, v) {
				failed = append(failed, name)
			}
			continue
		}
		forms = append(forms, t.table.Fits[member].Form)
		for _, warning := range t.table.Fits[member].Warnings {
			warnings = append(warnings, name+": "+warning)
		}
		forecasts = append(forecasts, t.table.Forecast(v.index, member))
		if known := t.table.Variances[member]; known != nil {
			variances = append(variances, known)
		}
	}
	if len(forecasts) == 0 {
		t.fallBack(v, i, fmt.Errorf("all members failed: %s", strings.Join(c.Members(), ", ")))
		return
	}
	kind := "mean of "
	if len(forecasts) >= leastTrimmed {
		kind = "middle of "
	}
	values := make([]float64, len(forecasts))
	for day := range out {
		for k, forecast := range forecasts {
			values[k] = forecast[day]
		}
		out[day] = middleOf(values)
	}
	if len(failed) > 0 {
		warnings = append(warnings, "left out: "+strings.Join(failed, ", "))
	}
	t.table.Fits[i] = model.Description{Form: kind + strings.Join(forms, ", "), Warnings: warnings}
	t.table.Variances[i] = together(variances)
}

// together is the variance of a mean of forecasts whose errors come and go together: its
// deviation is the mean of theirs. Members that don't know theirs are taken to be alike.
func together(variances [][]float64) []float64 {
	if len(variances) == 0 {
		return nil
	}
	out := make([]float64, len(variances[0]))
	for h := range out {
		for _, v := range variances {
			out[h] += math.Sqrt(v[h]) / float64(len(variances))
		}
		out[h] *= out[h]
	}
	return out
}

// unsuited tells whether a method said at an origin that it is not for such a
// history.
func (t *task) unsuited(name string, v view) bool {
	for _, failure := range t.table.Failures {
		if failure.Model == name && failure.Origin == v.origin {
			return errors.Is(failure.Err, model.ErrTooShort) || errors.Is(failure.Err, model.ErrUnsuitable)
		}
	}
	return false
}

func meanOf(values []float64) float64 {
	mean := 0.0
	for k, v := range values {
		mean += (v - mean) / float64(k+1) // their sum may not be representable
	}
	return mean
}

// leastTrimmed is of how many forecasts the lowest and the highest are left out.
const leastTrimmed = 4

// middleOf returns the mean of the values, of four or more without the lowest and the
// highest, and sorts them. A member that runs away moves a plain mean as far as it likes
// (Jose & Winkler, IJF 24, 2008); of three, the mean forecast M3 better than the middle.
func middleOf(values []float64) float64 {
	if len(values) < leastTrimmed {
		return meanOf(values)
	}
	slices.Sort(values)
	return meanOf(values[1 : len(values)-1])
}

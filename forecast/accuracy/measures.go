package accuracy

import (
	"encoding/json"
	"fmt"
	"iter"
	"math"
)

// zerosLimit is the share of zero actuals above which sMAPE is not shown: each
// of them counts 200 whatever the forecast, unless that is exactly zero too.
const zerosLimit = .05

// Value is the value of a measure, or the reason that it has none.
type Value struct {
	Number float64
	OK     bool
	Reason string // why there is no value; empty if OK
}

// Measures are the accuracy of forecasts of one series or of a panel.
type Measures struct {
	// Rows counts the forecasts compared with an actual; Blocks the pairs of
	// series and origin that they come from.
	Rows, Blocks int
	// Series counts the series: 1 unless the measures come from a Pool.
	Series int
	// Unscaled counts the series that are left out of MASE, pinball and MSIS
	// because they have no scale.
	Unscaled int

	// WAPE is sum |y-f| / sum |y|.
	WAPE Value
	// MASE is the mean of |y-f| over the seasonal scale; of a panel the mean
	// over its series.
	MASE Value
	// RMSSE is the root of the mean of ((y-f)/s)^2, s being the step scale; of a
	// panel the mean over its series.
	RMSSE Value
	// SMAPE is the mean of 200|y-f|/(|y|+|f|), 0 to 200.
	SMAPE Value
	// Bias is sum (f-y) / sum |y|: positive if forecasts are too high.
	Bias Value
	// Pinball is the mean pinball loss over the bounds of all levels, scaled as
	// MASE.
	Pinball Value
	// MSIS is the mean scaled interval score of the highest level.
	MSIS Value
	// MAE and RMSE are the mean |y-f| and the root of the mean (y-f)^2, in the
	// unit of the data.
	MAE, RMSE Value
	// Levels are the measures of the intervals, ascending by level.
	Levels []LevelMeasures
}

// LevelMeasures are the measures of the intervals of one level.
type LevelMeasures struct {
	Level int // percent
	Rows  int
	// Coverage is the share of actuals inside the interval. [CoverageRange] says
	// how far chance alone takes it.
	Coverage Value
	// MSIS is the mean of the interval score over the seasonal scale; of a panel
	// the mean over its series.
	MSIS Value
}

// Skill returns 1 - measure/baseline: the part of the baseline's error that the
// forecast saves, negative if it adds to it. Both must come from the same rows.
func Skill(measure, baseline Value) Value {
	switch {
	case !measure.OK:
		return absent(measure.Reason)
	case !baseline.OK:
		return absent("the baseline has no value: " + baseline.Reason)
	case baseline.Number == 0:
		return absent("the baseline has no error")
	}
	return number(1 - measure.Number/baseline.Number)
}

// Measures returns the measures of the rows of s.
func (s *Sums) Measures() Measures {
	m := Measures{Rows: s.Rows, Blocks: s.Blocks, Series: 1}
	if s.Rows > 0 && s.ScaledRows == 0 {
		m.Unscaled = 1
	}
	m.WAPE = s.ratio(s.Absolute, s.Actual, noActual)
	m.Bias = s.ratio(s.Signed, s.Actual, noActual)
	m.SMAPE = s.symmetric()
	m.MAE = s.mean(s.Absolute, s.Rows, "")
	m.RMSE = root(s.mean(s.Squared, s.Rows, ""))
	m.MASE = s.mean(s.Scaled, s.ScaledRows, noSeasonal)
	m.RMSSE = root(s.mean(s.Stepped, s.SteppedRows, noStep))
	m.Pinball = s.pinball()
	m.MSIS = absent(noIntervals)
	for _, l := range s.Levels {
		level := LevelMeasures{
			Level:    l.Level,
			Rows:     l.Rows,
			Coverage: s.mean(float64(l.Hits), l.Rows, ""),
			MSIS:     s.mean(l.Score, l.ScaledRows, noSeasonal),
		}
		m.Levels = append(m.Levels, level)
		m.MSIS = level.MSIS
	}
	return m
}

// Reasons for a measure without a value.
const (
	noActual    = "all actuals are zero"
	noSeasonal  = "the history is no longer than a season, or repeats exactly"
	noStep      = "the history never changes"
	noIntervals = "no intervals"
	tooLarge    = "the sum is too large for a number"
)

// pinball returns the mean pinball loss over both bounds of all levels. The
// losses of the two bounds of an interval add up to a/2 of its score.
func (s *Sums) pinball() Value {
	if len(s.Levels) == 0 {
		return absent(noIntervals)
	}
	var sum float64
	for _, l := range s.Levels {
		mean := s.mean(l.Score, l.ScaledRows, noSeasonal)
		if !mean.OK {
			return mean
		}
		sum += tail(l.Level) / 4 * mean.Number
	}
	return number(sum / float64(len(s.Levels)))
}

func (s *Sums) symmetric() Value {
	if share := float64(s.Zeros) / float64(max(1, s.Rows)); share > zerosLimit {
		return absent(fmt.Sprintf("%.0f %% of the actuals are zero", 100*share))
	}
	return s.mean(s.Symmetric, s.Rows, "")
}

// mean returns sum/n, or why there is none; reason is for n = 0 although there
// are rows.
func (s *Sums) mean(sum float64, n int, reason string) Value {
	return s.ratio(sum, float64(n), reason)
}

func (s *Sums) ratio(sum, by float64, reason string) Value {
	switch {
	case s.Invalid > 0:
		return absent(fmt.Sprintf("%d rows are not finite numbers", s.Invalid))
	case s.Rows == 0:
		return absent("no actuals")
	case by == 0:
		return absent(reason)
	case math.Abs(sum) == math.MaxFloat64 || by == math.MaxFloat64:
		return absent(tooLarge)
	}
	return number(sum / by)
}

func root(v Value) Value {
	v.Number = math.Sqrt(v.Number)
	return v
}

// All yields the measures by name, in the order of their definition: wape, mase,
// rmsse, smape, bias, pinball, msis, mae, rmse, and coverage_80 for a level of
// 80 percent.
func (m Measures) All() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		for _, named := range []struct {
			name  string
			value Value
		}{
			{"wape", m.WAPE},
			{"mase", m.MASE},
			{"rmsse", m.RMSSE},
			{"smape", m.SMAPE},
			{"bias", m.Bias},
			{"pinball", m.Pinball},
			{"msis", m.MSIS},
			{"mae", m.MAE},
			{"rmse", m.RMSE},
		} {
			if !yield(named.name, named.value) {
				return
			}
		}
		for _, l := range m.Levels {
			if !yield(fmt.Sprintf("coverage_%d", l.Level), l.Coverage) {
				return
			}
		}
	}
}

// Values returns the measures that have a value, by the names of [Measures.All].
func (m Measures) Values() map[string]float64 {
	values := make(map[string]float64)
	for name, v := range m.All() {
		if v.OK {
			values[name] = v.Number
		}
	}
	return values
}

// Absent returns the reasons of the measures without a value, by the names of
// [Measures.All].
func (m Measures) Absent() map[string]string {
	reasons := make(map[string]string)
	for name, v := range m.All() {
		if !v.OK {
			reasons[name] = v.Reason
		}
	}
	return reasons
}

// MarshalJSON writes the counts, the values by name, and the reasons of the
// measures that are absent from the values.
func (m Measures) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Rows     int                `json:"rows"`
		Blocks   int                `json:"blocks"`
		Series   int                `json:"series"`
		Unscaled int                `json:"unscaled,omitzero"`
		Values   map[string]float64 `json:"values"`
		Absent   map[string]string  `json:"absent,omitempty"`
	}{m.Rows, m.Blocks, m.Series, m.Unscaled, m.Values(), m.Absent()})
}

// String returns the number with three decimals, a very large one by its power of ten,
// or "-".
func (v Value) String() string {
	const wide = 1e12
	if !v.OK {
		return "-"
	}
	if math.Abs(v.Number) >= wide {
		return fmt.Sprintf("%.4g", v.Number)
	}
	return fmt.Sprintf("%.3f", v.Number)
}

// number returns a value, unless v is beyond the range of numbers.
func number(v float64) Value {
	if !finite(v) {
		return absent(tooLarge)
	}
	return Value{Number: v, OK: true}
}

func absent(reason string) Value { return Value{Reason: reason} }

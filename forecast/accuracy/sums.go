package accuracy

import (
	"cmp"
	"math"
	"slices"
)

// Sums are the counts and sums of one series from which its measures follow.
// The zero Sums is ready to use. A copy shares the levels with its original, so
// only one of the two may go on.
type Sums struct {
	// Rows counts the forecasts compared with an actual.
	Rows int `json:"rows"`
	// Blocks counts the pairs of series and origin that the rows come from.
	Blocks int `json:"blocks"`
	// Missing counts the rows that were left out because the actual is NaN.
	Missing int `json:"missing,omitzero"`
	// Invalid counts the rows with an infinite actual, or a forecast or bound
	// that is not finite. A single one leaves all measures without a value.
	Invalid int `json:"invalid,omitzero"`
	// Zeros counts the actuals that are zero.
	Zeros int `json:"zeros,omitzero"`

	Actual    float64 `json:"abs_actual"` // sum of |y|
	Absolute  float64 `json:"abs_error"`  // sum of |y-f|
	Signed    float64 `json:"error"`      // sum of f-y
	Squared   float64 `json:"sq_error"`   // sum of (y-f)^2
	Symmetric float64 `json:"sym_error"`  // sum of 200|y-f|/(|y|+|f|)

	// Scaled sums |y-f| over the seasonal scale, in the rows that have one.
	Scaled     float64 `json:"scaled_error"`
	ScaledRows int     `json:"scaled_rows"`
	// Stepped sums ((y-f)/s)^2, s being the step scale, in the rows that have one.
	Stepped     float64 `json:"step_sq_error"`
	SteppedRows int     `json:"step_rows"`

	// Levels are the sums of the intervals, ascending by level.
	Levels []LevelSums `json:"levels,omitempty"`
}

// LevelSums are the counts and sums of the intervals of one level.
type LevelSums struct {
	Level int `json:"level"` // percent
	Rows  int `json:"rows"`
	Hits  int `json:"hits"` // rows with the actual inside or on a bound
	// Score sums the interval score over the seasonal scale, in the rows that
	// have one.
	Score      float64 `json:"scaled_score"`
	ScaledRows int     `json:"scaled_rows"`
}

// Bounds are a prediction interval for one row.
type Bounds struct {
	Level        int // percent, between 0 and 100
	Lower, Upper float64
}

// Block takes the rows of one series and one origin.
type Block struct {
	sums    *Sums
	scale   Scale
	counted bool
}

// Block returns a block of s whose errors have the given scale. It counts once
// it has a row.
func (s *Sums) Block(scale Scale) Block { return Block{sums: s, scale: scale} }

// Add compares a forecast and its intervals with the actual. A NaN actual is
// left out. Values of any size are fine: a sum beyond the range of float64
// leaves its measures without a value.
func (b *Block) Add(actual, forecast float64, bounds ...Bounds) {
	s := b.sums
	if math.IsNaN(actual) {
		s.Missing++
		return
	}
	if !finite(actual) || !finite(forecast) || !finiteBounds(bounds) {
		s.Invalid++
		return
	}
	if !b.counted {
		b.counted = true
		s.Blocks++
	}
	s.Rows++
	if actual == 0 {
		s.Zeros++
	}
	miss := math.Abs(actual - forecast)
	size := math.Abs(actual) + math.Abs(forecast)
	s.Actual = clamp(s.Actual + math.Abs(actual))
	s.Absolute = clamp(s.Absolute + miss)
	s.Signed = clamp(s.Signed + clamp(forecast-actual))
	s.Squared = clamp(s.Squared + miss*miss)
	if size > 0 {
		s.Symmetric += 200 * (clamp(miss) / clamp(size))
	}
	if b.scale.Seasonal > 0 {
		s.ScaledRows++
		s.Scaled = clamp(s.Scaled + miss/b.scale.Seasonal)
	}
	if b.scale.Step > 0 {
		s.SteppedRows++
		scaled := miss / b.scale.Step
		s.Stepped = clamp(s.Stepped + scaled*scaled)
	}
	for _, interval := range bounds {
		s.level(interval.Level).add(actual, interval, b.scale)
	}
}

func (l *LevelSums) add(actual float64, interval Bounds, scale Scale) {
	l.Rows++
	if interval.Lower <= actual && actual <= interval.Upper {
		l.Hits++
	}
	if scale.Seasonal > 0 {
		l.ScaledRows++
		l.Score = clamp(l.Score + score(actual, interval)/scale.Seasonal)
	}
}

// score is the interval score of Gneiting & Raftery, J. American Statistical
// Association 102 (2007), section 6.2: the width, and 2/a for each unit by which
// the actual misses it, a = 1 - level.
func score(actual float64, interval Bounds) float64 {
	width := interval.Upper - interval.Lower
	miss := max(0, interval.Lower-actual, actual-interval.Upper)
	return width + 2/tail(interval.Level)*miss
}

// tail returns the probability outside an interval of the given level.
func tail(level int) float64 { return float64(100-level) / 100 }

// level returns the sums of a level, which it adds if there are none yet.
func (s *Sums) level(level int) *LevelSums {
	i, found := slices.BinarySearchFunc(s.Levels, level, func(l LevelSums, level int) int {
		return cmp.Compare(l.Level, level)
	})
	if !found {
		s.Levels = slices.Insert(s.Levels, i, LevelSums{Level: level})
	}
	return &s.Levels[i]
}

// Merge adds the rows of other to s. It gives what adding all the rows to one
// Sums gives, up to rounding.
func (s *Sums) Merge(other *Sums) {
	s.Rows += other.Rows
	s.Blocks += other.Blocks
	s.Missing += other.Missing
	s.Invalid += other.Invalid
	s.Zeros += other.Zeros
	s.Actual = clamp(s.Actual + other.Actual)
	s.Absolute = clamp(s.Absolute + other.Absolute)
	s.Signed = clamp(s.Signed + other.Signed)
	s.Squared = clamp(s.Squared + other.Squared)
	s.Symmetric += other.Symmetric
	s.Scaled = clamp(s.Scaled + other.Scaled)
	s.ScaledRows += other.ScaledRows
	s.Stepped = clamp(s.Stepped + other.Stepped)
	s.SteppedRows += other.SteppedRows
	for _, theirs := range other.Levels {
		ours := s.level(theirs.Level)
		ours.Rows += theirs.Rows
		ours.Hits += theirs.Hits
		ours.Score = clamp(ours.Score + theirs.Score)
		ours.ScaledRows += theirs.ScaledRows
	}
}

// clamp keeps a sum finite, so that it can be stored; a sum at the limit counts
// as having no value.
func clamp(sum float64) float64 { return max(-math.MaxFloat64, min(sum, math.MaxFloat64)) }

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func finiteBounds(bounds []Bounds) bool {
	for _, b := range bounds {
		if !finite(b.Lower) || !finite(b.Upper) || b.Level <= 0 || b.Level >= 100 {
			return false
		}
	}
	return true
}

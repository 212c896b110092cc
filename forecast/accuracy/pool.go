package accuracy

import (
	"cmp"
	"math"
	"slices"
)

// Pool sums the series of a panel: rows for the measures that pool them, and
// per-series means for those that are averages over series. The zero Pool is
// ready to use; a copy shares the levels with its original.
type Pool struct {
	// Sums are those of all rows.
	Sums Sums `json:"sums"`
	// Series counts the series with a row, Unscaled those without a scale.
	Series   int `json:"series"`
	Unscaled int `json:"unscaled"`

	MASE    Mean        `json:"mase"`
	RMSSE   Mean        `json:"rmsse"`
	Pinball Mean        `json:"pinball"`
	MSIS    []LevelMean `json:"msis,omitempty"` // ascending by level
}

// Mean is the sum of a measure over the series that have it, and their number.
type Mean struct {
	Sum float64 `json:"sum"`
	N   int     `json:"n"`
}

// LevelMean is the Mean of the intervals of one level.
type LevelMean struct {
	Level int  `json:"level"` // percent
	Mean  Mean `json:"mean"`
}

// Add adds a series by its sums. A series without a row changes nothing but the
// counts of what was left out.
func (p *Pool) Add(s *Sums) {
	p.Sums.Merge(s)
	if s.Rows == 0 {
		return
	}
	m := s.Measures()
	p.Series++
	p.Unscaled += m.Unscaled
	p.MASE.add(m.MASE)
	p.RMSSE.add(m.RMSSE)
	p.Pinball.add(m.Pinball)
	for _, l := range m.Levels {
		p.level(l.Level).add(l.MSIS)
	}
}

// Merge adds the series of other to p. The two must have no series in common.
func (p *Pool) Merge(other *Pool) {
	p.Sums.Merge(&other.Sums)
	p.Series += other.Series
	p.Unscaled += other.Unscaled
	p.MASE.merge(other.MASE)
	p.RMSSE.merge(other.RMSSE)
	p.Pinball.merge(other.Pinball)
	for _, l := range other.MSIS {
		p.level(l.Level).merge(l.Mean)
	}
}

// Measures returns the measures of the panel.
func (p *Pool) Measures() Measures {
	m := p.Sums.Measures()
	m.Series, m.Unscaled = p.Series, p.Unscaled
	m.MASE = p.MASE.over(m.MASE)
	m.RMSSE = p.RMSSE.over(m.RMSSE)
	m.Pinball = p.Pinball.over(m.Pinball)
	for i := range m.Levels {
		level := &m.Levels[i]
		level.MSIS = p.level(level.Level).over(level.MSIS)
		m.MSIS = level.MSIS
	}
	return m
}

func (p *Pool) level(level int) *Mean {
	i, found := slices.BinarySearchFunc(p.MSIS, level, func(l LevelMean, level int) int {
		return cmp.Compare(l.Level, level)
	})
	if !found {
		p.MSIS = slices.Insert(p.MSIS, i, LevelMean{Level: level})
	}
	return &p.MSIS[i].Mean
}

func (m *Mean) add(v Value) {
	if v.OK {
		m.Sum = clamp(m.Sum + v.Number)
		m.N++
	}
}

func (m *Mean) merge(other Mean) {
	m.Sum = clamp(m.Sum + other.Sum)
	m.N += other.N
}

// over returns the mean over the series in place of the pooled value, which
// keeps its reason if it has no value.
func (m *Mean) over(pooled Value) Value {
	if !pooled.OK || m.N == 0 {
		return Value{Reason: pooled.Reason}
	}
	if m.Sum == math.MaxFloat64 {
		return absent(tooLarge)
	}
	return number(m.Sum / float64(m.N))
}

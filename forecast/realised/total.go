package realised

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/daybatch/daybatch/forecast/calendar"
)

const (
	week = 7
	// totalLevel is the level in percent of the interval of a week's total.
	totalLevel = 95
	// fewestTotals is from how many earlier weeks on, overlapping ones too, there is
	// an interval.
	fewestTotals = 8
	// fewestWeeks is how many weeks they have to make up.
	fewestWeeks = 3
	// leastMiss is the share of the forecast by which a total has to be missed to matter.
	leastMiss = 0.05
)

// total is that of the seven days after a date, as it was forecast for it and as it
// came.
type total struct {
	days           uint8 // that it has, a bit each
	forecast, came float64
}

func (t total) plus(row Row) total {
	t.days |= 1 << (row.Horizon() - 1)
	t.forecast += row.Mean
	t.came += row.Actual
	return t
}

// miss is by which share of the forecast more came; false if it can't be told.
func (t total) miss() (float64, bool) {
	share := t.came/t.forecast - 1
	return share, t.days == 1<<week-1 && t.forecast > 0 && !math.IsInf(share, 0) && !math.IsNaN(share)
}

// missed says that the total of the last seven target dates lies outside of the
// interval of what was forecast a week before, empty if it does not. The interval is
// made of how the totals of the weeks before were missed, never of the bounds of single
// series and days, whose errors cancel out. Those weeks overlap, so that they count as
// the weeks that they make up, as a sample of a normal distribution around 0 (Hahn &
// Meeker, Statistical Intervals, 1991, chapter 4).
func (t *Table) missed() string {
	newest := t.totals[t.Targets.To-week]
	share, known := newest.miss()
	if !known || math.Abs(share) < leastMiss {
		return ""
	}
	squares, n := 0.0, 0.0
	var first, last calendar.Date
	for date := t.Targets.From - 1; date <= t.Targets.To-2*week; date++ {
		before, known := t.totals[date].miss()
		if !known {
			continue
		}
		if n == 0 {
			first = date
		}
		last = date
		squares += before * before
		n++
	}
	weeks := math.Floor(float64(int(last-first)+week) / week)
	if n < fewestTotals || weeks < fewestWeeks {
		return ""
	}
	student := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: weeks}
	reach := student.Quantile((1+totalLevel/100.0)/2) * math.Sqrt(squares/n)
	if math.Abs(share) <= reach {
		return ""
	}
	return fmt.Sprintf("the total of the week up to %s is %s, a week before %s were forecast (%d %%: %s to %s)", t.Targets.To,
		amount(newest.came), amount(newest.forecast), totalLevel, amount(newest.forecast*max(0, 1-reach)), amount(newest.forecast*(1+reach)))
}

// amount is a total as text, with four digits where it has fewer.
func amount(v float64) string {
	if math.Abs(v) >= 1e3 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.4g", v)
}

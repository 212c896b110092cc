package step

import (
	"context"
	"math"

	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/backtest/conformal"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/series"
)

const (
	// shardRows is how many rows of a panel or a backtest are in memory at a time:
	// some seven hundred series of two years, enough to keep all processors busy.
	shardRows = 1 << 19

	// groupRows is from how many rows on a row group of an output ends, at the end
	// of a series. It does not depend on the shards, so that the bytes don't.
	groupRows = 1 << 18
)

// panel is the panel of a step, of which a shard is in memory at a time, and a
// note of each series. Its first reading makes the notes.
type panel struct {
	file   *lake.PanelFile
	date   calendar.Date
	period int
	rows   int // of a shard
	group  int // rows from which on a row group of an output ends

	usual func(series.Series) []float64 // the values without outliers

	only func(series.Key) bool // says which series this machine forecasts; nil: all

	notes []note
	own   int  // series that this machine forecasts
	whole bool // the notes are those of all series

	first int // position of the shard's first series
	shard []series.Series
}

// note is what is kept of a series that has been read.
type note struct {
	conformal.Extent

	last calendar.Date // of the newest value, the day before the series without any
}

// shards yields the panel part by part, in its order.
func (p *panel) shards(ctx context.Context) backtest.Shards {
	return func(yield func([]series.Series, error) bool) {
		p.first, p.shard = 0, nil
		for shard, err := range p.file.Shards(ctx, p.rows) {
			if err != nil {
				yield(nil, err)
				return
			}
			for i, s := range shard {
				// What came after the date is not known to anyone who forecasts from it.
				shard[i] = s.Until(p.date)
				if !p.whole {
					p.take(shard[i])
				}
			}
			p.first, p.shard = p.first+len(p.shard), shard
			if !yield(shard, nil) {
				return
			}
		}
		if !p.whole {
			p.findEnded()
		}
		p.whole = true
	}
}

// findEnded notes which series have ended, once all have been read.
func (p *panel) findEnded() {
	newest := calendar.Date(0)
	for _, n := range p.notes {
		newest = max(newest, n.last)
	}
	for i, n := range p.notes {
		p.notes[i].Class = classAfter(n.Class, n.last, newest)
	}
}

// classAfter returns the class of a series whose newest value is of a date, in a panel
// with values up to newest.
func classAfter(class series.Class, last, newest calendar.Date) series.Class {
	if class != series.ClassNoData && class != series.ClassAllZero && series.HasEnded(last, newest) {
		return series.ClassDead
	}
	return class
}

// take makes the note of the next series.
func (p *panel) take(s series.Series) {
	p.notes = append(p.notes, p.note(s))
	if p.only == nil || p.only(s.Key) {
		p.own++
	}
}

// at returns a series of the shard that is in memory, by its position in the
// panel.
func (p *panel) at(i int) series.Series { return p.shard[i-p.first] }

func (p *panel) note(s series.Series) note {
	n := note{Extent: conformal.ExtentOf(series.Classify(s, p.period), p.usual(s), p.period), last: s.End()}
	for n.last >= s.Start && math.IsNaN(s.Values[n.last-s.Start]) {
		n.last--
	}
	return n
}

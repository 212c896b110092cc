package backtest

import (
	"sync"
	"sync/atomic"

	"github.com/daybatch/daybatch/forecast/backtest/special"
	"github.com/daybatch/daybatch/forecast/backtest/weekday"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
)

// Run forecasts each series of a panel by its candidates; element i of the
// result is for series i, nil if Options.Only leaves it out. Values are only read. The only error is [ErrStopped]:
// a candidate that fails is a [Failure] of its table, and the forecast of a
// simpler method stands in for it. A panel that is too large for memory is for
// [Stream].
func Run(panel []series.Series, candidates func(i int) []Candidate, o Options) ([]*Table, error) {
	tables := make([]*Table, len(panel))
	whole := func(yield func([]series.Series, error) bool) { yield(panel, nil) }
	err := Stream(whole, func(i int, _ series.Series) []Candidate { return candidates(i) }, o, func(i int, t *Table) error {
		tables[i] = t
		return nil
	})
	if err != nil {
		return nil, err
	}
	return tables, nil
}

// groups returns what a panel says at each origin, by the series that speak for
// it.
func (o Options) groups(panel []series.Series) []Group {
	groups := make([]Group, len(o.Origins))
	quiet := o
	quiet.Progress, quiet.Stop = nil, nil
	_ = quiet.each(len(groups), func(k int) { // nothing stops it
		until := make([]series.Series, len(panel))
		observed := make([]special.Observed, len(panel))
		for i, s := range panel {
			until[i] = s.Until(o.Origins[k])
			days, usual := o.Days.For(s.Key), o.Usual(until[i])
			observed[i] = days.Observe(usual, s.Start)
			until[i].Values = days.Clean(usual, s.Start) // special days say nothing of their weekday
		}
		groups[k] = Group{Week: weekday.Pool(until), Special: special.Pool(observed)}
	})
	return groups
}

// group returns what the panel says at an origin. A short series may have an
// origin of its own: it takes what the panel said before, at the newest origin
// that is not later.
func (t *task) group(origin calendar.Date) Group {
	group := Group{Week: weekday.Flat()}
	for k, known := range t.Origins {
		if known <= origin {
			group = t.groups[k]
		}
	}
	return group
}

// each calls work for 0 to n-1 from several workers, each number once.
func (o Options) each(n int, work func(i int)) error {
	var (
		next    atomic.Int64
		stopped atomic.Bool
		mu      sync.Mutex
		done    int
		wait    sync.WaitGroup
	)
	loop := func() {
		for {
			i := int(next.Add(1)) - 1
			if i >= n || stopped.Load() {
				return
			}
			if o.Stop != nil && o.Stop() {
				stopped.Store(true)
				return
			}
			work(i)
			mu.Lock()
			done++
			if o.Progress != nil {
				o.Progress(done)
			}
			mu.Unlock()
		}
	}
	for range max(1, min(o.Workers, n)) {
		wait.Go(loop)
	}
	wait.Wait()
	if stopped.Load() {
		return ErrStopped
	}
	return nil
}

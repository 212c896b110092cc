package backtest

import (
	"cmp"
	"hash/fnv"
	"io"
	"iter"
	"slices"

	"github.com/daybatch/daybatch/forecast/series"
)

// pooled is how many series speak for a panel. A median of so many is within 2 %
// of a standard deviation of the median of all, and they fit in memory whatever
// the panel.
const pooled = 4096

// Shards yields the series of a panel part by part, a part as large as the
// memory should hold at a time. It is read twice and must yield the same series
// in the same order. The series are not used any more once the next part is
// asked for.
type Shards = iter.Seq2[[]series.Series, error]

// Stream forecasts a panel as [Run] does and holds only a shard of it: emit gets
// the table of each series, with the series' position in the panel, in the
// panel's order. The tables are the same, bit for bit, however the panel is cut
// and however many workers there are.
//
// It ends with [ErrStopped], or with the first error of the shards or of emit.
func Stream(shards Shards, candidates func(i int, s series.Series) []Candidate, o Options, emit func(i int, t *Table) error) error {
	sample, err := draw(shards, o.Stop)
	if err != nil {
		return err
	}
	groups := o.groups(sample)
	first, done := 0, 0 // series before the shard, and how many of them were forecast
	for shard, err := range shards {
		if err != nil {
			return err
		}
		tables := make([]*Table, len(shard))
		own := o.own(shard)
		err := o.after(done).each(len(own), func(k int) {
			i := own[k]
			t := task{Options: o, series: shard[i], candidates: candidates(first+i, shard[i]), groups: groups}
			tables[i] = t.run()
		})
		if err != nil {
			return err
		}
		for i, table := range tables {
			if table == nil {
				continue
			}
			if err := emit(first+i, table); err != nil {
				return err
			}
		}
		first, done = first+len(shard), done+len(own)
	}
	return nil
}

// own returns the positions in a shard of the series that are forecast.
func (o Options) own(shard []series.Series) []int {
	own := make([]int, 0, len(shard))
	for i, s := range shard {
		if o.Only == nil || o.Only(s.Key) {
			own = append(own, i)
		}
	}
	return own
}

// after returns o with a progress that goes on from the series that are done.
func (o Options) after(done int) Options {
	if report := o.Progress; report != nil {
		o.Progress = func(more int) { report(done + more) }
	}
	return o
}

// draw reads a panel and returns the series that speak for it, in their order:
// all, or of more than pooled those with the lowest hashes of their keys (bottom-k
// sampling; Cohen & Kaplan, PODC 2007). Which these are depends on the keys and
// on nothing else.
func draw(shards Shards, stop func() bool) ([]series.Series, error) {
	var drawn lot
	for shard, err := range shards {
		if err != nil {
			return nil, err
		}
		for _, s := range shard {
			drawn.add(s)
		}
		if stop != nil && stop() {
			return nil, ErrStopped
		}
	}
	drawn.cut()
	slices.SortFunc(drawn.tickets, func(a, b ticket) int { return cmp.Compare(a.position, b.position) })
	sample := make([]series.Series, len(drawn.tickets))
	for i, t := range drawn.tickets {
		sample[i] = t.series
	}
	return sample, nil
}

// lot keeps the series with the lowest hashes, and up to as many again that are
// yet to be compared.
type lot struct {
	tickets []ticket
	seen    int
	full    bool
	limit   uint64 // no hash above it is among the lowest, where full
}

type ticket struct {
	hash     uint64
	position int
	series   series.Series
}

func (l *lot) add(s series.Series) {
	t := ticket{hash: hashOf(s.Key), position: l.seen, series: s}
	l.seen++
	if l.full && t.hash > l.limit {
		return
	}
	t.series.Values = slices.Clone(s.Values)
	l.tickets = append(l.tickets, t)
	if len(l.tickets) == 2*pooled {
		l.cut()
	}
}

func (l *lot) cut() {
	if len(l.tickets) <= pooled {
		return
	}
	slices.SortFunc(l.tickets, func(a, b ticket) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.position, b.position))
	})
	clear(l.tickets[pooled:])
	l.tickets = l.tickets[:pooled]
	l.full, l.limit = true, l.tickets[pooled-1].hash
}

// hashOf spreads keys evenly, also those that differ in their last letters only:
// FNV-1a, then the finaliser of SplitMix64 (Steele, Lea & Flood, OOPSLA 2014).
func hashOf(key series.Key) uint64 {
	h := fnv.New64a()
	_, _ = io.WriteString(h, string(key)) // a hash takes all
	z := h.Sum64()
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

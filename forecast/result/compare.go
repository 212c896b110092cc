package result

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/lake"
	"github.com/daybatch/daybatch/forecast/series"
)

// mostChanges is how many series a comparison lists.
const mostChanges = 100

// Generation finds the generation that an identity names among those of a date; an
// empty one names the current.
func Generation(generations []forecast.Partition, id string) (forecast.Partition, error) {
	i := slices.IndexFunc(generations, func(p forecast.Partition) bool {
		return id == "" && p.Current || id != "" && p.Generation == id
	})
	switch {
	case i >= 0:
		return generations[i], nil
	case id == "":
		return forecast.Partition{}, fmt.Errorf("it has no partition: %w", forecast.ErrNotFound)
	default:
		return forecast.Partition{}, fmt.Errorf("generation %s: %w", id, forecast.ErrNotFound)
	}
}

// Pair finds the generations that a query names. The generations come with the
// current one first, then by age, newest first. From is the zero value for a date
// without a current generation, if To is named.
func Pair(generations []forecast.Partition, query forecast.CompareQuery) (from, to forecast.Partition, err error) {
	find := func(id string, otherwise func(forecast.Partition) bool) (forecast.Partition, error) {
		i := slices.IndexFunc(generations, func(p forecast.Partition) bool {
			return id != "" && p.Generation == id || id == "" && otherwise(p)
		})
		switch {
		case i >= 0:
			return generations[i], nil
		case id != "":
			return forecast.Partition{}, fmt.Errorf("generation %s: %w", id, forecast.ErrNotFound)
		default:
			return forecast.Partition{}, fmt.Errorf("it has no two generations: %w", forecast.ErrNotFound)
		}
	}
	current := func(p forecast.Partition) bool { return p.Current }
	if query.From == "" && query.To != "" && !slices.ContainsFunc(generations, current) {
		to, err = find(query.To, nil)
		return from, to, err
	}
	if from, err = find(query.From, current); err != nil {
		return from, to, err
	}
	to, err = find(query.To, func(p forecast.Partition) bool { return p.Generation != from.Generation })
	return from, to, err
}

// Totals are the sums of the means of each series of a generation.
type Totals map[series.Key]float64

// TotalsOf returns the totals of the rows of a generation.
func TotalsOf(frame *lake.Frame, d forecast.Definition) (Totals, error) {
	rows, err := columnsOf(frame, d)
	if err != nil {
		return nil, err
	}
	sums := make(Totals)
	for i, key := range rows.keys {
		sums[key] += rows.point(i).Mean
	}
	return sums, nil
}

// sum adds in the order of the keys, so that the same totals give the same sum.
func (t Totals) sum() float64 {
	total := 0.0
	for _, key := range slices.SortedFunc(maps.Keys(t), compareKeys) {
		total += t[key]
	}
	return total
}

// Compare returns how the totals of two generations differ, without their
// metrics.
func Compare(from, to forecast.Partition, totalsFrom, totalsTo Totals) forecast.Comparison {
	c := forecast.Comparison{From: from, To: to, TotalFrom: totalsFrom.sum(), TotalTo: totalsTo.sum()}
	c.Series = changes(totalsFrom, totalsTo)
	c.Changed = len(c.Series)
	c.Series = c.Series[:min(c.Changed, mostChanges)]
	return c
}

// changes returns the series whose totals differ, the largest change first.
func changes(from, to Totals) []forecast.SeriesChange {
	var list []forecast.SeriesChange
	given := func(sums Totals, key series.Key) *float64 {
		if sum, ok := sums[key]; ok {
			return &sum
		}
		return nil
	}
	for key, sum := range from {
		if other, ok := to[key]; !ok || other != sum {
			list = append(list, forecast.SeriesChange{Series: key, From: &sum, To: given(to, key)})
		}
	}
	for key, sum := range to {
		if _, ok := from[key]; !ok {
			list = append(list, forecast.SeriesChange{Series: key, To: &sum})
		}
	}
	slices.SortFunc(list, func(a, b forecast.SeriesChange) int {
		return cmp.Or(cmp.Compare(size(b), size(a)), compareKeys(a.Series, b.Series))
	})
	return list
}

// size is how much a series changed; what came or went changed by all of it.
func size(c forecast.SeriesChange) float64 {
	value := func(p *float64) float64 {
		if p == nil {
			return 0
		}
		return *p
	}
	return math.Abs(value(c.To) - value(c.From))
}

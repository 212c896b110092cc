package realised

import (
	"maps"
	"slices"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/accuracy"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
)

// standardTargets is over how many target dates accuracy is told.
const standardTargets = 28

// Targets returns the target dates that a query asks for, if newest is the newest
// one with actuals.
func Targets(query forecast.RealisedQuery, newest calendar.Date) calendar.Range {
	n := query.Targets
	if n <= 0 {
		n = standardTargets
	}
	to := newest
	if !query.To.IsZero() {
		to = min(to, query.To)
	}
	return calendar.Range{From: to - calendar.Date(n) + 1, To: to}
}

// Options say how rows are told.
type Options struct {
	Query   forecast.RealisedQuery
	Targets calendar.Range
	Levels  []int // of the rows' bounds
	// Expected are the errors of a backtest.
	Expected []forecast.OriginErrors
}

// Report tells the accuracy of rows by horizon. The order of the rows does not
// matter.
func Report(rows []Row, o Options) forecast.Realised {
	t := Table{Options: o}
	t.Add(rows)
	return t.Report()
}

// Table sums rows by horizon. With its options set it is ready to use.
type Table struct {
	Options

	horizons map[int]*horizon
	ahead    map[series.Key]*errorsAhead
	totals   map[calendar.Date]total // by the date of the partition
}

// Add adds rows: all of a target date at once, so that the same rows give the same
// sums.
func (t *Table) Add(rows []Row) {
	rows = slices.DeleteFunc(slices.Clone(rows), func(r Row) bool {
		return !t.Targets.Contains(r.Target) || t.Query.Series != "" && r.Series != t.Query.Series
	})
	Sort(rows)
	if t.horizons == nil {
		t.horizons = make(map[int]*horizon)
	}
	for _, row := range rows {
		h := t.horizons[row.Horizon()]
		if h == nil {
			h = &horizon{ahead: row.Horizon()}
			t.horizons[row.Horizon()] = h
		}
		h.published.add(row, t.Levels)
		if row.Kind != forecast.GenerationFallback {
			h.model.add(row, t.Levels)
		}
		t.watch(row)
	}
}

// Report returns the table of what was added.
func (t *Table) Report() forecast.Realised {
	report := forecast.Realised{Targets: t.Targets}
	var found []*horizon
	var x *expectation
	// A single series has other errors than all of them, which the backtest's are.
	if t.Query.Series == "" {
		x = expect(t.Expected, t.Targets.From)
	}
	for _, n := range slices.Sorted(maps.Keys(t.horizons)) {
		h := t.horizons[n]
		h.published.sort()
		h.model.sort()
		h.expected = h.band(x)
		found = append(found, h)
	}
	report.Drift = drift(found, x, t.Targets.To)
	report.Signals = t.signals()
	for _, h := range found {
		report.Horizons = append(report.Horizons, forecast.HorizonAccuracy{
			Horizon: h.ahead, Published: h.published.measures(), Model: h.model.measures(), Expected: h.expected, Drift: h.drift,
		})
	}
	return report
}

// horizon collects the rows of one day of the horizon.
type horizon struct {
	ahead            int
	published, model tally
	expected         *forecast.Band
	drift            string
}

// band is where the error may be expected over the dates that there are, nil if that
// is not known.
func (h *horizon) band(x *expectation) *forecast.Band {
	if x == nil {
		return nil
	}
	targets := h.model.targets
	if len(targets) == 0 {
		targets = h.published.targets
	}
	v, ok := x.judge(h.ahead, targets)
	if !ok {
		return nil
	}
	return x.band(v)
}

// tally sums rows, all of them and by target date.
type tally struct {
	sums    accuracy.Sums
	targets []daily
}

// daily are the sums of one target date.
type daily struct {
	target           calendar.Date
	absolute, actual float64
}

func (t *tally) add(r Row, levels []int) {
	bounds := make([]accuracy.Bounds, len(levels))
	for i, level := range levels {
		bounds[i] = accuracy.Bounds{Level: level, Lower: r.Lower[i], Upper: r.Upper[i]}
	}
	block := t.sums.Block(accuracy.Scale{})
	block.Add(r.Actual, r.Mean, bounds...)
	if n := len(t.targets); n == 0 || t.targets[n-1].target != r.Target {
		t.targets = append(t.targets, daily{target: r.Target})
	}
	last := &t.targets[len(t.targets)-1]
	last.absolute += abs(r.Actual - r.Mean)
	last.actual += abs(r.Actual)
}

// sort puts the target dates in their order. Each was added at once.
func (t *tally) sort() {
	slices.SortFunc(t.targets, func(a, b daily) int { return int(a.target - b.target) })
}

func abs(x float64) float64 { return max(x, -x) }

func (t *tally) measures() forecast.RealisedMeasures {
	values := forecast.Measures{}
	for name, value := range t.sums.Measures().Values() {
		if slices.Contains([]string{"wape", "bias", "smape", "mae"}, name) {
			values[name] = value
		}
	}
	for _, level := range t.sums.Levels {
		if level.Rows > 0 {
			values[forecast.CoverageName(level.Level)] = float64(level.Hits) / float64(level.Rows)
		}
	}
	return forecast.RealisedMeasures{Measures: values, Rows: t.sums.Rows, Targets: len(t.targets)}
}

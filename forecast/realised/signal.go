package realised

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
)

const (
	// smoothing is how much the newest error weighs in the tracking signal, and
	// trackingLimit what its size must exceed (Trigg, Operational Research Quarterly
	// 15, 1964).
	smoothing, trackingLimit = 0.1, 0.6
	// slack and sumLimit are those of the cumulative sum, in deviations: half of the
	// shift that is to be found, and what the sum must exceed (Page, Biometrika 41,
	// 1954; with these values one of 465 days is found by chance).
	slack, sumLimit = 0.5, 5
	// longestUsual is the run of errors of one sign that is not yet a signal.
	longestUsual = 6
	// named is how many series a sentence names.
	named = 3
)

// errorsAhead are the model's errors one day ahead of one series.
type errorsAhead struct {
	steps []stepError
	hits  []int // by level
}

type stepError struct {
	target calendar.Date
	err    float64 // actual less forecast
}

// suspicion is what a test says of a series.
type suspicion struct {
	kind   string // what the series of a sentence have in common
	series series.Key
	says   string
	chance float64 // of as much, if nothing is wrong
	beyond bool    // its limit too
}

func (t *Table) watch(row Row) {
	if row.Kind == forecast.GenerationFallback {
		return
	}
	if ahead := row.Horizon(); ahead >= 1 && ahead <= week {
		if t.totals == nil {
			t.totals = make(map[calendar.Date]total)
		}
		t.totals[row.Date] = t.totals[row.Date].plus(row)
	}
	if row.Horizon() != 1 {
		return
	}
	if t.ahead == nil {
		t.ahead = make(map[series.Key]*errorsAhead)
	}
	e := t.ahead[row.Series]
	if e == nil {
		e = &errorsAhead{hits: make([]int, len(t.Levels))}
		t.ahead[row.Series] = e
	}
	e.steps = append(e.steps, stepError{row.Target, row.Actual - row.Mean})
	for k := range t.Levels {
		if row.Lower[k] <= row.Actual && row.Actual <= row.Upper[k] {
			e.hits[k]++
		}
	}
}

// signals returns what the errors of some series say that those of all together need
// not, a sentence each. All tests of all series are one family: if nothing is wrong,
// one day of twenty has a signal.
func (t *Table) signals() []string {
	var all []suspicion
	keys := make([]series.Key, 0, len(t.ahead))
	for key := range t.ahead {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	judged := 0
	for _, key := range keys {
		e := t.ahead[key]
		if len(e.steps) < fewestTargets {
			continue
		}
		judged++
		slices.SortFunc(e.steps, func(a, b stepError) int { return cmp.Compare(a.target, b.target) })
		for _, s := range []suspicion{e.run(t.Targets.To), e.tracking(), e.sum(), e.coverage(t.Levels)} {
			s.series = key
			all = append(all, s)
		}
	}
	chances := make([]float64, len(all))
	for i, s := range all {
		chances[i] = s.chance
	}
	var found []suspicion
	for i, discovered := range discoveries(chances, falseDiscoveries) {
		if discovered && all[i].beyond {
			found = append(found, all[i])
		}
	}
	texts := worded(found, judged)
	if text := t.missed(); text != "" {
		texts = append([]string{text}, texts...)
	}
	return texts
}

// worded returns a sentence for each kind of suspicion, the surest series first.
func worded(found []suspicion, judged int) []string {
	slices.SortStableFunc(found, func(a, b suspicion) int { return cmp.Compare(a.chance, b.chance) })
	var kinds []string
	of := make(map[string][]string)
	for _, s := range found {
		if of[s.kind] == nil {
			kinds = append(kinds, s.kind)
		}
		of[s.kind] = append(of[s.kind], fmt.Sprintf("%s (%s)", s.series, s.says))
	}
	var texts []string
	for _, kind := range kinds {
		names := of[kind]
		text := fmt.Sprintf("%d of %d series %s: %s", len(names), judged, kind, strings.Join(names[:min(len(names), named)], ", "))
		if more := len(names) - named; more > 0 {
			text += fmt.Sprintf(", and %d more", more)
		}
		texts = append(texts, text)
	}
	return texts
}

// run counts how many of the newest errors have one sign: if both are as likely, n
// have it with a chance of 2^(1-n). It must last until the last date.
func (e *errorsAhead) run(last calendar.Date) suspicion {
	s := suspicion{kind: "err to one side day after day", chance: 1}
	newest := e.steps[len(e.steps)-1]
	if newest.target != last || newest.err == 0 {
		return s
	}
	n := 0
	for _, step := range slices.Backward(e.steps) {
		if step.err*newest.err <= 0 {
			break
		}
		n++
	}
	s.chance, s.beyond = math.Pow(2, float64(1-n)), n > longestUsual
	s.says = fmt.Sprintf("too %s on %d dates running", side(newest.err), n)
	return s
}

// side says on which side of the actual the forecast was.
func side(err float64) string {
	if err > 0 {
		return "low"
	}
	return "high"
}

// tracking is the smoothed error over the smoothed absolute error. Its chance is that
// of normal errors, whose deviation is sqrt(pi/2) of their mean size.
func (e *errorsAhead) tracking() suspicion {
	var err, size, weights, squares float64
	weight := 1.0
	for _, step := range slices.Backward(e.steps) {
		err += weight * step.err
		size += weight * math.Abs(step.err)
		weights += weight
		squares += weight * weight
		weight *= 1 - smoothing
	}
	s := suspicion{kind: "err to one side", chance: 1}
	if !(size > 0) || math.IsInf(size, 0) {
		return s
	}
	signal := err / size
	deviation := math.Sqrt(math.Pi/2*squares) / weights
	s.chance, s.beyond = 2*distuv.UnitNormal.Survival(math.Abs(signal)/deviation), math.Abs(signal) > trackingLimit
	s.says = fmt.Sprintf("too %s, tracking signal %+.2f", side(signal), signal)
	return s
}

// sum is the cumulative sum of the errors in deviations, to the side where it came
// furthest. Its chance is by the mean time until a sum of normal errors comes so far
// (Siegmund, Sequential Analysis, 1985, section 2.6), on either side.
func (e *errorsAhead) sum() suspicion {
	size := 0.0
	for _, step := range e.steps {
		size += math.Abs(step.err) / float64(len(e.steps))
	}
	deviation := math.Sqrt(math.Pi/2) * size
	s := suspicion{kind: "moved away from their forecasts", chance: 1}
	if !(deviation > 0) || math.IsInf(deviation, 0) {
		return s
	}
	var up, down, furthest float64
	for _, step := range e.steps {
		up = max(0, up+step.err/deviation-slack)
		down = max(0, down-step.err/deviation-slack)
		if now := max(up, down); now > math.Abs(furthest) {
			furthest = math.Copysign(now, up-down)
		}
	}
	const overshoot = 1.166
	far := math.Abs(furthest) + overshoot
	time := (math.Exp(2*slack*far) - 2*slack*far - 1) / (2 * slack * slack) / 2
	s.chance, s.beyond = -math.Expm1(-float64(len(e.steps))/time), math.Abs(furthest) > sumLimit
	s.says = fmt.Sprintf("too %s by %.1f deviations in sum", side(furthest), math.Abs(furthest))
	return s
}

// coverage compares how many dates the intervals covered with the binomial distribution,
// at the level where it is least likely: one day ahead each date is a trial of its own.
func (e *errorsAhead) coverage(levels []int) suspicion {
	s := suspicion{chance: 1}
	n := len(e.steps)
	for k, level := range levels {
		trials := distuv.Binomial{N: float64(n), P: float64(level) / 100}
		hits := float64(e.hits[k])
		below, above := trials.CDF(hits), 1-trials.CDF(hits-1)
		// Two sides, and as many levels.
		chance := 2 * float64(len(levels)) * min(below, above)
		if chance >= s.chance {
			continue
		}
		s = suspicion{kind: "have intervals that are too narrow", chance: chance, beyond: true}
		if above < below {
			s.kind = "have intervals that are too wide"
		}
		s.says = fmt.Sprintf("%d of %d dates within %d %%", e.hits[k], n, level)
	}
	return s
}

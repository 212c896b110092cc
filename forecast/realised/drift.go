package realised

import (
	"fmt"
	"slices"

	"github.com/daybatch/daybatch/forecast/accuracy"
	"github.com/daybatch/daybatch/forecast/calendar"
)

const (
	// lastDays and outsideDays: so many of the last target dates outside of the
	// expected range are drift.
	lastDays, outsideDays = 7, 5
	// ratioLimit is by which factor the error may exceed the expected one.
	ratioLimit = 1.25
	// falseDiscoveries is the share of findings that may be chance.
	falseDiscoveries = 0.05
	// driftShare is the share of the days of the horizon that have to drift.
	driftShare = 0.25
	// fewestTargets is from how many target dates on errors are tested.
	fewestTargets = 8
)

// drift marks the horizons that drift, and says whether the pipeline does. The
// last target date is the newest that was looked at.
func drift(all []*horizon, last calendar.Date) string {
	var judged int
	var tested []*horizon
	var chances []float64
	for _, h := range all {
		if h.expected == nil || len(h.model.targets) == 0 {
			continue
		}
		judged++
		h.drift = h.outside(last)
		if chance, ok := h.worse(); ok {
			tested, chances = append(tested, h), append(chances, chance)
		}
	}
	for i, found := range discoveries(chances, falseDiscoveries) {
		if found && tested[i].drift == "" {
			tested[i].drift = fmt.Sprintf("%.2f times the expected error over %d dates", tested[i].ratio(), len(tested[i].model.targets))
		}
	}
	var drifting []*horizon
	for _, h := range all {
		if h.drift != "" {
			drifting = append(drifting, h)
		}
	}
	if len(drifting) == 0 || float64(len(drifting)) < driftShare*float64(judged) {
		return ""
	}
	first := drifting[0]
	return fmt.Sprintf("%d of %d days of the horizon are worse than expected; %s: %s", len(drifting), judged, ahead(first.ahead), first.drift)
}

func ahead(days int) string {
	if days == 1 {
		return "1 day ahead"
	}
	return fmt.Sprintf("%d days ahead", days)
}

// outside says on how many of the last target dates the error lay above the
// expected range, if they are enough.
func (h *horizon) outside(last calendar.Date) string {
	above, seen := 0, 0
	for _, day := range h.model.targets {
		if day.target <= last-lastDays || day.actual == 0 {
			continue
		}
		seen++
		if day.absolute > h.expected.High*day.actual {
			above++
		}
	}
	if above < outsideDays {
		return ""
	}
	return fmt.Sprintf("above the expected range on %d of the last %d dates", above, seen)
}

// ratio is the error over all target dates to the expected one.
func (h *horizon) ratio() float64 {
	absolute, actual := 0.0, 0.0
	for _, day := range h.model.targets {
		absolute, actual = absolute+day.absolute, actual+day.actual
	}
	if actual == 0 || h.expected.Median == 0 {
		return 0
	}
	return absolute / actual / h.expected.Median
}

// worse returns the probability of errors so much larger than expected if nothing
// has changed; false if they aren't, or there are too few to say.
func (h *horizon) worse() (float64, bool) {
	if h.ratio() <= ratioLimit || len(h.model.targets) < fewestTargets {
		return 1, len(h.model.targets) >= fewestTargets
	}
	differences := make([]float64, len(h.model.targets))
	for i, day := range h.model.targets {
		differences[i] = day.absolute - h.expected.Median*day.actual
	}
	return accuracy.DieboldMariano(differences, h.ahead).Worse, true
}

// discoveries returns which of the hypotheses with the given probabilities are
// rejected, if at most a share of the rejected ones may be true: those up to the
// largest k with p(k) <= share k/n.
func discoveries(chances []float64, share float64) []bool {
	order := make([]int, len(chances))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case chances[a] < chances[b]:
			return -1
		case chances[a] > chances[b]:
			return 1
		default:
			return 0
		}
	})
	found := make([]bool, len(chances))
	for k := len(order); k >= 1; k-- {
		if chances[order[k-1]] <= share*float64(k)/float64(len(order)) {
			for _, i := range order[:k] {
				found[i] = true
			}
			break
		}
	}
	return found
}

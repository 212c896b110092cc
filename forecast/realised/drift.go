package realised

import (
	"fmt"
	"slices"

	"github.com/daybatch/daybatch/forecast/calendar"
)

const (
	// newestDates is over how many of the newest target dates errors are looked at
	// besides over all of them: what has just become much worse shows there first.
	newestDates = 7
	// ratioLimit is by which factor errors must exceed the expected ones to matter, without
	// those of the worst date: a bad day is no drift.
	ratioLimit = 1.1
	// falseDrift is the chance that any day of the horizon is found to drift on a day
	// on which nothing has changed.
	falseDrift = 0.05
	// falseDiscoveries is the share of signals that may be chance.
	falseDiscoveries = 0.05
	// driftShare is the share of the days of the horizon that have to drift.
	driftShare = 0.25
	// fewestDates is from how many target dates on errors are judged.
	fewestDates = 5
	// fewestTargets is from how many target dates on a series has signals.
	fewestTargets = 8
)

// drift marks the horizons that drift, and says whether the pipeline does. The
// last target date is the newest that was looked at.
func drift(all []*horizon, x *expectation, last calendar.Date) string {
	if x == nil {
		return ""
	}
	var judged []*horizon
	var tests []suspected
	var chances []float64
	for _, h := range all {
		own := h.suspect(x, last)
		if len(own) > 0 {
			judged = append(judged, h)
		}
		for _, s := range own {
			tests, chances = append(tests, s), append(chances, s.verdict.chance)
		}
	}
	for i, found := range discoveries(chances, falseDrift) {
		if t := tests[i]; found && t.verdict.usual > ratioLimit && t.horizon.drift == "" {
			t.horizon.drift = fmt.Sprintf("%.2f times the expected error over %d dates", t.verdict.ratio, t.dates)
		}
	}
	drifting := slices.DeleteFunc(slices.Clone(judged), func(h *horizon) bool { return h.drift == "" })
	if len(drifting) == 0 || float64(len(drifting)) < driftShare*float64(len(judged)) {
		return ""
	}
	first := drifting[0]
	return fmt.Sprintf("%d of %d days of the horizon are worse than expected; %s: %s", len(drifting), len(judged), ahead(first.ahead), first.drift)
}

// suspected is a day of the horizon whose errors over some dates were held against
// what is expected.
type suspected struct {
	horizon *horizon
	dates   int
	verdict verdict
}

// suspect judges the errors over all target dates, and over the newest.
func (h *horizon) suspect(x *expectation, last calendar.Date) []suspected {
	targets := h.model.targets
	at, _ := slices.BinarySearchFunc(targets, last-newestDates+1, func(day daily, from calendar.Date) int { return int(day.target - from) })
	var all []suspected
	for _, dates := range [][]daily{targets, targets[at:]} {
		if len(dates) < fewestDates || len(all) > 0 && at == 0 {
			continue
		}
		if v, ok := x.judge(h.ahead, dates); ok {
			all = append(all, suspected{h, len(dates), v})
		}
	}
	return all
}

func ahead(days int) string {
	if days == 1 {
		return "1 day ahead"
	}
	return fmt.Sprintf("%d days ahead", days)
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

package plan

import (
	"time"

	"github.com/daybatch/daybatch/forecast"
)

// Layout is a way to spread the steps of dates over machines that have to start. What
// it takes is told by the layout that the pipeline has, which is the one that days of
// the history ran in: Work and Cost are 1 for that.
type Layout struct {
	Name   string
	Starts int  // of machines, for a date that shares none
	Shares bool // dates share a machine, in the place of one or several for each
	// Work is how long a date's steps work, and Cost what is billed for it, as
	// multiples; 0: unknown.
	Work, Cost float64
	// Needs is what has to be changed before dates run so; empty: nothing.
	Needs string
}

// layouts are those to compare: where nothing is said of them, machines of each
// date's own and shared ones.
func (r Rules) layouts() []Layout {
	if len(r.Layouts) > 0 {
		return r.Layouts
	}
	return []Layout{{Starts: r.Starts, Work: 1, Cost: 1}, {Shares: true, Work: 1, Cost: 1}}
}

// under returns the rules as they would be in another layout. Several machines share work
// evenly, so that their hours together stay what they are.
func (r Rules) under(l Layout) Rules {
	alone := r.alone()
	r.Starts = l.Starts
	if r.Typical > 0 {
		r.Typical = time.Duration(float64(alone)*l.Work) + r.waits()
	}
	if !l.Shares || r.TypicalShared == 0 { // of what was shared it was billed
		r.TypicalCost *= l.Cost
	}
	return r
}

// waits is how long a date that shares no machine waits for its own.
func (r Rules) waits() time.Duration { return time.Duration(max(1, r.Starts)) * r.StartUp }

// alone is how long the last good days worked that shared nothing.
func (r Rules) alone() time.Duration { return max(0, r.Typical-r.waits()) }

// load is what a plan makes machines do: to run dates, some at once, and as many as
// chunk on each, one after the other.
type load struct{ dates, active, chunk int }

func loadOf(p forecast.Plan) load {
	return load{p.Count(forecast.ActionRun), max(1, p.MaxActive), max(1, p.Chunk)}
}

// shares reports whether dates share machines.
func (l load) shares() bool { return l.chunk > 1 }

// starts returns how many machines have to start if a date has one: one for each, or
// for the dates that share it, which are spread over all slots.
func (l load) starts() int {
	return parts(l.dates, max(1, min(l.chunk, parts(l.dates, l.active))))
}

// Starts returns how often machines are asked for to run whole dates, some at once, and
// as many as chunk on each.
func Starts(dates, active, chunk int) int {
	return load{dates, max(1, active), max(1, chunk)}.starts()
}

// estimate expects every date to take as long as the last good days did that ran
// as these will, with all slots in use. Without such days it goes by those
// of the other kind: days whose steps had a process each take longer than days
// that share one, so they give a limit. The start of a machine is counted once for
// the dates that share it. What each date takes is 0 where no good day tells.
func (l load) estimate(rules Rules) (each time.Duration, all forecast.Estimate) {
	if l.shares() {
		for _, layout := range rules.layouts() {
			if layout.Shares {
				alone := rules.alone()
				rules = rules.under(layout)
				rules.Typical = time.Duration(float64(alone) * layout.Work)
				break
			}
		}
	}
	each, all.Days = rules.Typical, rules.TypicalDays
	guessed := rules.Assumed != "" && rules.TypicalDays+rules.TypicalSharedDays == 0
	switch {
	case l.shares() && rules.TypicalShared > 0:
		each, all.Days = rules.TypicalShared, rules.TypicalSharedDays
	case l.shares():
		all.AtMost = each > 0 && !guessed
	case each <= 0 && rules.TypicalShared > 0:
		each, all.Days = rules.TypicalShared+rules.waits(), rules.TypicalSharedDays
	}
	if each <= 0 {
		return 0, forecast.Estimate{}
	}
	all.Assumed = rules.Assumed
	all.Cost, all.Hours = float64(l.dates)*rules.TypicalCost, float64(l.dates)*rules.TypicalHours
	all.Wall = time.Duration(parts(l.dates, l.active)) * each
	if l.shares() {
		all.Wall += time.Duration(parts(l.starts(), l.active)) * rules.StartUp
	}
	if guessed {
		each = 0
	}
	return each, all
}

// expected returns p with what it is expected to take. Rows that take over steps of
// an attempt before take less than whole dates, by what those steps are of a date.
func expected(p forecast.Plan, rules Rules) forecast.Plan {
	l := loadOf(p)
	each, all := l.estimate(rules)
	work, wall, whole := 0.0, time.Duration(0), time.Duration(0)
	for i, row := range p.Rows {
		if row.Action != forecast.ActionRun {
			continue
		}
		left := rules.left(row.Reused)
		p.Rows[i].Estimate = each
		switch waits := rules.waits(); {
		case left == 1:
		case l.shares(): // the start of what is shared is in none of them
			p.Rows[i].Estimate = time.Duration(left * float64(each))
		case each > waits:
			p.Rows[i].Estimate = time.Duration(left*float64(each-waits)) + rules.waitsWithout(row.Reused)
		}
		work, wall, whole = work+left, wall+p.Rows[i].Estimate, whole+each
	}
	if whole > 0 {
		all.Wall = time.Duration(float64(all.Wall) * float64(wall) / float64(whole))
		all.Cost *= work / float64(l.dates)
		all.Hours *= work / float64(l.dates)
	}
	p.Estimate = all
	return p
}

// left is what is to be done of a date's work by a row that takes over steps: all of
// it if it isn't known what they are of it.
func (r Rules) left(reused []forecast.StepName) float64 {
	left := 1.0
	for _, name := range reused {
		left -= r.Work[name]
	}
	return max(0, left)
}

// waitsWithout is how long a date that takes over steps waits for machines: it needs
// none for these where each step has its own.
func (r Rules) waitsWithout(reused []forecast.StepName) time.Duration {
	return time.Duration(max(1, max(1, r.Starts)-len(reused))) * r.StartUp
}

// WorkOf returns what each step is of all that they worked, nil if they did not.
func WorkOf(worked map[forecast.StepName]time.Duration) map[forecast.StepName]float64 {
	all := time.Duration(0)
	for _, d := range worked {
		all += d
	}
	if all <= 0 {
		return nil
	}
	work := make(map[forecast.StepName]float64, len(worked))
	for name, d := range worked {
		work[name] = float64(d) / float64(all)
	}
	return work
}

// aWeek is how many dates share a machine in the choice that is shown to somebody
// who has not said a number.
const aWeek = 7

// Choices compares the layouts for a number of dates of which so many run at once,
// and as many as chunk share a machine where they share one: a week unless that says
// so. It is empty where nothing has to start.
func Choices(rules Rules, dates, active, chunk int) []forecast.Choice {
	if rules.StartUp <= 0 || dates < 1 {
		return nil
	}
	if chunk <= 1 {
		chunk = aWeek
	}
	chunk = min(chunk, dates)
	var list []forecast.Choice
	for _, layout := range rules.layouts() {
		of := load{dates: dates, active: max(1, active), chunk: 1}
		under := rules.under(layout)
		if layout.Shares {
			if chunk <= 1 { // a date alone shares with none
				continue
			}
			of.chunk, under = chunk, rules
		}
		choice := forecast.Choice{Layout: layout.Name, Needs: layout.Needs, Chunk: of.chunk, Starts: of.starts()}
		if _, choice.Estimate = of.estimate(under); !layout.Shares && layout.Starts > 1 {
			choice.Starts, choice.Machines = choice.Starts*layout.Starts, layout.Starts
		}
		list = append(list, choice)
	}
	return list
}

// parts returns how many parts of a size n takes.
func parts(n, size int) int {
	size = max(1, size)
	return (n + size - 1) / size
}

package step

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/accuracy"
	"github.com/daybatch/daybatch/forecast/calendar"
)

const (
	// leastOrigins and leastRows are the evidence that a gate needs.
	leastOrigins = 2
	leastRows    = 10

	// significance is the probability below which the baseline counts as better.
	significance = .05

	// undefined stands for a number that has no value: it exceeds every limit.
	undefined = 1e9

	versusCheck = "versus"
)

// GateNumbers are the numbers that conditions compare with the limits of the
// gate (for VersusBaseline 1): all are at most their limits exactly if the gate
// lets the date pass. So they are the measures themselves wherever these decide;
// where there is too little evidence, they say what the gate makes of that. A
// measure without a value is a number that exceeds every limit.
type GateNumbers struct {
	WAPE float64 `json:"wape"`
	MASE float64 `json:"mase"`
	// VersusBaseline is the error over the baseline's; above 1 only if the
	// baseline is significantly better.
	VersusBaseline float64 `json:"versus_baseline"`
}

// versus compares the forecast with its baseline.
type versus struct {
	wanted string        // the baseline that the project names; empty: not checked
	test   accuracy.Test // of forecast minus baseline
	ratio  float64       // of the errors
	known  bool          // whether there is a ratio
}

// versus tests the differences from the baseline: those of the errors whose ratio is told,
// so that the test never says of a ratio below 1 that the baseline is better. The draws of a bootstrap
// depend on the date and the project's seed only.
func (e *evaluated) versus(wanted string) versus {
	b := e.batch
	rng := rand.New(rand.NewPCG(b.settings.Seed, uint64(b.date)))
	v := versus{wanted: wanted, test: accuracy.Compare(e.differences, overlapping(e.origins, b.settings.Horizon), rng)}
	ours, theirs := e.pool.Measures().WAPE, e.baseline.Measures().WAPE
	if ours.OK && theirs.OK && theirs.Number > 0 {
		v.ratio, v.known = ours.Number/theirs.Number, true
	}
	return v
}

// overlapping is how many successive origins at most have target dates in common, the
// first with the last: 1 if none have.
func overlapping(origins []calendar.Date, horizon int) int {
	most := 1
	for i := range origins {
		for j := i + most; j < len(origins) && int(origins[j]-origins[i]) < horizon; j++ {
			most++
		}
	}
	return most
}

// gate judges an evaluation and writes its checks into it.
type gate struct {
	criteria   forecast.Gate
	evaluation *forecast.Evaluation
	numbers    GateNumbers
}

func newGate(criteria forecast.Gate, evaluation *forecast.Evaluation) *gate {
	return &gate{criteria: criteria, evaluation: evaluation}
}

// check fills in the checks, the verdict and the numbers.
func (g *gate) check(v versus) {
	e := g.evaluation
	g.numbers = GateNumbers{WAPE: g.number("wape"), MASE: g.number("mase"), VersusBaseline: 1}
	if v.known {
		g.numbers.VersusBaseline = v.ratio
		if v.test.Worse >= significance {
			g.numbers.VersusBaseline = min(v.ratio, 1)
		}
	}
	g.limit("wape", g.criteria.WAPE)
	g.limit("mase", g.criteria.MASE)
	if v.wanted != "" {
		e.Checks = append(e.Checks, g.compare(v))
	}
	for _, check := range e.Checks {
		g.agree(check)
	}
	e.Verdict = forecast.VerdictPassed
	for _, check := range e.Checks {
		if check.Verdict == forecast.VerdictFailed {
			e.Verdict = forecast.VerdictFailed
			return
		}
		if check.Verdict == forecast.VerdictUndecided {
			e.Verdict = forecast.VerdictUndecided
		}
	}
	if e.Verdict == forecast.VerdictUndecided {
		e.Warnings = append(e.Warnings, "the gate is undecided: "+g.evidence())
	}
}

// agree makes the number of a check say the same as its verdict to whoever
// compares it with the limit.
func (g *gate) agree(check forecast.Check) {
	number := &g.numbers.VersusBaseline
	switch check.Name {
	case "wape":
		number = &g.numbers.WAPE
	case "mase":
		number = &g.numbers.MASE
	}
	passes := check.Verdict == forecast.VerdictPassed || check.Verdict == forecast.VerdictUndecided && !g.criteria.Strict
	switch {
	case passes:
		*number = min(*number, check.Limit)
	case *number <= check.Limit: // it fails by something else than its size
		*number = undefined
	}
}

func (g *gate) number(measure string) float64 {
	if v, ok := g.evaluation.Measures[measure]; ok {
		return v
	}
	return undefined
}

// enough reports whether there is evidence to judge by.
func (g *gate) enough() bool {
	return len(g.evaluation.Origins) >= leastOrigins && g.evaluation.Rows >= leastRows
}

// evidence says what there is to judge by.
func (g *gate) evidence() string {
	e := g.evaluation
	return fmt.Sprintf("%s, %d series, %d days", plural(len(e.Origins), "origin"), len(e.Series), e.Horizon)
}

// limit checks a measure, unless the limit is 0.
func (g *gate) limit(measure string, limit float64) {
	if limit == 0 {
		return
	}
	e := g.evaluation
	value, ok := e.Measures[measure]
	check := forecast.Check{Name: measure, Value: value, Limit: limit, Baseline: e.Baseline[measure], Verdict: forecast.VerdictPassed}
	relation := "<="
	switch {
	case !ok:
		check.Verdict = forecast.VerdictUndecided
		check.Text = fmt.Sprintf("%s has no value, limit %.3f (%s)", measure, limit, g.evidence())
		e.Checks = append(e.Checks, check)
		return
	case !g.enough():
		check.Verdict = forecast.VerdictUndecided
		relation = "?"
	case value > limit:
		check.Verdict = forecast.VerdictFailed
		relation = ">"
	}
	measured, most := decimals(value, limit)
	check.Text = fmt.Sprintf("%s %s %s %s (%s%s)", measure, measured, relation, most, g.evidence(), g.baseline(measure))
	e.Checks = append(e.Checks, check)
}

// baseline returns the baseline's value of a measure in words.
func (g *gate) baseline(measure string) string {
	v, ok := g.evaluation.Baseline[measure]
	if !ok {
		return ""
	}
	return fmt.Sprintf("; %s %.3f", strings.ReplaceAll(g.evaluation.Versus, "_", " "), v)
}

// compare checks that the baseline is not significantly better.
func (g *gate) compare(v versus) forecast.Check {
	e := g.evaluation
	name := strings.ReplaceAll(e.Versus, "_", " ")
	check := forecast.Check{Name: versusCheck, Value: v.ratio, Limit: 1, Baseline: e.Baseline["wape"], Verdict: forecast.VerdictPassed}
	numbers := fmt.Sprintf("error %.3f of %s's", v.ratio, name)
	evidence := fmt.Sprintf("%s, p %.3f; %s", v.test.Method, v.test.Worse, g.evidence())
	switch {
	case !g.enough() || v.test.Method == accuracy.MethodNone || !v.known:
		check.Verdict = forecast.VerdictUndecided
		check.Text = fmt.Sprintf("too little evidence to compare with %s (%s)", name, g.evidence())
	case v.test.Worse < significance:
		check.Verdict = forecast.VerdictFailed
		check.Text = fmt.Sprintf("%s: %s is significantly better (%s)", numbers, name, evidence)
	default:
		check.Text = fmt.Sprintf("%s: %s is not significantly better (%s)", numbers, name, evidence)
		if v.test.Better >= significance {
			e.Warnings = append(e.Warnings, fmt.Sprintf("%s: not significantly better than %s (p %.3f)", numbers, name, v.test.Better))
		}
	}
	return check
}

// verdict returns nil, or an *Error of the class gate with the numbers of the
// checks that did not pass.
func (g *gate) verdict() error {
	var texts []string
	for _, check := range g.evaluation.Checks {
		failed := check.Verdict == forecast.VerdictFailed
		if failed || (g.criteria.Strict && check.Verdict == forecast.VerdictUndecided) {
			texts = append(texts, check.Text)
		}
	}
	if len(texts) == 0 {
		return nil
	}
	return &Error{Class: forecast.ReasonGate, Err: errors.New(strings.Join(texts, "; "))}
}

// decimals returns a measure and its limit with three decimals, or as many as tell them
// apart, and the limit from nothing.
func decimals(value, limit float64) (measured, most string) {
	const fewest, enough = 3, 9
	for places := fewest; ; places++ {
		measured, most = strconv.FormatFloat(value, 'f', places, 64), strconv.FormatFloat(limit, 'f', places, 64)
		same, none := measured == most && value != limit, strings.Trim(most, "-0.") == ""
		if places == enough || !same && !none {
			return measured, most
		}
	}
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

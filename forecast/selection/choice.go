package selection

import (
	"fmt"
	"math"

	"github.com/daybatch/daybatch/forecast/accuracy"
	"github.com/daybatch/daybatch/forecast/backtest"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/series"
)

// leastOrigins is how many origins two methods must be compared at.
const leastOrigins = 2

// mostLoss is the most that an error counts in units of the scale: the square
// of a larger one might not be a number.
const mostLoss = 1e100

// Choice is the method chosen for one series, and why.
type Choice struct {
	Model string       `json:"model"`
	Class series.Class `json:"class"`
	// Default is the method of the class, or the first of the others that did not fail
	// at all origins, as that one did.
	Default string `json:"default"`
	// Origins is how many origins the candidates were compared at.
	Origins int `json:"origins"`
	// Scores are those of the candidates in the order of their set.
	Scores []Score `json:"scores"`
	// Why says it in a sentence.
	Why string `json:"why"`
}

// Score is what a candidate did at the origins.
type Score struct {
	Model string `json:"model"`
	// Error is the mean over the origins of the scaled error: mean absolute
	// error over the scale of the series at the origin. It is 0 without origins.
	Error float64 `json:"error"`
	// Gain is by how much it is lower than the default's, StandardError that
	// difference's standard error over the origins, and P the probability of such a
	// gain if it is no better than the default; 1 for the default.
	Gain          float64 `json:"gain"`
	StandardError float64 `json:"standard_error"`
	P             float64 `json:"p"`
	// Rejected says why it was not chosen, empty for the one chosen.
	Rejected string `json:"rejected,omitempty"`
}

// Choose chooses among the methods of a class by what is known of a series'
// backtest at date asOf: actuals after it don't count. A method replaces the
// default if its mean error over at least two origins is significantly lower;
// among several the one that gains most is chosen, the earlier in the set if they
// are equal.
//
// Significant is what happens by chance to one series in twenty at most, whatever the
// number of methods that are compared: each of those that never failed has an equal
// part of that probability (Bonferroni). With a handful of origins and several methods
// one of them is often better by a standard error, and on most panels choosing by that
// was worse than never choosing.
func Choose(table *backtest.Table, class series.Class, set Set, asOf calendar.Date) Choice {
	standard := firstThatWorks(table, set.Choices, asOf)
	choice := Choice{Class: class, Default: set.Choices[standard]}
	losses := make([][]float64, len(set.Choices))
	for i, name := range set.Choices {
		losses[i] = scaledErrors(table, name, asOf)
	}
	windows := windowsOf(table, asOf)
	compared := 0
	for i, name := range set.Choices {
		score, origins := compare(name, losses[i], losses[standard], windows)
		if i == standard {
			choice.Origins = origins
		} else if score.Rejected = unfit(table, score, origins, asOf); score.Rejected == "" {
			compared++
		}
		choice.Scores = append(choice.Scores, score)
	}
	best := standard
	limit := falseChoice / float64(max(1, compared))
	for i := range choice.Scores {
		score := &choice.Scores[i]
		if i != standard && score.Rejected == "" {
			score.Rejected = score.verdict(limit)
		}
		if score.Rejected == "" && score.Gain > choice.Scores[best].Gain {
			best = i
		}
	}
	for i := range choice.Scores {
		if i != best && choice.Scores[i].Rejected == "" {
			choice.Scores[i].Rejected = fmt.Sprintf("error %.3f, %s has %.3f", choice.Scores[i].Error, set.Choices[best], choice.Scores[best].Error)
		}
	}
	choice.Model = set.Choices[best]
	choice.Why = choice.why()
	if standard > 0 {
		choice.Why = fmt.Sprintf("%s failed at all origins; instead of it %s: %s", set.Default, choice.Default, choice.Why)
	}
	return choice
}

// firstThatWorks returns the first method that did not fail at all origins up to asOf:
// where one did, the errors under its name are those of what stood in. It is 0 if all
// did, and without origins.
func firstThatWorks(table *backtest.Table, names []string, asOf calendar.Date) int {
	origins := 0
	for _, origin := range table.Origins {
		if origin <= asOf {
			origins++
		}
	}
	for i, name := range names {
		failed := 0
		for _, failure := range table.Failures {
			if failure.Model == name && failure.Origin <= asOf {
				failed++
			}
		}
		if failed < origins {
			return i
		}
	}
	return 0
}

// scaledErrors returns a candidate's scaled error at each origin, NaN where it
// has no forecast of which the actual is known by asOf.
func scaledErrors(table *backtest.Table, name string, asOf calendar.Date) []float64 {
	losses := make([]float64, len(table.Origins))
	candidate := table.Model(name)
	for k := range losses {
		losses[k] = math.NaN()
		if candidate < 0 {
			continue
		}
		if e, n := table.Error(k, candidate, asOf); n > 0 {
			losses[k] = min(e/Unit(table.Usual[k]), mostLoss)
		}
	}
	return losses
}

// Unit returns the scale by which errors of a series are compared over its
// origins: the seasonal one, else that of its steps, else 1.
func Unit(scale accuracy.Scale) float64 {
	switch {
	case scale.Seasonal > 0:
		return scale.Seasonal
	case scale.Step > 0:
		return scale.Step
	}
	return 1
}

// windowsOf returns the days by which each origin is judged at asOf.
func windowsOf(table *backtest.Table, asOf calendar.Date) []calendar.Range {
	windows := make([]calendar.Range, len(table.Origins))
	for k, origin := range table.Origins {
		windows[k] = calendar.Range{From: origin + 1, To: min(asOf, origin+calendar.Date(table.Horizon))}
	}
	return windows
}

// compare returns the score of a candidate from its losses and those of the
// default, over the origins at which both have one, and how many those are.
func compare(name string, losses, standard []float64, windows []calendar.Range) (score Score, origins int) {
	score.Model = name
	var found evidence
	for k, loss := range losses {
		gain := standard[k] - loss
		if math.IsNaN(gain) {
			continue
		}
		origins++
		score.Error += (loss - score.Error) / float64(origins)
		found.gains = append(found.gains, gain)
		found.windows = append(found.windows, windows[k])
	}
	score.Gain, score.StandardError, score.P = found.test()
	return score, origins
}

// unfit says why a candidate can't be compared with the default, or "".
func unfit(table *backtest.Table, score Score, origins int, asOf calendar.Date) string {
	if origins < leastOrigins {
		return fmt.Sprintf("%d origins are too few to compare", origins)
	}
	for _, failure := range table.Failures {
		if failure.Model == score.Model && failure.Origin <= asOf {
			return fmt.Sprintf("failed at %s: %s", failure.Origin, failure.Err)
		}
	}
	return ""
}

// verdict says why a candidate that was compared does not replace the default, or "":
// its gain must not be more probable than a limit.
func (s Score) verdict(limit float64) string {
	switch {
	case s.Gain <= 0:
		return fmt.Sprintf("error %.3f is not lower than the default's", s.Error)
	case s.P > limit:
		return fmt.Sprintf("error lower by %.3f, not significant (standard error %.3f, p %.3f > %.3f)", s.Gain, s.StandardError, s.P, limit)
	}
	return ""
}

func (c Choice) why() string {
	if len(c.Scores) == 1 {
		return fmt.Sprintf("only method for %s demand", c.Class)
	}
	if c.Model == c.Default {
		if c.Origins < leastOrigins {
			return fmt.Sprintf("default for %s demand; %d origins are too few to compare", c.Class, c.Origins)
		}
		return fmt.Sprintf("default for %s demand; none of %d others is clearly better over %d origins", c.Class, len(c.Scores)-1, c.Origins)
	}
	for _, score := range c.Scores {
		if score.Model == c.Model {
			return fmt.Sprintf("scaled error %.3f, lower than %s's by %.3f (standard error %.3f, %d origins)", score.Error, c.Default, score.Gain, score.StandardError, c.Origins)
		}
	}
	return ""
}

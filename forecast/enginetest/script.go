package enginetest

import (
	"time"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// Script says what steps do: for a date and a step one behaviour per attempt,
// the last of which holds for all attempts after it. A step without behaviours
// succeeds. A Script marshals to JSON, so that a child process can read it.
type Script map[calendar.Date]map[forecast.StepName][]Behaviour

// At returns what a step does in the given attempt of a date.
func (s Script) At(d calendar.Date, step forecast.StepName, attempt int) Behaviour {
	behaviours := s[d][step]
	if len(behaviours) == 0 {
		return Behaviour{}
	}
	return behaviours[min(max(attempt, 1), len(behaviours))-1]
}

// End is how a step ends.
type End string

// Ends of a step.
const (
	Succeed End = ""
	Fail    End = "fail"
	// Hang runs until it is released, and then succeeds; a stop ends it too.
	Hang End = "hang"
	// HangAfter does its work and its publishing, and then hangs. It needs an
	// engine that can be held there: only Fake.
	HangAfter End = "hang-after"
)

// Behaviour is what a step does. The zero value succeeds at once.
type Behaviour struct {
	End   End                  `json:"end,omitempty"`
	Class forecast.ReasonClass `json:"class,omitempty"` // of a failure; empty: step
	Text  string               `json:"text,omitempty"`  // of a failure; in Fake also what a step says that succeeds
	// Took is how long the step takes by Fake's clock; 0: a typical time.
	Took time.Duration `json:"took,omitempty"`
	// Log are the lines that the step writes, evenly over its time.
	Log []string `json:"log,omitempty"`
	// Tries is how many processes Fake shows for the step; 0: one.
	Tries int `json:"tries,omitempty"`
	// Measures are what TrainEvaluation finds in Fake; nil: made from the date.
	Measures forecast.Measures `json:"measures,omitempty"`
	// Expected are the errors that TrainEvaluation lets expect, on engines whose steps
	// are programs.
	Expected []forecast.OriginErrors `json:"expected,omitempty"`
}

// Fails returns a step that fails in its own code.
func Fails(text string) Behaviour {
	return Behaviour{End: Fail, Class: forecast.ReasonStep, Text: text}
}

// Gates returns a TrainEvaluation that refuses what was trained.
func Gates(text string) Behaviour {
	return Behaviour{End: Fail, Class: forecast.ReasonGate, Text: text}
}

// Lacks returns an Extract that finds no rows for its date yet.
func Lacks(text string) Behaviour {
	return Behaviour{End: Fail, Class: forecast.ReasonUpstream, Text: text}
}

// Drifts returns a script whose evaluations let expect errors that published
// forecasts don't keep to, from the first to the last of some dates. Those of the
// week after let expect any.
func Drifts(first, last calendar.Date) Script {
	script := Script{}
	for d := first; d <= last+horizonOfDrift; d++ {
		wape := 1e-4
		if d > last {
			wape = 1e3
		}
		script[d] = map[forecast.StepName][]Behaviour{forecast.TrainEvaluation: {{Expected: expected(d, horizonOfDrift, wape)}}}
	}
	return script
}

// expected returns the errors of an evaluation of a date that came to the same share of
// the actuals on each day of the horizon.
func expected(date calendar.Date, horizon int, wapes ...float64) []forecast.OriginErrors {
	const origins = 5
	list := make([]forecast.OriginErrors, origins)
	for i := range list {
		list[i] = forecast.OriginErrors{Origin: date - calendar.Date(horizon*(origins-i))}
		for h := range horizon {
			list[i].Absolute = append(list[i].Absolute, wapes[min(h, len(wapes)-1)]*(1+spreadOfOrigins*float64(i-origins/2)))
			list[i].Actual = append(list[i].Actual, 1)
		}
	}
	return list
}

// spreadOfOrigins is by how much the errors of one origin exceed those of the one before.
const spreadOfOrigins = 0.1

// horizonOfDrift is how many days ahead the evaluations of Drifts say what to
// expect.
const horizonOfDrift = 7

// Hangs returns a step that runs until it is released or stopped.
func Hangs() Behaviour { return Behaviour{End: Hang} }

// reason returns the reason of a failure.
func (b Behaviour) reason() forecast.Reason {
	class := b.Class
	if class == forecast.ReasonNone {
		class = forecast.ReasonStep
	}
	return forecast.Reason{Class: class, Text: b.Text}.Redacted()
}

// took returns how long the step takes.
func (b Behaviour) took(step forecast.StepName) time.Duration {
	if b.Took > 0 {
		return b.Took
	}
	switch step {
	case forecast.Extract:
		return 3 * time.Second
	case forecast.Train:
		return 42 * time.Second
	case forecast.TrainEvaluation:
		return 9 * time.Second
	default:
		return 2 * time.Second
	}
}

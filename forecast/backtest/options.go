package backtest

import (
	"errors"
	"slices"

	"github.com/daybatch/daybatch/forecast/backtest/special"
	"github.com/daybatch/daybatch/forecast/backtest/weekday"
	"github.com/daybatch/daybatch/forecast/calendar"
	"github.com/daybatch/daybatch/forecast/model"
	"github.com/daybatch/daybatch/forecast/series"
)

// ErrStopped says that Options.Stop asked to end before all series were done.
var ErrStopped = errors.New("stopped")

// Refit says when a candidate's parameters are estimated.
type Refit uint8

// Policies of estimation.
const (
	// RefitFirst estimates at the first origin and only appends the newer values
	// at the others, where the method is a [model.Appender].
	RefitFirst Refit = iota
	// RefitEach estimates at every origin; a [model.Refitter] begins where it ended
	// at the one before.
	RefitEach
)

// Options say from where, how far and how to forecast.
type Options struct {
	// Origins are the dates to forecast from, ascending, with all values up to
	// and including them.
	Origins []calendar.Date
	// Horizon is the number of days to forecast.
	Horizon int
	// Period is the main season in days.
	Period int
	// Longer are further seasons in days, ascending, each longer than Period.
	Longer []int
	// MinHistory is how many days a series must have up to an origin. With 0 a
	// series of any length is forecast from every origin.
	MinHistory int
	Refit      Refit
	Days       special.Days // those limited to series are theirs alone
	Seed       uint64

	// EveryActual takes a value as what happened though all that is known shows it to
	// be an outlier. Without it such a value is no evidence of how good a forecast is:
	// it counts as unknown.
	EveryActual bool

	// Only, if not nil, says which series are forecast. The others speak for the
	// panel all the same, and have no table.
	Only func(key series.Key) bool

	// Workers is how many series are worked on at once; below 1 it counts as 1.
	// The result does not depend on it.
	Workers int
	// Progress, if not nil, is called after each series that is forecast with the
	// number that are done, by one worker at a time.
	Progress func(done int)
	// Stop, if not nil, is asked before each series whether to end.
	Stop func() bool
}

// Group is what the panel says at an origin to methods that need more than one
// series.
type Group struct {
	Week    weekday.Profile
	Special special.Pooled
}

// Candidate is a method under test.
type Candidate struct {
	Name string
	// New makes the model for what the panel says at an origin.
	New func(Group) model.Model
	// Mean names candidates before this one whose mean it is, each day without the
	// lowest and the highest if they are four or more; New is nil then.
	Mean []string
	// Plain forecasts all values as they are, outliers and special days too, and leaves
	// the forecast alone: a baseline is what its definition says, so that errors
	// relative to it are comparable with those of others.
	Plain bool
}

// Members are the candidates that a combination needs.
func (c Candidate) Members() []string { return slices.Clone(c.Mean) }

// Baseline returns the candidate of a model that is to be taken by its definition.
func Baseline(name string, m model.Model) Candidate {
	c := Of(name, m)
	c.Plain = true
	return c
}

// Of returns the candidate of a model that needs no group.
func Of(name string, m model.Model) Candidate {
	return Candidate{Name: name, New: func(Group) model.Model { return m }}
}

package job

import (
	"context"
	"errors"

	"github.com/daybatch/daybatch/aws/internal/record"
	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/step"
)

// failure is the failure of a step or an attempt with its reason.
type failure struct{ reason forecast.Reason }

// Error returns the reason's text.
func (f *failure) Error() string { return f.reason.Text }

func fail(class forecast.ReasonClass, text string) error {
	return &failure{reason: forecast.Reason{Class: class, Text: text}}
}

// lostText is the reason of an attempt whose job was told to end by nobody that
// stopped the date.
const lostText = "interrupted: the job was told to end, and nobody has stopped the date: its time ran out, or the execution was stopped in SageMaker"

// reasonOf returns the reason of an error. What has no class is a fault of the
// machine or the network.
func reasonOf(err error) forecast.Reason {
	if err == nil {
		return forecast.Reason{}
	}
	if f, ok := errors.AsType[*failure](err); ok {
		return f.reason
	}
	class := forecast.ReasonInfrastructure
	switch {
	case errors.Is(err, step.ErrStopped), errors.Is(err, context.Canceled):
		return forecast.Reason{Class: forecast.ReasonLost, Text: lostText}
	case record.IsStopping(err):
		class = forecast.ReasonStopped
	case errors.Is(err, forecast.ErrConflict):
		class = forecast.ReasonConflict
	case errors.Is(err, forecast.ErrInvalid), errors.Is(err, forecast.ErrUnauthorised):
		class = forecast.ReasonConfig
	}
	return forecast.Reason{Class: class, Text: err.Error()}
}

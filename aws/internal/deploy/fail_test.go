package deploy_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/aws/smithy-go"

	"github.com/daybatch/daybatch/forecast"
)

// TestKinds: what comes in the place of an answer is told with its kind, by which
// the program ends with the right code.
func TestKinds(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err  error
		want error
	}{
		"login expired":  {answer("ExpiredTokenException"), forecast.ErrUnauthorised},
		"forbidden":      {answer("Forbidden"), forecast.ErrUnauthorised},
		"throttled":      {answer("SlowDown"), forecast.ErrUnavailable},
		"fault":          {&smithy.GenericAPIError{Code: "InternalError", Fault: smithy.FaultServer}, forecast.ErrUnavailable},
		"unreachable":    {&net.OpError{Op: "dial", Err: errors.New("connection refused")}, forecast.ErrUnavailable},
		"a page of HTML": {&smithy.DeserializationError{Err: errors.New("invalid character '<'")}, forecast.ErrUnavailable},
		"too slow":       {context.DeadlineExceeded, forecast.ErrUnavailable},
		"interrupted":    {context.Canceled, context.Canceled},
		"not valid":      {answer("ValidationException"), forecast.ErrInvalid},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAccount()
			a.look = func() error { return test.err }
			_, err := open(t, a, options()).Plan(t.Context())
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), "look at bucket example-forecast: ") {
				t.Errorf("plan: %v; want %v, and what was done", err, test.want)
			}
		})
	}
	a := newAccount()
	a.look = func() error { return answer("Novel") }
	if _, err := open(t, a, options()).Plan(t.Context()); err == nil || !strings.Contains(err.Error(), "Novel") {
		t.Errorf("a code that nobody told us of: %v; want it in the error", err)
	}
}

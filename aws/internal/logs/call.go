package logs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go"
)

// While the service throttles, each call waits twice as long as the one before.
const (
	firstBackoff   = time.Second
	longestBackoff = 30 * time.Second
)

// Operations, as the limiter and messages name them.
const (
	opDescribe = "DescribeLogStreams"
	opFilter   = "FilterLogEvents"
	opGet      = "GetLogEvents"
	opLiveTail = "StartLiveTail"
)

// caller is the shape of the SDK's operations.
type caller[I, O any] func(context.Context, *I, ...func(*cloudwatchlogs.Options)) (*O, error)

// call calls an operation when the limiter lets it, and again for as long as the
// service throttles. That never ends the reading: the SDK has tried three times
// before it says so, but a page of operators reading logs is not a reason to lose
// one's place.
func call[I, O any](ctx context.Context, r *Reader, op string, do caller[I, O], in *I) (*O, error) {
	for backoff := firstBackoff; ; backoff = min(2*backoff, longestBackoff) {
		if r.options.Limiter != nil {
			if err := r.options.Limiter.Wait(ctx, op); err != nil {
				return nil, fmt.Errorf("wait to call %s: %w", op, err)
			}
		}
		out, err := do(ctx, in)
		switch {
		case err == nil:
			return out, nil
		case ctx.Err() != nil:
			return nil, fmt.Errorf("call %s: %w", op, ctx.Err())
		case !throttled(err):
			return nil, fmt.Errorf("call %s: %w", op, err)
		}
		if err := r.sleep(ctx, backoff); err != nil {
			return nil, err
		}
	}
}

// explain gives an error of the SDK its sentinel.
func (r *Reader) explain(ctx context.Context, err error) error {
	if r.options.Error == nil || ctx.Err() != nil {
		return err
	}
	return r.options.Error(err)
}

func (r *Reader) sleep(ctx context.Context, d time.Duration) error {
	if err := r.options.Sleep(ctx, d); err != nil {
		return fmt.Errorf("wait for log lines: %w", err)
	}
	return nil
}

func throttled(err error) bool {
	codes := []string{
		"ThrottlingException", "Throttling", "ThrottledException", "TooManyRequestsException",
		"RequestLimitExceeded", "SlowDown", "LimitExceededException",
	}
	failure, ok := errors.AsType[smithy.APIError](err)
	return ok && slices.Contains(codes, failure.ErrorCode())
}

// absent reports that a group or stream is not there: nothing was written yet.
func absent(err error) bool {
	_, ok := errors.AsType[*types.ResourceNotFoundException](err)
	return ok
}

// expired reports that a page token may have expired, which is a day after it
// was given. The service has no error of its own for that.
func expired(err error) bool {
	_, ok := errors.AsType[*types.InvalidParameterException](err)
	return ok
}

package cloud

import (
	"context"
	"fmt"
	"sync"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go/middleware"
	"golang.org/x/time/rate"
)

// defaultAttempts is how often a call is made that is throttled, or that the
// service failed at. With the SDK's three, one call in 64 would fail where one in four is
// throttled; the call's deadline ends the attempts too.
const defaultAttempts = 5

// Deadlines of a call, its repetitions by the SDK included.
const (
	callTime = 30 * time.Second
	dataTime = 10 * time.Minute // of calls that move data
)

// Limits bound how often operations are called, so that many screens and dates
// together stay below the account's quotas.
type Limits struct {
	// PerSecond is how many calls of one operation may be made in a second; 0:
	// as many as there are.
	PerSecond float64
	// Of are the operations that have a quota of their own.
	Of map[string]float64
	// Attempts is how often a call is made that is throttled, or that the service
	// failed at; 0: five times.
	Attempts int
	// Deadline is how long a call may take, its repetitions included; 0: half a
	// minute.
	Deadline time.Duration
	// Backoff is the longest wait before a call that failed is repeated; 0: as the
	// SDK does.
	Backoff time.Duration

	mu      sync.Mutex
	buckets map[string]*rate.Limiter
}

// DefaultLimits returns limits below the documented quotas of an account, which
// other programs use too.
func DefaultLimits() *Limits {
	return &Limits{PerSecond: 5, Of: map[string]float64{
		"GetObject": 0, "PutObject": 0, "ListObjectsV2": 50, "DeleteObjects": 50,
		"ListPipelineExecutions": 1, "ListPipelineExecutionSteps": 2, "DescribePipelineExecution": 2,
		"GetQueryExecution": 10, "FilterLogEvents": 3,
	}}
}

// retryer returns what repeats calls.
func (l *Limits) retryer() awssdk.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = defaultAttempts
		if l.Attempts > 0 {
			o.MaxAttempts = l.Attempts
		}
		if l.Backoff > 0 {
			o.MaxBackoff = l.Backoff
			o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return l.Backoff, nil })
		}
	})
}

// bucket returns the token bucket of an operation, nil if it has none.
func (l *Limits) bucket(operation string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if bucket, ok := l.buckets[operation]; ok {
		return bucket
	}
	if l.buckets == nil {
		l.buckets = make(map[string]*rate.Limiter)
	}
	perSecond, ok := l.Of[operation]
	if !ok {
		perSecond = l.PerSecond
	}
	if perSecond <= 0 {
		l.buckets[operation] = nil
		return nil
	}
	l.buckets[operation] = rate.NewLimiter(rate.Limit(perSecond), max(1, int(2*perSecond)))
	return l.buckets[operation]
}

// Wait waits until an operation may be called.
func (l *Limits) Wait(ctx context.Context, operation string) error {
	bucket := l.bucket(operation)
	if bucket == nil {
		return nil
	}
	if err := bucket.Wait(ctx); err != nil {
		return fmt.Errorf("wait to call %s: %w", operation, err)
	}
	return nil
}

// middleware makes every call wait for its token, and gives it a deadline.
func (l *Limits) middleware(stack *middleware.Stack) error {
	wait := middleware.InitializeMiddlewareFunc("daybatch.Limits", func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		operation := awsmiddleware.GetOperationName(ctx)
		if operation == "" { // the metadata of the machine, which has a shorter deadline if it is given none
			return next.HandleInitialize(ctx, in)
		}
		if err := l.Wait(ctx, operation); err != nil {
			return middleware.InitializeOutput{}, middleware.Metadata{}, err
		}
		if streams(operation) { // its answer is read after the call has returned
			return next.HandleInitialize(ctx, in)
		}
		most := callTime
		if l.Deadline > 0 {
			most = l.Deadline
		}
		if operation == "PutObject" {
			most = dataTime
		}
		ctx, cancel := context.WithTimeout(ctx, most)
		defer cancel()
		return next.HandleInitialize(ctx, in)
	})
	return stack.Initialize.Add(wait, middleware.Before) //nolint:wrapcheck // the SDK names the middleware
}

func streams(operation string) bool { return operation == "GetObject" || operation == "StartLiveTail" }

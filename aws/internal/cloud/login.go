package cloud

import (
	"context"
	"sync"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"
)

// logins are the credentials of an account. The SDK reads those that stand in a
// file once, so that a program that runs for days would never learn that its user
// has logged in again. Here they are read anew after each call that was refused
// for its login.
type logins struct {
	load func(ctx context.Context) (awssdk.CredentialsProvider, error)

	mu      sync.Mutex
	current awssdk.CredentialsProvider // nil: to be loaded
}

// Retrieve returns the credentials that calls are signed with.
func (l *logins) Retrieve(ctx context.Context) (awssdk.Credentials, error) {
	provider, err := l.provider(ctx)
	if err != nil {
		return awssdk.Credentials{}, &unsigned{err}
	}
	found, err := provider.Retrieve(ctx)
	if err != nil {
		return awssdk.Credentials{}, &unsigned{err}
	}
	return found, nil
}

func (l *logins) provider(ctx context.Context) (awssdk.CredentialsProvider, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.current == nil {
		provider, err := l.load(ctx)
		if err != nil {
			return nil, err
		}
		l.current = provider
	}
	return l.current, nil
}

// middleware forgets credentials that a call was refused for.
func (l *logins) middleware(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("daybatch.Logins", func( //nolint:wrapcheck // the SDK names the middleware
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		out, metadata, err := next.HandleInitialize(ctx, in)
		if Login(err) {
			l.mu.Lock()
			l.current = nil
			l.mu.Unlock()
		}
		return out, metadata, err
	}), middleware.After)
}

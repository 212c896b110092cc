package cloud

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Clock compares the clock of this machine with the service's, which every answer of
// it tells. A Clock without Now compares nothing.
type Clock struct {
	// Now is the clock of this machine.
	Now func() time.Time

	ahead atomic.Int64
	heard atomic.Bool
}

// Ahead returns by how much this machine's clock is ahead of the service's, by the
// newest answer; ok is false before the first. The service tells whole seconds, and an
// answer takes time: less than a few seconds are none.
func (c *Clock) Ahead() (ahead time.Duration, ok bool) {
	if c == nil {
		return 0, false
	}
	return time.Duration(c.ahead.Load()), c.heard.Load()
}

// middleware looks at the answer of each call, of those that are errors too.
func (c *Clock) middleware(stack *middleware.Stack) error {
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("daybatch.Clock", func( //nolint:wrapcheck // the SDK names the middleware
		ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
	) (middleware.DeserializeOutput, middleware.Metadata, error) {
		out, metadata, err := next.HandleDeserialize(ctx, in)
		if response, ok := out.RawResponse.(*smithyhttp.Response); ok && response != nil {
			if told, wrong := http.ParseTime(response.Header.Get("Date")); wrong == nil {
				c.ahead.Store(int64(c.Now().Sub(told)))
				c.heard.Store(true)
			}
		}
		return out, metadata, err
	}), middleware.After)
}

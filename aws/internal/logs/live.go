package logs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/daybatch/daybatch/forecast"
)

// mostPrefixes is how many jobs a live tail can show.
const mostPrefixes = 10

// liveAPI is what a live tail calls.
type liveAPI interface {
	StartLiveTail(context.Context, *cloudwatchlogs.StartLiveTailInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.StartLiveTailOutput, error)
	Options() cloudwatchlogs.Options
}

// LiveQuery selects what a live tail shows.
type LiveQuery struct {
	// Jobs are up to ten jobs of one kind, each with its Account.
	Jobs []Job
	// Query selects lines as when a log is read. Its Jobs and Follow are not used.
	Query Query
}

// Live is a live tail: what is written from now on, about a second after it was,
// without one call more per second and job. It is billed by the minute, ends
// after three hours, and is never the complete log: it begins when it is opened,
// and of more than 500 lines a second the service shows a sample. So it only
// says when to read, where the operator asked for it: see [Tail].
type Live struct {
	reader *Reader
	events *cloudwatchlogs.StartLiveTailEventStream
	closed chan struct{}
	close  func() error

	mu    sync.Mutex
	jobs  []Job
	views map[string]*view
	lines lines
}

// Glimpse is what a live tail shows at once.
type Glimpse struct {
	Lines []forecast.LogLine
	// Sampled says that there were more lines than are shown.
	Sampled bool
}

// Live opens a live tail. It lasts as long as ctx, at most. A group that is not
// there yet, since no job has written to it, is the error that Options.Error
// makes of ResourceNotFoundException.
func (r *Reader) Live(ctx context.Context, client liveAPI, query LiveQuery) (*Live, error) {
	in, err := query.input()
	if err != nil {
		return nil, err
	}
	out, err := call(ctx, r, opLiveTail, func(
		ctx context.Context, in *cloudwatchlogs.StartLiveTailInput, _ ...func(*cloudwatchlogs.Options),
	) (*cloudwatchlogs.StartLiveTailOutput, error) {
		return client.StartLiveTail(ctx, in, sameHost(client.Options()))
	}, in)
	if err != nil {
		return nil, fmt.Errorf("open live tail: %w", r.explain(ctx, err))
	}
	l := &Live{reader: r, events: out.GetStream(), closed: make(chan struct{}), jobs: query.Jobs, views: map[string]*view{}}
	l.lines = lines{query: query.Query, next: map[place]int64{}}
	l.close = sync.OnceValue(func() error {
		close(l.closed)
		return l.events.Close()
	})
	return l, nil
}

// input returns the request: stream prefixes go with one group only.
func (q LiveQuery) input() (*cloudwatchlogs.StartLiveTailInput, error) {
	if n := len(q.Jobs); n == 0 || n > mostPrefixes {
		return nil, fmt.Errorf("open live tail: %w: %d jobs, of 1 to %d that it can show", forecast.ErrInvalid, n, mostPrefixes)
	}
	in := &cloudwatchlogs.StartLiveTailInput{LogGroupIdentifiers: []string{q.Jobs[0].Account + ":log-group:" + q.Jobs[0].Kind.Group()}}
	for _, j := range q.Jobs {
		if j.Kind != q.Jobs[0].Kind {
			return nil, fmt.Errorf("open live tail: %w: jobs of two kinds, %s and %s", forecast.ErrInvalid, q.Jobs[0].Kind, j.Kind)
		}
		in.LogStreamNamePrefixes = append(in.LogStreamNamePrefixes, j.Name+"/")
	}
	return in, nil
}

// sameHost keeps the SDK from putting "stream-" before the host where an endpoint
// was set, since that host does not exist. The service's own needs it.
func sameHost(client cloudwatchlogs.Options) func(*cloudwatchlogs.Options) {
	return func(o *cloudwatchlogs.Options) {
		if client.BaseEndpoint == nil {
			return
		}
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("SameHost", func( //nolint:wrapcheck // the SDK's own
				ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
			) (middleware.InitializeOutput, middleware.Metadata, error) {
				return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
			}), middleware.Before)
		})
	}
}

// Next waits for the next lines, at least one unless some were left out. It
// returns io.EOF when the service has ended the session without a reason, and an
// error wrapping forecast.ErrUnavailable after its three hours.
func (l *Live) Next(ctx context.Context) (Glimpse, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		select {
		case <-ctx.Done():
			return Glimpse{}, fmt.Errorf("read live tail: %w", ctx.Err())
		case <-l.closed:
			return Glimpse{}, fmt.Errorf("read live tail: stream %w", errClosed)
		case member, open := <-l.events.Events():
			if !open {
				return Glimpse{}, l.over(ctx)
			}
			update, ok := member.(*types.StartLiveTailResponseStreamMemberSessionUpdate)
			if !ok {
				continue
			}
			if g := l.glimpse(update.Value); len(g.Lines) > 0 || g.Sampled {
				return g, nil
			}
		}
	}
}

func (l *Live) glimpse(update types.LiveTailSessionUpdate) Glimpse {
	events := make([]event, 0, len(update.SessionResults))
	for _, e := range update.SessionResults {
		events = append(events, event{
			at: awssdk.ToInt64(e.Timestamp), view: l.view(awssdk.ToString(e.LogStreamName)), message: awssdk.ToString(e.Message),
		})
	}
	return Glimpse{Lines: l.lines.of(events), Sampled: update.SessionMetadata != nil && update.SessionMetadata.Sampled}
}

func (l *Live) view(stream string) *view {
	v := l.views[stream]
	if v == nil {
		v = &view{stream: stream}
		for _, j := range l.jobs {
			if strings.HasPrefix(stream, j.Name+"/") {
				v.step = j.Step
			}
		}
		l.views[stream] = v
	}
	return v
}

// over returns why the session has ended.
func (l *Live) over(ctx context.Context) error {
	err := l.events.Err()
	if err == nil {
		return io.EOF
	}
	if _, ok := errors.AsType[*types.SessionTimeoutException](err); ok {
		return fmt.Errorf("read live tail: %w: its three hours are over, open it again", forecast.ErrUnavailable)
	}
	return fmt.Errorf("read live tail: %w", l.reader.explain(ctx, err))
}

// Close ends the session, and with it the billing.
func (l *Live) Close() error {
	if err := l.close(); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("close live tail: %w", err)
	}
	return nil
}

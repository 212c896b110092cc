package logs_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go"
)

type options = func(*cloudwatchlogs.Options)

// written is an event of the service.
type written struct {
	stream  string
	at      time.Duration // since began
	arrives time.Duration
	message string
}

// service is CloudWatch Logs as the documentation allows it to be at its worst.
// What may happen with a probability does so by the random source, so that a
// failure can be repeated.
type service struct {
	clock  *clock
	group  string
	events []written // by time, then by arrival: the service's order
	random *rand.Rand

	throttled, empty, refused, broken, repeated int // percent
	latency                                     time.Duration
	pageSize                                    int

	nonce       int
	accepted    bool           // a token since one was refused: not all are
	asked, made map[string]int // by operation: of the limiter, of the service
}

func newService(c *clock, group string, seed uint64, events []written) *service {
	s := &service{clock: c, group: group, pageSize: 100, events: slices.Clone(events)}
	s.random = rand.New(rand.NewPCG(seed, 1))
	s.asked, s.made = map[string]int{}, map[string]int{}
	slices.SortStableFunc(s.events, func(a, b written) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.arrives, b.arrives))
	})
	return s
}

// Wait counts the calls that were asked for.
func (s *service) Wait(_ context.Context, op string) error {
	s.asked[op]++
	return nil
}

func (s *service) chance(percent int) bool { return s.random.IntN(100) < percent }

// begin is what can go wrong with any call.
func (s *service) begin(ctx context.Context, op, group string, token *string) error {
	s.made[op]++
	if err := ctx.Err(); err != nil {
		return &smithy.CanceledError{Err: err}
	}
	s.clock.now = s.clock.now.Add(time.Duration(s.random.Int64N(int64(s.latency) + 1)))
	if s.chance(s.throttled) {
		return &smithy.GenericAPIError{Code: "ThrottlingException", Message: "Rate exceeded"}
	}
	if s.chance(s.broken) {
		return &types.ServiceUnavailableException{Message: awssdk.String("try later")}
	}
	if token != nil && s.accepted && s.chance(s.refused) {
		s.accepted = false
		return &types.InvalidParameterException{Message: awssdk.String("The specified nextToken is invalid.")}
	}
	s.accepted = s.accepted || token != nil
	if group != s.group || !slices.ContainsFunc(s.events, s.visible) {
		return &types.ResourceNotFoundException{Message: awssdk.String("The specified log group does not exist.")}
	}
	return nil
}

func (s *service) visible(e written) bool { return s.clock.since() >= e.arrives }

func (s *service) DescribeLogStreams(ctx context.Context, in *cloudwatchlogs.DescribeLogStreamsInput, _ ...options) (*cloudwatchlogs.DescribeLogStreamsOutput, error) {
	if err := s.begin(ctx, "DescribeLogStreams", awssdk.ToString(in.LogGroupName), nil); err != nil {
		return nil, err
	}
	var names []string
	for _, e := range s.events {
		if s.visible(e) && strings.HasPrefix(e.stream, *in.LogStreamNamePrefix) && e.stream > awssdk.ToString(in.NextToken) {
			names = append(names, e.stream)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	out := &cloudwatchlogs.DescribeLogStreamsOutput{}
	for i, name := range names {
		if i == 2 { // pages of two
			out.NextToken = awssdk.String(names[1])
			break
		}
		out.LogStreams = append(out.LogStreams, types.LogStream{LogStreamName: &name})
	}
	return out, nil
}

// GetLogEvents goes on after a place in the order: what arrives before it is
// passed over.
func (s *service) GetLogEvents(ctx context.Context, in *cloudwatchlogs.GetLogEventsInput, _ ...options) (*cloudwatchlogs.GetLogEventsOutput, error) {
	if err := s.begin(ctx, "GetLogEvents", awssdk.ToString(in.LogGroupName), in.NextToken); err != nil {
		return nil, err
	}
	if !awssdk.ToBool(in.StartFromHead) {
		return nil, &types.InvalidParameterException{Message: awssdk.String("startFromHead must be true")}
	}
	from := place(in.NextToken)
	at, left := from, false
	if s.chance(s.repeated) {
		at = max(0, at-2) // events of the page before come again
	}
	out := &cloudwatchlogs.GetLogEventsOutput{}
	for i, e := range s.events {
		if i < at || e.stream != *in.LogStreamName || !s.visible(e) {
			continue
		}
		left = left || i >= from
		if len(out.Events) == s.pageSize {
			continue
		}
		out.Events = append(out.Events, types.OutputLogEvent{
			Timestamp: s.clock.millis(e.at), IngestionTime: s.clock.millis(e.arrives), Message: &e.message,
		})
		at = i + 1
	}
	switch {
	case !left && in.NextToken != nil:
		out.NextForwardToken = in.NextToken
	case s.chance(s.empty):
		out.Events = nil
		out.NextForwardToken = s.token(from)
	default:
		out.NextForwardToken = s.token(max(at, from))
	}
	return out, nil
}

func (s *service) FilterLogEvents(ctx context.Context, in *cloudwatchlogs.FilterLogEventsInput, _ ...options) (*cloudwatchlogs.FilterLogEventsOutput, error) {
	if err := s.begin(ctx, "FilterLogEvents", awssdk.ToString(in.LogGroupName), in.NextToken); err != nil {
		return nil, err
	}
	at := place(in.NextToken)
	out := &cloudwatchlogs.FilterLogEventsOutput{}
	if s.chance(s.empty) {
		out.NextToken = s.token(at)
		return out, nil
	}
	if s.chance(s.repeated) {
		at = max(0, at-2) // the last events of the page before come again
	}
	for i, e := range s.events {
		if i < at || !s.visible(e) || !strings.HasPrefix(e.stream, *in.LogStreamNamePrefix) {
			continue
		}
		if in.StartTime != nil && *s.clock.millis(e.at) < *in.StartTime {
			continue
		}
		if len(out.Events) == max(3, s.pageSize) {
			out.NextToken = s.token(i)
			break
		}
		out.Events = append(out.Events, types.FilteredLogEvent{
			EventId: awssdk.String(fmt.Sprintf("%056d", i)), LogStreamName: &e.stream,
			Timestamp: s.clock.millis(e.at), IngestionTime: s.clock.millis(e.arrives), Message: &e.message,
		})
	}
	return out, nil
}

// token is a new token for a place, also if that had one before.
func (s *service) token(at int) *string {
	s.nonce++
	return awssdk.String(fmt.Sprintf("f/%d/%d", at, s.nonce))
}

func place(token *string) int {
	if token == nil {
		return 0
	}
	at, err := strconv.Atoi(strings.Split(*token, "/")[1])
	if err != nil {
		panic(err)
	}
	return at
}

// clock is a clock that only waiting moves.
type clock struct {
	now time.Time
}

var began = time.Date(2026, 1, 15, 6, 0, 0, 0, time.UTC)

func newClock() *clock { return &clock{now: began} }

func (c *clock) since() time.Duration { return c.now.Sub(began) }

func (c *clock) Now() time.Time { return c.now }

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.now = c.now.Add(d)
	if c.since() > 1000*time.Hour {
		return errors.New("what is waited for does not come")
	}
	return nil
}

func (*clock) millis(d time.Duration) *int64 { return awssdk.Int64(began.Add(d).UnixMilli()) }

package logs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/daybatch/daybatch/forecast"
	"github.com/daybatch/daybatch/forecast/calendar"
)

// api is what is called of CloudWatch Logs.
type api interface {
	DescribeLogStreams(context.Context, *cloudwatchlogs.DescribeLogStreamsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.DescribeLogStreamsOutput, error)
	FilterLogEvents(context.Context, *cloudwatchlogs.FilterLogEventsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.FilterLogEventsOutput, error)
	GetLogEvents(context.Context, *cloudwatchlogs.GetLogEventsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.GetLogEventsOutput, error)
}

// Limiter spaces calls out. All readers of an account and Region share one: the
// quotas are theirs together.
type Limiter interface {
	// Wait waits until the operation, for example "GetLogEvents", may be called.
	Wait(ctx context.Context, op string) error
}

// Options say how logs are read. Now and Sleep are required.
type Options struct {
	Now func() time.Time
	// Sleep waits, or returns the context's error when that ends.
	Sleep func(ctx context.Context, d time.Duration) error
	// Limiter is asked before each call. Nil: no limit.
	Limiter Limiter
	// Error gives an error of the SDK its sentinel. Nil: errors stay as they are.
	Error func(error) error
	// Poll is how often a log that is followed is looked at. Zero: 2 s.
	Poll time.Duration
	// Settle is how long after the end of a job its last events may take to
	// arrive. Zero: 10 s.
	Settle time.Duration
	// Tail says when to read. Nil: every Poll.
	Tail *Tail
	// Kept keeps the logs of jobs that are over. Nil: they are read each time.
	Kept *Kept
}

// Kind is the kind of a job, which says where its log is.
type Kind string

// The kinds of jobs.
const (
	Processing Kind = "ProcessingJobs"
	Training   Kind = "TrainingJobs"
	Transform  Kind = "TransformJobs"
)

// Group returns the log group of the jobs of this kind.
func (k Kind) Group() string { return "/aws/sagemaker/" + string(k) }

// Job is a job whose log is read.
type Job struct {
	Name string // as in its ARN
	Kind Kind
	// Account is what the ARNs of its account's logs begin with, for example
	// "arn:aws:logs:eu-west-1:123456789012". Only a live tail needs it, and what is kept.
	Account string
	// Run selects among tagged lines. Empty: that of the query, whose reader may
	// have come before the run was known.
	Run string
	// Step is whose lines these are. Empty: of several steps, each line has a Tag.
	Step  forecast.StepName
	Start time.Time // when it was started, zero if unknown
	// Ended says that nothing more will be written of what the query asks for:
	// the job is over, or has gone on to another step.
	Ended bool
	End   time.Time // when, zero if unknown
	// Over says that the job itself is over, since End.
	Over bool
}

// Query selects a log.
type Query struct {
	// Jobs returns the jobs that there are, in the order in which they began, and
	// whether all of them are there: no step that the query asks for can begin or
	// be tried again. It is called once for each look at a log that is followed.
	Jobs func(ctx context.Context) (jobs []Job, complete bool, err error)
	// Run and Date select among tagged lines.
	Run  string
	Date calendar.Date
	// Step selects the lines of a step. Empty: all, those of no step too.
	Step   forecast.StepName
	Follow bool // go on until all jobs are there and have ended
}

// Reader opens logs. New makes one.
type Reader struct {
	api     api
	options Options
}

// New returns a reader over a client of CloudWatch Logs.
func New(client api, options Options) *Reader {
	options.Poll = cmp.Or(options.Poll, 2*time.Second)
	options.Settle = cmp.Or(options.Settle, 10*time.Second)
	return &Reader{api: client, options: options}
}

// Open opens a log. Nothing is called before the first Next.
func (r *Reader) Open(query Query) forecast.LogStream {
	s := &stream{reader: r, query: query, closed: make(chan struct{}), lines: lines{query: query, next: map[place]int64{}}}
	s.close = sync.OnceFunc(func() { close(s.closed) })
	return s
}

// errClosed says that a stream was closed by its reader.
var errClosed = errors.New("closed")

// stream is a log being read. It goes round by round: ask for the jobs, merge
// what their streams have, wait.
type stream struct {
	reader *Reader
	query  Query
	closed chan struct{}
	close  func()

	mu       sync.Mutex
	jobs     []*job
	complete bool // no other job will come
	over     bool // all has been delivered
	round    *merge
	lines    lines
	bell     bell
}

// job is a job and how far its log has been read.
type job struct {
	Job

	index   int
	seen    time.Time        // when it was seen to run last, or to have ended then
	tails   map[string]*tail // by stream, while it runs
	looks   int              // rounds since its streams were looked for
	through bool             // its last reading is over
}

// Next returns the next lines, io.EOF when the log is complete. After any other
// error it may be called again: no line is lost.
func (s *stream) Next(ctx context.Context) ([]forecast.LogLine, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-s.closed:
			cancel(errClosed)
		case <-ctx.Done():
		}
	}()
	lines, err := s.read(ctx)
	select {
	case <-s.closed:
		return nil, fmt.Errorf("read log: stream %w", errClosed)
	default:
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read log: %w", err)
	}
	return lines, err
}

// Close ends the reading, a Next that waits too.
func (s *stream) Close() error {
	s.close()
	s.mu.Lock() // a Next that waits has ended by then
	defer s.mu.Unlock()
	s.unhang()
	return nil
}

func (s *stream) read(ctx context.Context) ([]forecast.LogLine, error) {
	for !s.over {
		if err := ctx.Err(); err != nil {
			return nil, err //nolint:wrapcheck // Next wraps
		}
		if s.round == nil {
			if err := s.begin(ctx); err != nil {
				return nil, err
			}
		}
		events, err := s.round.next(ctx)
		if err != nil {
			return nil, err
		}
		if lines := s.lines.of(events); len(lines) > 0 {
			return lines, nil
		}
		if len(events) > 0 {
			continue
		}
		if s.end(); s.over {
			break
		}
		if err := s.pause(ctx); err != nil {
			return nil, err
		}
	}
	s.unhang()
	return nil, io.EOF
}

// begin makes the next round: the last reading of the jobs that have ended, what
// is new of the others.
func (s *stream) begin(ctx context.Context) error {
	if err := s.refresh(ctx); err != nil {
		return err
	}
	if !s.query.Follow {
		if err := s.settle(ctx); err != nil {
			return err
		}
	}
	round := &merge{}
	for _, j := range s.jobs {
		switch {
		case j.through:
		case !s.query.Follow || s.wait(j) <= 0:
			round.inputs = append(round.inputs, s.whole(j))
		default:
			tails, err := s.reader.tails(ctx, j)
			if err != nil {
				return err
			}
			round.inputs = append(round.inputs, tails...)
		}
	}
	s.round = round
	return nil
}

// end ends the round, and finds whether the log is complete.
func (s *stream) end() {
	for _, in := range s.round.inputs {
		in.job.through = in.job.through || in.last
	}
	s.round = nil
	open := slices.ContainsFunc(s.jobs, func(j *job) bool { return !j.through })
	s.over = !s.query.Follow || s.complete && !open
}

// refresh asks for the jobs.
func (s *stream) refresh(ctx context.Context) error {
	jobs, complete, err := s.query.Jobs(ctx)
	if err != nil {
		return err
	}
	now := s.reader.options.Now()
	for _, found := range jobs {
		s.lines.query.Run = cmp.Or(found.Run, s.lines.query.Run)
		i := slices.IndexFunc(s.jobs, func(j *job) bool { return j.Name == found.Name })
		switch {
		case i < 0:
			s.jobs = append(s.jobs, &job{Job: found, index: len(s.jobs), tails: map[string]*tail{}})
			if !found.Ended || found.End.IsZero() {
				s.jobs[len(s.jobs)-1].seen = now
			}
		case !s.jobs[i].Ended:
			s.jobs[i].Job, s.jobs[i].seen = found, now
		}
	}
	s.complete = complete
	return nil
}

// wait returns how long it is until the last events of a job are there. If the
// job was seen to run, that counts from when it was seen to have ended: the clock
// of this machine need not agree with the service's.
func (s *stream) wait(j *job) time.Duration {
	if !j.Ended {
		return s.reader.options.Settle
	}
	// A clock that is behind must not wait for hours.
	return min(j.since().Add(s.reader.options.Settle).Sub(s.reader.options.Now()), s.reader.options.Settle)
}

// since returns from when on a job that has ended writes no more.
func (j *job) since() time.Time {
	if j.seen.IsZero() {
		return j.End
	}
	return j.seen
}

// firm reports whether a job has been over for so long that no line of it is still
// under way.
func (s *stream) firm(j *job) bool {
	return j.Over && !j.since().Add(firm).After(s.reader.options.Now())
}

// settle waits until the last events of the jobs that have ended are there.
func (s *stream) settle(ctx context.Context) error {
	var longest time.Duration
	for _, j := range s.jobs {
		if j.Ended {
			longest = max(longest, s.wait(j))
		}
	}
	if longest <= 0 {
		return nil
	}
	return s.reader.sleep(ctx, longest)
}

package awssim

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"path"
	"sync"
	"time"

	"github.com/daybatch/daybatch/aws/awssim/internal/wire"
)

// Fault breaks calls.
type Fault struct {
	// Operation is a pattern as of [path.Match] over names like
	// "sagemaker.StartPipelineExecution": "s3.*", "*.Get*", "*.*".
	Operation string
	// Of says which of the requests to these operations match; nil: all.
	Of func(r Request) bool
	// When says which of the calls that match are hit; nil: all.
	When When
	// Effect is what happens to them.
	Effect Effect
}

// Request is what a fault can know of a request.
type Request struct {
	Operation string
	Caller    string // the ARN of who signed it
	Host      string // that was asked, with its port
	Path      string // of the URL: in S3 the bucket and the key
	Body      []byte
}

// When decides whether the n-th matching call, counted from 1, is hit at a
// simulated time.
type When func(n int, now time.Time) bool

// First hits the first k calls.
func First(k int) When { return func(n int, _ time.Time) bool { return n <= k } }

// Nth hits the k-th call only.
func Nth(k int) When { return func(n int, _ time.Time) bool { return n == k } }

// Every hits every k-th call.
func Every(k int) When { return func(n int, _ time.Time) bool { return n%k == 0 } }

// Between hits the calls from one simulated time up to another.
func Between(from, to time.Time) When {
	return func(_ int, now time.Time) bool { return !now.Before(from) && now.Before(to) }
}

// Chance hits a call with probability p, the same calls for the same seed.
func Chance(p float64, seed uint64) When {
	return func(n int, _ time.Time) bool {
		return rand.New(rand.NewPCG(seed, uint64(n))).Float64() < p
	}
}

// Effect is what happens to a call that is hit. Delay comes first and goes with
// any of the others, of which one is set.
type Effect struct {
	Code    string // an error of this code, with Status (400) and Message
	Status  int
	Message string

	HTML        bool // a page in place of an answer, with Status (502)
	DropRequest bool // the connection ends before anything is done
	DropReply   bool // the connection ends after everything is done

	Delay time.Duration // of the host's time
	Rate  float64       // calls of each operation in a second of the host's time; those beyond are throttled, with Code (ThrottlingException)
}

// Inject adds a fault. The answer takes it away again.
func (s *Sim) Inject(f Fault) (remove func()) { return s.faults.add(f) }

// faults are the faults of an account.
type faults struct {
	now       func() time.Time
	simulated func() time.Time

	mu  sync.Mutex
	all []*fault
}

type fault struct {
	Fault

	n       int
	buckets map[string]*bucket // of operations
}

// bucket holds the calls of an operation that a rate allows.
type bucket struct {
	tokens float64
	filled time.Time
}

func (f *faults) add(x Fault) (remove func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	added := &fault{Fault: x, buckets: map[string]*bucket{}}
	f.all = append(f.all, added)
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		for i, other := range f.all {
			if other == added {
				f.all = append(f.all[:i:i], f.all[i+1:]...)
				return
			}
		}
	}
}

// hit is the effect on a call: that of the first fault that hits it, nil when
// none does. All faults that match count the call.
func (f *faults) hit(r Request) *Effect {
	f.mu.Lock()
	defer f.mu.Unlock()
	var hit *Effect
	for _, x := range f.all {
		if ok, err := path.Match(x.Operation, r.Operation); err != nil || !ok || x.Of != nil && !x.Of(r) {
			continue
		}
		x.n++
		if x.When != nil && !x.When(x.n, f.simulated()) || x.Effect.Rate > 0 && x.allow(r.Operation, f.now()) {
			continue
		}
		if hit == nil {
			effect := x.Effect
			hit = &effect
		}
	}
	return hit
}

// allow takes a token from an operation's bucket, if there is one: as on AWS each has
// a quota of its own.
func (x *fault) allow(operation string, now time.Time) bool {
	full := max(x.Effect.Rate, 1)
	b := x.buckets[operation]
	if b == nil {
		b = &bucket{tokens: full, filled: now}
		x.buckets[operation] = b
	}
	b.tokens = min(b.tokens+now.Sub(b.filled).Seconds()*x.Effect.Rate, full)
	b.filled = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// errDropped says that a fault has swallowed a request.
var errDropped = errors.New("dropped")

// before waits, and fails if the request is to be dropped.
func (e *Effect) before(ctx context.Context) error {
	if e == nil {
		return nil
	}
	if e.Delay > 0 {
		timer := time.NewTimer(e.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	if e.DropRequest {
		return errDropped
	}
	return nil
}

// reply is the answer that takes the place of the real one, if any.
func (e *Effect) reply(p wire.Protocol) *wire.Reply {
	switch {
	case e == nil:
		return nil
	case e.HTML:
		status := e.Status
		if status == 0 {
			status = http.StatusBadGateway
		}
		return &wire.Reply{
			Status: status, Header: http.Header{"Content-Type": {"text/html"}},
			Body: []byte("<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n"),
		}
	case e.Code != "":
		return wire.Failed(p, wire.StatusErrorf(e.Status, e.Code, "%s", e.Message))
	case e.Rate > 0 && p == wire.RESTXML:
		return wire.Failed(p, wire.StatusErrorf(http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate."))
	case e.Rate > 0:
		return wire.Failed(p, wire.Errorf("ThrottlingException", "Rate exceeded"))
	default:
		return nil
	}
}

func (e *Effect) dropReply() bool { return e != nil && e.DropReply }

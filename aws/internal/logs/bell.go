package logs

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
)

// Tail lets logs that are followed be read when a live tail says that something was
// written, about a second later, in the place of every Poll; while nothing is, they
// are read a fifth as often. What a live tail shows is not used: it may be a sample, and
// its events have no place in their stream. So no line is lost or doubled by it,
// whatever becomes of it.
//
// A live tail is billed by the minute for as long as a log is followed.
type Tail struct {
	Client *cloudwatchlogs.Client
}

// spare is how many polls long a log is not read in which nothing is said. It also
// bounds how late a new job, or the end of one, is noticed.
const spare = 5

// bell is the live tail of a stream.
type bell struct {
	live  *Live
	jobs  []string // that it is about
	close context.CancelFunc
}

// pause waits until the log is to be read again: until something was written, or for
// a while.
func (s *stream) pause(ctx context.Context) error {
	o := s.reader.options
	if o.Tail == nil || !s.hang(ctx) {
		return s.reader.sleep(ctx, o.Poll)
	}
	limited, cancel := context.WithTimeout(ctx, spare*o.Poll)
	defer cancel()
	_, err := s.bell.live.Next(limited)
	if err == nil || errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return nil
	}
	s.unhang() // its session is over: the next pause opens another
	return s.reader.sleep(ctx, o.Poll)
}

// hang opens a live tail of the jobs that run, unless there is one, and reports
// whether there is.
func (s *stream) hang(ctx context.Context) bool {
	query := LiveQuery{Query: Query{Run: s.query.Run}}
	var names []string
	for _, j := range s.jobs {
		if !j.Ended && len(query.Jobs) < mostPrefixes && (len(query.Jobs) == 0 || query.Jobs[0].Kind == j.Kind) {
			query.Jobs, names = append(query.Jobs, j.Job), append(names, j.Name)
		}
	}
	if s.bell.live != nil && slices.Equal(s.bell.jobs, names) {
		return true
	}
	s.unhang()
	if len(names) == 0 {
		return false
	}
	// It outlasts the Next that opens it.
	open, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, cancel)
	live, err := s.reader.Live(open, s.reader.options.Tail.Client, query)
	if !stop() || err != nil { // there is no such group yet, or it is not allowed: polls do
		if live != nil {
			_ = live.Close()
		}
		cancel()
		return false
	}
	s.bell = bell{live: live, jobs: names, close: cancel}
	return true
}

// unhang ends the live tail, and with it the billing.
func (s *stream) unhang() {
	if s.bell.live != nil {
		_ = s.bell.live.Close()
		s.bell.close()
	}
	s.bell = bell{}
}

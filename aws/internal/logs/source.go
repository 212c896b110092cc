package logs

import (
	"context"
	"hash/maphash"
	"maps"
	"math"
	"slices"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

const (
	// lookEvery is how many rounds lie between two looks for streams of a job
	// that has one already.
	lookEvery = 5
	// early is how much earlier than its job's start an event may say that it is,
	// since the two have different clocks.
	early = time.Hour
	// mostRestarts is how often in a row a reading may begin anew because its
	// token is refused, before that is an error.
	mostRestarts = 3
)

// tail reads a stream of a job that runs, by GetLogEvents from a position on.
type tail struct {
	reader   *Reader
	group    string
	job      int
	view     *view
	token    *string // nil: from the start
	restarts int
	// given are the events of earlier pages. Pages must not repeat any, but where
	// a late event shifts a position they might. An event that is equal to one
	// of an earlier page in time, time of arrival and text is held back: if it was
	// one of its own after all, the last reading of the job delivers it, whereas a
	// line that came twice could not be taken back.
	given map[mark]struct{}
	seed  maphash.Seed
}

// tails returns inputs over the streams of a job. It looks for new ones now and
// then: an instance may start late, and a stream be continued by another.
func (r *Reader) tails(ctx context.Context, j *job) ([]*input, error) {
	if len(j.tails) == 0 || j.looks >= lookEvery {
		names, err := r.streams(ctx, j)
		if err != nil {
			return nil, err
		}
		j.looks = 0
		for _, name := range names {
			if j.tails[name] == nil {
				v := &view{stream: name, step: j.Step, delivered: map[mark]int{}}
				j.tails[name] = &tail{
					reader: r, group: j.Kind.Group(), job: j.index, view: v, given: map[mark]struct{}{}, seed: maphash.MakeSeed(),
				}
			}
		}
	}
	j.looks++
	inputs := make([]*input, 0, len(j.tails))
	for _, name := range slices.Sorted(maps.Keys(j.tails)) {
		inputs = append(inputs, &input{source: j.tails[name], job: j, upTo: math.MinInt64})
	}
	return inputs, nil
}

// streams returns the names of the streams of a job, none if there are none yet.
func (r *Reader) streams(ctx context.Context, j *job) ([]string, error) {
	var names []string
	in := &cloudwatchlogs.DescribeLogStreamsInput{
		LogGroupName: awssdk.String(j.Kind.Group()), LogStreamNamePrefix: awssdk.String(j.Name + "/"),
	}
	for {
		out, err := call(ctx, r, opDescribe, r.api.DescribeLogStreams, in)
		if absent(err) {
			return nil, nil
		}
		if err != nil {
			return nil, r.explain(ctx, err)
		}
		for _, found := range out.LogStreams {
			names = append(names, awssdk.ToString(found.LogStreamName))
		}
		if out.NextToken == nil {
			return names, nil
		}
		in.NextToken = out.NextToken
	}
}

// page returns the next page. The end is where the token that comes back is the
// one that was sent; pages before it may be empty.
func (t *tail) page(ctx context.Context) (page, error) {
	out, err := call(ctx, t.reader, opGet, t.reader.api.GetLogEvents, &cloudwatchlogs.GetLogEventsInput{
		LogGroupName: &t.group, LogStreamName: &t.view.stream, NextToken: t.token, StartFromHead: awssdk.Bool(true),
	})
	switch {
	case absent(err):
		return page{}, nil
	case expired(err) && t.token != nil && t.restarts < mostRestarts:
		// From the start, and skip what was delivered.
		t.token, t.restarts = nil, t.restarts+1
		clear(t.given)
		t.view.again()
		return page{more: true, again: true}, nil
	case err != nil:
		return page{}, t.reader.explain(ctx, err)
	}
	more := out.NextForwardToken != nil
	if t.token != nil {
		t.restarts = 0
		more = more && *out.NextForwardToken != *t.token
	}
	t.token = out.NextForwardToken
	return page{events: t.fresh(out.Events), more: more}, nil
}

// fresh returns the events that no earlier page gave.
func (t *tail) fresh(found []types.OutputLogEvent) []event {
	events := make([]event, 0, len(found))
	marks := make([]mark, 0, len(found))
	for _, e := range found {
		at, text := awssdk.ToInt64(e.Timestamp), awssdk.ToString(e.Message)
		m := mark{at: at, hash: maphash.Comparable(t.seed, arrival{awssdk.ToInt64(e.IngestionTime), text})}
		if _, twice := t.given[m]; twice {
			continue
		}
		marks = append(marks, m)
		events = append(events, event{at: at, job: t.job, view: t.view, message: text})
	}
	for _, m := range marks { // after all: equal events of one page are several
		t.given[m] = struct{}{}
	}
	return events
}

// arrival is a text and when it arrived.
type arrival struct {
	at   int64
	text string
}

// whole reads the log of a job from its start to its end by FilterLogEvents.
type whole struct {
	reader   *Reader
	job      *job
	token    *string
	restarts int
	views    map[string]*view // by stream
	seed     maphash.Seed
	seen     map[mark]struct{} // the ids of the events
}

// whole returns an input over all that there is of a job. If there will be no more of
// it, it is kept on disk.
func (s *stream) whole(j *job) *input {
	upTo := int64(math.MinInt64)
	if !j.Start.IsZero() {
		upTo = j.Start.UnixMilli()
	}
	w := &whole{reader: s.reader, job: j, views: map[string]*view{}, seed: maphash.MakeSeed(), seen: map[mark]struct{}{}}
	in := &input{source: w, job: j, last: j.Ended, upTo: upTo}
	if label, ok := labelOf(j.Job); ok && s.firm(j) && s.reader.options.Kept != nil {
		in.source = &once{whole: w, kept: s.reader.options.Kept, label: label}
	}
	return in
}

// page returns the next page. The end is where no token comes back.
func (w *whole) page(ctx context.Context) (page, error) {
	in := &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName: awssdk.String(w.job.Kind.Group()), LogStreamNamePrefix: awssdk.String(w.job.Name + "/"), NextToken: w.token,
	}
	if !w.job.Start.IsZero() {
		// Without it the service may search, page by empty page, through all
		// that the account's jobs ever wrote.
		in.StartTime = awssdk.Int64(w.job.Start.Add(-early).UnixMilli())
	}
	out, err := call(ctx, w.reader, opFilter, w.reader.api.FilterLogEvents, in)
	switch {
	case absent(err):
		return page{}, nil
	case expired(err) && w.token != nil && w.restarts < mostRestarts:
		w.token, w.restarts = nil, w.restarts+1
		return page{more: true}, nil
	case err != nil:
		return page{}, w.reader.explain(ctx, err)
	}
	if w.token != nil {
		w.restarts = 0
	}
	w.token = out.NextToken
	events := make([]event, 0, len(out.Events))
	for _, e := range out.Events {
		at := awssdk.ToInt64(e.Timestamp)
		id := mark{at: at, hash: maphash.String(w.seed, awssdk.ToString(e.EventId))}
		if _, twice := w.seen[id]; twice {
			continue
		}
		w.seen[id] = struct{}{}
		v := w.view(awssdk.ToString(e.LogStreamName))
		events = append(events, event{at: at, job: w.job.index, view: v, message: awssdk.ToString(e.Message)})
	}
	return page{events: events, more: w.token != nil}, nil
}

// view returns the view of a stream, in which what its tail delivered is known.
func (w *whole) view(name string) *view {
	v := w.views[name]
	if v == nil {
		v = &view{stream: name, step: w.job.Step}
		if t := w.job.tails[name]; t != nil {
			v.seed, v.known = t.view.seed, maps.Clone(t.view.delivered)
		}
		w.views[name] = v
	}
	return v
}

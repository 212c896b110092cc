package logs

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// event is an event of a log.
type event struct {
	at      int64 // milliseconds since 1970
	job     int   // place of its job among the jobs
	view    *view
	message string
}

// page is what a source gives at once.
type page struct {
	events []event
	more   bool // there may be more now
	// again: the source has begun anew, and what it gave and was not taken yet
	// comes again.
	again bool
}

// source is a log in pieces, roughly in order of time. A page that fails may be
// asked for again.
type source interface {
	page(ctx context.Context) (page, error)
}

// input is a source being merged.
type input struct {
	source

	job    *job
	last   bool // the last reading of the job
	events []event
	upTo   int64 // what is earlier has been given
	over   bool  // there is no more now
}

// merge brings events of several sources in order while it reads as little ahead
// as it can.
type merge struct {
	inputs []*input
}

// next returns the next events in order, none when the round is over.
func (m *merge) next(ctx context.Context) ([]event, error) {
	for {
		behind := m.behind()
		if ready := m.take(behind); len(ready) > 0 || behind == nil {
			return ready, nil
		}
		page, err := behind.page(ctx)
		if err != nil {
			return nil, err
		}
		behind.add(page)
	}
}

// behind returns the input that holds up the others, nil if none has more.
func (m *merge) behind() *input {
	var behind *input
	for _, in := range m.inputs {
		if !in.over && (behind == nil || in.upTo < behind.upTo) {
			behind = in
		}
	}
	return behind
}

// take returns what no page that is still to come can come before.
func (m *merge) take(behind *input) []event {
	before := int64(math.MaxInt64)
	if behind != nil {
		before = behind.upTo
	}
	var ready []event
	for _, in := range m.inputs {
		rest := in.events[:0:0]
		for _, e := range in.events {
			if behind == nil || e.at < before {
				ready = append(ready, e)
			} else {
				rest = append(rest, e)
			}
		}
		in.events = rest
	}
	slices.SortStableFunc(ready, func(a, b event) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.job, b.job), cmp.Compare(a.view.stream, b.view.stream))
	})
	return ready
}

func (in *input) add(p page) {
	if p.again {
		in.events = nil
	}
	in.events = append(in.events, p.events...)
	for _, e := range p.events {
		in.upTo = max(in.upTo, e.at)
	}
	in.over = !p.more
}

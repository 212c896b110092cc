package logs

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"time"
)

type getInput struct {
	LogGroupName       string `json:"logGroupName"`
	LogGroupIdentifier string `json:"logGroupIdentifier"`
	LogStreamName      string `json:"logStreamName"`
	StartTime          *int64 `json:"startTime"`
	EndTime            *int64 `json:"endTime"`
	NextToken          string `json:"nextToken"`
	Limit              int    `json:"limit"`
	StartFromHead      bool   `json:"startFromHead"`
}

type getEvent struct {
	Timestamp     int64  `json:"timestamp"`
	Message       string `json:"message"`
	IngestionTime int64  `json:"ingestionTime"`
}

type getOutput struct {
	Events            []getEvent `json:"events"`
	NextForwardToken  string     `json:"nextForwardToken"`
	NextBackwardToken string     `json:"nextBackwardToken"`
}

// tokenLife is how long a page token of GetLogEvents can be used.
const tokenLife = 24 * time.Hour

func (s *Service) getEvents(_ context.Context, in *getInput) (*getOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, _, err := s.find(in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	st := g.streams[in.LogStreamName]
	if st == nil {
		return nil, notFound("The specified log stream does not exist.")
	}
	limit, err := limited(in.Limit, 10000)
	if err != nil {
		return nil, err
	}
	if page := s.quirks().PageSize; page > 0 {
		limit = min(limit, page)
	}
	at, err := s.position(in)
	if err != nil {
		return nil, err
	}
	events := within(s.seen(st), in)
	if at.forward && s.emptyPage() && len(at.after(events)) > 0 {
		s.pages++
		return s.answer(nil, in, position{key: at.key, forward: true, nonce: s.pages}), nil
	}
	return s.answer(at.take(events, limit), in, at), nil
}

// emptyPage says whether the adversary makes this page an empty one.
func (s *Service) emptyPage() bool {
	every := s.quirks().EmptyEvery
	s.pages++
	return every > 0 && s.pages%every == 0
}

// position is a place between events: pages go on from there.
type position struct {
	key     string // of the event before it, or behind it when reading backwards
	forward bool
	nonce   int
}

func (p position) String() string {
	direction := "b"
	if p.forward {
		direction = "f"
	}
	if p.nonce > 0 {
		return fmt.Sprintf("%s/%s/%d", direction, p.key, p.nonce)
	}
	return direction + "/" + p.key + "/s"
}

// lowest and highest are keys around those of all events.
const (
	lowest  = "00000000000000000000000000000000000000000000000000000000"
	highest = "99999999999999999999999999999999999999999999999999999999"
)

func (s *Service) position(in *getInput) (position, error) {
	if in.NextToken == "" {
		if in.StartFromHead {
			return position{key: lowest, forward: true}, nil
		}
		return position{key: highest}, nil
	}
	parts := strings.Split(in.NextToken, "/")
	issued, known := s.issued[in.NextToken]
	if !known || len(parts) != 3 {
		return position{}, invalid("The specified nextToken is invalid.")
	}
	life := tokenLife
	if l := s.pager.Quirks().TokenLife; l > 0 {
		life = l
	}
	if s.now().Sub(issued) > life {
		return position{}, invalid("The specified nextToken has expired.")
	}
	forward := parts[0] == "f"
	if forward && !in.StartFromHead {
		return position{}, invalid("startFromHead must be true with a forward token.")
	}
	return position{key: parts[1], forward: forward}, nil
}

func (p position) after(events []*event) []*event {
	i := sort.Search(len(events), func(i int) bool { return events[i].key() > p.key })
	return events[i:]
}

// take is the page at the position: at most limit events and a megabyte.
func (p position) take(events []*event, limit int) []*event {
	const largest, overhead = 1 << 20, 26
	size, n := 0, 0
	if p.forward {
		rest := p.after(events)
		for n < len(rest) && n < limit && size+len(rest[n].message)+overhead <= largest {
			size += len(rest[n].message) + overhead
			n++
		}
		return rest[:n]
	}
	end := sort.Search(len(events), func(i int) bool { return events[i].key() >= p.key })
	for n < end && n < limit && size+len(events[end-n-1].message)+overhead <= largest {
		size += len(events[end-n-1].message) + overhead
		n++
	}
	return events[end-n : end]
}

// answer builds the page with its tokens. At the end of the stream the forward
// token is the one that was sent.
func (s *Service) answer(events []*event, in *getInput, at position) *getOutput {
	out := &getOutput{Events: []getEvent{}}
	first, last := position{key: at.key}, position{key: at.key, forward: true, nonce: at.nonce}
	for i, e := range events {
		if i == 0 {
			first.key = e.key()
		}
		last = position{key: e.key(), forward: true}
		out.Events = append(out.Events, getEvent{Timestamp: millis(e.at), Message: e.message, IngestionTime: millis(e.ingested)})
	}
	out.NextForwardToken, out.NextBackwardToken = last.String(), first.String()
	if len(events) == 0 && in.NextToken != "" && at.nonce == 0 {
		if at.forward {
			out.NextForwardToken = in.NextToken
		} else {
			out.NextBackwardToken = in.NextToken
		}
	}
	s.issued[out.NextForwardToken] = s.now()
	s.issued[out.NextBackwardToken] = s.now()
	return out
}

// within keeps the events of the request's times; the end is exclusive.
func within(events []*event, in *getInput) []*event {
	var out []*event
	for _, e := range events {
		at := millis(e.at)
		if (in.StartTime == nil || at >= *in.StartTime) && (in.EndTime == nil || at < *in.EndTime) {
			out = append(out, e)
		}
	}
	return out
}
